//! An object of the tenant as a table of DataFusion. Rows are drawn while they are read, first the cells that filters look at, then
//! the others of the rows that are left; none are held. It refuses to read more than the input limit allows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMillisecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{
    BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::stream;

use super::index::indexed;
use super::options::QueryOptions;
use super::trino::{DELETED, Type};
use crate::zuora::account::{Column, Kind, Object, Tenant, Value};

/// Rows that are drawn at once.
const BATCH: u32 = 8_192;

/// Which rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Live,
    Deleted,
    Both,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) enum Drawn {
    Column(&'static Column),
    /// One that the tenant has got meanwhile, with nothing in it.
    Added(String),
    /// Whether the row is deleted.
    Deleted,
}

impl Drawn {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Column(column) => column.name(),
            Self::Added(name) => name.to_ascii_lowercase(),
            Self::Deleted => DELETED.to_owned(),
        }
    }

    pub(super) fn kind(&self, zone: &str) -> Type {
        match self {
            Self::Column(column) => match column.kind() {
                Kind::Text => Type::Varchar,
                Kind::Integer => Type::Bigint,
                Kind::Decimal => Type::Decimal(18, 6),
                Kind::Boolean => Type::Boolean,
                Kind::Date => Type::Date,
                Kind::Timestamp => Type::Zoned(3, zone.to_owned()),
            },
            Self::Added(_) => Type::Varchar,
            Self::Deleted => Type::Boolean,
        }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct ObjectTable {
    pub(super) tenant: Arc<Tenant>,
    pub(super) object: Object,
    pub(super) columns: Arc<[Drawn]>,
    pub(super) schema: SchemaRef,
    pub(super) rows: Rows,
    pub(super) input_rows: u64,
    pub(super) complaint: String,
}

/// The schema of some columns.
pub(super) fn schema(columns: &[Drawn], zone: &str) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let kind = column.kind(zone).arrow().unwrap_or(DataType::Null);
        Field::new(column.name(), kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for ObjectTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let everything: Vec<usize> = (0..self.columns.len()).collect();
        let projection = projection.unwrap_or(&everything);
        let (keys, others): (Vec<&Expr>, Vec<&Expr>) = filters
            .iter()
            .partition(|filter| is_indexed(filter, self.object));
        let scan = Scan {
            keys: self.sieve(state, &keys)?,
            others: self.sieve(state, &others)?,
            schema: Arc::new(self.schema.project(projection)?),
            columns: projection
                .iter()
                .map(|at| self.columns[*at].clone())
                .collect(),
            table: self.clone(),
        };
        let schema = Arc::clone(&scan.schema);
        let plan =
            StreamingTableExec::try_new(schema, vec![Arc::new(scan)], None, [], false, None)?;
        Ok(Arc::new(plan))
    }
}

impl ObjectTable {
    /// The same as the first table of an index join.
    pub(super) fn looked_up(&self, options: &QueryOptions) -> Self {
        let mut table = self.clone();
        if options.limits.index_rows < table.input_rows {
            table.input_rows = options.limits.index_rows;
            table.complaint = options.too_much_to_look_up(&table.object.table());
        }
        table
    }

    /// Filters over no more columns than they need.
    fn sieve(&self, state: &dyn Session, filters: &[&Expr]) -> Result<Sieve> {
        let mut wanted: Vec<usize> = Vec::new();
        for filter in filters {
            for column in filter.column_refs() {
                wanted.push(self.schema.index_of(column.name())?);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let schema = Arc::new(self.schema.project(&wanted)?);
        let planned = DFSchema::try_from(Arc::clone(&schema))?;
        let filters = filters
            .iter()
            .map(|filter| {
                // Whatever name the statement gave the table, here there is only one.
                let bare = datafusion::logical_expr::utils::conjunction([
                    datafusion::logical_expr::expr_rewriter::unnormalize_col((*filter).clone()),
                ]);
                let bare = bare.unwrap_or_else(|| (*filter).clone());
                state.create_physical_expr(bare, &planned)
            })
            .collect::<Result<_>>()?;
        let columns = wanted.iter().map(|at| self.columns[*at].clone()).collect();
        Ok(Sieve {
            filters,
            schema,
            columns,
        })
    }

    fn is_visible(&self, index: u32) -> bool {
        self.rows == Rows::Both
            || self
                .tenant
                .row(self.object, index)
                .is_some_and(|row| row.is_deleted() == (self.rows == Rows::Deleted))
    }

    /// The places of a batch's rows.
    fn places(&self, from: u32) -> Vec<u32> {
        let end = self
            .tenant
            .count(self.object)
            .min(from.saturating_add(BATCH));
        (from..end)
            .filter(|index| self.is_visible(*index))
            .collect()
    }

    fn draw(&self, columns: &[Drawn], schema: &SchemaRef, places: &[u32]) -> Result<RecordBatch> {
        let arrays = columns.iter().zip(schema.fields());
        let arrays = arrays.map(|(column, field)| self.array(column, field.data_type(), places));
        let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(schema),
            arrays.collect(),
            &options,
        )?)
    }

