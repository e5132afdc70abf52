//! What can be wrong with an answer, said so that a person finds the place in it.
//!
//! No error here hides a value as NULL, and none prints more than the beginning of a value.

use std::fmt;

/// Why a page could not become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// What kind of trouble it is, for callers that act on it.
    pub kind: DecodeErrorKind,
    /// The place in the answer, e.g. `tickets[17].tags[3]`; empty if it is the answer as a whole.
    pub path: String,
    /// What was found there and what was wanted.
    pub message: String,
}

/// What a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecodeErrorKind {
    /// The columns or paths asked for make no sense: a table definition is wrong, not the answer.
    Shape,
    /// The answer breaks off, or something follows its end: asking again may help.
    Incomplete,
    /// The answer is not JSON.
    Malformed,
    /// The answer does not have the member that holds the rows.
    Missing,
    /// A value does not fit the type of its column, or is no object where a path goes on.
    Value,
    /// The result of a job has other columns than were asked for.
    Columns,
    /// A value in the result of a job does not fit the type of its column.
    Cell,
}

impl DecodeError {
    pub(super) fn new(kind: DecodeErrorKind, path: String, message: impl Into<String>) -> Self {
        Self {
            kind,
            path,
            message: message.into(),
        }
    }

    /// The next step for whoever sees the error.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.kind {
            DecodeErrorKind::Shape => "correct the table file: the paths of its columns and reads",
            DecodeErrorKind::Incomplete => "run the statement again: the connection broke off",
            DecodeErrorKind::Malformed => {
                "check that the URL is the API's own and no proxy or sign-in page answers in its place"
            }
            DecodeErrorKind::Missing => {
                "the API answered in another form than the table file says: compare its `items`"
            }
            DecodeErrorKind::Value => {
                "leave the column out, or declare it as json in a table file of your own (--tables)"
            }
            DecodeErrorKind::Columns => {
                "the columns have changed at the service: REFRESH SCHEMA, then run the statement again"
            }
            DecodeErrorKind::Cell => {
                "REFRESH SCHEMA if the type of the column has changed; else leave the column out of the statement"
            }
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            out.write_str(&self.message)
        } else {
            write!(out, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why one value does not fit its column; reads on after the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    Integer,
    IntegerRange,
    Float,
    FloatRange,
    Decimal,
    DecimalPlaces(u8),
    DecimalDigits(u8),
    Boolean,
    Text,
    Surrogate,
    Timestamp,
    TimestampDigits,
    Region,
    Twice,
    Never,
    Date,
    TimeOfDay,
    List,
    TooMuchText,
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer => out.write_str("is not an integer"),
            Self::IntegerRange => out.write_str("does not fit into a 64-bit integer"),
            Self::Float => out.write_str("is not a number"),
            Self::FloatRange => out.write_str("is too large for a 64-bit float"),
            Self::Decimal => out.write_str("is not a decimal number"),
            Self::DecimalPlaces(scale) => {
                write!(out, "has more than {scale} digits after the point")
            }
            Self::DecimalDigits(precision) => write!(out, "has more than {precision} digits"),
            Self::Boolean => out.write_str("is neither true nor false"),
            Self::Text => out.write_str("is not text"),
            Self::Surrogate => out.write_str("holds half of a surrogate pair, which is no text"),
            Self::Timestamp => out.write_str("is not a timestamp with a time zone"),
            Self::TimestampDigits => out.write_str("is finer than a microsecond"),
            Self::Region => out.write_str("is in a time zone that is not known"),
            Self::Twice => out
                .write_str("is in the hour that its time zone has twice, so it is no one instant"),
            Self::Never => out.write_str("is in the hour that its time zone leaves out"),
            Self::Date => out.write_str("is not a date"),
            Self::TimeOfDay => out.write_str("is not a date, but has a time of day"),
            Self::List => out.write_str("is not a list"),
            Self::TooMuchText => out.write_str("is too much: a batch holds at most 2 GiB of it"),
        }
    }
}

/// The beginning of a value, short enough for a message.
pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(cut(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
