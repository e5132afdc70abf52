//! JSON values into Arrow arrays: one builder per column, one appended value per row.
//!
//! A builder takes the text of a JSON value, as it stands in the answer. What its type cannot hold is
//! refused; nothing becomes NULL but JSON's null.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use zuzen_plan::value::{Type, Value};

use super::error::{Misfit, cut};
use super::{arrow_type, number, text, time};

/// How much a column of the last page took: the next page gets as much from the start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    rows: usize,
    bytes: usize,
}

/// The growing array of a column.
#[derive(Debug)]
pub(super) enum Builder {
    Int64(Int64Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder, u8, u8),
    Boolean(BooleanBuilder),
    Text(StringBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Json(StringBuilder),
    Integers(ListBuilder<Int64Builder>),
    Texts(ListBuilder<StringBuilder>),
}

/// Why a value was refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// Which item of a list it was.
    pub(super) item: Option<usize>,
    /// The beginning of the value.
    pub(super) json: String,
    /// What is wrong with it.
    pub(super) misfit: Misfit,
}

impl Refused {
    fn new(json: &str, misfit: Misfit) -> Self {
        Self {
            item: None,
            json: cut(json),
            misfit,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.json, self.misfit)
    }
}

impl Builder {
    /// An empty array; `None` for types that no table can declare.
    pub(super) fn new(kind: &Type, room: Room) -> Option<Self> {
        let Room { rows, bytes } = room;
        Some(match kind {
            Type::Int64 => Self::Int64(Int64Builder::with_capacity(rows)),
            Type::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            Type::Decimal { precision, scale } => Self::Decimal(
                Decimal128Builder::with_capacity(rows)
                    .with_precision_and_scale(*precision, i8::try_from(*scale).ok()?)
                    .ok()?,
                *precision,
                *scale,
            ),
            Type::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            Type::Text => Self::Text(StringBuilder::with_capacity(rows, bytes)),
            Type::Timestamp => Self::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(arrow_type(kind)),
            ),
            Type::Date => Self::Date(Date32Builder::with_capacity(rows)),
            Type::Json => Self::Json(StringBuilder::with_capacity(rows, bytes)),
            Type::List(item) => match **item {
                Type::Int64 => {
                    Self::Integers(ListBuilder::with_capacity(Int64Builder::new(), rows))
                }
                Type::Text => Self::Texts(ListBuilder::with_capacity(StringBuilder::new(), rows)),
                _ => return None,
            },
        })
    }

    /// Appends a JSON value.
    #[inline]
    pub(super) fn append(&mut self, json: &str) -> Result<(), Refused> {
        if json == "null" {
            self.append_null();
            return Ok(());
        }
        match self {
            Self::Integers(builder) => {
                append_items(json, |item| {
                    let number = (item != "null").then(|| integer(item)).transpose()?;
                    builder.values().append_option(number);
                    Ok(())
                })?;
                builder.append(true);
                Ok(())
            }
            Self::Texts(builder) => {
                append_items(json, |item| match item {
                    "null" => {
                        builder.values().append_null();
                        Ok(())
                    }
                    item => append_text(builder.values(), item),
                })?;
                builder.append(true);
                Ok(())
            }
            scalar => scalar
                .append_scalar(json)
                .map_err(|misfit| Refused::new(json, misfit)),
        }
    }

    /// Appends the value of a custom field, or the word that stands for it.
    pub(super) fn append_custom(
        &mut self,
        json: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<(), Refused> {
        match self {
            Self::Text(builder) if !labels.is_empty() => {
                let value = text::literal(json).and_then(|literal| text::plain(literal).ok());
                match value.and_then(|value| labels.get(value.as_ref())) {
                    Some(label) => {
                        builder.append_value(label);
                        Ok(())
                    }
                    None => self.append(json),
                }
            }
            Self::Text(_) | Self::Json(_) => self.append(json),
            _ if json == "\"\"" => {
                self.append_null();
                Ok(())
            }
            Self::Boolean(_) => self
                .append_result(json)
                .map_err(|misfit| Refused::new(json, misfit)),
            _ => self.append(json),
        }
    }

    #[inline]
    pub(super) fn append_scalar(&mut self, json: &str) -> Result<(), Misfit> {
        match self {
            Self::Int64(builder) => builder.append_value(integer(json)?),
            Self::Float64(builder) => builder.append_value(number::float(&number_text(json)?)?),
            Self::Decimal(builder, precision, scale) => {
                let text = number_text(json)?;
                builder.append_value(number::decimal(&text, *precision, *scale)?);
            }
            Self::Boolean(builder) => builder.append_value(match json {
                "true" => true,
                "false" => false,
                _ => return Err(Misfit::Boolean),
            }),
            Self::Text(builder) => append_text(builder, json)?,
            Self::Timestamp(builder) => {
                let literal = text::literal(json).ok_or(Misfit::Timestamp)?;
                builder.append_value(time::timestamp(&text::plain(literal)?)?);
            }
            Self::Date(builder) => {
                let literal = text::literal(json).ok_or(Misfit::Date)?;
                builder.append_value(time::date(&text::plain(literal)?)?);
            }
            Self::Json(builder) => {
                has_room(builder, json)?;
                builder.append_value(json);
            }
            // Lists are appended item by item.
            Self::Integers(_) | Self::Texts(_) => return Err(Misfit::List),
        }
        Ok(())
    }

    /// Appends NULL.
    pub(super) fn append_null(&mut self) {
        match self {
            Self::Int64(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Decimal(builder, ..) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Text(builder) | Self::Json(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Integers(builder) => builder.append_null(),
            Self::Texts(builder) => builder.append_null(),
        }
    }

    /// Appends a bound value. Only values that [`Value::fits`] the column come here; any other would be NULL.
    pub(super) fn append_value(&mut self, value: &Value) {
        match (self, value) {
            (Self::Int64(builder), Value::Int(number)) => builder.append_value(*number),
            (Self::Float64(builder), Value::Float(number)) => builder.append_value(*number),
            (Self::Boolean(builder), Value::Bool(truth)) => builder.append_value(*truth),
            (Self::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Timestamp(builder), Value::Timestamp(micros)) => builder.append_value(*micros),
            (Self::Date(builder), Value::Date(days)) => builder.append_value(*days),
            (builder, _) => builder.append_null(),
        }
    }

    /// What this column took, and an eighth more.
    pub(super) fn room(&self, rows: usize) -> Room {
        let bytes = match self {
            Self::Text(builder) | Self::Json(builder) => builder.values_slice().len(),
            _ => 0,
        };
        Room {
            rows,
            bytes: bytes + bytes / 8,
        }
    }

    /// The array.
    pub(super) fn finish(mut self) -> ArrayRef {
        match &mut self {
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, ..) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Text(builder) | Self::Json(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Integers(builder) => Arc::new(builder.finish()),
            Self::Texts(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Zendesk sends whole numbers of custom fields as numbers or as strings of digits.
fn integer(json: &str) -> Result<i64, Misfit> {
    match text::literal(json) {
        Some(literal) => number::integer_text(&text::plain(literal)?),
        None => number::integer(json),
    }
}

fn number_text(json: &str) -> Result<Cow<'_, str>, Misfit> {
    match text::literal(json) {
        Some(literal) => text::plain(literal),
        None => Ok(Cow::Borrowed(json)),
    }
}

/// A number or truth value where text is declared is its own text: `via.channel` is a number in old
/// tickets of Zendesk.
fn append_text(builder: &mut StringBuilder, json: &str) -> Result<(), Misfit> {
    has_room(builder, json)?;
    match text::literal(json) {
        Some(literal) if !literal.as_bytes().contains(&b'\\') => builder.append_value(literal),
        Some(literal) => {
            // Pieces written to the builder belong to the value that is appended next.
            text::unescape(literal, builder)?;
            builder.append_value("");
        }
        None if json.starts_with(['[', '{']) => return Err(Misfit::Text),
        None => builder.append_value(json),
    }
    Ok(())
}

/// Arrow's offsets are 32 bits wide and its builder panics beyond them.
pub(super) fn has_room(builder: &StringBuilder, json: &str) -> Result<(), Misfit> {
    match i32::try_from(builder.values_slice().len() + json.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Misfit::TooMuchText),
    }
}

/// Calls `append` with every item of a JSON list.
fn append_items<'a>(
    json: &'a str,
    append: impl FnMut(&'a str) -> Result<(), Misfit>,
) -> Result<(), Refused> {
    if json == "[]" {
        return Ok(());
    }
    if !json.starts_with('[') {
        return Err(Refused::new(json, Misfit::List));
    }
    let mut refused = None;
    let items = Items {
        append,
        refused: &mut refused,
    };
    let read = serde_json::Deserializer::from_str(json).deserialize_seq(items);
    read.map_err(|_| refused.unwrap_or_else(|| Refused::new(json, Misfit::List)))
}

struct Items<'r, F> {
    append: F,
    refused: &'r mut Option<Refused>,
}

impl<'a, F: FnMut(&'a str) -> Result<(), Misfit>> Visitor<'a> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
        let mut item = 0;
        while let Some(value) = list.next_element::<&RawValue>()? {
            (self.append)(value.get()).map_err(|misfit| {
                *self.refused = Some(Refused {
                    item: Some(item),
                    ..Refused::new(value.get(), misfit)
                });
                A::Error::custom(misfit)
            })?;
            item += 1;
        }
        Ok(())
    }
}
