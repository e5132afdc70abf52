//! Tables of remote engines: Zuora's Data Query and its AQuA exports.
//!
//! Data Query is a SQL engine of its own, so whole subplans run there: [`federate`] looks for the largest ones that
//! [`writer`] can say and that fit its caps. What is left are single tables; `table` reads them through either
//! service. Both become a [`RemoteScan`]. It refuses to know HTTP, and what a job's failure means (`zuzen_plan::job`).

mod average;
mod bound;
mod condition;
mod driven;
mod estimate;
mod explain;
mod federate;
mod node;
mod origin;
mod own_keys;
mod planner;
mod raw;
mod read;
mod results;
mod run;
mod scan;
mod service;
mod split;
mod table;
mod unique;
mod writer;

pub(crate) use condition::condition;
pub(crate) use federate::federate;
pub(crate) use planner::RemoteQueries;
pub(crate) use raw::RawQueries;
pub(crate) use read::DELETED;
pub(crate) use scan::RemoteScan;
pub(crate) use service::{Caps, Service};
pub(crate) use table::{Asked, scan, unusable};
