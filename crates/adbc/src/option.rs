//! Values of options, as callers give them and as they get them back.

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::OptionValue;

use crate::failure::refused;

/// The text of an option; numbers are taken as they are written.
///
/// # Errors
/// `InvalidArguments` for bytes.
pub(crate) fn text(key: &str, value: OptionValue) -> Result<String> {
    match value {
        OptionValue::String(text) => Ok(text),
        OptionValue::Int(number) => Ok(number.to_string()),
        OptionValue::Double(number) => Ok(number.to_string()),
        _ => Err(misfit(key, "a text")),
    }
}

/// # Errors
/// `InvalidArguments` for anything but `true` and `false`.
pub(crate) fn flag(key: &str, value: OptionValue) -> Result<bool> {
    match text(key, value)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(misfit(key, "true or false")),
    }
}

/// # Errors
/// `InvalidArguments` for anything but a whole number.
pub(crate) fn number<T: TryFrom<i64>>(key: &str, value: OptionValue) -> Result<T> {
    let number = match value {
        OptionValue::Int(number) => Some(number),
        OptionValue::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| misfit(key, "a whole number"))
}

/// A value that does not fit. It is not repeated: it may be a password that stands in the wrong place.
pub(crate) fn misfit(key: &str, wanted: &str) -> Error {
    refused(
        Status::InvalidArguments,
        format!("the value of the option `{key}` does not fit"),
        format!("give {wanted}"),
    )
}

/// An option that is not known. Driver managers expect this status, and go on.
pub(crate) fn unknown(key: &str, of: &str, known: &[&str]) -> Error {
    refused(
        Status::NotImplemented,
        format!("a {of} has no option `{key}`"),
        format!("options of a {of}: {}", known.join(", ")),
    )
}

/// An option whose value is not known, or is of another type.
pub(crate) fn nothing(key: &str, of: &str) -> Error {
    refused(
        Status::NotFound,
        format!("the option `{key}` of this {of} has no value of this type"),
        "ask for it as a text",
    )
}
