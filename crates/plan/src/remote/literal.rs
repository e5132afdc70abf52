//! Constants that travel in a statement.
//!
//! More than [`Value`]: amounts keep every digit, and NULL can be said. How a constant is spelt is the
//! language's business.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::value::Value;

/// The most digits that a decimal holds, here and in Trino.
const MOST_DIGITS: u32 = 38;

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
        }
    }
}

/// An exact number: `unscaled` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    unscaled: i128,
    scale: u8,
}

impl Decimal {
    /// The number, or `None` if it has more than 38 digits.
    #[must_use]
    pub fn new(unscaled: i128, scale: u8) -> Option<Self> {
        let fits = unscaled.unsigned_abs() < 10_u128.pow(MOST_DIGITS);
        (fits && u32::from(scale) <= MOST_DIGITS).then_some(Self { unscaled, scale })
    }
}

impl fmt::Display for Decimal {
    /// All digits, those after the point as many as the scale says: `-0.50`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!(
            "{:0>width$}",
            self.unscaled.unsigned_abs(),
            width = scale + 1
        );
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.unscaled < 0 { "-" } else { "" };
        write!(out, "{sign}{whole}")?;
        if fraction.is_empty() {
            return Ok(());
        }
        write!(out, ".{fraction}")
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
    fn decimals_keep_every_digit() {
        let cases = [
            (1250, 2, "12.50"),
            (-50, 2, "-0.50"),
            (0, 3, "0.000"),
            (7, 0, "7"),
            (-1, 9, "-0.000000001"),
            (
                10_i128.pow(38) - 1,
                38,
                "0.99999999999999999999999999999999999999",
            ),
        ];
        for (unscaled, scale, text) in cases {
            assert_eq!(Decimal::new(unscaled, scale).unwrap().to_string(), text);
        }
        for (unscaled, scale) in [(10_i128.pow(38), 0), (i128::MIN, 0), (1, 39)] {
            assert_eq!(Decimal::new(unscaled, scale), None);
        }
    }

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
