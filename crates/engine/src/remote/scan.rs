//! The operator that reads from a remote engine: a leaf of the physical plan, one or several jobs at run time.

use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, PlanProperties};
use futures::stream::BoxStream;
use parking_lot::Mutex;
use zuzen_plan::remote::Sort;
use zuzen_plan::scan::Keys;
use zuzen_plan::value::Type;
use zuzen_rest::Statement;

use super::estimate;
use super::origin::{Origin, origin};
use super::raw::RawRead;
use super::read::TableRead;
use super::run;
use super::service::Service;
use super::writer::Written;
use crate::connection::Connection;
use crate::keys::JoinFilters;
use crate::options::Zuzen;
use crate::progress::Watched;
use crate::scan::{Shared, Told, leaf_properties};

/// Seconds that a job of Data Query takes at least, and an export.
const JOB: f64 = 3.0;
const EXPORT: f64 = 30.0;

/// Rows of a result that arrive in a second.
const ROWS_A_SECOND: f64 = 20_000.0;

/// More keys than this stay here: the statement would be too long, and the table not much shorter.
pub(super) const MOST_KEYS: u64 = 10_000;

/// Jobs that keys are spread over at most.
const MOST_KEY_JOBS: u64 = 3;

/// What is read.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A subplan, by Data Query.
    Query(Box<QueryRead>),
    /// A table.
    Table(Box<TableRead>),
    /// A statement as somebody wrote it, by Data Query.
    Raw(Box<RawRead>),
}

/// A subplan that runs at Data Query.
#[derive(Debug, Clone)]
pub(crate) struct QueryRead {
    pub(crate) plan: Arc<LogicalPlan>,
    pub(crate) written: Written,
    /// The same table by table, for results beyond the cap.
    pub(crate) otherwise: Arc<dyn ExecutionPlan>,
}

impl QueryRead {
    /// What is run otherwise, as a part of the same statement.
    fn told(&self, told: &Arc<dyn Any + Send + Sync>) -> Result<Arc<dyn ExecutionPlan>> {
        let otherwise = Arc::clone(&self.otherwise).transform_down(|node| {
            Ok(match node.with_new_state(Arc::clone(told)) {
                Some(told) => Transformed::yes(told),
                None => Transformed::no(node),
            })
        });
        otherwise.data()
    }

    pub(super) fn new(
        plan: LogicalPlan,
        written: Written,
        otherwise: Arc<dyn ExecutionPlan>,
    ) -> Self {
        Self {
            plan: Arc::new(plan),
            written,
            otherwise,
        }
    }
}

/// Reads from a remote engine for one statement.
#[derive(Debug, Clone)]
pub(crate) struct RemoteScan {
    pub(crate) connection: Arc<Connection>,
    pub(crate) what: What,
    pub(crate) options: Zuzen,
    pub(crate) filters: JoinFilters,
    /// Columns with which the statement does more than to show them.
    used: Arc<HashSet<String>>,
    /// Keys that a join is going to bring.
    pub(super) keys: Option<Keys>,
    pub(super) shared: Option<Arc<Shared>>,
    pub(crate) statement: Arc<Statement>,
    /// What has been run so far, where it is not what was planned.
    pub(crate) turns: Arc<Mutex<Vec<String>>>,
    properties: Arc<PlanProperties>,
    pub(crate) metrics: ExecutionPlanMetricsSet,
}

