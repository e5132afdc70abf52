//! Choosing the read: `Scan` → [`ReadPlan`], a pure function.
//!
//! Each read of the table is tried (`crate::candidate`); those that apply are compared by cost, those that
//! do not say why. The plan is a plain value: EXPLAIN prints what is sent.

mod choose;
mod error;
mod exports;
mod tail;

use crate::cost::Estimate;
use crate::predicate::Predicate;
use crate::request::Request;
use crate::scan::Newest;
use crate::table::Read;

pub use choose::{read, requests_for};
pub use error::{PlanError, Reason, Rejected, Takes};

/// What will be sent for one scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPlan {
    /// The table's name.
    pub table: String,
    /// The chosen read.
    pub read: Read,
    /// The requests.
    pub work: Work,
    /// Predicates that travel, and how.
    pub pushed: Vec<(Predicate, Pushed)>,
    /// Predicates that stay with the engine.
    pub local: Vec<Predicate>,
    /// What completes a lagging read.
    pub tail: Option<Tail>,
    /// Why a lagging read has no tail.
    pub no_tail: Option<String>,
    /// When the pages may end early.
    pub stop: Option<Stop>,
    /// No more rows than this.
    pub limit: Option<u64>,
    /// Rows count only if their key is among these.
    pub only_with: Option<OnlyWith>,
    /// What is expected.
    pub estimate: Estimate,
    /// Reads that were not taken.
    pub rejected: Vec<Rejected>,
}

/// The requests of a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Nothing can match: no request.
    Nothing,
    /// These, independent of each other, each with its further pages.
    Requests(Vec<Request>),
    /// Keys arrive at run time; the plan is then made again with them.
    Keyed {
        /// The first request as a template, for people.
        template: String,
        /// Keys in one request.
        batch: u32,
    },
    /// One request for each row of the parent table.
    FanOut {
        /// How the parent's keys are read.
        parent: Box<ReadPlan>,
        /// The placeholder that they fill.
        column: String,
        /// The first request as a template, for people.
        template: String,
    },
    /// One number instead of rows.
    Count {
        /// The request.
        request: Request,
        /// Where the number lies.
        at: Vec<String>,
        /// It is trusted below this.
        exact_below: u64,
        /// What is read if it is not.
        otherwise: Box<ReadPlan>,
    },
}

/// How a predicate travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The answer holds matching rows only.
    Exact,
    /// The answer holds every matching row, and perhaps others.
    Recheck,
}

/// What completes a lagging read: the rows that changed within its lag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tail {
    /// The read.
    pub read: Read,
    /// The list, newest first; of the parent table if `fan_out` is set.
    pub request: Request,
    /// The column that orders the list.
    pub column: String,
    /// It is read until a row is older than this second.
    pub since: i64,
    /// How far back that is, in seconds.
    pub reach: i64,
    /// Rows of this table come one request for each parent in the list: the placeholder to fill.
    pub fan_out: Option<TailFanOut>,
    /// Read first, because the main read lags.
    pub opening: bool,
    /// Read at the end, for rows that moved out of the main read while it paged.
    pub closing: bool,
}

/// A tail whose rows hang below recently changed parents.
#[derive(Debug, Clone, PartialEq)]
pub struct TailFanOut {
    /// The parent table.
    pub table: String,
    /// The parent's read that lists recent rows.
    pub parent: Read,
    /// The placeholder that the parents' keys fill.
    pub column: String,
}

/// When an ordered read may end before its last page.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// The column that orders the rows, largest first.
    pub column: String,
    /// Rows older than this second cannot match.
    pub until: Option<i64>,
    /// Rows older than this second are not all in the list.
    pub horizon: Option<i64>,
    /// The consumer's top-n may end it.
    pub newest: Option<Newest>,
    /// What is read if the list turns out not to suffice or not to be in order.
    pub otherwise: Option<Box<ReadPlan>>,
}

/// Rows that belong to the table only together with a row of another.
#[derive(Debug, Clone, PartialEq)]
pub struct OnlyWith {
    /// This table's column.
    pub column: String,
    /// How the other table's keys are read.
    pub parent: Box<ReadPlan>,
}
