//! `system.tables`, `system.columns`, `system.reads`: what the table files declare.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion::common::Result;
use zuzen_plan::table::{Child, Column, Operator, Read, Source, Table};

use super::WRITABLE;
use super::batch::Batch;
use super::freshness::freshness;
use crate::connection::{Connection, Tables, declared};

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn all_tables<'a>(known: &'a [(&'a str, Tables)]) -> Vec<(&'a str, &'a Table)> {
    let tables = known
        .iter()
        .flat_map(|(connection, tables)| tables.iter().map(|table| (*connection, table.as_ref())));
    tables.collect()
}

/// A row for each table.
pub(super) fn tables(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all = Vec::new();
    for connection in connections {
        let tables = connection.tables();
        all.extend(tables.iter().map(|table| {
            let from = origin(table, &tables);
            let fresh = freshness(connection, from);
            (
                connection.name(),
                Arc::clone(table),
                needs_filter(from),
                fresh,
            )
        }));
    }
    Batch::of(&all)
        .text("connection", |(connection, ..)| Some(*connection))
        .text("table_name", |(_, table, ..)| Some(table.name.as_str()))
        .text("about", |(_, table, ..)| Some(table.comment()))
        .text("rows", |(_, table, ..)| Some(table.rows.as_str()))
        .text("key", |(_, table, ..)| table.key.as_deref())
        .flag("needs_filter", |(_, _, needs, _)| *needs)
        .flag("described", |(_, table, ..)| {
            let remote = table.remote.as_ref();
            remote.is_none_or(|remote| remote.described)
        })
        .text("unusable", |(_, table, ..)| {
            table.remote.as_ref()?.unusable.as_deref()
        })
        .text("shape", |(_, table, ..)| Some(shape(table)))
        .flag("writable", |_| WRITABLE)
        .text("needs", |(_, table, ..)| table.needs.as_deref())
        .long("lag_seconds", |(.., fresh)| fresh.lag)
        .text("freshness", |(.., fresh)| Some(fresh.text.as_str()))
        .text("rate_limit", |(.., fresh)| fresh.family.as_deref())
        .finish()
}

/// The answer of `REFRESH SCHEMA`: a row for each connection.
pub(crate) fn refreshed(connections: &[&Arc<Connection>]) -> Result<RecordBatch> {
    let all = || connections.iter();
    let note = |connection: &Connection| {
        let fixed = connection.is_declared();
        fixed.then(|| "custom fields are listed again when they are asked for".to_owned())
    };
    let counted = all().map(|it| i64::try_from(it.tables().len()).ok());
    Ok(RecordBatch::try_from_iter([
        (
            "connection",
            texts(all().map(|it| Some(it.name().to_owned()))),
        ),
        (
            "tables",
            Arc::new(counted.collect::<Int64Array>()) as ArrayRef,
        ),
        ("note", texts(all().map(|it| note(it)))),
    ])?)
}

fn shape(table: &Table) -> &'static str {
    match table.unconfirmed {
        true => "unconfirmed",
        false => "confirmed",
    }
}

/// The table whose reads bring the rows: another one for a table that is unnested from it.
fn origin<'a>(table: &'a Arc<Table>, tables: &'a Tables) -> &'a Arc<Table> {
    let child = table.child.as_ref();
    let of = child.and_then(|child| tables.iter().find(|other| other.name == child.of));
    of.unwrap_or(table)
}

/// The table whose reads bring the rows: another one for a table that is unnested from it.
fn source<'a>(table: &'a Table, known: &'a [(&str, Tables)], connection: &str) -> &'a Table {
    let of = table.child.as_ref().and_then(|child| {
        let (_, tables) = known.iter().find(|(name, _)| *name == connection)?;
        tables.iter().find(|other| other.name == child.of)
    });
    of.map_or(table, |of| of.as_ref())
}

/// Whether every read of the table wants a bound column.
fn needs_filter(table: &Table) -> bool {
    table.remote.is_none()
        && table
            .reads
            .iter()
            .all(|read| !needs(read).is_empty() || read.order.is_some())
}

