//! A table, or a join, beyond the caps of one job, read in ranges of a table.
//!
//! Rows are counted by the hour of `updateddate` first, so that each range can be cut to fit; an hour, a second, a
//! millisecond that is too large is counted more finely, and one instant that is too large is read by `id`. Where even
//! counting exceeds a cap, rows are counted year by year, and a year is halved until it does not.
//!
//! Ranges are jobs of different moments. A row that changes in between gets a later `updateddate` than any that was
//! counted, so it is found again by one last job behind the last range, or it has left already: ids tell which. That job
//! runs when all others are done. A row is delivered once, in the version that was met first.
//!
//! A join is read in the same way if each row of one of its tables makes at most one row of it: the others are whole in
//! each job.

mod count;
mod ids;
mod pages;
mod part;
mod source;

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use futures::stream::{StreamExt, TryStreamExt};
use parking_lot::Mutex;
use zuzen_plan::job::Cap;
use zuzen_plan::remote::Condition;
use zuzen_plan::value::MICROS;
use zuzen_rest::Purpose;

use super::read::TableRead;
use super::results::Failed;
use super::run::{Batches, Run, followed};
use super::service::Service;
use crate::error::{Error, Kind};
use ids::{Seen, keys};
use part::{BEGIN, Bucket, END, HOUR, MILLI, Part, Step, halves, years};
pub(super) use source::Source;

/// The columns that ranges are made of.
pub(super) const TIME: &str = "updateddate";
pub(super) const KEY: &str = "id";

/// Ranges that are read at once; a slot stays free for other statements.
const AT_ONCE: usize = 4;

/// How much of the cap a range fills: rows may come in while it is read.
const FILL: f64 = 0.9;

/// The rows of a table in ranges that fit into jobs.
pub(super) async fn table(
    run: Run,
    read: TableRead,
    besides: Vec<Condition>,
    cap: Cap,
    message: String,
) -> Result<Batches, Error> {
    let whole = read.clone();
    let source = Source::of_table(read).filter(|source| {
        // Without a time it is read by its key, which takes nothing off what a job has to look at.
        source.has_time() || (!source.is_export() && cap != Cap::Input)
    });
    let Some(source) = source else {
        return Err(unsplittable(&whole, &message));
    };
    let batches = ranges(run, source, besides, cap).await;
    batches.map_err(Failed::error)
}

/// The rows of a table or a join in ranges that fit into jobs.
///
/// # Errors
/// `TooMuch` if no range would help, because nothing of it has been read.
pub(super) async fn ranges(
    run: Run,
    source: Source,
    besides: Vec<Condition>,
    cap: Cap,
) -> Result<Batches, Failed> {
    let splitter = Splitter {
        source,
        besides,
        cap: run.connection().caps().output,
        run,
    };
    let width = splitter.run.scan.schema_fields().len();
    let whole = |splitter: Splitter| {
        let all = splitter.part(Part::All);
        Ok(all.map(move |batch| narrowed(&batch?, width)).boxed())
    };
    if !splitter.source.has_time() {
        return whole(splitter);
    }
    if splitter.source.is_export() {
        // Exports do not count. What is newer than an hour ago is read at the end: clocks differ.
        let until = chrono::Utc::now().timestamp() * MICROS - HOUR;
        let years = years(until).into_iter();
        let years = years.map(|(from, to)| Part::Range(from, to));
        let parts = [Part::Timeless].into_iter().chain(years).collect();
        return Ok(splitter.read_all(parts, until - MILLI));
    }
    // What looked at too many rows would do so again.
    let buckets = splitter.counted(cap == Cap::Input).await?;
    splitter.remember(&buckets);
    let Some(newest) = buckets.iter().filter_map(|bucket| bucket.newest).max() else {
        return whole(splitter);
    };
    let parts = splitter.parts(buckets, newest + MILLI).await?;
    splitter.run.turn(format!("ranges: {}", parts.len()));
    Ok(splitter.read_all(parts, newest))
}

fn unsplittable(read: &TableRead, message: &str) -> Error {
    let error = format!(
        "{} exceeds what one job may read or return, and cannot be read in ranges: {message}",
        read.table.name
    );
    Error::new(Kind::TooExpensive, error).with_hint(match read.service {
        Service::Export => "ask for fewer columns or rows",
        _ => "set ZuoraService=AQuADataExport or Auto, or ask for fewer rows",
    })
}

#[derive(Clone)]
struct Splitter {
    run: Run,
    source: Source,
    besides: Vec<Condition>,
    cap: u64,
}

impl Splitter {
    /// Rows that a part may have: as many rows of the table are read as are returned.
    fn target(&self) -> u64 {
        let most = self.cap.min(self.run.connection().caps().input);
        ((most as f64 * FILL) as u64).max(1)
    }

    fn conditions(&self, part: &Part) -> Vec<Condition> {
        self.besides
            .iter()
            .cloned()
            .chain(part.conditions())
            .collect()
    }

