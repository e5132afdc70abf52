//! Conditions in Trino's spelling, such that every matching row is found.

use crate::remote::{Clause, Condition, Literal, Operator, Part, Pattern, Test, and};

use super::literal::{MILLI, identifier, literal, text};

/// Values of one IN list; more make several lists.
const LIST: usize = 1_000;

/// Writes an open condition.
pub(super) fn write(condition: &Condition) -> Clause {
    let name = identifier(&condition.column);
    match &condition.test {
        Test::Compare(operator, value) => compare(&name, *operator, value),
        Test::In(values) => any(&name, values),
        Test::NotIn(values) => none(&name, values),
        Test::Between(low, high) => match (sharp(low), sharp(high)) {
            (Some(low), Some(high)) => Clause::exact(format!("{name} BETWEEN {low} AND {high}")),
            _ => and(
                compare(&name, Operator::AtLeast, low),
                compare(&name, Operator::AtMost, high),
                "AND",
            ),
        },
        Test::IsNull => Clause::exact(format!("{name} IS NULL")),
        Test::IsNotNull => Clause::exact(format!("{name} IS NOT NULL")),
        Test::Like { pattern, negated } => {
            let word = if *negated { "NOT LIKE" } else { "LIKE" };
            Clause::exact(format!("{name} {word} {}", like(pattern)))
        }
    }
}

/// The constant, if comparing with it means the same here and in the engine.
///
/// The two zeros of a float are one to Trino and two to the engine.
fn sharp(value: &Literal) -> Option<String> {
    match value {
        Literal::Float(number) if *number == 0.0 => None,
        value => literal(value),
    }
}

fn compare(name: &str, operator: Operator, value: &Literal) -> Clause {
    if let Some(constant) = sharp(value) {
        return Clause::exact(format!("{name} {} {constant}", symbol(operator)));
    }
    match value {
        Literal::Float(number) if *number == 0.0 => match operator {
            Operator::Equal => Clause::rough(format!("{name} = 0E0")),
            Operator::NotEqual => Clause::Unsaid,
            Operator::Less | Operator::AtMost => Clause::rough(format!("{name} <= 0E0")),
            Operator::Greater | Operator::AtLeast => Clause::rough(format!("{name} >= 0E0")),
        },
        Literal::Timestamp(micros) => between_millis(name, operator, *micros),
        _ => Clause::Unsaid,
    }
}

/// A comparison with an instant between two milliseconds, rounded outwards.
fn between_millis(name: &str, operator: Operator, micros: i64) -> Clause {
    let before = micros - micros.rem_euclid(MILLI);
    let side = |symbol: &str, micros: i64| match literal(&Literal::Timestamp(micros)) {
        Some(constant) => Clause::rough(format!("{name} {symbol} {constant}")),
        None => Clause::Unsaid,
    };
    let (above, below) = (side(">", before), side("<", before + MILLI));
    match operator {
        Operator::Greater | Operator::AtLeast => above,
        Operator::Less | Operator::AtMost => below,
        Operator::Equal => and(above, below, "AND"),
        // Leaving out a single instant is not worth finding too few rows.
        Operator::NotEqual => Clause::Unsaid,
    }
}

fn any(name: &str, values: &[Literal]) -> Clause {
    let mut exact = true;
    let (mut constants, mut parts) = (Vec::new(), Vec::new());
    for value in values.iter().filter(|value| **value != Literal::Null) {
        match (sharp(value), compare(name, Operator::Equal, value)) {
            (Some(constant), _) => constants.push(constant),
            (None, Clause::Said { text, .. }) => {
                exact = false;
                parts.push(text);
            }
            (None, Clause::Unsaid) => return Clause::Unsaid,
        }
    }
    let mut lists: Vec<String> = match constants.as_slice() {
        [one] => vec![format!("{name} = {one}")],
        many => many
            .chunks(LIST)
            .map(|run| format!("{name} IN ({})", run.join(", ")))
            .collect(),
    };
    lists.append(&mut parts);
    let text = match lists.as_slice() {
        [one] => one.clone(),
        many => format!("({})", many.join(" OR ")),
    };
    Clause::Said { text, exact }
}

/// What cannot be said is not excluded.
fn none(name: &str, values: &[Literal]) -> Clause {
    let constants: Vec<String> = values.iter().filter_map(sharp).collect();
    let text = match constants.as_slice() {
        [] => return Clause::Unsaid,
        [one] => format!("{name} <> {one}"),
        many => many
            .chunks(LIST)
            .map(|run| format!("{name} NOT IN ({})", run.join(", ")))
            .collect::<Vec<_>>()
            .join(" AND "),
    };
    Clause::Said {
        text,
        exact: constants.len() == values.len(),
    }
}

/// The pattern behind LIKE. Trino has no escape character unless the statement names one.
#[must_use]
pub fn like(pattern: &Pattern) -> String {
    let escape = pattern
        .parts()
        .iter()
        .any(|part| matches!(part, Part::Text(text) if text.contains(['%', '_'])));
    let mut spelt = String::new();
    for part in pattern.parts() {
        match part {
            Part::One => spelt.push('_'),
            Part::Run => spelt.push('%'),
            Part::Text(words) => {
                for letter in words.chars() {
                    if escape && matches!(letter, '%' | '_' | '\\') {
                        spelt.push('\\');
                    }
                    spelt.push(letter);
                }
            }
        }
    }
    let constant = text(&spelt);
    if escape {
        format!("{constant} ESCAPE '\\'")
    } else {
        constant
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::NotEqual => "<>",
        Operator::Less => "<",
        Operator::AtMost => "<=",
        Operator::Greater => ">",
        Operator::AtLeast => ">=",
    }
}
