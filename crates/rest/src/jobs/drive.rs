//! The job loop: does what the job says next, and tells it what came of that.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Method;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;
use zuzen_plan::job::{Action, Ending, Event, File, Job, JobError, State, Trouble, data_query};

use super::call::Unreached;
use super::log::{Entry, JobState};
use super::stream::{Piece, Rows};
use super::transfer::{Place, Transfer, Transferred};
use super::{JobFailure, JobRequest};
use crate::connection::Connection;
use crate::errand::Message;
use crate::usage::{Statement, Usage};

/// A job under way.
pub(super) struct Driver {
    connection: Connection,
    request: JobRequest,
    usage: Arc<Usage>,
    entry: Entry,
    pieces: mpsc::Sender<Result<Piece, JobFailure>>,
    rows: Rows,
    /// When it got its first slot: waiting for our own other jobs does not wear its patience.
    began: Option<Instant>,
    slot: Option<OwnedSemaphorePermit>,
    place: Place,
    /// What the last attempt at a file has ended with.
    unreached: Option<Unreached>,
}

impl Driver {
    pub(super) fn new(
        connection: Connection,
        request: JobRequest,
        usage: Arc<Usage>,
        entry: Entry,
        pieces: mpsc::Sender<Result<Piece, JobFailure>>,
        rows: Rows,
    ) -> Self {
        Self {
            connection,
            request,
            usage,
            entry,
            pieces,
            rows,
            began: None,
            slot: None,
            place: Place::default(),
            unreached: None,
        }
    }

    /// Runs the job to its end, whichever that is.
    pub(super) async fn run(mut self) {
        let (state, failure) = match self.live().await {
            Ok(Ending::Cancelled) => (JobState::Cancelled, None),
            Ok(Ending::Read | Ending::Empty) => (JobState::Completed, None),
            Err(failure) => (JobState::Failed, Some(failure)),
        };
        let said = failure.as_ref().map(ToString::to_string);
        self.entry.end(state, said);
        if let Some(failure) = failure {
            // Nobody may be there to hear it.
            let _ = self.pieces.send(Err(failure)).await;
        }
    }

    async fn live(&mut self) -> Result<Ending, JobFailure> {
        // Two jobs with one key would be one job to the vendor.
        let seed = format!("zuzen-{:032x}", rand::random::<u128>());
        let tables: Vec<&str> = self.request.tables.iter().map(String::as_str).collect();
        let (mut job, mut action) = Job::start(&seed, &tables, self.request.patience.clone());
        loop {
            self.entry.count(job.tries());
            let unreached = self.unreached.take();
            let came = match action {
                Action::Submit { key, after } => self.submit(&mut job, key, after).await,
                Action::Poll { id, after, place } => self.poll(&id, after, place).await,
                Action::Fetch { files, .. } => self.fetch(&mut job, &files).await,
                Action::Cancel { id } => Ok(self.cancel(&id).await),
                Action::Done(ending) => return Ok(ending),
                // A job waits only for a submit that is under way, and that is waited for where it was sent.
                Action::Wait => return Ok(Ending::Cancelled),
                Action::Split { cap, message } => return Err(JobFailure::Split { cap, message }),
                Action::Fail(error) => return Err(self.failure(&job, error, unreached)),
            };
            match came {
                Ok(event) => {
                    self.observe(&event);
                    action = job.next(self.age(), event);
                }
                Err(failure) => {
                    let left = Event::Abandoned { sent: false };
                    if let Action::Cancel { id } = job.next(self.age(), left) {
                        self.cancel(&id).await;
                    }
                    return Err(failure);
                }
            }
        }
    }

    /// A storage provider that did not answer is no failure of the vendor's.
    fn failure(&self, job: &Job, error: JobError, unreached: Option<Unreached>) -> JobFailure {
        match unreached {
            Some(unreached) if error.trouble == Trouble::Transient => {
                JobFailure::Rest(unreached.error(job.tries().asked_for_files()))
            }
            _ => JobFailure::Job {
                at: Box::new(self.request.at(&self.connection)),
                job: self.entry.job(),
                error,
            },
        }
    }

