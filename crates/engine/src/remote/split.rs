//! A table beyond the caps of one job, read in ranges.
//!
//! Rows are counted by the hour of `updateddate` first, so that each range can be cut to fit; an hour, a second, a
//! millisecond that is too large is counted more finely, and one instant that is too large is read by `id`. Where even
//! counting exceeds a cap, the time is halved until it does not.
//!
//! Ranges are jobs of different moments. A row that changes in between gets a later `updateddate` than any that was
//! counted, so it is found again by one last job behind the last range, or it has left already: ids tell which. That job
//! runs when all others are done. A row is delivered once, in the version that was met first.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use futures::stream::{StreamExt, TryStreamExt};
use parking_lot::Mutex;
use zuzen_plan::job::Cap;
use zuzen_plan::remote::{Condition, Literal, Operator, Sort, Test};
use zuzen_plan::trino;
use zuzen_plan::value::{MICROS, Type};
use zuzen_rest::Purpose;

use super::ids::{Seen, key_place, keys};
use super::read::{Job, Output, TableRead};
use super::results::{Failed, Results};
use super::run::{Batches, Run, followed};
use super::service::Service;
use crate::error::{Error, Kind};

/// The columns that ranges are made of.
const TIME: &str = "updateddate";
pub(super) const KEY: &str = "id";

/// Ranges that are read at once; a slot stays free for other statements.
const AT_ONCE: usize = 4;

/// How much of the cap a range fills: rows may come in while it is read.
const FILL: f64 = 0.9;

/// A row's `updateddate` lies after this and before the end of time.
const BEGIN: i64 = 0;
const END: i64 = 4_102_444_800 * MICROS;

/// Zuora is hardly older.
const FIRST_YEAR: i32 = 2012;

/// A milli-, and other steps of time in microseconds.
const MILLI: i64 = 1_000;
const HOUR: i64 = 3_600 * MICROS;

/// Rows of one step of time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bucket {
    /// Its beginning; `None` for rows that were never updated.
    begin: Option<i64>,
    rows: u64,
    newest: Option<i64>,
}

/// A part of the table that fits into a job.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Rows from here to before there.
    Range(i64, i64),
    /// Rows of one millisecond, too many for a job.
    Instant(i64),
    /// Rows without a time.
    Timeless,
    /// The whole table, by its key.
    All,
}

impl Part {
    fn conditions(&self) -> Vec<Condition> {
        let of = |operator, micros| Condition {
            column: TIME.to_owned(),
            test: Test::Compare(operator, Literal::Timestamp(micros)),
        };
        match self {
            Self::Range(from, to) => vec![of(Operator::AtLeast, *from), of(Operator::Less, *to)],
            Self::Instant(at) => vec![of(Operator::Equal, *at)],
            Self::Timeless => vec![Condition {
                column: TIME.to_owned(),
                test: Test::IsNull,
            }],
            Self::All => Vec::new(),
        }
    }

    fn is_by_key(&self) -> bool {
        matches!(self, Self::Instant(_) | Self::All)
    }
}

/// The rows of a table in ranges that fit into jobs.
pub(super) async fn ranges(
    run: Run,
    read: TableRead,
    besides: Vec<Condition>,
    cap: Cap,
    message: String,
) -> Result<Batches, Error> {
    let table = Arc::clone(&read.table);
    let has = |name: &str, kind: &Type| {
        read.is_keyed_by(name)
            && table
                .column(name)
                .is_some_and(|column| column.kind == *kind)
    };
    let has_time = has(TIME, &Type::Timestamp);
    let is_export = read.service == Service::Export;
    // A table without a time is read by its key, which takes nothing off what a job has to look at.
    let by_key = !has_time && !is_export && cap != Cap::Input;
    if read.limit.is_some() || !has(KEY, &Type::Text) || !(has_time || by_key) {
        return Err(unsplittable(&read, &message));
    }
    let splitter = Splitter {
        read: with_key(read),
        besides,
        cap: run.connection().caps().output,
        run,
    };
    let width = splitter.run.scan.schema_fields().len();
    let whole = |splitter: Splitter| {
        let all = splitter.part(Part::All);
        Ok(all.map(move |batch| narrowed(&batch?, width)).boxed())
    };
    if by_key {
        return whole(splitter);
    }
    if is_export {
        // Exports do not count. What is newer than an hour ago is read at the end: clocks differ.
        let until = (chrono::Utc::now().timestamp() - 3_600) * MICROS;
        return Ok(splitter.read_all(years(until), until - MILLI));
    }
    let buckets = splitter.counted(BEGIN, END, Step::Hour).await?;
    let Some(newest) = buckets.iter().filter_map(|bucket| bucket.newest).max() else {
        return whole(splitter);
    };
    let parts = splitter.parts(buckets, newest + MILLI).await?;
    splitter.run.turn(format!("ranges: {}", parts.len()));
    Ok(splitter.read_all(parts, newest))
}

