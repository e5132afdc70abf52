//! One table of a remote engine, as its query languages can ask for it.
//!
//! The values here are the same for every language: what is asked ([`Selection`]) and what came of it
//! ([`Statement`]). `crate::trino` and `crate::zoql` write them. Nothing here knows joins or expressions.

mod condition;
mod literal;
mod pattern;
mod selection;

pub use crate::decimal::Decimal;
pub use condition::{Condition, Operator, Standing, Test};
pub use literal::Literal;
pub use pattern::{Part, Pattern};
pub use selection::{Fidelity, Output, Selection, Sort, Statement};

pub(crate) use literal::{civil, instant};
pub(crate) use selection::{Clause, and, chunks, clauses};
