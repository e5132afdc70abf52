//! The days that a date literal names, `L_LAST_WEEK()`: a range from its first day to the day after its last.
//!
//! The two ends are functions of the planner's, folded when a statement is planned, so that a view or a prepared statement
//! means the days of whenever it runs. All of a statement sees one reading of the clock, in the session's zone.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc, Weekday};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{Error, Kind};
use crate::options::Zuzen;

/// The days that `SET zuzen.week_begins` takes.
pub(crate) const WEEK_DAYS: [&str; 2] = ["sunday", "monday"];

/// Names without a number.
const PLAIN: [&str; 17] = [
    "l_today",
    "l_yesterday",
    "l_tomorrow",
    "l_last_week",
    "l_this_week",
    "l_next_week",
    "l_last_month",
    "l_this_month",
    "l_next_month",
    "l_last_quarter",
    "l_this_quarter",
    "l_next_quarter",
    "l_last_year",
    "l_this_year",
    "l_next_year",
    "l_last_90_days",
    "l_next_90_days",
];

/// Names with a number.
const COUNTED: [&str; 10] = [
    "l_last_n_days",
    "l_next_n_days",
    "l_last_n_weeks",
    "l_next_n_weeks",
    "l_last_n_months",
    "l_next_n_months",
    "l_last_n_quarters",
    "l_next_n_quarters",
    "l_last_n_years",
    "l_next_n_years",
];

/// Whether a function of this name, in lower case, is a date literal, and then whether it takes a number.
pub(super) fn takes_number(name: &str) -> Option<bool> {
    match (PLAIN.contains(&name), COUNTED.contains(&name)) {
        (true, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    }
}

/// The date literal that was probably meant by a name in lower case, if it looks like one.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let meant = ["l_last_", "l_this_", "l_next_"]
        .iter()
        .any(|start| name.starts_with(start));
    let known = PLAIN.into_iter().chain(COUNTED);
    meant
        .then(|| zuzen_plan::nearest::nearest(name, known))
        .flatten()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// From the first day to the day after the last one.
///
/// # Errors
/// In words, if the name is unknown, the number is missing or does not fit, or the days are beyond the calendar.
fn days(
    name: &str,
    count: Option<i64>,
    today: NaiveDate,
    week: Weekday,
) -> Result<(NaiveDate, NaiveDate), String> {
    let rest = name.strip_prefix("l_").unwrap_or(name);
    let (unit, first, after) = match rest {
        "today" => (Unit::Day, 0, 1),
        "yesterday" => (Unit::Day, -1, 0),
        "tomorrow" => (Unit::Day, 1, 2),
        _ => {
            let (when, rest) = rest
                .split_once('_')
                .ok_or("there is no such date literal")?;
            let unit = match rest
                .trim_start_matches("n_")
                .trim_start_matches("90_")
                .trim_end_matches('s')
            {
                "day" => Unit::Day,
                "week" => Unit::Week,
                "month" => Unit::Month,
                "quarter" => Unit::Quarter,
                "year" => Unit::Year,
                _ => return Err("there is no such date literal".to_owned()),
            };
            let several = match (rest.starts_with("90_"), rest.starts_with("n_")) {
                (true, _) => Some(90),
                (_, true) => Some(
                    count
                        .filter(|count| *count >= 1)
                        .ok_or("n is a whole number from 1")?,
                ),
                _ => None,
            };
            match (when, several) {
                ("last", Some(several)) => (unit, -several, 0),
                // The next n days begin with today, the next n weeks with the next week.
                ("next", Some(several)) if unit == Unit::Day => (unit, 0, several),
                ("next", Some(several)) => (unit, 1, several.saturating_add(1)),
                ("last", None) => (unit, -1, 0),
                ("this", None) => (unit, 0, 1),
                ("next", None) => (unit, 1, 2),
                _ => return Err("there is no such date literal".to_owned()),
            }
        }
    };
    let start = begin(unit, today, week);
    let moved = |by| shift(unit, start?, by).filter(|day| (1..=9999).contains(&day.year()));
    match (moved(first), moved(after)) {
        (Some(first), Some(after)) => Ok((first, after)),
        _ => Err("the days are beyond the years 1 to 9999".to_owned()),
    }
}

fn begin(unit: Unit, day: NaiveDate, week: Weekday) -> Option<NaiveDate> {
    match unit {
        Unit::Day => Some(day),
        Unit::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().days_since(week)))),
        Unit::Month => day.with_day(1),
        Unit::Quarter => day.with_day(1)?.with_month0(day.month0() / 3 * 3),
        Unit::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
}

