//! Instants and dates from their text.
//!
//! ISO 8601 as APIs write it. In the pages of an API a time without a zone is refused: it could be wrong by
//! hours and nobody would notice. The results of jobs may leave it out, or name a region, as Trino does.
//! Numbers are refused, since one endpoint counts seconds and another microseconds.

use chrono::{DateTime, LocalResult, TimeZone as _};
use chrono_tz::Tz;

use super::error::Misfit;

const MICROS: i64 = 1_000_000;

/// Microseconds since 1970 in UTC. A date alone is its midnight in UTC.
pub(super) fn timestamp(text: &str) -> Result<i64, Misfit> {
    if let Some((head, b"Z")) = text.as_bytes().split_first_chunk()
        && let Some(seconds) = common_form(head)
    {
        return Ok(seconds * MICROS);
    }
    let moment = Moment::parse(text).ok_or(Misfit::Timestamp)?;
    let offset = moment.stated_offset().ok_or(Misfit::Timestamp)?;
    Ok((moment.seconds() - offset) * MICROS + moment.micros)
}

/// Microseconds since 1970 in UTC, from the result of a job: a time without a zone is UTC, a region's name
/// is a zone, and a date alone is its midnight in UTC. What is finer than a microsecond is refused.
#[inline]
pub(super) fn instant(text: &str) -> Result<i64, Misfit> {
    if let Some((head, tail)) = text.as_bytes().split_first_chunk()
        && let Some(seconds) = common_form(head)
    {
        if let Some(offset) = common_offset(tail) {
            return Ok((seconds - offset) * MICROS);
        }
        return Moment::since(seconds, tail)
            .ok_or(Misfit::Timestamp)?
            .in_utc();
    }
    Moment::parse(text).ok_or(Misfit::Timestamp)?.in_utc()
}

/// Days since 1970, from the result of a job: the day as written. A timestamp is a date only at midnight.
pub(super) fn day(text: &str) -> Result<i32, Misfit> {
    if let Ok(common) = <&[u8; 10]>::try_from(text.as_bytes())
        && let Some(days) = common_day(common)
    {
        return i32::try_from(days).map_err(|_| Misfit::Date);
    }
    let moment = Moment::parse(text).ok_or(Misfit::Date)?;
    if moment.clock != 0 || moment.micros != 0 || moment.finer {
        return Err(Misfit::TimeOfDay);
    }
    i32::try_from(moment.days).map_err(|_| Misfit::Date)
}

/// Days since 1970: the day as written. Zendesk sends the dates of users' and organizations' fields
/// as timestamps at midnight.
pub(super) fn date(text: &str) -> Result<i32, Misfit> {
    let moment = Moment::parse(text).ok_or(Misfit::Date)?;
    moment.stated_offset().ok_or(Misfit::Date)?;
    i32::try_from(moment.days).map_err(|_| Misfit::Date)
}

/// `2024-01-02T03:04:05` or with a blank in it, as nearly every timestamp there is begins; seconds since 1970.
#[inline]
fn common_form(text: &[u8; 19]) -> Option<i64> {
    let (date, time) = text.split_first_chunk()?;
    let [separator, h1, h2, colon, m1, m2, other, s1, s2] = *<&[u8; 9]>::try_from(time).ok()?;
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    let wrong = u8::from(separator != b'T' && separator != b' ')
        | (colon ^ b':')
        | (other ^ b':')
        | two(h1, h2, &mut hour)
        | two(m1, m2, &mut minute)
        | two(s1, s2, &mut second);
    if wrong != 0 {
        return None;
    }
    Some(common_day(date)? * 86_400 + clock(hour, minute, second)?)
}

/// `2024-01-02`; days since 1970.
#[inline]
fn common_day(text: &[u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, dash, m1, m2, other, d1, d2] = *text;
    let (mut century, mut year, mut month, mut day) = (0, 0, 0, 0);
    let wrong = (dash ^ b'-')
        | (other ^ b'-')
        | two(y1, y2, &mut century)
        | two(y3, y4, &mut year)
        | two(m1, m2, &mut month)
        | two(d1, d2, &mut day);
    if wrong != 0 {
        return None;
    }
    days(century * 100 + year, month, day)
}

/// `Z`, `-07:00`, `+0000`; seconds east of UTC.
#[inline]
fn common_offset(text: &[u8]) -> Option<i64> {
    let (sign, [h1, h2, m1, m2]) = match *text {
        [b'Z'] => return Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, [h1, h2, m1, m2]),
        _ => return None,
    };
    let (mut hours, mut minutes) = (0, 0);
    if two(h1, h2, &mut hours) | two(m1, m2, &mut minutes) != 0 || hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// Two digits as a number; anything but 0 if they are none.
