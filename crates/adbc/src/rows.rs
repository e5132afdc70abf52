//! The rows of a statement, as they arrive: a task fills a bounded channel, the caller takes batches out of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use adbc_core::error::{Error, Result, Status};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use tokio::sync::Semaphore;
use zuzen_engine::Error as Failure;

use crate::answer::Answer;
use crate::failure::{broken, cancelled, told};
use crate::session::Session;
use crate::work::{Work, lock};

/// Batches that wait for the caller. Beyond them the statement waits, and sends no further requests.
const AHEAD: usize = 4;

/// What the task tells. Only [`Told::End`] is an end: a channel that closes without it has lost rows.
enum Told {
    Rows(RecordBatch),
    Failed(Failure),
    End,
}

/// The last failure of a stream of rows, for callers that ask for more than its text.
pub(crate) type LastFailure = Arc<Mutex<Option<Error>>>;

/// The rows of a statement. Dropping them stops it.
pub(crate) struct Rows {
    schema: SchemaRef,
    session: Arc<Session>,
    work: Arc<Work>,
    /// `None` once the rows have ended.
    arriving: Option<Receiver<Told>>,
    room: Arc<Semaphore>,
    failure: LastFailure,
}

impl Rows {
    /// Begins to read a stream on the database's threads.
    ///
    /// # Errors
    /// `InvalidState` after a fork.
    pub(crate) fn begin(session: Arc<Session>, work: Arc<Work>, answer: Answer) -> Result<Self> {
        let (tell, arriving) = channel();
        let room = Arc::new(Semaphore::new(AHEAD));
        let handle = session.threads().handle()?;
        let schema = answer.schema();
        let task = handle.spawn(fill(answer, tell, Arc::clone(&room)));
        work.is_done_by(task.abort_handle());
        Ok(Self {
            schema,
            session,
            work,
            arriving: Some(arriving),
            room,
            failure: LastFailure::default(),
        })
    }

    /// Where its failure will be found.
    pub(crate) fn last_failure(&self) -> LastFailure {
        Arc::clone(&self.failure)
    }

    fn take(&mut self) -> Option<Result<RecordBatch>> {
        let arriving = self.arriving.as_ref()?;
        if let Err(forked) = self.session.threads().process().check() {
            return Some(Err(forked));
        }
        let next = match self.work.is_stopped() {
            true => None,
            false => arriving.recv().ok(),
        };
        let outcome = match next {
            _ if self.work.is_stopped() => Err(cancelled()),
            Some(Told::Rows(batch)) => {
                self.room.add_permits(1);
                return Some(Ok(batch));
            }
            Some(Told::Failed(failure)) => Err(told(&failure)),
            Some(Told::End) => {
                self.finish();
                return None;
            }
            None => Err(broken()),
        };
        self.finish();
        Some(outcome)
    }

    fn finish(&mut self) {
        self.arriving = None;
        self.work.end();
        self.work.abort();
    }
}

impl Iterator for Rows {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // A panic must not unwind into C.
        let taken = catch_unwind(AssertUnwindSafe(|| self.take()));
        match taken.unwrap_or_else(|_| Some(Err(broken())))? {
            Ok(batch) => Some(Ok(batch)),
            Err(error) => {
                *lock(&self.failure) = Some(error.clone());
                Some(Err(in_arrow(error)))
            }
        }
    }
}

impl RecordBatchReader for Rows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if self.session.threads().process().is_ours() {
            self.finish();
        } else {
            std::mem::forget((self.arriving.take(), Arc::clone(&self.work)));
        }
    }
}

/// Sends what the statement brings, as fast as it is taken.
async fn fill(mut answer: Answer, tell: Sender<Told>, room: Arc<Semaphore>) {
    loop {
        // The place comes first: the next page is only asked for when somebody can take it.
        let Ok(place) = room.acquire().await else {
            return;
        };
        place.forget();
        let told = match answer.next().await {
            Ok(Some(batch)) => Told::Rows(batch),
            Ok(None) => Told::End,
            Err(failure) => Told::Failed(failure),
        };
        let last = !matches!(told, Told::Rows(_));
        if tell.send(told).is_err() || last {
            return;
        }
    }
}

/// The same for readers of Arrow's streams, which know a number of the system and a text.
fn in_arrow(error: Error) -> ArrowError {
    match error.status {
        Status::IO | Status::Timeout | Status::Cancelled => {
            let text = error.message.clone();
            ArrowError::IoError(text, std::io::Error::other(error))
        }
        Status::NotImplemented => ArrowError::NotYetImplemented(error.message),
        _ => ArrowError::ExternalError(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use adbc_core::{Connection as _, Statement as _};
    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{Volatility, create_udf};
    use zuzen_engine::Engine;

    use super::*;
    use crate::connection::Connection;
    use crate::runtime::Threads;
    use crate::session::Opened;

    /// A session in which the function `boom` panics.
    fn connection() -> Connection {
        let engine = Engine::builder()
            .connection(
                "zendesk",
                "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret",
            )
            .build()
            .unwrap();
        let opened = Opened::new(Threads::new(), engine, Vec::new(), Vec::new());
        let session = Session::begin(&Arc::new(opened)).unwrap();
        session.engine().context().register_udf(create_udf(
            "boom",
            vec![DataType::Int64],
            DataType::Int64,
            Volatility::Volatile,
            Arc::new(|_| panic!("as a fault of ours would")),
        ));
        Connection::new(session)
    }

    #[test]
    fn rows_whose_thread_panics_end_with_an_error() {
        let mut connection = connection();
        let mut statement = connection.new_statement().unwrap();
        for sql in [
            "SELECT boom(ordinal) FROM system.columns",
            "SELECT count(boom(ordinal)) FROM system.columns",
        ] {
            statement.set_sql_query(sql).unwrap();
            let mut rows = statement.execute().unwrap();
            let error = rows.next().unwrap().unwrap_err();
            assert!(
                error.to_string().contains("ended without an answer"),
                "{error}"
            );
            assert!(rows.next().is_none());
        }
        statement.set_sql_query("SELECT 1").unwrap();
        assert_eq!(statement.execute().unwrap().count(), 1);
    }
}
