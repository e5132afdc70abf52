//! Zuora: every table and random queries against the tenant's own rows, whatever service reads them; what goes wrong; size.

mod conformance;
mod deleted;
mod differential;
mod exports;
mod expression;
mod faults;
mod index_join;
pub(crate) mod oracle;
mod processes;
mod query;
mod queue;
mod scale;
mod shared;
pub(crate) mod stage;