/// The years of Zuora, and before them all that is older.
fn years(until: i64) -> Vec<Part> {
    let mut parts = vec![Part::Timeless];
    let mut from = BEGIN;
    for year in FIRST_YEAR.. {
        let begin = NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        let Some(begin) = begin.map(|begin| begin.and_utc().timestamp() * MICROS) else {
            break;
        };
        if begin >= until {
            break;
        }
        parts.push(Part::Range(from, begin));
        from = begin;
    }
    parts.push(Part::Range(from, until));
    parts
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

/// The read with the key among its columns, since rows are told apart by it.
fn with_key(mut read: TableRead) -> TableRead {
    let is_there = read.columns.iter().any(|column| column.name == KEY);
    if let Some(key) = read.table.column(KEY).filter(|_| !is_there) {
        read.columns.push(key.clone());
    }
    read
}

/// How finely rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Hour,
    Second,
    Instant,
}

impl Step {
    fn finer(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Second),
            Self::Second => Some(Self::Instant),
            Self::Instant => None,
        }
    }

    fn micros(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Second => MICROS,
            Self::Instant => MILLI,
        }
    }

    /// The step that a row belongs to, in UTC whatever the tenant's zone.
    fn text(self) -> String {
        let time = trino::identifier(TIME);
        match self {
            Self::Hour => format!("date_trunc('hour', at_timezone({time}, 'UTC'))"),
            Self::Second => format!("date_trunc('second', {time})"),
            Self::Instant => time,
        }
    }
}

#[derive(Clone)]
struct Splitter {
    run: Run,
    read: TableRead,
    besides: Vec<Condition>,
    cap: u64,
}

impl Splitter {
    fn target(&self) -> u64 {
        ((self.cap as f64 * FILL) as u64).max(1)
    }

    fn conditions(&self, part: &Part) -> Vec<Condition> {
        self.besides
            .iter()
            .cloned()
            .chain(part.conditions())
            .collect()
    }

    /// Counts the rows of each step of a span of time; of the whole time, those without one, too.
    async fn counted(&self, from: i64, to: i64, step: Step) -> Result<Vec<Bucket>, Error> {
        let mut open = vec![(from, to)];
        let mut buckets = Vec::new();
        if (from, to) == (BEGIN, END) {
            match self.count(None, step).await {
                Ok(all) => return Ok(all),
                Err(Failed::TooMuch { .. }) => {
                    let timeless = self.count(Some(&Part::Timeless), Step::Instant).await;
                    buckets.extend(timeless.map_err(Failed::error)?);
                }
                Err(failed) => return Err(failed.error()),
            }
            open =
                spans(from, to, step).map_or_else(Vec::new, |[first, second]| vec![second, first]);
        }
        while let Some((from, to)) = open.pop() {
            match self.count(Some(&Part::Range(from, to)), step).await {
                Ok(some) => buckets.extend(some),
                Err(failed @ Failed::TooMuch { .. }) => match spans(from, to, step) {
                    Some([first, second]) => open.extend([second, first]),
                    None => return Err(failed.error()),
                },
                Err(failed) => return Err(failed.error()),
            }
        }
        buckets.sort_by_key(|bucket| bucket.begin);
        Ok(buckets)
    }

