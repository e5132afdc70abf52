//! Options of databases, connections and statements.

use adbc_core::Optionable as _;
use adbc_core::error::Status;
use adbc_core::options::{OptionConnection, OptionDatabase, OptionStatement};
use adbc_driver_zuzen::Connection;
use zuzen_simulator::Faults;

use crate::stage::{
    address, connected, database, detail, number, opened, rows, served, statement, texts,
};

#[test]
fn a_database_is_several_connections() {
    let (one, two) = (served(Faults::default()), served(Faults::default()));
    let database = opened([
        ("uri", &address(&one)),
        ("zuzen.connection.archive", &address(&two)),
    ])
    .unwrap();
    let mut connection = connected(&database, []).unwrap();
    let sql = "SELECT count(*) FROM zendesk.groups JOIN archive.groups USING (id)";
    assert!(number(&rows(&mut connection, sql).unwrap()) > 0);
    assert!(one.request_count() > 0 && two.request_count() > 0);
}

#[test]
fn options_are_told_without_secrets() {
    let simulator = served(Faults::default());
    let database = opened([
        ("uri", "URL=https://acme.zendesk.com;ApiToken='s3;cret'"),
        ("username", "me@acme.com"),
        ("zuzen.connection.other", &address(&simulator)),
        ("zuzen.time_zone", "Europe/Berlin"),
    ])
    .unwrap();
    let told = |key: &str| {
        database
            .get_option_string(OptionDatabase::from(key))
            .unwrap()
    };
    assert_eq!(
        told("uri"),
        "Connector=Zendesk;URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=***;"
    );
    assert_eq!(told("username"), "me@acme.com");
    assert_eq!(told("zuzen.time_zone"), "Europe/Berlin");
    let other = told("zuzen.connection.other");
    for secret in simulator.secrets() {
        assert!(!other.contains(&secret), "{other}");
    }
    let missing = database.get_option_string(OptionDatabase::from("zuzen.tables"));
    assert_eq!(missing.unwrap_err().status, Status::NotFound);
}

/// Callers that do not know how long the text is ask twice.
#[test]
fn warnings_are_told_until_the_next_statement_begins() {
    let simulator = served(Faults::default());
    let limited = format!("{}MaxRows=2;", address(&simulator));
    let database = opened([("uri", limited.as_str())]).unwrap();
    let mut connection = connected(&database, []).unwrap();
    let warnings = |connection: &Connection| {
        connection
            .get_option_string(OptionConnection::from("zuzen.warnings"))
            .unwrap()
    };
    rows(&mut connection, "SELECT id FROM tickets").unwrap();
    let told = warnings(&connection);
    assert!(told.contains("the result ends after 2 rows"), "{told}");
    assert_eq!(warnings(&connection), told);
    rows(&mut connection, "SELECT 1").unwrap();
    assert_eq!(warnings(&connection), "");
}

/// Whoever runs other people's SQL need not fear for the disk.
#[test]
fn local_files_are_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.parquet");
    let copy = format!(
        "COPY (SELECT id FROM zendesk.groups) TO '{}'",
        file.display()
    );
    let mut connection = connected(&opened([("zuzen.demo", "true")]).unwrap(), []).unwrap();
    let refused = rows(&mut connection, &copy).unwrap_err();
    assert!(
        refused.message.contains("zuzen.local_files"),
        "{}",
        refused.message
    );
    assert!(!file.exists());

    let allowed = opened([("zuzen.demo", "true"), ("zuzen.local_files", "true")]).unwrap();
    let mut connection = connected(&allowed, []).unwrap();
    rows(&mut connection, &copy).unwrap();
    let read = format!(
        "SELECT count(*) FROM '{}' JOIN zendesk.groups USING (id)",
        file.display()
    );
    assert!(number(&rows(&mut connection, &read).unwrap()) > 0);
}

#[test]
fn options_that_are_wrong_say_so_without_their_value() {
    for (options, status, said) in [
        (
            vec![("zuzen.demoo", "true")],
            Status::NotImplemented,
            "zuzen.demoo",
        ),
        (
            vec![("zuzen.demo", "s3cret")],
            Status::InvalidArguments,
            "true or false",
        ),
        (
            vec![("uri", "Urll=https://a.zendesk.com;ApiToken=s3cret")],
            Status::InvalidArguments,
            "URL",
        ),
        (
            vec![("uri", "s3cret")],
            Status::InvalidArguments,
            "connection",
        ),
        (
            vec![("password", "s3cret")],
            Status::InvalidArguments,
            "uri",
        ),
        (
            vec![
                ("uri", "URL=https://a.zendesk.com;User=u;ApiToken=s3cret"),
                ("zuzen.memory_limit", "lots"),
            ],
            Status::InvalidArguments,
            "lots",
        ),
    ] {
        let given = options.iter().map(|(key, value)| {
            (
                OptionDatabase::from(*key),
                adbc_core::options::OptionValue::from(*value),
            )
        });
        let error =
            adbc_core::Driver::new_database_with_opts(&mut adbc_driver_zuzen::Driver, given)
                .map(drop)
                .unwrap_err();
        assert_eq!(error.status, status, "{options:?}: {error}");
        assert!(error.message.contains(said), "{options:?}: {error}");
        let plain = options[0] == ("uri", "s3cret");
        assert!(plain || !format!("{error:?}").contains("s3cret"), "{error}");
        assert!(detail(&error, "zuzen.hint").is_some(), "{error}");
    }
}

