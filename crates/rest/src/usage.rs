//! What a scan and its statement have used: counters that EXPLAIN ANALYZE prints, and the request budget.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::pauses::{Pause, Paused, Pauses};

/// Different warnings kept for one scan.
const MOST_WARNINGS: usize = 50;

/// A running statement: all its scans share its budget.
#[derive(Debug)]
pub struct Statement {
    id: u64,
    requests: AtomicU64,
    max_requests: Option<u64>,
    sent: AtomicU64,
    bytes: AtomicU64,
    pauses: Pauses,
}

impl Statement {
    /// A statement that may send so many requests; without a bound, any number.
    #[must_use]
    pub fn new(id: u64, max_requests: Option<u64>) -> Self {
        Self {
            id,
            requests: AtomicU64::new(0),
            max_requests,
            sent: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            pauses: Pauses::default(),
        }
    }

    /// The number by which the log knows it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Requests taken from the budget, retries included; those that still wait for a rate limit are among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that have left, retries included.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes received, decompressed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What its requests wait for at this moment; empty as long as they travel.
    #[must_use]
    pub fn pauses(&self) -> Vec<Pause> {
        self.pauses.all()
    }

    /// Says what a request waits for until the answer is dropped.
    pub(crate) fn pause(&self, pause: Pause) -> Paused<'_> {
        self.pauses.begin(pause)
    }

    /// Whether half of the budget is left: the later half is not for what is only good to know.
    pub(crate) fn is_ample(&self) -> bool {
        self.max_requests
            .is_none_or(|most| self.requests() < most / 2)
    }

    /// Takes one request from the budget, or says how large the budget was.
    pub(crate) fn spend(&self) -> Result<(), u64> {
        let spent = self
            .requests
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sent| {
                self.max_requests
                    .is_none_or(|most| sent < most)
                    .then_some(sent + 1)
            });
        match (spent, self.max_requests) {
            (Err(_), Some(most)) => Err(most),
            _ => Ok(()),
        }
    }
}

/// What one scan has used.
#[derive(Debug)]
pub struct Usage {
    statement: Arc<Statement>,
    requests: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
    pages: AtomicU64,
    bytes: AtomicU64,
    waited: AtomicU64,
    warnings: Mutex<BTreeSet<String>>,
}

impl Usage {
    /// Counters at nought.
    #[must_use]
    pub fn new(statement: Arc<Statement>) -> Self {
        Self {
            statement,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            waited: AtomicU64::new(0),
            warnings: Mutex::new(BTreeSet::new()),
        }
    }

    /// The statement it belongs to.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Requests sent, retries included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that repeated an earlier one.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Answers with status 429.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Pages handed on.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.pages.load(Ordering::Relaxed)
    }

    /// Bytes received, decompressed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Time spent waiting for rate limits and between attempts.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited.load(Ordering::Relaxed))
    }

    /// What the API remarked about the requests: the only sign of a parameter that it ignored.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().iter().cloned().collect()
    }

    pub(crate) fn count_request(&self, attempt: u32) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.statement.sent.fetch_add(1, Ordering::Relaxed);
        if attempt > 0 {
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_page(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.statement.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_wait(&self, waited: Duration) {
        let nanos = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.waited.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Whether the warning is new.
    pub(crate) fn warn(&self, warning: &str) -> bool {
        let mut warnings = self.warnings.lock();
        warnings.len() < MOST_WARNINGS && warnings.insert(warning.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_spent_once() {
        let statement = Statement::new(7, Some(2));
        assert_eq!(statement.spend(), Ok(()));
        assert_eq!(statement.spend(), Ok(()));
        assert_eq!(statement.spend(), Err(2));
        assert_eq!(statement.requests(), 2);
        let free = Statement::new(8, None);
        assert_eq!(free.spend(), Ok(()));
        assert_eq!(free.requests(), 1);
    }

    #[test]
    fn warnings_are_kept_once() {
        let usage = Usage::new(Arc::new(Statement::new(1, None)));
        assert!(usage.warn("Removed invalid parameter: x"));
        assert!(!usage.warn("Removed invalid parameter: x"));
        assert_eq!(usage.warnings(), ["Removed invalid parameter: x"]);
    }
}
