//! A simulated account, and databases that are opened on it.

use std::sync::{Arc, OnceLock};

use adbc_core::error::Error;
use adbc_core::options::{OptionConnection, OptionDatabase, OptionValue};
use adbc_core::{Connection as _, Database as _, Driver as _, Statement as _};
use adbc_driver_zuzen::{Connection, Database, Driver, Statement};
use arrow::array::{Array as _, AsArray as _, RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use zuzen_simulator::{Account, AccountOptions, Faults, Options, Simulator};

/// An account that never changes.
pub(crate) fn account() -> Arc<Account> {
    static ACCOUNT: OnceLock<Arc<Account>> = OnceLock::new();
    Arc::clone(ACCOUNT.get_or_init(|| {
        Account::generate(&AccountOptions {
            seed: 7,
            tickets: 600,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        })
    }))
}

/// A server for it that does this wrong.
pub(crate) fn served(faults: Faults) -> Simulator {
    let options = Options {
        strict: true,
        faults,
        ..Options::default()
    };
    futures::executor::block_on(Simulator::start(account(), options)).unwrap()
}

/// A connection string that names no files.
pub(crate) fn address(simulator: &Simulator) -> String {
    format!("{}RetryPause=1;", simulator.connection_string())
}

pub(crate) fn opened<const N: usize>(options: [(&str, &str); N]) -> Result<Database, Error> {
    let options = options
        .into_iter()
        .map(|(key, value)| (OptionDatabase::from(key), OptionValue::from(value)));
    Driver.new_database_with_opts(options)
}

pub(crate) fn database(simulator: &Simulator) -> Database {
    opened([("uri", &address(simulator))]).unwrap()
}

pub(crate) fn connected<const N: usize>(
    database: &Database,
    options: [(&str, &str); N],
) -> Result<Connection, Error> {
    let options = options
        .into_iter()
        .map(|(key, value)| (OptionConnection::from(key), OptionValue::from(value)));
    database.new_connection_with_opts(options)
}

pub(crate) fn statement(connection: &mut Connection, sql: &str) -> Statement {
    let mut statement = connection.new_statement().unwrap();
    statement.set_sql_query(sql).unwrap();
    statement
}

/// All rows of a statement in one batch.
pub(crate) fn rows(connection: &mut Connection, sql: &str) -> Result<RecordBatch, Error> {
    collected(statement(connection, sql).execute()?)
}

/// All rows of a reader in one batch.
pub(crate) fn collected(reader: Box<dyn RecordBatchReader + Send>) -> Result<RecordBatch, Error> {
    let schema = reader.schema();
    let batches: Result<Vec<RecordBatch>, _> = reader.collect();
    Ok(concat_batches(&schema, &batches.map_err(own)?).unwrap())
}

/// The error of a reader as the driver made it.
pub(crate) fn own(error: arrow::error::ArrowError) -> Error {
    use arrow::error::ArrowError;
    let inner: Box<dyn std::error::Error> = match error {
        ArrowError::ExternalError(inner) => inner,
        ArrowError::IoError(_, inner) => inner.into_inner().unwrap(),
        other => panic!("{other}"),
    };
    inner.downcast_ref::<Error>().unwrap().clone()
}

/// The one number of the first row.
pub(crate) fn number(batch: &RecordBatch) -> i64 {
    batch.column(0).as_primitive::<Int64Type>().value(0)
}

/// A column of texts.
pub(crate) fn texts(batch: &RecordBatch, column: usize) -> Vec<String> {
    let values = batch.column(column).as_string::<i32>();
    (0..values.len())
        .map(|row| values.value(row).to_owned())
        .collect()
}

/// A detail of an error.
pub(crate) fn detail(error: &Error, key: &str) -> Option<String> {
    let details = error.details.as_ref()?;
    let (_, value) = details.iter().find(|(known, _)| known == key)?;
    Some(String::from_utf8(value.clone()).unwrap())
}

pub(crate) fn state(error: &Error) -> String {
    let letters = error.sqlstate.iter();
    letters.map(|letter| *letter as u8 as char).collect()
}
