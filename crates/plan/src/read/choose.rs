//! The choice: every read is tried, the cheapest that is complete wins.

use crate::candidate::{Candidate, candidate};
use crate::cost::{self, Estimate};
use crate::predicate::{Predicate, Test, allowed, earliest_second};
use crate::request::{NotFound, Request};
use crate::scan::{Known, Scan};
use crate::table::{Operator, PageStyle, Parameter, Read, Source, Table};
use crate::value::{MICROS, Value};
use crate::wire::{batch, requests, template};

use super::exports;
use super::tail::{Completion, complete};
use super::{OnlyWith, PlanError, Pushed, ReadPlan, Reason, Rejected, Stop, Takes, Work};

/// Rows of a small page at least, where some of them may not belong to the table.
const DROPPED_ROOM: u64 = 25;

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
                        && table
                            .reads
                            .iter()
                            .any(|read| needs(read, &predicate.column))
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

/// Whether a read does not apply without values of this column.
fn needs(read: &Read, column: &str) -> bool {
    let required = |parameter: &Parameter| {
        matches!(&parameter.source, Source::Bound(binding)
            if binding.required && binding.operator == Operator::In && binding.column == column)
    };
    read.get.placeholders().any(|name| name == column) || read.query.iter().any(required)
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
            || exports::excluded(read, table, scan, known).is_some()
    });
    for (place, read) in table.reads.iter().enumerate() {
        if let Some(reason) = exports::excluded(read, table, scan, known) {
            rejected.push(Rejected {
                read: read.name.clone(),
                reason,
            });
            continue;
        }
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
                    // One page cannot lose a row that moves while it is read, unless it lags.
                    let closing = tail.closing && (tail.opening || candidate.estimate.depth > 1);
                    let more = u64::from(tail.opening) + u64::from(closing);
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
            takes: Takes::of(table, &rejected),
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
            matching: 0,
            seconds: 0.0,
            source: "exact",
        },
        rejected: Vec::new(),
    })
}

pub(super) fn page_size(read: &Read, known: &Known<'_>, rows: Option<u64>) -> u32 {
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
        }) if all_exact && !newest.loose => Some(newest.rows),
        _ => limit,
    };
    let least = match read.pages {
        // A page that one second's rows fill makes no progress.
        PageStyle::TimeExport | PageStyle::TimeList | PageStyle::IdExport => {
            u64::from(read.page_size)
        }
        // Rows that the table drops may stand first.
        _ if !table.drop.is_empty() && stop.is_none() => DROPPED_ROOM,
        _ => 1,
    };
    let size = page_size(read, known, wanted.map(|rows| rows.max(least)));
    let work = if let Some(column) = &found.parts.keyed {
        let source = scan
            .keys
            .as_ref()
            .map(|keys| keys.source.clone())
            .unwrap_or_default();
        Work::Keyed {
            template: template(read, &found.parts, column, &format!("keys of {source}")),
            batch: u32::try_from(batch(read, column)).unwrap_or(u32::MAX),
        }
    } else if let Some(column) = &found.parts.fan_out {
        let parent = parent_keys(
            table,
            column,
            known,
            shared(table, read, column, scan, known),
        )?;
        let template = template(
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
            parent: Box::new(parent_keys(table, column, known, Vec::new())?),
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

/// What binds the other placeholders of a read and holds for the parent's rows, too: an invocation's webhook is that of its
/// attempts. The names and what they refer to have to be the same.
fn shared(
    table: &Table,
    read: &Read,
    column: &str,
    scan: &Scan,
    known: &Known<'_>,
) -> Vec<Predicate> {
    let reference = |table: &Table, name: &str| table.column(name)?.reference.clone();
    let parent = reference(table, column).and_then(|name| known.connector.table(&name));
    let Some(parent) = parent else {
        return Vec::new();
    };
    let binds = bound_elsewhere(read, column);
    let same = |name: &str| {
        let own = reference(table, name);
        own.is_some() && own == reference(parent, name)
    };
    let predicates = scan.predicates.iter();
    predicates
        .filter(|predicate| binds(predicate) && same(&predicate.column))
        .cloned()
        .collect()
}

/// Whether a predicate binds another placeholder of the read than `column`.
fn bound_elsewhere<'a>(read: &'a Read, column: &'a str) -> impl Fn(&Predicate) -> bool + 'a {
    move |predicate| {
        let mut others = read.get.placeholders().filter(|name| *name != column);
        matches!(predicate.test, Test::In(_)) && others.any(|name| name == predicate.column)
    }
}

/// How the keys that `column` refers to are read, of those rows that fit.
fn parent_keys(
    table: &Table,
    column: &str,
    known: &Known<'_>,
    predicates: Vec<Predicate>,
) -> Result<ReadPlan, PlanError> {
    let parent = table
        .column(column)
        .and_then(|column| known.connector.table(column.reference.as_deref()?));
    let Some(parent) = parent else {
        let reason = Reason::Needs(column.to_owned());
        return Err(PlanError::NoRead {
            table: table.name.clone(),
            takes: Takes::default(),
            rejected: vec![Rejected {
                read: column.to_owned(),
                reason,
            }],
        });
    };
    let keys = Scan {
        predicates,
        ..Scan::of(parent.key.iter().cloned().collect())
    };
    choose(parent, &keys, known)
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
        body: None,
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
        seconds: 0.2,
        ..plan.estimate.clone()
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

/// The requests of one read of `wanted` for these values of a placeholder, whatever else might be cheaper. Other
/// placeholders have the values that the scan gives them.
#[must_use]
pub fn requests_for(
    table: &Table,
    read: &Read,
    wanted: &Scan,
    known: &Known<'_>,
    column: &str,
    keys: Vec<Value>,
) -> Vec<Request> {
    let binds = bound_elsewhere(read, column);
    let others = wanted.predicates.iter();
    let mut scan = Scan {
        predicates: others.filter(|other| binds(other)).cloned().collect(),
        ..Scan::of(wanted.columns.clone())
    };
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
