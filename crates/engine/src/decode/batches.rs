//! Rows of a job's result, gathered into batches of bounded size.
//!
//! Both forms of results end here. It knows no file format; it refuses columns that are asked for twice, and
//! it says of a value that does not fit in which row and column it stands.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use zuzen_plan::value::Type;

use super::builder::{Builder, Room};
use super::error::{DecodeError, DecodeErrorKind, Misfit, cut};
use super::{arrow_type, wrong_shape};

/// A batch with this much text ends before it has all its rows, so that rows of long text stay bounded too.
const FULL: usize = 32 << 20;

/// The longest row there may be. Without a bound, a file without line ends would be held as a whole.
pub(super) const LONGEST_ROW: usize = 256 << 20;

/// A column to take from the result of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name in the result, which is also its name in the batches: in CSV whatever its case, in JSON lines as it is written.
    pub header: String,
    /// What its values are.
    pub kind: Type,
}

/// The batch that grows, and those that are full.
#[derive(Debug)]
pub(super) struct Batches {
    schema: SchemaRef,
    kinds: Vec<Type>,
    builders: Vec<Builder>,
    room: Vec<Room>,
    rows_each: usize,
    held_rows: usize,
    held_bytes: usize,
    rows: u64,
    ready: VecDeque<RecordBatch>,
}

impl Batches {
    pub(super) fn new(columns: &[ResultColumn], rows_each: usize) -> Result<Self, DecodeError> {
        let mut seen = HashSet::new();
        for column in columns {
            if !seen.insert(column.header.as_str()) {
                return Err(wrong_shape(&column.header, "the column is asked for twice"));
            }
        }
        let kinds: Vec<_> = columns.iter().map(|column| column.kind.clone()).collect();
        let room = vec![Room::default(); columns.len()];
        let fields: Vec<_> = columns
            .iter()
            .map(|column| Field::new(&column.header, arrow_type(&column.kind), true))
            .collect();
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            builders: builders(&kinds, &room)?,
            kinds,
            room,
            rows_each: rows_each.max(1),
            held_rows: 0,
            held_bytes: 0,
            rows: 0,
            ready: VecDeque::new(),
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows that are complete, of all batches.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns of the row that is being read.
    pub(super) fn builders(&mut self) -> &mut [Builder] {
        &mut self.builders
    }

    /// Ends a row, which took so many bytes of the file.
    pub(super) fn end_row(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.rows += 1;
        self.held_rows += 1;
        self.held_bytes += bytes;
        if self.held_rows >= self.rows_each || self.held_bytes >= FULL {
            self.end_batch()?;
        }
        Ok(())
    }

    /// Ends the batch, if it has rows.
    pub(super) fn end_batch(&mut self) -> Result<(), DecodeError> {
        if self.held_rows == 0 {
            return Ok(());
        }
        for (room, builder) in self.room.iter_mut().zip(&self.builders) {
            *room = builder.room(self.held_rows);
        }
        let full = std::mem::replace(&mut self.builders, builders(&self.kinds, &self.room)?);
        let batch = RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            full.into_iter().map(Builder::finish).collect(),
            &RecordBatchOptions::new().with_row_count(Some(self.held_rows)),
        )
        .map_err(|error| wrong_shape("", error.to_string()))?;
        self.ready.push_back(batch);
        (self.held_rows, self.held_bytes) = (0, 0);
        Ok(())
    }

    /// The oldest batch that is full.
    pub(super) fn next(&mut self) -> Option<RecordBatch> {
        self.ready.pop_front()
    }

    /// Trouble with the row that is being read.
    pub(super) fn refuse_row(&self, kind: DecodeErrorKind, message: String) -> DecodeError {
        DecodeError::new(kind, format!("row {}", self.rows + 1), message)
    }

    /// Trouble with a value of the row that is being read.
    pub(super) fn refuse_cell(&self, column: usize, text: &str, misfit: Misfit) -> DecodeError {
        let header = self.schema.field(column).name();
        let path = format!("row {}, column {header}", self.rows + 1);
        DecodeError::new(
            DecodeErrorKind::Cell,
            path,
            format!("{} {misfit}", cut(text)),
        )
    }
}

fn builders(kinds: &[Type], room: &[Room]) -> Result<Vec<Builder>, DecodeError> {
    kinds
        .iter()
        .zip(room)
        .map(|(kind, room)| {
            let impossible = || wrong_shape("", format!("a column cannot be of type {kind}"));
            Builder::new(kind, *room).ok_or_else(impossible)
        })
        .collect()
}
