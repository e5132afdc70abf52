//! Subplans that run at Data Query → scans.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::node::RemoteQuery;
use super::scan::{QueryRead, RemoteScan, What};
use super::writer::{Extra, write};
use crate::error::{Error, Kind};
use crate::options::Zuzen;

/// Plans the leaves that `federate` has made.
pub(crate) struct RemoteQueries;

#[async_trait]
impl ExtensionPlanner for RemoteQueries {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        _inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(query) = node.as_any().downcast_ref::<RemoteQuery>() else {
            return Ok(None);
        };
        let plan = query.plan();
        let Some(written) = write(plan, &Extra::new()) else {
            let error = Error::new(Kind::Internal, "a subplan for Data Query cannot be written");
            return Err(error.into_datafusion());
        };
        // What is run if the job exceeds a cap: the same, table by table.
        let otherwise = planner.create_physical_plan(plan, session).await?;
        let schema = Arc::clone(plan.schema().inner());
        let connection = Arc::clone(&written.connection);
        let read = QueryRead::new(plan.clone(), written, otherwise);
        let options = Zuzen::of(session.config_options());
        let scan = RemoteScan::new(connection, What::Query(Box::new(read)), schema, options);
        Ok(Some(Arc::new(scan)))
    }
}