/// A row for each column, pseudo-columns included.
pub(super) fn columns(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all: Vec<(&str, &Table, i64, &Column)> = Vec::new();
    let known = declared(connections);
    for (connection, table) in all_tables(&known) {
        all.extend(
            table
                .columns
                .iter()
                .zip(1..)
                .map(|(column, place)| (connection, table, place, column)),
        );
    }
    let each = |pick: &dyn Fn(&Table, &Column) -> Option<String>| {
        texts(all.iter().map(|(_, table, _, column)| pick(table, column)))
    };
    Ok(RecordBatch::try_from_iter([
        (
            "connection",
            texts(
                all.iter()
                    .map(|(connection, ..)| Some((*connection).to_owned())),
            ),
        ),
        ("table_name", each(&|table, _| Some(table.name.clone()))),
        (
            "ordinal",
            Arc::new(
                all.iter()
                    .map(|(_, _, place, _)| Some(*place))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
        ),
        ("column_name", each(&|_, column| Some(column.name.clone()))),
        ("type", each(&|_, column| Some(column.kind.to_string()))),
        ("about", each(&|_, column| column.about.clone())),
        (
            "is_key",
            flags(
                all.iter()
                    .map(|(_, table, _, column)| table.key.as_ref() == Some(&column.name)),
            ),
        ),
        ("references", each(&|_, column| column.reference.clone())),
        (
            "filterable",
            texts(all.iter().map(|(connection, table, _, column)| {
                let of = source(table, &known, connection);
                match &table.child {
                    Some(child) => unnested(child, of, column),
                    None => filterable(table, column),
                }
            })),
        ),
        ("sortable", each(&|table, column| sortable(table, column))),
        (
            "allowed_values",
            each(&|_, column| (!column.values.is_empty()).then(|| column.values.join(", "))),
        ),
        (
            "api_path",
            each(&|table, column| Some(api_path(table, column))),
        ),
        ("sideload", each(&|_, column| column.sideload.clone())),
        (
            "pseudo",
            flags(all.iter().map(|(.., column)| column.pseudo)),
        ),
        ("writable", flags(all.iter().map(|_| WRITABLE))),
    ])?)
}

/// Where a value lies in the API's object; `.` is the object itself.
fn api_path(table: &Table, column: &Column) -> String {
    if column.path.is_empty() && table.remote.is_none() {
        return ".".to_owned();
    }
    column.path.join(".")
}

/// The same for a column of a table that is unnested from `of`.
fn unnested(child: &Child, of: &Table, column: &Column) -> Option<String> {
    if let Some(origin) = child.origin(&column.name) {
        return filterable(of, of.column(origin)?);
    }
    let is_element = child.element.as_ref() == Some(&column.name);
    let list = of.column(&child.list).filter(|_| is_element)?;
    list.search.as_ref().map(|_| "search".to_owned())
}

/// The operators that some read can send to the API.
fn filterable(table: &Table, column: &Column) -> Option<String> {
    let mut operators: Vec<&str> = Vec::new();
    for read in &table.reads {
        if read.get.placeholders().any(|name| name == column.name) {
            operators.push("=, IN");
        }
        for parameter in &read.query {
            if let Source::Bound(binding) = &parameter.source
                && binding.columns().any(|name| *name == column.name)
            {
                operators.push(match binding.operator {
                    Operator::In if binding.max > 1 => "=, IN",
                    Operator::In => "=",
                    Operator::Has => "array_has",
                    Operator::AtLeast => ">, >=",
                    Operator::AtMost => "<, <=",
                });
            }
        }
        if read
            .order
            .as_ref()
            .is_some_and(|order| order.column == column.name && order.descending)
            && read.is_paged()
        {
            operators.push(">, >=");
        }
    }
    if column.search.is_some() {
        operators.push("search");
    }
    operators.sort_unstable();
    operators.dedup();
    (!operators.is_empty()).then(|| operators.join(", "))
}

fn sortable(table: &Table, column: &Column) -> Option<String> {
    let order = table
        .reads
        .iter()
        .filter_map(|read| read.order.as_ref())
        .find(|order| order.column == column.name)?;
    Some(if order.descending { "desc" } else { "asc" }.to_owned())
}

/// A row for each way to read a table.
pub(super) fn reads(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all: Vec<(&str, &Table, i64, &Read)> = Vec::new();
    let known = declared(connections);
    for (connection, table) in all_tables(&known) {
        all.extend(
            table
                .reads
                .iter()
                .zip(1..)
                .map(|(read, place)| (connection, table, place, read)),
        );
    }
    let each =
        |pick: &dyn Fn(&Read) -> Option<String>| texts(all.iter().map(|(.., read)| pick(read)));
    let joined = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
    Ok(RecordBatch::try_from_iter([
        (
            "connection",
            texts(
                all.iter()
                    .map(|(connection, ..)| Some((*connection).to_owned())),
            ),
        ),
        (
            "table_name",
            texts(all.iter().map(|(_, table, ..)| Some(table.name.clone()))),
        ),
        (
            "ordinal",
            Arc::new(
                all.iter()
                    .map(|(_, _, place, _)| Some(*place))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
        ),
        ("read", each(&|read| Some(read.name.clone()))),
        (
            "endpoint",
            each(&|read| Some(format!("{} {}", read.method(), read.get))),
        ),
        ("needs", each(&|read| joined(&needs(read)))),
        (
            "order",
            each(&|read| read.order.as_ref().map(ToString::to_string)),
        ),
        (
            "page_size",
            Arc::new(
                all.iter()
                    .map(|(.., read)| Some(i64::from(read.page_size)))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
        ),
        (
            "lag_seconds",
            Arc::new(
                all.iter()
                    .map(|(.., read)| Some(i64::from(read.lag)))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
        ),
        ("role", each(&|read| read.role.clone())),
        ("rate_limit", each(&|read| Some(read.family.clone()))),
        ("lacks", each(&|read| joined(&read.lacks))),
        ("sideloads", each(&|read| joined(&read.include))),
    ])?)
}

/// Columns that must be bound.
fn needs(read: &Read) -> Vec<String> {
    let placeholders = read.get.placeholders().map(str::to_owned);
    let required = read
        .query
        .iter()
        .filter_map(|parameter| match &parameter.source {
            Source::Bound(binding) if binding.required => Some(binding.column.clone()),
            _ => None,
        });
    let mut all: Vec<String> = placeholders.chain(required).collect();
    if read.search.as_ref().is_some_and(|search| search.required) {
        all.push("a column that search knows".to_owned());
    }
    all
}
