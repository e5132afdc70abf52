//! The tenant's months: the first of each is billing day. It refuses time zones, everything is UTC.

use chrono::{DateTime, Datelike, NaiveDate};

use crate::clock::DAY;

pub(super) const DAY_MILLIS: i64 = DAY * 1_000;

/// Where the months of the tenant's life lie.
#[derive(Debug)]
pub(super) struct Calendar {
    /// The month of the first billing run, counted from year 0.
    first: i64,
    /// The newest moment there is, in milliseconds.
    pub(super) now: i64,
}

impl Calendar {
    /// A life of so many months that ends at a moment in seconds.
    pub(super) fn until(settled: i64, months: u32) -> Self {
        // Two days back, so that the last run and the payments after it have had time to happen.
        let end = DateTime::from_timestamp(settled - 2 * DAY, 0).unwrap_or_default();
        Self {
            first: i64::from(end.year()) * 12 + i64::from(end.month0()) + 1 - i64::from(months),
            now: settled * 1_000 + 789,
        }
    }

    /// The first day of a month, counted from the first billing run, in days since 1970.
    pub(super) fn month(&self, month: i64) -> i32 {
        let count = self.first + month;
        let year = i32::try_from(count.div_euclid(12)).unwrap_or_default();
        let day = NaiveDate::from_ymd_opt(year, count.rem_euclid(12) as u32 + 1, 1);
        day.unwrap_or_default().to_epoch_days()
    }
}

/// The beginning of a day in milliseconds.
pub(super) fn midnight(day: i32) -> i64 {
    i64::from(day) * DAY_MILLIS
}

/// The day of a moment.
pub(super) fn day_of(millis: i64) -> i32 {
    i32::try_from(millis.div_euclid(DAY_MILLIS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_is_at_least_a_day_old() {
        for (settled, months, expected) in [
            ("2026-11-22T06:00:00Z", 36, "2026-11-01"),
            ("2026-11-02T23:00:00Z", 36, "2026-10-01"),
            ("2026-11-03T00:00:00Z", 1, "2026-11-01"),
            ("2027-01-15T00:00:00Z", 2, "2027-01-01"),
        ] {
            let settled = DateTime::parse_from_rfc3339(settled).unwrap().timestamp();
            let calendar = Calendar::until(settled, months);
            let last = calendar.month(i64::from(months) - 1);
            let text = NaiveDate::from_epoch_days(last).unwrap().to_string();
            assert_eq!(text, expected);
            assert!(midnight(last) + DAY_MILLIS < calendar.now);
            assert_eq!(day_of(midnight(last) + 5), last);
        }
    }
}
