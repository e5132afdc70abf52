//! A job: what was asked, what became of it, and how that is written. Its state is a function of the clock and of whether
//! the work is done; it refuses to do the work.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::submit::{Asked, Format, Submission};
use crate::clock;

/// A job as tests see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportJob {
    /// Its id.
    pub id: String,
    /// The text of its query; several are joined by `; `.
    pub query: String,
    /// What a poll would say now.
    pub status: &'static str,
    /// The how-manieth job with this query it is.
    pub attempts: u32,
    /// Whether its caller cancelled it.
    pub cancelled: bool,
    /// Rows of its files so far, all batches together.
    pub rows: u64,
}

#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) format: Format,
    pub(super) version: String,
    pub(super) name: String,
    pub(super) batches: Vec<Batch>,
    pub(super) submitted_millis: i64,
    /// When it ends at the earliest.
    pub(super) due_millis: i64,
    pub(super) attempts: u32,
    /// Aborts it when it is due.
    pub(super) doom: Option<Refusal>,
    pub(super) done: bool,
    pub(super) cancelled: bool,
    /// Tells the work to stop.
    pub(super) stop: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: String,
    pub(super) asked: Asked,
    pub(super) rows: u64,
    pub(super) files: Vec<String>,
    pub(super) segmented: bool,
    /// Aborts it and leaves the job.
    pub(super) refused: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Submitted,
    Executing,
    Completed,
    Aborted,
    Cancelled,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Executing => "executing",
            Self::Completed => "completed",
            Self::Aborted => "aborted",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn is_active(self) -> bool {
        matches!(self, Self::Submitted | Self::Executing)
    }
}

impl Job {
    pub(super) fn new(
        number: u64,
        submission: &Submission,
        now_millis: i64,
        due_millis: i64,
    ) -> Self {
        let batch = |(place, asked): (usize, &Asked)| Batch {
            id: format!("2c92a0b4{:012x}{place:012x}", number),
            asked: asked.clone(),
            rows: 0,
            files: Vec::new(),
            segmented: false,
            refused: None,
        };
        Self {
            id: format!("2c92a00f{number:024x}"),
            number,
            format: submission.format,
            version: submission.version.clone(),
            name: submission.name.clone(),
            batches: submission.queries.iter().enumerate().map(batch).collect(),
            submitted_millis: now_millis,
            due_millis,
            attempts: 1,
            doom: None,
            done: false,
            cancelled: false,
            stop: Arc::default(),
        }
    }

    pub(super) fn state(&self, now_millis: i64) -> State {
        let span = self.due_millis - self.submitted_millis;
        if self.cancelled {
            State::Cancelled
        } else if now_millis < self.submitted_millis + span / 3 {
            State::Submitted
        } else if now_millis < self.due_millis {
            State::Executing
        } else if self.doom.is_some() {
            State::Aborted
        } else if self.done {
            State::Completed
        } else {
            State::Executing
        }
    }

    pub(super) fn query(&self) -> String {
        let texts: Vec<&str> = self
            .batches
            .iter()
            .map(|batch| batch.asked.text.as_str())
            .collect();
        texts.join("; ")
    }

    pub(super) fn outline(&self, now_millis: i64) -> ExportJob {
        ExportJob {
            id: self.id.clone(),
            query: self.query(),
            status: self.state(now_millis).name(),
            attempts: self.attempts,
            cancelled: self.cancelled,
            rows: self.batches.iter().map(|batch| batch.rows).sum(),
        }
    }

    /// What is said of it in a state.
    pub(super) fn body(&self, state: State) -> Value {
        let batches: Vec<Value> = self
            .batches
            .iter()
            .map(|batch| self.batch(batch, state))
            .collect();
        let mut body = json!({
            "id": self.id,
            "status": state.name(),
            "version": self.version,
            "format": match self.format { Format::Csv => "CSV", Format::Gzip => "GZIP" },
            "name": self.name,
            "encrypted": "none",
            "offset": 0,
            "useLastCompletedJobQueries": false,
            "batches": batches,
        });
        if state != State::Submitted {
            let second = clock::iso_text(self.submitted_millis.div_euclid(1_000));
            body["startTime"] = json!(format!("{}+0000", second.trim_end_matches('Z')));
        }
        if let (State::Aborted, Some(doom)) = (state, &self.doom) {
            body["message"] = json!(doom.message);
            body["errorCode"] = json!(doom.code.to_string());
        }
        body
    }

    fn batch(&self, batch: &Batch, state: State) -> Value {
        let (status, message) = match (state, &batch.refused, &self.doom) {
            (State::Submitted, ..) => ("pending", ""),
            (State::Completed, Some(reason), _) => ("aborted", reason.as_str()),
            (State::Aborted, _, Some(doom)) => ("aborted", doom.message.as_str()),
            _ => (state.name(), ""),
        };
        let mut body = json!({
            "batchId": batch.id,
            "batchType": "zoqlexport",
            "apiVersion": batch.asked.api_version,
            "full": true,
            "name": batch.asked.name,
            "query": batch.asked.text,
            "status": status,
            "localizedStatus": status,
            "message": message,
            "recordCount": 0,
        });
        if let Some(deleted) = &batch.asked.deleted {
            body["deleted"] = deleted.clone();
        }
        if status == "completed" {
            body["recordCount"] = json!(batch.rows);
            if batch.segmented {
                body["segments"] = json!(batch.files);
            } else if let Some(file) = batch.files.first() {
                body["fileId"] = json!(file);
            }
        }
        body
    }
}
