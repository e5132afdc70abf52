//! Connections as SQL schemas: `zuzen.<connection>.<table>`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::Result;
use datafusion::logical_expr::TableType;

use crate::connection::Connection;
use crate::table::ApiTable;

/// The catalog's name.
pub const CATALOG: &str = "zuzen";

/// A connection's tables, and the views that a session adds beside them.
///
/// Table names are found in any case and with or without underscores (`Tickets`, `GROUPMEMBERSHIPS`): an exact name
/// goes first, and a lenient one counts only if it is unambiguous.
#[derive(Debug)]
pub struct ConnectionSchema {
    connection: Arc<Connection>,
    pseudo: bool,
    added: Arc<MemorySchemaProvider>,
}

impl ConnectionSchema {
    /// The tables of a connection, for anybody's `SessionContext`.
    #[must_use]
    pub fn new(connection: Arc<Connection>) -> Self {
        Self {
            connection,
            pseudo: false,
            added: Arc::new(MemorySchemaProvider::new()),
        }
    }

    /// The same with the columns that are not part of `*`.
    pub(crate) fn with_pseudo_columns(&self) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            pseudo: true,
            added: Arc::clone(&self.added),
        }
    }

    fn find(&self, name: &str) -> Option<&str> {
        let tables = &self.connection.connector().tables;
        if let Some(table) = tables.iter().find(|table| table.name == name) {
            return Some(&table.name);
        }
        let wanted = fold(name);
        let mut found = tables.iter().filter(|table| fold(&table.name) == wanted);
        match (found.next(), found.next()) {
            (Some(table), None) => Some(&table.name),
            _ => None,
        }
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

#[async_trait]
impl SchemaProvider for ConnectionSchema {
    fn table_names(&self) -> Vec<String> {
        let declared = self
            .connection
            .connector()
            .tables
            .iter()
            .map(|table| table.name.clone());
        declared.chain(self.added.table_names()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(added) = self.added.table(name).await? {
            return Ok(Some(added));
        }
        let table = self.find(name).and_then(|name| self.connection.table(name));
        Ok(table.map(|table| {
            Arc::new(ApiTable::new(
                Arc::clone(&self.connection),
                table,
                self.pseudo,
            )) as _
        }))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        match self.added.table_type(name).await? {
            Some(kind) => Ok(Some(kind)),
            None => Ok(self.find(name).map(|_| TableType::Base)),
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.find(&name).is_some() {
            let taken = format!(
                "{}.{name} is a table of the connection; choose another name",
                self.connection.name()
            );
            return Err(datafusion::error::DataFusionError::Plan(taken));
        }
        self.added.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.find(name).is_some() {
            let fixed = format!(
                "{}.{name} is a table of the connection; it cannot be dropped",
                self.connection.name()
            );
            return Err(datafusion::error::DataFusionError::Plan(fixed));
        }
        self.added.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.added.table_exist(name) || self.find(name).is_some()
    }
}

/// The catalog of an engine: its connections, and `system`.
pub(crate) fn catalog(
    schemas: &[(String, Arc<dyn SchemaProvider>)],
) -> Result<Arc<dyn CatalogProvider>> {
    let catalog = MemoryCatalogProvider::new();
    for (name, schema) in schemas {
        catalog.register_schema(name, Arc::clone(schema))?;
    }
    Ok(Arc::new(catalog))
}
