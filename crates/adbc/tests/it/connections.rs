//! Connections that are shared, nested in other runtimes, and closed.

use std::thread;

use adbc_core::{Connection as _, Database as _, Statement as _};
use zuzen_simulator::Faults;

use crate::stage::{collected, connected, database, number, rows, served, statement};

#[test]
fn sixteen_threads_share_a_connection() {
    let simulator = served(Faults::default());
    let database = database(&simulator);
    let mut connection = connected(&database, []).unwrap();
    let expected = number(&rows(&mut connection, "SELECT sum(id) FROM tickets").unwrap());
    let working: Vec<_> = (0..16)
        .map(|_| {
            let mut statement = statement(&mut connection, "SELECT sum(id) FROM tickets");
            thread::spawn(move || {
                (0..3)
                    .map(|_| number(&collected(statement.execute().unwrap()).unwrap()))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    for working in working {
        assert_eq!(working.join().unwrap(), [expected; 3]);
    }
}

#[test]
fn handles_may_go_in_any_order() {
    let simulator = served(Faults::default());
    let database = database(&simulator);
    let mut connection = database.new_connection().unwrap();
    let mut query = statement(&mut connection, "SELECT id FROM groups");
    let reader = query.execute().unwrap();
    drop(database);
    drop(connection);
    drop(query);
    assert!(collected(reader).unwrap().num_rows() > 0);
}

#[test]
fn callers_may_have_a_runtime_of_their_own() {
    let simulator = served(Faults::default());
    for threads in [false, true] {
        let mut runtime = match threads {
            true => tokio::runtime::Builder::new_multi_thread(),
            false => tokio::runtime::Builder::new_current_thread(),
        };
        runtime.build().unwrap().block_on(async {
            let database = database(&simulator);
            let mut connection = database.new_connection().unwrap();
            let counted = rows(&mut connection, "SELECT count(*) FROM groups").unwrap();
            assert!(number(&counted) > 0);
            let mut left = statement(&mut connection, "SELECT * FROM tickets");
            drop(left.execute().unwrap().next());
        });
    }
}

#[test]
fn a_statement_outlives_what_made_it() {
    let simulator = served(Faults::default());
    let mut connection = database(&simulator).new_connection().unwrap();
    let mut query = connection.new_statement().unwrap();
    drop(connection);
    query.set_sql_query("SELECT count(*) FROM groups").unwrap();
    assert!(number(&collected(query.execute().unwrap()).unwrap()) > 0);
}
