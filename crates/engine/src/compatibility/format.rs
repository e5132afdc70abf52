//! `FORMAT(value, pattern)` and `STRTODATE(text, pattern)`: dates and numbers as people want to see them, and back.

use super::native::{Cell, Gives, Native, Takes, Value};
use super::{date_pattern, number_pattern};

pub(super) const NATIVES: &[Native] = &[
    Native {
        name: "format",
        takes: &[Takes::TextOrMoment, Takes::Text, Takes::Text],
        least: 2,
        gives: Gives::Text,
        call: format,
    },
    Native {
        name: "strtodate",
        takes: &[Takes::Text, Takes::Text],
        least: 2,
        gives: Gives::Moment,
        call: read,
    },
];

/// What a date looks like where nobody says so.
const PLAIN: [&str; 6] = [
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddTHH:mm:ss",
    "yyyy-MM-dd",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy/MM/dd",
    "yyyy-MM",
];

/// A date or a number as a pattern says; with three arguments a text that is a date as the first pattern says.
fn format(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let text = match row {
        [Cell::Text(date), Cell::Text(as_read), Cell::Text(pattern)] => {
            date_pattern::written(date_pattern::read(date, as_read)?, pattern)?
        }
        [Cell::Moment(_), _, _] => {
            return Err("a date needs no pattern to be read by: give one, to write it".to_owned());
        }
        [Cell::Moment(micros), Cell::Text(pattern)] => date_pattern::written(*micros, pattern)?,
        [Cell::Text(text), Cell::Text(pattern)] if date_pattern::names_a_date(pattern) => {
            date_pattern::written(plain_date(text)?, pattern)?
        }
        [Cell::Text(number), Cell::Text(pattern)] => number_pattern::written(number, pattern)?,
        _ => return Ok(None),
    };
    Ok(Some(Value::Text(text)))
}

fn plain_date(text: &str) -> Result<i64, String> {
    let known = PLAIN.iter();
    let mut found = known.filter_map(|pattern| date_pattern::read(text, pattern).ok());
    found.next().ok_or_else(|| {
        format!(
            "`{text}` is no date; FORMAT(text, 'dd.MM.yyyy', 'yyyy-MM-dd') says how it is written"
        )
    })
}

fn read(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [Cell::Text(text), Cell::Text(pattern)] = row else {
        return Ok(None);
    };
    // A field that was left empty is no date.
    if text.trim().is_empty() {
        return Ok(None);
    }
    date_pattern::read(text, pattern).map(|micros| Some(Value::Moment(micros)))
}
