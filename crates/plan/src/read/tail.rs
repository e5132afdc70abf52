//! Completing a lagging read: the live list of what changed within its lag.

use crate::candidate::{candidate, lacking};
use crate::scan::{Known, Newest, Scan};
use crate::table::{Read, Table};
use crate::value::MICROS;
use crate::wire::requests;

use super::choose::page_size;
use super::{Tail, TailFanOut};

/// Seconds that clocks may differ, added to every lag.
const CLOCK_SKEW: i64 = 60;

/// How a lagging read is completed.
#[derive(Debug, Default)]
pub(super) struct Completion {
    pub(super) tail: Option<Tail>,
    pub(super) no_tail: Option<String>,
    /// The answer is behind the present and nothing completes it.
    pub(super) stale: bool,
}

/// How `read` is completed for `scan`.
pub(super) fn complete(table: &Table, read: &Read, scan: &Scan, known: &Known<'_>) -> Completion {
    if read.lag == 0 && !read.moves {
        return Completion::default();
    }
    let missing = |why: String| Completion {
        tail: None,
        no_tail: Some(why),
        stale: read.lag > 0 && !known.indexed,
    };
    if known.indexed && read.lag > 0 {
        return missing("Freshness=Indexed leaves it out".into());
    }
    let Some(tail) = table.tail.as_deref().and_then(|name| table.read(name)) else {
        return missing("the API has no live list of recent changes".into());
    };
    if let Err(reason) = lacking(tail, table, scan) {
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
        loose: true,
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
            opening: read.lag > 0,
            closing: read.moves,
        }),
        no_tail: None,
        stale: false,
    }
}
