//! A job as the API shows it and as tests see it. It refuses to move by itself; `board` moves it.

use std::time::Instant;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use tokio::task::AbortHandle;

use super::submit::Submission;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryState {
    /// It waits for others.
    Accepted,
    /// It runs.
    InProgress,
    /// It has a result.
    Completed,
    /// It has a complaint.
    Failed,
    /// Its caller did not want it any more.
    Cancelled,
}

impl QueryState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        let all = [
            Self::Accepted,
            Self::InProgress,
            Self::Completed,
            Self::Failed,
            Self::Cancelled,
        ];
        all.into_iter().find(|state| state.name() == name)
    }

    pub(super) fn is_over(self) -> bool {
        !matches!(self, Self::Accepted | Self::InProgress)
    }
}

/// A job, for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryJob {
    /// Its id.
    pub id: String,
    /// The SQL as it came.
    pub statement: String,
    /// Its joins were to look rows up in an index.
    pub index_join: bool,
    /// How far it is.
    pub state: QueryState,
    /// It was cancelled while it was running, and not in the queue.
    pub cancelled_running: bool,
    /// The rows of its result, once it has one.
    pub output_rows: Option<u64>,
    /// What a failed job says.
    pub error: Option<String>,
    /// How many downloads of its file were begun.
    pub downloads: u32,
}

/// A job, for the board.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) submission: Submission,
    pub(super) state: QueryState,
    pub(super) created_millis: i64,
    pub(super) updated_millis: i64,
    pub(super) begun: Option<Instant>,
    pub(super) processing_millis: u64,
    pub(super) cancelled_running: bool,
    pub(super) output_rows: Option<u64>,
    pub(super) error: Option<String>,
    /// The path of its file in the storage.
    pub(super) file: Option<String>,
    pub(super) task: Option<AbortHandle>,
}

fn stamp(millis: i64) -> String {
    let moment = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Job {
    /// The body of an answer about it. The address of its file is that of the moment.
    pub(super) fn body(&self, address: Option<String>) -> Value {
        let mut body = json!({
            "id": self.id,
            "query": self.submission.statement,
            "useIndexJoin": self.submission.index_join,
            "sourceData": "LIVE",
            "queryStatus": self.state.name(),
            "remainingRetries": 3,
            "retries": 3,
            "createdOn": stamp(self.created_millis),
            "updatedOn": stamp(self.updated_millis),
            "createdBy": "8ad0823f-841c-f4e6-8184-1d8ee8ff0a1b",
            "createdByUserEmail": "agent@example.com",
        });
        match self.state {
            QueryState::Completed => {
                body["outputRows"] = json!(self.output_rows);
                body["processingTime"] = json!(self.processing_millis);
                if let Some(address) = address {
                    body["dataFile"] = json!(address);
                }
            }
            QueryState::Failed => body["errorMessage"] = json!(self.error),
            _ => {}
        }
        body
    }

    pub(super) fn seen(&self, downloads: u32) -> QueryJob {
        QueryJob {
            id: self.id.clone(),
            statement: self.submission.statement.clone(),
            index_join: self.submission.index_join,
            state: self.state,
            cancelled_running: self.cancelled_running,
            output_rows: self.output_rows,
            error: self.error.clone(),
            downloads,
        }
    }
}
