//! The schema `system`: what the engine knows of its connections and what it has sent.

mod declared;
mod jobs;
mod procedures;
mod properties;
mod requests;

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
) -> Result<Arc<dyn SchemaProvider>> {
    let (called, told) = (procedures.clone(), procedures.clone());
    let connections: Arc<[Arc<Connection>]> = connections.into();
    let schema = MemorySchemaProvider::new();
    let tables: [(&str, Rows); 8] = [
        ("requests", Box::new(requests::rows)),
        ("jobs", Box::new(jobs::rows)),
        ("tables", Box::new(declared::tables)),
        ("columns", Box::new(declared::columns)),
        ("reads", Box::new(declared::reads)),
        ("connection_properties", Box::new(properties::rows)),
        (
            "procedures",
            Box::new(move |_| procedures::procedures(&called)),
        ),
        (
            "procedure_parameters",
            Box::new(move |_| procedures::parameters(&told)),
        ),
    ];
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
