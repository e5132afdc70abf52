//! Data Query: statements of Trino as jobs of a tenant. `answer` is the door, `board` the queue, `run` one statement, `storage` the
//! place of the results. Written from the vendor's facts and stricter than the vendor where those leave room. It refuses to
//! serve the paid warehouse.

mod board;
mod catalog;
mod faults;
mod file;
mod index;
mod job;
mod options;
mod run;
mod storage;
mod submit;
mod table;
#[cfg(test)]
mod tests;
mod trino;

pub(crate) use board::DataQuery;
pub use faults::QueryFaults;
pub use job::{QueryJob, QueryState};
pub use options::{LimitWording, QueryLimits, QueryOptions, QueueRefusal};

use std::sync::Arc;

use serde_json::{Value, json};

use super::coded;
use crate::incoming::Incoming;
use crate::reply::Reply;
use board::Board;
use submit::Submission;

const JOBS: &str = "/query/jobs";

impl DataQuery {
    /// Answers a request that is for this service.
    pub(crate) fn answer(
        self: &Arc<Self>,
        faults: &QueryFaults,
        incoming: &Incoming,
    ) -> Option<Reply> {
        let rest = incoming.path.strip_prefix(JOBS)?;
        let reply = match (incoming.method.as_str(), rest.strip_prefix('/')) {
            ("POST", None) if rest.is_empty() => self.submit(faults, incoming),
            ("GET", None) if rest.is_empty() => self.list(faults, incoming),
            ("GET", Some(id)) => self.poll(id, faults),
            ("DELETE", Some(id)) => self.stop(id, faults),
            (_, None) if !rest.is_empty() => return None,
            _ => coded(405, "HTTP 405 Method Not Allowed"),
        };
        Some(reply)
    }

    fn submit(self: &Arc<Self>, faults: &QueryFaults, incoming: &Incoming) -> Reply {
        let options = self.options.lock().clone();
        let submission = match Submission::read(incoming, options.limits.characters) {
            Ok(submission) => submission,
            Err(refusal) => return refusal,
        };
        let key = incoming.header("idempotency-key").map(str::to_owned);
        if key
            .as_ref()
            .is_some_and(|key| key.is_empty() || key.len() > 255)
        {
            return coded(400, "Idempotency-Key must have 1 to 255 characters");
        }
        if options.early_errors
            && let Err(complaint) = self.block_on(run::check(&self.catalog(faults), &submission))
        {
            return coded(400, &complaint);
        }
        let mut board = self.board.lock();
        if key.as_ref().is_some_and(|key| board.keys.contains(key)) {
            return coded(
                409,
                "A request with this Idempotency-Key has already succeeded",
            );
        }
        if Board::strikes(&mut board.struck.full_submits, faults.full_submits)
            || self.is_full(&board)
        {
            return full(&options);
        }
        board.keys.extend(key);
        let lost = Board::strikes(&mut board.struck.lost_submits, faults.lost_submits);
        let id = self.accept(&mut board, submission, faults);
        if lost {
            return Reply::html(504, "Gateway Timeout");
        }
        match board.job(&id) {
            Some(job) => Reply::value(200, &json!({"data": job.body(None)})),
            None => coded(500, "HTTP 500 Internal Server Error"),
        }
    }

    /// The body of a job with an address for its file.
    fn body(&self, board: &mut Board, id: &str, faults: &QueryFaults) -> Option<Value> {
        let life = self.options.lock().address_life;
        let job = board.job(id)?;
        let address = job
            .file
            .as_deref()
            .and_then(|path| self.storage.sign(path, life, faults));
        Some(job.body(address))
    }

    fn poll(&self, id: &str, faults: &QueryFaults) -> Reply {
        let mut board = self.board.lock();
        let turn = board.struck.polls;
        if Board::strikes(&mut board.struck.polls, faults.bad_polls) {
            return match turn % 3 {
                0 => coded(429, "HTTP 429 Too Many Requests").with("retry-after", "1".to_owned()),
                1 => Reply::text(500, "We're sorry, but something went wrong."),
                _ => Reply::html(504, "Gateway Timeout"),
            };
        }
        match self
            .body(&mut board, id, faults)
            .filter(|_| !faults.purged_jobs)
        {
            Some(body) => Reply::value(200, &json!({"data": body})),
            None => absent(id),
        }
    }

    fn stop(self: &Arc<Self>, id: &str, faults: &QueryFaults) -> Reply {
        let known = self.board.lock().job(id).is_some();
        if !known || faults.purged_jobs {
            return absent(id);
        }
        if !self.cancel(id, faults) {
            return coded(
                400,
                &format!("Query job {id} is not in accepted or in_progress status"),
            );
        }
        match self.board.lock().job(id) {
            Some(job) => Reply::value(200, &json!({"data": job.body(None)})),
            None => absent(id),
        }
    }

    /// The newest first; there is no way to what is older.
    fn list(&self, faults: &QueryFaults, incoming: &Incoming) -> Reply {
        let mut wanted = None;
        let mut size = 20;
        for (name, value) in incoming.query_pairs() {
            match (name.as_str(), value.parse::<usize>()) {
                ("queryStatus", _) => match QueryState::of(&value) {
                    Some(state) => wanted = Some(state),
                    None => return coded(400, "queryStatus is not a status"),
                },
                ("pageSize", Ok(wanted @ 1..=1_000)) => size = wanted,
                ("pageSize", _) => return coded(400, "pageSize must be between 1 and 1000"),
                _ => return coded(400, &format!("{name} is not a parameter")),
            }
        }
        let mut board = self.board.lock();
        let jobs = board
            .jobs
            .iter()
            .rev()
            .filter(|job| wanted.is_none_or(|state| job.state == state));
        let ids: Vec<String> = jobs.take(size).map(|job| job.id.clone()).collect();
        let bodies: Vec<Value> = ids
            .iter()
            .filter_map(|id| self.body(&mut board, id, faults))
            .collect();
        let rows = bodies.len();
        Reply::json(json!({"data": bodies}).to_string().into_bytes(), rows)
    }
}

fn full(options: &QueryOptions) -> Reply {
    let QueryLimits {
        running, queued, ..
    } = options.limits;
    match options.refusal {
        QueueRefusal::TooManyRequests => {
            coded(429, "HTTP 429 Too Many Requests").with("retry-after", "1".to_owned())
        }
        QueueRefusal::BadRequest => coded(
            400,
            &format!(
                "The query queue of the tenant is full: the limit is {running} running and {queued} queued queries"
            ),
        ),
    }
}

fn absent(id: &str) -> Reply {
    coded(404, &format!("Query job {id} is not found"))
}
