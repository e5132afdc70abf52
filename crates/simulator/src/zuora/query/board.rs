//! The jobs of a tenant: who waits, who runs, what became of whom. It refuses to look into statements.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Instant;

use futures::FutureExt as _;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};

use super::catalog::{Catalog, Drift, TRANSIENT};
use super::faults::QueryFaults;
use super::job::{Job, QueryJob, QueryState};
use super::options::{QueryLimits, QueryOptions};
use super::run::{Outcome, run};
use super::storage::Storage;
use super::submit::Submission;
use crate::clock::now_millis;
use crate::oauth::text;
use crate::zuora::account::{Object, Tenant};

/// What has been counted of faults.
#[derive(Debug, Default)]
pub(super) struct Struck {
    pub(super) transient_jobs: u32,
    pub(super) full_submits: u32,
    pub(super) lost_submits: u32,
    pub(super) polls: u32,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) jobs: Vec<Job>,
    /// Idempotency keys of submits that made a job.
    pub(super) keys: HashSet<String>,
    pub(super) struck: Struck,
    most_running: usize,
    serial: u64,
}

impl Board {
    fn count(&self, state: QueryState) -> usize {
        self.jobs.iter().filter(|job| job.state == state).count()
    }

    pub(super) fn job(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// Whether a counted fault strikes once more.
    pub(super) fn strikes(counted: &mut u32, most: u32) -> bool {
        let strikes = *counted < most;
        *counted += u32::from(strikes);
        strikes
    }
}

/// The query service of a tenant.
#[derive(Debug)]
pub(crate) struct DataQuery {
    tenant: Arc<Tenant>,
    pub(super) options: Mutex<QueryOptions>,
    drift: Mutex<Drift>,
    pub(super) board: Mutex<Board>,
    pub(super) storage: Storage,
    /// Jobs compute for long: not on threads that serve others.
    runtime: Mutex<Option<Runtime>>,
    handle: Handle,
}

impl DataQuery {
    pub(crate) fn start(
        tenant: &Arc<Tenant>,
        options: QueryOptions,
        foreign: &str,
    ) -> std::io::Result<Arc<Self>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("simulator-query")
            // Deep statements are planned by recursion, without optimisation in most builds.
            .thread_stack_size(16 << 20)
            .enable_time()
            .build()?;
        Ok(Arc::new(Self {
            tenant: Arc::clone(tenant),
            options: Mutex::new(options),
            drift: Mutex::default(),
            board: Mutex::default(),
            storage: Storage::start(foreign)?,
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
        }))
    }

    pub(super) fn catalog(&self, faults: &QueryFaults) -> Catalog {
        Catalog {
            tenant: Arc::clone(&self.tenant),
            options: self.options.lock().clone(),
            drift: self.drift.lock().clone(),
            vanished: faults.vanished_column,
        }
    }

    /// Whether one more job finds a place.
    pub(super) fn is_full(&self, board: &Board) -> bool {
        let limits = &self.options.lock().limits;
        let open = board.count(QueryState::Accepted) + board.count(QueryState::InProgress);
        open >= limits.running + limits.queued
    }

