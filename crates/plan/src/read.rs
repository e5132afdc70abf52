//! Choosing the read: `Scan` → [`ReadPlan`], a pure function.
//!
//! Each read of the table is tried (`crate::candidate`); those that apply are compared by cost, those that
//! do not say why. The plan is a plain value: EXPLAIN prints what is sent.

use thiserror::Error;

use crate::candidate::{Candidate, candidate, requests};
use crate::cost::{self, Estimate};
use crate::predicate::{Predicate, Test, allowed, earliest_second};
use crate::request::{NotFound, Request};
use crate::scan::{Known, Newest, Scan};
use crate::table::{PageStyle, Read, Table};
use crate::value::{MICROS, Value};

/// Seconds that clocks may differ, added to every lag.
const CLOCK_SKEW: i64 = 60;

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
    /// Read once more at the end, for rows that moved out of the main read while it paged.
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

/// A read that was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// The read's name.
    pub read: String,
    /// Why not.
    pub reason: Reason,
}

/// Why a read was not taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Reason {
    /// The API refused it before.
    #[error("refused: {0}")]
    Refused(String),
    /// Its answer lacks a column.
    #[error("lacks {0}")]
    Lacks(String),
    /// It needs a bound column.
    #[error("needs {0} = …")]
    Needs(String),
    /// It needs a filter that it can carry.
    #[error("no filter that it can carry")]
    NoFilter,
    /// It only lists recent rows, and nothing says that those suffice.
    #[error("holds only what {0}")]
    Partial(String),
    /// It is only a fallback.
    #[error("only if a better read is refused")]
    Fallback,
    /// One request for each parent row, without a budget.
    #[error(
        "one request for each row of {parent}: add `WHERE {column} = …`, or set MaxRequests to allow it"
    )]
    FanOut {
        /// The parent table.
        parent: String,
        /// The placeholder.
        column: String,
    },
    /// Another costs less.
    #[error("{requests} requests, {seconds:.1} s")]
    Dearer {
        /// Its requests.
        requests: u64,
        /// Its seconds.
        seconds: f64,
    },
    /// Pushdown is off.
    #[error("pushdown is off")]
    PushdownOff,
}

/// No read can serve a scan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// No read applies.
    #[error("no read of {table} can answer this: {}", list(rejected))]
    NoRead {
        /// `connection.table`.
        table: String,
        /// Each read and why not.
        rejected: Vec<Rejected>,
    },
    /// The budget cannot suffice.
    #[error("reading {table} takes at least {at_least} requests; MaxRequests allows {allowed}")]
    TooManyRequests {
        /// `connection.table`.
        table: String,
        /// Requests at the least.
        at_least: u64,
        /// Requests allowed.
        allowed: u64,
    },
}

fn list(rejected: &[Rejected]) -> String {
    rejected
        .iter()
        .map(|no| format!("{} ({})", no.read, no.reason))
        .collect::<Vec<_>>()
        .join(", ")
}

impl PlanError {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        let rejected = match self {
            Self::NoRead { rejected, .. } => rejected,
            Self::TooManyRequests { .. } => {
                return "narrow the statement, or raise MaxRequests".to_owned();
            }
        };
        let needs = rejected.iter().find_map(|no| match &no.reason {
            Reason::Needs(column) | Reason::FanOut { column, .. } => Some(column),
            _ => None,
        });
        match (needs, self.is_refusal()) {
            (Some(column), false) => {
                format!(
                    "add `WHERE {column} = …`, or set MaxRequests to allow one request for each"
                )
            }
            (Some(column), true) => {
                format!("sign in as an administrator, or add `WHERE {column} = …`")
            }
            (None, true) => "sign in with a role that may read it".to_owned(),
            (None, false) => {
                "select fewer columns; system.reads shows what each read needs".to_owned()
            }
        }
    }

    /// Whether a refusal of the API stands behind it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NoRead { rejected, .. }
            if rejected.iter().any(|no| matches!(no.reason, Reason::Refused(_))))
    }
}

/// Chooses how to read `table` for `scan`.
///
/// # Errors
/// [`PlanError::NoRead`] with each read's reason, or [`PlanError::TooManyRequests`] if the budget cannot
/// suffice.
pub fn read(table: &Table, scan: &Scan, known: &Known<'_>) -> Result<ReadPlan, PlanError> {
    let plan = if scan.pushdown {
        choose(table, scan, known)?
    } else {
        // Off: nothing is pushed. A table that only answers for bound keys keeps those.
        let bare = Scan {
            predicates: Vec::new(),
            limit: None,
            newest: None,
            keys: None,
            ..scan.clone()
        };
        match choose(table, &bare, known) {
            Ok(plan) => plan,
            Err(error) => {
                let keys = scan.predicates.iter().filter(|predicate| {
                    matches!(predicate.test, Test::In(_))
                        && table.reads.iter().any(|read| {
                            read.get.placeholders().any(|name| name == predicate.column)
                        })
                });
                let keyed = Scan {
                    predicates: keys.cloned().collect(),
                    ..bare
                };
                choose(table, &keyed, known).map_err(|_| error)?
            }
        }
    };
    if let Some(allowed) = known.max_requests
        && plan.estimate.at_least > allowed
    {
        return Err(PlanError::TooManyRequests {
            table: format!("{}.{}", known.connection, table.name),
            at_least: plan.estimate.at_least,
            allowed,
        });
    }
    Ok(plan)
}

