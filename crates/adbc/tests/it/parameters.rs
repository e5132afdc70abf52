//! Values for parameters, and what is known before a statement runs.

use std::sync::Arc;

use adbc_core::error::Status;
use adbc_core::options::OptionStatement;
use adbc_core::{Connection as _, Optionable as _, Statement as _};
use adbc_driver_zuzen::Statement;
use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Int64Type};
use zuzen_simulator::Faults;

use crate::stage::{collected, connected, database, number, served, statement};

fn ids(values: &[i64]) -> RecordBatch {
    let values: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
    RecordBatch::try_from_iter([("0", values)]).unwrap()
}

fn numbers(statement: &mut Statement) -> Vec<i64> {
    use arrow::array::AsArray as _;
    let rows = collected(statement.execute().unwrap()).unwrap();
    rows.column(0).as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn a_row_of_values_is_an_execution() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = statement(&mut connection, "SELECT id FROM tickets WHERE id = ?");
    query.bind(ids(&[5])).unwrap();
    assert_eq!(numbers(&mut query), [5]);
    query.bind(ids(&[7, 1, 7])).unwrap();
    assert_eq!(numbers(&mut query), [7, 1, 7]);
    // Batches of a stream are one list of rows.
    let batches = [Ok(ids(&[3])), Ok(ids(&[])), Ok(ids(&[2, 4]))];
    let stream = RecordBatchIterator::new(batches, ids(&[]).schema());
    query.bind_stream(Box::new(stream)).unwrap();
    assert_eq!(numbers(&mut query), [3, 2, 4]);
    // No row is no execution, and the columns are known all the same.
    let before = simulator.request_count();
    query.bind(ids(&[])).unwrap();
    let reader = query.execute().unwrap();
    assert_eq!(reader.schema().field(0).name(), "id");
    assert_eq!(collected(reader).unwrap().num_rows(), 0);
    assert_eq!(simulator.request_count(), before);
}

#[test]
fn a_value_goes_to_the_vendor_as_a_literal_does() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = statement(&mut connection, "SELECT id FROM tickets WHERE id = $1");
    query.bind(ids(&[5])).unwrap();
    let before = simulator.request_count();
    assert_eq!(numbers(&mut query), [5]);
    assert_eq!(simulator.request_count() - before, 1);
}

#[test]
fn values_go_by_name() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let sql = "SELECT count(*) FROM tickets WHERE status = :status AND created_at < :until";
    let mut query = statement(&mut connection, sql);
    let until: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from(vec![1_800_000_000_000_000]).with_timezone("UTC"));
    let status: ArrayRef = Arc::new(StringArray::from(vec!["closed"]));
    let given = RecordBatch::try_from_iter([("until", until), ("status", status)]).unwrap();
    let by_name = OptionStatement::from("adbc.statement.bind_by_name");
    query.set_option(by_name.clone(), "true".into()).unwrap();
    query.bind(given).unwrap();
    let found = number(&collected(query.execute().unwrap()).unwrap());
    let mut plain = statement(
        &mut connection,
        "SELECT count(*) FROM tickets WHERE status = 'closed'",
    );
    assert_eq!(found, numbers(&mut plain)[0]);
    assert!(found > 0);
    assert_eq!(query.get_option_string(by_name).unwrap(), "true");
}

#[test]
fn values_that_do_not_fit_are_refused_before_anything_runs() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = statement(&mut connection, "SELECT id FROM tickets WHERE id = ?");
    let unbound = query.execute().map(drop).unwrap_err();
    assert_eq!(unbound.status, Status::InvalidArguments, "{unbound}");
    let two = RecordBatch::try_from_iter([
        ("0", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("1", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
    ]);
    query.bind(two.unwrap()).unwrap();
    let too_many = query.execute().map(drop).unwrap_err();
    assert_eq!(too_many.status, Status::InvalidArguments, "{too_many}");
    // Values count once, and for the text that they were given for.
    query.bind(ids(&[5])).unwrap();
    assert_eq!(numbers(&mut query), [5]);
    query.execute().map(drop).unwrap_err();
    query.bind(ids(&[5])).unwrap();
    query.set_sql_query("SELECT 1").unwrap();
    assert_eq!(numbers(&mut query), [1]);
    assert_eq!(simulator.request_count(), 1);
}

#[test]
fn parameters_are_known_before_their_values() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = statement(
        &mut connection,
        "SELECT id FROM tickets WHERE id = ? AND subject = ?",
    );
    query.prepare().unwrap();
    let schema = query.get_parameter_schema().unwrap();
    let kinds: Vec<(&str, &DataType)> = schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.data_type()))
        .collect();
    assert_eq!(kinds, [("", &DataType::Int64), ("", &DataType::Utf8)]);
    query
        .set_sql_query("SELECT id FROM tickets WHERE id = :wanted")
        .unwrap();
    let schema = query.get_parameter_schema().unwrap();
    assert_eq!(schema.field(0).name(), "wanted");
    query.set_sql_query("SELECT 1").unwrap();
    assert!(query.get_parameter_schema().unwrap().fields().is_empty());
    assert_eq!(simulator.request_count(), 0);
    query.set_sql_query("SELECT nothing FROM tickets").unwrap();
    assert_eq!(
        query.prepare().unwrap_err().status,
        Status::InvalidArguments
    );
}

#[test]
fn the_columns_are_known_before_the_rows() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    for sql in [
        "SELECT id, count(*) AS n FROM users GROUP BY id",
        "SELECT created_at, tags FROM tickets WHERE id = 1",
        "EXPLAIN SELECT 1",
        "PREPARE p AS SELECT id, subject FROM tickets WHERE id = $1",
        "EXECUTE p(1)",
        "SELECT max(id) OVER (), 'a' || subject AS s FROM tickets WHERE id < 5",
    ] {
        let mut query = statement(&mut connection, sql);
        let schema = query.execute_schema().unwrap();
        let reader = query.execute().unwrap();
        assert_eq!(reader.schema().as_ref(), &schema, "{sql}");
        collected(reader).unwrap();
    }
    // What changes the session has not happened.
    let mut view = statement(&mut connection, "CREATE VIEW v AS SELECT 1 AS n");
    assert!(view.execute_schema().unwrap().fields().is_empty());
    let mut query = statement(&mut connection, "SELECT n FROM v");
    query.execute().map(drop).unwrap_err();
    view.execute_update().unwrap();
    assert_eq!(numbers(&mut query), [1]);
}

#[test]
fn progress_is_told_while_rows_are_read() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = connection.new_statement().unwrap();
    let told =
        |query: &Statement, key: &str| query.get_option_double(OptionStatement::from(key)).unwrap();
    let (now, most) = (
        "adbc.statement.exec.progress",
        "adbc.statement.exec.max_progress",
    );
    assert_eq!((told(&query, now), told(&query, most)), (0.0, 0.0));
    query.set_sql_query("SELECT id FROM tickets").unwrap();
    let before = simulator.request_count();
    let rows = collected(query.execute().unwrap()).unwrap().num_rows();
    let sent = (simulator.request_count() - before) as f64;
    assert_eq!((told(&query, now), told(&query, most)), (sent, sent));
    let counted = query.get_option_int(OptionStatement::from("zuzen.progress.rows"));
    assert_eq!(counted.unwrap(), rows as i64);
    let bytes = query.get_option_int(OptionStatement::from("zuzen.progress.bytes"));
    assert!(bytes.unwrap() > 1_000);
}
