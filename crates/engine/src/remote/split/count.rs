//! How many rows there are, by steps of time.

use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::{Int64Type, TimestampMicrosecondType};

use futures::stream::{StreamExt as _, TryStreamExt as _};
use zuzen_plan::value::MICROS;

use super::part::{BEGIN, Bucket, END, MILLI, Part, Step, spans, years};
use super::{AT_ONCE, Splitter, TIME};
use crate::remote::results::Failed;

impl Splitter {
    /// Counts the rows of each hour, and those without a time. `by_year` says that counting all at once is too much.
    pub(super) async fn counted(&self, by_year: bool) -> Result<Vec<Bucket>, Failed> {
        if !by_year {
            match self.count(None, Step::Hour).await {
                Err(Failed::TooMuch { .. }) => {}
                other => return other,
            }
        }
        // So few rows that what fails now would fail for any range.
        let least = Part::Range(BEGIN, BEGIN + MILLI);
        self.count(Some(&least), Step::Instant).await?;
        let mut buckets = self.timeless().await?;
        let now = chrono::Utc::now().timestamp() * MICROS;
        let spans = years(now).into_iter().chain([(now, END)]);
        let each = spans.map(|(from, to)| self.counted_between(from, to, Step::Hour));
        let each = futures::stream::iter(each).buffered(AT_ONCE);
        for some in each.try_collect::<Vec<_>>().await? {
            buckets.extend(some);
        }
        // Of an hour that a span ended in, both halves are there.
        Ok(united(buckets))
    }

    /// Counts the rows of each step of a span of time.
    pub(super) async fn counted_between(
        &self,
        from: i64,
        to: i64,
        step: Step,
    ) -> Result<Vec<Bucket>, Failed> {
        let mut open = vec![(from, to)];
        let mut buckets = Vec::new();
        while let Some((from, to)) = open.pop() {
            match self.count(Some(&Part::Range(from, to)), step).await {
                Ok(some) => buckets.extend(some),
                Err(failed @ Failed::TooMuch { .. }) => match spans(from, to, step) {
                    Some([first, second]) => open.extend([second, first]),
                    None => return Err(failed),
                },
                Err(failed) => return Err(failed),
            }
        }
        Ok(united(buckets))
    }

    /// Counts the rows without a time. Every object is stamped, but Data Query may refuse to look whether one is not: no
    /// index knows NULLs, so the whole table would be read.
    async fn timeless(&self) -> Result<Vec<Bucket>, Failed> {
        match self.count(Some(&Part::Timeless), Step::Instant).await {
            Err(Failed::TooMuch { message, .. }) => {
                self.run.connection().warn(vec![format!(
                    "{}: read in ranges of {TIME}; rows without one, if there are any, are not among its rows, because \
                     Data Query does not look for them: {message}",
                    self.source.name()
                )]);
                Ok(Vec::new())
            }
            other => other,
        }
    }

    async fn count(&self, part: Option<&Part>, step: Step) -> Result<Vec<Bucket>, Failed> {
        let conditions = part.map_or_else(|| self.besides.clone(), |part| self.conditions(part));
        let Some(mut results) = self.source.count(&self.run, &conditions, step)? else {
            return Ok(Vec::new());
        };
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
        Ok(united(buckets))
    }
}

/// One bucket for each step: deleted rows and others are counted apart.
fn united(mut buckets: Vec<Bucket>) -> Vec<Bucket> {
    buckets.sort_by_key(|bucket| bucket.begin);
    buckets.dedup_by(|next, first| {
        let same = next.begin == first.begin;
        if same {
            first.rows += next.rows;
            first.newest = first.newest.max(next.newest);
        }
        same
    });
    buckets
}
