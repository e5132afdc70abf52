//! The one scan operator: a leaf of the physical plan that reads a table of a connection.

mod meters;
mod open;
mod refusal;
mod rows;
mod run;
mod seen;
mod shared;
mod stop;

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::DynamicFilterPhysicalExpr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, SchedulingType, apply_expression_roots,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
    statistics::StatisticsArgs,
};
use parking_lot::Mutex;
use zuzen_plan::read::{ReadPlan, Work};
use zuzen_plan::scan::{Keys, Newest, Scan};
use zuzen_plan::table::{Column, Table};
use zuzen_rest::Statement;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::progress::Watched;
use crate::table::RAW;

pub(crate) use meters::Meters;
pub(crate) use refusal::refusal;
pub(crate) use shared::Shared;

/// Reads one table for one statement.
#[derive(Debug, Clone)]
pub(crate) struct ApiScan {
    pub(crate) connection: Arc<Connection>,
    pub(crate) table: Arc<Table>,
    /// Output columns, in order.
    pub(crate) columns: Vec<Column>,
    pub(crate) scan: Scan,
    pub(crate) plan: ReadPlan,
    pub(crate) options: Zuzen,
    /// Why the table cannot be read unless a join brings its keys.
    unbound: Option<Error>,
    /// Filters that joins and sorts fill while the statement runs.
    dynamic: Vec<Arc<dyn PhysicalExpr>>,
    /// Those of hash joins: complete before the first row is wanted, so they may be awaited.
    awaitable: HashSet<u64>,
    shared: Option<Arc<Shared>>,
    statement: Arc<Statement>,
    /// What has been run so far, where it is not what was planned.
    turns: Arc<Mutex<Vec<String>>>,
    /// Requests that are expected in all, once it runs.
    expected: Arc<Mutex<Option<u64>>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// What our physical rules tell a scan.
pub(crate) enum Told {
    /// Dynamic filters that may be awaited.
    Awaitable(HashSet<u64>),
    /// The statement it belongs to.
    Statement(Arc<Statement>),
    /// Read together with equal scans.
    Shared(Arc<Shared>),
    /// Columns with which the statement does more than to show them.
    Used(Arc<HashSet<String>>),
}

/// The properties of our leaves: rows as they arrive, in one partition, since requests run side by side inside and a
/// join's filter is complete only when every partition has been polled.
pub(crate) fn leaf_properties(schema: SchemaRef) -> Arc<PlanProperties> {
    let properties = PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Incremental,
        Boundedness::Bounded,
    );
    Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative))
}

