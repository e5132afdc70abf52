//! The schema `system`: what the engine knows of its connections and what it has sent.

mod batch;
mod declared;
mod freshness;
mod jobs;
mod limits;
mod procedures;
mod properties;
mod requests;
pub(crate) mod sys;

pub(crate) use declared::refreshed;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{MemTable, MemorySchemaProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::connection::Connection;
use crate::procedure::Procedures;
use crate::views::Views;
use batch::Batch;

/// Whether anything is written to the tables of a connection. Statements that try are refused.
const WRITABLE: bool = false;

/// The tables of the schema beside those of `sys`.
const NAMES: [&str; 10] = [
    "tables",
    "columns",
    "reads",
    "requests",
    "jobs",
    "limits",
    "views",
    "connection_properties",
    "procedures",
    "procedure_parameters",
];

/// The names of all its tables.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(sys::NAMES)
}

/// The schema's name.
pub(crate) const SYSTEM: &str = "system";

type Rows = Box<dyn Fn(&[Arc<Connection>]) -> Result<RecordBatch> + Send + Sync>;

/// A table whose rows are made when a statement reads it.
struct SystemTable {
    connections: Arc<[Arc<Connection>]>,
    schema: SchemaRef,
    rows: Rows,
}

impl fmt::Debug for SystemTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SystemTable {:?}", self.schema)
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batch = nullable((self.rows)(&self.connections)?)?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        table.scan(state, projection, filters, limit).await
    }
}

/// The batch with every column nullable: whether one holds a NULL now says nothing of the next time.
fn nullable(batch: RecordBatch) -> Result<RecordBatch> {
    let known = batch.schema();
    let fields = known
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        schema,
        batch.columns().to_vec(),
        &options,
    )?)
}

/// The schema over these connections.
pub(crate) fn schema(
    connections: &[Arc<Connection>],
    procedures: &Procedures,
    views: Arc<Views>,
) -> Result<Arc<dyn SchemaProvider>> {
    let (called, told) = (procedures.clone(), procedures.clone());
    let rows: [Rows; 10] = [
        Box::new(declared::tables),
        Box::new(declared::columns),
        Box::new(declared::reads),
        Box::new(requests::rows),
        Box::new(jobs::rows),
        Box::new(limits::rows),
        Box::new(move |_| saved(&views)),
        Box::new(properties::rows),
        Box::new(move |_| procedures::procedures(&called)),
        Box::new(move |_| procedures::parameters(&told)),
    ];
    let tables = NAMES.into_iter().zip(rows);
    registered(connections, tables.chain(sys::tables(procedures)))
}

/// `system.views`: a row for each saved view.
fn saved(views: &Views) -> Result<RecordBatch> {
    let all = views.all();
    Batch::of(&all)
        .text("view_name", |view| Some(view.name.as_str()))
        .text("definition", |view| view.text.as_deref())
        .text("file", |view| Some(view.file.display().to_string()))
        .text("problem", |view| view.problem.as_deref())
        .finish()
}

/// The tables of `sys`, about one connection.
pub(crate) fn of_connection(
    connection: &Arc<Connection>,
    procedures: &Procedures,
) -> Result<Arc<dyn SchemaProvider>> {
    registered(std::slice::from_ref(connection), sys::tables(procedures))
}

fn registered(
    connections: &[Arc<Connection>],
    tables: impl IntoIterator<Item = (&'static str, Rows)>,
) -> Result<Arc<dyn SchemaProvider>> {
    let connections: Arc<[Arc<Connection>]> = connections.into();
    let schema = MemorySchemaProvider::new();
    for (name, rows) in tables {
        let table = SystemTable {
            connections: Arc::clone(&connections),
            schema: nullable(rows(&[])?)?.schema(),
            rows,
        };
        schema.register_table(name.to_owned(), Arc::new(table))?;
    }
    Ok(Arc::new(schema))
}
