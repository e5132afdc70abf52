//! Functions of days and moments. The fields of a moment are those of its own zone. They refuse text.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{Definition, broken, fits, fixed};
use crate::zuora::query::trino::cell::{Cell, local, moment};
use crate::zuora::query::trino::types::Type;

/// The day with this number.
pub(in crate::zuora::query::trino) fn date_of(days: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(days.saturating_add(719_163)).unwrap_or_default()
}

fn days_of(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

fn fields(cell: &Cell) -> Result<NaiveDateTime, String> {
    match cell {
        Cell::Date(days) => Ok(date_of(*days).and_time(NaiveTime::MIN)),
        Cell::Moment(micros, zone) => Ok(local(*micros, zone.as_ref())),
        _ => Err(broken()),
    }
}

/// The same kind of value with other fields.
fn with_fields(cell: &Cell, fields: NaiveDateTime) -> Cell {
    match cell {
        Cell::Moment(_, zone) => Cell::Moment(moment(fields, zone.as_ref()), *zone),
        _ => Cell::Date(days_of(fields.date())),
    }
}

fn day_or_moment(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [Type::Date] => Some((given.to_vec(), Type::Bigint)),
        [kind] if kind.is_moment() => Some((given.to_vec(), Type::Bigint)),
        _ => None,
    }
}

fn only_moment(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [kind] if kind.is_moment() => Some((given.to_vec(), Type::Bigint)),
        _ => None,
    }
}

fn field(cells: &[Cell], read: fn(&NaiveDateTime) -> i64) -> Result<Cell, String> {
    Ok(Cell::Bigint(read(&fields(&cells[0])?)))
}

fn unit_of(cell: &Cell) -> Result<String, String> {
    match cell {
        Cell::Varchar(unit) => Ok(unit.to_ascii_lowercase()),
        _ => Err(broken()),
    }
}

fn invalid(unit: &str, kind: &str) -> String {
    format!("'{unit}' is not a valid {kind} field")
}

fn is_day_unit(unit: &str) -> bool {
    ["day", "week", "month", "quarter", "year"].contains(&unit)
}

fn begin(unit: &str, of: NaiveDateTime) -> Option<NaiveDateTime> {
    let date = of.date();
    let first = |month: u32| NaiveDate::from_ymd_opt(date.year(), month, 1);
    let time = of.time();
    Some(match unit {
        "millisecond" => date.and_hms_milli_opt(
            time.hour(),
            time.minute(),
            time.second(),
            time.nanosecond() / 1_000_000,
        )?,
        "second" => date.and_hms_opt(time.hour(), time.minute(), time.second())?,
        "minute" => date.and_hms_opt(time.hour(), time.minute(), 0)?,
        "hour" => date.and_hms_opt(time.hour(), 0, 0)?,
        "day" => date.and_time(NaiveTime::MIN),
        "week" => {
            let back = u64::from(date.weekday().num_days_from_monday());
            date.checked_sub_days(Days::new(back))?
                .and_time(NaiveTime::MIN)
        }
        "month" => first(date.month())?.and_time(NaiveTime::MIN),
        "quarter" => first((date.month0() / 3) * 3 + 1)?.and_time(NaiveTime::MIN),
        "year" => first(1)?.and_time(NaiveTime::MIN),
        _ => return None,
    })
}

fn truncate(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let unit = unit_of(&cells[0])?;
    let of = &cells[1];
    let kind = if matches!(of, Cell::Date(_)) {
        "DATE"
    } else {
        "Timestamp"
    };
    if matches!(of, Cell::Date(_)) && !is_day_unit(&unit) {
        return Err(invalid(&unit, kind));
    }
    let begun = begin(&unit, fields(of)?).ok_or_else(|| invalid(&unit, kind))?;
    Ok(with_fields(of, begun))
}

fn months(from: NaiveDateTime, count: i64) -> Option<NaiveDateTime> {
    let size = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
    if count < 0 {
        from.checked_sub_months(size)
    } else {
        from.checked_add_months(size)
    }
}

/// A day or a moment so many units later. Days and longer units move the fields, shorter ones the moment.
pub(in crate::zuora::query::trino) fn shift(
    unit: &str,
    count: i64,
    of: &Cell,
) -> Result<Cell, String> {
    let is_date = matches!(of, Cell::Date(_));
    let kind = if is_date { "DATE" } else { "Timestamp" };
    if is_date && !is_day_unit(unit) {
        return Err(invalid(unit, kind));
    }
    let size = match unit {
        "millisecond" => Some(1_000),
        "second" => Some(1_000_000),
        "minute" => Some(60_000_000),
        "hour" => Some(3_600_000_000),
        _ => None,
    };
    if let (Some(size), Cell::Moment(micros, zone)) = (size, of) {
        let later = count
            .checked_mul(size)
            .and_then(|by| micros.checked_add(by));
        return Ok(Cell::Moment(later.ok_or("timestamp overflow")?, *zone));
    }
    let from = fields(of)?;
    let later = match unit {
        "day" => TimeDelta::try_days(count).and_then(|by| from.checked_add_signed(by)),
        "week" => TimeDelta::try_weeks(count).and_then(|by| from.checked_add_signed(by)),
        "month" => months(from, count),
        "quarter" => count.checked_mul(3).and_then(|count| months(from, count)),
        "year" => count.checked_mul(12).and_then(|count| months(from, count)),
        _ => return Err(invalid(unit, kind)),
    };
    Ok(with_fields(of, later.ok_or("date overflow")?))
}

