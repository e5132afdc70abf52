//! Values that a script is told on the command line: `-v name=value`, and those behind `--`.
//!
//! They are bound as parameters, so that no value ever becomes SQL. What a value is shows in how it is written, as in
//! SQL: `42`, `4.20`, `true`, `NULL` and `2026-01-31` are a number, a decimal, a boolean, NULL and a day; what stands
//! in single quotes, and everything else, is text.

use zuzen_engine::{Parameters, ScalarValue};

/// A value by its name. It may be a secret, so it has neither `Debug` nor `Display`.
#[derive(Clone)]
pub(crate) struct Variable {
    /// `None` where no name was given: clap would repeat a text that is refused, secrets included.
    pub(crate) name: Option<String>,
    pub(crate) value: String,
}

impl From<&str> for Variable {
    fn from(text: &str) -> Self {
        let split = text.split_once('=');
        let named = split.filter(|(name, _)| is_name(name.trim()));
        match named {
            Some((name, value)) => Self {
                name: Some(name.trim().to_owned()),
                value: value.to_owned(),
            },
            None => Self {
                name: None,
                value: String::new(),
            },
        }
    }
}

/// Whether this can stand behind `:` in SQL.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// A value without a name. It may be a secret as well.
#[derive(Clone)]
pub(crate) struct Given(pub(crate) String);

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The values for all statements of a run; a name that is given twice has its last value.
pub(crate) fn parameters(variables: &[Variable], given: &[Given]) -> Parameters {
    let positional = Parameters::positional(given.iter().map(|given| read(&given.0)));
    variables
        .iter()
        .fold(positional, |all, variable| match &variable.name {
            Some(name) => all.with(name.as_str(), read(&variable.value)),
            None => all,
        })
}

/// The value that a text is.
fn read(text: &str) -> ScalarValue {
    let quoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    if let Some(inside) = quoted {
        return ScalarValue::from(inside.replace("''", "'"));
    }
    match text {
        "true" => ScalarValue::from(true),
        "false" => ScalarValue::from(false),
        "NULL" => ScalarValue::Null,
        _ => number(text)
            .or_else(|| day(text))
            .unwrap_or_else(|| ScalarValue::from(text)),
    }
}

/// A number, unless digits would be lost: `007` is a code, and so is what is longer than any number.
fn number(text: &str) -> Option<ScalarValue> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let are_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    if !are_digits(whole) || !fraction.is_none_or(are_digits) {
        return None;
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let Some(fraction) = fraction else {
        return text.parse::<i64>().ok().map(ScalarValue::from);
    };
    let digits = format!("{whole}{fraction}");
    let precision = u8::try_from(digits.len())
        .ok()
        .filter(|digits| *digits <= 38)?;
    let scale = i8::try_from(fraction.len()).ok()?;
    let units: i128 = digits.parse().ok()?;
    let signed = if text.starts_with('-') { -units } else { units };
    Some(ScalarValue::Decimal128(Some(signed), precision, scale))
}

/// A day as `2026-01-31`.
fn day(text: &str) -> Option<ScalarValue> {
    let is_day = text.len() == 10
        && text.bytes().enumerate().all(|(place, letter)| match place {
            4 | 7 => letter == b'-',
            _ => letter.is_ascii_digit(),
        });
    let date = arrow::datatypes::DataType::Date32;
    is_day
        .then(|| ScalarValue::try_from_string(text.to_owned(), &date).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_looks_like() {
        let text = |text: &str| ScalarValue::from(text);
        for (given, expected) in [
            ("42", ScalarValue::from(42_i64)),
            ("-7", ScalarValue::from(-7_i64)),
            ("0", ScalarValue::from(0_i64)),
            ("007", text("007")),
            ("99999999999999999999", text("99999999999999999999")),
            ("4.20", ScalarValue::Decimal128(Some(420), 3, 2)),
            ("-0.5", ScalarValue::Decimal128(Some(-5), 2, 1)),
            ("1.", text("1.")),
            (".5", text(".5")),
            ("1e3", text("1e3")),
            ("true", ScalarValue::from(true)),
            ("TRUE", text("TRUE")),
            ("NULL", ScalarValue::Null),
            ("null", text("null")),
            ("2026-01-31", ScalarValue::Date32(Some(20_484))),
            ("2026-02-31", text("2026-02-31")),
            ("2026-01-31T10:00:00Z", text("2026-01-31T10:00:00Z")),
            ("'42'", text("42")),
            ("'it''s'", text("it's")),
            ("''", text("")),
            ("", text("")),
            ("' OR 1=1 --", text("' OR 1=1 --")),
            ("製品・その他", text("製品・その他")),
        ] {
            assert_eq!(read(given), expected, "{given}");
        }
    }

    #[test]
    fn a_variable_has_a_name_that_sql_can_say() {
        for (given, name, value) in [
            ("status=open", Some("status"), "open"),
            ("since = 2026-01-01", Some("since"), " 2026-01-01"),
            ("q=a=b", Some("q"), "a=b"),
            ("q=", Some("q"), ""),
            ("顧客=Acme", Some("顧客"), "Acme"),
            ("status", None, ""),
            ("1=2", None, ""),
            ("a b=c", None, ""),
            ("=c", None, ""),
        ] {
            let variable = Variable::from(given);
            assert_eq!(variable.name.as_deref(), name, "{given}");
            assert_eq!(variable.value, value, "{given}");
        }
    }
}
