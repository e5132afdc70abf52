//! Text for Trino 351, the engine behind Zuora's Data Query.
//!
//! Names are lower-case and always quoted, output columns get names of their own (the answer is JSON, where two
//! equal names would be one), nothing stands left of an operator but a column (a function there costs the index).
//! Joins, aggregates and expressions are not written here.

mod clause;
mod literal;
#[cfg(test)]
mod tests;

pub use clause::like;
pub use literal::{identifier, literal, text};

use crate::remote::{Condition, Fidelity, Literal, Output, Selection, Sort, Statement, Test};
use crate::remote::{chunks, clauses};

/// Characters of a statement that Data Query takes.
pub const LONGEST: usize = 1_000_000;

/// Zuora's flag of deleted rows: it can only be tested by a statement that selects it too.
const DELETED: &str = "deleted";

/// Writes a selection in at most `longest` bytes; conditions that find no room are left out. `None` if no row can
/// match, so that nothing need be sent.
///
/// Dots in the source separate its parts (`revenuelive.x`). Without columns, every row is a 1 under the name `c0`.
/// A condition on `deleted` adds that column to the outputs.
#[must_use]
pub fn select(selection: &Selection, longest: usize) -> Option<Statement> {
    let is_deleted = |column: &String| column.eq_ignore_ascii_case(DELETED);
    let mut columns = selection.columns.clone();
    let tested = selection
        .conditions
        .iter()
        .map(|condition| &condition.column);
    if tested.into_iter().any(is_deleted) && !columns.iter().any(is_deleted) {
        columns.push(DELETED.to_owned());
    }
    let prefix = prefix(&selection.order);
    let outputs: Vec<Output> = columns
        .into_iter()
        .enumerate()
        .map(|(place, column)| Output {
            column,
            header: format!("{prefix}{place}"),
        })
        .collect();
    let mut list: Vec<String> = outputs
        .iter()
        .map(|output| format!("{} AS \"{}\"", identifier(&output.column), output.header))
        .collect();
    if list.is_empty() {
        list.push(format!("1 AS \"{prefix}0\""));
    }
    let mut text = format!(
        "SELECT {} FROM {}",
        list.join(", "),
        source(&selection.source)
    );
    let keys: Vec<String> = selection.order.iter().map(sort).collect();
    let order = match keys.as_slice() {
        [] => String::new(),
        keys => format!(" ORDER BY {}", keys.join(", ")),
    };
    let limit = selection
        .limit
        .map(|limit| format!(" LIMIT {limit}"))
        .unwrap_or_default();
    let room = longest.saturating_sub(text.len() + " WHERE ".len() + order.len() + limit.len());
    let (conditions, fidelity) = clauses(&selection.conditions, room, " AND ", clause::write)?;
    if !conditions.is_empty() {
        text.push_str(" WHERE ");
        text.push_str(&conditions.join(" AND "));
    }
    text.push_str(&order);
    let limited = selection.limit.is_some() && fidelity.iter().all(|fate| *fate == Fidelity::Exact);
    if limited {
        text.push_str(&limit);
    }
    Some(Statement {
        text,
        outputs,
        fidelity,
        ordered: !keys.is_empty(),
        limited,
    })
}

/// The rows of a table under its own names, to stand in FROM; `None` if no row can match. Conditions that cannot be said
/// are left out, and an order and a limit are not looked at.
#[must_use]
pub fn named(selection: &Selection) -> Option<String> {
    let mut list: Vec<String> = selection
        .columns
        .iter()
        .map(|name| identifier(name))
        .collect();
    if list.is_empty() {
        list.push("1 AS \"c0\"".to_owned());
    }
    let mut text = format!(
        "SELECT {} FROM {}",
        list.join(", "),
        source(&selection.source)
    );
    let (conditions, _) = clauses(&selection.conditions, LONGEST, " AND ", clause::write)?;
    if !conditions.is_empty() {
        text.push_str(" WHERE ");
        text.push_str(&conditions.join(" AND "));
    }
    Some(text)
}

/// A table's name, part by part.
#[must_use]
pub fn source(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(identifier).collect();
    parts.join(".")
}

/// `IN` conditions that together ask for all `values`, each of at most `most` values and about `room` bytes: one
/// statement each.
#[must_use]
pub fn in_chunks(column: &str, values: &[Literal], most: usize, room: usize) -> Vec<Condition> {
    // The longest form is a timestamp that no millisecond hits: a range.
    let length = |value: &Literal| match value {
        Literal::Timestamp(_) => 2 * (column.len() + 60),
        other => literal(other).map_or(0, |text| text.len() + 2),
    };
    chunks(values, most, room, length)
        .into_iter()
        .map(|run| Condition {
            column: column.to_owned(),
            test: Test::In(run.to_vec()),
        })
        .collect()
}

/// NULLs are always placed: Trino puts them last in either direction, the engine first in descending order.
fn sort(key: &Sort) -> String {
    let direction = if key.descending { "DESC" } else { "ASC" };
    let nulls = match key.nulls_first {
        Some(true) => " NULLS FIRST",
        Some(false) => " NULLS LAST",
        None => "",
    };
    format!("{} {direction}{nulls}", identifier(&key.column))
}

/// What output names begin with: in ORDER BY they hide columns, so none may be named as a key is.
fn prefix(order: &[Sort]) -> String {
    let mut prefix = "c".to_owned();
    while order.iter().any(|key| {
        key.column
            .to_lowercase()
            .strip_prefix(&prefix)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    }) {
        prefix.push('c');
    }
    prefix
}
