//! The one table provider: a declared table of a connection.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Constraint, Constraints, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use zuzen_plan::predicate::Predicate;
use zuzen_plan::read::{ReadPlan, Work};
use zuzen_plan::scan::{Keys, Scan};
use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::Type;

use crate::Error;
use crate::connection::Connection;
use crate::decode::arrow_type;
use crate::filter::predicates;
use crate::options::Zuzen;
use crate::remote::{self, Asked};
use crate::scan::ApiScan;

pub(crate) use zuzen_plan::table::RAW;

/// A table of a connection.
#[derive(Debug)]
pub(crate) struct ApiTable {
    connection: Arc<Connection>,
    table: Arc<Table>,
    columns: Vec<Column>,
    schema: SchemaRef,
    constraints: Constraints,
}

impl ApiTable {
    /// `shown` names the columns that are not part of `*` and shown all the same.
    pub(crate) fn new(
        connection: Arc<Connection>,
        table: Arc<Table>,
        shown: &BTreeSet<String>,
    ) -> Self {
        let mut columns: Vec<Column> = table
            .columns
            .iter()
            .filter(|column| !column.pseudo || shown.contains(&column.name))
            .cloned()
            .collect();
        if shown.contains(RAW) && table.remote.is_none() && table.column(RAW).is_none() {
            columns.push(raw());
        }
        let fields: Vec<Field> = columns.iter().map(|column| field(column, &table)).collect();
        let key = table
            .key
            .as_ref()
            .and_then(|key| columns.iter().position(|column| column.name == *key));
        let constraints = Constraints::new_unverified(
            key.map(|place| Constraint::PrimaryKey(vec![place]))
                .into_iter()
                .collect(),
        );
        Self {
            connection,
            table,
            columns,
            schema: Arc::new(Schema::new(fields)),
            constraints,
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The table as it is declared or was discovered.
    pub(crate) fn declared(&self) -> &Arc<Table> {
        &self.table
    }

    /// A plan for a table that needs a key which a join may still bring.
    fn by_keys(&self, scan: &Scan, options: &Zuzen) -> Option<(Scan, ReadPlan)> {
        self.table.columns.iter().find_map(|column| {
            let keys = Keys {
                column: column.name.clone(),
                source: "a join".to_owned(),
                expected: 100,
            };
            let scan = Scan {
                keys: Some(keys),
                ..scan.clone()
            };
            let plan = self.connection.plan(&self.table, &scan, options).ok()?;
            matches!(plan.work, Work::Keyed { .. }).then_some((scan, plan))
        })
    }

    fn translate(&self, filters: &[&Expr]) -> Vec<Option<Vec<Predicate>>> {
        filters
            .iter()
            .map(|filter| predicates(filter, &self.table))
            .collect()
    }
}

/// The pseudo-column with the row's own JSON text.
pub(crate) fn raw() -> Column {
    Column {
        name: RAW.to_owned(),
        kind: Type::Json,
        path: Vec::new(),
        reference: None,
        values: Vec::new(),
        about: Some("The row as the API sent it; what it holds depends on the read.".to_owned()),
        sideload: None,
        pseudo: true,
        custom: false,
        labels: Default::default(),
        search: None,
    }
}

pub(crate) fn field(column: &Column, table: &Table) -> Field {
    let mut metadata = std::collections::HashMap::new();
    if let Some(about) = &column.about {
        metadata.insert("description".to_owned(), about.clone());
    }
    if let Some(reference) = &column.reference {
        metadata.insert("references".to_owned(), reference.clone());
    }
    if table.key.as_ref() == Some(&column.name) {
        metadata.insert("primary_key".to_owned(), "true".to_owned());
    }
    if column.kind == Type::Json {
        metadata.insert("logical_type".to_owned(), "json".to_owned());
    }
    Field::new(&column.name, arrow_type(&column.kind), true).with_metadata(metadata)
}

#[async_trait]
impl TableProvider for ApiTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Whatever can be said as a predicate is offered to the read, and all of it is checked again by DataFusion:
    /// which read serves a scan is only known later, so no filter is promised to be exact here.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let answer = |said: bool| match said {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        if self.table.remote.is_some() {
            let said = filters
                .iter()
                .map(|filter| remote::condition(filter, &self.table).is_some());
            return Ok(said.map(answer).collect());
        }
        Ok(self
            .translate(filters)
            .iter()
            .map(|said| answer(said.is_some()))
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = Zuzen::of(state.config_options());
        let columns: Vec<Column> = match projection {
            Some(places) => places
                .iter()
                .filter_map(|place| self.columns.get(*place).cloned())
                .collect(),
            None => self.columns.clone(),
        };
        let schema = match projection {
            Some(places) => Arc::new(self.schema.project(places)?),
            None => Arc::clone(&self.schema),
        };
        if self.table.remote.is_some() {
            let asked = Asked {
                columns,
                schema,
                filters,
                limit,
                options,
            };
            return remote::scan(&self.connection, &self.table, asked);
        }
        let filters: Vec<&Expr> = filters.iter().collect();
        let mut scan = Scan::of(
            columns
                .iter()
                .map(|column| column.name.clone())
                .filter(|name| name != RAW)
                .collect(),
        );
        scan.predicates = self
            .translate(&filters)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        scan.limit = limit.map(|limit| limit as u64);
        scan.pushdown = options.pushdown;
        let (scan, plan, unbound) = match self.connection.plan(&self.table, &scan, &options) {
            Ok(plan) => (scan, plan, None),
            Err(error) => {
                let error = Error::from(error);
                match self.by_keys(&scan, &options) {
                    Some((scan, plan)) => (scan, plan, Some(error)),
                    None => return Err(error.into_datafusion()),
                }
            }
        };
        let (connection, table) = (Arc::clone(&self.connection), Arc::clone(&self.table));
        let leaf = ApiScan::new(connection, table, columns, schema, scan, plan, options);
        Ok(Arc::new(leaf.unless_keyed(unbound)))
    }
}