fn choose(table: &Table, scan: &Scan, known: &Known<'_>) -> Result<ReadPlan, PlanError> {
    if let Some(plan) = nothing(table, scan) {
        return Ok(plan);
    }
    let mut found: Vec<(usize, Candidate, Completion)> = Vec::new();
    let mut rejected = Vec::new();
    let better_refused = table.reads.iter().any(|read| {
        known
            .refused
            .contains_key(&(table.name.clone(), read.name.clone()))
    });
    for (place, read) in table.reads.iter().enumerate() {
        if read.fallback && !better_refused {
            rejected.push(Rejected {
                read: read.name.clone(),
                reason: Reason::Fallback,
            });
            continue;
        }
        match candidate(read, table, scan, known) {
            Ok(mut candidate) => {
                if let Some(column) = &candidate.parts.fan_out
                    && known.max_requests.is_none()
                {
                    let parent = table
                        .column(column)
                        .and_then(|column| column.reference.clone())
                        .unwrap_or_default();
                    let reason = Reason::FanOut {
                        parent,
                        column: column.clone(),
                    };
                    rejected.push(Rejected {
                        read: read.name.clone(),
                        reason,
                    });
                    continue;
                }
                let completion = complete(table, read, scan, known);
                if let Some(tail) = &completion.tail {
                    let more = 1 + u64::from(tail.closing);
                    candidate.estimate.requests += more;
                    candidate.estimate.depth += more;
                    candidate.estimate.seconds +=
                        cost::seconds(more, more, known.per_minute(&tail.request.family), 0);
                }
                found.push((place, candidate, completion));
            }
            Err(reason) => rejected.push(Rejected {
                read: read.name.clone(),
                reason,
            }),
        }
    }
    found.sort_by(|a, b| {
        let rank = |(place, candidate, completion): &(usize, Candidate, Completion)| {
            (
                completion.stale,
                candidate.estimate.seconds,
                candidate.estimate.requests,
                *place,
            )
        };
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.2.cmp(&b.2))
            .then(a.3.cmp(&b.3))
    });
    let mut found = found.into_iter();
    let Some((place, best, completion)) = found.next() else {
        return Err(PlanError::NoRead {
            table: format!("{}.{}", known.connection, table.name),
            rejected,
        });
    };
    for (place, other, _) in found {
        let reason = Reason::Dearer {
            requests: other.estimate.requests,
            seconds: other.estimate.seconds,
        };
        rejected.push(Rejected {
            read: table.reads[place].name.clone(),
            reason,
        });
    }
    let plan = assemble(
        table,
        &table.reads[place],
        best,
        completion,
        scan,
        known,
        rejected,
    )?;
    Ok(counted(table, plan, scan, known))
}

/// A contradiction such as `id = 1 AND id = 2` needs no request.
fn nothing(table: &Table, scan: &Scan) -> Option<ReadPlan> {
    let empty = scan.predicates.iter().any(|predicate| {
        matches!(predicate.test, Test::In(_))
            && allowed(&scan.predicates, &predicate.column).is_some_and(|values| values.is_empty())
    });
    let read = table.reads.first().filter(|_| empty)?;
    Some(ReadPlan {
        table: table.name.clone(),
        read: read.clone(),
        work: Work::Nothing,
        pushed: scan
            .predicates
            .iter()
            .map(|predicate| (predicate.clone(), Pushed::Exact))
            .collect(),
        local: Vec::new(),
        tail: None,
        no_tail: None,
        stop: None,
        limit: None,
        only_with: None,
        estimate: Estimate {
            requests: 0,
            at_least: 0,
            depth: 0,
            rows: 0,
            seconds: 0.0,
            source: "exact",
        },
        rejected: Vec::new(),
    })
}

/// How a lagging read is completed.
#[derive(Debug, Default)]
struct Completion {
    tail: Option<Tail>,
    no_tail: Option<String>,
    stale: bool,
}

