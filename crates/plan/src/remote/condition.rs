//! A test of one column, in the forms that remote languages have.
//!
//! Wider than [`Predicate`]: ranges, patterns, exact amounts and NULL. All conditions of a selection hold
//! together; there is no OR and no NOT around them, so "every matching row is found" can be judged for each alone.

use crate::predicate::{self, Comparison, Predicate};

use super::{Literal, Pattern};

/// A test of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column, by the remote engine's name.
    pub column: String,
    /// What must hold for it.
    pub test: Test,
}

/// The forms of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A comparison with a constant of the column's own type: another one would cast the column, which costs the
    /// index and, for amounts, digits.
    Compare(Operator, Literal),
    /// `IN`. Empty: no row matches.
    In(Vec<Literal>),
    /// `NOT IN`. Empty: every row matches.
    NotIn(Vec<Literal>),
    /// `BETWEEN`, both ends included.
    Between(Literal, Literal),
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
    /// `LIKE` and `NOT LIKE`
    Like {
        /// The pattern.
        pattern: Pattern,
        /// `NOT LIKE`
        negated: bool,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What NULLs and empty lists leave of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No row can match.
    Never,
    /// Every row matches.
    Always,
    /// It depends on the row.
    Open,
}

impl Test {
    /// Whether the test is decided without looking at a row.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let decided = |never: bool| {
            if never {
                Standing::Never
            } else {
                Standing::Open
            }
        };
        match self {
            Self::Compare(_, value) => decided(*value == Literal::Null),
            Self::In(values) => decided(values.iter().all(|value| *value == Literal::Null)),
            Self::NotIn(values) if values.is_empty() => Standing::Always,
            Self::NotIn(values) => decided(values.contains(&Literal::Null)),
            Self::Between(low, high) => decided(*low == Literal::Null || *high == Literal::Null),
            Self::IsNull | Self::IsNotNull | Self::Like { .. } => Standing::Open,
        }
    }
}

impl Condition {
    /// The predicate as a condition; `None` for a test of lists, which remote tables do not have.
    #[must_use]
    pub fn of(predicate: &Predicate) -> Option<Self> {
        let literals = |values: &[crate::value::Value]| values.iter().map(Literal::from).collect();
        let test = match &predicate.test {
            predicate::Test::In(values) => Test::In(literals(values)),
            predicate::Test::NotIn(values) => Test::NotIn(literals(values)),
            predicate::Test::Compare(comparison, value) => {
                let operator = match comparison {
                    Comparison::Less => Operator::Less,
                    Comparison::AtMost => Operator::AtMost,
                    Comparison::Greater => Operator::Greater,
                    Comparison::AtLeast => Operator::AtLeast,
                };
                Test::Compare(operator, Literal::from(value))
            }
            predicate::Test::IsNull => Test::IsNull,
            predicate::Test::IsNotNull => Test::IsNotNull,
            predicate::Test::Has(_) => return None,
        };
        Some(Self {
            column: predicate.column.clone(),
            test,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn nulls_and_empty_lists_decide() {
        let (one, null) = (Literal::Int(1), Literal::Null);
        let cases = [
            (
                Test::Compare(Operator::NotEqual, null.clone()),
                Standing::Never,
            ),
            (Test::Compare(Operator::Equal, one.clone()), Standing::Open),
            (Test::In(vec![]), Standing::Never),
            (Test::In(vec![null.clone()]), Standing::Never),
            (Test::In(vec![null.clone(), one.clone()]), Standing::Open),
            (Test::NotIn(vec![]), Standing::Always),
            (
                Test::NotIn(vec![null.clone(), one.clone()]),
                Standing::Never,
            ),
            (Test::NotIn(vec![one.clone()]), Standing::Open),
            (Test::Between(one.clone(), null.clone()), Standing::Never),
            (Test::Between(null, one), Standing::Never),
            (Test::IsNull, Standing::Open),
        ];
        for (test, standing) in cases {
            assert_eq!(test.standing(), standing, "{test:?}");
        }
    }

    #[test]
    fn predicates_become_conditions() {
        let predicate = Predicate::compare("t", Comparison::AtMost, Value::Timestamp(5));
        assert_eq!(
            Condition::of(&predicate).unwrap().test,
            Test::Compare(Operator::AtMost, Literal::Timestamp(5))
        );
        let has = Predicate {
            column: "tags".into(),
            test: predicate::Test::Has(Value::Int(1)),
        };
        assert_eq!(Condition::of(&has), None);
    }
}
