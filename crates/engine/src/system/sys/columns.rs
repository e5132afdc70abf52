//! `sys_tablecolumns`.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use zuzen_plan::table::{Column, Table};

use super::kinds::{Kind, kind};
use super::known;
use crate::catalog::CATALOG;
use crate::connection::Connection;
use crate::system::WRITABLE;
use crate::system::batch::Batch;

struct Row<'a> {
    connection: &'a str,
    table: &'a Table,
    column: &'a Column,
    ordinal: i32,
    kind: Kind,
}

impl Row<'_> {
    fn is_key(&self) -> bool {
        self.table.key.as_ref() == Some(&self.column.name)
    }
}

/// A row for each column; pseudo-columns are hidden ones.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let known = known(connections);
    let mut all = Vec::new();
    for it in &known {
        for table in it.tables.iter() {
            all.extend(table.columns.iter().zip(1..).map(|(column, ordinal)| Row {
                connection: it.connection,
                table,
                column,
                ordinal,
                kind: kind(&column.kind),
            }));
        }
    }
    Batch::of(&all)
        .text("CatalogName", |_| Some(CATALOG))
        .text("SchemaName", |row| Some(row.connection))
        .text("TableName", |row| Some(row.table.name.as_str()))
        .text("ColumnName", |row| Some(row.column.name.as_str()))
        .text("DataTypeName", |row| Some(row.kind.name))
        .int("DataType", |row| Some(row.kind.code))
        .int("Length", |row| row.kind.length)
        .int("NumericPrecision", |row| row.kind.precision)
        .int("NumericScale", |row| row.kind.scale)
        .flag("IsNullable", |row| !row.is_key())
        .text("Description", |row| row.column.about.as_deref())
        .int("Ordinal", |row| Some(row.ordinal))
        .text("IsAutoIncrement", |_| Some("NO"))
        // Empty where nobody says, as in JDBC.
        .text("IsGeneratedColumn", |_| Some(""))
        .flag("IsReadOnly", |_| !WRITABLE)
        .flag("IsKey", Row::is_key)
        .flag("IsHidden", |row| row.column.pseudo)
        .finish()
}