fn complete(table: &Table, read: &Read, scan: &Scan, known: &Known<'_>) -> Completion {
    if read.lag == 0 {
        return Completion::default();
    }
    let missing = |why: String| Completion {
        tail: None,
        no_tail: Some(why),
        stale: !known.indexed,
    };
    if known.indexed {
        return missing("Freshness=Indexed leaves it out".into());
    }
    let Some(tail) = table.tail.as_deref().and_then(|name| table.read(name)) else {
        return missing("the API has no live list of recent changes".into());
    };
    if let Err(reason) = crate::candidate::lacking(tail, table, scan) {
        return missing(format!("{} {reason}", tail.name));
    }
    let reach = i64::from(read.lag) + CLOCK_SKEW;
    let since = known.now / MICROS - reach;
    // A tail below parents lists the parents that changed; otherwise the rows themselves.
    let fan_out = tail.get.placeholders().next();
    let (list_table, list) = match fan_out {
        None => (table, tail),
        Some(column) => {
            let parent = table
                .column(column)
                .and_then(|column| known.connector.table(column.reference.as_deref()?));
            let list =
                parent.and_then(|parent| Some((parent, parent.read(parent.tail.as_deref()?)?)));
            match list {
                Some(list) => list,
                None => return missing(format!("{column} has no list of recent changes")),
            }
        }
    };
    if let Some(reason) = known
        .refused
        .get(&(list_table.name.clone(), list.name.clone()))
    {
        return missing(format!("{} was refused: {reason}", list.name));
    }
    let Some(order) = &list.order else {
        return missing(format!("{} has no order", list.name));
    };
    let columns = match fan_out {
        None => scan.columns.clone(),
        Some(_) => list_table.key.iter().cloned().collect(),
    };
    let newest = Newest {
        order: order.clone(),
        rows: u64::MAX,
    };
    let all = Scan {
        newest: Some(newest),
        ..Scan::of(columns)
    };
    let Ok(found) = candidate(list, list_table, &all, known) else {
        return missing(format!("{} does not apply", list.name));
    };
    let page_size = page_size(list, known, None);
    let Some(request) = requests(list, list_table, &found.parts, known, page_size).pop() else {
        return missing(format!("{} does not apply", list.name));
    };
    Completion {
        tail: Some(Tail {
            read: tail.clone(),
            request,
            column: order.column.clone(),
            since,
            reach,
            fan_out: fan_out.map(|column| TailFanOut {
                table: list_table.name.clone(),
                parent: list.clone(),
                column: column.to_owned(),
            }),
            closing: read.moves,
        }),
        no_tail: None,
        stale: false,
    }
}

fn page_size(read: &Read, known: &Known<'_>, rows: Option<u64>) -> u32 {
    let most = known
        .page_size
        .map_or(read.page_size, |cap| read.page_size.min(cap.max(1)));
    rows.map_or(most, |rows| {
        u32::try_from(rows.max(1)).unwrap_or(u32::MAX).min(most)
    })
}

fn assemble(
    table: &Table,
    read: &Read,
    found: Candidate,
    completion: Completion,
    scan: &Scan,
    known: &Known<'_>,
    rejected: Vec<Rejected>,
) -> Result<ReadPlan, PlanError> {
    let all_exact = found
        .pushed
        .iter()
        .all(|pushed| *pushed == Some(Pushed::Exact));
    let limit = scan.limit.filter(|_| all_exact);
    let stop = stop(table, read, scan, known)?;
    let wanted = match &stop {
        Some(Stop {
            newest: Some(newest),
            ..
        }) if all_exact => Some(newest.rows),
        _ => limit,
    };
    let size = page_size(
        read,
        known,
        wanted.filter(|_| table.drop.is_empty() || stop.is_some()),
    );
    let work = if let Some(column) = &found.parts.keyed {
        let source = scan
            .keys
            .as_ref()
            .map(|keys| keys.source.clone())
            .unwrap_or_default();
        Work::Keyed {
            template: crate::candidate::template(
                read,
                &found.parts,
                column,
                &format!("keys of {source}"),
            ),
            batch: u32::try_from(crate::candidate::batch(read, column)).unwrap_or(u32::MAX),
        }
    } else if let Some(column) = &found.parts.fan_out {
        let parent = parent_keys(table, column, known)?;
        let template = crate::candidate::template(
            read,
            &found.parts,
            column,
            &format!("each {column} of {}", parent.table),
        );
        Work::FanOut {
            parent: Box::new(parent),
            column: column.clone(),
            template,
        }
    } else {
        Work::Requests(requests(read, table, &found.parts, known, size))
    };
    let only_with = match &read.only_with {
        Some(column) => Some(OnlyWith {
            column: column.clone(),
            parent: Box::new(parent_keys(table, column, known)?),
        }),
        None => None,
    };
    let mut estimate = found.estimate;
    if let Some(with) = &only_with {
        estimate.requests += with.parent.estimate.requests;
        estimate.depth += with.parent.estimate.depth;
        estimate.seconds += with.parent.estimate.seconds;
    }
    let mut pushed = Vec::new();
    let mut local = Vec::new();
    for (predicate, how) in scan.predicates.iter().zip(found.pushed) {
        match how {
            Some(how) => pushed.push((predicate.clone(), how)),
            None => local.push(predicate.clone()),
        }
    }
    Ok(ReadPlan {
        table: table.name.clone(),
        read: read.clone(),
        work,
        pushed,
        local,
        tail: completion.tail,
        no_tail: completion.no_tail,
        stop,
        limit,
        only_with,
        estimate,
        rejected,
    })
}

