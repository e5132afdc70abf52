//! The operator above a scan: each row leaves once for every element of its list.
//!
//! What a join above tells about a column that is taken from the row below goes down to the scan, so its keys become requests
//! as they would without the operator.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::filter_pushdown::{
    ChildFilterDescription, ChildPushdownResult, FilterDescription, FilterPushdownPhase,
    FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, statistics::StatisticsArgs,
};
use futures::StreamExt as _;

use super::spread::Spread;
use crate::scan::leaf_properties;

/// The elements of a column of its input.
#[derive(Debug, Clone)]
pub(crate) struct Elements {
    /// The table, with its connection.
    name: String,
    /// Whose elements: `tags of tickets`.
    list: String,
    input: Arc<dyn ExecutionPlan>,
    spread: Spread,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl Elements {
    pub(super) fn new(
        name: String,
        list: String,
        input: Arc<dyn ExecutionPlan>,
        spread: Spread,
    ) -> Self {
        Self {
            properties: leaf_properties(Arc::clone(spread.schema())),
            metrics: ExecutionPlanMetricsSet::new(),
            name,
            list,
            input,
            spread,
        }
    }

    /// What it takes the lists from.
    pub(crate) fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }

    /// The input's column that an output column repeats.
    pub(crate) fn origin(&self, place: usize) -> Option<usize> {
        self.spread.origins().nth(place).flatten()
    }
}

impl DisplayAs for Elements {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let DisplayFormatType::TreeRender = format {
            writeln!(out, "table={}", self.name)?;
            return writeln!(out, "each of {}", self.list);
        }
        let fields = self.spread.schema().fields();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        write!(
            out,
            "Elements: {}, each of {}, columns=[{}]",
            self.name,
            self.list,
            names.join(", ")
        )
    }
}

impl ExecutionPlan for Elements {
    fn name(&self) -> &'static str {
        "Elements"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), true) = (children.pop(), children.is_empty()) else {
            return internal_err!("Elements has one input");
        };
        Ok(Arc::new(Self {
            input,
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.as_ref().clone()
        }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let spread = self.spread.clone();
        let mut decoder = spread.decoder()?;
        let stream = rows.map(move |batch: Result<RecordBatch>| {
            let timer = baseline.elapsed_compute().timer();
            let batch = spread.spread(&batch?, decoder.as_mut())?;
            timer.done();
            baseline.record_output(batch.num_rows());
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            stream,
        )))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        // How long lists are is not known: as many elements as rows is a guess that only steers the sides of joins.
        let mut statistics = Statistics::new_unknown(&self.schema());
        if let Some(input) = inputs.first() {
            statistics.num_rows = input.num_rows.to_inexact();
            statistics.total_byte_size = input.total_byte_size.to_inexact();
        }
        Ok(Arc::new(statistics))
    }

    fn gather_filters_for_pushdown(
        &self,
        _phase: FilterPushdownPhase,
        parent_filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterDescription> {
        // The input calls what it hands on by the names that it has here.
        let carried = self.spread.origins().enumerate();
        let carried = carried.filter_map(|(place, origin)| origin.map(|_| place));
        let below = ChildFilterDescription::from_child_with_allowed_indices(
            &parent_filters,
            carried.collect(),
            &self.input,
        )?;
        Ok(FilterDescription::new().with_child(below))
    }

    fn handle_child_pushdown_result(
        &self,
        _phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        Ok(FilterPushdownPropagation::if_all(result))
    }
}
