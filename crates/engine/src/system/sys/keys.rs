//! `sys_keycolumns`, `sys_primarykeys`, `sys_foreignkeys`, `sys_indexes`.
//!
//! A key of an API has no name of its own; it gets one of its table and column. A list of keys refers to many rows and is
//! no foreign key; `system.columns` says what it refers to.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::Type;

use super::{Known, known};
use crate::catalog::CATALOG;
use crate::connection::Connection;
use crate::system::batch::Batch;

/// A kind of index that is neither statistic, clustered nor hashed.
const OTHER: i16 = 3;

struct KeyColumn<'a> {
    connection: &'a str,
    table: &'a Table,
    column: &'a Column,
    /// Table and key that it refers to.
    target: Option<(&'a str, &'a str)>,
}

impl KeyColumn<'_> {
    fn is_key(&self) -> bool {
        self.table.key.as_ref() == Some(&self.column.name)
    }

    /// The primary key that it is, or refers to.
    fn primary(&self) -> Option<String> {
        match self.target {
            Some((table, _)) => Some(primary(table)),
            None => self.is_key().then(|| primary(&self.table.name)),
        }
    }

    fn foreign(&self) -> Option<String> {
        let name = || format!("fk_{}_{}", self.table.name, self.column.name);
        self.target.map(|_| name())
    }
}

fn primary(table: &str) -> String {
    format!("pk_{table}")
}

/// Columns that are a key or refer to one.
fn all<'a>(known: &'a [Known<'a>]) -> Vec<KeyColumn<'a>> {
    let mut all = Vec::new();
    for it in known {
        for table in it.tables.iter() {
            let columns = table.columns.iter().map(|column| KeyColumn {
                connection: it.connection,
                table,
                column,
                target: target(it, column),
            });
            all.extend(columns.filter(|it| it.is_key() || it.target.is_some()));
        }
    }
    all
}

fn target<'a>(known: &'a Known<'_>, column: &Column) -> Option<(&'a str, &'a str)> {
    if matches!(column.kind, Type::List(_)) {
        return None;
    }
    let table = known.table(column.reference.as_deref()?)?;
    Some((table.name.as_str(), table.key.as_deref()?))
}

fn begin<'a>(rows: &'a [KeyColumn<'a>]) -> Batch<'a, KeyColumn<'a>> {
    Batch::of(rows)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |row| Some(row.connection))
        .text("TableName", |row| Some(row.table.name.as_str()))
}

fn targets<'a>(batch: Batch<'a, KeyColumn<'a>>) -> Batch<'a, KeyColumn<'a>> {
    batch
        .text("PrimaryKeyName", KeyColumn::primary)
        .text("ForeignKeyName", KeyColumn::foreign)
        .text("ReferencedCatalogName", |row| row.target.map(|_| CATALOG))
        .text("ReferencedSchemaName", |row| {
            row.target.map(|_| row.connection)
        })
        .text("ReferencedTableName", |row| {
            row.target.map(|(table, _)| table)
        })
        .text("ReferencedColumnName", |row| {
            row.target.map(|(_, column)| column)
        })
}

/// A row for each column that is a key or refers to one.
pub(super) fn key_columns(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let rows = all(&known);
    let batch = begin(&rows)
        .text("ColumnName", |row| Some(row.column.name.as_str()))
        .flag("IsKey", KeyColumn::is_key)
        .flag("IsForeignKey", |row| row.target.is_some());
    targets(batch).finish()
}

/// A row for each primary key.
pub(super) fn primary_keys(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let mut rows = all(&known);
    rows.retain(KeyColumn::is_key);
    begin(&rows)
        .text("ColumnName", |row| Some(row.column.name.as_str()))
        .text("KeySeq", |_| Some("1"))
        .text("KeyName", |row| Some(primary(&row.table.name)))
        .finish()
}

/// A row for each column that refers to another table's key.
pub(super) fn foreign_keys(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let mut rows = all(&known);
    rows.retain(|row| row.target.is_some());
    let batch = begin(&rows).text("ColumnName", |row| Some(row.column.name.as_str()));
    targets(batch)
        .text("ForeignKeyType", |_| Some("IMPORT"))
        .finish()
}

/// A row for each key, and for each column that the vendor has an index on.
pub(super) fn indexes(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let mut rows = Vec::new();
    for it in &known {
        for table in it.tables.iter() {
            let remote = table.remote.as_ref();
            let indexed = |name: &str| {
                let field = remote.and_then(|remote| remote.fields.get(name));
                field.is_some_and(|field| field.indexed)
            };
            let columns = table.columns.iter().map(|column| KeyColumn {
                connection: it.connection,
                table,
                column,
                target: None,
            });
            rows.extend(columns.filter(|it| it.is_key() || indexed(&it.column.name)));
        }
    }
    begin(&rows)
        .text("IndexName", |row| match row.is_key() {
            true => Some(primary(&row.table.name)),
            false => Some(format!("ix_{}_{}", row.table.name, row.column.name)),
        })
        .text("ColumnName", |row| Some(row.column.name.as_str()))
        .flag("IsUnique", KeyColumn::is_key)
        .flag("IsPrimary", KeyColumn::is_key)
        .short("Type", |_| Some(OTHER))
        .text("SortOrder", |_| Some("A"))
        .short("OrdinalPosition", |_| Some(1))
        .finish()
}
