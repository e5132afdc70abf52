//! The vendors as data: one TOML file per table or one catalogue of objects, embedded or loaded from a folder.
//!
//! Each vendor has a folder beside `src/`: `connector.toml` says what all its tables share, `tables/` holds
//! one file per table (the file's name is the table's), and `API.md` tells the facts that surprise and why
//! the files are written as they are. The language of the files is `zuzen_plan::language`.
//!
//! - [`load`] gives a vendor's [`Connector`](zuzen_plan::table::Connector), checked; a folder of private or
//!   edited files adds to the embedded ones and replaces those of the same name.
//! - [`zuora`] holds the bundled catalogue of Zuora's objects and turns what a tenant tells of its objects into tables.
//! - [`zendesk`] makes columns of an account's custom fields, and tables of its custom objects.
//! - [`reference()`] writes the tables down for people, as Markdown.
//!
//! This crate refuses to know how a request is sent or a row decoded, and holds no code for any one table.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod comments;
mod embedded;
#[cfg(test)]
mod plans;
mod reference;
pub mod zendesk;
pub mod zuora;

pub use embedded::{LoadError, embedded, load, names};
pub use reference::reference;
