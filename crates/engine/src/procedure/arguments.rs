//! What a procedure is told: checked values, by the parameter they are for.
//!
//! It refuses to show a secret, in errors and in plans alike.

use std::fmt;

use datafusion::common::ScalarValue;
use zuzen_rest::Secret;

use super::declared::{Holds, Parameter, Procedure, Required};
use super::forms::SHORTEST_SECRET;
use crate::error::{Error, Kind};

/// The arguments of one call.
#[derive(Clone)]
pub(crate) struct Arguments {
    procedure: &'static Procedure,
    /// One for each parameter; nothing if it was not given.
    values: Vec<Option<Value>>,
}

/// A checked argument.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Flag(bool),
    Secret(Secret),
}

impl Arguments {
    pub(crate) fn none(procedure: &'static Procedure) -> Self {
        Self {
            procedure,
            values: procedure.parameters.iter().map(|_| None).collect(),
        }
    }

    /// The text, word or address of this parameter, else its default.
    pub(crate) fn text(&self, parameter: &str) -> Option<&str> {
        let (declared, value) = self.at(parameter)?;
        match value {
            Some(Value::Text(text)) => Some(text),
            None if !declared.is_secret() => declared.default,
            _ => None,
        }
    }

    /// The flag of this parameter, else its default.
    pub(crate) fn flag(&self, parameter: &str) -> Option<bool> {
        let (declared, value) = self.at(parameter)?;
        match value {
            Some(Value::Flag(flag)) => Some(*flag),
            None => flag_of(declared.default?),
            _ => None,
        }
    }

    /// The secret of this parameter.
    pub(crate) fn secret(&self, parameter: &str) -> Option<&Secret> {
        match self.at(parameter)? {
            (_, Some(Value::Secret(secret))) => Some(secret),
            _ => None,
        }
    }

    fn at(&self, parameter: &str) -> Option<(&'static Parameter, Option<&Value>)> {
        let mut all = self.procedure.parameters.iter().zip(&self.values);
        let (declared, value) = all.find(|(declared, _)| declared.name == parameter)?;
        Some((declared, value.as_ref()))
    }

    /// Sets the parameter at this place to a constant; NULL stands for nothing given.
    ///
    /// # Errors
    /// `Sql` if the parameter cannot hold it.
    pub(super) fn set(
        &mut self,
        place: usize,
        constant: &ScalarValue,
        of: &str,
    ) -> Result<(), Error> {
        let parameter = self.procedure.parameters.get(place);
        if let (Some(parameter), Some(value)) = (parameter, self.values.get_mut(place)) {
            *value = read(parameter, constant)
                .map_err(|refusal| refuse(parameter, of, &refusal, constant))?;
        }
        Ok(())
    }

    /// The first parameter that must be given and is not.
    pub(super) fn missing(&self) -> Option<&'static Parameter> {
        let all = self.procedure.parameters.iter().zip(&self.values);
        let mut absent = all.filter(|(_, value)| value.is_none());
        let needed = |required: Required| match required {
            Required::Never => false,
            Required::Always => true,
            Required::With(other, word) => self.text(other) == Some(word),
        };
        absent
            .find(|(parameter, _)| needed(parameter.required))
            .map(|(parameter, _)| parameter)
    }

    /// Those that were given, as they may be shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = (usize, String)> {
        let places = self.values.iter().enumerate();
        places.filter_map(|(place, value)| {
            let value = match value.as_ref()? {
                Value::Text(text) => quoted(text),
                Value::Flag(flag) => flag.to_string(),
                Value::Secret(secret) => format!("{secret:?}"),
            };
            Some((place, value))
        })
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.shown().filter_map(|(place, value)| {
            let parameter = self.procedure.parameters.get(place)?;
            Some(format!("{} => {value}", parameter.name))
        });
        write!(out, "({})", shown.collect::<Vec<_>>().join(", "))
    }
}

/// Text as SQL writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Why a value does not fit.
enum Refusal {
    Type,
    Empty,
    Word,
    Address,
}

fn read(parameter: &Parameter, constant: &ScalarValue) -> Result<Option<Value>, Refusal> {
    if constant.is_null() {
        return Ok(None);
    }
    let text = match constant {
        ScalarValue::Boolean(Some(flag)) if parameter.holds == Holds::Flag => {
            return Ok(Some(Value::Flag(*flag)));
        }
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => text,
        _ => return Err(Refusal::Type),
    };
    if text.trim().is_empty() && parameter.holds != Holds::Text {
        return Err(Refusal::Empty);
    }
    Ok(Some(match parameter.holds {
        Holds::Text => Value::Text(text.clone()),
        Holds::Secret => Value::Secret(Secret::new(text.clone())),
        Holds::Flag => Value::Flag(flag_of(text).ok_or(Refusal::Type)?),
        Holds::Word(words) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            Value::Text((*word.ok_or(Refusal::Word)?).to_owned())
        }
        Holds::Address => match url::Url::parse(text) {
            Ok(_) => Value::Text(text.clone()),
            Err(_) => return Err(Refusal::Address),
        },
    }))
}

/// EXECUTE is often written with all values as text.
fn flag_of(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

fn refuse(parameter: &Parameter, of: &str, refusal: &Refusal, constant: &ScalarValue) -> Error {
    let name = parameter.name;
    // A long one may be a secret that was given in the wrong place.
    let shown = constant.to_string();
    let value = match parameter.holds {
        Holds::Secret => String::new(),
        _ if shown.chars().count() >= SHORTEST_SECRET => String::new(),
        _ => format!(": {shown} does not fit"),
    };
    let expected = match parameter.holds {
        Holds::Flag => "true or false".to_owned(),
        Holds::Word(words) => words.join(" or "),
        Holds::Text | Holds::Secret => "text in single quotes".to_owned(),
        Holds::Address => "an absolute address such as 'https://example.com/callback'".to_owned(),
    };
    let what = match refusal {
        Refusal::Type | Refusal::Word | Refusal::Address => "has a value of the wrong kind",
        Refusal::Empty => "is empty",
    };
    let message = format!("the argument `{name}` of {of} {what}{value}");
    Error::new(Kind::Sql, message).with_hint(format!("{name} takes {expected}"))
}
