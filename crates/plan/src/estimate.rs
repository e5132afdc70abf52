//! What a candidate is expected to cost, from what is known of the table's size.

use crate::cost::{self, Estimate, SIDE_BY_SIDE, selectivity};
use crate::read::Pushed;
use crate::scan::{Known, Scan};
use crate::table::{Read, Table};
use crate::wire::{Parts, batch};

/// The share of rows that a filter keeps of which nothing is known.
const UNSAID: f64 = 0.33;

/// Estimates a read with these parts bound and these predicates pushed.
pub(crate) fn estimate(
    read: &Read,
    table: &Table,
    scan: &Scan,
    known: &Known<'_>,
    parts: &Parts,
    pushed: &[Option<Pushed>],
) -> Estimate {
    let (total, mut source) = known.rows(table);
    let rows_of = |name: &str| {
        known
            .connector
            .table(name)
            .map_or(1_000, |table| known.rows(table).0)
    };
    let share: f64 = scan
        .predicates
        .iter()
        .zip(pushed)
        .filter(|(_, pushed)| pushed.is_some())
        .map(|(predicate, _)| selectivity(table, total, predicate, known.now, &rows_of))
        .product();
    let mut rows = (total as f64 * share).ceil() as u64;
    let mut sequences = 1_u64;
    for (column, values) in &parts.values {
        sequences = sequences.saturating_mul((values.len() as u64).div_ceil(batch(read, column)));
        if table.key.as_ref() == Some(column) {
            source = "exact";
        }
    }
    if let (Some(column), Some(keys)) = (&parts.keyed, &scan.keys) {
        sequences = sequences.saturating_mul(keys.expected.div_ceil(batch(read, column)).max(1));
        rows = rows.min(keys.expected.max(1));
    }
    let parents = parts
        .fan_out
        .as_ref()
        .and_then(|column| table.column(column)?.reference.as_deref())
        .map(rows_of);
    if let Some(parents) = parents {
        sequences = sequences.saturating_mul(parents.max(1));
    }
    let unpushed: f64 = scan
        .predicates
        .iter()
        .zip(pushed)
        .filter(|(_, pushed)| pushed.is_none())
        .map(|(predicate, _)| selectivity(table, total, predicate, known.now, &rows_of))
        .product();
    // A top-n needs only as many pages as hold its rows, thinned by what is checked afterwards.
    let wanted = match &scan.newest {
        Some(newest) if read.order.as_ref() == Some(&newest.order) => {
            let kept = unpushed * if newest.loose { UNSAID } else { 1.0 };
            rows.min((newest.rows as f64 / kept.max(1e-6)).ceil() as u64)
        }
        _ => scan.limit.map_or(rows, |limit| rows.min(limit)),
    };
    let pages = if read.is_paged() && sequences > 0 {
        wanted
            .div_ceil(sequences)
            .div_ceil(u64::from(read.page_size))
            .max(1)
    } else {
        1
    };
    let requests = sequences.saturating_mul(pages);
    let depth = if sequences > 1 {
        requests.div_ceil(SIDE_BY_SIDE)
    } else {
        pages
    };
    Estimate {
        requests,
        at_least: if parts.keyed.is_some() || parts.fan_out.is_some() {
            0
        } else {
            sequences
        },
        depth,
        rows,
        matching: (rows as f64 * unpushed).ceil() as u64,
        seconds: cost::seconds(requests, depth, known.per_minute(&read.family), read.lag),
        source,
    }
}
