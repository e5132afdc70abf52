//! The life of a job: one function from what happened to what is done next.
//!
//! | what happened | what is done | how often |
//! |---|---|---|
//! | no free slot: 429, or words about a queue or a limit of jobs | submit again, with a new key | `refusals` |
//! | the submit went without an answer | submit again, with the same key | `resubmissions` |
//! | 409: a call with this key has made a job whose id never arrived | submit with a new key | `resubmissions` |
//! | the job failed for a reason that passes, and its tables are not `archived_` | submit anew | `resubmissions` |
//! | stopped for its time | submit anew | `time_retries` |
//! | more rows than a job may have | split | |
//! | completed, no file, no rows | done | |
//! | completed, no file, rows or no count | ask again | `silence` |
//! | a signed address is refused (it has ended), or its server fails | ask for a fresh one | `silence` without a row |
//! | the job or its file is unknown (purged) | submit anew | once |
//! | any reason to submit anew, but rows have left already | fail: rows would come twice | |
//! | a poll is refused with 429 or 5xx, or not answered | ask again, later | `silence` in a row; 429 always |
//! | it has been queued for a while | ask for its place as well | every `place_again` |
//! | anything else | fail | |

use std::time::Duration;

use super::queue::Queue;
use super::{
    Action, Cap, Ending, Event, File, JobError, Patience, Refused, Report, State, Trouble,
};
use super::{pause, submit_pause};

/// What Zuora calls tables whose failures only look as if they passed.
const ARCHIVED: &str = "archived_";

/// A statement on its way through a remote engine.
#[derive(Debug, Clone)]
pub struct Job {
    seed: String,
    keys: u32,
    archived: bool,
    /// Rows have left: another job might hold them in another order, or others.
    delivered: bool,
    patience: Patience,
    stage: Stage,
    queue: Queue,
    tries: Tries,
}

/// Counters of a job, for whoever watches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// Submits, the first one included.
    pub submits: u32,
    /// Submits for which there was no slot.
    pub refusals: u32,
    /// Submits after failures that pass.
    pub resubmissions: u32,
    /// Times that it was stopped for its time.
    pub time_limits: u32,
    /// Polls.
    pub polls: u32,
    /// Polls in a row that were not answered.
    silent: u32,
    /// Fresh addresses asked for, and answers without any.
    renewals: u32,
    /// Jobs or files that were gone.
    gone: u32,
}

impl Tries {
    /// Attempts at the files since rows have left at last.
    #[must_use]
    pub fn asked_for_files(self) -> u32 {
        self.renewals + 1
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Submitting,
    /// Abandoned while a submit was under way.
    Leaving,
    Running {
        id: String,
        since: Duration,
    },
    Fetching {
        id: String,
        since: Duration,
        signed: bool,
    },
    /// A cancel is under way; then this.
    Cancelling(Box<Action>),
    Ended,
}

impl Job {
    /// A job that has not been submitted yet, and what to do first.
    ///
    /// `seed` begins all its idempotency keys and must be different for every job; `tables` are those it reads.
    #[must_use]
    pub fn start(seed: &str, tables: &[&str], patience: Patience) -> (Self, Action) {
        let mut job = Self {
            seed: seed.to_owned(),
            keys: 0,
            archived: tables
                .iter()
                .any(|table| table.to_ascii_lowercase().starts_with(ARCHIVED)),
            delivered: false,
            patience,
            stage: Stage::Submitting,
            queue: Queue::default(),
            tries: Tries::default(),
        };
        let first = job.submit(Duration::ZERO);
        (job, first)
    }

