//! Dates and times of other drivers.
//!
//! `YEAR(x)` and its like are `date_part`, so they cut days in the session's zone as `date_part` does. What reckons
//! between two moments reads both off the session's clock.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use datafusion::arrow::datatypes::IntervalMonthDayNano;
use datafusion::sql::sqlparser::ast::Expr;

use super::definition::{Definition, depends, is, text, text_of};
use super::native::{Cell, Gives, Native, Takes, Value};
use super::parts::{part_of, read_dates};
use crate::error::{Error, Kind};

pub(super) const DEFINITIONS: &[Definition] = &[
    depends("year", |arguments| part(arguments, "date_part('year', $1)")),
    depends("quarter", |arguments| {
        part(arguments, "date_part('quarter', $1)")
    }),
    depends("month", |arguments| {
        part(arguments, "date_part('month', $1)")
    }),
    depends("week", |arguments| part(arguments, "date_part('week', $1)")),
    depends("day", |arguments| part(arguments, "date_part('day', $1)")),
    depends("dayofmonth", |arguments| {
        part(arguments, "date_part('day', $1)")
    }),
    depends("dayofweek", |arguments| {
        part(arguments, "date_part('dow', $1) + 1")
    }),
    depends("dayofyear", |arguments| {
        part(arguments, "date_part('doy', $1)")
    }),
    depends("hour", |arguments| part(arguments, "date_part('hour', $1)")),
    depends("minute", |arguments| {
        part(arguments, "date_part('minute', $1)")
    }),
    depends("second", |arguments| {
        part(arguments, "date_part('second', $1)")
    }),
    depends("datepart", date_part),
    depends("datename", date_name),
    depends("dateadd", date_add),
    depends("datediff", date_difference),
    depends("date_trunc", truncated),
    is("datefromparts", &["make_date($1, $2, $3)"]),
    is(
        "datetimefromparts",
        &["moment_from_parts($1, $2, $3, $4, $5, $6, $7, 3)"],
    ),
    is(
        "datetime2fromparts",
        &["moment_from_parts($1, $2, $3, $4, $5, $6, $7, $8)"],
    ),
    is(
        "smalldatetimefromparts",
        &["moment_from_parts($1, $2, $3, $4, $5, 0, 0, 0)"],
    ),
    is("timefromparts", &["time_from_parts($1, $2, $3, $4, $5)"]),
    is(
        "makedate",
        &["(make_date($1, 1, 1) + interval_of('day', $2 - 1))"],
    ),
    is(
        "fdmonth",
        &["CAST(date_trunc('month', CAST($1 AS DATE)) AS DATE)"],
    ),
    is(
        "fdquarter",
        &["CAST(date_trunc('quarter', CAST($1 AS DATE)) AS DATE)"],
    ),
    is(
        "fdweek",
        &["(CAST($1 AS DATE) - interval_of('day', date_part('dow', CAST($1 AS DATE))))"],
    ),
    is(
        "ldweek",
        &["(CAST($1 AS DATE) + interval_of('day', 6 - date_part('dow', CAST($1 AS DATE))))"],
    ),
    is("ldmonth", &[MONTH_END]),
    is("last_day", &[MONTH_END]),
    is(
        "eomonth",
        &[
            MONTH_END,
            "(CAST(date_trunc('month', CAST($1 AS DATE)) AS DATE) + interval_of('month', $2 + 1) - interval_of('day', 1))",
        ],
    ),
    is(
        "ldquarter",
        &[
            "(CAST(date_trunc('quarter', CAST($1 AS DATE)) AS DATE) + interval_of('month', 3) - interval_of('day', 1))",
        ],
    ),
    is("getdate", &["now()"]),
    is("getutcdate", &["now()"]),
    is("sysdatetime", &["now()"]),
    is("sysutcdatetime", &["now()"]),
    is("last_week", &["(current_date() - interval_of('day', 7))"]),
    is(
        "last_month",
        &["(current_date() - interval_of('month', 1))"],
    ),
    is("last_year", &["(current_date() - interval_of('year', 1))"]),
    is("to_days", &["(CAST(CAST($1 AS DATE) AS INT) + 719528)"]),
    is("from_days", &["CAST(CAST($1 - 719528 AS INT) AS DATE)"]),
    is(
        "isdate",
        &["CASE WHEN TRY_CAST($1 AS TIMESTAMP(6)) IS NULL THEN 0 ELSE 1 END"],
    ),
];

/// Weeks of a session in which they begin on Monday.
pub(super) const MONDAYS: &[Definition] = &[
    is(
        "fdweek",
        &["CAST(date_trunc('week', CAST($1 AS DATE)) AS DATE)"],
    ),
    is(
        "ldweek",
        &["(CAST(date_trunc('week', CAST($1 AS DATE)) AS DATE) + interval_of('day', 6))"],
    ),
];

const MONTH_END: &str = "(CAST(date_trunc('month', CAST($1 AS DATE)) AS DATE) + interval_of('month', 1) - interval_of('day', 1))";