fn shift(unit: Unit, day: NaiveDate, by: i64) -> Option<NaiveDate> {
    let days = match unit {
        Unit::Day => by,
        Unit::Week => by.checked_mul(7)?,
        Unit::Month | Unit::Quarter | Unit::Year => {
            let months = match unit {
                Unit::Quarter => by.checked_mul(3)?,
                Unit::Year => by.checked_mul(12)?,
                _ => by,
            };
            let distance = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
            return match months < 0 {
                true => day.checked_sub_months(distance),
                false => day.checked_add_months(distance),
            };
        }
    };
    let distance = Days::new(days.unsigned_abs());
    match days < 0 {
        true => day.checked_sub_days(distance),
        false => day.checked_add_days(distance),
    }
}

/// The functions that stand for the ends of a range: `l_first_day('l_last_week')`, `l_day_after('l_last_n_days', 3)`.
pub(super) fn functions() -> [ScalarUDF; 2] {
    [FIRST_DAY, DAY_AFTER].map(|name| {
        let signature = Signature::user_defined(Volatility::Stable);
        ScalarUDF::from(End { name, signature })
    })
}

/// The first day of a range.
pub(super) const FIRST_DAY: &str = "l_first_day";

/// The day after the last one of a range.
pub(super) const DAY_AFTER: &str = "l_day_after";

#[derive(Debug)]
struct End {
    name: &'static str,
    signature: Signature,
}

impl PartialEq for End {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for End {}

impl Hash for End {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for End {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Utf8] | [DataType::Utf8, DataType::Int64] => Ok(DataType::Date32),
            _ => Err(wrong("l_…_n_…", "n is a whole number from 1")),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(match types {
            [_] => vec![DataType::Utf8],
            [_, count] if count.is_integer() || count.is_null() => {
                vec![DataType::Utf8, DataType::Int64]
            }
            // Refused where that can have a hint.
            other => other.to_vec(),
        })
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(now) = context.query_execution_start_time() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        let values: Option<Vec<&ScalarValue>> = args.iter().map(Expr::as_literal).collect();
        let (name, count) = match values.as_deref() {
            Some([name]) => (name.try_as_str().flatten(), None),
            Some([name, ScalarValue::Int64(count)]) => (name.try_as_str().flatten(), *count),
            // A parameter that has no value yet.
            _ => return Ok(ExprSimplifyResult::Original(args)),
        };
        let options = context.config_options();
        let name = name.unwrap_or_default();
        let range = days(name, count, today(now, options), first_of_week(options));
        let (first, after) = range.map_err(|reason| wrong(name, &reason))?;
        let day = if self.name == FIRST_DAY { first } else { after };
        let day = day.signed_duration_since(NaiveDate::default()).num_days();
        let day =
            i32::try_from(day).map_err(|_| wrong(name, "the days are beyond the calendar"))?;
        Ok(ExprSimplifyResult::Simplified(Expr::Literal(
            ScalarValue::Date32(Some(day)),
            None,
        )))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(wrong(
            "l_…_n_…",
            "n is a number or a parameter, not a column",
        ))
    }
}

fn wrong(name: &str, reason: &str) -> datafusion::error::DataFusionError {
    Error::new(Kind::Sql, format!("{}: {reason}", name.to_uppercase()))
        .with_hint("such as created_at = L_LAST_N_DAYS(7)")
        .into_datafusion()
}