/// How the keys that `column` refers to are read.
fn parent_keys(table: &Table, column: &str, known: &Known<'_>) -> Result<ReadPlan, PlanError> {
    let parent = table
        .column(column)
        .and_then(|column| known.connector.table(column.reference.as_deref()?));
    let Some(parent) = parent else {
        let reason = Reason::Needs(column.to_owned());
        return Err(PlanError::NoRead {
            table: table.name.clone(),
            rejected: vec![Rejected {
                read: column.to_owned(),
                reason,
            }],
        });
    };
    choose(
        parent,
        &Scan::of(parent.key.iter().cloned().collect()),
        known,
    )
}

/// When an ordered read may end early, and what is read if it cannot.
fn stop(
    table: &Table,
    read: &Read,
    scan: &Scan,
    known: &Known<'_>,
) -> Result<Option<Stop>, PlanError> {
    let Some(order) = &read.order else {
        return Ok(None);
    };
    let newest = scan.newest.clone().filter(|newest| newest.order == *order);
    let until = earliest_second(&scan.predicates, &order.column).filter(|_| order.descending);
    let horizon = read
        .within
        .as_ref()
        .map(|within| known.now / MICROS - i64::from(within.days) * 86_400);
    // Without this read, so that a list out of order or too short is never the last word.
    let mut refused = known.refused.clone();
    refused.insert(
        (table.name.clone(), read.name.clone()),
        "it did not suffice".to_owned(),
    );
    let without = Known {
        refused: &refused,
        ..*known
    };
    let bare = Scan {
        newest: None,
        limit: None,
        ..scan.clone()
    };
    let otherwise = choose(table, &bare, &without).ok().map(Box::new);
    Ok(Some(Stop {
        column: order.column.clone(),
        until,
        horizon,
        newest,
        otherwise,
    }))
}

/// Replaces a plan that only counts rows by the count endpoint, where the file vouches for it.
fn counted(table: &Table, plan: ReadPlan, scan: &Scan, known: &Known<'_>) -> ReadPlan {
    let counts = scan.columns.is_empty()
        && scan.predicates.is_empty()
        && scan.keys.is_none()
        && scan.limit.is_none();
    let Some(count) = table.count.as_ref().filter(|_| counts && scan.pushdown) else {
        return plan;
    };
    if plan.estimate.requests <= 1 {
        return plan;
    }
    let request = Request {
        table: format!("{}.{}", known.connection, table.name),
        read: "count".to_owned(),
        path: count.get.clone(),
        query: Vec::new(),
        pages: PageStyle::None,
        page_size: 1,
        family: "account".to_owned(),
        not_found: NotFound::Error,
        bound: Vec::new(),
    };
    let estimate = Estimate {
        requests: 1,
        at_least: 1,
        depth: 1,
        rows: 1,
        seconds: 0.2,
        source: "exact",
    };
    ReadPlan {
        work: Work::Count {
            request,
            at: count.at.clone(),
            exact_below: count.exact_below,
            otherwise: Box::new(plan.clone()),
        },
        tail: None,
        no_tail: None,
        stop: None,
        estimate,
        ..plan
    }
}

/// The plan of a fan-out or of run-time keys, now that the values are there.
///
/// # Errors
/// As [`read`].
pub fn with_keys(
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
    column: &str,
    keys: Vec<Value>,
) -> Result<ReadPlan, PlanError> {
    let mut scan = Scan {
        keys: None,
        ..scan.clone()
    };
    scan.predicates.push(Predicate::in_values(column, keys));
    read(table, &scan, known)
}

/// The requests of one read for these values of its placeholder, whatever else might be cheaper.
#[must_use]
pub fn requests_for(
    table: &Table,
    read: &Read,
    columns: &[String],
    known: &Known<'_>,
    column: &str,
    keys: Vec<Value>,
) -> Vec<Request> {
    let mut scan = Scan::of(columns.to_vec());
    scan.predicates.push(Predicate::in_values(column, keys));
    match candidate(read, table, &scan, known) {
        Ok(found) => requests(
            read,
            table,
            &found.parts,
            known,
            page_size(read, known, None),
        ),
        Err(_) => Vec::new(),
    }
}
