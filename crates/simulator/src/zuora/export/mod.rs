//! AQuA, the tenant's bulk export: jobs are submitted, looked at and cancelled, their files fetched. Stateless jobs only.
//! A job works on a thread of its own, so that a submit answers at once whatever it asks for.

mod door;
mod faults;
mod file;
mod job;
pub(in crate::zuora) mod label;
mod options;
mod refusal;
pub(in crate::zuora) mod relation;
mod submit;
#[cfg(test)]
mod tests;
mod zoql;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

pub use faults::ExportFaults;
pub use job::ExportJob;
pub use options::ExportOptions;

use crate::zuora::Tenant;
use faults::{Struck, strikes};
use file::{File, Recipe};
use job::Job;
use refusal::Refusal;
use submit::{Asked, Submission};

/// All exports of a tenant.
#[derive(Debug)]
pub(crate) struct Exports {
    tenant: Arc<Tenant>,
    pub(in crate::zuora) options: ExportOptions,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    jobs: Vec<Job>,
    files: HashMap<String, File>,
    /// The most jobs that were ever active at the same time.
    most: usize,
    struck: Struck,
    /// Jobs that nobody can look at any more, and those that somebody has looked at.
    forgotten: Vec<String>,
    seen: Vec<String>,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

impl Exports {
    pub(crate) fn new(tenant: Arc<Tenant>, options: ExportOptions) -> Arc<Self> {
        Arc::new(Self {
            tenant,
            options,
            state: Mutex::default(),
        })
    }

    /// Counted faults strike again from here.
    pub(crate) fn forgive(&self) {
        self.state.lock().struck = Struck::default();
    }

    pub(crate) fn jobs(&self, now_millis: i64) -> Vec<ExportJob> {
        let state = self.state.lock();
        state
            .jobs
            .iter()
            .map(|job| job.outline(now_millis))
            .collect()
    }

    pub(crate) fn most(&self) -> usize {
        self.state.lock().most
    }

    /// Takes a job and begins to work on it.
    fn start(
        self: &Arc<Self>,
        submission: Submission,
        faults: &ExportFaults,
        now_millis: i64,
    ) -> Result<serde_json::Value, Refusal> {
        let mut state = self.state.lock();
        let active = state
            .jobs
            .iter()
            .filter(|job| job.state(now_millis).is_active())
            .count();
        if active >= self.options.concurrent_jobs || strikes(&mut state.struck.busy, faults.busy) {
            return Err(Refusal::new(
                90_028,
                "The number of concurrent jobs exceeds the maximum",
            ));
        }
        if strikes(&mut state.struck.internal_errors, faults.internal_errors) {
            return Err(Refusal::new(
                90_022,
                "An internal error occurred, please retry",
            ));
        }
        state.most = state.most.max(active + 1);
        let number = state.jobs.len() as u64 + 1;
        let limit = self.options.time_limit;
        let due = now_millis + millis(self.options.job_time.min(limit));
        let mut job = Job::new(number, &submission, now_millis, due);
        let query = job.query();
        let earlier = state.jobs.iter().filter(|job| job.query() == query);
        job.attempts += u32::try_from(earlier.count()).unwrap_or(u32::MAX - 1);
        job.doom = if self.options.job_time > limit {
            Some(Refusal::new(90_027, "The query exceeded the maximum time"))
        } else if strikes(&mut state.struck.killed, faults.killed) {
            Some(Refusal::new(
                90_029,
                "The query exceeded the maximum processing time",
            ))
        } else if strikes(&mut state.struck.internal_aborts, faults.internal_aborts) {
            Some(Refusal::new(
                90_022,
                "An internal error occurred, please retry",
            ))
        } else {
            None
        };
        let doomed = job.doom.is_some();
        let body = job.body(job::State::Submitted);
        state.jobs.push(job);
        drop(state);
        if !doomed {
            self.work(number, submission, faults);
        }
        Ok(body)
    }

    /// Lets a thread write the files of a job. Where there is no thread to be had the job is aborted.
    fn work(self: &Arc<Self>, number: u64, submission: Submission, faults: &ExportFaults) {
        let exports = Arc::clone(self);
        let mut style = submission.style;
        style.nul_bytes = faults.nul_bytes;
        let recipe = Recipe {
            format: submission.format,
            style,
            faults: faults.clone(),
            options: self.options.clone(),
        };
        let (queries, plain) = (submission.queries, submission.plain);
        let spawned = thread::Builder::new()
            .name(format!("export {number}"))
            .spawn(move || exports.export(number, queries, plain, &recipe));
        if spawned.is_err() {
            self.end(number, Some(Refusal::new(90_010, "No thread is free")));
        }
    }

    fn export(&self, number: u64, queries: Vec<Asked>, plain: bool, recipe: &Recipe) {
        let begun = self.with(number, |job| (Arc::clone(&job.stop), job.due_millis));
        let Some((stop, made_millis)) = begun else {
            return;
        };
        for (place, asked) in queries.into_iter().enumerate() {
            let forbidden = recipe.faults.forbidden || asked.query.is_none();
            let Some(mut query) = asked.query.filter(|_| !forbidden) else {
                let reason = "You do not have permission to view this data source (90018)";
                self.with(number, |job| {
                    job.batches[place].refused = Some(reason.to_owned());
                });
                continue;
            };
            let extra = (self.options.extra_column && number.is_multiple_of(2))
                .then(|| zoql::unasked(query.object, plain, &self.options))
                .flatten();
            query.disturb(number, extra);
            let written = match recipe.write(&query, &self.tenant, &stop) {
                Ok(written) => written,
                Err(error) => {
                    let refusal = Refusal::new(90_006, format!("Storage failed: {error}"));
                    return self.end(number, Some(refusal));
                }
            };
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let mut state = self.state.lock();
            let mut ids = Vec::new();
            for content in written.contents {
                let id = format!("2c92a086{:024x}", state.files.len() + 1);
                let file = File {
                    content,
                    format: recipe.format,
                    made_millis,
                    asked: false,
                    purged: false,
                };
                state.files.insert(id.clone(), file);
                ids.push(id);
            }
            if let Some(job) = state.jobs.iter_mut().find(|job| job.number == number) {
                let batch = &mut job.batches[place];
                batch.rows = written.rows;
                batch.segmented = recipe.faults.segment_rows.is_some();
                batch.files = ids;
            }
        }
        self.end(number, None);
    }

    fn end(&self, number: u64, doom: Option<Refusal>) {
        self.with(number, |job| {
            job.done = true;
            if doom.is_some() {
                job.doom = doom;
            }
        });
    }

    fn with<T>(&self, number: u64, change: impl FnOnce(&mut Job) -> T) -> Option<T> {
        let mut state = self.state.lock();
        let job = state.jobs.iter_mut().find(|job| job.number == number)?;
        Some(change(job))
    }
}