/// Whole units from the one to the other; one that has not passed whole does not count.
fn difference(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let unit = unit_of(&cells[0])?;
    let (from, to) = (&cells[1], &cells[2]);
    if matches!(from, Cell::Date(_)) && !is_day_unit(&unit) {
        return Err(invalid(&unit, "DATE"));
    }
    if let (Cell::Moment(from, _), Cell::Moment(to, _)) = (from, to) {
        let size = match unit.as_str() {
            "millisecond" => Some(1_000),
            "second" => Some(1_000_000),
            "minute" => Some(60_000_000),
            "hour" => Some(3_600_000_000),
            _ => None,
        };
        if let Some(size) = size {
            return Ok(Cell::Bigint((to - from) / size));
        }
    }
    let zone = match from {
        Cell::Moment(_, zone) => *zone,
        _ => None,
    };
    let from = fields(from)?;
    let to = match to {
        Cell::Moment(micros, _) => local(*micros, zone.as_ref()),
        other => fields(other)?,
    };
    let (sign, early, late) = if to < from {
        (-1, to, from)
    } else {
        (1, from, to)
    };
    let whole = |size: i64| {
        let years = i64::from(late.year() - early.year());
        let rough = (years * 12 + i64::from(late.month()) - i64::from(early.month())) / size;
        // One too many when the last has not passed.
        let passed = months(early, rough * size).is_some_and(|reached| reached <= late);
        sign * (rough - i64::from(!passed))
    };
    Ok(Cell::Bigint(match unit.as_str() {
        "day" => (to - from).num_days(),
        "week" => (to - from).num_weeks(),
        "month" => whole(1),
        "quarter" => whole(3),
        "year" => whole(12),
        _ => return Err(invalid(&unit, "Timestamp")),
    }))
}

fn iso_year(fields: &NaiveDateTime) -> i64 {
    i64::from(fields.iso_week().year())
}

fn shifted(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    match given {
        [unit, count, kind]
            if fits(unit, &Type::Varchar)
                && fits(count, &Type::Bigint)
                && (*kind == Type::Date || kind.is_moment()) =>
        {
            Some((
                vec![Type::Varchar, Type::Bigint, kind.clone()],
                kind.clone(),
            ))
        }
        _ => None,
    }
}

const fn part(name: &'static str, resolve: super::Resolve, apply: super::Apply) -> Definition {
    Definition {
        name,
        resolve,
        apply,
    }
}

