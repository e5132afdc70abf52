//! The job log: the last jobs of a connection, for `system.jobs`. It can be read while they run.
//!
//! Bounded; it holds statements but no addresses of files.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use zuzen_plan::job::{Service, Tries};

use super::JobRequest;
use crate::log::Purpose;

/// Rows kept.
const MOST_ROWS: usize = 1_000;

/// The longest statement that is kept, in characters: a list of keys may fill a million.
const LONGEST_TEXT: usize = 10_000;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// It waits for a slot, of this process or at the vendor's.
    Waiting,
    /// The statement is on its way.
    Submitting,
    /// The vendor has it in its queue.
    Queued,
    /// It runs.
    Running,
    /// Its result is being read.
    Fetching,
    /// All rows have been read.
    Completed,
    /// It has come to nothing.
    Failed,
    /// Nobody wanted its rows any more.
    Cancelled,
}

impl JobState {
    /// The word in `system.jobs`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Submitting => "submitting",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Fetching => "fetching",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One job, however often it was submitted.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// Its number on this connection, without gaps.
    pub number: u64,
    /// The statement it belongs to.
    pub statement: u64,
    /// Where it runs.
    pub service: Service,
    /// What it is for.
    pub purpose: Purpose,
    /// The connection's table, or what else is asked.
    pub table: String,
    /// The job at the vendor's, once there is one; the last of several.
    pub job: Option<String>,
    /// How far it is.
    pub state: JobState,
    /// The place in the vendor's queue, from 1, while it is known to wait there.
    pub queue_place: Option<u32>,
    /// The statement in the vendor's language; a very long one is cut.
    pub text: String,
    /// When it was submitted first.
    pub submitted: Option<SystemTime>,
    /// From the first poll of its stream until its end, or until now.
    pub elapsed: Duration,
    /// Rows that the vendor has counted.
    pub rows: Option<u64>,
    /// Bytes handed on, decompressed.
    pub bytes: u64,
    /// Submits.
    pub submits: u32,
    /// Polls.
    pub polls: u32,
    /// Submits for which there was no slot.
    pub refusals: u32,
    /// What was wrong.
    pub error: Option<String>,
}

impl JobRow {
    /// A place is one in the queue, and ends with it.
    fn turn(&mut self, state: JobState) {
        self.state = state;
        if state != JobState::Queued {
            self.queue_place = None;
        }
    }
}

/// The last jobs of a connection.
#[derive(Debug, Default)]
pub struct JobLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    rows: BTreeMap<u64, (JobRow, Instant)>,
}

impl JobLog {
    /// The rows kept, oldest first, those of jobs under way among them.
    #[must_use]
    pub fn rows(&self) -> Vec<JobRow> {
        self.rows_where(|_| true)
    }

    /// The rows of a statement's jobs under way, oldest first. Cheap, so that it can be asked again and again.
    #[must_use]
    pub fn under_way(&self, statement: u64) -> Vec<JobRow> {
        self.rows_where(|row| row.statement == statement && !row.state.is_over())
    }

    fn rows_where(&self, wanted: impl Fn(&JobRow) -> bool) -> Vec<JobRow> {
        let kept = self.kept.lock();
        let rows = kept.rows.values().filter(|(row, _)| wanted(row));
        let rows = rows.map(|(row, began)| {
            let mut row = row.clone();
            if !row.state.is_over() {
                row.elapsed = began.elapsed();
            }
            row
        });
        rows.collect()
    }