#[test]
fn a_connection_is_a_session_of_its_own() {
    let simulator = served(Faults::default());
    let database = database(&simulator);
    let mut one = connected(&database, [("adbc.connection.db_schema", "system")]).unwrap();
    let mut two = connected(&database, [("zuzen.pushdown", "off")]).unwrap();
    let told = |connection: &adbc_driver_zuzen::Connection, key: &str| {
        connection
            .get_option_string(OptionConnection::from(key))
            .unwrap()
    };
    assert_eq!(told(&one, "adbc.connection.db_schema"), "system");
    assert_eq!(told(&two, "adbc.connection.db_schema"), "zendesk");
    assert_eq!(told(&one, "zuzen.pushdown"), "true");
    assert_eq!(told(&two, "zuzen.pushdown"), "false");
    assert_eq!(told(&two, "adbc.connection.catalog"), "zuzen");
    rows(&mut one, "SELECT count(*) FROM requests").unwrap();
    rows(&mut two, "SELECT count(*) FROM groups").unwrap();
    two.set_option(OptionConnection::CurrentSchema, "system".into())
        .unwrap();
    rows(&mut two, "SELECT count(*) FROM requests").unwrap();
}

#[test]
fn a_connection_takes_what_it_can_do() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    for (key, value, status) in [
        ("adbc.connection.autocommit", "true", None),
        (
            "adbc.connection.autocommit",
            "false",
            Some(Status::NotImplemented),
        ),
        (
            "adbc.connection.autocommit",
            "maybe",
            Some(Status::InvalidArguments),
        ),
        ("adbc.connection.readonly", "true", None),
        (
            "adbc.connection.readonly",
            "false",
            Some(Status::NotImplemented),
        ),
        (
            "adbc.connection.transaction.isolation_level",
            "adbc.connection.transaction.isolation.default",
            None,
        ),
        (
            "adbc.connection.transaction.isolation_level",
            "adbc.connection.transaction.isolation.snapshot",
            Some(Status::NotImplemented),
        ),
        ("adbc.connection.catalog", "zuzen", None),
        ("adbc.connection.catalog", "other", Some(Status::NotFound)),
        (
            "adbc.connection.db_schema",
            "nowhere",
            Some(Status::InvalidArguments),
        ),
        ("zuzen.max_requests", "100", None),
        ("zuzen.max_requests", "many", Some(Status::InvalidArguments)),
        ("zuzen.nothing", "1", Some(Status::InvalidArguments)),
        ("adbc.something", "1", Some(Status::NotImplemented)),
    ] {
        let outcome = connection.set_option(OptionConnection::from(key), value.into());
        assert_eq!(
            outcome.err().map(|error| error.status),
            status,
            "{key} = {value}"
        );
    }
    let told = connection.get_option_int(OptionConnection::from("zuzen.max_requests"));
    assert_eq!(told.unwrap(), 100);
    let unknown = connection.get_option_string(OptionConnection::from("adbc.something"));
    assert_eq!(unknown.unwrap_err().status, Status::NotFound);
}

#[test]
fn nothing_is_ingested() {
    let simulator = served(Faults::default());
    let mut connection = connected(&database(&simulator), []).unwrap();
    let mut statement = statement(&mut connection, "SELECT 1");
    for key in [
        "adbc.ingest.mode",
        "adbc.ingest.target_table",
        "adbc.ingest.target_catalog",
        "adbc.ingest.target_db_schema",
        "adbc.ingest.temporary",
    ] {
        let error = statement
            .set_option(OptionStatement::from(key), "x".into())
            .unwrap_err();
        assert_eq!(error.status, Status::NotImplemented, "{key}");
        assert!(error.message.contains("zuzen only reads"), "{error}");
    }
    let incremental = "adbc.statement.exec.incremental";
    for (value, fits) in [("false", true), ("true", false)] {
        let outcome = statement.set_option(OptionStatement::from(incremental), value.into());
        assert_eq!(outcome.is_ok(), fits, "{value}");
    }
}

#[test]
fn a_simulated_account_needs_no_vendor() {
    let database = opened([("zuzen.demo", "true"), ("zuzen.demo.tickets", "200")]).unwrap();
    let mut connection = connected(&database, []).unwrap();
    let found = rows(
        &mut connection,
        "SELECT DISTINCT SchemaName FROM system.sys_tables ORDER BY 1",
    )
    .unwrap();
    assert_eq!(texts(&found, 0), ["zendesk", "zuora"]);
    let counted = rows(&mut connection, "SELECT count(*) FROM zendesk.groups").unwrap();
    assert!(number(&counted) > 0);
}
