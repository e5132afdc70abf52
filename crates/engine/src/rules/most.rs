//! `MaxRows`: results end after so many rows, and a note says so. It bounds what a statement answers, not what it reads for
//! a join or an aggregate, and not what COPY writes.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::datasource::sink::DataSinkExec;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::analyze::AnalyzeExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
    ExecutionPlanProperties as _, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt as _, stream};

use crate::connection::Connection;
use crate::files::Copying;
use crate::options::Zuzen;
use crate::remote::RemoteScan;
use crate::scan::ApiScan;

/// Ends the results of statements over connections that bound them.
#[derive(Debug)]
pub(super) struct MostRows;

impl PhysicalOptimizerRule for MostRows {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if plan.is::<DataSinkExec>() || plan.is::<Copying>() {
            return Ok(plan);
        }
        let mut bound: Option<(u64, Arc<Connection>)> = None;
        let options = Zuzen::of(config);
        plan.apply(|node| {
            let api = node.downcast_ref::<ApiScan>().map(|scan| &scan.connection);
            let remote = node
                .downcast_ref::<RemoteScan>()
                .map(|scan| &scan.connection);
            if let Some(connection) = api.or(remote)
                && let Some(most) = connection.max_rows(&options)
                && bound.as_ref().is_none_or(|(known, _)| most < *known)
            {
                bound = Some((most, Arc::clone(connection)));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let Some((most, connection)) = bound else {
            return Ok(plan);
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if plan.is::<AnalyzeExec>() {
            let children = plan.children().into_iter();
            let ended = children
                .map(|child| end(Arc::clone(child), most, &connection))
                .collect();
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            return plan.replace_children(ended, options);
        }
        Ok(end(plan, most, &connection))
    }

    fn name(&self) -> &'static str {
        "MostRows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn end(
    mut plan: Arc<dyn ExecutionPlan>,
    most: usize,
    connection: &Arc<Connection>,
) -> Arc<dyn ExecutionPlan> {
    if plan.fetch().is_some_and(|fetch| fetch <= most) {
        return plan;
    }
    if plan.output_partitioning().partition_count() > 1 {
        plan = Arc::new(CoalescePartitionsExec::new(plan));
    }
    // One row more than wanted tells whether anything is missing.
    let input = Arc::new(GlobalLimitExec::new(plan, 0, Some(most.saturating_add(1))));
    Arc::new(EndAfter {
        input,
        most,
        connection: Arc::clone(connection),
    })
}

/// The rows of its input up to a number.
#[derive(Debug)]
struct EndAfter {
    input: Arc<dyn ExecutionPlan>,
    most: usize,
    connection: Arc<Connection>,
}

impl DisplayAs for EndAfter {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(out, "MaxRows={}", self.most),
            _ => write!(out, "EndAfter: MaxRows={}", self.most),
        }
    }
}

impl ExecutionPlan for EndAfter {
    fn name(&self) -> &'static str {
        "EndAfter"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), true) = (children.pop(), children.is_empty()) else {
            return internal_err!("EndAfter has one input");
        };
        Ok(Arc::new(Self {
            input,
            most: self.most,
            connection: Arc::clone(&self.connection),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let (most, connection) = (self.most, Arc::clone(&self.connection));
        let ended = stream::unfold((Some(rows), most), move |(rows, left)| {
            let connection = Arc::clone(&connection);
            async move {
                let mut rows = rows?;
                match rows.next().await? {
                    Ok(batch) if batch.num_rows() > left => {
                        let reason =
                            format!("MaxRows: the result ends after {most} rows, there are more");
                        connection.note(reason);
                        // Dropping the input stops its requests.
                        drop(rows);
                        Some((Ok(batch.slice(0, left)), (None, 0)))
                    }
                    Ok(batch) => {
                        let left = left - batch.num_rows();
                        Some((Ok(batch), (Some(rows), left)))
                    }
                    Err(error) => Some((Err(error), (None, 0))),
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            ended,
        )))
    }
}
