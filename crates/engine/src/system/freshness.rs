//! How far behind the present a table's rows may be, and which rate limit reading them spends: that of the read which a
//! plan for the whole table would take now.

use zuzen_plan::read::ReadPlan;
use zuzen_plan::scan::Scan;
use zuzen_plan::table::{Read, Table};

use crate::connection::Connection;
use crate::options::Zuzen;

/// What reading a table costs in time and in requests.
pub(super) struct Freshness {
    /// Seconds that a row may be behind; `None` if only the vendor knows.
    pub(super) lag: Option<i64>,
    /// The same in words, and why.
    pub(super) text: String,
    /// The rate-limit family of the read.
    pub(super) family: Option<String>,
}

/// Nothing is sent: the plan is made of what is known.
pub(super) fn freshness(connection: &Connection, table: &Table) -> Freshness {
    if table.remote.is_some() {
        return Freshness {
            lag: None,
            text: "as the vendor's query service finds it when the statement runs".to_owned(),
            family: Some("jobs".to_owned()),
        };
    }
    let whole = Scan::of(table.key.iter().cloned().collect());
    match connection.plan(table, &whole, &Zuzen::default()) {
        Ok(plan) => of_plan(&plan),
        // It takes a key: the read that such a key would take.
        Err(_) => match table.reads.iter().find(|read| !read.fallback) {
            Some(read) => of_read(read),
            None => Freshness {
                lag: None,
                text: "it has no read".to_owned(),
                family: None,
            },
        },
    }
}

fn of_plan(plan: &ReadPlan) -> Freshness {
    match &plan.tail {
        Some(tail) if plan.read.lag > 0 => Freshness {
            lag: Some(0),
            text: format!(
                "live: `{}` is up to {} s behind and completed by `{}`",
                plan.read.name, plan.read.lag, tail.read.name
            ),
            family: Some(plan.read.family.clone()),
        },
        _ => of_read(&plan.read),
    }
}

fn of_read(read: &Read) -> Freshness {
    let text = match read.lag {
        0 => "live".to_owned(),
        lag => format!("`{}` is up to {lag} s behind", read.name),
    };
    Freshness {
        lag: Some(i64::from(read.lag)),
        text,
        family: Some(read.family.clone()),
    }
}
