//! A query that runs at the vendor's: submitted, asked after, fetched, given up.
//!
//! Data Query and AQuA are told apart when an answer is read (`data_query`, `aqua`); what happens next is the same
//! for both ([`Job`]). Nothing here sends, sleeps or looks at a clock.

pub mod aqua;
pub mod data_query;
mod life;
mod queue;
mod report;
mod service;
#[cfg(test)]
mod tests;
mod trouble;

use std::time::Duration;

pub use life::{Job, Tries};
pub use report::{File, FileAddress, Refused, Report, State};
pub use service::Service;
pub use trouble::{Cap, JobError, Trouble};

/// What the caller does next, and then reports as an [`Event`].
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Submit the statement.
    Submit {
        /// The `Idempotency-Key`: with the same one, no second job can come of it.
        key: String,
        /// After this pause.
        after: Duration,
    },
    /// Ask how the job is.
    Poll {
        /// The job.
        id: String,
        /// After this pause.
        after: Duration,
        /// It is worth a call to learn its place in the queue meanwhile.
        place: bool,
    },
    /// Read the result, from where an earlier reading was left. Once rows have left, [`Job::delivered`] says so.
    Fetch {
        /// All of these, one after another.
        files: Vec<File>,
        /// Rows that the vendor has counted.
        rows: Option<u64>,
    },
    /// Cancel the job at the vendor's; whatever it answers ends the matter.
    Cancel {
        /// The job.
        id: String,
    },
    /// Nothing: an answer is still to come.
    Wait,
    /// More rows than a job may read or deliver: ask for fewer at a time. This job has ended.
    Split {
        /// Which bound.
        cap: Cap,
        /// The vendor's words.
        message: String,
    },
    /// It is over.
    Done(Ending),
    /// It has failed for good.
    Fail(JobError),
}

/// How a job ends well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All rows have been read.
    Read,
    /// There were none.
    Empty,
    /// Whoever asked has gone.
    Cancelled,
}

/// What came of an action, or from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A submit, a poll or a cancel was answered.
    Answered(Report),
    /// A submit, a poll, a cancel or a file was refused, after what the sender itself repeats.
    Refused(Refused),
    /// All files have been read to their end.
    Fetched,
    /// Nobody wants the rows any more.
    Abandoned {
        /// A submit is under way, so that there may be a job soon.
        sent: bool,
    },
}

/// How patient a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Submits after failures that pass.
    pub resubmissions: u32,
    /// Submits after the vendor stopped a job for its time (`AquaRetries`). Data Query does that by itself.
    pub time_retries: u32,
    /// Submits after the vendor's queue was full.
    pub refusals: u32,
    /// Polls in a row without an answer, and files that are asked for again.
    pub silence: u32,
    /// The longest time from the first submit to the result.
    pub longest: Duration,
    /// The wait in the vendor's queue before the place there is asked for.
    pub place_after: Duration,
    /// The shortest time from one question for the place to the next.
    pub place_again: Duration,
}

impl Patience {
    /// For Data Query: four hours of running, which is what Zuora allows itself, and one of queueing.
    #[must_use]
    pub fn for_data_query() -> Self {
        Self {
            resubmissions: 3,
            time_retries: 0,
            refusals: 120,
            silence: 3,
            longest: Duration::from_secs(5 * 3_600),
            place_after: Duration::from_secs(5),
            place_again: Duration::from_secs(10),
        }
    }

    /// For AQuA, which stops a query after `hours` and is then asked again `retries` times.
    #[must_use]
    pub fn for_aqua(retries: u32, hours: u32) -> Self {
        let runs = retries.saturating_add(1);
        Self {
            time_retries: retries,
            longest: Duration::from_secs(3_600)
                .saturating_mul(hours.saturating_mul(runs).saturating_add(1)),
            ..Self::for_data_query()
        }
    }
}

/// The pause before the next poll of a job that was submitted `ago`.
///
/// A quarter of the age, from 0.3 s up to 10 s, so that a result waits for us a quarter of its own time at most; from
/// ten minutes on a sixtieth, up to a minute. Four hours take about 370 polls; an API sandbox allows 10,000 calls a day.
#[must_use]
pub fn pause(ago: Duration) -> Duration {
    let young = (ago / 4).clamp(Duration::from_millis(300), Duration::from_secs(10));
    young.max((ago / 60).min(Duration::from_secs(60)))
}

/// The pause before the next submit, after `times` that came to nothing: 1 s, doubled up to 30 s.
#[must_use]
pub fn submit_pause(times: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(times.saturating_sub(1)).min(30))
}
