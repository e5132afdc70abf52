//! Moments, counted by the hour, day, month or year into which they fall, as clocks in the session's zone have it.

use std::collections::HashMap;

use super::figure::civil;

/// Periods that one looks over.
const MOST: i64 = 31;

/// In a longer span, periods without moments are left out.
const EMPTY_ONES: i64 = 100;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hour,
    Day,
    Month,
    Year,
}

/// The beginning of a moment's text, by which it is counted; `None` for one that no calendar page has.
pub(super) fn hour(text: &str) -> Option<&str> {
    let beginning = text.get(..13).or_else(|| text.get(..10))?;
    place(Unit::Hour, beginning).map(|_| beginning)
}

/// The word for the periods, and how many moments fall into each, those without any included.
pub(super) fn periods(counts: &HashMap<String, f64>) -> (&'static str, Vec<(String, f64)>) {
    let has_hours = counts.keys().any(|text| text.len() == 13);
    let counted = |unit: Unit| -> HashMap<i64, f64> {
        let mut periods = HashMap::new();
        for (text, count) in counts {
            if let Some(place) = place(unit, text) {
                *periods.entry(place).or_default() += count;
            }
        }
        periods
    };
    let ends = |periods: &HashMap<i64, f64>| {
        let first = periods.keys().copied().min().unwrap_or_default();
        (
            first,
            periods.keys().copied().max().unwrap_or_default().max(first),
        )
    };
    let units = [Unit::Hour, Unit::Day, Unit::Month];
    let mut fitting = units.into_iter().filter(|unit| {
        let (first, last) = ends(&counted(*unit));
        last - first < MOST && (has_hours || *unit != Unit::Hour)
    });
    let unit = fitting.next().unwrap_or(Unit::Year);
    let periods = counted(unit);
    let (first, last) = ends(&periods);
    let all = (first..=last).map(|place| {
        let count = periods.get(&place).copied().unwrap_or_default();
        (label(unit, place), count)
    });
    let word = match unit {
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Month => "month",
        Unit::Year => "year",
    };
    // A date that somebody mistyped may be thousands of years away.
    let is_long = last - first > EMPTY_ONES;
    let all = all.filter(|(_, count)| !is_long || *count > 0.0);
    (word, all.collect())
}

/// The number of the period of `2026-11-22 09`.
fn place(unit: Unit, text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    Some(match unit {
        Unit::Hour => days(year, month, day) * 24 + number(11, 13).unwrap_or_default(),
        Unit::Day => days(year, month, day),
        Unit::Month => year * 12 + month - 1,
        Unit::Year => year,
    })
}

fn label(unit: Unit, place: i64) -> String {
    let day = |days: i64| {
        let (year, month, day) = civil(days);
        format!("{year:04}-{month:02}-{day:02}")
    };
    match unit {
        Unit::Hour => format!(
            "{} {:02}:00",
            day(place.div_euclid(24)),
            place.rem_euclid(24)
        ),
        Unit::Day => day(place),
        Unit::Month => format!(
            "{:04}-{:02}",
            place.div_euclid(12),
            place.rem_euclid(12) + 1
        ),
        Unit::Year => format!("{place:04}"),
    }
}

/// The days since 1970 of a date: what [`civil`] takes back.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_as_long_as_the_span_asks() {
        for (texts, word, first, last, count) in [
            (
                &["2026-11-22 23", "2026-11-23 01", "2026-11-23 01"][..],
                "hour",
                ("2026-11-22 23:00", 1.0),
                ("2026-11-23 01:00", 2.0),
                3,
            ),
            (
                &["2024-02-28 10", "2024-03-01 09"],
                "day",
                ("2024-02-28", 1.0),
                ("2024-03-01", 1.0),
                3,
            ),
            (
                &["2026-02-27", "2026-03-01"],
                "day",
                ("2026-02-27", 1.0),
                ("2026-03-01", 1.0),
                3,
            ),
            (
                &["2025-12-31", "2027-01-01"],
                "month",
                ("2025-12", 1.0),
                ("2027-01", 1.0),
                14,
            ),
            (
                &["0026-11-22 09", "2026-11-22 09"],
                "year",
                ("0026", 1.0),
                ("2026", 1.0),
                2,
            ),
            (
                &["1969-12-31 23", "2026-01-01 00"],
                "year",
                ("1969", 1.0),
                ("2026", 1.0),
                58,
            ),
        ] {
            let mut counts = HashMap::new();
            for text in texts {
                *counts.entry((*text).to_owned()).or_default() += 1.0;
            }
            let (found, bars) = periods(&counts);
            let shown = |(label, count): (&str, f64)| Some((label.to_owned(), count));
            assert_eq!((found, bars.len()), (word, count), "{texts:?}");
            assert_eq!(bars.first().cloned(), shown(first));
            assert_eq!(bars.last().cloned(), shown(last));
        }
        for number in [-719_468, -1, 0, 59, 11_016, 20_000] {
            let (year, month, day) = civil(number);
            assert_eq!(days(year, month, day), number);
        }
        assert_eq!(hour("2026-11-22 09:15:00+09:00"), Some("2026-11-22 09"));
        assert_eq!(hour("2026-11-22"), Some("2026-11-22"));
        assert_eq!(hour("NULL"), None);
    }
}