    /// Puts a job into the queue and says its id.
    pub(super) fn accept(
        self: &Arc<Self>,
        board: &mut Board,
        submission: Submission,
        faults: &QueryFaults,
    ) -> String {
        board.serial += 1;
        let id = text::uuid(board.serial);
        let now = now_millis();
        board.jobs.push(Job {
            id: id.clone(),
            submission,
            state: QueryState::Accepted,
            created_millis: now,
            updated_millis: now,
            begun: None,
            processing_millis: 0,
            cancelled_running: false,
            output_rows: None,
            error: None,
            file: None,
            task: None,
        });
        let delay = self.options.lock().job_delay / 2;
        let (service, faults) = (Arc::downgrade(self), faults.clone());
        self.handle.spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(service) = service.upgrade() {
                service.pump(&faults);
            }
        });
        id
    }

    /// Begins what may begin, the oldest first.
    fn pump(self: &Arc<Self>, faults: &QueryFaults) {
        let mut board = self.board.lock();
        let options = self.options.lock().clone();
        let mut running = board.count(QueryState::InProgress);
        while running < options.limits.running {
            let transient = board.struck.transient_jobs < faults.transient_jobs;
            let Some(job) = board
                .jobs
                .iter_mut()
                .find(|job| job.state == QueryState::Accepted)
            else {
                break;
            };
            let complaint = if transient {
                Some(TRANSIENT.to_owned())
            } else if faults.broken_jobs {
                Some("Query failed: an internal error has occurred".to_owned())
            } else if faults.killed_jobs {
                Some("Query exceeded the maximum time limit of 3600.00s".to_owned())
            } else {
                None
            };
            job.state = QueryState::InProgress;
            job.updated_millis = now_millis();
            job.begun = Some(Instant::now());
            let work = Work {
                service: Arc::downgrade(self),
                id: job.id.clone(),
                submission: job.submission.clone(),
                catalog: self.catalog(faults),
                faults: faults.clone(),
                complaint,
            };
            job.task = Some(self.handle.spawn(work.run()).abort_handle());
            board.struck.transient_jobs += u32::from(transient);
            running += 1;
            board.most_running = board.most_running.max(running);
        }
    }

    fn finish(self: &Arc<Self>, id: &str, result: Result<Outcome, String>, faults: &QueryFaults) {
        let empty_file = self.options.lock().empty_file;
        {
            let mut board = self.board.lock();
            if let Some(job) = board.job(id).filter(|job| !job.state.is_over()) {
                job.updated_millis = now_millis();
                job.task = None;
                let took = job.begun.map_or(0, |begun| begun.elapsed().as_millis());
                job.processing_millis = u64::try_from(took).unwrap_or(u64::MAX);
                match result {
                    Ok(outcome) => {
                        job.state = QueryState::Completed;
                        job.output_rows = Some(outcome.rows);
                        if outcome.rows > 0 || empty_file {
                            let ending = job.submission.format.ending();
                            let ending = if job.submission.gzip {
                                format!("{ending}.gz")
                            } else {
                                ending.to_owned()
                            };
                            job.file = Some(self.storage.keep(id, &ending, outcome.file));
                        }
                    }
                    Err(complaint) => {
                        job.state = QueryState::Failed;
                        job.error = Some(complaint);
                    }
                }
            }
        }
        self.pump(faults);
    }

    /// Stops a job; false if it is over.
    pub(super) fn cancel(self: &Arc<Self>, id: &str, faults: &QueryFaults) -> bool {
        {
            let mut board = self.board.lock();
            let Some(job) = board.job(id).filter(|job| !job.state.is_over()) else {
                return false;
            };
            job.cancelled_running = job.state == QueryState::InProgress;
            job.state = QueryState::Cancelled;
            job.updated_millis = now_millis();
            if let Some(task) = job.task.take() {
                task.abort();
            }
        }
        self.pump(faults);
        true
    }

    /// Waits for something on the threads of jobs. Only for threads that may block.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// Every job, oldest first.
    pub(crate) fn jobs(&self) -> Vec<QueryJob> {
        let board = self.board.lock();
        board
            .jobs
            .iter()
            .map(|job| job.seen(self.storage.downloads(job.file.as_deref())))
            .collect()
    }

    /// The most jobs that ever were in progress at once.
    pub(crate) fn most_running(&self) -> usize {
        self.board.lock().most_running
    }

    pub(crate) fn set_limits(&self, limits: QueryLimits) {
        self.options.lock().limits = limits;
    }

    /// From now on faults count anew.
    pub(crate) fn forgive(&self, faults: &QueryFaults) {
        self.board.lock().struck = Struck::default();
        self.storage.set_faults(faults);
    }

    pub(crate) fn add_column(&self, object: Object, name: &str) {
        self.drift.lock().added.insert((object, name.to_owned()));
    }

    pub(crate) fn remove_column(&self, object: Object, name: &str) {
        let mut drift = self.drift.lock();
        drift.added.remove(&(object, name.to_owned()));
        drift.removed.insert((object, name.to_owned()));
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.storage.secrets()
    }

    pub(crate) fn leaks(&self) -> Vec<String> {
        self.storage.leaks()
    }

    pub(crate) fn storage_url(&self) -> String {
        self.storage.url()
    }

    pub(crate) fn close(&self) {
        self.storage.close();
        let runtime = self.runtime.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for DataQuery {
    fn drop(&mut self) {
        self.close();
    }
}

/// A job while it runs.
struct Work {
    service: Weak<DataQuery>,
    id: String,
    submission: Submission,
    catalog: Catalog,
    faults: QueryFaults,
    /// What it is to fail with.
    complaint: Option<String>,
}

impl Work {
    async fn run(self) {
        tokio::time::sleep(self.catalog.options.job_delay / 2).await;
        if self.faults.slow_jobs > 0 {
            tokio::time::sleep(std::time::Duration::from_secs(self.faults.slow_jobs)).await;
        }
        let result = match self.complaint {
            Some(complaint) => Err(complaint),
            None => AssertUnwindSafe(run(&self.catalog, &self.submission, &self.faults))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err("Query failed: an internal error has occurred".to_owned())),
        };
        if let Some(service) = self.service.upgrade() {
            service.finish(&self.id, result, &self.faults);
        }
    }
}