    async fn count(&self, part: Option<&Part>, step: Step) -> Result<Vec<Bucket>, Failed> {
        let conditions = part.map_or_else(|| self.besides.clone(), |part| self.conditions(part));
        let Some(text) = self
            .read
            .counting(&conditions, &step.text(), &trino::identifier(TIME))?
        else {
            return Ok(Vec::new());
        };
        let output = |header: &str, kind| Output {
            header: header.to_owned(),
            kind,
        };
        let job = Job {
            text,
            outputs: vec![
                output("c0", Type::Timestamp),
                output("c1", Type::Int64),
                output("c2", Type::Timestamp),
            ],
            deleted: None,
            limited: false,
        };
        let read = TableRead {
            columns: self.read.table.columns.iter().take(3).cloned().collect(),
            ..self.read.clone()
        };
        let mut results = self.run.results_of(&read, &job, Purpose::Metadata)?;
        let mut buckets = Vec::new();
        while let Some(batch) = results.next().await? {
            let times = |place: usize| {
                batch
                    .column(place)
                    .as_primitive::<TimestampMicrosecondType>()
            };
            let (begins, newest) = (times(0), times(2));
            let rows = batch.column(1).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                buckets.push(Bucket {
                    begin: begins.is_valid(row).then(|| begins.value(row)),
                    rows: u64::try_from(rows.value(row)).unwrap_or_default(),
                    newest: newest.is_valid(row).then(|| newest.value(row)),
                });
            }
        }
        buckets.sort_by_key(|bucket| bucket.begin);
        // Deleted rows and others are counted apart.
        buckets.dedup_by(|next, first| {
            let same = next.begin == first.begin;
            if same {
                first.rows += next.rows;
                first.newest = first.newest.max(next.newest);
            }
            same
        });
        Ok(buckets)
    }

    /// Parts that fit and leave no gap between the beginning of time and `end`, oldest first.
    async fn parts(&self, buckets: Vec<Bucket>, end: i64) -> Result<Vec<Part>, Error> {
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
                    let fine = self.counted(begin, begin + step.micros(), finer).await?;
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
        let each = futures::stream::iter(parts)
            .map(move |part| own.part(part))
            .flatten_unordered(AT_ONCE)
            .map(move |batch| {
                let batch = batch?;
                remembered.lock().add(keys(&batch))?;
                Ok(batch)
            });
        let closing = self.part(Part::Range(newest + MILLI, END));
        // Cut again, the closing job is several: a row that moves on between them comes twice.
        let closing = closing.map(move |batch| {
            let mut seen = seen.lock();
            let batch = seen.fresh(&batch?)?;
            seen.add(keys(&batch))?;
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
        let Some(mut results) = self.run.results(&self.read, &self.conditions(&part))? else {
            return Ok(futures::stream::empty().boxed());
        };
        match results.next().await {
            Ok(first) => Ok(followed(first, results)),
            Err(Failed::TooMuch { message, .. }) => {
                let Part::Range(from, to) = part else {
                    return Ok(self.by_key(part));
                };
                // Zuora's exports know whole seconds.
                let (step, is_export) = match self.read.service {
                    Service::Export => (Step::Second, true),
                    _ => (Step::Instant, false),
                };
                match halves(from, to, step) {
                    // The earlier half first: a row that is changed meanwhile is then found in the later one.
                    Some(inner) => {
                        let each = futures::stream::iter(inner).map(move |part| self.part(part));
                        Ok(each.flatten().boxed())
                    }
                    None if is_export => Err(unsplittable(&self.read, &message)),
                    None => Ok(self.by_key(Part::Instant(from))),
                }
            }
            Err(failed) => Err(failed.error()),
        }
    }

    /// One job after the other, each behind the last id of the one before.
    fn by_key(self, part: Part) -> Batches {
        let start = Pages {
            splitter: self,
            part,
            last: None,
            open: None,
            over: false,
        };
        let next = |mut pages: Pages| async move {
            let batch = pages.next().await.map_err(Error::into_datafusion)?;
            Ok::<_, DataFusionError>(batch.map(|batch| (batch, pages)))
        };
        futures::stream::try_unfold(start, next).boxed()
    }
}

/// Rows in the order of their ids, a job for each run of them that fits.
struct Pages {
    splitter: Splitter,
    part: Part,
    last: Option<String>,
    open: Option<Results>,
    over: bool,
}

impl Pages {
    async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        while !self.over {
            let Some(results) = &mut self.open else {
                self.open = self.page()?;
                self.over = self.open.is_none();
                continue;
            };
            if let Some(batch) = results.next().await.map_err(Failed::error)? {
                let ids = key_place(&batch).map(|place| batch.column(place).as_string::<i32>());
                let newest = ids.and_then(|ids| ids.iter().flatten().max());
                self.last = self.last.take().max(newest.map(str::to_owned));
                return Ok(Some(batch));
            }
            self.over = results.rows() < self.splitter.cap;
            self.open = None;
        }
        Ok(None)
    }

    /// The job behind the last id.
    fn page(&self) -> Result<Option<Results>, Error> {
        let splitter = &self.splitter;
        let mut conditions = splitter.conditions(&self.part);
        conditions.extend(self.last.as_ref().map(|last| Condition {
            column: KEY.to_owned(),
            test: Test::Compare(Operator::Greater, Literal::Text(last.clone())),
        }));
        let mut read = splitter.read.clone();
        read.order = vec![Sort {
            column: KEY.to_owned(),
            kind: Type::Text,
            descending: false,
            nulls_first: None,
        }];
        read.limit = Some(splitter.cap);
        let mut job = read.job(&conditions)?;
        if job.as_ref().is_some_and(|job| !job.limited) {
            // A condition that finds too many rows forbids a limit; all are checked again above.
            read.conditions.clear();
            job = read.job(&conditions)?;
        }
        match job {
            None => Ok(None),
            Some(job) if job.limited => splitter
                .run
                .results_of(&read, &job, Purpose::Data)
                .map(Some),
            Some(_) => Err(unsplittable(
                &splitter.read,
                "its keys cannot be put in order",
            )),
        }
    }
}

/// Two halves of a span on whole steps, the earlier one first; `None` if it is a single step.
fn spans(from: i64, to: i64, step: Step) -> Option<[(i64, i64); 2]> {
    let size = step.micros();
    let middle = (from + (to - from) / 2).div_euclid(size) * size;
    (middle > from && middle < to).then_some([(from, middle), (middle, to)])
}

fn halves(from: i64, to: i64, step: Step) -> Option<[Part; 2]> {
    let spans = spans(from, to, step)?;
    Some(spans.map(|(from, to)| Part::Range(from, to)))
}

/// The batch without the key that was only read to tell rows apart.
fn narrowed(batch: &RecordBatch, width: usize) -> Result<RecordBatch> {
    let places: Vec<usize> = (0..width).collect();
    Ok(batch.project(&places)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_half_is_read_first() {
        let minute = Step::Second.micros() * 60;
        let halves = spans(0, minute, Step::Second).unwrap();
        assert_eq!(halves, [(0, minute / 2), (minute / 2, minute)]);
        assert!(spans(0, Step::Second.micros(), Step::Second).is_none());
    }
}