    /// The job at the vendor's, while there is one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.stage {
            Stage::Running { id, .. } | Stage::Fetching { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Rows have left. From now on nothing is submitted again, and the file may break off as often as it still grows.
    pub fn delivered(&mut self) {
        self.delivered = true;
        self.tries.renewals = 0;
    }

    /// How often what was tried.
    #[must_use]
    pub fn tries(&self) -> Tries {
        self.tries
    }

    /// What to do after `event`, `now` after the job was started. Events that do not belong here change nothing.
    pub fn next(&mut self, now: Duration, event: Event) -> Action {
        let stage = self.stage.clone();
        match (stage, event) {
            (Stage::Ended, _) => Action::Wait,
            (stage, Event::Abandoned { sent }) => self.abandon(stage, sent),
            (
                Stage::Leaving,
                Event::Answered(Report {
                    id: Some(id),
                    state: State::Queued | State::Running,
                    ..
                }),
            ) => self.cancel(id, Action::Done(Ending::Cancelled)),
            (Stage::Leaving, _) => self.end(Action::Done(Ending::Cancelled)),
            (Stage::Cancelling(then), Event::Answered(_) | Event::Refused(_)) => self.end(*then),
            (Stage::Submitting, Event::Answered(report)) => match report.id.clone() {
                Some(id) => self.observe(now, id, now, report),
                None => self.rejected(now, report),
            },
            (Stage::Running { id, since }, Event::Answered(report)) => {
                self.tries.silent = 0;
                self.observe(now, id, since, report)
            }
            (Stage::Submitting, Event::Refused(refused)) => self.submit_refused(now, refused),
            (Stage::Running { id, since }, Event::Refused(refused)) => {
                self.poll_refused(now, id, since, refused)
            }
            (Stage::Fetching { id, since, signed }, Event::Refused(refused)) => {
                self.file_refused(id, since, signed, refused)
            }
            (Stage::Fetching { .. }, Event::Fetched) => self.end(Action::Done(Ending::Read)),
            (_, Event::Fetched) | (Stage::Fetching { .. }, Event::Answered(_)) => Action::Wait,
        }
    }

    fn abandon(&mut self, stage: Stage, sent: bool) -> Action {
        match stage {
            Stage::Submitting if sent => {
                self.stage = Stage::Leaving;
                Action::Wait
            }
            Stage::Running { id, .. } => self.cancel(id, Action::Done(Ending::Cancelled)),
            // A job that has ended cannot be cancelled.
            Stage::Submitting | Stage::Fetching { .. } => self.end(Action::Done(Ending::Cancelled)),
            Stage::Leaving | Stage::Cancelling(_) | Stage::Ended => Action::Wait,
        }
    }

    fn observe(&mut self, now: Duration, id: String, since: Duration, report: Report) -> Action {
        self.stage = Stage::Running {
            id: id.clone(),
            since,
        };
        let queued = report.state == State::Queued;
        if !queued {
            self.queue.leave();
        }
        match report.state {
            State::Queued | State::Running if now >= self.patience.longest => {
                let message = format!("it was given up after {} s", now.as_secs());
                let error = self.error(Trouble::Overdue, message);
                self.cancel(id, Action::Fail(error))
            }
            State::Queued | State::Running => {
                let left = self.patience.longest.saturating_sub(now);
                let place = queued && self.queue.wait(now, &self.patience);
                let after = pause(now.saturating_sub(since)).min(left);
                self.poll(id, after, place)
            }
            State::Completed if report.files.is_empty() && report.rows == Some(0) => {
                self.end(Action::Done(Ending::Empty))
            }
            State::Completed if report.files.is_empty() => {
                let after = pause(now.saturating_sub(since));
                self.renew(
                    id,
                    after,
                    Trouble::NoFile,
                    "there is no address in its answer".to_owned(),
                )
            }
            State::Completed => {
                let signed = report
                    .files
                    .iter()
                    .any(|file| matches!(file, File::Signed(_)));
                self.stage = Stage::Fetching { id, since, signed };
                Action::Fetch {
                    files: report.files,
                    rows: report.rows,
                }
            }
            State::Failed { trouble, message } => self.failed(now, trouble, message, None),
            State::Cancelled => self.fail(
                Trouble::CancelledElsewhere,
                "nobody here has asked for that".to_owned(),
            ),
        }
    }

    /// A submit that was answered without a job.
    fn rejected(&mut self, now: Duration, report: Report) -> Action {
        match report.state {
            State::Failed { trouble, message } => self.failed(now, trouble, message, None),
            _ => self.fail(
                Trouble::Other,
                "the answer to the submit names no job".to_owned(),
            ),
        }
    }

    fn failed(
        &mut self,
        now: Duration,
        trouble: Trouble,
        message: String,
        named: Option<Duration>,
    ) -> Action {
        let wait = |times| named.unwrap_or_default().max(submit_pause(times));
        match trouble {
            Trouble::TooMuch(cap) => self.end(Action::Split { cap, message }),
            Trouble::Transient if self.archived => self.fail(Trouble::Unavailable, message),
            _ if now >= self.patience.longest || self.delivered => self.fail(trouble, message),
            Trouble::Transient if self.tries.resubmissions < self.patience.resubmissions => {
                self.tries.resubmissions += 1;
                self.submit(wait(self.tries.resubmissions))
            }
            Trouble::TimeLimit if self.tries.time_limits < self.patience.time_retries => {
                self.tries.time_limits += 1;
                self.submit(wait(self.tries.time_limits))
            }
            Trouble::Busy if self.tries.refusals < self.patience.refusals => {
                self.tries.refusals += 1;
                self.submit(wait(self.tries.refusals))
            }
            Trouble::Gone => self.gone(message),
            trouble => self.fail(trouble, message),
        }
    }

    fn submit_refused(&mut self, now: Duration, refused: Refused) -> Action {
        let trouble = Trouble::of_submit(refused.status, &refused.message);
        let before = self.keys;
        let action = self.failed(now, trouble.clone(), refused.message, refused.retry_after);
        match action {
            // Nobody knows whether there is a job now: only the same key makes sure that there will not be two.
            Action::Submit { after, .. }
                if trouble == Trouble::Transient && refused.status != 409 =>
            {
                self.keys = before;
                Action::Submit {
                    key: self.key(),
                    after,
                }
            }
            action => action,
        }
    }

    fn poll_refused(
        &mut self,
        now: Duration,
        id: String,
        since: Duration,
        refused: Refused,
    ) -> Action {
        let after = refused
            .retry_after
            .unwrap_or_default()
            .max(pause(now.saturating_sub(since)));
        match refused.status {
            404 => self.gone(refused.message),
            429 if now < self.patience.longest => self.poll(id, after, false),
            0 | 408 | 429 | 500..=599 => {
                self.tries.silent += 1;
                if self.tries.silent <= self.patience.silence && now < self.patience.longest {
                    return self.poll(id, after, false);
                }
                let error = self.error(Trouble::Transient, refused.message);
                self.cancel(id, Action::Fail(error))
            }
            401 | 403 => self.fail(Trouble::Forbidden, refused.message),
            _ => {
                let error = self.error(Trouble::Other, refused.message);
                self.cancel(id, Action::Fail(error))
            }
        }
    }

    fn file_refused(
        &mut self,
        id: String,
        since: Duration,
        signed: bool,
        refused: Refused,
    ) -> Action {
        let Refused {
            status,
            message,
            retry_after,
        } = refused;
        if Trouble::of_message(&message) == Trouble::TooMuch(Cap::File) {
            return self.end(Action::Split {
                cap: Cap::File,
                message,
            });
        }
        match status {
            404 => self.gone(message),
            // How an address ends is not documented; storage providers say 403, some of them 400.
            400 | 401 | 403 if signed => {
                self.stage = Stage::Running {
                    id: id.clone(),
                    since,
                };
                self.renew(id, Duration::ZERO, Trouble::Forbidden, message)
            }
            0 | 408 | 429 | 500..=599 => {
                self.stage = Stage::Running {
                    id: id.clone(),
                    since,
                };
                let times = self.tries.renewals + 1;
                let after = retry_after.unwrap_or_default().max(submit_pause(times));
                self.renew(id, after, Trouble::Transient, message)
            }
            401 | 403 => self.fail(Trouble::Forbidden, message),
            _ => self.fail(Trouble::Other, message),
        }
    }

    fn gone(&mut self, message: String) -> Action {
        if self.tries.gone > 0 || self.delivered {
            return self.fail(Trouble::Gone, message);
        }
        self.tries.gone += 1;
        self.submit(Duration::ZERO)
    }

    fn renew(&mut self, id: String, after: Duration, trouble: Trouble, message: String) -> Action {
        if self.tries.renewals >= self.patience.silence {
            return self.fail(trouble, message);
        }
        self.tries.renewals += 1;
        self.poll(id, after, false)
    }

    fn submit(&mut self, after: Duration) -> Action {
        self.stage = Stage::Submitting;
        self.queue.leave();
        self.tries.submits += 1;
        self.keys += 1;
        Action::Submit {
            key: self.key(),
            after,
        }
    }

    fn key(&self) -> String {
        format!("{}-{}", self.seed, self.keys)
    }

    fn poll(&mut self, id: String, after: Duration, place: bool) -> Action {
        self.tries.polls += 1;
        Action::Poll { id, after, place }
    }

    fn cancel(&mut self, id: String, then: Action) -> Action {
        self.stage = Stage::Cancelling(Box::new(then));
        Action::Cancel { id }
    }

    fn error(&self, trouble: Trouble, message: String) -> JobError {
        JobError {
            trouble,
            id: self.id().map(str::to_owned),
            message,
            submits: self.tries.submits,
        }
    }

    fn fail(&mut self, trouble: Trouble, message: String) -> Action {
        let error = self.error(trouble, message);
        self.end(Action::Fail(error))
    }

    fn end(&mut self, last: Action) -> Action {
        self.stage = Stage::Ended;
        last
    }
}
