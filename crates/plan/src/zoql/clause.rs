//! Conditions in Export ZOQL, such that every matching row is found.

use crate::remote::{Clause, Condition, Literal, Operator, Part, Pattern, Test};
use crate::remote::{and, civil, instant};
use crate::value::MICROS;

use super::is_name;

/// Writes an open condition.
pub(super) fn write(condition: &Condition) -> Clause {
    let name = condition.column.as_str();
    if !is_name(name) {
        return Clause::Unsaid;
    }
    match &condition.test {
        Test::Compare(operator, value) => compare(name, *operator, value),
        Test::In(values) => any(name, values),
        Test::NotIn(values) => none(name, values),
        Test::Between(low, high) => and(
            compare(name, Operator::AtLeast, low),
            compare(name, Operator::AtMost, high),
            "and",
        ),
        // Whether an empty text counts as NULL is not documented.
        Test::IsNull => Clause::rough(format!("{name} is null")),
        // An empty text that counted as NULL would be lost.
        Test::IsNotNull => Clause::Unsaid,
        Test::Like { negated: true, .. } => Clause::Unsaid,
        Test::Like { pattern, .. } => like(name, pattern),
    }
}

/// `name = value`, the part of a chain.
pub(super) fn equal(name: &str, value: &Literal) -> Clause {
    compare(name, Operator::Equal, value)
}

fn compare(name: &str, operator: Operator, value: &Literal) -> Clause {
    let said = |constant: String| Clause::exact(format!("{name} {} {constant}", symbol(operator)));
    match value {
        Literal::Int(number) => said(number.to_string()),
        Literal::Decimal(number) => said(number.to_string()),
        Literal::Bool(truth) => said(truth.to_string()),
        // Only ever compared with dates: against an instant, a date would stand for its whole day.
        Literal::Date(days) => match civil(*days) {
            Some(date) => said(format!("'{date}'")),
            None => Clause::Unsaid,
        },
        Literal::Timestamp(micros) => moment(name, operator, *micros),
        Literal::Text(text) if operator == Operator::Equal => match quoted(text) {
            Some(constant) => Clause::rough(format!("{name} = {constant}")),
            None => Clause::Unsaid,
        },
        // If texts that differ are equal to the export, `!=` and an order would lose rows. Floats: the export has
        // decimals only.
        Literal::Text(_) | Literal::Float(_) | Literal::Null => Clause::Unsaid,
    }
}

/// A comparison with an instant.
///
/// Constants have whole seconds. So have the file's values, while what is stored may be finer: 10:00:00.500 arrives as
/// 10:00:00. Each form here finds what matches either way, as stored and as it arrives.
fn moment(name: &str, operator: Operator, micros: i64) -> Clause {
    let second = micros - micros.rem_euclid(MICROS);
    let whole = second == micros;
    let side = |symbol: &str, micros: i64, exact: bool| match instant(micros) {
        Some(time) => Clause::Said {
            text: format!("{name} {symbol} '{}'", time.format("%Y-%m-%dT%H:%M:%SZ")),
            exact,
        },
        None => Clause::Unsaid,
    };
    let next = second + MICROS;
    match operator {
        Operator::AtLeast => side(">=", second, whole),
        Operator::Greater => side(">", second, false),
        Operator::Less => side("<", if whole { second } else { next }, whole),
        Operator::AtMost => side("<", next, false),
        Operator::Equal => and(side(">=", second, false), side("<", next, false), "and"),
        Operator::NotEqual if whole => side("!=", second, false),
        Operator::NotEqual => Clause::Unsaid,
    }
}

fn any(name: &str, values: &[Literal]) -> Clause {
    let mut exact = true;
    let mut parts = Vec::new();
    for value in values.iter().filter(|value| **value != Literal::Null) {
        match equal(name, value) {
            Clause::Said { text, exact: sharp } => {
                exact &= sharp;
                parts.push(match value {
                    Literal::Timestamp(_) => format!("({text})"),
                    _ => text,
                });
            }
            Clause::Unsaid => return Clause::Unsaid,
        }
    }
    let text = match parts.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" or ")),
    };
    Clause::Said { text, exact }
}

/// What cannot be said is not excluded.
fn none(name: &str, values: &[Literal]) -> Clause {
    let mut exact = true;
    let mut parts = Vec::new();
    for value in values {
        match compare(name, Operator::NotEqual, value) {
            Clause::Said { text, exact: sharp } => {
                exact &= sharp;
                parts.push(text);
            }
            Clause::Unsaid => exact = false,
        }
    }
    if parts.is_empty() {
        return Clause::Unsaid;
    }
    Clause::Said {
        text: parts.join(" and "),
        exact,
    }
}

/// `%` may stand once, at the start or at the end, and nothing can be escaped.
fn like(name: &str, pattern: &Pattern) -> Clause {
    let parts = pattern.parts();
    let runs = parts.iter().filter(|part| **part == Part::Run).count();
    let at_an_end = parts.first() == Some(&Part::Run) || parts.last() == Some(&Part::Run);
    if runs != 1 || !at_an_end || parts.len() == 1 {
        return Clause::Unsaid;
    }
    let mut spelt = String::new();
    for part in parts {
        match part {
            Part::One => spelt.push('_'),
            Part::Run => spelt.push('%'),
            Part::Text(text) if text.contains(['%', '_']) => return Clause::Unsaid,
            Part::Text(text) => spelt.push_str(text),
        }
    }
    match quoted(&spelt) {
        Some(constant) => Clause::rough(format!("{name} like {constant}")),
        None => Clause::Unsaid,
    }
}

/// A text constant: quotes are doubled. What a backslash or a control character means is not documented, and an empty
/// text may be taken for NULL.
fn quoted(text: &str) -> Option<String> {
    let plain =
        !text.is_empty() && !text.contains(|letter: char| letter == '\\' || letter.is_control());
    plain.then(|| format!("'{}'", text.replace('\'', "''")))
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
        Operator::Greater => ">",
        Operator::AtLeast => ">=",
    }
}