impl ApiScan {
    pub(crate) fn new(
        connection: Arc<Connection>,
        table: Arc<Table>,
        columns: Vec<Column>,
        schema: SchemaRef,
        scan: Scan,
        plan: ReadPlan,
        options: Zuzen,
    ) -> Self {
        let statement = Arc::new(Statement::new(0, connection.max_requests(&options)));
        Self {
            connection,
            table,
            columns,
            scan,
            plan,
            options,
            unbound: None,
            dynamic: Vec::new(),
            awaitable: HashSet::new(),
            shared: None,
            statement,
            turns: Arc::default(),
            expected: Arc::default(),
            properties: leaf_properties(schema),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The same number for all scans of a statement that one read serves; `None` where this one reads alone.
    pub(crate) fn shared_read(&self) -> Option<usize> {
        self.shared
            .as_ref()
            .map(|shared| Arc::as_ptr(shared).addr())
    }

    /// A scan of a table that cannot be read, for this reason, unless a join brings its keys.
    pub(crate) fn unless_keyed(self, unbound: Option<Error>) -> Self {
        Self { unbound, ..self }
    }

    /// The same scan, planned for other columns, keys or order.
    pub(crate) fn replanned(&self, change: impl FnOnce(&mut Scan)) -> Option<Self> {
        let mut scan = self.scan.clone();
        change(&mut scan);
        let plan = self
            .connection
            .plan(&self.table, &scan, &self.options)
            .ok()?;
        Some(Self {
            scan,
            plan,
            ..self.clone()
        })
    }

    /// What a join saves that brings so many keys of `column`, in seconds; `None` if the table cannot be read by it.
    pub(crate) fn saving(&self, column: &str, expected: u64) -> Option<f64> {
        let by = |expected| {
            let keys = Keys {
                column: column.to_owned(),
                source: String::new(),
                expected,
            };
            self.replanned(|scan| scan.keys = Some(keys))
        };
        // Many keys may cost more than all rows, but how many there are is only known when they are there.
        if !matches!(by(1)?.plan.work, Work::Keyed { .. }) {
            return None;
        }
        let plain = self.replanned(|scan| scan.keys = None);
        let plain = plain.map_or(f64::INFINITY, |plain| plain.plan.estimate.seconds);
        Some(plain - by(expected)?.plan.estimate.seconds)
    }

    /// A top-n by this order, if the table can be read in it.
    pub(crate) fn newest(&self, newest: Newest) -> Option<Self> {
        let plain = self.plan.estimate.seconds;
        let other = self.replanned(|scan| scan.newest = Some(newest))?;
        let ordered = other
            .plan
            .stop
            .as_ref()
            .is_some_and(|stop| stop.newest.is_some());
        (ordered && other.plan.estimate.seconds < plain).then_some(other)
    }

    /// Whether this scan delivers every row that `other` wants: DataFusion checks all filters again above a scan, so
    /// it may read along with one of fewer predicates.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let whole = |scan: &Self| scan.scan.limit.is_none() && scan.scan.newest.is_none();
        Arc::ptr_eq(&self.connection, &other.connection)
            && self.table.name == other.table.name
            && whole(self)
            && whole(other)
            && self
                .scan
                .predicates
                .iter()
                .all(|predicate| other.scan.predicates.contains(predicate))
    }

    /// One scan of all columns that any of `scans` wants, without keys.
    pub(crate) fn widened(&self, scans: &[&Self], statement: &Arc<Statement>) -> Option<Self> {
        let mut columns: Vec<Column> = Vec::new();
        for column in scans.iter().flat_map(|scan| &scan.columns) {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column.clone());
            }
        }
        let names = columns
            .iter()
            .map(|column| column.name.clone())
            .filter(|name| name != RAW)
            .collect();
        let scan = Scan {
            columns: names,
            keys: None,
            ..self.scan.clone()
        };
        let plan = self
            .connection
            .plan(&self.table, &scan, &self.options)
            .ok()?;
        let schema = crate::decode::schema(&columns);
        let connection = Arc::clone(&self.connection);
        let table = Arc::clone(&self.table);
        let wide = Self::new(
            connection,
            table,
            columns,
            schema,
            scan,
            plan,
            self.options.clone(),
        );
        Some(Self {
            statement: Arc::clone(statement),
            ..wide
        })
    }

    /// # Errors
    /// The reason why the table cannot be read, if it needs keys and no join brings any.
    pub(crate) fn check_bound(&self) -> Result<()> {
        match &self.unbound {
            Some(error) if self.awaitable.is_empty() => Err(error.clone().into_datafusion()),
            _ => Ok(()),
        }
    }

    /// What of it can be watched while it runs.
    pub(crate) fn watched(&self) -> Vec<Watched> {
        if let Some(shared) = &self.shared {
            return shared.watched();
        }
        vec![Watched {
            identity: Arc::as_ptr(&self.expected).addr(),
            connection: Arc::clone(&self.connection),
            statement: Arc::clone(&self.statement),
            planned: Some(self.plan.estimate.clone()),
            expected: Arc::clone(&self.expected),
            metrics: self.metrics.clone(),
        }]
    }

    fn properties_schema(&self) -> SchemaRef {
        Arc::clone(self.properties.eq_properties.schema())
    }

    fn dynamic_filters(&self) -> impl Iterator<Item = &DynamicFilterPhysicalExpr> {
        self.dynamic
            .iter()
            .filter_map(|filter| filter.downcast_ref::<DynamicFilterPhysicalExpr>())
    }
}

