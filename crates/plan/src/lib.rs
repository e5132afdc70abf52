//! Pure planning: the table language, predicates, choosing reads, query languages, paging, retry and cost.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod candidate;
pub mod check;
pub mod cost;
pub mod decimal;
mod estimate;
pub mod explain;
pub mod host;
pub mod job;
pub mod language;
pub mod nearest;
mod page_style;
pub mod pages;
pub mod predicate;
pub mod read;
mod record_filter;
pub mod refusal;
pub mod remote;
pub mod request;
pub mod retry;
pub mod scan;
pub mod search;
pub mod sign_in;
pub mod table;
pub mod trino;
pub mod value;
mod wire;
pub mod zoql;
