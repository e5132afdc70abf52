//! Scalar functions whose meaning is the same in Trino and in DataFusion.
//!
//! Looked at and left out: `lower` and `upper` (Trino maps letter by letter: ß stays ß), `trim` (Trino takes away every
//! blank, DataFusion the space), `round`, `ceil` and `floor` (other types), `greatest` and `least` (NULL wins in Trino),
//! `to_char` (other formats), and all of floats.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::expression::{Family, Scope, integer, text_of};

/// The units of `date_trunc` that both know by the same name and cut at the same place (a week begins on Monday).
const UNITS: [&str; 8] = [
    "second", "minute", "hour", "day", "week", "month", "quarter", "year",
];

/// Parts of a date: DataFusion's name and Trino's function. `week` is the ISO week for both.
const PARTS: [(&str, &str); 8] = [
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("week", "week"),
    ("day", "day"),
    ("doy", "day_of_year"),
    ("hour", "hour"),
    ("minute", "minute"),
];

impl Scope<'_> {
    pub(super) fn call(&self, call: &ScalarFunction) -> Option<String> {
        let arguments = call.args.as_slice();
        match (call.name(), arguments) {
            ("character_length" | "char_length" | "length", [text]) => {
                Some(format!("length({})", self.text(text)?))
            }
            ("substr" | "substring", [text, start, rest @ ..]) => {
                // Before the first letter the two count differently.
                let start = integer(start).filter(|start| *start >= 1)?;
                let text = self.text(text)?;
                match rest {
                    [] => Some(format!("substr({text}, {start})")),
                    [length] => {
                        let length = integer(length).filter(|length| *length >= 0)?;
                        Some(format!("substr({text}, {start}, {length})"))
                    }
                    _ => None,
                }
            }
            ("strpos", [text, part]) => {
                text_of(part).filter(|part| !part.is_empty())?;
                Some(format!(
                    "strpos({}, {})",
                    self.text(text)?,
                    self.text(part)?
                ))
            }
            // DataFusion passes over NULLs.
            ("concat", parts) => {
                let parts: Option<Vec<String>> = parts
                    .iter()
                    .map(|part| Some(format!("coalesce({}, '')", self.text(part)?)))
                    .collect();
                match parts?.as_slice() {
                    [] => None,
                    [one] => Some(one.clone()),
                    several => Some(format!("concat({})", several.join(", "))),
                }
            }
            ("coalesce", [first, rest @ ..]) => {
                let kind = self.family(first)?;
                let mut texts = vec![self.value(first)?];
                for value in rest {
                    (self.family(value)? == kind).then_some(())?;
                    texts.push(self.value(value)?);
                }
                match texts.as_slice() {
                    [one] => Some(one.clone()),
                    several => Some(format!("coalesce({})", several.join(", "))),
                }
            }
            ("nullif", [value, other]) => {
                (self.family(value)? == self.family(other)?).then_some(())?;
                Some(format!(
                    "nullif({}, {})",
                    self.value(value)?,
                    self.value(other)?
                ))
            }
            ("abs", [number]) => {
                (self.family(number)? == Family::Number).then_some(())?;
                Some(format!("abs({})", self.value(number)?))
            }
            ("date_trunc", [unit, time]) => self.truncated(unit, time),
            ("date_part", [part, time]) => self.part(part, time),
            _ => None,
        }
    }

    fn text(&self, expr: &Expr) -> Option<String> {
        (self.family(expr)? == Family::Text).then_some(())?;
        self.value(expr)
    }

    /// Instants arrive in the tenant's zone: the engine's calendar is UTC's.
    fn in_utc(&self, time: &Expr) -> Option<String> {
        let text = self.value(time)?;
        match self.family(time)? {
            Family::Instant => Some(format!("at_timezone({text}, 'UTC')")),
            Family::Date | Family::Wall => Some(text),
            _ => None,
        }
    }

    fn truncated(&self, unit: &Expr, time: &Expr) -> Option<String> {
        let unit = text_of(unit)?.to_lowercase();
        UNITS.contains(&unit.as_str()).then_some(())?;
        let text = self.in_utc(time)?;
        match time.get_type(self.schema).ok()? {
            // DataFusion makes a timestamp of it.
            DataType::Date32 => Some(format!(
                "date_trunc('{unit}', CAST({text} AS TIMESTAMP(3)))"
            )),
            _ => Some(format!("date_trunc('{unit}', {text})")),
        }
    }

    fn part(&self, part: &Expr, time: &Expr) -> Option<String> {
        let part = text_of(part)?.to_lowercase();
        let text = self.in_utc(time)?;
        let is_clock = matches!(part.as_str(), "hour" | "minute");
        if is_clock && self.family(time)? == Family::Date {
            return None;
        }
        // Sunday is 0 here and 7 there.
        if part == "dow" {
            return Some(format!("(day_of_week({text}) % 7)"));
        }
        let (_, function) = PARTS.iter().find(|(known, _)| *known == part)?;
        Some(format!("{function}({text})"))
    }
}
