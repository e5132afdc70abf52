//! What a read costs: requests, how many must wait for each other, and seconds at the account's limits.
//!
//! One small pure function, so that the same statement is always planned the same way:
//!
//! ```text
//! seconds = depth × 0.2                                      a round trip for each request that waits for another
//!         + max(0, requests − per_minute) × 60 / per_minute  what the family's limit makes us wait
//!         + lag / 600                                        a lagging answer is worth a little less
//! ```

use crate::predicate::{Comparison, Predicate, Test};
use crate::table::Table;
use crate::value::{MICROS, Type, Value};

/// Seconds that one round trip is taken to last.
const ROUND_TRIP: f64 = 0.2;
/// Independent requests that travel at the same time.
pub const SIDE_BY_SIDE: u64 = 4;
/// Years over which rows are taken to be spread evenly.
const YEARS: f64 = 3.0;

/// What a read is expected to cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Requests, tails and parents included.
    pub requests: u64,
    /// Requests that must be sent whatever the data holds.
    pub at_least: u64,
    /// Requests that wait for one another.
    pub depth: u64,
    /// Rows delivered.
    pub rows: u64,
    /// Rows of these that pass every predicate.
    pub matching: u64,
    /// Seconds, by the formula above.
    pub seconds: f64,
    /// Where the number of rows comes from: `counted`, `typical` or `exact`.
    pub source: &'static str,
}

/// Seconds for so many requests of a family.
#[must_use]
pub fn seconds(requests: u64, depth: u64, per_minute: u32, lag: u32) -> f64 {
    let waiting =
        requests.saturating_sub(u64::from(per_minute)) as f64 * 60.0 / f64::from(per_minute);
    depth as f64 * ROUND_TRIP + waiting + f64::from(lag) / 600.0
}

/// The share of a table's rows that a predicate is expected to keep.
#[must_use]
pub fn selectivity(
    table: &Table,
    total: u64,
    predicate: &Predicate,
    now: i64,
    rows_of: &dyn Fn(&str) -> u64,
) -> f64 {
    let column = table.column(&predicate.column);
    let equal = |values: usize| {
        let distinct = match column {
            Some(column) if table.key.as_deref() == Some(&column.name) => total.max(1) as f64,
            Some(column) if !column.values.is_empty() => column.values.len() as f64,
            Some(column) if column.kind == Type::Boolean => 2.0,
            Some(column) => match &column.reference {
                Some(reference) => rows_of(reference).max(1) as f64,
                None => 20.0,
            },
            None => 20.0,
        };
        (values as f64 / distinct).min(1.0)
    };
    match &predicate.test {
        Test::In(values) => equal(values.len()),
        Test::NotIn(values) => (1.0 - equal(values.len())).max(0.1),
        Test::Compare(comparison, Value::Timestamp(micros)) => {
            let year = 365.25 * 86_400.0 * MICROS as f64;
            let after = ((now - micros) as f64 / (YEARS * year)).clamp(0.0001, 1.0);
            match comparison {
                Comparison::Greater | Comparison::AtLeast => after,
                Comparison::Less | Comparison::AtMost => (1.0 - after).clamp(0.0001, 1.0),
            }
        }
        Test::Compare(..) => 0.33,
        Test::IsNull => 0.1,
        Test::IsNotNull => 0.9,
        Test::Has(_) => 0.05,
    }
}
