//! Constants that travel in a statement.
//!
//! More than [`Value`]: amounts keep every digit, and NULL can be said. How a constant is spelt is the
//! language's business.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::decimal::Decimal;
use crate::value::Value;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// An exact number with a fraction.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
    /// Days since 1970.
    Date(i32),
}

impl From<&Value> for Literal {
    fn from(value: &Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Timestamp(micros) => Self::Timestamp(*micros),
            Value::Date(days) => Self::Date(*days),
            Value::Decimal(number) => Self::Decimal(*number),
        }
    }
}

/// The day, if its year has at most four digits; beyond them languages disagree on how to write it.
pub(crate) fn civil(days: i32) -> Option<NaiveDate> {
    let date = NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)?;
    (1..=9999).contains(&date.year()).then_some(date)
}

/// The instant, if its year has at most four digits.
pub(crate) fn instant(micros: i64) -> Option<DateTime<Utc>> {
    let time = DateTime::from_timestamp_micros(micros)?;
    (1..=9999).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_have_four_digit_years() {
        assert_eq!(civil(0).unwrap().to_string(), "1970-01-01");
        assert_eq!(civil(2_932_896).unwrap().to_string(), "9999-12-31");
        for days in [2_932_897, -719_163, i32::MAX, i32::MIN] {
            assert_eq!(civil(days), None, "{days}");
        }
        assert_eq!(instant(i64::MAX), None);
        assert_eq!(instant(i64::MIN), None);
    }
}
