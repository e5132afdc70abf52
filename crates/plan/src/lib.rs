//! Pure planning: the table language, predicates, choosing reads, query languages, paging, retry and cost.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod check;
pub mod language;
pub mod nearest;
pub mod pages;
pub mod predicate;
pub mod refusal;
pub mod request;
pub mod retry;
pub mod table;
pub mod value;
