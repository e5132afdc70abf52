//! The search index: the query language as documented, matched against the state of a while ago.
//! Unknown keywords become free text, as they really do; it refuses to be helpful about them.

mod dates;
mod export;
mod found;
mod matching;
mod plain;
mod query;
mod words;

pub(crate) use export::export;
pub(crate) use plain::{count, search};
pub(crate) use query::Query;
