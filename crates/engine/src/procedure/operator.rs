//! Calls in a physical plan: the leaf that makes one, and the root that sees to it that all are made.
//!
//! However often a plan reads a call, and however often it is run, the procedure is called once. It refuses to do
//! anything before rows are wanted.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};

use super::node::Call;
use super::run;
use crate::error::Error;
use crate::scan::leaf_properties;

/// Calls a procedure; its rows are the answer.
#[derive(Clone)]
pub(crate) struct ProcedureCall {
    call: Call,
    /// Runs when the first reader polls it; the other readers get the same answer.
    answer: Shared<BoxFuture<'static, Result<RecordBatch, Error>>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ProcedureCall {
    /// # Errors
    /// `Sql` if an argument has no value.
    pub(super) fn new(call: &Call) -> Result<Self, Error> {
        let (target, arguments) = (Arc::clone(call.target()), call.settled()?.clone());
        let schema = call.row_schema();
        let answer = async move { run::run(&target, &arguments, schema).await };
        Ok(Self {
            call: call.clone(),
            answer: answer.boxed().shared(),
            properties: leaf_properties(call.row_schema()),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// Another reader of the same call.
    fn reader(&self) -> Self {
        Self {
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.clone()
        }
    }
}

impl fmt::Debug for ProcedureCall {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.call, out)
    }
}

impl DisplayAs for ProcedureCall {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(out, "{}", self.call.title()),
            _ => fmt::Debug::fmt(&self.call, out),
        }
    }
}

impl ExecutionPlan for ProcedureCall {
    fn name(&self) -> &'static str {
        "ProcedureCall"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let answer = self.answer.clone();
        let meters = BaselineMetrics::new(&self.metrics, partition);
        let rows = futures::stream::once(async move {
            let batch = answer.await.map_err(Error::into_datafusion)?;
            meters.record_output(batch.num_rows());
            Ok(batch)
        });
        let schema = self.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// Makes calls, one after another, and then runs its input.
#[derive(Clone)]
pub(crate) struct CallsFirst {
    calls: Vec<ProcedureCall>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl CallsFirst {
    pub(super) fn new(calls: Vec<ProcedureCall>, input: Arc<dyn ExecutionPlan>) -> Self {
        let of = input.properties();
        let properties = PlanProperties::new(
            of.eq_properties.clone(),
            Partitioning::UnknownPartitioning(1),
            of.emission_type,
            of.boundedness,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        Self {
            calls,
            input,
            properties: Arc::new(properties),
        }
    }
}

impl fmt::Debug for CallsFirst {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<String> = self.calls.iter().map(|call| call.call.title()).collect();
        write!(out, "CallsFirst: {}", titles.join(", "))
    }
}

impl DisplayAs for CallsFirst {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => {
                let mut calls = self.calls.iter();
                calls.try_for_each(|call| writeln!(out, "{}", call.call.title()))
            }
            _ => fmt::Debug::fmt(self, out),
        }
    }
}

impl ExecutionPlan for CallsFirst {
    fn name(&self) -> &'static str {
        "CallsFirst"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
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
        let input = input.unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(self.calls.clone(), input)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let answers: Vec<_> = self.calls.iter().map(|call| call.answer.clone()).collect();
        let input = Arc::clone(&self.input);
        let rows = futures::stream::once(async move {
            for answer in answers {
                answer.await.map_err(Error::into_datafusion)?;
            }
            input.execute(partition, context)
        });
        let schema = self.schema();
        let rows = rows.try_flatten().boxed();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The physical rule that lets all readers of a call read the same answer.
#[derive(Debug)]
pub(crate) struct OneCall;

impl PhysicalOptimizerRule for OneCall {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut known: Vec<ProcedureCall> = Vec::new();
        let mut add = |call: &ProcedureCall| {
            if !known.iter().any(|known| known.call.is(&call.call)) {
                known.push(call.clone());
            }
        };
        plan.apply(|node| {
            if let Some(call) = node.downcast_ref::<ProcedureCall>() {
                add(call);
            }
            if let Some(first) = node.downcast_ref::<CallsFirst>() {
                first.calls.iter().for_each(&mut add);
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        if known.is_empty() {
            return Ok(plan);
        }
        let one = |call: &ProcedureCall| {
            let one = known.iter().find(|known| known.call.is(&call.call));
            one.unwrap_or(call).reader()
        };
        let plan = plan.transform_up(|node| {
            if let Some(call) = node.downcast_ref::<ProcedureCall>() {
                return Ok(Transformed::yes(Arc::new(one(call)) as _));
            }
            if let Some(first) = node.downcast_ref::<CallsFirst>() {
                let calls = first.calls.iter().map(one).collect();
                let first = CallsFirst::new(calls, Arc::clone(&first.input));
                return Ok(Transformed::yes(Arc::new(first) as _));
            }
            Ok(Transformed::no(node))
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &'static str {
        "OneCall"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