impl RemoteScan {
    pub(super) fn new(
        connection: Arc<Connection>,
        what: What,
        schema: SchemaRef,
        options: Zuzen,
    ) -> Self {
        let statement = Arc::new(Statement::new(0, connection.max_requests(&options)));
        Self {
            connection,
            what,
            options,
            filters: JoinFilters::default(),
            used: Arc::default(),
            keys: None,
            shared: None,
            statement,
            turns: Arc::default(),
            properties: leaf_properties(schema),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// Whether the statement does more with a column than to show it.
    pub(super) fn uses(&self, column: &str) -> bool {
        self.used.contains(column)
    }

    /// What is read, for people.
    pub(super) fn title(&self) -> String {
        let name = self.connection.name();
        match &self.what {
            What::Query(read) => {
                let mut tables: Vec<&str> = Vec::new();
                for table in &read.written.tables {
                    if !tables.contains(&table.as_str()) {
                        tables.push(table);
                    }
                }
                format!("{name} ({})", tables.join(", "))
            }
            What::Table(read) => format!("{name}.{}", read.table.name),
            What::Raw(_) => format!("{name}.data_query"),
        }
    }

    /// Where keys of an output column would go, if they can go anywhere.
    pub(crate) fn origin(&self, place: usize) -> Option<Origin> {
        match &self.what {
            What::Query(read) => origin(&read.plan, place),
            What::Table(read) => {
                let column = read.columns.get(place)?.name.clone();
                let bounded = read.limit.is_some();
                (!bounded && read.is_keyed_by(&column)).then_some(Origin { table: 0, column })
            }
            What::Raw(_) => None,
        }
    }

    /// `table.column`, for people.
    pub(crate) fn label(&self, place: usize) -> Option<String> {
        let origin = self.origin(place)?;
        let table = match &self.what {
            What::Query(read) => read.written.tables.get(origin.table)?.as_str(),
            What::Table(read) => read.table.name.as_str(),
            What::Raw(_) => return None,
        };
        Some(format!("{table}.{}", origin.column))
    }

    /// What a join saves that brings so many keys of a column, in seconds; `None` if they cannot be used.
    pub(crate) fn saving(&self, place: usize, expected: u64) -> Option<f64> {
        if expected > MOST_KEYS {
            return None;
        }
        let origin = self.origin(place)?;
        let jobs = match &self.what {
            What::Query(_) | What::Raw(_) => 1,
            What::Table(read) => read.jobs_by_keys(&origin.column, expected),
        };
        if jobs > MOST_KEY_JOBS {
            return None;
        }
        let rows = self.rows();
        let found = rows.min(expected.saturating_mul(4));
        Some(self.seconds(1, rows) - self.seconds(jobs, found))
    }

    fn seconds(&self, jobs: u64, rows: u64) -> f64 {
        let job = match &self.what {
            What::Table(read) if read.service == Service::Export => EXPORT,
            _ => JOB,
        };
        job * jobs as f64 + rows as f64 / ROWS_A_SECOND
    }

    /// The same, with keys that are going to arrive.
    pub(crate) fn awaiting(&self, keys: Keys) -> Self {
        Self {
            keys: Some(keys),
            ..self.clone()
        }
    }

    /// The same, reading only the first rows by a column that is never NULL, if the service orders as the engine does.
    pub(crate) fn first(
        &self,
        place: usize,
        descending: bool,
        nulls_first: bool,
        rows: u64,
    ) -> Option<Self> {
        let What::Table(read) = &self.what else {
            return None;
        };
        let column = read.columns.get(place)?;
        let stamped = matches!(column.name.as_str(), "updateddate" | "createddate");
        if !stamped
            || column.kind != Type::Timestamp
            || !read.conditions.is_empty()
            || !self.options.pushdown
        {
            return None;
        }
        let mut read = read.as_ref().clone();
        read.order = vec![Sort {
            column: column.name.clone(),
            kind: Type::Timestamp,
            descending,
            // An export cannot place NULLs; every object that it has is stamped with both times.
            nulls_first: (read.service != Service::Export).then_some(nulls_first),
        }];
        read.limit = Some(read.limit.map_or(rows, |most| most.min(rows)));
        let limited = read.job(&[]).ok().flatten().is_some_and(|job| job.limited);
        limited.then(|| Self {
            what: What::Table(Box::new(read)),
            ..self.clone()
        })
    }

    /// Rows that are expected.
    pub(crate) fn rows(&self) -> u64 {
        let all = match &self.what {
            What::Query(read) => estimate::rows(&read.plan),
            What::Raw(_) => estimate::UNKNOWN,
            What::Table(read) => {
                let (rows, _) = self.connection.rows(&read.table);
                let share = 0.2_f64.powi(i32::try_from(read.conditions.len()).unwrap_or(3).min(3));
                let rows = (rows as f64 * share).ceil() as u64;
                read.limit.map_or(rows, |limit| rows.min(limit))
            }
        };
        match &self.keys {
            Some(keys) => all.min(keys.expected.saturating_mul(4)),
            None => all,
        }
    }

    pub(super) fn schema_fields(&self) -> Fields {
        self.schema().fields().clone()
    }

    /// The schema of results with so many columns: its own, and the key behind it if that is read, too.
    pub(super) fn schema_of(&self, width: usize) -> SchemaRef {
        let own = self.schema();
        if width == own.fields().len() {
            return own;
        }
        let mut fields: Vec<FieldRef> = own.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new("id", DataType::Utf8, true)));
        Arc::new(Schema::new(fields))
    }

