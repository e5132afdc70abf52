//! A page's rows: decoded, those kept that belong to the table and are new, cut to the output columns.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions,
};
use datafusion::arrow::compute::{and, filter_record_batch, not};
use datafusion::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use zuzen_plan::table::{DropWhen, Read, Table};
use zuzen_plan::value::Value;
use zuzen_rest::Page;

use super::run::Run;
use crate::decode::{PageDecoder, Shape};
use crate::error::{Error, Kind};

/// Where in a decoded batch the columns are that decide about rows.
pub(super) struct Layout {
    pub(super) output: Vec<usize>,
    key: Option<usize>,
    pub(super) order: Option<usize>,
    only_with: Option<usize>,
    drops: Vec<usize>,
}

impl Run {
    /// A decoder for the scan's columns and for those that decide about rows.
    pub(super) fn decoder(
        &self,
        read: &Read,
        order: Option<&str>,
    ) -> Result<(PageDecoder, Layout), Error> {
        let table = &self.scan.table;
        let mut columns = self.scan.columns.clone();
        let output = (0..columns.len()).collect();
        let mut need = |name: &str| {
            if read.lacks.iter().any(|lacked| lacked == name) {
                return None;
            }
            if let Some(place) = columns.iter().position(|column| column.name == name) {
                return Some(place);
            }
            columns.push(table.column(name)?.clone());
            Some(columns.len() - 1)
        };
        let layout = Layout {
            output,
            key: table.identity(read).and_then(&mut need),
            order: order.and_then(&mut need),
            only_with: read.only_with.as_deref().and_then(&mut need),
            drops: table
                .drop
                .iter()
                .filter_map(|drop| need(&drop.column))
                .collect(),
        };
        let shape = Shape {
            columns,
            items: read.items.clone(),
            outer: read.outer.clone(),
            keep: read.keep.clone(),
            bare: table.has_bare_rows(),
        };
        Ok((PageDecoder::new(&shape)?, layout))
    }

    /// Decodes a page and keeps the rows that belong to the table and are new.
    pub(super) fn take(&mut self, page: &Page) -> Result<Option<RecordBatch>, Error> {
        let Some(active) = &mut self.active else {
            return Ok(None);
        };
        let timer = self.meters.decode.timer();
        let batch = active
            .decoder
            .decode(&page.body, &page.request.bound)
            .map_err(|error| {
                Error::from(error)
                    .with_context("table", page.request.table.clone())
                    .with_context("call", format!("GET {}", page.request.path))
            })?;
        timer.done();
        let rows = batch.num_rows() as u64;
        self.read += rows;
        self.pages += 1;
        self.meters.rows.add(batch.num_rows());
        self.scan
            .connection
            .rest()
            .log()
            .count_rows(page.entry, rows);
        if let Some(allowed) = self.scan.connection.max_rows_scanned(&self.scan.options)
            && self.read > allowed
        {
            return Err(Error::new(
                Kind::TooExpensive,
                format!(
                    "{} has read {} rows; MaxRowsScanned allows {allowed}",
                    page.request.table, self.read
                ),
            )
            .with_hint("narrow the statement, or raise MaxRowsScanned"));
        }
        let table = &self.scan.table;
        let mut keep = belongs(table, &batch, &active.layout)?;
        if let (Some(with), Some(place)) = (&self.with, active.layout.only_with) {
            keep = and(&keep, &with.contains(batch.column(place))).map_err(internal)?;
        }
        let order = active
            .layout
            .order
            .map(|place| Arc::clone(batch.column(place)));
        let kept = if keep.true_count() == batch.num_rows() {
            batch
        } else {
            filter_record_batch(&batch, &keep).map_err(internal)?
        };
        let kept = match active.layout.key {
            Some(place) => {
                let new = self.seen.insert(kept.column(place));
                if new.true_count() == kept.num_rows() {
                    kept
                } else {
                    filter_record_batch(&kept, &new).map_err(internal)?
                }
            }
            None => kept,
        };
        let batch = self.output(kept, order.as_ref())?;
        Ok(Some(batch).filter(|batch| batch.num_rows() > 0))
    }

    /// The output columns, and what the page says about going on.
    fn output(
        &mut self,
        kept: RecordBatch,
        order: Option<&ArrayRef>,
    ) -> Result<RecordBatch, Error> {
        let Some(active) = &self.active else {
            return Ok(kept);
        };
        let mut rows = kept.num_rows();
        if let Some(limit) = self.scan.plan.limit {
            rows = rows.min(usize::try_from(limit - self.emitted.min(limit)).unwrap_or(usize::MAX));
        }
        let columns: Vec<ArrayRef> = active
            .layout
            .output
            .iter()
            .map(|place| kept.column(*place).slice(0, rows))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(self.scan.properties_schema(), columns, &options);
        self.emitted += rows as u64;
        self.meters.baseline.record_output(rows);
        if let Some(order) = order {
            self.follow(order)?;
        }
        batch.map_err(internal)
    }
}

/// Which rows the table holds, of those that a read delivered.
fn belongs(table: &Table, batch: &RecordBatch, layout: &Layout) -> Result<BooleanArray, Error> {
    let mut keep = BooleanArray::from(vec![true; batch.num_rows()]);
    for (drop, place) in table.drop.iter().zip(&layout.drops) {
        let column = batch.column(*place);
        let dropped: BooleanArray = match &drop.when {
            DropWhen::Set => (0..column.len())
                .map(|row| Some(column.is_valid(row)))
                .collect(),
            DropWhen::OneOf(values) => (0..column.len())
                .map(|row| Some(holds(column, row, values)))
                .collect(),
        };
        keep = and(&keep, &not(&dropped).map_err(internal)?).map_err(internal)?;
    }
    Ok(keep)
}

fn holds(column: &ArrayRef, row: usize, values: &[Value]) -> bool {
    if column.is_null(row) {
        return false;
    }
    values.iter().any(|value| match value {
        Value::Text(text) => column
            .as_string_opt::<i32>()
            .is_some_and(|column| column.value(row) == text),
        Value::Bool(truth) => column
            .as_boolean_opt()
            .is_some_and(|column| column.value(row) == *truth),
        Value::Int(number) => column
            .as_primitive_opt::<Int64Type>()
            .is_some_and(|column| column.value(row) == *number),
        Value::Timestamp(micros) => column
            .as_primitive_opt::<TimestampMicrosecondType>()
            .is_some_and(|column| column.value(row) == *micros),
        Value::Float(_) | Value::Date(_) | Value::Decimal(_) => false,
    })
}

/// A key column as values.
pub(super) fn values(column: Option<&ArrayRef>) -> Vec<Value> {
    let Some(column) = column else {
        return Vec::new();
    };
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        return numbers.iter().flatten().map(Value::Int).collect();
    }
    match column.as_string_opt::<i32>() {
        Some(texts) => texts
            .iter()
            .flatten()
            .map(|text| Value::Text(text.to_owned()))
            .collect(),
        None => Vec::new(),
    }
}

pub(super) fn internal(error: datafusion::arrow::error::ArrowError) -> Error {
    Error::new(
        Kind::Internal,
        format!("a batch could not be built: {error}"),
    )
}
