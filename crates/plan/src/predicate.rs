//! What SQL asks of a column, in the few forms that can travel to an API.
//!
//! A [`Predicate`] never holds NULL: SQL comparisons with NULL are never true, and the translation in the
//! engine leaves out what it cannot say here.

use std::fmt;

use crate::value::{MICROS, Value};

/// A test of one column. A scan's predicates all hold together (AND).
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The column's name.
    pub column: String,
    /// What must hold for it.
    pub test: Test,
}

/// The forms of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `=`, `IN`, or an OR of equalities: sorted, distinct. Empty means that no row can match.
    In(Vec<Value>),
    /// `!=` or `NOT IN`.
    NotIn(Vec<Value>),
    /// `<`, `<=`, `>`, `>=`.
    Compare(Comparison, Value),
    /// `IS NULL`.
    IsNull,
    /// `IS NOT NULL`.
    IsNotNull,
    /// `array_has(column, value)`.
    Has(Value),
}

/// An order comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// The operator as SQL and Zendesk's search write it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Predicate {
    /// `column IN (values)`, normalised.
    #[must_use]
    pub fn in_values(column: &str, mut values: Vec<Value>) -> Self {
        values.sort_by(Value::compare);
        values.dedup();
        Self {
            column: column.to_owned(),
            test: Test::In(values),
        }
    }

    /// `column <comparison> value`.
    #[must_use]
    pub fn compare(column: &str, comparison: Comparison, value: Value) -> Self {
        Self {
            column: column.to_owned(),
            test: Test::Compare(comparison, value),
        }
    }
}

/// The values `column` is limited to by equalities and INs, or `None` if nothing limits it.
#[must_use]
pub fn allowed(predicates: &[Predicate], column: &str) -> Option<Vec<Value>> {
    let mut allowed: Option<Vec<Value>> = None;
    for predicate in predicates
        .iter()
        .filter(|predicate| predicate.column == column)
    {
        if let Test::In(values) = &predicate.test {
            allowed = Some(match allowed {
                None => values.clone(),
                Some(before) => before
                    .into_iter()
                    .filter(|value| values.contains(value))
                    .collect(),
            });
        }
    }
    allowed
}

/// The lowest instant, in whole seconds, at which `column` can lie: the largest lower bound, rounded down.
#[must_use]
pub fn earliest_second(predicates: &[Predicate], column: &str) -> Option<i64> {
    bounds(predicates, column, |comparison| {
        matches!(comparison, Comparison::Greater | Comparison::AtLeast)
    })
    .map(|micros| micros.div_euclid(MICROS))
    .max()
}

/// The highest instant, in whole seconds, at which `column` can lie: the least upper bound, rounded up.
#[must_use]
pub fn latest_second(predicates: &[Predicate], column: &str) -> Option<i64> {
    bounds(predicates, column, |comparison| {
        matches!(comparison, Comparison::Less | Comparison::AtMost)
    })
    .map(|micros| micros.div_euclid(MICROS) + i64::from(micros.rem_euclid(MICROS) != 0))
    .min()
}

fn bounds<'a>(
    predicates: &'a [Predicate],
    column: &'a str,
    side: impl Fn(Comparison) -> bool + 'a,
) -> impl Iterator<Item = i64> + 'a {
    predicates
        .iter()
        .filter(move |predicate| predicate.column == column)
        .filter_map(move |predicate| match &predicate.test {
            Test::Compare(comparison, value) if side(*comparison) => instant(value),
            Test::In(values) => match values.as_slice() {
                [value] => instant(value),
                _ => None,
            },
            _ => None,
        })
}

/// Microseconds since 1970; whole numbers are seconds, as the stamps of exports are.
fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::Timestamp(micros) => Some(*micros),
        Value::Int(seconds) => Some(seconds.saturating_mul(MICROS)),
        _ => None,
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        match &self.test {
            Test::In(values) => match values.as_slice() {
                [value] => write!(out, "{column} = {}", Quoted(value)),
                _ => write!(out, "{column} IN {}", List(values)),
            },
            Test::NotIn(values) => match values.as_slice() {
                [value] => write!(out, "{column} != {}", Quoted(value)),
                _ => write!(out, "{column} NOT IN {}", List(values)),
            },
            Test::Compare(comparison, value) => {
                write!(out, "{column} {} {}", comparison.symbol(), Quoted(value))
            }
            Test::IsNull => write!(out, "{column} IS NULL"),
            Test::IsNotNull => write!(out, "{column} IS NOT NULL"),
            Test::Has(value) => write!(out, "array_has({column}, {})", Quoted(value)),
        }
    }
}

/// Shows long lists by their length, so that EXPLAIN stays readable.
struct List<'a>(&'a [Value]);

impl fmt::Display for List<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() > 8 {
            return write!(out, "(<{} values>)", self.0.len());
        }
        out.write_str("(")?;
        for (place, value) in self.0.iter().enumerate() {
            write!(
                out,
                "{}{}",
                if place > 0 { ", " } else { "" },
                Quoted(value)
            )?;
        }
        out.write_str(")")
    }
}

struct Quoted<'a>(&'a Value);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => write!(out, "'{}'", text.replace('\'', "''")),
            Value::Timestamp(_) | Value::Date(_) => write!(out, "'{}'", self.0),
            other => write!(out, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equalities_on_one_column_intersect() {
        let ints = |numbers: &[i64]| {
            numbers
                .iter()
                .map(|number| Value::Int(*number))
                .collect::<Vec<_>>()
        };
        let predicates = [
            Predicate::in_values("id", ints(&[3, 1, 2, 3])),
            Predicate::in_values("id", ints(&[2, 3, 9])),
        ];
        assert_eq!(allowed(&predicates, "id"), Some(ints(&[2, 3])));
        assert_eq!(allowed(&predicates, "name"), None);
    }

    #[test]
    fn bounds_round_outwards() {
        let at = |comparison, micros| Predicate::compare("t", comparison, Value::Timestamp(micros));
        let predicates = [
            at(Comparison::Greater, 5_000_001),
            at(Comparison::AtLeast, 3_999_999),
            at(Comparison::Less, 9_000_001),
            at(Comparison::AtMost, 12_000_000),
        ];
        assert_eq!(earliest_second(&predicates, "t"), Some(5));
        assert_eq!(latest_second(&predicates, "t"), Some(10));
    }

    #[test]
    fn predicates_print_as_sql() {
        assert_eq!(
            Predicate::in_values("name", vec![Value::Text("O'Hara".into())]).to_string(),
            "name = 'O''Hara'"
        );
        let many = (0..250).map(Value::Int).collect();
        assert_eq!(
            Predicate::in_values("id", many).to_string(),
            "id IN (<250 values>)"
        );
    }
}
