//! The search index: the query language as documented, matched against the state of a while ago.
//! Unknown keywords become free text, as they really do; it refuses to be helpful about them.

pub(super) mod dates;
mod export;
mod found;
mod matching;
mod plain;
pub(super) mod query;
pub(super) mod words;

pub(crate) use export::export;
pub(crate) use plain::{count, search};
pub(crate) use query::Query;
