//! Literals: what a text means where a number, a day or a moment is compared. It refuses what the vendor does not
//! document: milliseconds, exponents and relative dates.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::field::{FINEST, Key};
use super::syntax::Operand;
use crate::zuora::Kind;
use crate::zuora::export::ExportOptions;

/// A literal as something that cells of a kind compare with. A day is the whole day, also for moments.
pub(super) fn literal(kind: Kind, operand: &Operand, options: &ExportOptions) -> Option<Key> {
    match (kind, operand) {
        (Kind::Text, Operand::Text(text)) if options.fold_case => {
            Some(Key::Text(text.to_lowercase()))
        }
        (Kind::Text, Operand::Text(text)) => Some(Key::Text(text.clone())),
        (Kind::Integer | Kind::Decimal, Operand::Text(text) | Operand::Number(text)) => {
            number(text)
        }
        (Kind::Boolean, Operand::Boolean(value)) => Some(Key::Boolean(*value)),
        (Kind::Boolean, Operand::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(Key::Boolean(true)),
            "false" => Some(Key::Boolean(false)),
            _ => None,
        },
        (Kind::Date, Operand::Text(text)) => day(text),
        (Kind::Timestamp, Operand::Text(text)) => {
            day(text).or_else(|| moment(text, options.zone_seconds))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<Key> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || whole.len() > 18 {
        return None;
    }
    let missing = (FINEST as usize).checked_sub(fraction.len())?;
    let units: i128 = format!("{whole}{fraction}{}", "0".repeat(missing))
        .parse()
        .ok()?;
    Some(Key::Number(if negative { -units } else { units }))
}

fn day(text: &str) -> Option<Key> {
    if text.len() != 10 {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(Key::Day(i64::from(day.to_epoch_days())))
}

/// Whole seconds, which may be left out; without a zone the tenant's.
fn moment(text: &str, zone_seconds: i32) -> Option<Key> {
    let (clock, zone) = match (text.strip_suffix('Z'), text.get(16..)) {
        (Some(clock), _) => (clock, "+00:00"),
        (None, Some(tail)) => match tail.find(['+', '-']) {
            Some(at) => text.split_at(16 + at),
            None => (text, ""),
        },
        (None, None) => return None,
    };
    let clock = match clock.len() {
        16 => format!("{clock}:00"),
        19 => clock.to_owned(),
        _ => return None,
    };
    let second = if zone.is_empty() {
        let local = NaiveDateTime::parse_from_str(&clock, "%Y-%m-%dT%H:%M:%S").ok()?;
        local.and_utc().timestamp() - i64::from(zone_seconds)
    } else if zone.len() == 6 {
        DateTime::parse_from_rfc3339(&format!("{clock}{zone}"))
            .ok()?
            .timestamp()
    } else {
        return None;
    };
    Some(Key::Second(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_mean_what_the_field_is() {
        let options = ExportOptions::default();
        let text = |text: &str| Operand::Text(text.to_owned());
        let noon = Some(Key::Second(1_577_880_000));
        let cases = [
            (Kind::Timestamp, "2020-01-01T12:00:00Z", noon.clone()),
            (Kind::Timestamp, "2020-01-01T12:00Z", noon.clone()),
            (Kind::Timestamp, "2020-01-01T13:30:00+01:30", noon.clone()),
            (Kind::Timestamp, "2020-01-01T04:00:00-08:00", noon.clone()),
            (Kind::Timestamp, "2020-01-01T04:00:00", noon),
            (Kind::Timestamp, "2020-01-01T12:00:00.000Z", None),
            (Kind::Timestamp, "2020-01-01 12:00:00", None),
            (Kind::Timestamp, "2020-01-01T12:00:00+0000", None),
            (Kind::Timestamp, "today - 30 days", None),
            (Kind::Timestamp, "2020-01-01", Some(Key::Day(18_262))),
            (Kind::Date, "2020-01-01", Some(Key::Day(18_262))),
            (Kind::Date, "2020-02-30", None),
            (Kind::Date, "2020-01-01T12:00:00Z", None),
            (
                Kind::Decimal,
                "-1.25",
                Some(Key::Number(-1_250_000_000_000)),
            ),
            (Kind::Integer, "7", Some(Key::Number(7_000_000_000_000))),
            (Kind::Decimal, "1e3", None),
            (Kind::Decimal, "", None),
            (Kind::Boolean, "True", Some(Key::Boolean(true))),
        ];
        for (kind, written, expected) in cases {
            assert_eq!(
                literal(kind, &text(written), &options),
                expected,
                "{kind:?} {written}"
            );
        }
        let number = Operand::Number("5".to_owned());
        assert_eq!(literal(Kind::Text, &number, &options), None);
        assert_eq!(literal(Kind::Date, &number, &options), None);
    }
}
