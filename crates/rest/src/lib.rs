//! The only crate that opens outgoing sockets: HTTP, sign-in, rate limits, the paging and job loops, the request log.
//!
//! A [`Connection`] turns a [`Request`](zuzen_plan::request::Request) into a stream of [`Page`]s, and a
//! [`JobRequest`] into a stream of [`Piece`]s of its result. It knows nothing of
//! tables, rows or SQL, decides nothing by itself (next page, meaning of a refusal and retries are pure functions of
//! `zuzen-plan`), and sends credentials nowhere but to the configured origin.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attempts;
mod connection;
mod errand;
mod error;
mod headers;
mod jobs;
mod limiter;
mod log;
mod pauses;
mod probe;
mod reading;
mod send;
mod settings;
pub mod sign_in;
pub mod store;
mod stream;
pub mod transport;
mod usage;

#[cfg(test)]
mod tests;

pub use connection::{Connection, Identity};
pub use error::{At, Cause, Error};
pub use jobs::{
    JobFailure, JobLog, JobRequest, JobResult, JobRow, JobSlots, JobState, JobStream, Piece,
};
pub use limiter::Limit;
pub use log::{Purpose, RequestLog, Row};
pub use pauses::Pause;
pub use probe::Reach;
pub use settings::{Credentials, Secret, Settings};
pub use stream::Page;
pub use usage::{Statement, Usage};

/// Headers of a request, as the HTTP library has them.
pub use reqwest::header::{HeaderMap, HeaderValue};
