//! Dates in queries: whole days in the account's time zone, instants, and times ago. Refuses what is none of them.

use chrono::NaiveDate;

use super::query::Comparison;
use crate::clock::{self, DAY, HOUR, MINUTE};

/// The account keeps Tokyo time: a date without an offset is a day there, not in UTC.
pub(crate) const ACCOUNT_OFFSET: i64 = 9 * HOUR;

/// A stretch of time, end exclusive.
fn stretch(value: &str, now: i64) -> Option<(i64, i64)> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        let start = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() - ACCOUNT_OFFSET;
        return Some((start, start + DAY));
    }
    if let Some(instant) = clock::parse(value) {
        return Some((instant, instant + 1));
    }
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let amount: i64 = value[..digits].parse().ok()?;
    let unit = match value[digits..].trim_end_matches('s') {
        "minute" => MINUTE,
        "hour" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    };
    let instant = now.checked_sub(amount.checked_mul(unit)?)?;
    Some((instant, instant + 1))
}

pub(crate) fn fits(moment: Option<i64>, comparison: Comparison, value: &str, now: i64) -> bool {
    let Some(moment) = moment else {
        return value == "none" && comparison == Comparison::Is;
    };
    if value == "*" {
        return true;
    }
    let Some((start, end)) = stretch(value, now) else {
        return false;
    };
    match comparison {
        Comparison::Is => moment >= start && moment < end,
        Comparison::Less => moment < start,
        Comparison::LessOrEqual => moment < end,
        Comparison::Greater => moment >= end,
        Comparison::GreaterOrEqual => moment >= start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        use Comparison::{Greater, GreaterOrEqual, Is, Less, LessOrEqual};
        let now = clock::parse("2026-06-01T12:00:00Z").unwrap();
        // Midnight in Tokyo is 15:00 the day before in UTC.
        let cases = [
            ("2026-01-04T15:00:00Z", Is, "2026-01-05", true),
            ("2026-01-05T14:59:59Z", Is, "2026-01-05", true),
            ("2026-01-05T15:00:00Z", Is, "2026-01-05", false),
            ("2026-01-05T15:00:00Z", Greater, "2026-01-05", true),
            ("2026-01-05T14:59:59Z", Greater, "2026-01-05", false),
            ("2026-01-04T15:00:00Z", GreaterOrEqual, "2026-01-05", true),
            ("2026-01-04T14:59:59Z", Less, "2026-01-05", true),
            (
                "2026-01-05T00:00:00Z",
                LessOrEqual,
                "2026-01-05T00:00:00Z",
                true,
            ),
            (
                "2026-01-05T00:00:00Z",
                Less,
                "2026-01-05T01:00:00+01:00",
                false,
            ),
            ("2026-06-01T09:00:00Z", Greater, "4hours", true),
            ("2026-06-01T07:00:00Z", Greater, "4hours", false),
            ("2026-06-01T07:00:00Z", Less, "4hours", true),
            ("2026-06-01T07:00:00Z", Less, "soon", false),
        ];
        for (moment, comparison, value, expected) in cases {
            assert_eq!(
                fits(clock::parse(moment), comparison, value, now),
                expected,
                "{moment} {comparison:?} {value}"
            );
        }
        assert!(
            fits(None, Is, "none", now)
                && !fits(None, Is, "2026-01-05", now)
                && !fits(Some(1), Is, "none", now)
        );
    }
}