#[inline]
fn two(tens: u8, ones: u8, number: &mut i64) -> u8 {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    *number = i64::from(tens) * 10 + i64::from(ones);
    u8::from(tens > 9) | u8::from(ones > 9)
}

/// A point in time as written.
struct Moment<'a> {
    days: i64,
    /// Seconds of the day.
    clock: i64,
    micros: i64,
    /// Whether digits were written that microseconds cannot hold.
    finer: bool,
    zone: Zone<'a>,
}

/// What a text says about its time zone.
#[derive(Clone, Copy)]
enum Zone<'a> {
    /// It is a date alone.
    Day,
    Missing,
    /// Seconds east of UTC.
    Offset(i64),
    Region(&'a str),
}

impl<'a> Moment<'a> {
    /// `2024-01-02`, `20140704T15:37:04Z` (an old form of Zendesk's), `2024-01-02 03:04:05.123456789 +0900`, …
    fn parse(text: &'a str) -> Option<Self> {
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
            clock: 0,
            micros: 0,
            finer: false,
            zone: Zone::Day,
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
        moment.clock = clock(hour, minute, second)?;
        moment.ends(rest)
    }

    /// From the seconds since 1970 as written, and what follows them.
    fn since(seconds: i64, tail: &'a [u8]) -> Option<Self> {
        let moment = Self {
            days: seconds.div_euclid(86_400),
            clock: seconds.rem_euclid(86_400),
            micros: 0,
            finer: false,
            zone: Zone::Missing,
        };
        moment.ends(Cursor(tail))
    }

    /// Reads the fraction of the second and the zone, after which nothing may follow.
    fn ends(mut self, mut rest: Cursor<'a>) -> Option<Self> {
        if rest.take(b".") || rest.take(b",") {
            (self.micros, self.finer) = rest.fraction()?;
        }
        self.zone = rest.zone()?;
        rest.0.is_empty().then_some(self)
    }

    /// Seconds since 1970 as written.
    fn seconds(&self) -> i64 {
        self.days * 86_400 + self.clock
    }

    /// Seconds east of UTC, where a time says so in figures; a date alone needs none.
    fn stated_offset(&self) -> Option<i64> {
        match self.zone {
            Zone::Day => Some(0),
            Zone::Offset(seconds) => Some(seconds),
            Zone::Missing | Zone::Region(_) => None,
        }
    }

    fn in_utc(&self) -> Result<i64, Misfit> {
        if self.finer {
            return Err(Misfit::TimestampDigits);
        }
        let seconds = match self.zone {
            Zone::Day | Zone::Missing => self.seconds(),
            Zone::Offset(offset) => self.seconds() - offset,
            Zone::Region(name) => region_seconds(self.seconds(), name)?,
        };
        Ok(seconds * MICROS + self.micros)
    }
}

