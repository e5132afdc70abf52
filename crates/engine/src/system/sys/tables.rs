//! `sys_catalogs`, `sys_schemas`, `sys_tables`.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;

use super::known;
use crate::catalog::CATALOG;
use crate::connection::Connection;
use crate::system::batch::Batch;

/// The one catalog.
pub(super) fn catalogs(_: &[Arc<Connection>]) -> Result<RecordBatch> {
    Batch::of(&[CATALOG])
        .text("CatalogName", |name| Some(*name))
        .finish()
}

/// A row for each connection.
pub(super) fn schemas(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    Batch::of(connections)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |connection| Some(connection.name()))
        .finish()
}

/// A row for each table.
pub(super) fn tables(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let mut all = Vec::new();
    for it in &known {
        all.extend(it.tables.iter().map(|table| (it.connection, table)));
    }
    Batch::of(&all)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |(connection, _)| Some(*connection))
        .text("TableName", |(_, table)| Some(table.name.as_str()))
        .text("TableType", |_| Some("TABLE"))
        .text("Description", |(_, table)| Some(table.about.as_str()))
        .flag("IsUpdateable", |_| crate::system::WRITABLE)
        .finish()
}
