//! A scan of one remote table, and the statement that it became.
//!
//! The order of trust is the same for every language: a condition may be left out, or find too many rows, but
//! never too few; and a LIMIT is only said if every condition is exact and the order, if any, is the engine's.

use super::{Condition, Literal, Standing};
use crate::value::Type;

/// What is asked of one remote table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// The table, by the remote engine's name; parts joined by dots.
    pub source: String,
    /// The columns wanted, by the remote engine's names.
    pub columns: Vec<String>,
    /// Conditions that hold together.
    pub conditions: Vec<Condition>,
    /// The order wanted, most important first.
    pub order: Vec<Sort>,
    /// No more rows than these are wanted.
    pub limit: Option<u64>,
}

/// A key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: String,
    /// Its type.
    pub kind: Type,
    /// Largest first.
    pub descending: bool,
    /// Where NULLs go: first or last. `None`: the column never holds any.
    pub nulls_first: Option<bool>,
}

/// A statement, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text.
    pub text: String,
    /// The columns of the answer.
    pub outputs: Vec<Output>,
    /// What became of each condition, in the selection's order.
    pub fidelity: Vec<Fidelity>,
    /// The rows arrive in the order wanted.
    pub ordered: bool,
    /// The limit travels.
    pub limited: bool,
}

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The column it holds.
    pub column: String,
    /// Its name in the answer.
    pub header: String,
}

/// What became of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fidelity {
    /// Exactly the matching rows arrive.
    Exact,
    /// All matching rows arrive, and perhaps others.
    Rechecked,
    /// It does not travel.
    Absent,
}

/// A condition in a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clause {
    /// Text that can stand between ANDs.
    Said { text: String, exact: bool },
    /// The language cannot say it, or not so that every matching row is found.
    Unsaid,
}

impl Clause {
    pub(crate) fn exact(text: String) -> Self {
        Self::Said { text, exact: true }
    }

    pub(crate) fn rough(text: String) -> Self {
        Self::Said { text, exact: false }
    }
}

/// Both together; if one cannot be said, the other alone still finds every matching row.
pub(crate) fn and(left: Clause, right: Clause, word: &str) -> Clause {
    match (left, right) {
        (
            Clause::Said {
                text: left,
                exact: a,
            },
            Clause::Said {
                text: right,
                exact: b,
            },
        ) => Clause::Said {
            text: format!("{left} {word} {right}"),
            exact: a && b,
        },
        (Clause::Said { text, .. }, Clause::Unsaid)
        | (Clause::Unsaid, Clause::Said { text, .. }) => Clause::rough(text),
        (Clause::Unsaid, Clause::Unsaid) => Clause::Unsaid,
    }
}

/// The clauses that travel within `room` bytes and what became of each condition; `None` if no row can match.
pub(crate) fn clauses(
    conditions: &[Condition],
    mut room: usize,
    joint: &str,
    write: impl Fn(&Condition) -> Clause,
) -> Option<(Vec<String>, Vec<Fidelity>)> {
    let (mut texts, mut fidelity) = (Vec::new(), Vec::new());
    for condition in conditions {
        match condition.test.standing() {
            Standing::Never => return None,
            Standing::Always => {
                fidelity.push(Fidelity::Exact);
                continue;
            }
            Standing::Open => {}
        }
        fidelity.push(match write(condition) {
            Clause::Said { text, exact } if text.len() + joint.len() <= room => {
                room -= text.len() + joint.len();
                texts.push(text);
                if exact {
                    Fidelity::Exact
                } else {
                    Fidelity::Rechecked
                }
            }
            Clause::Said { .. } | Clause::Unsaid => Fidelity::Absent,
        });
    }
    Some((texts, fidelity))
}

/// Splits `values` into runs of at most `most` values and `room` bytes, each value taking `length` bytes; a value
/// that is longer than the room stands alone.
pub(crate) fn chunks(
    values: &[Literal],
    most: usize,
    room: usize,
    length: impl Fn(&Literal) -> usize,
) -> Vec<&[Literal]> {
    let (mut runs, mut start, mut used) = (Vec::new(), 0, 0_usize);
    for (place, value) in values.iter().enumerate() {
        let wanted = length(value);
        let full = place - start >= most.max(1) || used.saturating_add(wanted) > room;
        if full && place > start {
            runs.push(&values[start..place]);
            (start, used) = (place, 0);
        }
        used = used.saturating_add(wanted);
    }
    if start < values.len() {
        runs.push(&values[start..]);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::Test;

    #[test]
    fn runs_keep_every_value_once_and_within_bounds() {
        let values: Vec<Literal> = (0..10).map(Literal::Int).collect();
        let sizes = |most, room| {
            let runs = chunks(&values, most, room, |_| 3);
            assert_eq!(runs.concat(), values);
            runs.iter().map(|run| run.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(4, 1_000), [4, 4, 2]);
        assert_eq!(sizes(100, 10), [3, 3, 3, 1]);
        assert_eq!(sizes(100, 1), [1; 10]);
        assert_eq!(sizes(0, 100), [1; 10]);
        assert!(chunks(&[], 4, 4, |_| 1).is_empty());
    }

    #[test]
    fn conditions_travel_as_far_as_there_is_room() {
        let condition = |column: &str| Condition {
            column: column.into(),
            test: Test::IsNull,
        };
        let all = [condition("aaaa"), condition("bbbbbbbb"), condition("cc")];
        let (texts, fidelity) = clauses(&all, 14, " AND ", |asked| {
            Clause::exact(asked.column.clone())
        })
        .unwrap();
        assert_eq!(texts, ["aaaa"]);
        assert_eq!(
            fidelity,
            [Fidelity::Exact, Fidelity::Absent, Fidelity::Absent]
        );
        let (texts, _) = clauses(&all, 16, " AND ", |asked| {
            Clause::exact(asked.column.clone())
        })
        .unwrap();
        assert_eq!(texts, ["aaaa", "cc"]);
    }
}
