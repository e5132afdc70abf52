//! Zuora's objects as tables: the bundled catalogue, and what a tenant's own descriptions make of it.
//!
//! All functions are pure. A table begins as an entry of the [`catalogue`], or empty if the catalogue does not know it;
//! then each service that is asked adds what it tells:
//!
//! | what was asked | read by | gives |
//! | --- | --- | --- |
//! | Data Query: `SHOW TABLES` | [`read_show_tables`] | [`listed`]: the tables there are |
//! | Data Query: `DESCRIBE invoice` | [`read_describe_rows`] | [`described`]: the table's columns |
//! | exports: `/v1/describe` | [`read_object_list`] | [`sources`]: the tables there are |
//! | exports: `/v1/describe/Invoice` | [`read_describe`] | [`exported`]: the table's columns |
//!
//! The services may be asked in either order. A column that neither of them has any more leaves the table; one that
//! only one of them has stays, and its `RemoteField` tells which. [`linked`] then takes away the references that lead
//! nowhere in this tenant. Nothing here asks anybody, and nothing decides which service answers a statement.

mod catalogue;
mod data_query;
mod description;
mod error;
mod export;
mod links;
mod shape;
mod types;

pub use catalogue::{CatalogueError, catalogue};
pub use data_query::{DescribedColumn, described, listed, read_describe_rows, read_show_tables};
pub use description::{
    DescribedField, ObjectDescription, RelatedObject, read_describe, read_object_list,
};
pub use error::DiscoveryError;
pub use export::{exported, sources};
pub use links::linked;
pub use types::type_of;
