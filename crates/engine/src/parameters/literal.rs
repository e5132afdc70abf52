//! A value as SQL says it: an expression without columns that is this value, with its type.
//!
//! Text, whole numbers, booleans and NULL are plain literals, which every clause takes. Others are casts of one. Two
//! things are said otherwise than given: text is `Utf8` whatever its layout, and a dictionary's value stands for itself.

use arrow::array::{Array as _, ArrayRef};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::ast::{Array, Expr, UnaryOperator, Value};

use crate::compatibility::call;
use crate::error::{Error, Kind};

/// The expression that is this value.
///
/// # Errors
/// `Unsupported` for a type that nothing says, with what follows "the value …".
pub(super) fn literal(value: &ScalarValue) -> Result<Expr, Error> {
    if let ScalarValue::Dictionary(_, inner) | ScalarValue::RunEndEncoded(_, _, inner) = value {
        return literal(inner);
    }
    let kind = value.data_type();
    if kind == DataType::Null {
        return Ok(plain(Value::Null));
    }
    if value.is_null() {
        let kind = match kind.is_string() {
            true => DataType::Utf8,
            false => kind,
        };
        return Ok(typed(plain(Value::Null), &kind));
    }
    Ok(match value {
        ScalarValue::Boolean(Some(flag)) => plain(Value::Boolean(*flag)),
        ScalarValue::Int64(Some(number)) => whole(*number),
        ScalarValue::Int8(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::Int16(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::Int32(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::UInt8(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::UInt16(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::UInt32(Some(number)) => typed(whole((*number).into()), &kind),
        ScalarValue::UInt64(Some(number)) => {
            typed(plain(Value::Number(number.to_string(), false)), &kind)
        }
        ScalarValue::Float16(Some(number)) => typed(text(&number.to_string()), &kind),
        // The shortest digits that are read as the same number again.
        ScalarValue::Float32(Some(number)) => typed(text(&format!("{number:e}")), &kind),
        ScalarValue::Float64(Some(number)) => typed(text(&format!("{number:e}")), &kind),
        ScalarValue::Decimal32(..)
        | ScalarValue::Decimal64(..)
        | ScalarValue::Decimal128(..)
        | ScalarValue::Decimal256(..) => typed(text(&digits(value)?), &kind),
        ScalarValue::Utf8(Some(letters))
        | ScalarValue::Utf8View(Some(letters))
        | ScalarValue::LargeUtf8(Some(letters)) => text(letters),
        ScalarValue::Binary(Some(bytes)) => binary(bytes),
        ScalarValue::BinaryView(Some(bytes))
        | ScalarValue::LargeBinary(Some(bytes))
        | ScalarValue::FixedSizeBinary(_, Some(bytes)) => typed(binary(bytes), &kind),
        ScalarValue::Date32(Some(days)) => {
            typed(typed(whole((*days).into()), &DataType::Int32), &kind)
        }
        ScalarValue::Time32Second(Some(number)) | ScalarValue::Time32Millisecond(Some(number)) => {
            typed(typed(whole((*number).into()), &DataType::Int32), &kind)
        }
        ScalarValue::IntervalYearMonth(Some(months)) => {
            typed(typed(whole((*months).into()), &DataType::Int32), &kind)
        }
        ScalarValue::IntervalDayTime(Some(length)) => typed(
            text(&format!(
                "{} days {} milliseconds",
                length.days, length.milliseconds
            )),
            &kind,
        ),
        ScalarValue::IntervalMonthDayNano(Some(length)) => typed(
            text(&format!(
                "{} months {} days {} nanoseconds",
                length.months, length.days, length.nanoseconds
            )),
            &kind,
        ),
        ScalarValue::Date64(Some(number))
        | ScalarValue::Time64Microsecond(Some(number))
        | ScalarValue::Time64Nanosecond(Some(number))
        | ScalarValue::TimestampSecond(Some(number), _)
        | ScalarValue::TimestampMillisecond(Some(number), _)
        | ScalarValue::TimestampMicrosecond(Some(number), _)
        | ScalarValue::TimestampNanosecond(Some(number), _)
        | ScalarValue::DurationSecond(Some(number))
        | ScalarValue::DurationMillisecond(Some(number))
        | ScalarValue::DurationMicrosecond(Some(number))
        | ScalarValue::DurationNanosecond(Some(number)) => typed(whole(*number), &kind),
        ScalarValue::Struct(fields) => {
            let mut arguments = Vec::new();
            for (field, column) in fields.fields().iter().zip(fields.columns()) {
                arguments.push(text(field.name()));
                arguments.push(at(column, 0)?);
            }
            typed(call("named_struct", arguments), &kind)
        }
        _ => match elements(value)? {
            Some(elements) => {
                let list = Array {
                    elem: elements,
                    named: false,
                };
                typed(Expr::Array(list), &kind)
            }
            None => {
                let message = format!("has the type {kind}, which cannot be bound");
                return Err(Error::new(Kind::Unsupported, message).with_hint(
                    "give a number, a text, a date, a time, bytes, or a list of one of them",
                ));
            }
        },
    })
}

/// The elements of a list; `None` for what is no list, and for NULL.
///
/// # Errors
/// As [`literal`].
pub(super) fn elements(value: &ScalarValue) -> Result<Option<Vec<Expr>>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    let all: ArrayRef = match value {
        ScalarValue::List(list) => list.value(0),
        ScalarValue::LargeList(list) => list.value(0),
        ScalarValue::FixedSizeList(list) => list.value(0),
        ScalarValue::ListView(list) => list.value(0),
        ScalarValue::LargeListView(list) => list.value(0),
        _ => return Ok(None),
    };
    let each = (0..all.len()).map(|place| at(&all, place));
    each.collect::<Result<Vec<_>, _>>().map(Some)
}

fn at(values: &ArrayRef, place: usize) -> Result<Expr, Error> {
    literal(&ScalarValue::try_from_array(values, place)?)
}

fn plain(value: Value) -> Expr {
    Expr::value(value)
}

fn text(letters: &str) -> Expr {
    plain(Value::SingleQuotedString(letters.to_owned()))
}

fn whole(number: i64) -> Expr {
    let digits = plain(Value::Number(number.unsigned_abs().to_string(), false));
    match number < 0 {
        false => digits,
        // In parentheses, because two signs in a row begin a comment where the statement is written down.
        true => Expr::Nested(Box::new(Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(digits),
        })),
    }
}

fn binary(bytes: &[u8]) -> Expr {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    plain(Value::HexStringLiteral(digits))
}

/// All digits of a decimal.
fn digits(value: &ScalarValue) -> Result<String, Error> {
    let array = value.to_array()?;
    let options = FormatOptions::new();
    let shown = ArrayFormatter::try_new(&array, &options).map_err(DataFusionError::from)?;
    Ok(shown.value(0).to_string())
}

/// The expression cast to a type of Arrow's.
fn typed(expr: Expr, kind: &DataType) -> Expr {
    call("arrow_cast", vec![expr, text(&kind.to_string())])
}
