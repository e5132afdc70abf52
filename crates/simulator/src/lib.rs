//! Believable SaaS accounts over HTTP: an independent witness for tests, demos and benches.
//!
//! An [`Account`] is the vendor's database: seeded, deterministic, drawn on demand. A [`Simulator`] serves it on a loopback
//! port the way the vendor would, with paging, roles, lags, rate limits and, on demand, [`Faults`]. Several simulators may
//! share one account, one per fault scenario.
//!
//! It is written from the vendor's facts and depends on none of the crates it is a witness for. It refuses to listen
//! anywhere but on the loopback interface.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
mod faults;
mod json;
mod limits;
mod random;
mod server;
mod zendesk;

pub use faults::Faults;
pub use limits::Limits;
pub use server::{Options, RecordedRequest, Simulator};
pub use zendesk::{Account, AccountOptions};
