//! A subplan that runs at Data Query, as a leaf of a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

/// The subplan. It hides its nodes, since nothing above has to look into them any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RemoteQuery {
    plan: Whole,
}

/// The plan with an order, which logical plans have only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Whole(Arc<LogicalPlan>);

impl Hash for Whole {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl RemoteQuery {
    /// The subplan as a leaf.
    pub(crate) fn of(plan: LogicalPlan) -> LogicalPlan {
        let plan = Whole(Arc::new(plan));
        LogicalPlan::Extension(Extension {
            node: Arc::new(Self { plan }),
        })
    }

    pub(crate) fn plan(&self) -> &LogicalPlan {
        &self.plan.0
    }
}

impl PartialOrd for RemoteQuery {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.plan.0.partial_cmp(&other.plan.0)
    }
}

impl UserDefinedLogicalNodeCore for RemoteQuery {
    fn name(&self) -> &'static str {
        "RemoteQuery"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        self.plan.0.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RemoteQuery")
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, _inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(self.clone())
    }
}
