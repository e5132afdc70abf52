//! A statement under way: its rows, and how far it is.
//!
//! Nothing is asked of an API for it: what is told are the counters of the statement's own scans, their estimates, and
//! the jobs that are in the log of the connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt as _;
use parking_lot::Mutex;
use zuzen_plan::cost::Estimate;

use crate::connection::Connection;
use crate::engine::Engine;
use crate::error::Error;
use crate::remote::RemoteScan;
use crate::scan::ApiScan;
use crate::statement::Statement;

pub use zuzen_rest::{JobState, Pause};

/// A statement whose rows can be taken. Dropping it, or its rows, stops its requests and cancels its jobs.
pub struct Running {
    rows: SendableRecordBatchStream,
    progress: Progress,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Running {{ progress: {:?} }}", self.progress)
    }
}

impl Running {
    /// Begins what [`Engine::run`] or [`Engine::sql`] has planned. No data is asked for before the first row is wanted.
    ///
    /// # Errors
    /// `Unsupported` for a table that needs a filter, `TooExpensive` for a statement that would exceed its budget, and what
    /// else shows when the physical plan is made.
    pub async fn begin(planned: DataFrame) -> Result<Self, Error> {
        let context = Arc::new(planned.task_ctx());
        let plan = planned.create_physical_plan().await?;
        let progress = Progress::of(&plan)?;
        let rows = execute_stream(plan, context)?;
        let schema = rows.schema();
        let end = End(Arc::clone(&progress.watch));
        let rows = futures::stream::unfold((rows, end), |(mut rows, end)| async move {
            let batch = rows.next().await?;
            if let Ok(batch) = &batch {
                end.0.delivered(batch.num_rows());
            }
            Some((batch, (rows, end)))
        });
        Ok(Self {
            rows: Box::pin(RecordBatchStreamAdapter::new(schema, rows)),
            progress,
        })
    }

    /// The columns of its rows.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// How far it is; to be kept and asked while the rows are taken.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Its rows as they arrive. Their errors turn into [`Error`] with `Error::from`.
    #[must_use]
    pub fn into_rows(self) -> SendableRecordBatchStream {
        self.rows
    }
}

impl Engine {
    /// Plans one statement and begins it: [`Engine::run`], with a handle that tells how far it is.
    ///
    /// ```
    /// use futures::TryStreamExt as _;
    /// use zuzen_engine::Engine;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder()
    ///     .connection("zendesk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
    ///     .build()?;
    /// for statement in engine.statements("SELECT table_name FROM system.tables")? {
    ///     let running = engine.start(statement).await?;
    ///     let progress = running.progress();
    ///     let mut rows = running.into_rows();
    ///     while let Some(batch) = rows.try_next().await? {
    ///         let now = progress.snapshot();
    ///         assert!(now.rows >= batch.num_rows() as u64);
    ///     }
    ///     assert!(progress.snapshot().is_over);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Engine::run`] and [`Running::begin`].
    pub async fn start(&self, statement: Statement) -> Result<Running, Error> {
        Running::begin(self.run(statement).await?).await
    }
}

/// How far a statement is. Cheap to clone, and to ask ten times a second from any thread.
#[derive(Debug, Clone)]
pub struct Progress {
    watch: Arc<Watch>,
}

#[derive(Debug)]
struct Watch {
    began: Instant,
    scans: Vec<Watched>,
    rows: AtomicU64,
    took: Mutex<Option<Duration>>,
}

/// A scan that is looked at while it runs.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Equal for the readers of one shared scan.
    pub(crate) identity: usize,
    pub(crate) connection: Arc<Connection>,
    pub(crate) statement: Arc<zuzen_rest::Statement>,
    /// What is expected of the plan; `None` if nobody can tell.
    pub(crate) planned: Option<Estimate>,
    /// Requests that are expected in all once it runs: keys of joins and refusals change that.
    pub(crate) expected: Arc<Mutex<Option<u64>>>,
    pub(crate) metrics: ExecutionPlanMetricsSet,
}

/// What can be told of a statement at one moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Since it began, until its end or until now.
    pub elapsed: Duration,
    /// Requests of its scans and jobs.
    pub requests: Requests,
    /// Rows that it has delivered.
    pub rows: u64,
    /// Rows that its scans have read for it.
    pub rows_read: u64,
    /// Bytes received, decompressed.
    pub bytes: u64,
    /// The request that waits longest for a rate limit or for another attempt, if one waits.
    pub waiting: Option<Pause>,
    /// Its jobs under way.
    pub jobs: Vec<Job>,
    /// All rows have been taken, it has failed, or nobody wants more of them.
    pub is_over: bool,
}

