//! When an ordered read has delivered enough.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{Schema, TimestampMicrosecondType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use zuzen_plan::value::MICROS;

/// What a page of a newest-first list shows of its order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descent {
    /// The oldest instant so far, in microseconds.
    pub(super) oldest: Option<i64>,
    /// A row was newer than one before it, or had no instant: the list is not in the order it claims.
    pub(super) broken: bool,
}

impl Descent {
    /// Goes through one more page.
    pub(super) fn follow(&mut self, column: &ArrayRef) {
        let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() else {
            self.broken = true;
            return;
        };
        for time in times {
            match (time, self.oldest) {
                (None, _) => self.broken = true,
                (Some(time), Some(oldest)) if time > oldest => self.broken = true,
                (Some(time), _) => self.oldest = Some(time),
            }
        }
    }

    /// Whether everything from here on is older than this second.
    pub(super) fn is_past(&self, second: i64) -> bool {
        !self.broken
            && self
                .oldest
                .is_some_and(|oldest| oldest < second.saturating_mul(MICROS))
    }
}

/// Whether the consumer's top-n can take no row that is as old as `oldest` or older.
///
/// The filter of a top-n is an expression over the scan's columns. It is evaluated for a row that has the oldest
/// instant and NULL elsewhere: only a plain *false* rules out every later row, whatever its other columns hold.
pub(super) fn is_full(
    filters: &[Arc<dyn PhysicalExpr>],
    schema: &Arc<Schema>,
    column: &str,
    oldest: i64,
) -> bool {
    let Ok(place) = schema.index_of(column) else {
        return false;
    };
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| match index == place {
            true => {
                let times = datafusion::arrow::array::TimestampMicrosecondArray::from(vec![oldest]);
                let times: ArrayRef = Arc::new(times.with_timezone("+00:00"));
                times
            }
            false => new_null_array(field.data_type(), 1),
        })
        .collect();
    let Ok(row) = RecordBatch::try_new(Arc::clone(schema), columns) else {
        return false;
    };
    filters
        .iter()
        .filter_map(|filter| filter.downcast_ref::<DynamicFilterPhysicalExpr>())
        .any(|filter| {
            let answer = filter
                .current()
                .and_then(|current| current.evaluate(&row))
                .and_then(|value| value.into_array(1));
            answer.ok().is_some_and(|answer| {
                let answer: Option<&BooleanArray> = answer.as_boolean_opt();
                answer.is_some_and(|answer| answer.iter().eq([Some(false)]))
            })
        })
}
