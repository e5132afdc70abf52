//! The request log: the last attempts of a connection, for `system.requests`.
//!
//! One row for every attempt, also those that were cancelled. Bounded; it holds no headers and no bodies.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::errand::Errand;

/// Rows kept.
const MOST_ROWS: usize = 10_000;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Rows of a table.
    Data,
    /// Counts, fields and other things that planning asks for.
    Metadata,
    /// Signing in.
    Auth,
}

impl Purpose {
    /// The word in `system.requests`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Metadata => "metadata",
            Self::Auth => "auth",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number on this connection, without gaps.
    pub number: u64,
    /// When it was sent.
    pub sent: SystemTime,
    /// The statement it belongs to.
    pub statement: u64,
    /// What it is for.
    pub purpose: Purpose,
    /// `connection.table`.
    pub table: String,
    /// The read's name.
    pub read: String,
    /// HTTP method.
    pub method: &'static str,
    /// Path as sent.
    pub path: String,
    /// Query as sent, encoded, without the question mark.
    pub query: String,
    /// Status of the answer, if there was one.
    pub status: Option<u16>,
    /// Rows in the answer, once somebody has counted them.
    pub rows: Option<u64>,
    /// Size of the answer, decompressed.
    pub bytes: u64,
    /// From sending to the end of the answer.
    pub elapsed: Duration,
    /// Attempts before this one for the same page.
    pub attempt: u32,
    /// Time waited before it, for rate limits or after a failure.
    pub waited: Duration,
    /// What was wrong.
    pub error: Option<String>,
}

impl Row {
    /// A first attempt, sent now.
    pub(crate) fn of(errand: &Errand, method: &'static str, path: String) -> Self {
        Self {
            number: 0,
            sent: SystemTime::now(),
            statement: errand.usage.statement().id(),
            purpose: errand.purpose,
            table: errand.table.clone(),
            read: errand.read.clone(),
            method,
            path,
            query: String::new(),
            status: None,
            rows: None,
            bytes: 0,
            elapsed: Duration::ZERO,
            attempt: 0,
            waited: Duration::ZERO,
            error: None,
        }
    }
}

/// The last attempts of a connection.
#[derive(Debug, Default)]
pub struct RequestLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    rows: VecDeque<Row>,
}

impl RequestLog {
    /// The rows kept, oldest first. Attempts still under way are not among them.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.state.lock().rows.iter().cloned().collect();
        rows.sort_by_key(|row| row.number);
        rows
    }

    /// Attempts that have begun since the connection was opened, forgotten ones included: the number of the newest.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.state.lock().next
    }

    /// The rows kept that are newer than this number, oldest first.
    #[must_use]
    pub fn since(&self, number: u64) -> Vec<Row> {
        let state = self.state.lock();
        let mut rows: Vec<Row> = (state.rows.iter())
            .filter(|row| row.number > number)
            .cloned()
            .collect();
        rows.sort_by_key(|row| row.number);
        rows
    }

    /// Notes how many rows the answer of this number held; forgotten attempts are passed over.
    pub fn count_rows(&self, number: u64, rows: u64) {
        let mut state = self.state.lock();
        if let Some(row) = state.rows.iter_mut().rev().find(|row| row.number == number) {
            row.rows = Some(rows);
        }
    }

    fn number(&self) -> u64 {
        let mut state = self.state.lock();
        state.next += 1;
        state.next
    }

    fn push(&self, row: Row) {
        let mut state = self.state.lock();
        if state.rows.len() == MOST_ROWS {
            state.rows.pop_front();
        }
        state.rows.push_back(row);
    }
}

/// An attempt under way: it enters the log when it is finished, and also when it is dropped.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    log: &'a RequestLog,
    row: Option<Row>,
    began: Instant,
}

impl<'a> Pending<'a> {
    pub(crate) fn begin(log: &'a RequestLog, mut row: Row) -> Self {
        row.number = log.number();
        Self {
            log,
            row: Some(row),
            began: Instant::now(),
        }
    }

    /// The answer is in.
    pub(crate) fn answered(&mut self, status: Option<u16>, bytes: usize) {
        if let Some(row) = &mut self.row {
            row.status = status;
            row.bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            row.elapsed = self.began.elapsed();
        }
    }

    /// Enters the log; returns the row's number.
    pub(crate) fn finish(mut self, error: Option<String>) -> u64 {
        let Some(mut row) = self.row.take() else {
            return 0;
        };
        row.error = error;
        let number = row.number;
        self.log.push(row);
        number
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(mut row) = self.row.take() {
            if row.elapsed.is_zero() {
                row.elapsed = self.began.elapsed();
            }
            row.error = Some("cancelled".to_owned());
            self.log.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            number: 0,
            sent: SystemTime::UNIX_EPOCH,
            statement: 1,
            purpose: Purpose::Data,
            table: "zendesk.tickets".to_owned(),
            read: "list".to_owned(),
            method: "GET",
            path: "/x".to_owned(),
            query: String::new(),
            status: None,
            rows: None,
            bytes: 0,
            elapsed: Duration::ZERO,
            attempt: 0,
            waited: Duration::ZERO,
            error: None,
        }
    }

    #[test]
    fn the_log_is_bounded() {
        let log = RequestLog::default();
        for _ in 0..MOST_ROWS + 5 {
            Pending::begin(&log, row()).finish(None);
        }
        let rows = log.rows();
        assert_eq!(rows.len(), MOST_ROWS);
        assert_eq!(rows[0].number, 6);
        let most = MOST_ROWS as u64;
        assert_eq!(log.begun(), most + 5);
        assert_eq!(log.since(most + 3).len(), 2);
        assert_eq!(log.since(most + 4)[0].number, most + 5);
    }

    #[test]
    fn rows_are_counted_afterwards_and_cancelled_attempts_stay() {
        let log = RequestLog::default();
        let number = Pending::begin(&log, row()).finish(None);
        drop(Pending::begin(&log, row()));
        log.count_rows(number, 12);
        log.count_rows(99, 1);
        let rows = log.rows();
        assert_eq!(rows[0].rows, Some(12));
        assert_eq!(rows[1].rows, None);
        assert_eq!(rows[1].error.as_deref(), Some("cancelled"));
    }
}
