//! Procedures: actions of a connection, called in SQL as table functions.
//!
//! `declared.rs` says what there is. A call is read by `relation.rs` (and by `forms.rs` where it is not written as a
//! table function), checked by `given.rs` and `arguments.rs`, and stands in a plan as a [`node::Call`]. `operator.rs`
//! calls it and `run.rs` is where it happens: once for each call that a statement writes, at execution.
//!
//! It refuses to act while a statement is planned, explained or prepared, and to show an argument that is a secret.

mod arguments;
mod declared;
mod find;
mod first;
mod forms;
mod given;
mod node;
mod oauth;
mod operator;
mod planner;
mod prepared;
mod relation;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use declared::{Holds, PROCEDURES, Parameter, Procedure, Required};
pub(crate) use find::{Procedures, Target};
pub(crate) use first::{CallsFirst, calls_first};
pub(crate) use forms::{as_select, readable, withhold};
pub(crate) use operator::OneCall;
pub(crate) use planner::Calls;
pub(crate) use prepared::Prepared;
pub(crate) use relation::Relations;

/// Whether a text names a procedure that takes a secret: what was typed there is not for a history.
#[must_use]
pub fn may_hold_secret(text: &str) -> bool {
    let text = text.to_lowercase();
    PROCEDURES.iter().any(|procedure| {
        procedure
            .parameters
            .iter()
            .any(declared::Parameter::is_secret)
            && text.contains(&procedure.name.to_lowercase())
    })
}
