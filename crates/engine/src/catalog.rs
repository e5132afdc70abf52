//! Connections as SQL schemas: `zuzen.<connection>.<table>`.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::Result;
use datafusion::logical_expr::TableType;
use zuzen_plan::table::Table;

use crate::child::{ChildTable, has_raw};
use crate::connection::Connection;
use crate::lenient::fold;
use crate::system::sys;
use crate::table::{ApiTable, RAW};

/// The catalog's name.
pub const CATALOG: &str = "zuzen";

/// A connection's tables, and the views that a session adds beside them.
///
/// Table names are found in any case and with or without underscores (`Tickets`, `GROUPMEMBERSHIPS`): an exact name
/// goes first, and a lenient one counts only if it is unambiguous.
#[derive(Debug)]
pub(crate) struct ConnectionSchema {
    connection: Arc<Connection>,
    /// Columns that are not part of `*` and shown all the same.
    shown: Arc<BTreeSet<String>>,
    /// Whether whoever plans has seen to it that tables are described.
    asked_ahead: bool,
    added: Arc<MemorySchemaProvider>,
    /// Tables about the connection, found by name and not listed.
    beside: Option<Arc<dyn SchemaProvider>>,
}

impl ConnectionSchema {
    /// The tables of a connection, for anybody's `SessionContext`.
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self {
            connection,
            shown: Arc::default(),
            asked_ahead: false,
            added: Arc::new(MemorySchemaProvider::new()),
            beside: None,
        }
    }

    /// The same for an engine, which describes the tables of a statement side by side before it plans: `table` is then
    /// also asked for every table there is, by `information_schema`, and must not describe them one by one.
    pub(crate) fn asked_ahead(self) -> Self {
        Self {
            asked_ahead: true,
            ..self
        }
    }

    /// The same with the system tables about the connection, which are found by name and not listed.
    pub(crate) fn beside(self, tables: Arc<dyn SchemaProvider>) -> Self {
        Self {
            beside: Some(tables),
            ..self
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The table of the connection that the name means, if none that a session added is meant.
    pub(crate) fn declared(&self, name: &str) -> Option<Arc<Table>> {
        self.find(name).filter(|_| !self.added.table_exist(name))
    }

    /// The same with these of the columns that are not part of `*`, in the tables that have them.
    fn showing(&self, shown: &Arc<BTreeSet<String>>) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            shown: Arc::clone(shown),
            asked_ahead: self.asked_ahead,
            added: Arc::clone(&self.added),
            beside: self.beside.clone(),
        }
    }

    /// Whether it is a table of the connection, and not one that a session added.
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.declared(name).is_some()
    }

    /// The columns that are shown of a table and are not part of `*`.
    pub(crate) fn beyond_wildcard(&self, name: &str) -> Vec<String> {
        let Some(table) = self.declared(name) else {
            return Vec::new();
        };
        let declared = table.columns.iter().filter(|column| column.pseudo);
        let raw = has_raw(&self.connection, &table).then_some(RAW);
        declared
            .map(|column| column.name.as_str())
            .chain(raw)
            .filter(|name| self.shown.contains(*name))
            .map(str::to_owned)
            .collect()
    }

    fn has_beside(&self, name: &str) -> bool {
        self.beside.is_some() && sys::find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<Arc<Table>> {
        let tables = self.connection.tables();
        if let Some(table) = tables.iter().find(|table| table.name == name) {
            return Some(Arc::clone(table));
        }
        let wanted = fold(name);
        let mut found = tables.iter().filter(|table| fold(&table.name) == wanted);
        match (found.next(), found.next()) {
            (Some(table), None) => Some(Arc::clone(table)),
            _ => None,
        }
    }
}

#[async_trait]
impl SchemaProvider for ConnectionSchema {
    fn table_names(&self) -> Vec<String> {
        let tables = self.connection.tables();
        let declared = tables.iter().map(|table| table.name.clone());
        declared.chain(self.added.table_names()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(added) = self.added.table(name).await? {
            return Ok(Some(added));
        }
        if !self.asked_ahead
            && let Some(table) = self.find(name)
        {
            self.connection.describe_now(&table).await;
        }
        if let Some(table) = self.find(name) {
            let connection = Arc::clone(&self.connection);
            return Ok(Some(match table.child.clone() {
                Some(child) => {
                    Arc::new(ChildTable::new(connection, table, &child, &self.shown)?) as _
                }
                None => Arc::new(ApiTable::new(connection, table, &self.shown)),
            }));
        }
        match (&self.beside, sys::find(name)) {
            (Some(tables), Some(known)) => tables.table(known).await,
            _ => Ok(None),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        match self.added.table_type(name).await? {
            Some(kind) => Ok(Some(kind)),
            None if self.find(name).is_some() => Ok(Some(TableType::Base)),
            None => Ok(self.has_beside(name).then_some(TableType::View)),
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
        self.added.table_exist(name) || self.find(name).is_some() || self.has_beside(name)
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

/// The same catalogs, their connections showing these of the columns that are not part of `*`.
pub(crate) fn showing(
    catalogs: &Arc<dyn CatalogProviderList>,
    shown: &BTreeSet<String>,
) -> Result<Arc<dyn CatalogProviderList>> {
    let shown = Arc::new(shown.clone());
    let list = MemoryCatalogProviderList::new();
    for name in catalogs.catalog_names() {
        let Some(old) = catalogs.catalog(&name) else {
            continue;
        };
        let mut schemas: Vec<(String, Arc<dyn SchemaProvider>)> = Vec::new();
        let mut ours = false;
        for schema in old.schema_names() {
            let Some(provider) = old.schema(&schema) else {
                continue;
            };
            match provider.downcast_ref::<ConnectionSchema>() {
                Some(connection) => {
                    ours = true;
                    schemas.push((schema, Arc::new(connection.showing(&shown))));
                }
                None => schemas.push((schema, provider)),
            }
        }
        let new = if ours { catalog(&schemas)? } else { old };
        list.register_catalog(name, new);
    }
    Ok(Arc::new(list))
}
