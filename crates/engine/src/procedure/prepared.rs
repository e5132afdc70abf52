//! The names of prepared statements, which `EXECUTE` means before it means procedures.
//!
//! DataFusion keeps the statements and does not tell their names, so they are followed here.

use std::collections::BTreeSet;

use datafusion::logical_expr::{LogicalPlan, Statement};
use parking_lot::Mutex;

/// Names of prepared statements, as the planner reads them.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    names: Mutex<BTreeSet<String>>,
}

/// What a statement does to them.
#[derive(Debug)]
pub(crate) enum Change {
    Added(String),
    Removed(String),
    Nothing,
}

impl Prepared {
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.names.lock().contains(name)
    }

    /// What this plan changes, once it has run.
    pub(crate) fn change(plan: &LogicalPlan) -> Change {
        match plan {
            LogicalPlan::Statement(Statement::Prepare(new)) => Change::Added(new.name.clone()),
            LogicalPlan::Statement(Statement::Deallocate(old)) => Change::Removed(old.name.clone()),
            _ => Change::Nothing,
        }
    }

    pub(crate) fn follow(&self, change: Change) {
        match change {
            Change::Added(name) => {
                self.names.lock().insert(name);
            }
            Change::Removed(name) => {
                self.names.lock().remove(&name);
            }
            Change::Nothing => {}
        }
    }
}