    /// A table that has been counted is known from now on.
    fn remember(&self, buckets: &[Bucket]) {
        if let (Some(table), true) = (self.source.whole_table(), self.besides.is_empty()) {
            let rows = buckets.iter().map(|bucket| bucket.rows).sum();
            self.run.connection().count(table, rows);
        }
    }

    /// Parts that fit and leave no gap between the beginning of time and `end`, oldest first.
    async fn parts(&self, buckets: Vec<Bucket>, end: i64) -> Result<Vec<Part>, Failed> {
        let mut parts = Vec::new();
        // Counting more finely gives buckets again; they take the place of theirs.
        let mut open: VecDeque<(Bucket, Step)> = buckets
            .into_iter()
            .map(|bucket| (bucket, Step::Hour))
            .collect();
        // Where the last part ended, and the rows since.
        let (mut edge, mut rows) = (BEGIN, 0_u64);
        while let Some((bucket, step)) = open.pop_front() {
            let Some(begin) = bucket.begin else {
                if bucket.rows > 0 {
                    parts.push(Part::Timeless);
                }
                continue;
            };
            if rows > 0 && rows + bucket.rows > self.target() {
                parts.push(Part::Range(edge, begin));
                (edge, rows) = (begin, 0);
            }
            match step.finer() {
                _ if bucket.rows <= self.target() => rows += bucket.rows,
                Some(finer) => {
                    let fine = self
                        .counted_between(begin, begin + step.micros(), finer)
                        .await?;
                    for bucket in fine.into_iter().rev() {
                        open.push_front((bucket, finer));
                    }
                }
                None => {
                    if edge < begin {
                        parts.push(Part::Range(edge, begin));
                    }
                    parts.push(Part::Instant(begin));
                    (edge, rows) = (begin + MILLI, 0);
                }
            }
        }
        if edge < end {
            parts.push(Part::Range(edge, end));
        }
        Ok(parts)
    }

    /// All parts, a few at once, and then what has moved behind them.
    fn read_all(self, parts: Vec<Part>, newest: i64) -> Batches {
        let seen = Arc::new(Mutex::new(Seen::new(&self.run.memory)));
        let remembered = Arc::clone(&seen);
        let (own, width) = (self.clone(), self.run.scan.schema_fields().len());
        let key = self.source.key();
        let each = futures::stream::iter(parts)
            .map(move |part| own.part(part))
            .flatten_unordered(AT_ONCE)
            .map(move |batch| {
                let batch = batch?;
                remembered.lock().add(keys(&batch, key))?;
                Ok(batch)
            });
        let closing = self.part(Part::Range(newest + MILLI, END));
        // Cut again, the closing job is several: a row that moves on between them comes twice.
        let closing = closing.map(move |batch| {
            let mut seen = seen.lock();
            let batch = seen.fresh(&batch?, key)?;
            seen.add(keys(&batch, key))?;
            Ok::<_, DataFusionError>(batch)
        });
        each.chain(closing)
            .map(move |batch| narrowed(&batch?, width))
            .boxed()
    }

    /// The rows of a part.
    fn part(&self, part: Part) -> Batches {
        let splitter = self.clone();
        if part.is_by_key() {
            return splitter.by_key(part);
        }
        let begun = async move { splitter.range(part).await.map_err(Error::into_datafusion) };
        futures::stream::once(begun).try_flatten().boxed()
    }

    /// A range that has grown too large meanwhile is counted and cut again.
    async fn range(self, part: Part) -> Result<Batches, Error> {
        let Some(job) = self.source.job(&self.conditions(&part))? else {
            return Ok(futures::stream::empty().boxed());
        };
        let mut results = self.source.open(&self.run, &job, Purpose::Data)?;
        match results.next().await {
            Ok(first) => Ok(followed(first, results)),
            Err(Failed::TooMuch { message, .. }) => {
                let Part::Range(from, to) = part else {
                    return Ok(self.by_key(part));
                };
                // Zuora's exports know whole seconds.
                let step = match self.source.is_export() {
                    true => Step::Second,
                    false => Step::Instant,
                };
                match halves(from, to, step) {
                    // The earlier half first: a row that is changed meanwhile is then found in the later one.
                    Some(inner) => {
                        let each = futures::stream::iter(inner).map(move |part| self.part(part));
                        Ok(each.flatten().boxed())
                    }
                    None => match &self.source {
                        Source::Table { read, .. } if self.source.is_export() => {
                            Err(unsplittable(read, &message))
                        }
                        _ => Ok(self.by_key(Part::Instant(from))),
                    },
                }
            }
            Err(failed) => Err(failed.error()),
        }
    }
}

/// The batch without the key that was only read to tell rows apart.
fn narrowed(batch: &RecordBatch, width: usize) -> Result<RecordBatch> {
    let places: Vec<usize> = (0..width).collect();
    Ok(batch.project(&places)?)
}
