//! COPY in a physical plan.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use arrow::compute::SortOptions;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::job::Job;
use super::node::CopyRows;
use crate::error::Error;
use crate::scan::leaf_properties;

/// Plans the nodes that [`super::whole`] has made.
pub(crate) struct CopyPlanner;

#[async_trait]
impl ExtensionPlanner for CopyPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<CopyRows>(), inputs) else {
            return Ok(None);
        };
        let order = order(&node.job, input);
        let schema = Arc::clone(UserDefinedLogicalNode::schema(node).inner());
        Ok(Some(Arc::new(Copying {
            job: Arc::clone(&node.job),
            input: Arc::clone(input),
            order,
            properties: leaf_properties(schema),
        })))
    }
}

/// The order that partitions need: their rows together, and within them those of the query. Without partitions nothing is asked
/// for: the planner then keeps the query's own sort, as it does for a query that stands alone, also by columns that are not
/// part of its rows.
fn order(job: &Job, input: &Arc<dyn ExecutionPlan>) -> Option<LexOrdering> {
    if job.partition_by.is_empty() {
        return None;
    }
    let schema = input.schema();
    let partitions = job.partition_by.iter().map(|place| {
        let column = Column::new(schema.field(*place).name(), *place);
        PhysicalSortExpr::new(Arc::new(column), SortOptions::default())
    });
    let own = input.properties().output_ordering().into_iter().flatten();
    LexOrdering::new(partitions.chain(own.cloned()))
}

/// Writes its input into files.
#[derive(Debug)]
pub(crate) struct Copying {
    job: Arc<Job>,
    input: Arc<dyn ExecutionPlan>,
    order: Option<LexOrdering>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for Copying {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(out, "{}", self.job),
            _ => write!(out, "{}", self.job),
        }
    }
}

impl ExecutionPlan for Copying {
    fn name(&self) -> &'static str {
        "Copy"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone().map(OrderingRequirements::from)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        Ok(Arc::new(Self {
            job: Arc::clone(&self.job),
            input: input.unwrap_or_else(|| Arc::clone(&self.input)),
            order: self.order.clone(),
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (input, job) = (Arc::clone(&self.input), Arc::clone(&self.job));
        let schema = self.schema();
        let counted = Arc::clone(&schema);
        let rows = futures::stream::once(async move {
            let rows = input.execute(0, context)?;
            let count = job.run(rows).await.map_err(Error::into_datafusion)?;
            let count: ArrayRef = Arc::new(UInt64Array::from(vec![count]));
            Ok(RecordBatch::try_new(counted, vec![count])?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
