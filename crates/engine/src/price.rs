//! What a statement would send, without sending it.
//!
//! What only changes the session happens, because later statements depend on it; a table that a statement would fill
//! stands for its query from then on. It refuses to call a procedure, to write a file and to ask for a row.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    CreateMemoryTable, CreateView, DdlStatement, LogicalPlan, Statement as LogicalStatement,
};
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::engine::Engine;
use crate::error::Error;
use crate::remote::RemoteScan;
use crate::scan::ApiScan;
use crate::statement::Statement;

/// The plan of a statement and its price, as far as it is known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    /// The plan, with the requests that it sends.
    pub plan: String,
    /// Requests, about.
    pub requests: u64,
    /// Requests that are sent whatever the data holds.
    pub at_least: u64,
    /// Statements that run at the vendor's.
    pub jobs: u64,
    /// Seconds that the requests take at the account's rate limits, one read after the other.
    pub seconds: f64,
}

impl fmt::Display for Price {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, noun: &str| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        let mut parts = Vec::new();
        if self.requests > 0 {
            let about = if self.requests == self.at_least {
                ""
            } else {
                "about "
            };
            parts.push(format!("send {about}{}", counted(self.requests, "request")));
        }
        if self.jobs > 0 {
            parts.push(format!("run {}", counted(self.jobs, "job")));
        }
        match (parts.is_empty(), self.requests) {
            (true, _) => out.write_str("would send nothing"),
            (false, 0) => write!(out, "would {}", parts.join(" and ")),
            (false, _) => write!(out, "would {}, {:.1} s", parts.join(" and "), self.seconds),
        }
    }
}

impl Engine {
    /// Plans a statement and tells its price instead of running it. `None` for a statement that only changes the session
    /// (`SET`, `USE`, `CREATE VIEW`, …), which has happened then, but for files of saved views; and for `REFRESH SCHEMA`,
    /// which has not.
    ///
    /// # Errors
    /// As [`Engine::run`], for all that planning finds.
    pub async fn price(&self, statement: Statement) -> Result<Option<Price>, Error> {
        if statement.refreshed().is_some() {
            return Ok(None);
        }
        let Some((state, plan)) = self.logical(statement.clone(), &[]).await? else {
            self.run(statement).await?;
            return Ok(None);
        };
        let plan = match plan {
            LogicalPlan::Statement(LogicalStatement::Execute(_)) => {
                let frame = self.run_once(statement, &[]).await?;
                frame.into_parts().1
            }
            LogicalPlan::Explain(explain) => explain.plan.as_ref().clone(),
            LogicalPlan::Analyze(analyze) => analyze.input.as_ref().clone(),
            LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
                let input = table.input.as_ref().clone();
                self.stand_in(table).await?;
                input
            }
            LogicalPlan::Statement(_) | LogicalPlan::Ddl(_) => {
                self.run_with_views(statement, false).await?;
                return Ok(None);
            }
            other => other,
        };
        priced(&state, &plan).await.map(Some)
    }

    /// Makes a view where a table would be made, for the statements behind it.
    async fn stand_in(&self, table: CreateMemoryTable) -> Result<(), Error> {
        let view = CreateView {
            name: table.name,
            input: table.input,
            or_replace: table.or_replace,
            definition: None,
            temporary: false,
        };
        let plan = LogicalPlan::Ddl(DdlStatement::CreateView(view));
        self.context().execute_logical_plan(plan).await?;
        Ok(())
    }
}

async fn priced(state: &SessionState, plan: &LogicalPlan) -> Result<Price, Error> {
    let physical = state.create_physical_plan(plan).await?;
    let mut price = Price {
        plan: displayable(physical.as_ref()).indent(false).to_string(),
        requests: 0,
        at_least: 0,
        jobs: 0,
        seconds: 0.0,
    };
    let mut shared = BTreeMap::new();
    add(&physical, &mut price, &mut shared);
    for (requests, at_least, seconds) in shared.into_values() {
        price.requests += requests;
        price.at_least += at_least;
        price.seconds += seconds;
    }
    Ok(price)
}

type Parts = (u64, u64, f64);

fn add(node: &Arc<dyn ExecutionPlan>, price: &mut Price, shared: &mut BTreeMap<usize, Parts>) {
    if let Some(scan) = node.downcast_ref::<ApiScan>() {
        let estimate = &scan.plan.estimate;
        let parts = (estimate.requests, estimate.at_least, estimate.seconds);
        match scan.shared_read() {
            // One read serves them all: the largest.
            Some(read) => {
                let known = shared.entry(read).or_insert(parts);
                if parts.0 > known.0 {
                    *known = parts;
                }
            }
            None => {
                price.requests += parts.0;
                price.at_least += parts.1;
                price.seconds += parts.2;
            }
        }
    }
    if node.is::<RemoteScan>() {
        price.jobs += 1;
    }
    for child in node.children() {
        add(child, price, shared);
    }
}
