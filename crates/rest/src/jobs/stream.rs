//! The rows of a job as a stream of bytes: nothing happens before it is polled, and all ends when it is dropped.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::departures::Departures;
use super::drive::Driver;
use super::{JobFailure, JobRequest};
use crate::connection::Connection;
use crate::error::{At, Error};
use crate::usage::Usage;

/// Pieces that wait between fetching and decoding.
const AHEAD: usize = 4;

/// A piece of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A file begins: a header of its own, if its format has any.
    File,
    /// Some of what it holds, decompressed; cut anywhere.
    Bytes(Bytes),
}

/// The result of a job, file after file. Every byte comes once, however often a transfer breaks off.
pub struct JobStream {
    stage: Stage,
    rows: Rows,
}

/// What the vendor has counted.
pub(super) type Rows = Arc<Mutex<Option<u64>>>;

enum Stage {
    Unsent(Box<(Connection, JobRequest, Arc<Usage>)>),
    Running {
        pieces: mpsc::Receiver<Result<Piece, JobFailure>>,
        /// Only when it has come to its own end are the pieces all there are.
        task: JoinHandle<()>,
        at: Box<At>,
        _presence: Presence,
    },
    Over,
}

/// Whoever waits for a job; without it, the job has been left.
struct Presence {
    departures: Arc<Departures>,
    number: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.departures.leave(self.number);
    }
}

impl fmt::Debug for JobStream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Unsent(_) => "unsent",
            Stage::Running { .. } => "running",
            Stage::Over => "over",
        };
        out.debug_struct("JobStream")
            .field("stage", &stage)
            .field("rows", &self.rows())
            .finish()
    }
}

impl JobStream {
    pub(super) fn new(connection: Connection, request: JobRequest, usage: Arc<Usage>) -> Self {
        Self {
            stage: Stage::Unsent(Box::new((connection, request, usage))),
            rows: Rows::default(),
        }
    }

    /// Rows of the result, once the vendor has counted them.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        *self.rows.lock()
    }

    fn start(&self, connection: Connection, request: JobRequest, usage: Arc<Usage>) -> Stage {
        let jobs = &connection.shared.jobs;
        let entry = jobs.log.begin(&request, usage.statement().id());
        let number = entry.number();
        let departures = Arc::clone(&jobs.departures);
        let under_way = departures.begin(number);
        let (sender, pieces) = mpsc::channel(AHEAD);
        let rows = Arc::clone(&self.rows);
        let at = Box::new(request.at(&connection));
        let driver = Driver::new(connection, request, usage, entry, sender, rows);
        let task = tokio::spawn(async move {
            driver.run().await;
            drop(under_way);
        });
        Stage::Running {
            pieces,
            task,
            at,
            _presence: Presence { departures, number },
        }
    }
}

impl Stream for JobStream {
    type Item = Result<Piece, JobFailure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.stage, Stage::Unsent(_))
            && let Stage::Unsent(unsent) = std::mem::replace(&mut self.stage, Stage::Over)
        {
            let (connection, request, usage) = *unsent;
            self.stage = self.start(connection, request, usage);
        }
        let Stage::Running {
            pieces, task, at, ..
        } = &mut self.stage
        else {
            return Poll::Ready(None);
        };
        let piece = match ready!(pieces.poll_recv(context)) {
            Some(piece) => Some(piece),
            None => ready!(Pin::new(task).poll(context)).err().map(|_| {
                let reason = "reading the result was broken off inside".to_owned();
                let at = at.clone();
                Err(JobFailure::from(Error::Answer { at, reason }))
            }),
        };
        if !matches!(piece, Some(Ok(_))) {
            self.stage = Stage::Over;
        }
        Poll::Ready(piece)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    fn running(task: JoinHandle<()>) -> JobStream {
        let (_, pieces) = mpsc::channel(AHEAD);
        let at = Box::new(At {
            connection: "zuora".to_owned(),
            table: "account".to_owned(),
            read: "Data Query".to_owned(),
            call: "POST /query/jobs".to_owned(),
            request_id: None,
        });
        let _presence = Presence {
            departures: Arc::default(),
            number: 1,
        };
        JobStream {
            stage: Stage::Running {
                pieces,
                task,
                at,
                _presence,
            },
            rows: Rows::default(),
        }
    }

    #[tokio::test]
    async fn a_task_that_dies_is_no_end_of_rows() {
        let mut whole = running(tokio::spawn(async {}));
        assert!(whole.next().await.is_none());
        let task = tokio::spawn(std::future::pending());
        task.abort();
        let mut broken = running(task);
        let failure = broken.next().await.unwrap().unwrap_err();
        assert!(format!("{failure:?}").contains("broken off"), "{failure:?}");
        assert!(broken.next().await.is_none());
    }
}
