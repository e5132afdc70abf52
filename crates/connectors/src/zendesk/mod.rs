//! What an account of Zendesk has besides the tables that every account has: its custom fields and custom objects.
//!
//! - [`read_fields`] and [`read_objects`] read the account's answers.
//! - [`with_fields`] and [`object_table`] make tables of them: columns of custom fields, and a table for each custom object.
//!
//! It refuses to ask: who sends the requests, and when, is the engine's business.

mod answer;
mod fields;
mod names;
mod objects;

pub use answer::{CustomField, CustomObject, FieldOption, UnreadAnswer, read_fields, read_objects};
pub use fields::{Fields, fields_of, with_fields};
pub use objects::{object_key, object_table};