    fn age(&self) -> Duration {
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    fn observe(&self, event: &Event) {
        let Event::Answered(report) = event else {
            return;
        };
        self.entry.observe(report.id.as_deref(), report.rows);
        match report.state {
            State::Queued => self.entry.reach(JobState::Queued),
            State::Running => self.entry.reach(JobState::Running),
            State::Completed => *self.rows.lock() = report.rows,
            State::Failed { .. } | State::Cancelled => {}
        }
    }

    async fn submit(
        &mut self,
        job: &mut Job,
        key: String,
        after: Duration,
    ) -> Result<Event, JobFailure> {
        let unsent = Event::Abandoned { sent: false };
        self.place = Place::default();
        if self.slot.is_none() || !after.is_zero() {
            self.entry.reach(JobState::Waiting);
        }
        if self.slot.is_none() {
            let slots = &self.connection.shared.jobs.slots;
            let taken = slots.take(self.request.service, self.request.purpose);
            self.slot = tokio::select! {
                biased;
                () = self.pieces.closed() => return Ok(unsent),
                slot = taken => slot,
            };
        }
        self.began.get_or_insert_with(Instant::now);
        if !self.pause(after).await {
            return Ok(unsent);
        }
        self.entry.reach(JobState::Submitting);
        let errand = self.request.errand("submit", Arc::clone(&self.usage));
        let message = self.request.submit(key);
        let answer = self.connection.ask(&errand, &message);
        tokio::pin!(answer);
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            () = self.pieces.closed() => {
                if !message.left.load(Ordering::Relaxed) {
                    return Ok(unsent);
                }
                // There may be a job now, and only the answer tells which.
                job.next(self.age(), Event::Abandoned { sent: true });
                answer.await
            }
        };
        self.read(answer)
    }

    async fn poll(&self, id: &str, after: Duration, place: bool) -> Result<Event, JobFailure> {
        let left = Event::Abandoned { sent: false };
        let pause = self.pause(after);
        tokio::pin!(pause);
        // The pause is as long as it would be otherwise: neither a poll nor a cancel waits for a place.
        let is_wanted = tokio::select! {
            biased;
            is_wanted = &mut pause => is_wanted,
            () = self.learn_place(id), if place => pause.await,
        };
        if !is_wanted {
            return Ok(left);
        }
        let errand = self.request.errand("poll", Arc::clone(&self.usage));
        let message = Message::new(Method::GET, self.request.service.job_path(id));
        tokio::select! {
            biased;
            answer = self.connection.ask(&errand, &message) => self.read(answer),
            () = self.pieces.closed() => Ok(left),
        }
    }

    /// Asks once for the place in the vendor's queue. Nothing depends on it: whatever goes wrong is passed over.
    async fn learn_place(&self, id: &str) {
        let Some(call) = self.request.service.queue() else {
            return;
        };
        if !self.usage.statement().is_ample() {
            return;
        }
        let errand = self.request.errand("queue", Arc::clone(&self.usage));
        let message = Message::of_call(Method::GET, call);
        if let Some(body) = self.connection.ask_once(&errand, &message).await {
            self.entry.place(data_query::place(&body, id));
        }
    }

    /// A cancel is outside every budget, and what comes of it changes nothing.
    async fn cancel(&self, id: &str) -> Event {
        let statement = Statement::new(self.usage.statement().id(), None);
        let usage = Arc::new(Usage::new(Arc::new(statement)));
        let errand = self.request.errand("cancel", usage);
        let message = Message::new(Method::DELETE, self.request.service.job_path(id));
        let answer = self.connection.ask(&errand, &message).await;
        self.read(answer).unwrap_or_else(|failure| {
            tracing::warn!(job = id, "a job may go on at the vendor's: {failure}");
            Event::Refused(super::call::unanswered(failure.to_string()))
        })
    }

    fn read(
        &self,
        answer: Result<Result<bytes::Bytes, zuzen_plan::job::Refused>, crate::Error>,
    ) -> Result<Event, JobFailure> {
        let read = answer?.and_then(|body| self.request.service.read(&body));
        Ok(match read {
            Ok(report) => Event::Answered(report),
            Err(refused) => Event::Refused(refused),
        })
    }

    async fn fetch(&mut self, job: &mut Job, files: &[File]) -> Result<Event, JobFailure> {
        // The vendor has done its part.
        self.slot = None;
        self.entry.reach(JobState::Fetching);
        let errand = self.request.errand("file", Arc::clone(&self.usage));
        let mut transfer = Transfer {
            connection: &self.connection,
            errand: &errand,
            entry: &self.entry,
            pieces: &self.pieces,
            place: &mut self.place,
            job,
        };
        let came = transfer.files(files).await;
        came.map_err(|broken| broken.failure(self.request.at(&self.connection), self.entry.job()))
            .map(|came| match came {
                Transferred::All => Event::Fetched,
                Transferred::Refused(refused) => Event::Refused(refused),
                Transferred::Unreached(unreached) => {
                    let said = unreached.to_string();
                    self.unreached = Some(unreached);
                    Event::Refused(super::call::unanswered(said))
                }
                Transferred::Left => Event::Abandoned { sent: false },
            })
    }

    /// Whether somebody still waits after this pause.
    async fn pause(&self, after: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.pieces.closed() => false,
            () = tokio::time::sleep(after) => true,
        }
    }
}
