//! Literals with a type in front: days, moments, decimals. They are as strict as Trino's: no `T`, and a moment without a zone is
//! one without a zone.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::common::ScalarValue;

use super::cell::{moment, zone};
use super::types::{Type, unit};

/// What a literal is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Date(i32),
    /// Microseconds, digits of the fraction, the zone if there is one.
    Moment(i64, u8, Option<String>),
    /// Digits, precision, scale.
    Decimal(i128, u8, i8),
}

impl Literal {
    /// Reads the text of a literal of a kind: `date`, `timestamp` or `decimal`.
    pub(super) fn parse(kind: &str, text: &str) -> Result<Self, String> {
        let bad = || format!("line 1:1: '{text}' is not a valid {kind} literal");
        match kind {
            "date" => day(text).map(Self::Date),
            "timestamp" => timestamp(text),
            _ => decimal(text),
        }
        .ok_or_else(bad)
    }

    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Date(_) => Type::Date,
            Self::Moment(_, digits, None) => Type::Timestamp(units(*digits)),
            Self::Moment(_, digits, Some(zone)) => Type::Zoned(units(*digits), zone.clone()),
            Self::Decimal(_, precision, scale) => Type::Decimal(*precision, *scale),
        }
    }

    pub(super) fn value(self) -> ScalarValue {
        use arrow::datatypes::TimeUnit;
        match self {
            Self::Date(days) => ScalarValue::Date32(Some(days)),
            Self::Decimal(digits, precision, scale) => {
                ScalarValue::Decimal128(Some(digits), precision, scale)
            }
            Self::Moment(micros, digits, zone) => {
                let zone = zone.map(Into::into);
                match unit(digits) {
                    TimeUnit::Second => {
                        ScalarValue::TimestampSecond(Some(micros.div_euclid(1_000_000)), zone)
                    }
                    TimeUnit::Millisecond => {
                        ScalarValue::TimestampMillisecond(Some(micros.div_euclid(1_000)), zone)
                    }
                    TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(Some(micros), zone),
                    TimeUnit::Nanosecond => {
                        ScalarValue::TimestampNanosecond(Some(micros.saturating_mul(1_000)), zone)
                    }
                }
            }
        }
    }
}

/// The digits that Arrow keeps.
fn units(digits: u8) -> u8 {
    match digits {
        0 => 0,
        3 => 3,
        1..=6 => 6,
        _ => 9,
    }
}

/// A day, `2026-01-31`.
pub(super) fn day(text: &str) -> Option<i32> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date: NaiveDate = shape.then(|| text.parse().ok())??;
    i32::try_from((date - NaiveDate::default()).num_days()).ok()
}

fn timestamp(text: &str) -> Option<Literal> {
    let (date, rest) = match text.split_once(' ') {
        Some((date, rest)) => (date, rest),
        None => (text, ""),
    };
    let date = NaiveDate::default() + chrono::Days::new(u64::try_from(day(date)?).ok()?);
    let first = rest.bytes().next();
    // A zone can follow the day at once.
    let (clock, name) = if first.is_some_and(|byte| byte.is_ascii_digit()) {
        match rest.split_once(' ') {
            Some((clock, name)) => (clock, Some(name)),
            None => split_offset(rest),
        }
    } else {
        ("", Some(rest).filter(|rest| !rest.is_empty()))
    };
    let (time, digits) = clock_time(clock)?;
    let fields = NaiveDateTime::new(date, time);
    let Some(name) = name else {
        return Some(Literal::Moment(moment(fields, None), digits, None));
    };
    let parsed = zone(name).ok()?;
    Some(Literal::Moment(
        moment(fields, Some(&parsed)),
        digits,
        Some(name.to_owned()),
    ))
}

/// `10:00:00+01:00` without a blank.
fn split_offset(clock: &str) -> (&str, Option<&str>) {
    match clock.find(['+', '-']) {
        Some(at) => (&clock[..at], Some(&clock[at..])),
        None => (clock, None),
    }
}

fn clock_time(text: &str) -> Option<(NaiveTime, u8)> {
    if text.is_empty() {
        return Some((NaiveTime::MIN, 0));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(|part| {
        (1..=2)
            .contains(&part.len())
            .then(|| part.parse::<u32>().ok())
            .flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None if fraction.is_empty() => 0,
        None => return None,
    };
    if parts.next().is_some()
        || fraction.len() > 9
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?;
    Some((time, fraction.len() as u8))
}

fn decimal(text: &str) -> Option<Literal> {
    let (negative, plain) = match text.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 38 || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: i128 = all.parse().ok()?;
    let whole = whole.trim_start_matches('0').len();
    let precision = (whole + fraction.len()).max(1) as u8;
    Some(Literal::Decimal(
        if negative { -digits } else { digits },
        precision,
        fraction.len() as i8,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_those_of_trino() {
        for (kind, text, parsed) in [
            ("date", "1970-01-02", Some(Literal::Date(1))),
            ("date", "2026-02-30", None),
            ("date", "2026-2-3", None),
            (
                "timestamp",
                "1970-01-01 00:00:01.500 +00:00",
                Some(Literal::Moment(1_500_000, 3, Some("+00:00".to_owned()))),
            ),
            (
                "timestamp",
                "1970-01-01 01:00:01.500000 +01:00",
                Some(Literal::Moment(1_500_000, 6, Some("+01:00".to_owned()))),
            ),
            (
                "timestamp",
                "1970-01-01 00:00:01 UTC",
                Some(Literal::Moment(1_000_000, 0, Some("UTC".to_owned()))),
            ),
            (
                "timestamp",
                "1970-01-01 00:00",
                Some(Literal::Moment(0, 0, None)),
            ),
            ("timestamp", "1970-01-01", Some(Literal::Moment(0, 0, None))),
            ("timestamp", "1970-01-01T00:00:00Z", None),
            ("timestamp", "1970-01-01 25:00:00", None),
            ("timestamp", "1970-01-01 00:00:00 Mars/Base", None),
            ("decimal", "12.50", Some(Literal::Decimal(1_250, 4, 2))),
            ("decimal", "-0.5", Some(Literal::Decimal(-5, 1, 1))),
            ("decimal", "1e3", None),
        ] {
            assert_eq!(Literal::parse(kind, text).ok(), parsed, "{kind} {text}");
        }
    }
}
