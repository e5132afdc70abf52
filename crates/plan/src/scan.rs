//! What SQL wants of one table, and what is known about the connection it is asked of.

use std::collections::HashMap;

use crate::predicate::Predicate;
use crate::table::{Connector, Order};

/// What SQL wants of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Columns the answer must carry.
    pub columns: Vec<String>,
    /// Predicates that hold together; whatever is not pushed is checked by the engine.
    pub predicates: Vec<Predicate>,
    /// No more rows than this are wanted. Given only if every predicate is exact.
    pub limit: Option<u64>,
    /// The first rows in this order are wanted; the consumer says when it has enough.
    pub newest: Option<Newest>,
    /// Keys of a join that arrive when the statement runs.
    pub keys: Option<Keys>,
    /// Off: the unconditional read, nothing pushed.
    pub pushdown: bool,
}

impl Scan {
    /// A scan of these columns and nothing else.
    #[must_use]
    pub fn of(columns: Vec<String>) -> Self {
        Self {
            columns,
            predicates: Vec::new(),
            limit: None,
            newest: None,
            keys: None,
            pushdown: true,
        }
    }
}

/// A top-n: the order, and how many rows end it at best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The order.
    pub order: Order,
    /// How many rows are wanted.
    pub rows: u64,
    /// Exactly these rows of the list may not be enough: a filter stands in between that cannot be said here, or
    /// more keys break ties.
    pub loose: bool,
}

/// Keys that a hash join delivers at run time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The column of this table that they limit.
    pub column: String,
    /// Where they come from, for people: `t.requester_id`.
    pub source: String,
    /// How many the planner expects.
    pub expected: u64,
}

/// What is known when a read is chosen.
#[derive(Debug)]
pub struct Known<'a> {
    /// The connector.
    pub connector: &'a Connector,
    /// The connection's name.
    pub connection: &'a str,
    /// Now, in microseconds since 1970.
    pub now: i64,
    /// Rows that a complete scan has counted, by table.
    pub counted: &'a HashMap<String, u64>,
    /// Reads that the API has refused, as (table, read), with the reason.
    pub refused: &'a HashMap<(String, String), String>,
    /// Requests a minute learnt from headers, by family.
    pub per_minute: &'a HashMap<String, u32>,
    /// Leave out the tail of lagging reads.
    pub indexed: bool,
    /// No more requests than this for a statement.
    pub max_requests: Option<u64>,
    /// No larger pages than this.
    pub page_size: Option<u32>,
    /// Whether incremental exports may, must or must not be read.
    pub exports: Exports,
}

/// What a connection says of incremental exports (`UseIncrementalAPI`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exports {
    /// Where they are the cheapest complete read.
    #[default]
    Auto,
    /// Wherever a table has one, unless another read lists just the rows that a key or a filter asks for.
    Always,
    /// Nowhere, except for tables that only exports hold.
    Never,
}

impl Known<'_> {
    /// Rows of a table, and where the number comes from.
    #[must_use]
    pub fn rows(&self, table: &crate::table::Table) -> (u64, &'static str) {
        match self.counted.get(&table.name) {
            Some(rows) => (*rows, "counted"),
            None => (table.typical_rows, "typical"),
        }
    }

    /// Requests a minute of a family: learnt, else as documented.
    #[must_use]
    pub fn per_minute(&self, family: &str) -> u32 {
        self.per_minute
            .get(family)
            .copied()
            .or_else(|| {
                self.connector
                    .family(family)
                    .map(|family| family.per_minute)
            })
            .unwrap_or(u32::MAX)
            .max(1)
    }
}
