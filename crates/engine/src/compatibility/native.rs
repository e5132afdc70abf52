//! Functions that nothing of DataFusion's can say, row by row over Arrow columns.
//!
//! Each is data: what it takes, what it gives, and a function over one row. A NULL among the arguments gives NULL.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Builder, IntervalMonthDayNanoBuilder, StringBuilder,
    Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, IntervalMonthDayNano, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{Error, Kind};

/// A function over rows.
#[derive(Debug)]
pub(super) struct Native {
    pub(super) name: &'static str,
    pub(super) takes: &'static [Takes],
    /// How many of the arguments must be there.
    pub(super) least: usize,
    pub(super) gives: Gives,
    /// NULL, a value, or why there is none.
    pub(super) call: fn(&[Cell<'_>]) -> Result<Option<Value>, String>,
}

/// What arguments are cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    Whole,
    Float,
    /// A day and a time on the session's clock.
    Moment,
    /// Text stays text; anything else must be a whole number.
    TextOrWhole,
    /// Dates and times are moments; anything else is text, numbers with all their digits.
    TextOrMoment,
}

/// The type of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Whole,
    Moment,
    Time,
    Interval,
}

/// An argument of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Whole(i64),
    Float(f64),
    /// Microseconds since 1970.
    Moment(i64),
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    /// Microseconds since 1970.
    Moment(i64),
    /// Microseconds since midnight.
    Time(i64),
    Interval(IntervalMonthDayNano),
}

/// A [`Native`] as DataFusion sees it.
#[derive(Debug)]
pub(super) struct Function {
    native: &'static Native,
    signature: Signature,
}

impl Function {
    pub(super) fn new(native: &'static Native) -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { native, signature }
    }

    fn failed(&self, kind: Kind, reason: &str) -> DataFusionError {
        let name = self.native.name.to_uppercase();
        Error::new(kind, format!("{name}: {reason}"))
            .with_hint("docs/sql-compatibility.md shows each function with an example")
            .into_datafusion()
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.native.name == other.native.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.native.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.native.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let (least, most) = (self.native.least, self.native.takes.len());
        if !(least..=most).contains(&types.len()) {
            let takes = match least == most {
                true => least.to_string(),
                false => format!("{least} to {most}"),
            };
            let reason = format!("it takes {takes} arguments, not {}", types.len());
            return Err(self.failed(Kind::Sql, &reason));
        }
        Ok(match self.native.gives {
            Gives::Text => DataType::Utf8,
            Gives::Whole => DataType::Int64,
            Gives::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
            Gives::Time => DataType::Time64(TimeUnit::Microsecond),
            Gives::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
        })
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let takes = self
            .native
            .takes
            .iter()
            .map(Some)
            .chain(std::iter::repeat(None));
        Ok(types
            .iter()
            .zip(takes)
            .map(|(given, takes)| match takes {
                Some(Takes::Text) => DataType::Utf8,
                Some(Takes::Whole) => DataType::Int64,
                Some(Takes::Float) => DataType::Float64,
                Some(Takes::Moment) => DataType::Timestamp(TimeUnit::Microsecond, None),
                Some(Takes::TextOrMoment) if is_moment(given) => {
                    DataType::Timestamp(TimeUnit::Microsecond, None)
                }
                Some(Takes::TextOrMoment) => DataType::Utf8,
                Some(Takes::TextOrWhole) if given.is_string() => DataType::Utf8,
                Some(Takes::TextOrWhole) => DataType::Int64,
                // One too many, which is said where it can have a hint.
                None => given.clone(),
            })
            .collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_one = args
            .args
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = columns
            .first()
            .map_or(args.number_rows, |column| column.len());
        let mut out = Out::new(self.native.gives, rows);
        let mut cells = Vec::with_capacity(columns.len());
        for row in 0..rows {
            cells.clear();
            cells.extend(columns.iter().map_while(|column| cell(column, row)));
            let value = match cells.len() == columns.len() {
                true => {
                    (self.native.call)(&cells).map_err(|reason| self.failed(Kind::Sql, &reason))?
                }
                false => None,
            };
            out.push(value);
        }
        let column = out.finish();
        match is_one && rows == 1 {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &column, 0,
            )?)),
            false => Ok(ColumnarValue::Array(column)),
        }
    }
}

fn is_moment(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
    )
}

/// What a row holds; none for NULL.
fn cell(column: &ArrayRef, row: usize) -> Option<Cell<'_>> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Utf8 => Some(Cell::Text(column.as_string::<i32>().value(row))),
        DataType::Int64 => Some(Cell::Whole(column.as_primitive::<Int64Type>().value(row))),
        DataType::Float64 => Some(Cell::Float(column.as_primitive::<Float64Type>().value(row))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => Some(Cell::Moment(
            column.as_primitive::<TimestampMicrosecondType>().value(row),
        )),
        _ => None,
    }
}

/// A column of results on its way.
enum Out {
    Text(StringBuilder),
    Whole(Int64Builder),
    Moment(TimestampMicrosecondBuilder),
    Time(Time64MicrosecondBuilder),
    Interval(IntervalMonthDayNanoBuilder),
}

impl Out {
    fn new(gives: Gives, rows: usize) -> Self {
        match gives {
            Gives::Text => Self::Text(StringBuilder::with_capacity(rows, rows * 8)),
            Gives::Whole => Self::Whole(Int64Builder::with_capacity(rows)),
            Gives::Moment => Self::Moment(TimestampMicrosecondBuilder::with_capacity(rows)),
            Gives::Time => Self::Time(Time64MicrosecondBuilder::with_capacity(rows)),
            Gives::Interval => Self::Interval(IntervalMonthDayNanoBuilder::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Option<Value>) {
        match (self, value) {
            (Self::Text(out), Some(Value::Text(text))) => out.append_value(text),
            (Self::Whole(out), Some(Value::Whole(number))) => out.append_value(number),
            (Self::Moment(out), Some(Value::Moment(micros))) => out.append_value(micros),
            (Self::Time(out), Some(Value::Time(micros))) => out.append_value(micros),
            (Self::Interval(out), Some(Value::Interval(length))) => out.append_value(length),
            (Self::Text(out), _) => out.append_null(),
            (Self::Whole(out), _) => out.append_null(),
            (Self::Moment(out), _) => out.append_null(),
            (Self::Time(out), _) => out.append_null(),
            (Self::Interval(out), _) => out.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut out) => Arc::new(out.finish()),
            Self::Whole(mut out) => Arc::new(out.finish()),
            Self::Moment(mut out) => Arc::new(out.finish()),
            Self::Time(mut out) => Arc::new(out.finish()),
            Self::Interval(mut out) => Arc::new(out.finish()),
        }
    }
}
