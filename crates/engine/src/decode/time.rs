//! Instants and dates from their text.
//!
//! ISO 8601 as APIs write it. A time without a zone is refused: it could be wrong by hours and
//! nobody would notice. Numbers are refused too, since one endpoint counts seconds and another microseconds.

use super::error::Misfit;

const MICROS: i64 = 1_000_000;

/// Microseconds since 1970 in UTC. A date alone is its midnight in UTC.
pub(super) fn timestamp(text: &str) -> Result<i64, Misfit> {
    if let Ok(common) = <&[u8; 20]>::try_from(text.as_bytes())
        && let Some(seconds) = common_form(common)
    {
        return Ok(seconds * MICROS);
    }
    let moment = Moment::parse(text).ok_or(Misfit::Timestamp)?;
    Ok((moment.days * 86_400 + moment.seconds - moment.offset) * MICROS + moment.micros)
}

/// Days since 1970: the day as written. Zendesk sends the dates of users' and organizations' fields
/// as timestamps at midnight.
pub(super) fn date(text: &str) -> Result<i32, Misfit> {
    let moment = Moment::parse(text).ok_or(Misfit::Date)?;
    i32::try_from(moment.days).map_err(|_| Misfit::Date)
}

/// `2024-01-02T03:04:05Z`, the form of nearly every timestamp there is.
fn common_form(text: &[u8; 20]) -> Option<i64> {
    let mut wrong = (text[4] ^ b'-')
        | (text[7] ^ b'-')
        | (text[10] ^ b'T')
        | (text[13] ^ b':')
        | (text[16] ^ b':')
        | (text[19] ^ b'Z');
    let mut two = |at: usize| {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        wrong |= u8::from(tens > 9) | u8::from(ones > 9);
        i64::from(tens) * 10 + i64::from(ones)
    };
    let year = two(0) * 100 + two(2);
    let (month, day) = (two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    if wrong != 0 {
        return None;
    }
    Some(days(year, month, day)? * 86_400 + clock(hour, minute, second)?)
}

/// A point in time as written.
struct Moment {
    days: i64,
    seconds: i64,
    micros: i64,
    offset: i64,
}

impl Moment {
    /// `2024-01-02`, `20140704T15:37:04Z` (an old form of Zendesk's), `2024-01-02 03:04:05.123456789 +0900`, …
    fn parse(text: &str) -> Option<Self> {
        let mut rest = Cursor(text.as_bytes());
        let year = rest.number(4)?;
        let dashed = rest.take(b"-");
        let month = rest.number(2)?;
        if dashed && !rest.take(b"-") {
            return None;
        }
        let days = days(year, month, rest.number(2)?)?;
        let mut moment = Self {
            days,
            seconds: 0,
            micros: 0,
            offset: 0,
        };
        if rest.0.is_empty() {
            return Some(moment);
        }
        if !rest.take(b"T") && !rest.take(b"t") && !rest.take(b" ") {
            return None;
        }
        let hour = rest.number(2)?;
        let colons = rest.take(b":");
        let minute = rest.number(2)?;
        let second = if colons && !rest.take(b":") {
            0
        } else {
            rest.number(2)?
        };
        moment.seconds = clock(hour, minute, second)?;
        if rest.take(b".") || rest.take(b",") {
            moment.micros = rest.fraction()?;
        }
        moment.offset = rest.zone()?;
        rest.0.is_empty().then_some(moment)
    }
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take(&mut self, word: &[u8]) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        head.iter().try_fold(0, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + i64::from(byte - b'0'))
        })
    }

    /// Digits after the point, cut to microseconds.
    fn fraction(&mut self) -> Option<i64> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
        (count > 0).then(|| padded.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')))
    }

    /// Seconds east of UTC.
    fn zone(&mut self) -> Option<i64> {
        self.take(b" ");
        if self.take(b"Z") || self.take(b"z") || self.take(b"UTC") {
            return Some(0);
        }
        let west = self.take(b"-");
        if !west && !self.take(b"+") {
            return None;
        }
        let hours = self.number(2)?;
        self.take(b":");
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.number(2)?
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = hours * 3600 + minutes * 60;
        Some(if west { -seconds } else { seconds })
    }
}

/// Seconds of the day; a leap second is the first of the next minute.
fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Days since 1970 of a date of our calendar, counted in eras of 400 years that begin on March 1st.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > last {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Datelike, NaiveDate};

    #[test]
    fn timestamps() {
        let base = 1_704_164_645 * MICROS;
        let cases = [
            ("2024-01-02T03:04:05Z", Some(base)),
            ("2024-01-02t03:04:05z", Some(base)),
            ("2024-01-02 03:04:05 UTC", Some(base)),
            ("2024-01-02T03:04:05.5Z", Some(base + 500_000)),
            ("2024-01-02T03:04:05.123456789Z", Some(base + 123_456)),
            ("2024-01-02T03:04:05,000001Z", Some(base + 1)),
            ("2024-01-02T12:04:05+09:00", Some(base)),
            ("2024-01-02T12:04:05+0900", Some(base)),
            ("2024-01-02T12:04:05+09", Some(base)),
            ("2024-01-01 20:04:05 -0700", Some(base)),
            ("2024-01-02T03:04Z", Some(base - 5 * MICROS)),
            ("20240102T030405Z", Some(base)),
            ("20140704T15:37:04Z", Some(1_404_488_224 * MICROS)),
            ("2024-01-02", Some(1_704_153_600 * MICROS)),
            ("1969-12-31T23:59:59.25Z", Some(-750_000)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800 * MICROS)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800 * MICROS)),
            ("0001-01-01T00:00:00Z", Some(-62_135_596_800 * MICROS)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799 * MICROS)),
            ("2023-02-29T00:00:00Z", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-00-01T00:00:00Z", None),
            ("2024-01-00T00:00:00Z", None),
            ("2024-01-02T24:00:00Z", None),
            ("2024-01-02T03:60:00Z", None),
            ("2024-01-02T03:04:05", None),
            ("2024-01-02T03:04", None),
            ("2024-01-02T03:04:05.Z", None),
            ("2024-01-02T03:04:05+25:00", None),
            ("2024-01-02T03:04:05Zjunk", None),
            ("2024-01-02T03:04:0xZ", None),
            ("2024-01-02T03.04:05Z", None),
            ("2024-01-02T", None),
            ("2024-01-", None),
            ("2024-0102", None),
            ("2024", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(timestamp(text).ok(), wanted, "{text}");
        }
    }

    #[test]
    fn dates() {
        let cases = [
            ("2024-01-02", Some(19_724)),
            ("20240102", Some(19_724)),
            ("2024-01-02T00:00:00Z", Some(19_724)),
            ("2024-01-02T00:00:00+09:00", Some(19_724)),
            ("1969-12-31", Some(-1)),
            ("2024-02-30", None),
            ("02/01/2024", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(date(text).ok(), wanted, "{text}");
        }
    }

    #[test]
    fn every_day_agrees_with_chrono() {
        let mut day = NaiveDate::from_ymd_opt(1600, 1, 1).unwrap();
        while day.year() < 2401 {
            let text = format!("{day}T23:59:58Z");
            let wanted = DateTime::parse_from_rfc3339(&text).unwrap();
            assert_eq!(timestamp(&text), Ok(wanted.timestamp_micros()), "{text}");
            assert_eq!(
                i64::from(date(&day.to_string()).unwrap()),
                wanted.timestamp().div_euclid(86_400)
            );
            day = day.succ_opt().unwrap();
        }
    }
}
