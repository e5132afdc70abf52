//! A scan of one table of a remote engine: which service reads it, and why.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, TableScan};
use datafusion::physical_plan::ExecutionPlan;
use zuzen_plan::table::{Column, Table};

use super::condition;
use super::read::TableRead;
use super::scan::{RemoteScan, What};
use super::service::Service;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::table::ApiTable;

/// The connection and the table that a scan reads, if it is one of a remote engine.
pub(crate) fn of(scan: &TableScan) -> Option<(Arc<Connection>, Arc<Table>)> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<ApiTable>()?;
    table.declared().remote.as_ref()?;
    Some((Arc::clone(table.connection()), Arc::clone(table.declared())))
}

/// What a scan asks for.
pub(crate) struct Asked<'a> {
    pub(crate) columns: Vec<Column>,
    pub(crate) schema: SchemaRef,
    pub(crate) filters: &'a [Expr],
    pub(crate) limit: Option<usize>,
    pub(crate) options: Zuzen,
}

/// A leaf that reads the table.
pub(crate) fn scan(
    connection: &Arc<Connection>,
    table: &Arc<Table>,
    asked: Asked<'_>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(remote) = &table.remote else {
        let message = format!("{} is not a table of a remote engine", table.name);
        return Err(Error::new(Kind::Internal, message).into_datafusion());
    };
    if let Some(reason) = &remote.unusable {
        return Err(unusable(&table.name, reason).into_datafusion());
    }
    let pushdown = asked.options.pushdown;
    let conditions = match pushdown {
        true => asked
            .filters
            .iter()
            .filter_map(|filter| condition(filter, table))
            .collect(),
        false => Vec::new(),
    };
    let mut read = TableRead {
        table: Arc::clone(table),
        conditions,
        limit: asked.limit.filter(|_| pushdown).map(|limit| limit as u64),
        order: Vec::new(),
        service: connection.service(),
        why: "ZuoraService".to_owned(),
        named: is_named(&asked.columns, table),
        left_out: Vec::new(),
        columns: asked.columns,
    };
    (read.service, read.why) = choose(connection, &read);
    if read.service == Service::Export && !read.named {
        read.left_out = read.unexported();
    }
    // What cannot be said is an error now, not when the first row is wanted.
    read.job(&[]).map_err(Error::into_datafusion)?;
    let connection = Arc::clone(connection);
    let scan = RemoteScan::new(
        connection,
        What::Table(Box::new(read)),
        asked.schema,
        asked.options,
    );
    Ok(Arc::new(scan))
}

/// The error for a table that is there and cannot be read, with the vendor's words.
pub(crate) fn unusable(table: &str, reason: &str) -> Error {
    let message = format!("{table} is listed, but cannot be read: {reason}");
    Error::new(Kind::Unsupported, message)
        .with_hint("it needs a feature or a permission; REFRESH SCHEMA looks again")
}

/// A scan of every column is taken for `*`, from which columns are left out that the export lacks or
/// rejects.
fn is_named(columns: &[Column], table: &Table) -> bool {
    let own = |columns: &[Column]| columns.iter().filter(|column| !column.pseudo).count();
    own(columns) < own(&table.columns)
}

/// The service that reads a table, and why.
fn choose(connection: &Connection, read: &TableRead) -> (Service, String) {
    let service = connection.service();
    if service != Service::Auto {
        return (service, format!("ZuoraService={}", word(service)));
    }
    let with = |service| {
        TableRead {
            service,
            ..read.clone()
        }
        .job(&[])
        .is_ok()
    };
    let counted = connection.counted(&read.table.name);
    let caps = connection.caps();
    let (cap, whole) = (caps.output.min(caps.input), read.is_whole());
    match () {
        () if !with(Service::Export) => (
            Service::DataQuery,
            "the export does not have the table or a column of it".to_owned(),
        ),
        () if !with(Service::DataQuery) => (
            Service::Export,
            "Data Query does not have the table or a column of it".to_owned(),
        ),
        () if whole && let Some(rows) = counted => match rows <= cap {
            true => (
                Service::DataQuery,
                format!("its {rows} rows fit the cap of {cap}"),
            ),
            false => (
                Service::Export,
                format!("its {rows} rows exceed the cap of {cap}"),
            ),
        },
        () if whole && connection.is_beyond_caps(&read.table.name) => (
            Service::Export,
            "Data Query has refused the whole table for its size".to_owned(),
        ),
        () if whole => (
            Service::Export,
            format!(
                "the whole table is wanted, and nothing says that it fits the cap of {cap} rows"
            ),
        ),
        () => (
            Service::DataQuery,
            format!("the conditions are expected to leave fewer than {cap} rows"),
        ),
    }
}

fn word(service: Service) -> &'static str {
    match service {
        Service::DataQuery => "DataQuery",
        Service::Export => "AQuADataExport",
        Service::Auto => "Auto",
    }
}