/// Requests of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Requests {
    /// Those that have left, retries included.
    pub sent: u64,
    /// Those that must be sent whatever the data holds.
    pub at_least: u64,
    /// Those that are expected in all, never fewer than have left; `None` if nobody can tell, as with jobs.
    pub expected: Option<u64>,
}

/// A job under way at the vendor's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The connection that runs it.
    pub connection: String,
    /// `Data Query` or `AQuA export`.
    pub service: String,
    /// What it reads, for people.
    pub table: String,
    /// How far it is.
    pub state: JobState,
    /// The place in the vendor's queue, from 1, while it is known to wait there.
    pub queue_place: Option<u32>,
    /// Since its rows were first wanted.
    pub elapsed: Duration,
}

impl Progress {
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Self, Error> {
        let mut scans: Vec<Watched> = Vec::new();
        datafusion::common::tree_node::TreeNode::apply(plan, |node| {
            let api = node.downcast_ref::<ApiScan>().map(ApiScan::watched);
            let remote = node.downcast_ref::<RemoteScan>();
            let found = api.or(remote.map(RemoteScan::watched));
            for scan in found.into_iter().flatten() {
                if !scans.iter().any(|known| known.identity == scan.identity) {
                    scans.push(scan);
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let watch = Watch {
            began: Instant::now(),
            scans,
            rows: AtomicU64::new(0),
            took: Mutex::new(None),
        };
        Ok(Self {
            watch: Arc::new(watch),
        })
    }

    /// What can be told now. Asks nothing of anybody.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let watch = &*self.watch;
        let took = *watch.took.lock();
        let waiting = watch.statement().map(zuzen_rest::Statement::pauses);
        let waiting = waiting.unwrap_or_default().into_iter();
        let now = SystemTime::now();
        Snapshot {
            elapsed: took.unwrap_or_else(|| watch.began.elapsed()),
            requests: watch.requests(),
            rows: watch.rows.load(Ordering::Relaxed),
            rows_read: watch.scans.iter().map(Watched::rows).sum(),
            bytes: watch.statement().map_or(0, zuzen_rest::Statement::bytes),
            waiting: waiting
                .filter(|pause| pause.until > now)
                .max_by_key(|pause| pause.until),
            jobs: watch.jobs(),
            is_over: took.is_some(),
        }
    }
}

impl Watch {
    /// All scans of a plan belong to the same one.
    fn statement(&self) -> Option<&zuzen_rest::Statement> {
        self.scans.first().map(|scan| &*scan.statement)
    }

    fn delivered(&self, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    fn requests(&self) -> Requests {
        let sent = self.statement().map_or(0, zuzen_rest::Statement::sent);
        let planned = |scan: &Watched| scan.planned.as_ref().map_or(0, |it| it.at_least);
        let expected: Option<u64> = self.scans.iter().map(Watched::expected).sum();
        Requests {
            sent,
            at_least: self.scans.iter().map(planned).sum(),
            expected: expected.map(|expected| expected.max(sent)),
        }
    }

    fn jobs(&self) -> Vec<Job> {
        let Some(statement) = self.statement() else {
            return Vec::new();
        };
        let mut connections: Vec<&Arc<Connection>> = Vec::new();
        for scan in &self.scans {
            if !(connections.iter()).any(|known| Arc::ptr_eq(known, &scan.connection)) {
                connections.push(&scan.connection);
            }
        }
        let jobs = connections.into_iter().flat_map(|connection| {
            let rows = connection.rest().jobs().under_way(statement.id());
            rows.into_iter().map(|row| Job {
                connection: connection.name().to_owned(),
                service: row.service.to_string(),
                table: row.table,
                state: row.state,
                queue_place: row.queue_place,
                elapsed: row.elapsed,
            })
        });
        jobs.collect()
    }
}

impl Watched {
    fn metric(&self, name: &str) -> u64 {
        let metrics = self.metrics.clone_inner();
        metrics
            .sum_by_name(name)
            .map_or(0, |value| value.as_usize() as u64)
    }

    fn rows(&self) -> u64 {
        self.metric("rows_fetched")
    }

    fn expected(&self) -> Option<u64> {
        let planned = self.planned.as_ref()?.requests;
        let expected = self.expected.lock().unwrap_or(planned);
        Some(expected.max(self.metric("requests")))
    }
}

/// Marks the end of a statement when nobody holds its rows any more.
struct End(Arc<Watch>);

impl Drop for End {
    fn drop(&mut self) {
        let mut took = self.0.took.lock();
        took.get_or_insert_with(|| self.0.began.elapsed());
    }
}
