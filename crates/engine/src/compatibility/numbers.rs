//! Numbers of other drivers. `log` stays what it is here, to base 10 as in PostgreSQL: another meaning of a function that
//! exists would change answers without a word.

use super::definition::{Definition, absent, depends, is};
use super::native::{Cell, Gives, Native, Takes, Value};

pub(super) const DEFINITIONS: &[Definition] = &[
    is("atn2", &["atan2($1, $2)"]),
    is("ceiling", &["ceil($1)"]),
    is("hex", &["hexadecimal($1)"]),
    is("mod", &["($1 % $2)"]),
    is("negate", &["(-$1)"]),
    is("rand", &["random()"]),
    depends("round", |arguments| {
        let cuts = "CASE WHEN $3 = 0 THEN round($1, $2) ELSE trunc($1, $2) END";
        Ok((arguments.len() == 3).then_some(cuts))
    }),
    is("sign", &["signum($1)"]),
    is("square", &["power($1, 2)"]),
    absent("expr", "write the expression itself"),
];

pub(super) const NATIVES: &[Native] = &[Native {
    name: "hexadecimal",
    takes: &[Takes::TextOrWhole],
    least: 1,
    gives: Gives::Text,
    call: hexadecimal,
}];

/// A whole number in base 16, or the bytes of a text.
fn hexadecimal(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    Ok(match row {
        [Cell::Whole(number)] => Some(Value::Text(format!("{number:X}"))),
        [Cell::Text(text)] => {
            let bytes = text.bytes().map(|byte| format!("{byte:02X}"));
            Some(Value::Text(bytes.collect()))
        }
        _ => None,
    })
}
