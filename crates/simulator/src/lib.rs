//! Believable SaaS accounts over HTTP: an independent witness for tests, demos and benches.
//!
//! An [`Account`] is the vendor's database: seeded, deterministic, drawn on demand. A [`Tenant`] is the same for Zuora, with
//! the organizations of an account as its customers. A [`Simulator`] serves one of them on a loopback
//! port the way the vendor would, with sign-in, paging, roles, lags, rate limits and, on demand, [`Faults`]. Several simulators
//! may share one account, one per fault scenario; codes and tokens belong to the simulator. A [`Stranger`] is where nothing
//! secret may ever arrive.
//!
//! It is written from the vendor's facts and depends on none of the crates it is a witness for. It refuses to listen
//! anywhere but on the loopback interface.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
mod faults;
mod incoming;
mod json;
mod limits;
mod oauth;
mod people;
mod random;
mod reply;
mod server;
mod stranger;
mod zendesk;
mod zuora;

pub use faults::Faults;
pub use limits::Limits;
pub use oauth::{Hold, OAuthClient, OAuthOptions, RedirectRule, TokenCall};
pub use server::{Options, RecordedRequest, Simulator};
pub use stranger::{Stranger, StrangerRequest};
pub use zendesk::{Account, AccountOptions, Plan, Product, Subscription};
pub use zuora::{
    Column, ExportFaults, ExportJob, ExportOptions, Kind, LimitWording, Object, QueryFaults,
    QueryJob, QueryLimits, QueryOptions, QueryState, QueueRefusal, Row, Tenant, TenantOptions,
    Value,
};
