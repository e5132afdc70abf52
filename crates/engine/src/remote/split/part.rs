//! Spans of time that a table is read in, and how finely their rows are counted.

use chrono::NaiveDate;
use zuzen_plan::remote::{Condition, Literal, Operator, Test};
use zuzen_plan::value::MICROS;

use super::TIME;

/// A row's `updateddate` lies after this and before the end of time.
pub(super) const BEGIN: i64 = 0;
pub(super) const END: i64 = 4_102_444_800 * MICROS;

/// Zuora is hardly older.
const FIRST_YEAR: i32 = 2012;

/// A milli-, and other steps of time in microseconds.
pub(super) const MILLI: i64 = 1_000;
pub(super) const HOUR: i64 = 3_600 * MICROS;

/// Rows of one step of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Its beginning; `None` for rows that were never updated.
    pub(super) begin: Option<i64>,
    pub(super) rows: u64,
    pub(super) newest: Option<i64>,
}

/// A part of the table that fits into a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
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
    pub(super) fn conditions(&self) -> Vec<Condition> {
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

    pub(super) fn is_by_key(&self) -> bool {
        matches!(self, Self::Instant(_) | Self::All)
    }
}

/// All that is older than Zuora, and then its years.
pub(super) fn years(until: i64) -> Vec<(i64, i64)> {
    let first_of = |year: i32| {
        let day = NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)?;
        Some(day.and_utc().timestamp() * MICROS)
    };
    let begins = (FIRST_YEAR..).map_while(first_of);
    let mut edges: Vec<i64> = begins.take_while(|begin| *begin < until).collect();
    edges.insert(0, BEGIN);
    edges.push(until);
    edges.windows(2).map(|edge| (edge[0], edge[1])).collect()
}

/// How finely rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Hour,
    Second,
    Instant,
}

impl Step {
    pub(super) fn finer(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Second),
            Self::Second => Some(Self::Instant),
            Self::Instant => None,
        }
    }

    pub(super) fn micros(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Second => MICROS,
            Self::Instant => MILLI,
        }
    }

    /// The step that a row of this time belongs to, in UTC whatever the tenant's zone.
    pub(super) fn text(self, time: &str) -> String {
        match self {
            Self::Hour => format!("date_trunc('hour', at_timezone({time}, 'UTC'))"),
            Self::Second => format!("date_trunc('second', {time})"),
            Self::Instant => time.to_owned(),
        }
    }
}

/// Two halves of a span on whole steps, the earlier one first; `None` if it is a single step.
pub(super) fn spans(from: i64, to: i64, step: Step) -> Option<[(i64, i64); 2]> {
    let size = step.micros();
    let middle = (from + (to - from) / 2).div_euclid(size) * size;
    (middle > from && middle < to).then_some([(from, middle), (middle, to)])
}

pub(super) fn halves(from: i64, to: i64, step: Step) -> Option<[Part; 2]> {
    let spans = spans(from, to, step)?;
    Some(spans.map(|(from, to)| Part::Range(from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_leave_no_gap() {
        let year = |year: i64| {
            let day = NaiveDate::from_ymd_opt(i32::try_from(year).unwrap(), 1, 1);
            day.unwrap()
                .and_hms_opt(0, 0, 0)
                .unwrap()
                .and_utc()
                .timestamp()
                * MICROS
        };
        let spans = years(year(2014) + 5);
        let expected = [
            (BEGIN, year(2012)),
            (year(2012), year(2013)),
            (year(2013), year(2014)),
            (year(2014), year(2014) + 5),
        ];
        assert_eq!(spans, expected);
    }

    #[test]
    fn the_earlier_half_is_read_first() {
        let minute = Step::Second.micros() * 60;
        let halves = spans(0, minute, Step::Second).unwrap();
        assert_eq!(halves, [(0, minute / 2), (minute / 2, minute)]);
        assert!(spans(0, Step::Second.micros(), Step::Second).is_none());
    }
}
