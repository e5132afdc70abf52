//! The addresses of AQuA, the older ones of files among them. It refuses to know whether the caller has signed in.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::refusal::Refusal;
use super::submit::{self, Format};
use super::{ExportFaults, Exports, strikes};
use crate::incoming::Incoming;
use crate::reply::Reply;

const JOBS: &str = "/v1/batch-query/jobs/";
const FILES: [&str; 3] = ["/v1/files/", "/v1/file/", "/v1/batch-query/file/"];

fn missing_file(id: &str) -> Reply {
    let reason =
        json!({"code": 50_000_040, "message": format!("Cannot find entity by key: '{id}'.")});
    Reply::value(404, &json!({"success": false, "reasons": [reason]}))
}

impl Exports {
    /// Answers what is for AQuA; `None` is for others.
    pub(in crate::zuora) fn answer(
        self: &Arc<Self>,
        faults: &ExportFaults,
        now_millis: i64,
        incoming: &Incoming,
    ) -> Option<Reply> {
        let (method, path) = (incoming.method.as_str(), incoming.path.as_str());
        if let ("POST", "/v1/batch-query/" | "/v1/batch-query") = (method, path) {
            return Some(self.submit(faults, now_millis, incoming));
        }
        if let Some(id) = path.strip_prefix(JOBS) {
            return match method {
                "GET" => Some(self.look(faults, now_millis, id)),
                "DELETE" => Some(self.cancel(now_millis, id)),
                _ => None,
            };
        }
        let id = FILES.iter().find_map(|prefix| path.strip_prefix(prefix))?;
        match (method, id.strip_suffix("/status")) {
            ("GET", Some(id)) => Some(self.readiness(now_millis, id)),
            ("GET", None) => Some(self.file(faults, now_millis, id)),
            _ => None,
        }
    }

    fn submit(
        self: &Arc<Self>,
        faults: &ExportFaults,
        now_millis: i64,
        incoming: &Incoming,
    ) -> Reply {
        let taken = submit::read(incoming, &self.options)
            .and_then(|submission| self.start(submission, faults, now_millis));
        match taken {
            Ok(body) => Reply::value(200, &body),
            Err(refusal) => refusal.reply(self.options.codeless),
        }
    }

    fn look(&self, faults: &ExportFaults, now_millis: i64, id: &str) -> Reply {
        let mut state = self.state.lock();
        if strikes(&mut state.struck.throttled_polls, faults.throttled_polls) {
            return Reply::value(429, &json!({"message": "Too many requests"}))
                .with("ratelimit-remaining", "0".to_owned())
                .with("ratelimit-reset", "1".to_owned());
        }
        let first = !state.seen.iter().any(|seen| seen == id);
        if first {
            state.seen.push(id.to_owned());
            if strikes(&mut state.struck.purged_jobs, faults.purged_jobs) {
                state.forgotten.push(id.to_owned());
            }
        }
        let forgotten = state.forgotten.iter().any(|forgotten| forgotten == id);
        match state.jobs.iter().find(|job| job.id == id && !forgotten) {
            Some(job) => Reply::value(200, &job.body(job.state(now_millis))),
            None => Refusal::new(90_002, format!("The job id {id} is invalid"))
                .reply(self.options.codeless),
        }
    }

    fn cancel(&self, now_millis: i64, id: &str) -> Reply {
        let mut state = self.state.lock();
        let job = state.jobs.iter_mut().find(|job| job.id == id);
        match job.filter(|job| job.state(now_millis).is_active()) {
            Some(job) => {
                job.cancelled = true;
                job.stop.store(true, Ordering::Relaxed);
                Reply::value(200, &job.body(job.state(now_millis)))
            }
            None => Refusal::new(90_003, format!("The job {id} cannot be cancelled"))
                .reply(self.options.codeless),
        }
    }

    fn readiness(&self, now_millis: i64, id: &str) -> Reply {
        let state = self.state.lock();
        match state.files.get(id).filter(|file| !file.is_gone(now_millis)) {
            Some(_) => Reply::value(200, &json!({"success": true, "status": "Completed"})),
            None => missing_file(id),
        }
    }

    fn file(&self, faults: &ExportFaults, now_millis: i64, id: &str) -> Reply {
        let mut state = self.state.lock();
        let state = &mut *state;
        let Some(file) = state.files.get_mut(id) else {
            return missing_file(id);
        };
        if !file.asked {
            file.asked = true;
            file.purged = strikes(&mut state.struck.purged_files, faults.purged_files);
        }
        if file.is_gone(now_millis) {
            return missing_file(id);
        }
        let length = file.content.len();
        if faults.max_file_bytes.is_some_and(|most| length > most) {
            let body = "<security:max-object-size>2047MB</security:max-object-size>";
            return Reply {
                content_type: "text/xml; charset=utf-8",
                ..Reply::text(403, body)
            };
        }
        let cut = strikes(&mut state.struck.truncated_files, faults.truncated_files);
        let sent = if cut { length / 2 } else { length };
        Reply {
            status: 200,
            headers: Vec::new(),
            content_type: match file.format {
                Format::Csv => "text/csv; charset=utf-8",
                Format::Gzip => "application/gzip",
            },
            body: file.content[..sent].to_vec(),
            rows: 0,
        }
    }
}