    /// The same for this statement, without what a join may tell it.
    pub(crate) fn for_statement(&self, statement: &Arc<Statement>) -> Self {
        Self {
            statement: Arc::clone(statement),
            filters: JoinFilters::default(),
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.clone()
        }
    }

    /// What of it can be watched while it runs. How many requests a job takes depends on how long it takes.
    pub(crate) fn watched(&self) -> Vec<Watched> {
        if let Some(shared) = &self.shared {
            return shared.watched();
        }
        vec![Watched {
            identity: Arc::as_ptr(&self.turns).addr(),
            connection: Arc::clone(&self.connection),
            statement: Arc::clone(&self.statement),
            planned: None,
            expected: Arc::default(),
            metrics: self.metrics.clone(),
        }]
    }

    /// Its batches.
    pub(crate) fn stream(
        &self,
        context: Arc<TaskContext>,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        run::stream(self.clone(), context)
    }

    /// Whether both send the same statement, so that one can answer for the other.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        let text = |scan: &Self| match &scan.what {
            What::Query(read) => Some(read.written.text.clone()),
            What::Table(read) => read.job(&[]).ok().flatten().map(|job| job.text),
            What::Raw(read) => Some(read.text.clone()),
        };
        let plain = |scan: &Self| scan.keys.is_none();
        Arc::ptr_eq(&self.connection, &other.connection)
            && plain(self)
            && plain(other)
            && self.schema() == other.schema()
            && text(self).is_some()
            && text(self) == text(other)
    }
}

impl ExecutionPlan for RemoteScan {
    fn name(&self) -> &'static str {
        "RemoteScan"
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
        self.filters.visit(visit)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// A recursive query runs its term again and again: keys belong to one run only.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let mut fresh = Self {
            filters: JoinFilters::default(),
            keys: None,
            shared: None,
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.as_ref().clone()
        };
        if let What::Query(read) = &mut fresh.what {
            read.otherwise = reset_plan_states(Arc::clone(&read.otherwise))?;
        }
        Ok(Arc::new(fresh))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let stream = match &self.shared {
            Some(shared) => shared.read(&self.schema(), &[], &self.metrics, context),
            None => self.stream(context),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            stream,
        )))
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
        let rows = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let width = self.schema().fields().len().max(1);
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(rows);
        statistics.total_byte_size = Precision::Inexact(rows.saturating_mul(BYTES_A_CELL * width));
        Ok(Arc::new(statistics))
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let (answer, filters) = self.filters.learn(phase, &result, self.options.pushdown);
        Ok(match filters {
            None => answer,
            Some(filters) => answer.with_updated_node(Arc::new(Self {
                filters,
                ..self.clone()
            })),
        })
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Arc<dyn ExecutionPlan>> {
        let mut told = self.clone();
        match state.downcast_ref::<Told>()? {
            Told::Awaitable(ids) => told.filters.mark(ids),
            Told::Statement(statement) => {
                told.statement = Arc::clone(statement);
                if let What::Query(read) = &mut told.what {
                    read.otherwise = read.told(&state).ok()?;
                }
            }
            Told::Used(columns) => {
                // A subplan knows only what it uses itself, so what is used above it is added.
                let all = told.used.union(columns).cloned().collect();
                told.used = Arc::new(all);
                if let What::Query(read) = &mut told.what {
                    read.otherwise = read.told(&state).ok()?;
                }
            }
            Told::Shared(shared) => told.shared = Some(Arc::clone(shared)),
        }
        Some(Arc::new(told))
    }
}
