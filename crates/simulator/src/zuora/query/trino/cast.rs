//! CAST and the conversions that Trino makes by itself. It refuses what Trino's CAST refuses, value by value.

use chrono::NaiveTime;

use super::cell::{Cell, local, moment, zone};
use super::functions::{date_of, halves_up, power, rescale};
use super::literal::{Literal, day};
use super::types::Type;

/// Whether there is a conversion at all.
pub(super) fn is_castable(from: &Type, to: &Type) -> bool {
    use Type::{Boolean, Date, Unknown, Varchar};
    match (from, to) {
        _ if from == to => true,
        (Unknown, _) | (Varchar, _) | (_, Varchar) => true,
        (Boolean, to) => to.is_number(),
        (from, Boolean) => from.is_number(),
        (from, to) if from.is_number() && to.is_number() => true,
        (from, to) => (*from == Date || from.is_moment()) && (*to == Date || to.is_moment()),
    }
}

/// The value as another type. `session` is the zone of moments that come without one.
pub(super) fn convert(cell: &Cell, to: &Type, session: &str) -> Result<Cell, String> {
    let cannot = || format!("Cannot cast '{}' to {to}", text(cell));
    Ok(match (cell, to) {
        (Cell::Null, _) => Cell::Null,
        (_, Type::Varchar) => Cell::Varchar(text(cell)),
        (Cell::Varchar(value), _) => parse(value, to, session).ok_or_else(cannot)?,
        (Cell::Boolean(value), Type::Boolean) => Cell::Boolean(*value),
        (Cell::Boolean(value), Type::Bigint) => Cell::Bigint(i64::from(*value)),
        (Cell::Boolean(value), Type::Double) => Cell::Double(f64::from(u8::from(*value))),
        (Cell::Boolean(value), Type::Decimal(_, scale)) => {
            Cell::Decimal(i128::from(*value) * power(*scale as u32)?, *scale)
        }
        (Cell::Bigint(value), Type::Bigint) => Cell::Bigint(*value),
        (Cell::Bigint(value), Type::Boolean) => Cell::Boolean(*value != 0),
        (Cell::Bigint(value), Type::Double) => Cell::Double(*value as f64),
        (Cell::Bigint(value), Type::Decimal(..)) => {
            fit(i128::from(*value), 0, to).ok_or_else(cannot)?
        }
        (Cell::Decimal(digits, _), Type::Boolean) => Cell::Boolean(*digits != 0),
        (Cell::Decimal(digits, scale), Type::Decimal(..)) => {
            fit(*digits, *scale, to).ok_or_else(cannot)?
        }
        (Cell::Decimal(digits, scale), Type::Bigint) => {
            let whole = halves_up(*digits, power(*scale as u32)?);
            Cell::Bigint(i64::try_from(whole).map_err(|_| cannot())?)
        }
        (Cell::Decimal(..), Type::Double) => {
            Cell::Double(text(cell).parse().map_err(|_| cannot())?)
        }
        (Cell::Double(value), Type::Double) => Cell::Double(*value),
        (Cell::Double(value), Type::Boolean) => Cell::Boolean(*value != 0.0),
        (Cell::Double(value), Type::Bigint) => {
            // Half away from zero, as Java's rounding of positive numbers.
            let whole = value.round();
            if !whole.is_finite() || whole.abs() >= 9.3e18 {
                return Err(cannot());
            }
            Cell::Bigint(whole as i64)
        }
        (Cell::Double(value), Type::Decimal(_, scale)) => {
            let digits = (value * 10_f64.powi(i32::from(*scale))).round();
            if !digits.is_finite() || digits.abs() >= 1e38 {
                return Err(cannot());
            }
            fit(digits as i128, *scale, to).ok_or_else(cannot)?
        }
        (Cell::Date(days), Type::Date) => Cell::Date(*days),
        (Cell::Date(days), Type::Timestamp(_)) => {
            Cell::Moment(moment(date_of(*days).and_time(NaiveTime::MIN), None), None)
        }
        (Cell::Date(days), Type::Zoned(..)) => {
            let session = zone(session)?;
            let fields = date_of(*days).and_time(NaiveTime::MIN);
            Cell::Moment(moment(fields, Some(&session)), Some(session))
        }
        (Cell::Moment(micros, zone), Type::Date) => {
            let date = local(*micros, zone.as_ref()).date();
            Cell::Date((date - chrono::NaiveDate::default()).num_days() as i32)
        }
        (Cell::Moment(micros, Some(own)), Type::Timestamp(digits)) => {
            let fields = local(*micros, Some(own)).and_utc().timestamp_micros();
            Cell::Moment(rounded(fields, *digits), None)
        }
        (Cell::Moment(micros, None), Type::Timestamp(digits)) => {
            Cell::Moment(rounded(*micros, *digits), None)
        }
        (Cell::Moment(micros, None), Type::Zoned(digits, _)) => {
            let session = zone(session)?;
            let at = moment(local(*micros, None), Some(&session));
            Cell::Moment(rounded(at, *digits), Some(session))
        }
        (Cell::Moment(micros, Some(own)), Type::Zoned(digits, _)) => {
            Cell::Moment(rounded(*micros, *digits), Some(*own))
        }
        _ => return Err(cannot()),
    })
}

