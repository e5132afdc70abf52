//! Statements that run at the vendor's: submitted, asked after, their results read, and cancelled if nobody waits.
//!
//! What happens next is decided by [`zuzen_plan::job::Job`]; here it is done. A job runs in a task of its own, so that
//! whoever drops its stream need not wait for the cancel.

mod call;
mod departures;
mod drive;
mod failure;
mod log;
mod slots;
mod stream;
mod transfer;
mod unpack;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::Method;
use tokio::sync::OnceCell;
use zuzen_plan::job::{Patience, Service};

use crate::connection::Connection;
use crate::errand::{Errand, Message};
use crate::error::{At, Error};
use crate::limiter::ACCOUNT;
use crate::log::Purpose;
use crate::settings::Settings;
use crate::transport;
use crate::usage::Usage;
use departures::Departures;
pub use failure::JobFailure;
pub use log::{JobLog, JobRow, JobState};
pub use slots::JobSlots;
use slots::Slots;
pub use stream::{JobStream, Piece};

/// The largest result that is read as a whole.
const LARGEST_RESULT: usize = 256 << 20;

/// A statement for the vendor to run.
#[derive(Debug, Clone)]
pub struct JobRequest {
    /// Where it runs.
    pub service: Service,
    /// What is submitted, from `data_query::submission` or `aqua::submission`.
    pub body: String,
    /// The statement in it, for the log.
    pub statement: String,
    /// For messages: `connection.table`, or "a query".
    pub table: String,
    /// The tables it reads.
    pub tables: Vec<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// How patient it is.
    pub patience: Patience,
}

impl JobRequest {
    /// Whom its calls are for.
    fn errand(&self, step: &str, usage: Arc<Usage>) -> Errand {
        Errand {
            usage,
            purpose: self.purpose,
            table: self.table.clone(),
            read: step.to_owned(),
            family: ACCOUNT.to_owned(),
        }
    }

    /// Where it fails.
    fn at(&self, connection: &Connection) -> At {
        At {
            connection: connection.name().to_owned(),
            table: self.table.clone(),
            read: self.service.to_string(),
            call: format!("POST {}", self.service.submit_path()),
            request_id: None,
        }
    }
}

/// A result that has been read as a whole.
#[derive(Debug, Clone)]
pub struct JobResult {
    /// Its file, decompressed.
    pub bytes: Bytes,
    /// Rows that the vendor has counted.
    pub rows: Option<u64>,
}

impl JobResult {
    /// Whether a file with a row in each line has as many as the vendor says.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        let rows = lines.filter(|line| !line.trim_ascii().is_empty()).count();
        self.rows.is_none_or(|counted| counted == rows as u64)
    }
}

/// What the jobs of a connection share.
#[derive(Debug)]
pub(crate) struct Jobs {
    slots: Slots,
    log: Arc<JobLog>,
    departures: Arc<Departures>,
    settings: Settings,
    /// Made once it is needed: most connections never ask a storage provider.
    storage: OnceCell<reqwest::Client>,
}

impl Jobs {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            slots: Slots::new(settings.job_slots),
            log: Arc::default(),
            departures: Arc::default(),
            settings: settings.clone(),
            storage: OnceCell::new(),
        }
    }

    /// The client for files that lie elsewhere.
    async fn storage(&self) -> Result<&reqwest::Client, Error> {
        let made = self
            .storage
            .get_or_try_init(|| async { transport::storage_client(&self.settings) });
        made.await
    }
}

impl Connection {
    /// Runs a statement as a job. Nothing is sent before the first poll; dropping the stream cancels the job at the
    /// vendor's, in the background. An error ends the stream.
    #[must_use]
    pub fn job(&self, request: JobRequest, usage: Arc<Usage>) -> JobStream {
        JobStream::new(self.clone(), request, usage)
    }

    /// Runs a statement whose result is small, and returns it as a whole, decompressed.
    ///
    /// # Errors
    /// Whatever happened to the job, and a result that is not small.
    pub async fn job_result(
        &self,
        request: JobRequest,
        usage: Arc<Usage>,
    ) -> Result<JobResult, JobFailure> {
        let at = request.at(self);
        let mut stream = self.job(request, usage);
        let mut whole = BytesMut::new();
        while let Some(piece) = stream.next().await {
            let Piece::Bytes(bytes) = piece? else {
                continue;
            };
            if whole.len() + bytes.len() > LARGEST_RESULT {
                return Err(JobFailure::Rest(Error::Answer {
                    at: Box::new(at),
                    reason: format!("the result is larger than {} MB", LARGEST_RESULT >> 20),
                }));
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(JobResult {
            bytes: whole.freeze(),
            rows: stream.rows(),
        })
    }

    /// One answer of any content type, for metadata that is not JSON. `path` is absolute and already encoded.
    ///
    /// # Errors
    /// Whatever happened to the request.
    pub async fn fetch(
        &self,
        path: &str,
        table: &str,
        usage: Arc<Usage>,
        purpose: Purpose,
    ) -> Result<Bytes, Error> {
        let errand = Errand {
            usage,
            purpose,
            table: table.to_owned(),
            read: "fetch".to_owned(),
            family: ACCOUNT.to_owned(),
        };
        let mut message = Message::new(Method::GET, path.to_owned());
        message.accept = "*/*";
        let policy = self.shared.policy.clone();
        let delivered = self.deliver(&errand, &message, policy, |_| false).await?;
        delivered.map_err(|lost| lost.error(errand.at(self, &message), ACCOUNT, self.host()))
    }

    /// The last jobs of this connection.
    #[must_use]
    pub fn jobs(&self) -> &JobLog {
        &self.shared.jobs.log
    }

    /// Waits until the jobs whose streams were dropped have been cancelled, but not longer than `most`.
    pub async fn settle_jobs(&self, most: Duration) {
        self.shared.jobs.departures.settle(most).await;
    }
}
