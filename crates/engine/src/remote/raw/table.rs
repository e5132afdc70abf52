//! The call as a table: its columns by name, its rows those of one job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::connection::Connection;
use crate::decode::arrow_type;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::remote::read::Output;
use crate::remote::scan::{RemoteScan, What};

use super::probe::hinted;

/// A statement of the vendor's own SQL whose columns are known.
#[derive(Debug)]
pub(super) struct RawTable {
    connection: Arc<Connection>,
    text: String,
    columns: Vec<Output>,
    schema: SchemaRef,
    drifted: Arc<AtomicBool>,
}

/// What is read of it: columns that are not wanted are passed over.
#[derive(Debug, Clone)]
pub(crate) struct RawRead {
    pub(crate) text: String,
    pub(crate) columns: Vec<Output>,
    /// Shared with the table: a result did not have the columns that were told.
    drifted: Arc<AtomicBool>,
}

impl RawRead {
    /// The error, with what to do about it. If the result cannot be read, its columns are no longer those that are known.
    pub(crate) fn failed(&self, error: Error) -> Error {
        if error.kind() == Kind::Decode {
            self.drifted.store(true, Ordering::Relaxed);
        }
        hinted(error)
    }
}

impl RawTable {
    pub(super) fn new(connection: Arc<Connection>, text: String, columns: Vec<Output>) -> Self {
        // As the planner reads names that are typed without quotes.
        let fields = columns.iter().map(|column| {
            let name = column.header.to_lowercase();
            Field::new(name, arrow_type(&column.kind), true)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self {
            connection,
            text,
            columns,
            schema,
            drifted: Arc::default(),
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a result had other columns.
    pub(super) fn has_drifted(&self) -> bool {
        self.drifted.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TableProvider for RawTable {
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
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (schema, columns) = match projection {
            None => (self.schema(), self.columns.clone()),
            Some(places) => {
                let wanted = places.iter().filter_map(|place| self.columns.get(*place));
                (
                    Arc::new(self.schema.project(places)?),
                    wanted.cloned().collect(),
                )
            }
        };
        let read = RawRead {
            text: self.text.clone(),
            columns,
            drifted: Arc::clone(&self.drifted),
        };
        let options = Zuzen::of(state.config_options());
        let connection = Arc::clone(&self.connection);
        let what = What::Raw(Box::new(read));
        Ok(Arc::new(RemoteScan::new(connection, what, schema, options)))
    }
}
