//! Rows to stdout or into a file, in the format asked for.
//!
//! What people read as a whole (`table`, `expanded`, `markdown`) is written when the last row is in: half an answer looks
//! like an answer. A terminal is another matter, where rows appear as they arrive and an error stands below them. The
//! other formats stream. Half of a `json`, `arrow`, `parquet` or `html` cannot be mistaken for a whole; of the lines of
//! `csv`, `tsv` and `ndjson` the exit code tells, and a file given with `-o` does not appear at all.

pub(crate) mod cell;
mod destination;
mod expanded;
mod format;
mod grid;
mod html;
mod kept;
mod page;
mod plan;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::{Stream, TryStreamExt as _};
use zuzen_engine::files::{Encoder, Zone};
use zuzen_engine::{Error, Kind};

pub(crate) use self::destination::Destination;
use self::expanded::Expanded;
pub(crate) use self::format::Format;
use self::grid::Grid;
use self::html::Html;
pub(crate) use self::kept::{Kept, nothing};
use self::page::Page;
use self::plan::{is_plan, plan};
use crate::exit::{Failure, say};

/// How rows are to look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) zone: Zone,
    /// The terminal that they go to; `None` for files and pipes.
    pub(crate) screen: Option<Screen>,
    /// The file that they go to.
    pub(crate) file: Option<PathBuf>,
}

/// A terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen {
    /// How many letters a line has.
    pub(crate) width: usize,
}

impl Screen {
    /// The one that stdout is.
    pub(crate) fn of_stdout() -> Option<Self> {
        if !std::io::stdout().is_terminal() {
            return None;
        }
        let size = terminal_size::terminal_size();
        let width = size.map_or(80, |(width, _)| usize::from(width.0));
        Some(Self {
            width: width.max(20),
        })
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// So many rows.
    Rows(u64),
    /// A plan.
    Plan,
    /// Nothing: a statement without rows.
    Nothing,
}

/// Writes all rows.
pub(crate) async fn print<E>(
    schema: &SchemaRef,
    rows: impl Stream<Item = Result<RecordBatch, E>>,
    look: &Look,
    out: &mut impl Write,
) -> Result<Printed, Failure>
where
    Error: From<E>,
{
    let mut rows = std::pin::pin!(rows.map_err(Error::from));
    if schema.fields().is_empty() {
        let batches: Vec<RecordBatch> = rows.try_collect().await?;
        return Ok(match count(&batches) {
            0 => Printed::Nothing,
            count => Printed::Rows(count),
        });
    }
    let format = look.format;
    if let Some(encoding) = format.encoding(look.file.as_deref()) {
        let encoder = Encoder::new(encoding, schema, &look.zone)?;
        return stream(rows, encoder, format, out).await;
    }
    if is_plan(schema) && format != Format::Html {
        let batches: Vec<RecordBatch> = rows.try_collect().await?;
        let text = plan(&batches).map_err(unprintable)?;
        let text = match format {
            Format::Markdown => format!("```\n{text}```\n"),
            _ => text,
        };
        out.write_all(text.as_bytes())?;
        return Ok(Printed::Plan);
    }
    let mut total = 0;
    match (format, look.screen) {
        (Format::Html, _) => {
            let mut page = Html::new(schema, &look.zone);
            out.write_all(page.begin().as_bytes())?;
            while let Some(batch) = rows.try_next().await? {
                total += batch.num_rows() as u64;
                let text = page.rows(&batch).map_err(unprintable)?;
                out.write_all(text.as_bytes())?;
            }
            out.write_all(page.finish().as_bytes())?;
        }
        (Format::Expanded, Some(screen)) => {
            let mut expanded = Expanded::new(cell::names(schema), Some(screen));
            while let Some(batch) = rows.try_next().await? {
                total += batch.num_rows() as u64;
                let columns = cell::texts(&batch, &look.zone).map_err(unprintable)?;
                let text = expanded.rows(&columns, batch.num_rows());
                out.write_all(text.as_bytes())?;
                out.flush()?;
            }
        }
        (Format::Table, Some(screen)) => {
            let mut page = Page::new(schema, &look.zone, screen);
            while let Some(batch) = rows.try_next().await? {
                total += batch.num_rows() as u64;
                page.add(&batch, unprintable, out)?;
            }
            if let Some(note) = page.finish(out)? {
                say(&note);
            }
        }
        _ => {
            let batches: Vec<RecordBatch> = rows.try_collect().await?;
            total = count(&batches);
            out.write_all(whole(schema, &batches, look)?.as_bytes())?;
        }
    }
    Ok(Printed::Rows(total))
}

/// What is measured before it is written.
fn whole(schema: &SchemaRef, batches: &[RecordBatch], look: &Look) -> Result<String, Failure> {
    let mut grid = Grid::new(cell::names(schema), cell::numeric(schema));
    let mut expanded = Expanded::new(cell::names(schema), None);
    let mut text = String::new();
    for batch in batches {
        let columns = cell::texts(batch, &look.zone).map_err(unprintable)?;
        match look.format {
            Format::Expanded => text.push_str(&expanded.rows(&columns, batch.num_rows())),
            _ => grid.add(columns, batch.num_rows()),
        }
    }
    Ok(match look.format {
        Format::Expanded => text,
        Format::Markdown => grid.markdown(),
        _ => grid.boxed(),
    })
}

async fn stream(
    mut rows: impl Stream<Item = Result<RecordBatch, Error>> + Unpin,
    mut encoder: Encoder,
    format: Format,
    out: &mut impl Write,
) -> Result<Printed, Failure> {
    let mut total = 0;
    loop {
        let next = match rows.try_next().await {
            Ok(next) => next,
            Err(error) => {
                // A stream may end anywhere: its readers have to be told that this is not the end.
                if format == Format::Arrow && total > 0 {
                    out.write_all(&BROKEN_STREAM)?;
                }
                return Err(error.into());
            }
        };
        let Some(batch) = next else { break };
        total += batch.num_rows() as u64;
        out.write_all(&encoder.encode(&batch)?)?;
        out.flush()?;
    }
    out.write_all(&encoder.finish()?)?;
    Ok(Printed::Rows(total))
}

/// The head of a message of Arrow that announces more than will come.
const BROKEN_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0x40, 0, 0, 0];

fn count(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}

fn unprintable(error: ArrowError) -> Failure {
    let reason = format!("a value cannot be written: {error}");
    Error::new(Kind::Unsupported, reason)
        .with_hint("CAST the column to text, or leave it out")
        .into()
}