    fn array(&self, column: &Drawn, kind: &DataType, places: &[u32]) -> ArrayRef {
        let rows = places
            .iter()
            .filter_map(|place| self.tenant.row(self.object, *place));
        let column = match column {
            Drawn::Added(_) => return new_null_array(kind, places.len()),
            Drawn::Deleted => {
                return Arc::new(BooleanArray::from_iter(
                    rows.map(|row| Some(row.is_deleted())),
                ));
            }
            Drawn::Column(column) => column,
        };
        let cells = rows.map(|row| column.read(&row));
        match kind {
            DataType::Utf8 => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
                Value::Text(text) => Some(text),
                _ => None,
            }))),
            DataType::Int64 => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
                Value::Integer(value) => Some(value),
                _ => None,
            }))),
            DataType::Decimal128(..) => Arc::new(
                Decimal128Array::from_iter(cells.map(|cell| cell.millionths()))
                    .with_data_type(kind.clone()),
            ),
            DataType::Boolean => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
                Value::Boolean(value) => Some(value),
                _ => None,
            }))),
            DataType::Date32 => Arc::new(Date32Array::from_iter(cells.map(|cell| match cell {
                Value::Date(days) => Some(days),
                _ => None,
            }))),
            DataType::Timestamp(_, zone) => Arc::new(
                TimestampMillisecondArray::from_iter(cells.map(|cell| match cell {
                    Value::Timestamp(millis) => Some(millis),
                    _ => None,
                }))
                .with_timezone_opt(zone.clone()),
            ),
            other => new_null_array(other, places.len()),
        }
    }
}

/// Filters and what they look at.
#[derive(Debug)]
struct Sieve {
    filters: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
    columns: Vec<Drawn>,
}

impl Sieve {
    /// The places that pass.
    fn pass(&self, table: &ObjectTable, places: Vec<u32>) -> Result<Vec<u32>> {
        if self.filters.is_empty() || places.is_empty() {
            return Ok(places);
        }
        let batch = table.draw(&self.columns, &self.schema, &places)?;
        let mut kept = vec![true; places.len()];
        for filter in &self.filters {
            let mask = filter.evaluate(&batch)?.into_array(places.len())?;
            let mask = mask
                .as_any()
                .downcast_ref::<BooleanArray>()
                .ok_or_else(|| {
                    DataFusionError::Execution("WHERE clause must evaluate to a boolean".to_owned())
                })?;
            for (kept, passes) in kept.iter_mut().zip(mask) {
                *kept &= passes == Some(true);
            }
        }
        Ok(places
            .into_iter()
            .zip(kept)
            .filter_map(|(place, kept)| kept.then_some(place))
            .collect())
    }
}

/// One reading of a table.
#[derive(Debug)]
struct Scan {
    table: ObjectTable,
    /// Filters that an index serves.
    keys: Sieve,
    others: Sieve,
    schema: SchemaRef,
    columns: Vec<Drawn>,
}

impl Scan {
    /// Counts what the indexes leave, before any row leaves: a LIMIT does not save a statement that reads too much.
    fn admit(&self) -> Result<()> {
        let count = self.table.tenant.count(self.table.object);
        if u64::from(count) <= self.table.input_rows {
            return Ok(());
        }
        let mut left = 0;
        for from in (0..count).step_by(BATCH as usize) {
            left += self.keys.pass(&self.table, self.table.places(from))?.len() as u64;
            if left > self.table.input_rows {
                return Err(DataFusionError::Execution(self.table.complaint.clone()));
            }
        }
        Ok(())
    }

    fn read(&self, from: u32) -> Result<RecordBatch> {
        let places = self.keys.pass(&self.table, self.table.places(from))?;
        let places = self.others.pass(&self.table, places)?;
        self.table.draw(&self.columns, &self.schema, &places)
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let scan = Self {
            table: self.table.clone(),
            keys: self.keys.again(),
            others: self.others.again(),
            schema: Arc::clone(&self.schema),
            columns: self.columns.clone(),
        };
        let rows = stream::try_unfold((scan, 0), |(scan, from)| async move {
            // A job can be cancelled between two batches.
            tokio::task::yield_now().await;
            if from == 0 {
                scan.admit()?;
            }
            if from >= scan.table.tenant.count(scan.table.object) {
                return Ok(None);
            }
            let batch = scan.read(from)?;
            Ok(Some((batch, (scan, from.saturating_add(BATCH)))))
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}

impl Sieve {
    fn again(&self) -> Self {
        Self {
            filters: self.filters.clone(),
            schema: Arc::clone(&self.schema),
            columns: self.columns.clone(),
        }
    }
}

/// Whether an index serves a filter: a bare indexed column on one side, constants on the other.
fn is_indexed(filter: &Expr, object: Object) -> bool {
    key(filter, object).is_some()
}

/// The column whose index serves a filter.
fn key(filter: &Expr, object: Object) -> Option<String> {
    let column = |expr: &Expr| match expr {
        Expr::Column(column) if indexed(object).contains(&column.name()) => {
            Some(column.name().to_owned())
        }
        _ => None,
    };
    let constant = |expr: &Expr| matches!(expr, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Or,
            right,
        }) => {
            // A short IN arrives taken apart.
            key(left, object).filter(|name| key(right, object).as_ref() == Some(name))
        }
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => key(left, object).filter(|name| key(right, object).as_ref() == Some(name)),
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq,
            right,
        }) => column(left)
            .filter(|_| constant(right))
            .or_else(|| column(right).filter(|_| constant(left))),
        Expr::InList(list) if !list.negated => {
            column(&list.expr).filter(|_| list.list.iter().all(constant))
        }
        Expr::Between(between) if !between.negated => {
            column(&between.expr).filter(|_| constant(&between.low) && constant(&between.high))
        }
        _ => None,
    }
}

/// A table that is listed and cannot be read.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) schema: SchemaRef,
    pub(super) complaint: String,
}

#[async_trait]
impl TableProvider for Closed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(DataFusionError::Execution(self.complaint.clone()))
    }
}
