//! The calls of a statement come first, whatever becomes of their rows.
//!
//! A procedure is an action: `LIMIT 0`, `WHERE false` or a join with nothing must not decide whether it happens. So the
//! root of a plan with calls holds them beside the plan that reads their rows, which the optimizer may cut down.

use std::fmt;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchemaRef, Result};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    DdlStatement, Expr, Extension, LogicalPlan, Statement, UserDefinedLogicalNodeCore,
};
use datafusion::optimizer::AnalyzerRule;
use std::sync::Arc;

use super::node::Call;
use crate::error::Error;

/// Puts the calls of a plan at its root. Once done it may be done again.
///
/// # Errors
/// Those of DataFusion's walks over plans.
pub(crate) fn calls_first(plan: LogicalPlan) -> Result<LogicalPlan> {
    if matches!(
        plan,
        LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::Statement(Statement::Prepare(_))
    ) {
        let inner = plan.map_children(|input| calls_first(input).map(Transformed::yes));
        let mut plan = inner?.data;
        // The text of a view is on show, and that of a call may hold a secret.
        if let LogicalPlan::Ddl(DdlStatement::CreateView(view)) = &mut plan
            && of::<First>(&view.input).is_some()
        {
            view.definition = None;
        }
        return Ok(plan);
    }
    let mut calls: Vec<Call> = Vec::new();
    let mut add = |call: &Call| {
        if !calls.iter().any(|known| known.is(call)) {
            calls.push(call.clone());
        }
    };
    plan.apply_with_subqueries(|node| {
        if let Some(call) = of::<Call>(node) {
            add(call);
        }
        if let Some(first) = of::<First>(node) {
            first.calls.iter().for_each(&mut add);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if calls.is_empty() {
        return Ok(plan);
    }
    let plan = plan.transform_up_with_subqueries(|node| {
        let input = of::<First>(&node).map(|first| first.input.clone());
        Ok(match input {
            Some(input) => Transformed::yes(input),
            None => Transformed::no(node),
        })
    })?;
    let first = First {
        calls,
        input: plan.data,
    };
    Ok(LogicalPlan::Extension(Extension {
        node: Arc::new(first),
    }))
}

fn of<T: 'static>(plan: &LogicalPlan) -> Option<&T> {
    match plan {
        LogicalPlan::Extension(extension) => extension.node.as_any().downcast_ref(),
        _ => None,
    }
}

/// The analyzer rule that does it before the optimizer cuts anything.
#[derive(Debug)]
pub(crate) struct CallsFirst;

impl AnalyzerRule for CallsFirst {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        calls_first(plan)
    }

    fn name(&self) -> &'static str {
        "CallsFirst"
    }
}

/// Calls, and the plan that wants to be run after them.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd)]
pub(super) struct First {
    pub(super) calls: Vec<Call>,
    input: LogicalPlan,
}

impl UserDefinedLogicalNodeCore for First {
    fn name(&self) -> &str {
        "CallsFirst"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.calls.iter().flat_map(Call::open).cloned().collect()
    }

    fn fmt_for_explain(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.calls.iter().map(Call::title).collect();
        write!(out, "CallsFirst: {}", titles.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut exprs = exprs.into_iter();
        let calls = self.calls.iter().map(|call| call.bound(&mut exprs));
        let calls: std::result::Result<Vec<Call>, Error> = calls.collect();
        let input = inputs.into_iter().next();
        Ok(Self {
            calls: calls.map_err(Error::into_datafusion)?,
            input: input.ok_or_else(|| {
                DataFusionError::Internal("a plan with calls has lost its input".to_owned())
            })?,
        })
    }
}