impl DisplayAs for ApiScan {
    fn fmt_as(&self, format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let name = format!("{}.{}", self.connection.name(), self.table.name);
        let mut lines = self.plan.lines();
        if let Some(shared) = &self.shared {
            lines.extend(shared.turns());
            lines.insert(
                0,
                format!("shared: one read for {} scans", shared.readers()),
            );
        }
        lines.extend(self.turns.lock().iter().cloned());
        if let DisplayFormatType::TreeRender = format {
            writeln!(out, "table={name}")?;
            writeln!(out, "read={}", self.plan.read.name)?;
            return lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        }
        write!(
            out,
            "ApiScan: {name}, read={}, columns=[{}]",
            self.plan.read.name,
            names.join(", ")
        )?;
        for line in lines {
            write!(out, "\n      | {line}")?;
        }
        let fetched: Vec<String> = self.dynamic.iter().map(ToString::to_string).collect();
        if !fetched.is_empty() && matches!(format, DisplayFormatType::Verbose) {
            write!(out, "\n      | dynamic: {}", fetched.join(" AND "))?;
        }
        Ok(())
    }
}

impl ExecutionPlan for ApiScan {
    fn name(&self) -> &'static str {
        "ApiScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.dynamic.iter(), visit)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// A recursive query runs its term again and again: keys, orders and shared reads belong to one run only.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let forget = |scan: &mut Scan| {
            scan.keys = None;
            scan.newest = None;
        };
        let Some(fresh) = self.replanned(forget) else {
            let gone = || Error::new(Kind::Internal, "a scan cannot be planned again");
            return Err(self.unbound.clone().unwrap_or_else(gone).into_datafusion());
        };
        Ok(Arc::new(Self {
            dynamic: Vec::new(),
            awaitable: HashSet::new(),
            shared: None,
            expected: Arc::default(),
            metrics: ExecutionPlanMetricsSet::new(),
            ..fresh
        }))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let stream = match &self.shared {
            Some(shared) => shared.read(&schema, &self.columns, &self.metrics, context),
            None => run::stream(self),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        let mut metrics = self.metrics.clone_inner();
        if let Some(shared) = &self.shared {
            shared.add_metrics(&mut metrics);
        }
        Some(metrics)
    }

    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        _args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        // Sizes are guesses, which is what Inexact says; they only steer the sides of joins.
        const BYTES_A_CELL: usize = 20;
        let rows = usize::try_from(self.plan.estimate.rows).unwrap_or(usize::MAX);
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(rows);
        statistics.total_byte_size =
            Precision::Inexact(rows.saturating_mul(BYTES_A_CELL * self.columns.len().max(1)));
        Ok(Arc::new(statistics))
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        // The filter's owner checks rows itself: the scan only learns from it.
        let answers = vec![PushedDown::No; result.parent_filters.len()];
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(answers);
        if phase != FilterPushdownPhase::Post
            || !self.options.pushdown
            || result.parent_filters.is_empty()
        {
            return Ok(answer);
        }
        let mut told = self.clone();
        told.dynamic.extend(
            result
                .parent_filters
                .iter()
                .map(|parent| Arc::clone(&parent.filter)),
        );
        Ok(answer.with_updated_node(Arc::new(told)))
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Arc<dyn ExecutionPlan>> {
        let mut told = self.clone();
        match state.downcast_ref::<Told>()? {
            Told::Awaitable(ids) => {
                told.awaitable = self
                    .dynamic_filters()
                    .filter_map(PhysicalExpr::expression_id)
                    .filter(|id| ids.contains(id))
                    .collect();
            }
            Told::Statement(statement) => told.statement = Arc::clone(statement),
            Told::Used(_) => return None,
            Told::Shared(shared) => {
                told.plan = shared.plan()?.clone();
                told.shared = Some(Arc::clone(shared));
            }
        }
        Some(Arc::new(told))
    }
}
