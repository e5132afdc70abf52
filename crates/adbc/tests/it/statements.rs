//! What becomes of a statement: rows, schemas, refusals.

use adbc_core::error::Status;
use adbc_core::options::OptionConnection;
use adbc_core::{Connection as _, Optionable as _, Statement as _};
use arrow::array::RecordBatchReader as _;
use arrow::datatypes::DataType;
use zuzen_simulator::Faults;

use crate::stage::{
    address, collected, connected, database, detail, number, opened, rows, served, statement,
};

#[test]
fn rows_come_as_the_account_has_them() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let truth = crate::stage::account().truth("tickets");
    let counted = rows(&mut connection, "SELECT count(*) FROM tickets").unwrap();
    assert_eq!(number(&counted), truth.len() as i64);
    // The schema's name works as well, and a statement may be executed again.
    let mut ids = statement(
        &mut connection,
        "SELECT id FROM zendesk.tickets WHERE id < 10 ORDER BY id;",
    );
    let first = collected(ids.execute().unwrap()).unwrap();
    assert!(first.num_rows() > 0);
    assert_eq!(first, collected(ids.execute().unwrap()).unwrap());
}

#[test]
fn rows_arrive_while_the_statement_runs() {
    let simulator = served(Faults::default());
    let database = opened([("uri", &format!("{}Pagesize=20;", address(&simulator)))]).unwrap();
    let mut connection = connected(&database, []).unwrap();
    let sql = "SELECT * FROM tickets";
    let all = rows(&mut connection, sql).unwrap();
    let whole = simulator.request_count();
    assert!(whole > 20, "{whole}");
    let mut reader = statement(&mut connection, sql).execute().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert!(batch.num_rows() < all.num_rows() / 2);
    // Whoever takes no rows makes no requests: some are ahead, most are not.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(simulator.request_count() - whole < whole / 2);
    // Whoever goes away makes none.
    drop(reader);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let left = simulator.request_count();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(simulator.request_count(), left);
}

#[test]
fn statements_without_rows_have_run() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut view = statement(&mut connection, "CREATE VIEW v AS SELECT 1 AS n");
    assert_eq!(view.execute_update().unwrap(), None);
    assert_eq!(
        number(&rows(&mut connection, "SELECT n FROM v").unwrap()),
        1
    );
    let mut set = statement(&mut connection, "SET zuzen.pushdown = off");
    assert_eq!(collected(set.execute().unwrap()).unwrap().num_rows(), 0);
    let pushdown = connection.get_option_string(OptionConnection::from("zuzen.pushdown"));
    assert_eq!(pushdown.unwrap(), "false");
}

#[test]
fn the_schema_says_what_columns_mean() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let reader = statement(&mut connection, "SELECT id, subject FROM tickets")
        .execute()
        .unwrap();
    let schema = reader.schema();
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert_eq!(schema.field(1).data_type(), &DataType::Utf8);
    assert!(schema.field(0).metadata().contains_key("description"));
}

#[test]
fn what_a_read_only_driver_refuses() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut query = statement(&mut connection, "SELECT 1");
    for (error, status) in [
        (query.execute_partitions().map(drop), Status::NotImplemented),
        (query.set_substrait_plan([1, 2]), Status::NotImplemented),
        (
            connection.read_partition([1]).map(drop),
            Status::NotImplemented,
        ),
        (connection.commit(), Status::InvalidState),
        (connection.rollback(), Status::InvalidState),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.status, status, "{error}");
        assert!(detail(&error, "zuzen.hint").is_some(), "{error}");
    }
    let mut none = connection.new_statement().unwrap();
    assert_eq!(
        none.execute().map(drop).unwrap_err().status,
        Status::InvalidState
    );
    let written = rows(&mut connection, "DELETE FROM tickets").unwrap_err();
    assert_eq!(written.status, Status::NotImplemented, "{written}");
}