fn rounded(micros: i64, digits: u8) -> i64 {
    let unit = match digits {
        0 => 1_000_000,
        1..=3 => 1_000,
        _ => return micros,
    };
    (micros + unit / 2).div_euclid(unit) * unit
}

/// A decimal in a type that has room for it.
fn fit(digits: i128, scale: i8, to: &Type) -> Option<Cell> {
    let Type::Decimal(precision, wanted) = to else {
        return None;
    };
    let digits = rescale(digits, scale, *wanted).ok()?;
    let room = power(u32::from(*precision)).ok()?;
    (digits.unsigned_abs() < room.unsigned_abs()).then_some(Cell::Decimal(digits, *wanted))
}

fn parse(value: &str, to: &Type, session: &str) -> Option<Cell> {
    let trimmed = value.trim();
    Some(match to {
        Type::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Cell::Boolean(true),
            "false" | "f" | "0" => Cell::Boolean(false),
            _ => return None,
        },
        Type::Bigint => Cell::Bigint(value.parse().ok()?),
        Type::Double => Cell::Double(trimmed.parse().ok()?),
        Type::Decimal(..) => match Literal::parse("decimal", trimmed).ok()? {
            Literal::Decimal(digits, _, scale) => fit(digits, scale, to)?,
            _ => return None,
        },
        Type::Date => Cell::Date(day(trimmed)?),
        Type::Timestamp(_) | Type::Zoned(..) => match Literal::parse("timestamp", trimmed).ok()? {
            Literal::Moment(micros, _, Some(name)) => {
                return convert(&Cell::Moment(micros, zone(&name).ok()), to, session).ok();
            }
            Literal::Moment(micros, ..) => {
                return convert(&Cell::Moment(micros, None), to, session).ok();
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The text of a decimal, every digit behind the point included.
pub(in crate::zuora::query) fn decimal_text(digits: i128, scale: i8) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let places = scale.max(0) as usize;
    let all = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = all.split_at(all.len() - places);
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// A double as Trino writes it in text: `1.5E0`.
fn double_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Bigint(value) => value.to_string(),
        Cell::Double(value) => double_text(*value),
        Cell::Decimal(digits, scale) => decimal_text(*digits, *scale),
        Cell::Varchar(value) => value.clone(),
        Cell::Date(days) => date_of(*days).to_string(),
        Cell::Moment(micros, own) => {
            let fields = local(*micros, own.as_ref()).format("%Y-%m-%d %H:%M:%S%.3f");
            match own {
                Some(own) => format!("{fields} {}", zone_text(own)),
                None => fields.to_string(),
            }
        }
    }
}

fn zone_text(zone: &arrow::array::timezone::Tz) -> String {
    // Its Debug form is its name, wrapped once or twice.
    let text = format!("{zone:?}");
    text.trim_start_matches("Tz(")
        .trim_start_matches("Timezone(")
        .trim_start_matches("Offset(")
        .trim_end_matches(')')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_those_of_trino() {
        let decimal = Type::Decimal(10, 2);
        let varchar = |text: &str| Cell::Varchar(text.to_owned());
        for (from, to, result) in [
            (
                Cell::Decimal(2_500_000, 6),
                Type::Bigint,
                Some(Cell::Bigint(3)),
            ),
            (
                Cell::Decimal(1_500_000, 6),
                Type::Varchar,
                Some(varchar("1.500000")),
            ),
            (
                Cell::Decimal(1_005_000, 6),
                decimal.clone(),
                Some(Cell::Decimal(101, 2)),
            ),
            (Cell::Decimal(10_i128.pow(15), 6), decimal, None),
            (varchar("12"), Type::Bigint, Some(Cell::Bigint(12))),
            (varchar("12.5"), Type::Bigint, None),
            (varchar("x"), Type::Boolean, None),
            (varchar("2026-01-31"), Type::Date, Some(Cell::Date(20_484))),
            (Cell::Boolean(true), Type::Varchar, Some(varchar("true"))),
            (Cell::Double(1.0), Type::Varchar, Some(varchar("1.0E0"))),
            (
                Cell::Double(0.1),
                Type::Decimal(3, 1),
                Some(Cell::Decimal(1, 1)),
            ),
        ] {
            assert_eq!(convert(&from, &to, "UTC").ok(), result, "{from:?} to {to}");
        }
    }
}
