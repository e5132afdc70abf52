//! Calls in logical plans → operators.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::first::First;
use super::node::Call;
use super::operator::{CallsFirst, ProcedureCall};
use crate::error::Error;

/// Plans calls of procedures.
pub(crate) struct Calls;

#[async_trait]
impl ExtensionPlanner for Calls {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let leaf = |call| ProcedureCall::new(call).map_err(Error::into_datafusion);
        if let Some(call) = node.as_any().downcast_ref::<Call>() {
            return Ok(Some(Arc::new(leaf(call)?)));
        }
        if let Some(first) = node.as_any().downcast_ref::<First>()
            && let [input] = inputs
        {
            let calls = first.calls.iter().map(leaf).collect::<Result<Vec<_>>>()?;
            return Ok(Some(Arc::new(CallsFirst::new(calls, Arc::clone(input)))));
        }
        Ok(None)
    }
}
