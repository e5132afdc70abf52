//! A batch, column by column over the same rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int16Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::common::Result;

/// Columns over rows that are known; every column may hold NULL.
pub(super) struct Batch<'a, T> {
    rows: &'a [T],
    columns: Vec<(&'static str, ArrayRef)>,
}

impl<'a, T> Batch<'a, T> {
    pub(super) fn of(rows: &'a [T]) -> Self {
        Self {
            rows,
            columns: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, column: ArrayRef) -> Self {
        self.columns.push((name, column));
        self
    }

    pub(super) fn text<S: Into<String>>(
        self,
        name: &'static str,
        pick: impl Fn(&'a T) -> Option<S>,
    ) -> Self {
        let values = self.rows.iter().map(|row| pick(row).map(Into::into));
        let column: StringArray = values.collect::<Vec<Option<String>>>().into();
        self.with(name, Arc::new(column))
    }

    pub(super) fn flag(self, name: &'static str, pick: impl Fn(&'a T) -> bool) -> Self {
        let column: BooleanArray = self.rows.iter().map(|row| Some(pick(row))).collect();
        self.with(name, Arc::new(column))
    }

    pub(super) fn short(self, name: &'static str, pick: impl Fn(&'a T) -> Option<i16>) -> Self {
        let column: Int16Array = self.rows.iter().map(pick).collect();
        self.with(name, Arc::new(column))
    }

    pub(super) fn int(self, name: &'static str, pick: impl Fn(&'a T) -> Option<i32>) -> Self {
        let column: Int32Array = self.rows.iter().map(pick).collect();
        self.with(name, Arc::new(column))
    }

    pub(super) fn long(self, name: &'static str, pick: impl Fn(&'a T) -> Option<i64>) -> Self {
        let column: Int64Array = self.rows.iter().map(pick).collect();
        self.with(name, Arc::new(column))
    }

    pub(super) fn finish(self) -> Result<RecordBatch> {
        Ok(RecordBatch::try_from_iter(self.columns)?)
    }
}
