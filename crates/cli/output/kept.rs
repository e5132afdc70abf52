//! The last result of the prompt, for whoever wants to look at it in another way without asking the API again.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use zuzen_engine::files::Zone;
use zuzen_engine::{Error, Kind};

use super::Screen;
use crate::chart::{Gathered, Wish, draw};

/// Rows that are kept of a result.
const MOST: usize = 50_000;

/// Rows as they were shown.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    schema: SchemaRef,
    zone: Zone,
    batches: Vec<RecordBatch>,
    rows: usize,
    /// There were more.
    is_cut: bool,
}

impl Kept {
    pub(crate) fn new(schema: &SchemaRef, zone: &Zone) -> Self {
        Self {
            schema: SchemaRef::clone(schema),
            zone: zone.clone(),
            batches: Vec::new(),
            rows: 0,
            is_cut: false,
        }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let room = MOST - self.rows;
        if batch.num_rows() > room {
            self.is_cut = true;
        }
        let rows = batch.num_rows().min(room);
        if rows > 0 {
            self.rows += rows;
            self.batches.push(batch.slice(0, rows));
        }
    }

    /// The chart that is asked for: `bar status n`.
    ///
    /// # Errors
    /// `Sql` if there is no such chart of these columns.
    pub(crate) fn chart(&self, wish: &str, screen: Option<Screen>) -> Result<String, Error> {
        let wish: Wish = wish.parse()?;
        let mut gathered = Gathered::new(&self.schema, &wish, &self.zone)?;
        for batch in &self.batches {
            let added = gathered.add(batch);
            added.map_err(|error| {
                let reason = format!("a value cannot be drawn: {error}");
                Error::new(Kind::Sql, reason).with_hint("CAST the column to a number")
            })?;
        }
        let mut figure = gathered.figure(&self.schema).ok_or_else(nothing)?;
        if self.is_cut {
            figure.notes.push(format!("of the first {MOST} rows"));
        }
        Ok(draw(&figure, screen.map_or(80, |screen| screen.width)))
    }
}

/// There is no result to look at.
pub(crate) fn nothing() -> Error {
    Error::new(Kind::Sql, "there is no result to draw").with_hint(
        "run a statement with rows first, then \\chart bar, \\chart line or \\chart hist",
    )
}
