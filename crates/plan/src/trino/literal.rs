//! Names and constants in Trino's spelling.

use crate::remote::{Literal, civil, instant};

/// Microseconds in the finest step that Zuora's index understands. Six digits are legal, but turn the index off.
pub(super) const MILLI: i64 = 1_000;

/// A quoted name: Zuora keeps all names in lower case.
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.to_lowercase().replace('"', "\"\""))
}

/// A text constant. A backslash is an ordinary character, except in the form that spells control characters by
/// their number, which keeps them out of logs and terminals.
#[must_use]
pub fn text(text: &str) -> String {
    if !text.contains(char::is_control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut spelt = String::from("U&'");
    for letter in text.chars() {
        match letter {
            '\'' => spelt.push_str("''"),
            '\\' => spelt.push_str("\\\\"),
            letter if letter.is_control() => {
                spelt.push_str(&format!("\\{:04X}", u32::from(letter)));
            }
            letter => spelt.push(letter),
        }
    }
    spelt.push('\'');
    spelt
}

/// A constant that means exactly the value; `None` where there is none: a float that is not finite, a year of more
/// than four digits, an instant between two milliseconds.
#[must_use]
pub fn literal(value: &Literal) -> Option<String> {
    Some(match value {
        Literal::Null => "NULL".to_owned(),
        // The sign is an operator: its operand alone would be out of range.
        Literal::Int(i64::MIN) => format!("BIGINT '{}'", i64::MIN),
        Literal::Int(number) => number.to_string(),
        // Without an exponent it would be a decimal.
        Literal::Float(number) if number.is_finite() => format!("{number:E}"),
        Literal::Float(_) => return None,
        Literal::Decimal(number) => format!("DECIMAL '{number}'"),
        Literal::Text(words) => text(words),
        Literal::Bool(true) => "TRUE".to_owned(),
        Literal::Bool(false) => "FALSE".to_owned(),
        Literal::Date(days) => format!("DATE '{}'", civil(*days)?),
        Literal::Timestamp(micros) if micros % MILLI == 0 => {
            let time = instant(*micros)?.format("%Y-%m-%d %H:%M:%S%.3f");
            format!("TIMESTAMP '{time} +00:00'")
        }
        Literal::Timestamp(_) => return None,
    })
}