pub(super) const NATIVES: &[Native] = &[
    Native {
        name: "interval_of",
        takes: &[Takes::Text, Takes::Whole],
        least: 2,
        gives: Gives::Interval,
        call: interval,
    },
    Native {
        name: "clock_difference",
        takes: &[Takes::Text, Takes::Moment, Takes::Moment],
        least: 3,
        gives: Gives::Whole,
        call: difference,
    },
    Native {
        name: "moment_from_parts",
        takes: &[Takes::Whole; 8],
        least: 8,
        gives: Gives::Moment,
        call: moment,
    },
    Native {
        name: "time_from_parts",
        takes: &[Takes::Whole; 5],
        least: 5,
        gives: Gives::Time,
        call: time,
    },
];

/// `YEAR(x)` of one argument; any other number of them is DataFusion's to refuse.
fn part(arguments: &mut [Expr], template: &'static str) -> Result<Option<&'static str>, Error> {
    read_dates(arguments);
    Ok((arguments.len() == 1).then_some(template))
}

fn date_part(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    let Some(part) = first_part(arguments)? else {
        return Ok(None);
    };
    read_dates(&mut arguments[1..]);
    Ok(match (part, arguments.len()) {
        ("weekday", 2) => Some("date_part('dow', $2) + 1"),
        ("weekday", 3) => Some("(date_part('dow', $2) + 7 - $3) % 7 + 1"),
        ("isoweek", 2) => Some("date_part('week', $2)"),
        (_, 2) => Some("date_part($1, $2)"),
        _ => None,
    })
}

fn date_name(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    let Some(part) = first_part(arguments)? else {
        return Ok(None);
    };
    read_dates(&mut arguments[1..]);
    Ok(match (part, arguments.len()) {
        ("weekday", 2) => Some("to_char($2, '%A')"),
        ("month", 2) => Some("to_char($2, '%B')"),
        ("isoweek", 2) => Some("CAST(date_part('week', $2) AS VARCHAR)"),
        (_, 2) => Some("CAST(date_part($1, $2) AS VARCHAR)"),
        _ => None,
    })
}

fn date_add(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    let Some(part) = first_part(arguments)? else {
        return Ok(None);
    };
    if arguments.len() != 3 {
        return Err(Error::new(
            Kind::Sql,
            format!("DATEADD takes 3 arguments, not {}", arguments.len()),
        )
        .with_hint("DATEADD('day', 5, created_at); to_char writes the result in any form"));
    }
    read_dates(&mut arguments[2..]);
    if part == "weekday" || part == "doy" {
        arguments[0] = text("day");
    }
    Ok(Some(match part {
        // A date has no hours to add to: cut to what is kept anyway, it is the moment of its midnight.
        "hour" | "minute" | "second" | "millisecond" | "microsecond" | "nanosecond" => {
            "date_trunc('microsecond', $3) + interval_of($1, $2)"
        }
        _ => "$3 + interval_of($1, $2)",
    }))
}

fn date_difference(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    if first_part(arguments)?.is_none() || arguments.len() != 3 {
        return Ok(None);
    }
    Ok(Some(
        "clock_difference($1, CAST($2 AS TIMESTAMP(6)), CAST($3 AS TIMESTAMP(6)))",
    ))
}

/// Names the part by its first name.
fn first_part(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    let Some(first) = arguments.first_mut() else {
        return Ok(None);
    };
    let part = part_of(first)?;
    if let Some(part) = part {
        *first = text(part);
    }
    Ok(part)
}

/// `DATE_TRUNC(date, 'MM')`, the other way around than DataFusion's own, and by other names.
fn truncated(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    const UNITS: [(&str, &[&str]); 9] = [
        (
            "year",
            &["year", "yyyy", "yyy", "yy", "y", "syyyy", "syear"],
        ),
        ("quarter", &["quarter", "q"]),
        ("month", &["month", "mon", "mm", "rm"]),
        ("week", &["iw"]),
        ("day", &["ddd", "dd", "j"]),
        ("hour", &["hour", "hh", "hh12", "hh24"]),
        ("minute", &["minute", "mi"]),
        ("second", &["second"]),
        ("millisecond", &["millisecond"]),
    ];
    let [date, unit] = &*arguments else {
        return Ok(None);
    };
    let Some(unit) = text_of(unit).map(str::to_lowercase) else {
        return Ok(None);
    };
    let known = UNITS
        .iter()
        .find(|(_, names)| names.contains(&unit.as_str()));
    let first_is_unit = text_of(date).is_some_and(|first| first.chars().all(char::is_alphabetic));
    if first_is_unit {
        return Ok(None);
    }
    let Some((name, _)) = known else {
        if !unit.starts_with(char::is_alphabetic) {
            return Ok(None);
        }
        let message = format!("DATE_TRUNC cannot cut at `{unit}`");
        return Err(Error::new(Kind::Sql, message)
            .with_hint("'YY', 'Q', 'MM', 'IW' (weeks from Monday), 'DD', 'HH', 'MI'; FDWEEK(date) for weeks from Sunday"));
    };
    arguments[1] = text(name);
    read_dates(&mut arguments[..1]);
    Ok(Some("date_trunc($2, $1)"))
}

fn interval(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [Cell::Text(part), Cell::Whole(count)] = row else {
        return Ok(None);
    };
    let far = || format!("{count} {part}s are too many");
    let narrow = |count: i64, times: i64| {
        let count = count.checked_mul(times).ok_or_else(far)?;
        i32::try_from(count).map_err(|_| far())
    };
    let nanos = |each: i64| count.checked_mul(each).ok_or_else(far);
    let length = match *part {
        "year" => IntervalMonthDayNano::new(narrow(*count, 12)?, 0, 0),
        "quarter" => IntervalMonthDayNano::new(narrow(*count, 3)?, 0, 0),
        "month" => IntervalMonthDayNano::new(narrow(*count, 1)?, 0, 0),
        "week" | "isoweek" => IntervalMonthDayNano::new(0, narrow(*count, 7)?, 0),
        "day" => IntervalMonthDayNano::new(0, narrow(*count, 1)?, 0),
        "hour" => IntervalMonthDayNano::new(0, 0, nanos(3_600_000_000_000)?),
        "minute" => IntervalMonthDayNano::new(0, 0, nanos(60_000_000_000)?),
        "second" => IntervalMonthDayNano::new(0, 0, nanos(1_000_000_000)?),
        "millisecond" => IntervalMonthDayNano::new(0, 0, nanos(1_000_000)?),
        "microsecond" => IntervalMonthDayNano::new(0, 0, nanos(1_000)?),
        "nanosecond" => IntervalMonthDayNano::new(0, 0, *count),
        other => return Err(format!("nothing is {other}s long")),
    };
    Ok(Some(Value::Interval(length)))
}

/// How many ends of a part lie between two moments.
fn difference(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [Cell::Text(part), Cell::Moment(from), Cell::Moment(to)] = row else {
        return Ok(None);
    };
    let day = |micros: i64| micros.div_euclid(DAY);
    let date = |micros: i64| {
        let days = TimeDelta::try_days(day(micros));
        let date = days.and_then(|days| NaiveDate::default().checked_add_signed(days));
        date.ok_or_else(|| "the date is beyond the calendar".to_owned())
    };
    let months = |micros: i64| {
        date(micros).map(|date| i64::from(date.year()) * 12 + i64::from(date.month0()))
    };
    // 1970-01-01 was a Thursday; weeks begin on Sunday.
    let week = |micros: i64| (day(micros) + 4).div_euclid(7);
    let count = |each: i64| to.div_euclid(each) - from.div_euclid(each);
    let ends = match *part {
        "year" => months(*to)?.div_euclid(12) - months(*from)?.div_euclid(12),
        "quarter" => months(*to)?.div_euclid(3) - months(*from)?.div_euclid(3),
        "month" => months(*to)? - months(*from)?,
        "week" => week(*to) - week(*from),
        "day" | "doy" | "weekday" => count(DAY),
        "hour" => count(3_600_000_000),
        "minute" => count(60_000_000),
        "second" => count(1_000_000),
        "millisecond" => count(1_000),
        "microsecond" => count(1),
        other => return Err(format!("differences are not counted in {other}s")),
    };
    Ok(Some(Value::Whole(ends)))
}

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

fn moment(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [
        Cell::Whole(year),
        Cell::Whole(month),
        Cell::Whole(day),
        rest @ ..,
    ] = row
    else {
        return Ok(None);
    };
    let fits = || {
        let year = i32::try_from(*year).ok()?;
        NaiveDate::from_ymd_opt(year, u32::try_from(*month).ok()?, u32::try_from(*day).ok()?)
    };
    let date = fits().ok_or_else(|| format!("{year}-{month}-{day} is no date"))?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    Ok(clock(rest)?.map(|micros| Value::Moment(days * DAY + micros)))
}

fn time(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    Ok(clock(row)?.map(Value::Time))
}

/// Hour, minute, second, a fraction and how many digits it has, as microseconds.
fn clock(row: &[Cell<'_>]) -> Result<Option<i64>, String> {
    let [
        Cell::Whole(hour),
        Cell::Whole(minute),
        Cell::Whole(second),
        Cell::Whole(fraction),
        Cell::Whole(digits),
    ] = row
    else {
        return Ok(None);
    };
    let whole = |number: &i64| u32::try_from(*number).ok();
    let fits = || NaiveTime::from_hms_opt(whole(hour)?, whole(minute)?, whole(second)?);
    fits().ok_or_else(|| format!("{hour}:{minute}:{second} is no time"))?;
    let digits = u32::try_from(*digits).ok().filter(|digits| *digits <= 7);
    let digits = digits.ok_or("a fraction has 0 to 7 digits")?;
    let limit = 10_i64.pow(digits);
    if !(0..limit).contains(fraction) {
        return Err(format!("{fraction} has more than {digits} digits"));
    }
    // The seventh digit is beyond what is kept.
    let micros = fraction * 10_i64.pow(7 - digits) / 10;
    Ok(Some(
        ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros,
    ))
}