pub(super) const TIME: &[Definition] = &[
    part("year", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.year()))
    }),
    part("quarter", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.month0() / 3 + 1))
    }),
    part("month", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.month()))
    }),
    part("week", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.iso_week().week()))
    }),
    part("week_of_year", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.iso_week().week()))
    }),
    part("year_of_week", day_or_moment, |cells, _| {
        field(cells, iso_year)
    }),
    part("yow", day_or_moment, |cells, _| field(cells, iso_year)),
    part("day", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.day()))
    }),
    part("day_of_month", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.day()))
    }),
    part("day_of_week", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.weekday().number_from_monday()))
    }),
    part("dow", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.weekday().number_from_monday()))
    }),
    part("day_of_year", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.ordinal()))
    }),
    part("doy", day_or_moment, |cells, _| {
        field(cells, |of| i64::from(of.ordinal()))
    }),
    part("hour", only_moment, |cells, _| {
        field(cells, |of| i64::from(of.hour()))
    }),
    part("minute", only_moment, |cells, _| {
        field(cells, |of| i64::from(of.minute()))
    }),
    part("second", only_moment, |cells, _| {
        field(cells, |of| i64::from(of.second()))
    }),
    part("millisecond", only_moment, |cells, _| {
        field(cells, |of| i64::from(of.nanosecond() / 1_000_000))
    }),
    Definition {
        name: "date_trunc",
        resolve: |given| match given {
            [unit, kind]
                if fits(unit, &Type::Varchar) && (*kind == Type::Date || kind.is_moment()) =>
            {
                Some((vec![Type::Varchar, kind.clone()], kind.clone()))
            }
            _ => None,
        },
        apply: truncate,
    },
    Definition {
        name: "date_add",
        resolve: shifted,
        apply: |cells, _| {
            let Cell::Bigint(count) = &cells[1] else {
                return Err(broken());
            };
            shift(&unit_of(&cells[0])?, *count, &cells[2])
        },
    },
    Definition {
        name: "date_diff",
        resolve: |given| {
            let [unit, from, to] = given else { return None };
            let common = from.common(to)?;
            (fits(unit, &Type::Varchar) && (common == Type::Date || common.is_moment()))
                .then(|| (vec![Type::Varchar, common.clone(), common], Type::Bigint))
        },
        apply: difference,
    },
    Definition {
        name: "last_day_of_month",
        resolve: |given| match given {
            [Type::Date] => Some((given.to_vec(), Type::Date)),
            [kind] if kind.is_moment() => Some((given.to_vec(), Type::Date)),
            _ => None,
        },
        apply: |cells, _| {
            let date = fields(&cells[0])?.date();
            let first = date
                .with_day(1)
                .and_then(|first| first.checked_add_months(Months::new(1)));
            let last = first
                .and_then(|first| first.pred_opt())
                .ok_or("date overflow")?;
            Ok(Cell::Date(days_of(last)))
        },
    },
    Definition {
        name: "at_timezone",
        // The zone becomes part of the type where the call is planned; it has to be a constant.
        resolve: |given| {
            fixed(
                &given[..1],
                &[given.first()?.clone()],
                given.first()?.clone(),
            )
            .filter(|_| given.len() == 2 && given[0].is_moment() && fits(&given[1], &Type::Varchar))
            .map(|(_, kind)| (vec![kind.clone(), Type::Varchar], kind))
        },
        apply: |cells, _| Ok(cells[0].clone()),
    },
    Definition {
        name: "date",
        // The planner makes it a CAST.
        resolve: |given| match given {
            [Type::Varchar | Type::Date] => Some((given.to_vec(), Type::Date)),
            [kind] if kind.is_moment() => Some((given.to_vec(), Type::Date)),
            _ => None,
        },
        apply: |_, _| Err(broken()),
    },
    // Literals, whose type depends on their text; the planner puts a value in place of the call.
    Definition {
        name: "$literal",
        resolve: |given| fixed(given, &[Type::Varchar, Type::Varchar], Type::Unknown),
        apply: |_, _| Ok(Cell::Null),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Cell {
        Cell::Date(days_of(text.parse().unwrap()))
    }

    #[test]
    fn days_are_shifted_and_counted() {
        for (unit, count, from, to) in [
            ("month", 1, "2024-01-31", "2024-02-29"),
            ("month", -1, "2024-03-31", "2024-02-29"),
            ("quarter", 1, "2023-11-30", "2024-02-29"),
            ("year", 1, "2024-02-29", "2025-02-28"),
            ("day", -1, "2024-03-01", "2024-02-29"),
            ("week", 2, "2024-01-01", "2024-01-15"),
        ] {
            assert_eq!(
                shift(unit, count, &day(from)),
                Ok(day(to)),
                "{unit} {count} {from}"
            );
        }
        for (unit, from, to, count) in [
            ("month", "2024-01-31", "2024-02-29", 1),
            ("month", "2024-01-15", "2024-02-14", 0),
            ("month", "2024-02-15", "2024-01-14", -1),
            ("month", "2024-02-15", "2024-01-16", 0),
            ("year", "2020-02-29", "2024-02-28", 3),
            ("quarter", "2024-01-01", "2024-12-31", 3),
            ("day", "2024-01-01", "2023-12-31", -1),
            ("week", "2024-01-01", "2024-01-14", 1),
        ] {
            let cells = [Cell::Varchar(unit.to_owned()), day(from), day(to)];
            assert_eq!(
                difference(&cells, &Type::Bigint),
                Ok(Cell::Bigint(count)),
                "{unit} {from} {to}"
            );
        }
        assert!(shift("hour", 1, &day("2024-01-01")).is_err());
    }

    #[test]
    fn fields_are_those_of_the_zone() {
        let zone = crate::zuora::query::trino::cell::zone("America/Los_Angeles").unwrap();
        // 2026-01-01T02:00:00Z is still the old year there.
        let moment = Cell::Moment(1_767_232_800_000_000, Some(zone));
        let year = field(std::slice::from_ref(&moment), |of| i64::from(of.year()));
        assert_eq!(year, Ok(Cell::Bigint(2025)));
        let month = truncate(&[Cell::Varchar("month".to_owned()), moment], &Type::Unknown);
        assert_eq!(month, Ok(Cell::Moment(1_764_576_000_000_000, Some(zone))));
        let sunday = field(&[day("2024-03-03")], |of| {
            i64::from(of.weekday().number_from_monday())
        });
        assert_eq!(sunday, Ok(Cell::Bigint(7)));
    }
}
