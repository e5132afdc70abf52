//! From logical plans to physical ones: what runs at a remote engine is found here, on the finished logical plan.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};

use crate::files::CopyPlanner;
use crate::options::Zuzen;
use crate::procedure::Calls;
use crate::remote::{RemoteQueries, federate};

/// DataFusion's planner, which also knows procedure calls and remote engines.
#[derive(Debug)]
pub(crate) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![
            Arc::new(Calls),
            Arc::new(RemoteQueries),
            Arc::new(CopyPlanner),
        ]);
        if !Zuzen::of(session.config_options()).pushdown {
            return planner.create_physical_plan(plan, session).await;
        }
        let plan = federate(plan.clone())?;
        planner.create_physical_plan(&plan, session).await
    }
}