/// The day it is in the session's zone.
fn today(now: DateTime<Utc>, options: &ConfigOptions) -> NaiveDate {
    let zone = options.execution.time_zone.as_deref();
    match zone.and_then(|zone| zone.parse::<chrono_tz::Tz>().ok()) {
        Some(zone) => now.with_timezone(&zone).date_naive(),
        None => now.date_naive(),
    }
}

fn first_of_week(options: &ConfigOptions) -> Weekday {
    match Zuzen::of(options).weeks_begin_on_monday() {
        true => Weekday::Mon,
        false => Weekday::Sun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn literals_name_ranges() {
        // A Wednesday.
        let today = day("2024-02-28");
        for (name, count, first, after) in [
            ("l_today", None, "2024-02-28", "2024-02-29"),
            ("l_yesterday", None, "2024-02-27", "2024-02-28"),
            ("l_tomorrow", None, "2024-02-29", "2024-03-01"),
            ("l_last_week", None, "2024-02-18", "2024-02-25"),
            ("l_this_week", None, "2024-02-25", "2024-03-03"),
            ("l_next_week", None, "2024-03-03", "2024-03-10"),
            ("l_last_month", None, "2024-01-01", "2024-02-01"),
            ("l_this_month", None, "2024-02-01", "2024-03-01"),
            ("l_next_month", None, "2024-03-01", "2024-04-01"),
            ("l_last_quarter", None, "2023-10-01", "2024-01-01"),
            ("l_this_quarter", None, "2024-01-01", "2024-04-01"),
            ("l_next_quarter", None, "2024-04-01", "2024-07-01"),
            ("l_last_year", None, "2023-01-01", "2024-01-01"),
            ("l_this_year", None, "2024-01-01", "2025-01-01"),
            ("l_next_year", None, "2025-01-01", "2026-01-01"),
            ("l_last_90_days", None, "2023-11-30", "2024-02-28"),
            ("l_next_90_days", None, "2024-02-28", "2024-05-28"),
            ("l_last_n_days", Some(3), "2024-02-25", "2024-02-28"),
            ("l_next_n_days", Some(3), "2024-02-28", "2024-03-02"),
            ("l_last_n_weeks", Some(2), "2024-02-11", "2024-02-25"),
            ("l_next_n_weeks", Some(2), "2024-03-03", "2024-03-17"),
            ("l_last_n_months", Some(2), "2023-12-01", "2024-02-01"),
            ("l_next_n_months", Some(2), "2024-03-01", "2024-05-01"),
            ("l_last_n_quarters", Some(2), "2023-07-01", "2024-01-01"),
            ("l_next_n_quarters", Some(1), "2024-04-01", "2024-07-01"),
            ("l_last_n_years", Some(2), "2022-01-01", "2024-01-01"),
            ("l_next_n_years", Some(2), "2025-01-01", "2027-01-01"),
        ] {
            let range = days(name, count, today, Weekday::Sun).unwrap();
            assert_eq!(range, (day(first), day(after)), "{name}");
        }
        let names = PLAIN.into_iter().chain(COUNTED);
        assert!(
            names
                .clone()
                .all(|name| days(name, Some(1), today, Weekday::Sun).is_ok())
        );
        assert_eq!(names.count(), 27, "as many as there are cases above");
    }

    #[test]
    fn weeks_begin_as_told() {
        for (today, week, first) in [
            ("2024-03-03", Weekday::Sun, "2024-03-03"),
            ("2024-03-03", Weekday::Mon, "2024-02-26"),
            ("2024-03-04", Weekday::Mon, "2024-03-04"),
        ] {
            let range = days("l_this_week", None, day(today), week).unwrap();
            assert_eq!(range.0, day(first), "{today} {week}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        let today = day("2024-02-28");
        for count in [
            None,
            Some(0),
            Some(-1),
            Some(i64::MIN),
            Some(i64::MAX),
            Some(9_000),
        ] {
            for name in ["l_last_n_years", "l_next_n_quarters", "l_next_n_weeks"] {
                let fits = count == Some(9_000) && name != "l_last_n_years";
                let range = days(name, count, today, Weekday::Sun);
                assert_eq!(range.is_ok(), fits, "{name} {count:?}");
            }
        }
    }
}
