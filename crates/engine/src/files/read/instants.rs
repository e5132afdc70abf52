//! Moments in texts of CSV. Those with an offset, `2026-01-31T09:00:00+09:00`, are instants, whatever zone a session has;
//! those without are days and times of day. A column holds the one or the other.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::arrow::datatypes::{DataType, TimeUnit};

/// The name that UTC has in columns of connections.
const UTC: &str = "+00:00";

/// What the first values of a column are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    with_offset: bool,
    without: bool,
    finer_than_micros: bool,
    text: bool,
}

impl Told {
    pub(super) fn see(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match has_offset(text) {
            true => self.with_offset = true,
            false => self.without = true,
        }
        self.finer_than_micros |= digits(text) > 6;
        self.text |= string_to_datetime(&Utc, text).is_err();
    }

    pub(super) fn kind(self) -> DataType {
        let unit = match self.finer_than_micros {
            true => TimeUnit::Nanosecond,
            false => TimeUnit::Microsecond,
        };
        match (self.with_offset, self.without) {
            _ if self.text => DataType::Utf8,
            (true, true) => DataType::Utf8,
            (true, false) => DataType::Timestamp(unit, Some(UTC.into())),
            (false, _) => DataType::Timestamp(unit, None),
        }
    }
}

/// Whether something follows the time of day.
fn has_offset(text: &str) -> bool {
    let time = text
        .char_indices()
        .nth(11)
        .map_or("", |(at, _)| text.get(at..).unwrap_or_default());
    time.contains(|letter: char| !letter.is_ascii_digit() && letter != ':' && letter != '.')
}

/// Digits of the fraction of its second, but for zeros at the end.
fn digits(text: &str) -> usize {
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let end = fraction.find(|letter: char| !letter.is_ascii_digit());
    let fraction = end.map_or(fraction, |end| fraction.get(..end).unwrap_or_default());
    fraction.trim_end_matches('0').len()
}

/// The texts as moments.
///
/// # Errors
/// The row, the text of it, and what is wrong with that.
pub(super) fn instants<'a>(
    texts: &'a StringArray,
    unit: TimeUnit,
    zone: Option<&Arc<str>>,
) -> Result<ArrayRef, (usize, &'a str, &'static str)> {
    let read = |row: usize, text: &'a str| {
        let fail = |why| (row, text, why);
        if has_offset(text) != zone.is_some() {
            return Err(fail(match zone {
                Some(_) => " without an offset",
                None => " with an offset",
            }));
        }
        if unit == TimeUnit::Microsecond && digits(text) > 6 {
            return Err(fail(" with more than six digits of a second"));
        }
        string_to_datetime(&Utc, text).map_err(|_| fail(""))
    };
    let told = texts.iter().enumerate();
    let told = told.map(|(row, text)| match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => {
            let moment: DateTime<Utc> = read(row, text)?;
            let number = match unit {
                TimeUnit::Nanosecond => moment.timestamp_nanos_opt(),
                _ => Some(moment.timestamp_micros()),
            };
            number
                .map(Some)
                .ok_or((row, text, " beyond the years 1677 to 2262"))
        }
    });
    let numbers = told.collect::<Result<Vec<Option<i64>>, _>>()?;
    Ok(match unit {
        TimeUnit::Nanosecond => {
            Arc::new(TimestampNanosecondArray::from(numbers).with_timezone_opt(zone.cloned()))
        }
        _ => Arc::new(TimestampMicrosecondArray::from(numbers).with_timezone_opt(zone.cloned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_by_their_offsets() {
        let micros =
            |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
        for (texts, kind) in [
            (
                vec!["2023-12-01T11:00:00.101+09:00", "", "2023-12-01T02:00:00Z"],
                micros(Some(UTC)),
            ),
            (vec!["2023-12-01 11:00:00", "2023-12-01"], micros(None)),
            (
                vec!["2023-12-01 11:00:00", "2023-12-01T11:00:00Z"],
                DataType::Utf8,
            ),
            (vec!["2023-12-01T11:00:00 o'clock"], DataType::Utf8),
            (
                vec!["2023-12-01T11:00:00.123456789Z"],
                DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into())),
            ),
            (
                vec!["2023-12-01T11:00:00.123456000-05:00"],
                micros(Some(UTC)),
            ),
        ] {
            let mut told = Told::default();
            texts.iter().for_each(|text| told.see(text));
            assert_eq!(told.kind(), kind, "{texts:?}");
        }
    }

    #[test]
    fn a_moment_of_another_kind_is_refused() {
        let utc: Arc<str> = UTC.into();
        for (text, zone, why) in [
            ("2023-12-01T11:00:00", Some(&utc), "without an offset"),
            ("2023-12-01T11:00:00Z", None, "with an offset"),
            ("2023-12-01T11:00:00.1234567", None, "six digits"),
            ("soon", None, ""),
        ] {
            let texts = StringArray::from(vec![None, Some(text)]);
            let (row, told, reason) = instants(&texts, TimeUnit::Microsecond, zone).unwrap_err();
            assert_eq!((row, told), (1, text));
            assert!(reason.contains(why), "{text}: {reason}");
        }
    }
}
