//! One value while a function looks at it, read from Arrow and written back. It refuses to compute.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};

use super::types::Type;

/// A value.
#[derive(Debug, Clone)]
pub(in crate::zuora::query) enum Cell {
    Null,
    Boolean(bool),
    Bigint(i64),
    Double(f64),
    /// The digits, and how many of them are behind the point.
    Decimal(i128, i8),
    Varchar(String),
    Date(i32),
    /// Microseconds since 1970 in UTC, and the zone its fields are read in; without one its fields are those of UTC.
    Moment(i64, Option<Tz>),
}

/// Moments are equal wherever their fields are read.
impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(one), Self::Boolean(other)) => one == other,
            (Self::Bigint(one), Self::Bigint(other)) => one == other,
            (Self::Double(one), Self::Double(other)) => one == other,
            (Self::Decimal(one, scale), Self::Decimal(other, same)) => {
                one == other && scale == same
            }
            (Self::Varchar(one), Self::Varchar(other)) => one == other,
            (Self::Date(one), Self::Date(other)) => one == other,
            (Self::Moment(one, _), Self::Moment(other, _)) => one == other,
            _ => false,
        }
    }
}

/// Arrow's form of a column with every type in one form: whole numbers wide, moments in microseconds.
pub(in crate::zuora::query) struct Cells {
    array: ArrayRef,
    zone: Option<Tz>,
}

impl Cells {
    pub(in crate::zuora::query) fn of(array: &ArrayRef) -> Result<Self, String> {
        let wide = match array.data_type() {
            DataType::Timestamp(_, zone) => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
            }
            other => Type::of(other)
                .arrow()
                .ok_or_else(|| format!("a value of type {other} cannot be read"))?,
        };
        let zone = match &wide {
            DataType::Timestamp(_, Some(zone)) => Some(self::zone(zone)?),
            _ => None,
        };
        let array = if *array.data_type() == wide {
            Arc::clone(array)
        } else {
            cast(array, &wide).map_err(|error| error.to_string())?
        };
        Ok(Self { array, zone })
    }

    pub(in crate::zuora::query) fn get(&self, row: usize) -> Cell {
        let array = &self.array;
        if array.is_null(row) {
            return Cell::Null;
        }
        match array.data_type() {
            DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
            DataType::Int64 => Cell::Bigint(array.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => Cell::Double(array.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => {
                Cell::Decimal(array.as_primitive::<Decimal128Type>().value(row), *scale)
            }
            DataType::Utf8 => Cell::Varchar(array.as_string::<i32>().value(row).to_owned()),
            DataType::Date32 => Cell::Date(array.as_primitive::<Date32Type>().value(row)),
            DataType::Timestamp(..) => Cell::Moment(
                array.as_primitive::<TimestampMicrosecondType>().value(row),
                self.zone,
            ),
            _ => Cell::Null,
        }
    }
}

/// A column of cells, every one of which is of the type or null.
pub(super) fn column(cells: Vec<Cell>, kind: &Type) -> Result<ArrayRef, String> {
    let arrow = kind
        .arrow()
        .ok_or_else(|| format!("{kind} cannot be written"))?;
    Ok(match kind {
        Type::Boolean => Arc::new(BooleanArray::from_iter(cells.into_iter().map(
            |cell| match cell {
                Cell::Boolean(value) => Some(value),
                _ => None,
            },
        ))),
        Type::Bigint => Arc::new(Int64Array::from_iter(cells.into_iter().map(
            |cell| match cell {
                Cell::Bigint(value) => Some(value),
                _ => None,
            },
        ))),
        Type::Double => Arc::new(Float64Array::from_iter(cells.into_iter().map(
            |cell| match cell {
                Cell::Double(value) => Some(value),
                _ => None,
            },
        ))),
        Type::Decimal(..) => {
            let digits = cells.into_iter().map(|cell| match cell {
                Cell::Decimal(value, _) => Some(value),
                _ => None,
            });
            Arc::new(Decimal128Array::from_iter(digits).with_data_type(arrow))
        }
        Type::Varchar => Arc::new(StringArray::from_iter(cells.into_iter().map(
            |cell| match cell {
                Cell::Varchar(value) => Some(value),
                _ => None,
            },
        ))),
        Type::Date => Arc::new(Date32Array::from_iter(cells.into_iter().map(
            |cell| match cell {
                Cell::Date(value) => Some(value),
                _ => None,
            },
        ))),
        Type::Timestamp(_) | Type::Zoned(..) => moments(cells, &arrow),
        Type::Unknown | Type::Interval | Type::Other(_) => new_null_array(&arrow, cells.len()),
    })
}

fn moments(cells: Vec<Cell>, arrow: &DataType) -> ArrayRef {
    let micros = cells.into_iter().map(|cell| match cell {
        Cell::Moment(micros, _) => Some(micros),
        _ => None,
    });
    let DataType::Timestamp(unit, zone) = arrow else {
        return new_null_array(arrow, micros.len());
    };
    let zone = zone.clone();
    match unit {
        TimeUnit::Second => Arc::new(
            TimestampSecondArray::from_iter(
                micros.map(|some| some.map(|m| m.div_euclid(1_000_000))),
            )
            .with_timezone_opt(zone),
        ),
        TimeUnit::Millisecond => Arc::new(
            TimestampMillisecondArray::from_iter(
                micros.map(|some| some.map(|m| m.div_euclid(1_000))),
            )
            .with_timezone_opt(zone),
        ),
        TimeUnit::Microsecond => {
            Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone_opt(zone))
        }
        TimeUnit::Nanosecond => Arc::new(
            TimestampNanosecondArray::from_iter(micros.map(|some| some.map(|m| m * 1_000)))
                .with_timezone_opt(zone),
        ),
    }
}

/// A zone by its name or its offset.
pub(in crate::zuora::query) fn zone(name: &str) -> Result<Tz, String> {
    let known = if name == "Z" { "+00:00" } else { name };
    Tz::from_str(known).map_err(|_| format!("'{name}' is not a valid time zone"))
}

/// The fields of a moment in its zone.
pub(super) fn local(micros: i64, zone: Option<&Tz>) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    match zone {
        Some(zone) => utc.with_timezone(zone).naive_local(),
        None => utc.naive_utc(),
    }
}

/// The moment of such fields; what a change of clocks skips counts from before it.
pub(super) fn moment(local: NaiveDateTime, zone: Option<&Tz>) -> i64 {
    let Some(zone) = zone else {
        return local.and_utc().timestamp_micros();
    };
    let found = zone.from_local_datetime(&local).earliest();
    found.map_or_else(
        || {
            let earlier = local - chrono::TimeDelta::hours(2);
            let offset = zone.offset_from_utc_datetime(&earlier).fix();
            local.and_utc().timestamp_micros() - i64::from(offset.local_minus_utc()) * 1_000_000
        },
        |found| found.timestamp_micros(),
    )
}
