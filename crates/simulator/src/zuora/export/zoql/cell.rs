//! How a cell is written into a file. Everything is text there.

use crate::clock::{self, DAY};
use crate::zuora::Value;
use crate::zuora::export::ExportOptions;

/// What a job asked for, and what the tenant does anyway.
#[derive(Debug, Clone)]
pub(in crate::zuora::export) struct Style {
    /// Moments in UTC and never as days.
    pub(in crate::zuora::export) utc: bool,
    pub(in crate::zuora::export) null: String,
    /// Some text gets a NUL byte.
    pub(in crate::zuora::export) nul_bytes: bool,
}

/// The text of a cell.
pub(in crate::zuora::export) fn write(
    value: &Value,
    style: &Style,
    options: &ExportOptions,
) -> String {
    match value {
        Value::Null => style.null.clone(),
        Value::Text(text) if style.nul_bytes && text.len() % 3 == 2 => format!("{text}\0"),
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal { units, scale } => decimal(*units, *scale, options.trailing_zeros),
        Value::Boolean(value) => match (value, options.capital_booleans) {
            (true, false) => "true".to_owned(),
            (false, false) => "false".to_owned(),
            (true, true) => "True".to_owned(),
            (false, true) => "False".to_owned(),
        },
        Value::Date(day) => clock::date_text(i64::from(*day) * DAY),
        Value::Timestamp(millis) => moment(millis.div_euclid(1_000), style.utc, options),
    }
}

fn decimal(units: i64, scale: u8, zeros: bool) -> String {
    const DIGITS: usize = 9;
    let scale = usize::from(scale);
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if zeros {
        return format!("{sign}{whole}.{fraction:0<DIGITS$}");
    }
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Whole seconds. Outside UTC a midnight becomes a day, as the vendor has it.
fn moment(second: i64, utc: bool, options: &ExportOptions) -> String {
    let zone = if utc {
        0
    } else {
        i64::from(options.zone_seconds)
    };
    let local = second + zone;
    if !utc && local.rem_euclid(DAY) == 0 {
        return clock::date_text(local);
    }
    let sign = if zone < 0 { '-' } else { '+' };
    let minutes = zone.abs() / 60;
    let text = clock::iso_text(local);
    let text = text.trim_end_matches('Z');
    format!("{text}{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_as_text() {
        let options = ExportOptions::default();
        let other = ExportOptions {
            trailing_zeros: true,
            capital_booleans: true,
            ..ExportOptions::default()
        };
        let style = |utc| Style {
            utc,
            null: "\\N".to_owned(),
            nul_bytes: false,
        };
        let decimal = |units, scale| Value::Decimal { units, scale };
        let cases = [
            (Value::Null, "\\N", "\\N"),
            (Value::Text(String::new()), "", ""),
            (decimal(1_200, 2), "12", "12.000000000"),
            (decimal(-5, 2), "-0.05", "-0.050000000"),
            (decimal(0, 3), "0", "0.000000000"),
            (Value::Boolean(true), "true", "True"),
            (Value::Date(18_262), "2020-01-01", "2020-01-01"),
            (
                Value::Timestamp(1_577_880_000_999),
                "2020-01-01T12:00:00+0000",
                "2020-01-01T04:00:00-0800",
            ),
            (
                Value::Timestamp(1_577_865_600_000),
                "2020-01-01T08:00:00+0000",
                "2020-01-01",
            ),
        ];
        for (value, plain, odd) in cases {
            assert_eq!(write(&value, &style(true), &options), plain);
            assert_eq!(write(&value, &style(false), &other), odd);
        }
    }
}
