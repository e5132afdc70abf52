//! Text for Export ZOQL, the language of Zuora's AQuA exports.
//!
//! It has no IN, no BETWEEN, no `<>`, no fractions of a second and no way to quote a name. How it orders and folds
//! text is not documented, so text is only asked for in ways that find too many rows at worst. `*` is never written:
//! its columns change with every release.

mod clause;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::remote::{Condition, Fidelity, Literal, Output, Selection, Sort, Statement, Test};
use crate::remote::{chunks, clauses};
use crate::value::Type;

/// Characters of a statement that AQuA takes.
pub const LONGEST: usize = 20_000;

/// A selection that ZOQL cannot say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ZoqlError {
    /// A name with characters that the language has no quotes for.
    #[error("`{0}` is no name of an Export ZOQL data source or field")]
    Name(String),
    /// No column is wanted, and `*` is never written.
    #[error("an export needs at least one column")]
    NoColumns,
}

/// Writes a selection in at most `longest` bytes; conditions that find no room are left out. `None` if no row can
/// match, so that nothing need be sent.
///
/// Fields of related objects have a dot (`BillToContact.Id`). Outputs are named as the file's header is with
/// `useQueryLabels`, up to the case of letters.
///
/// # Errors
/// Names that cannot be said, or no columns.
pub fn select(selection: &Selection, longest: usize) -> Result<Option<Statement>, ZoqlError> {
    if selection.columns.is_empty() {
        return Err(ZoqlError::NoColumns);
    }
    let names = std::iter::once(&selection.source).chain(&selection.columns);
    if let Some(wrong) = names.into_iter().find(|name| !is_name(name)) {
        return Err(ZoqlError::Name(wrong.clone()));
    }
    let mut text = format!(
        "select {} from {}",
        selection.columns.join(", "),
        selection.source
    );
    let keys: Option<Vec<String>> = selection.order.iter().map(sort).collect();
    let ordered = keys.as_ref().is_some_and(|keys| !keys.is_empty());
    let order = match &keys {
        Some(keys) if ordered => format!(" order by {}", keys.join(", ")),
        _ => String::new(),
    };
    let bounded = selection.limit.filter(|_| keys.is_some());
    let limit = bounded
        .map(|limit| format!(" limit {limit}"))
        .unwrap_or_default();
    let room = longest.saturating_sub(text.len() + " where ".len() + order.len() + limit.len());
    let Some((conditions, fidelity)) = clauses(&selection.conditions, room, " and ", clause::write)
    else {
        return Ok(None);
    };
    if selection.limit == Some(0) {
        return Ok(None);
    }
    if !conditions.is_empty() {
        text.push_str(" where ");
        text.push_str(&conditions.join(" and "));
    }
    text.push_str(&order);
    let limited = bounded.is_some() && fidelity.iter().all(|fate| *fate == Fidelity::Exact);
    if limited {
        text.push_str(&limit);
    }
    Ok(Some(Statement {
        text,
        outputs: selection
            .columns
            .iter()
            .map(|column| Output {
                column: column.clone(),
                header: header(&selection.source, column),
            })
            .collect(),
        fidelity,
        ordered,
        limited,
    }))
}

/// `IN` conditions that together ask for all `values`, each about `room` bytes as a chain of ORs: one statement each.
#[must_use]
pub fn in_chunks(column: &str, values: &[Literal], most: usize, room: usize) -> Vec<Condition> {
    let length = |value: &Literal| match clause::equal(column, value) {
        crate::remote::Clause::Said { text, .. } => text.len() + " or ".len(),
        crate::remote::Clause::Unsaid => 0,
    };
    // Two brackets and the joint.
    chunks(values, most, room.saturating_sub(10), length)
        .into_iter()
        .map(|run| Condition {
            column: column.to_owned(),
            test: Test::In(run.to_vec()),
        })
        .collect()
}

/// The column's name in a file whose header has API names.
fn header(source: &str, column: &str) -> String {
    if column.contains('.') {
        column.to_owned()
    } else {
        format!("{source}.{column}")
    }
}

/// A key whose order is surely the engine's: neither text nor NULLs.
fn sort(key: &Sort) -> Option<String> {
    let known = key.nulls_first.is_none()
        && !matches!(key.kind, Type::Text | Type::Json | Type::List(_))
        && is_name(&key.column);
    let direction = if key.descending { "desc" } else { "asc" };
    known.then(|| format!("{} {direction}", key.column))
}

/// Letters, digits and underscores in parts joined by dots.
fn is_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
