//! Connections from config files and variables, and the properties that act in the command line.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

/// A folder to work in, with an account to connect to.
struct Place {
    folder: TempDir,
    simulator: Simulator,
}

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        let account = Account::generate(&AccountOptions {
            seed: 3,
            tickets: 300,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        });
        let simulator = Simulator::start(account, Options::default());
        Self {
            folder: TempDir::new().unwrap(),
            simulator: futures::executor::block_on(simulator).unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `zuzen.toml` with a connection `desk` whose token stands in the variable `DESK_TOKEN`.
    fn configure(&self, more: &str) {
        let text = format!(
            "[connections.desk]\nURL = \"{}\"\nUser = \"agent@example.com\"\n\
             ApiToken = \"${{DESK_TOKEN}}\"\n{more}\n",
            self.simulator.url()
        );
        std::fs::write(self.path().join("zuzen.toml"), text).unwrap();
    }

    fn zuzen(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

const TOKEN: (&str, &str) = ("DESK_TOKEN", "demo");

const COUNT: &str = "SELECT count(*) AS n FROM desk.groups";

#[test]
fn configured_connections_are_opened_and_overridden() {
    let place = Place::new();
    place.configure("");
    let url = place.simulator.url();
    let by_variable = format!("URL={url};User=agent@example.com;ApiToken='${{DESK_TOKEN}}'");
    for (variables, connect, code) in [
        (vec![TOKEN], vec![], 0),
        (vec![TOKEN], vec!["--connect", "DESK"], 0),
        (vec![TOKEN], vec!["--connect", "desk=Timeout=20;"], 0),
        (vec![], vec!["--connect", "desk=ApiToken=demo"], 0),
        (vec![], vec![], 2),
        (vec![TOKEN], vec!["--connect", "desk=ApiToken=wrong"], 4),
        (vec![TOKEN, ("ZUZEN_DESK", "ApiToken=wrong")], vec![], 4),
        (
            vec![TOKEN, ("ZUZEN_DESK", "ApiToken=wrong")],
            vec!["--connect", "desk=ApiToken=demo"],
            0,
        ),
        (
            vec![TOKEN, ("ZUZEN_OTHER", &by_variable)],
            vec!["--connect", "other"],
            3,
        ),
        (vec![TOKEN], vec!["--connect", "dsk"], 2),
    ] {
        let arguments = [&["-c", COUNT][..], &connect].concat();
        let ended = place.zuzen(&variables, &arguments);
        assert_eq!(
            ended.code,
            Some(code),
            "{variables:?} {connect:?}: {}",
            ended.err
        );
        assert!(!ended.err.contains("wrong"), "{}", ended.err);
    }
}

#[test]
fn what_is_typed_alone_gets_nothing_of_the_configuration() {
    let place = Place::new();
    place.configure("");
    let text = std::fs::read_to_string(place.path().join("zuzen.toml")).unwrap();
    let text = text.replace("[connections.desk]", "[connections.zendesk]");
    std::fs::write(place.path().join("zuzen.toml"), text).unwrap();
    let url = format!("URL={}", place.simulator.url());
    let ended = place.zuzen(&[TOKEN], &["--connect", &url, "-c", "SELECT 1"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("`User` is missing"), "{}", ended.err);
    std::fs::write(place.path().join("zuzen.toml"), "no TOML").unwrap();
    let whole = place.simulator.connection_string();
    for arguments in [
        vec!["--connect", whole.as_str()],
        vec!["--demo", "--tickets", "10"],
    ] {
        let ended = place.zuzen(&[], &[&arguments[..], &["-c", "SELECT 1"]].concat());
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn connections_are_listed_with_their_sources() {
    let place = Place::new();
    place.configure("MaxRows = 10");
    let variables = [
        TOKEN,
        ("ZUZEN_DESK", "Timeout=5"),
        ("ZUZEN_BROKEN", "Usr=x"),
    ];
    let ended = place.zuzen(&variables, &["connections"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("`Usr`") && ended.err.contains("ZUZEN_BROKEN"),
        "{}",
        ended.err
    );
    assert!(ended.out.starts_with("desk (Zendesk)\n"), "{}", ended.out);
    for (name, value, source) in [
        ("User", "agent@example.com", "zuzen.toml:3"),
        ("ApiToken", "***", "zuzen.toml:4, ${DESK_TOKEN}"),
        ("MaxRows", "10", "zuzen.toml:5"),
        ("Timeout", "5", "environment ZUZEN_DESK"),
    ] {
        let line = ended.out.lines().find(|line| line.trim().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name}: {}", ended.out));
        assert_eq!(line.split_whitespace().nth(1), Some(value), "{line}");
        assert!(line.ends_with(source), "{line}");
    }
    let sql = "SELECT value, source FROM system.connection_properties \
               WHERE connection = 'desk' AND property IN ('ApiToken', 'Timeout', 'MaxRetries') \
               ORDER BY property";
    let good = [TOKEN, ("ZUZEN_DESK", "Timeout=5")];
    let ended = place.zuzen(&good, &["--format", "csv", "-c", sql]);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 4, "{} {}", ended.out, ended.err);
    assert!(
        lines[1].contains("***") && lines[1].contains("zuzen.toml:4"),
        "{}",
        ended.out
    );
    assert_eq!(lines[2..], ["5,default", "5,environment ZUZEN_DESK"]);
    let help = place.zuzen(&[], &["connections", "--properties"]);
    assert!(
        help.out.contains("MaxRowsScanned") && !help.out.contains("AutoCache"),
        "{}",
        help.out
    );
}

#[test]
fn a_config_file_that_everybody_may_read_holds_no_secrets() {
    let place = Place::new();
    place.configure("Password = \"hush\"");
    let path = place.path().join("zuzen.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let ended = place.zuzen(&[TOKEN], &["-c", COUNT]);
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(
            ended.err.contains("chmod 600") && !ended.err.contains("hush"),
            "{}",
            ended.err
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let ended = place.zuzen(&[TOKEN], &["-c", COUNT]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[test]
fn max_rows_ends_results_and_says_so() {
    let place = Place::new();
    place.configure("MaxRows = 3");
    let set = "SET zuzen.max_rows = 2; ";
    for (sql, rows, told) in [
        ("SELECT id FROM desk.tickets".to_owned(), 3, true),
        (
            "SELECT id FROM desk.tickets ORDER BY subject".to_owned(),
            3,
            true,
        ),
        ("SELECT id FROM desk.tickets LIMIT 3".to_owned(), 3, false),
        ("SELECT id FROM desk.tickets LIMIT 4".to_owned(), 3, true),
        (
            "SELECT id FROM desk.tickets UNION ALL SELECT id FROM desk.groups".to_owned(),
            3,
            true,
        ),
        ("SELECT count(*) FROM desk.tickets".to_owned(), 1, false),
        (
            "SELECT id FROM desk.tickets ORDER BY id LIMIT 2".to_owned(),
            2,
            false,
        ),
        (
            "SELECT table_name FROM system.tables LIMIT 9".to_owned(),
            9,
            false,
        ),
        (format!("{set}SELECT id FROM desk.tickets"), 2, true),
        (
            format!("SET zuzen.max_rows = 9; {}", "SELECT id FROM desk.tickets"),
            3,
            true,
        ),
    ] {
        let ended = place.zuzen(&[TOKEN], &["--format", "ndjson", "-c", &sql]);
        assert_eq!(ended.code, Some(0), "{sql}: {}", ended.err);
        assert_eq!(ended.out.lines().count(), rows, "{sql}: {}", ended.out);
        let note = format!("warning: desk: MaxRows: the result ends after {rows} rows");
        assert_eq!(ended.err.contains(&note), told, "{sql}: {}", ended.err);
    }
    let twice = "SELECT id FROM desk.tickets; SELECT id FROM desk.tickets";
    let ended = place.zuzen(&[TOKEN], &["-c", twice]);
    assert_eq!(ended.err.matches("MaxRows: ").count(), 2, "{}", ended.err);
    let ended = place.zuzen(&[TOKEN], &["-c", "EXPLAIN SELECT id FROM desk.tickets"]);
    assert!(ended.out.contains("MaxRows=3"), "{}", ended.out);
    let ended = place.zuzen(
        &[TOKEN],
        &["-c", "EXPLAIN ANALYZE SELECT id FROM desk.tickets"],
    );
    assert!(ended.out.contains("MaxRows=3"), "{}", ended.out);
}

#[test]
fn readonly_says_why_nothing_is_written() {
    let place = Place::new();
    place.configure("Readonly = true");
    let ended = place.zuzen(&[TOKEN], &["-c", "DELETE FROM desk.tickets WHERE id = 1"]);
    assert_eq!(ended.code, Some(12), "{}", ended.err);
    assert!(ended.err.contains("`desk` is Readonly"), "{}", ended.err);
}

#[test]
fn connect_on_open_signs_in_before_the_first_statement() {
    let place = Place::new();
    for (on, code) in [("false", 0), ("true", 4)] {
        place.configure(&format!("ConnectOnOpen = {on}"));
        let ended = place.zuzen(&[("DESK_TOKEN", "wrong")], &["-c", "SELECT 1"]);
        assert_eq!(ended.code, Some(code), "{}", ended.err);
    }
    let ended = place.zuzen(&[TOKEN], &["-c", "SELECT 1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[test]
fn the_log_holds_statements_and_requests_but_no_secrets_and_no_rows() {
    let sql =
        "SELECT id, subject FROM desk.tickets WHERE id IN (1, 2) AND subject <> 'private words'";
    for (verbosity, requests) in [(1, false), (3, true), (5, true)] {
        let place = Place::new();
        place.configure(&format!("Logfile = \"z.log\"\nVerbosity = {verbosity}"));
        let ended = place.zuzen(
            &[TOKEN],
            &["-c", sql, "-c", "SELECT nothing FROM desk.tickets"],
        );
        assert_eq!(ended.code, Some(3), "{}", ended.err);
        let log = std::fs::read_to_string(place.path().join("z.log")).unwrap();
        assert!(log.contains("subject <> '…'"), "{log}");
        assert!(log.contains("ERROR") && log.contains("`nothing`"), "{log}");
        assert_eq!(
            log.contains("/api/v2/tickets/show_many"),
            requests,
            "{verbosity}: {log}"
        );
        for hidden in ["private words", "demo", "ZGVtbw", "Basic "] {
            assert!(!log.contains(hidden), "{hidden}: {log}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(place.path().join("z.log"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let place = Place::new();
    place.configure("Logfile = \"no/such/folder/z.log\"");
    let ended = place.zuzen(&[TOKEN], &["-c", "SELECT 1"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
}

#[test]
fn user_and_token_have_nothing_to_log_in_to() {
    let place = Place::new();
    place.configure("");
    for (command, part) in [("login", "zuzen test"), ("logout", "revoke the API token")] {
        let ended = place.zuzen(&[TOKEN], &[command, "desk"]);
        assert_eq!(ended.code, Some(2), "{}", ended.err);
        assert!(
            ended.err.contains("signs in by user and token"),
            "{}",
            ended.err
        );
        assert!(ended.err.contains(part), "{}", ended.err);
    }
    assert_eq!(place.simulator.request_count(), 0);
}
