//! Export ZOQL, the language of AQuA: text to a statement, a statement to a query whose fields exist, a query to rows. It
//! refuses what the vendor does not document (`in`, `between`, `<>`, `not like`), and `having`, date functions and relative
//! dates, which it has and nobody here needs.

mod cell;
mod field;
mod group;
mod literal;
mod parse;
mod query;
mod resolve;
mod syntax;
mod test;
mod token;

pub(super) use cell::{Style, write};
pub(super) use query::Query;
pub(super) use resolve::{Failure, resolve, unasked};