    /// Enters a job that waits for its slot.
    pub(super) fn begin(self: &Arc<Self>, request: &JobRequest, statement: u64) -> Entry {
        let mut kept = self.kept.lock();
        kept.next += 1;
        let number = kept.next;
        if kept.rows.len() >= MOST_ROWS {
            let mut numbers = kept.rows.iter();
            let over = numbers.find(|(_, (row, _))| row.state.is_over());
            let forgotten = over.or_else(|| kept.rows.iter().next()).map(|row| *row.0);
            if let Some(forgotten) = forgotten {
                kept.rows.remove(&forgotten);
            }
        }
        let row = JobRow {
            number,
            statement,
            service: request.service,
            purpose: request.purpose,
            table: request.table.clone(),
            job: None,
            state: JobState::Waiting,
            queue_place: None,
            text: cut(&request.statement),
            submitted: None,
            elapsed: Duration::ZERO,
            rows: None,
            bytes: 0,
            submits: 0,
            polls: 0,
            refusals: 0,
            error: None,
        };
        kept.rows.insert(number, (row, Instant::now()));
        Entry {
            log: Arc::clone(self),
            number,
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The row of a job under way.
#[derive(Debug)]
pub(super) struct Entry {
    log: Arc<JobLog>,
    number: u64,
}

impl Entry {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn write(&self, write: impl FnOnce(&mut JobRow, Instant)) {
        if let Some((row, began)) = self.log.kept.lock().rows.get_mut(&self.number) {
            write(row, *began);
        }
    }

    /// The job at the vendor's, once there is one.
    pub(super) fn job(&self) -> Option<String> {
        let kept = self.log.kept.lock();
        kept.rows.get(&self.number)?.0.job.clone()
    }

    pub(super) fn reach(&self, state: JobState) {
        self.write(|row, _| {
            row.turn(state);
            if state == JobState::Submitting && row.submitted.is_none() {
                row.submitted = Some(SystemTime::now());
            }
        });
    }

    /// What the vendor says of it.
    pub(super) fn observe(&self, job: Option<&str>, rows: Option<u64>) {
        self.write(|row, _| {
            row.job = job.map(str::to_owned).or(row.job.take());
            row.rows = rows.or(row.rows);
        });
    }

    /// The place in the vendor's queue, as far as it is known now.
    pub(super) fn place(&self, place: Option<u32>) {
        self.write(|row, _| {
            if row.state == JobState::Queued {
                row.queue_place = place;
            }
        });
    }

    pub(super) fn count(&self, tries: Tries) {
        self.write(|row, _| {
            row.submits = tries.submits;
            row.polls = tries.polls;
            row.refusals = tries.refusals;
        });
    }

    pub(super) fn count_bytes(&self, bytes: usize) {
        self.write(|row, _| row.bytes += u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    pub(super) fn end(&self, state: JobState, error: Option<String>) {
        self.write(|row, began| {
            row.turn(state);
            row.elapsed = began.elapsed();
            row.error = error;
        });
    }
}

/// A job whose task is gone without a word has been cancelled by the end of the runtime.
impl Drop for Entry {
    fn drop(&mut self) {
        self.write(|row, began| {
            if !row.state.is_over() {
                row.turn(JobState::Cancelled);
                row.elapsed = began.elapsed();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use zuzen_plan::job::Patience;

    use super::*;

    fn request() -> JobRequest {
        JobRequest {
            service: Service::DataQuery,
            body: String::new(),
            statement: "SELECT 1".to_owned(),
            table: "a query".to_owned(),
            tables: Vec::new(),
            purpose: Purpose::Data,
            patience: Patience::for_data_query(),
        }
    }

    #[test]
    fn the_log_forgets_what_is_over_first() {
        let log = Arc::new(JobLog::default());
        let request = request();
        let running = log.begin(&request, 7);
        running.reach(JobState::Running);
        for _ in 0..MOST_ROWS + 5 {
            log.begin(&request, 7).end(JobState::Completed, None);
        }
        let rows = log.rows();
        assert_eq!(rows.len(), MOST_ROWS);
        assert_eq!((rows[0].number, rows[0].state), (1, JobState::Running));
        let under_way = |statement| log.under_way(statement).len();
        assert_eq!((under_way(7), under_way(8)), (1, 0));
        assert_eq!(rows[1].number, 8);
        assert_eq!(rows[0].text, "SELECT 1");
        assert_eq!(cut(&"é".repeat(10_001)).chars().count(), 10_001);
        drop(running);
        assert_eq!(log.rows()[0].state, JobState::Cancelled);
    }

    #[test]
    fn a_place_is_one_in_the_queue() {
        let log = Arc::new(JobLog::default());
        let entry = log.begin(&request(), 7);
        let place = || log.rows().last().unwrap().queue_place;
        entry.place(Some(3));
        assert_eq!(place(), None, "it is not queued yet");
        for next in [JobState::Running, JobState::Waiting, JobState::Submitting] {
            entry.reach(JobState::Queued);
            entry.place(Some(3));
            entry.reach(JobState::Queued);
            assert_eq!(place(), Some(3));
            entry.reach(next);
            assert_eq!(place(), None, "{next}");
        }
        entry.reach(JobState::Queued);
        entry.place(Some(2));
        entry.place(None);
        assert_eq!(place(), None);
        entry.place(Some(1));
        entry.end(JobState::Failed, None);
        assert_eq!(place(), None);
    }
}
