//! Values in results of jobs, appended to their columns.
//!
//! Services write more freely into results than into pages: truth values as text, times without a zone,
//! numbers that are none. Each form is read here or refused; only a null becomes NULL.

use super::builder::{Builder, has_room};
use super::error::Misfit;
use super::{number, text, time};

impl Builder {
    /// Appends a JSON value.
    #[inline]
    pub(super) fn append_result(&mut self, json: &str) -> Result<(), Misfit> {
        if json == "null" {
            self.append_null();
            return Ok(());
        }
        match self {
            Self::Float64(builder) => {
                let number = match text::literal(json) {
                    Some(literal) => number::float_or_word(&text::plain(literal)?)?,
                    None => number::float(json)?,
                };
                builder.append_value(number);
            }
            Self::Boolean(builder) => {
                let truth = match text::literal(json) {
                    Some(literal) => truth(&text::plain(literal)?)?,
                    None => match json {
                        "true" => true,
                        "false" => false,
                        _ => return Err(Misfit::Boolean),
                    },
                };
                builder.append_value(truth);
            }
            Self::Timestamp(builder) => {
                let literal = text::literal(json).ok_or(Misfit::Timestamp)?;
                builder.append_value(time::instant(&text::plain(literal)?)?);
            }
            Self::Date(builder) => {
                let literal = text::literal(json).ok_or(Misfit::Date)?;
                builder.append_value(time::day(&text::plain(literal)?)?);
            }
            Self::Integers(_) | Self::Texts(_) => {
                return self.append(json).map_err(|refused| refused.misfit);
            }
            // Integers, decimals, text and json are written as in pages.
            other => return other.append_scalar(json),
        }
        Ok(())
    }

    /// Appends the text of a field that is not null.
    #[inline]
    pub(super) fn append_field(&mut self, field: &str) -> Result<(), Misfit> {
        match self {
            Self::Text(builder) | Self::Json(builder) => {
                has_room(builder, field)?;
                builder.append_value(field);
            }
            Self::Int64(builder) => builder.append_value(number::integer(field)?),
            Self::Float64(builder) => builder.append_value(number::float_or_word(field)?),
            Self::Decimal(builder, precision, scale) => {
                builder.append_value(number::decimal(field, *precision, *scale)?);
            }
            Self::Boolean(builder) => builder.append_value(match field {
                "1" => true,
                "0" => false,
                word => truth(word)?,
            }),
            Self::Timestamp(builder) => builder.append_value(time::instant(field)?),
            Self::Date(builder) => builder.append_value(time::day(field)?),
            Self::Integers(_) | Self::Texts(_) => return Err(Misfit::List),
        }
        Ok(())
    }

    /// Whether its values are text, of which "" is one.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

fn truth(word: &str) -> Result<bool, Misfit> {
    if word.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if word.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(Misfit::Boolean)
    }
}
