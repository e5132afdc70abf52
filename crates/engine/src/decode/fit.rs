//! Batches of a job's result, brought to the Arrow types that a plan expects.
//!
//! A plan computed elsewhere has its own widths: a count of 64 bits here, a timestamp in nanoseconds there.
//! Only the form changes. What would change a value is refused, and nothing becomes NULL; the one exception is a
//! 32-bit float, which is rounded, as it was before it became text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, PrimitiveArray, RecordBatch, RecordBatchOptions,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowTimestampType, DataType, Decimal128Type, Float32Type, Float64Type, SchemaRef, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use zuzen_plan::value::Type;

use super::error::{DecodeError, DecodeErrorKind};
use super::wrong_shape;

/// The type to decode a column with, so that [`fit`] brings it to this Arrow type; `None` if there is none.
#[must_use]
pub(crate) fn kind_of(target: &DataType) -> Option<Type> {
    Some(match target {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Type::Int64,
        DataType::Float32 | DataType::Float64 => Type::Float64,
        DataType::Decimal128(precision, scale) => Type::Decimal {
            precision: *precision,
            scale: u8::try_from(*scale).ok()?,
        },
        DataType::Boolean => Type::Boolean,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::Text,
        DataType::Timestamp(..) => Type::Timestamp,
        DataType::Date32 => Type::Date,
        _ => return None,
    })
}

/// Brings a batch to a schema, column by column in order; the names are the schema's.
///
/// # Errors
/// If a value does not fit, a column that may not be NULL is, or the columns are not of kinds that belong together.
pub(crate) fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DecodeError> {
    let (found, wanted) = (batch.num_columns(), schema.fields().len());
    if found != wanted {
        let message = format!("the result has {found} columns where the plan has {wanted}");
        return Err(wrong_shape("", message));
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            let fitted = fit_column(column, field.data_type())
                .map_err(|trouble| refuse(field.name(), trouble))?;
            if fitted.null_count() > 0 && !field.is_nullable() {
                let message = "is NULL in a row, where the plan expects a value";
                return Err(refuse(field.name(), message.to_owned()));
            }
            Ok(fitted)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| wrong_shape("", error.to_string()))
}

fn refuse(name: &str, message: String) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Cell, format!("column {name}"), message)
}

fn fit_column(column: &ArrayRef, target: &DataType) -> Result<ArrayRef, String> {
    use DataType as T;
    let source = column.data_type();
    if source == target {
        return Ok(Arc::clone(column));
    }
    match (source, target) {
        (
            T::Int64,
            T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64,
        )
        | (T::Utf8, T::LargeUtf8 | T::Utf8View) => cast(column, target),
        (T::Float64, T::Float32) => fit_float(column, target),
        (T::Decimal128(_, from), T::Decimal128(precision, to)) if from == to => {
            let decimals = column.as_primitive::<Decimal128Type>();
            decimals
                .validate_decimal_precision(*precision)
                .and_then(|()| decimals.clone().with_precision_and_scale(*precision, *to))
                .map(|fitted| Arc::new(fitted) as ArrayRef)
                .map_err(|error| error.to_string())
        }
        (T::Timestamp(TimeUnit::Microsecond, _), T::Timestamp(unit, zone)) => {
            let zone = zone.clone();
            match unit {
                TimeUnit::Second => rescale::<TimestampSecondType>(column, zone, 1, 1_000_000),
                TimeUnit::Millisecond => rescale::<TimestampMillisecondType>(column, zone, 1, 1000),
                TimeUnit::Microsecond => rescale::<TimestampMicrosecondType>(column, zone, 1, 1),
                TimeUnit::Nanosecond => rescale::<TimestampNanosecondType>(column, zone, 1000, 1),
            }
        }
        _ => Err(format!("is {source}, which does not become {target}")),
    }
}

fn cast(column: &ArrayRef, target: &DataType) -> Result<ArrayRef, String> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(column, target, &options).map_err(|error| error.to_string())
}

/// A finite number that is too large for 32 bits would become infinite.
fn fit_float(column: &ArrayRef, target: &DataType) -> Result<ArrayRef, String> {
    let fitted = cast(column, target)?;
    let wide = column.as_primitive::<Float64Type>().iter().flatten();
    let narrow = fitted.as_primitive::<Float32Type>().iter().flatten();
    match wide
        .zip(narrow)
        .find(|(wide, narrow)| wide.is_finite() && !narrow.is_finite())
    {
        Some((wide, _)) => Err(format!("{wide} is too large for a 32-bit float")),
        None => Ok(fitted),
    }
}

/// Arrow's own cast drops the digits that a coarser unit cannot hold. The instant stays, whatever the zone.
fn rescale<T: ArrowTimestampType>(
    column: &ArrayRef,
    zone: Option<Arc<str>>,
    times: i64,
    by: i64,
) -> Result<ArrayRef, String> {
    let micros = column.as_primitive::<TimestampMicrosecondType>();
    let fitted: PrimitiveArray<T> = micros.try_unary(|micros| {
        if micros % by != 0 {
            return Err(format!(
                "{micros} µs since 1970 does not fit into {}",
                T::DATA_TYPE
            ));
        }
        let scaled = (micros / by).checked_mul(times);
        scaled.ok_or_else(|| format!("{micros} µs since 1970 is out of range of {}", T::DATA_TYPE))
    })?;
    Ok(Arc::new(fitted.with_timezone_opt(zone)))
}
