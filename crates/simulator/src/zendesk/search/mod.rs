//! The search index: the query language as documented, matched against the state of a while ago.
//! Unknown keywords become free text, as they really do; it refuses to be helpful about them.

mod api;
mod dates;
mod matching;
mod query;
mod words;

pub(crate) use api::{count, export, search};
pub(crate) use query::Query;
