//! Errors as programs get them.

use adbc_core::Statement as _;
use adbc_core::error::Status;
use zuzen_simulator::Faults;

use crate::stage::{address, connected, database, detail, opened, rows, served, state, statement};

#[test]
fn errors_have_status_state_and_parts() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    for (sql, status, sqlstate, kind) in [
        ("SELEC 1", Status::InvalidArguments, "42000", "sql"),
        (
            "SELECT subjct FROM tickets",
            Status::InvalidArguments,
            "42000",
            "sql",
        ),
        (
            "SELECT * FROM tickts",
            Status::InvalidArguments,
            "42000",
            "sql",
        ),
        (
            "SET zuzen.max_requests = 'many'",
            Status::InvalidArguments,
            "F0000",
            "config",
        ),
        (
            "DELETE FROM tickets",
            Status::NotImplemented,
            "0A000",
            "unsupported",
        ),
    ] {
        let error = rows(&mut connection, sql).unwrap_err();
        assert_eq!(error.status, status, "{sql}: {error}");
        assert_eq!(state(&error), sqlstate, "{sql}");
        assert_eq!(detail(&error, "zuzen.kind").unwrap(), kind, "{sql}");
        let (message, hint) = (
            detail(&error, "zuzen.message"),
            detail(&error, "zuzen.hint"),
        );
        assert!(
            error.message.starts_with(&message.unwrap()),
            "{sql}: {error}"
        );
        assert!(
            error.message.ends_with(&format!("hint: {}", hint.unwrap())),
            "{sql}: {error}"
        );
    }
}

#[test]
fn what_the_api_says_decides_the_status() {
    for (faults, sql, status, kind) in [
        (
            Faults {
                expired: true,
                ..Faults::default()
            },
            "SELECT count(*) FROM tickets",
            Status::Unauthenticated,
            "auth",
        ),
        (
            Faults {
                fail_after: Some(0),
                ..Faults::default()
            },
            "SELECT count(*) FROM tickets",
            Status::IO,
            "remote",
        ),
    ] {
        let simulator = served(faults);
        let database = opened([("uri", &format!("{}MaxRetries=0;", address(&simulator)))]).unwrap();
        let mut connection = connected(&database, []).unwrap();
        let error = rows(&mut connection, sql).unwrap_err();
        assert_eq!(error.status, status, "{error}");
        assert_eq!(detail(&error, "zuzen.kind").unwrap(), kind, "{error}");
    }
    let closed = served(Faults::default());
    let database = opened([("uri", &format!("{}MaxRetries=0;", address(&closed)))]).unwrap();
    closed.close();
    let mut connection = connected(&database, []).unwrap();
    let error = rows(&mut connection, "SELECT count(*) FROM tickets").unwrap_err();
    assert_eq!(error.status, Status::IO, "{error}");
    assert_eq!(state(&error), "08006");
}

#[test]
fn rows_that_end_early_are_an_error_and_not_an_end() {
    let simulator = served(Faults {
        fail_after: Some(3),
        ..Faults::default()
    });
    let database = opened([("uri", &format!("{}MaxRetries=0;", address(&simulator)))]).unwrap();
    let mut connection = connected(&database, []).unwrap();
    let sql = "SELECT id FROM ticket_comments WHERE ticket_id < 100";
    let mut reader = statement(&mut connection, sql).execute().unwrap();
    let last = reader.by_ref().last().unwrap();
    assert_eq!(crate::stage::own(last.unwrap_err()).status, Status::IO);
    // And after it nothing, however often it is asked for.
    assert!(reader.next().is_none());
}
