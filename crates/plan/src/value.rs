//! The small set of types and values zuzen speaks.
//!
//! A [`Type`] is what a column holds; a [`Value`] is a literal of a predicate or a key. NULL is not a
//! value: predicates say `IsNull`, and keys are never NULL.

use std::cmp::Ordering;
use std::fmt;

use crate::decimal::Decimal;

/// The type of a column, as table files write it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `int64`
    Int64,
    /// `float64`
    Float64,
    /// `decimal(precision,scale)`, at most 38 digits
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `bool`
    Boolean,
    /// `text`
    Text,
    /// `timestamp`: an instant, microseconds since 1970 in UTC
    Timestamp,
    /// `date`: days since 1970
    Date,
    /// `json`: a value whose shape the API leaves open, kept as JSON text
    Json,
    /// `list<T>`, of `int64` or `text`
    List(Box<Self>),
}

impl Type {
    /// Reads a type as table files write it: `int64`, `decimal(38,9)`, `list<text>`, …
    ///
    /// # Errors
    /// The names that are known, if `text` is none of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(inner) = text
            .strip_prefix("list<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            return match Self::parse(inner)? {
                item @ (Self::Int64 | Self::Text) => Ok(Self::List(Box::new(item))),
                other => Err(format!("a list holds int64 or text, not {other}")),
            };
        }
        if let Some(inner) = text
            .strip_prefix("decimal(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            let digits = inner.split_once(',').and_then(|(precision, scale)| {
                Some((
                    precision.trim().parse::<u8>().ok()?,
                    scale.trim().parse::<u8>().ok()?,
                ))
            });
            return match digits {
                Some((precision @ 1..=38, scale)) if scale <= precision => {
                    Ok(Self::Decimal { precision, scale })
                }
                _ => Err(format!(
                    "`{text}`: write decimal(precision,scale) with at most 38 digits"
                )),
            };
        }
        match text {
            "int64" => Ok(Self::Int64),
            "float64" => Ok(Self::Float64),
            "bool" => Ok(Self::Boolean),
            "text" => Ok(Self::Text),
            "timestamp" => Ok(Self::Timestamp),
            "date" => Ok(Self::Date),
            "json" => Ok(Self::Json),
            other => Err(format!(
                "`{other}` is not a type: int64, float64, decimal(p,s), bool, text, timestamp, date, json, list<int64>, list<text>"
            )),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int64 => out.write_str("int64"),
            Self::Float64 => out.write_str("float64"),
            Self::Decimal { precision, scale } => write!(out, "decimal({precision},{scale})"),
            Self::Boolean => out.write_str("bool"),
            Self::Text => out.write_str("text"),
            Self::Timestamp => out.write_str("timestamp"),
            Self::Date => out.write_str("date"),
            Self::Json => out.write_str("json"),
            Self::List(item) => write!(out, "list<{item}>"),
        }
    }
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
    /// Days since 1970.
    Date(i32),
    /// An exact number with a fraction.
    Decimal(Decimal),
}

/// Microseconds in a second.
pub const MICROS: i64 = 1_000_000;

impl Value {
    /// Whether a column of this type can hold the value.
    #[must_use]
    pub fn fits(&self, kind: &Type) -> bool {
        matches!(
            (self, kind),
            (Self::Int(_), Type::Int64)
                | (Self::Float(_), Type::Float64)
                | (Self::Text(_), Type::Text)
                | (Self::Bool(_), Type::Boolean)
                | (Self::Timestamp(_), Type::Timestamp)
                | (Self::Date(_), Type::Date)
                | (Self::Decimal(_), Type::Decimal { .. })
        )
    }

    /// A total order within one kind of value; kinds are ordered as declared.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.compare(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Int(_) => 0,
            Self::Float(_) => 1,
            Self::Text(_) => 2,
            Self::Bool(_) => 3,
            Self::Timestamp(_) => 4,
            Self::Date(_) => 5,
            Self::Decimal(_) => 6,
        }
    }
}

impl fmt::Display for Value {
    /// The plain wire text: digits, the text itself, `true`, ISO 8601 in UTC.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(out, "{number}"),
            Self::Float(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(text),
            Self::Bool(truth) => write!(out, "{truth}"),
            Self::Timestamp(micros) => out.write_str(&iso(*micros)),
            Self::Date(days) => {
                match chrono::NaiveDate::from_num_days_from_ce_opt(days + 719_163) {
                    Some(date) => write!(out, "{date}"),
                    None => write!(out, "day {days}"),
                }
            }
            Self::Decimal(number) => write!(out, "{number}"),
        }
    }
}

/// An instant in ISO 8601, UTC, with a fraction only where there is one.
#[must_use]
pub fn iso(micros: i64) -> String {
    match chrono::DateTime::from_timestamp_micros(micros) {
        Some(time) if micros % MICROS == 0 => time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Some(time) => time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        None => format!("{micros} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back_as_written() {
        for text in [
            "int64",
            "decimal(20,4)",
            "list<text>",
            "list<int64>",
            "json",
            "timestamp",
        ] {
            assert_eq!(Type::parse(text).unwrap().to_string(), text);
        }
        for wrong in [
            "int",
            "list<bool>",
            "list<list<text>>",
            "decimal(39,0)",
            "decimal(3,4)",
            "Text",
        ] {
            assert!(Type::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_print_as_the_wire_wants_them() {
        assert_eq!(
            Value::Timestamp(1_700_000_000 * MICROS).to_string(),
            "2023-11-14T22:13:20Z"
        );
        assert_eq!(
            Value::Timestamp(1).to_string(),
            "1970-01-01T00:00:00.000001Z"
        );
        assert_eq!(Value::Date(19_675).to_string(), "2023-11-14");
    }
}