/// Seconds since 1970 in UTC of a local time in a region. In the hour that a clock repeats, the name alone does
/// not say which of two instants is meant, so that is refused instead of being wrong by an hour.
fn region_seconds(local: i64, name: &str) -> Result<i64, Misfit> {
    let zone: Tz = name.parse().map_err(|_| Misfit::Region)?;
    let local = DateTime::from_timestamp(local, 0).ok_or(Misfit::Timestamp)?;
    match zone.from_local_datetime(&local.naive_utc()) {
        LocalResult::Single(instant) => Ok(instant.timestamp()),
        LocalResult::Ambiguous(..) => Err(Misfit::Twice),
        LocalResult::None => Err(Misfit::Never),
    }
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
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

    /// Digits after the point, cut to microseconds, and whether that cut off more than zeros.
    fn fraction(&mut self) -> Option<(i64, bool)> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
        let micros = padded.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        let finer = digits.iter().skip(6).any(|digit| *digit != b'0');
        (count > 0).then_some((micros, finer))
    }

    fn zone(&mut self) -> Option<Zone<'a>> {
        if self.0.is_empty() {
            return Some(Zone::Missing);
        }
        let blank = self.take(b" ");
        if self.take(b"Z") || self.take(b"z") || self.take(b"UTC") {
            return Some(Zone::Offset(0));
        }
        let west = self.take(b"-");
        if !west && !self.take(b"+") {
            let named = blank && self.0.first().is_some_and(u8::is_ascii_alphabetic);
            let name = std::str::from_utf8(std::mem::take(&mut self.0)).ok()?;
            return named.then_some(Zone::Region(name));
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
        Some(Zone::Offset(if west { -seconds } else { seconds }))
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
    fn instants_of_results() {
        let base = 1_704_164_645 * MICROS;
        let cases = [
            ("2024-01-02T03:04:05Z", Ok(base)),
            ("2024-01-02T03:04:05", Ok(base)),
            ("2024-01-02 03:04:05", Ok(base)),
            ("2024-01-02T03:04", Ok(base - 5 * MICROS)),
            ("2024-01-02", Ok(1_704_153_600 * MICROS)),
            ("2024-01-01T20:04:05-07:00", Ok(base)),
            ("2024-01-01T20:04:05-0700", Ok(base)),
            ("2024-01-01T20:04:05-07", Ok(base)),
            ("2024-01-01 20:04:05.000 -07:00", Ok(base)),
            ("2021-01-18T17:13:48+0000", Ok(1_610_990_028 * MICROS)),
            ("2024-01-02 03:04:05.000 UTC", Ok(base)),
            ("2024-01-01 19:04:05.000 America/Los_Angeles", Ok(base)),
            ("2024-01-02 08:49:05 Asia/Kathmandu", Ok(base)),
            (
                "2024-07-01 12:00:00.5 Europe/Berlin",
                Ok(1_719_828_000 * MICROS + 500_000),
            ),
            ("2024-01-02 03:04:05.123 GMT", Ok(base + 123_000)),
            ("1969-12-31T23:59:59.25Z", Ok(-750_000)),
            ("1969-12-31T23:59:59.25", Ok(-750_000)),
            ("2024-01-02T03:04:05.123456000Z", Ok(base + 123_456)),
            (
                "2024-01-02T03:04:05.123456001Z",
                Err(Misfit::TimestampDigits),
            ),
            ("2024-01-02T03:04:05.1234567", Err(Misfit::TimestampDigits)),
            ("2024-01-02 03:04:05 Mars/Olympus", Err(Misfit::Region)),
            ("2024-01-02 03:04:05 PDT", Err(Misfit::Region)),
            (
                "2024-11-03 01:30:00 America/Los_Angeles",
                Err(Misfit::Twice),
            ),
            (
                "2024-03-10 02:30:00 America/Los_Angeles",
                Err(Misfit::Never),
            ),
            ("2024-01-02T03:04:05 ", Err(Misfit::Timestamp)),
            (
                "2024-01-02T03:04:05America/Los_Angeles",
                Err(Misfit::Timestamp),
            ),
            ("2024-01-02T03:04:05.Z", Err(Misfit::Timestamp)),
            ("2024-01-02T03:04:05Zjunk", Err(Misfit::Timestamp)),
            ("2024-02-30 03:04:05", Err(Misfit::Timestamp)),
            ("2024-01-02T03:04:05+25:00", Err(Misfit::Timestamp)),
            ("1704164645", Err(Misfit::Timestamp)),
            ("", Err(Misfit::Timestamp)),
        ];
        for (text, wanted) in cases {
            assert_eq!(instant(text), wanted, "{text}");
        }
    }

    #[test]
    fn days_of_results() {
        let cases = [
            ("2024-01-02", Ok(19_724)),
            ("2024-01-02T00:00:00", Ok(19_724)),
            ("2024-01-02T00:00:00-08:00", Ok(19_724)),
            ("2024-01-02 00:00:00.000 America/Los_Angeles", Ok(19_724)),
            ("2024-01-02T00:00:01Z", Err(Misfit::TimeOfDay)),
            ("2024-01-02T00:00:00.0000001Z", Err(Misfit::TimeOfDay)),
            ("2024-13-02", Err(Misfit::Date)),
            ("", Err(Misfit::Date)),
        ];
        for (text, wanted) in cases {
            assert_eq!(day(text), wanted, "{text}");
        }
    }

    #[test]
    fn every_day_agrees_with_chrono() {
        let mut day = NaiveDate::from_ymd_opt(1600, 1, 1).unwrap();
        while day.year() < 2401 {
            let text = format!("{day}T23:59:58Z");
            let wanted = DateTime::parse_from_rfc3339(&text).unwrap();
            assert_eq!(timestamp(&text), Ok(wanted.timestamp_micros()), "{text}");
            assert_eq!(instant(&text), Ok(wanted.timestamp_micros()), "{text}");
            assert_eq!(
                i64::from(date(&day.to_string()).unwrap()),
                wanted.timestamp().div_euclid(86_400)
            );
            day = day.succ_opt().unwrap();
        }
    }
}
