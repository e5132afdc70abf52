//! Stopping what another thread does.

use std::thread;
use std::time::{Duration, Instant};

use adbc_core::error::Status;
use adbc_core::{Connection as _, Statement as _};
use zuzen_simulator::{Faults, Options, QueryFaults, QueryState, Simulator, Tenant, TenantOptions};

use crate::stage::{
    account, collected, connected, database, number, opened, own, rows, served, state, statement,
};

fn slow() -> Faults {
    Faults {
        latency: Duration::from_millis(400),
        ..Faults::default()
    }
}

const LONG: &str = "SELECT * FROM ticket_comments WHERE ticket_id < 500";

#[test]
fn a_statement_is_stopped_while_its_rows_are_read() {
    let simulator = served(slow());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut statement = statement(&mut connection, LONG);
    let handle = statement.get_cancel_handle();
    let reader = statement.execute().unwrap();
    let began = Instant::now();
    let stopping = thread::spawn(move || {
        thread::sleep(Duration::from_millis(600));
        handle.try_cancel().unwrap();
    });
    let error = collected(reader).unwrap_err();
    stopping.join().unwrap();
    assert_eq!(error.status, Status::Cancelled, "{error}");
    assert_eq!(state(&error), "57014");
    assert!(began.elapsed() < Duration::from_secs(3));
    // Its requests stop.
    thread::sleep(Duration::from_millis(600));
    let sent = simulator.request_count();
    thread::sleep(Duration::from_millis(600));
    assert_eq!(simulator.request_count(), sent);
    // The statement can be used again.
    simulator.set_faults(Faults::default());
    statement
        .set_sql_query("SELECT count(*) FROM groups")
        .unwrap();
    assert!(number(&collected(statement.execute().unwrap()).unwrap()) > 0);
}

#[test]
fn rows_that_have_arrived_are_not_handed_out_after_a_cancel() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut statement = statement(&mut connection, LONG);
    let mut reader = statement.execute().unwrap();
    reader.next().unwrap().unwrap();
    thread::sleep(Duration::from_millis(300));
    statement.get_cancel_handle().try_cancel().unwrap();
    let next = reader.next().unwrap().unwrap_err();
    assert_eq!(own(next).status, Status::Cancelled);
    assert!(reader.next().is_none());
}

#[test]
fn a_connection_stops_all_its_statements() {
    let simulator = served(slow());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut one = statement(&mut connection, LONG);
    let mut two = statement(&mut connection, LONG);
    let readers = [one.execute().unwrap(), two.execute().unwrap()];
    let reading: Vec<_> = readers
        .into_iter()
        .map(|reader| thread::spawn(move || collected(reader).unwrap_err().status))
        .collect();
    thread::sleep(Duration::from_millis(300));
    connection.get_cancel_handle().try_cancel().unwrap();
    for reading in reading {
        assert_eq!(reading.join().unwrap(), Status::Cancelled);
    }
}

/// A job that nobody waits for must not keep its place at Zuora.
#[test]
fn the_jobs_of_a_statement_are_cancelled_at_the_vendors() {
    let tenant = Tenant::generate(&account(), &TenantOptions::default());
    let options = Options {
        tenant: Some(tenant),
        ..Options::default()
    };
    let simulator = futures::executor::block_on(Simulator::start_zuora(options)).unwrap();
    let uri = format!(
        "{}ZuoraService=DataQuery;MetadataLocation=memory://;",
        simulator.connection_string()
    );
    let mut connection = connected(&opened([("uri", uri.as_str())]).unwrap(), []).unwrap();
    let sql = "SELECT count(*) FROM invoice";
    let job = || {
        let mut jobs = simulator.query_jobs();
        jobs.retain(|job| job.statement.starts_with("SELECT"));
        jobs.pop()
    };
    // Names and types are known before anything is slow.
    rows(&mut connection, sql).unwrap();
    let first = job().map(|job| job.id);
    simulator.set_faults(Faults {
        query: QueryFaults {
            slow_jobs: 60,
            ..QueryFaults::default()
        },
        ..Faults::default()
    });
    let mut statement = statement(&mut connection, sql);
    let handle = statement.get_cancel_handle();
    let running = thread::spawn(move || collected(statement.execute()?).map(drop));
    until(|| {
        job().is_some_and(|job| {
            Some(&job.id) != first.as_ref() && job.state == QueryState::InProgress
        })
    });
    handle.try_cancel().unwrap();
    assert_eq!(
        running.join().unwrap().unwrap_err().status,
        Status::Cancelled
    );
    until(|| job().is_some_and(|job| job.state == QueryState::Cancelled && job.cancelled_running));
}

/// Waits until it is so, at most for as long as a slow machine may need.
fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never is so");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn there_is_nothing_to_cancel_where_nothing_runs() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut statement = statement(&mut connection, "SELECT 1");
    let idle = |handle: Box<dyn adbc_core::CancelHandle>| {
        let error = handle.try_cancel().unwrap_err();
        assert_eq!(error.status, Status::InvalidState, "{error}");
    };
    idle(statement.get_cancel_handle());
    collected(statement.execute().unwrap()).unwrap();
    idle(statement.get_cancel_handle());
    idle(connection.get_cancel_handle());
    rows(&mut connection, "SELECT 1").unwrap();
}
