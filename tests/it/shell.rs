//! The built binary as people and scripts meet it: what goes to stdout, what to stderr, and the number it ends with.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use zuzen_simulator::{Account, AccountOptions, Faults, Limits, Options, Simulator};

/// How a run has ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
    command
        .args(arguments)
        // Whoever runs the tests may have connections of their own.
        .env(
            "XDG_CONFIG_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/none"),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn zuzen(arguments: &[&str]) -> Ended {
    ended(command(arguments).spawn().unwrap())
}

fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn account() -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 3,
        tickets: 300,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

fn serve(account: Arc<Account>, options: Options) -> Simulator {
    futures::executor::block_on(Simulator::start(account, options)).unwrap()
}

#[test]
fn help_says_how_to_begin_and_how_it_ends() {
    let help = zuzen(&["--help"]);
    assert_eq!(help.code, Some(0), "{help:?}");
    for part in [
        "--demo",
        "--connect",
        "--format",
        "simulate",
        "Examples:",
        "Exit codes:",
    ] {
        assert!(help.out.contains(part), "{part} is missing:\n{}", help.out);
    }
    assert_eq!(zuzen(&["--format", "xml"]).code, Some(2));
}

#[test]
fn the_first_command_of_the_readme_counts_every_ticket() {
    let sql = "SELECT status, count(*) AS tickets FROM zendesk.tickets GROUP BY status ORDER BY tickets DESC";
    let shown = zuzen(&["--demo", "--tickets", "300", "-c", sql]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let cells: Vec<Vec<&str>> = shown
        .out
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(cells[0], ["status", "tickets"]);
    let counts: Vec<usize> = cells[1..]
        .iter()
        .map(|row| row[1].parse().unwrap())
        .collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{}", shown.out);
    let options = AccountOptions {
        tickets: 300,
        ..AccountOptions::default()
    };
    let tickets = Account::generate(&options).truth("tickets").len();
    assert_eq!(counts.iter().sum::<usize>(), tickets);
    let rows = format!("{} rows, ", counts.len());
    assert!(shown.err.starts_with(&rows), "{}", shown.err);
}

#[test]
fn formats_hold_the_rows_of_the_account() {
    let account = account();
    let simulator = serve(Arc::clone(&account), Options::default());
    let connection = simulator.connection_string();
    let mut expected: Vec<(i64, String)> = account
        .truth("organizations")
        .iter()
        .map(|row| {
            (
                row["id"].as_i64().unwrap(),
                row["name"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    expected.sort();
    assert!(expected.len() > 5);
    let sql = "SELECT id, name, created_at FROM zendesk.organizations ORDER BY id";
    let run = |format: &str| {
        let shown = zuzen(&["--connect", &connection, "--format", format, "-c", sql]);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        shown.out
    };
    let pairs = |rows: Vec<Value>| -> Vec<(i64, String)> {
        rows.iter()
            .map(|row| {
                (
                    row["id"].as_i64().unwrap(),
                    row["name"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    };
    let json: Vec<Value> = serde_json::from_str(&run("json")).unwrap();
    assert!(
        json.iter()
            .all(|row| row["created_at"].as_str().unwrap().ends_with('Z'))
    );
    assert_eq!(pairs(json), expected);
    let ndjson = run("ndjson");
    let lines = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(pairs(lines.collect()), expected);
    let csv = run("csv");
    assert_eq!(csv.lines().next(), Some("id,name,created_at"));
    assert_eq!(csv.lines().count(), 1 + expected.len());
    let table = run("table");
    for (id, name) in &expected {
        assert!(
            csv.lines().any(|line| line.starts_with(&format!("{id},"))),
            "{id}:\n{csv}"
        );
        let row = table.lines().find(|line| line.contains(&id.to_string()));
        assert!(row.unwrap().contains(name.as_str()), "{table}");
    }
}

#[test]
fn the_time_zone_is_a_flag_or_a_setting() {
    let sql = "SELECT arrow_cast('2026-11-22T00:00:00Z', 'Timestamp(us, \"+00:00\")') AS at";
    let set = format!("SET datafusion.execution.time_zone = 'Asia/Tokyo'; {sql}");
    let connection = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x;";
    let zoned = format!("{connection}TimeZone=Asia/Tokyo");
    let tokyo = "[{\"at\":\"2026-11-22T09:00:00+09:00\"}]\n";
    for (arguments, shown) in [
        (
            vec!["--connect", connection, "-c", sql],
            "[{\"at\":\"2026-11-22T00:00:00Z\"}]\n",
        ),
        (
            vec![
                "--connect",
                connection,
                "--time-zone",
                "Asia/Tokyo",
                "-c",
                sql,
            ],
            tokyo,
        ),
        (vec!["--connect", connection, "-c", &set], tokyo),
        (vec!["--connect", &zoned, "-c", sql], tokyo),
    ] {
        let ended = zuzen(&[&["--format", "json"], arguments.as_slice()].concat());
        assert_eq!(ended.out, shown, "{arguments:?}: {ended:?}");
    }
}

#[test]
fn errors_fit_a_screen_name_the_next_step_and_leave_stdout_empty() {
    let simulator = serve(account(), Options::default());
    let unknown = Options {
        subdomain_exists: false,
        ..Options::default()
    };
    let nowhere = serve(account(), unknown);
    let good = simulator.connection_string();
    let wrong_token = format!(
        "URL={};User=agent@example.com;ApiToken=sesame",
        simulator.url()
    );
    let no_account = format!(
        "URL={};User=agent@example.com;ApiToken=sesame",
        nowhere.url()
    );
    let count = "SELECT count(*) FROM zendesk.tickets";
    for (arguments, code, message, hint) in [
        (
            vec![
                "--connect",
                &good,
                "-c",
                "SELECT statsu FROM zendesk.tickets",
            ],
            3,
            "`statsu`",
            "`status`",
        ),
        (
            vec!["--connect", &good, "-c", "SELECT * FROM zendesk.tikets"],
            3,
            "`zendesk.tikets`",
            "`zendesk.tickets`",
        ),
        (
            vec!["--connect", &good, "-c", "SELEKT 1"],
            3,
            "cannot be read",
            "check the statement",
        ),
        (
            vec!["--connect", &wrong_token, "-c", count],
            4,
            "credentials",
            "token",
        ),
        (vec!["--connect", &no_account, "-c", count], 6, "", "URL"),
        (
            vec![
                "--connect",
                "URL=acme.zendesk.com;User=a@b.c;ApiToken=sesame",
                "-c",
                count,
            ],
            2,
            "no scheme",
            "https://acme.zendesk.com",
        ),
        (
            vec![
                "--connect",
                "URL=https://a.zendesk.com;User=a@b.c;ApiTokn=sesame",
                "-c",
                count,
            ],
            2,
            "`ApiTokn`",
            "`ApiToken`",
        ),
        (
            vec![
                "--connect",
                "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=sesame",
                "-c",
                count,
            ],
            9,
            "refused",
            "server",
        ),
        (
            vec!["--connect", &good, "--time-zone", "Asia/Tokio", "-c", count],
            2,
            "`Asia/Tokio`",
            "`Asia/Tokyo`",
        ),
        (
            vec!["--connect", &good, "--memory-limit", "much", "-c", count],
            2,
            "`much`",
            "512MB",
        ),
        (
            vec!["--connect", &good, "-f", "no/such.sql"],
            2,
            "no/such.sql",
            "-f",
        ),
        (
            vec!["--connect", &good, "--tables", "no/such", "-c", count],
            2,
            "no/such",
            "table file",
        ),
        (vec!["-c", count], 2, "nothing to connect to", "--demo"),
    ] {
        for format in ["table", "json"] {
            let ended = zuzen(&[&["--format", format], arguments.as_slice()].concat());
            assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
            assert_eq!(ended.out, "", "{arguments:?}");
            let (said, next) = ended.err.split_once("hint: ").unwrap();
            assert!(
                said.starts_with("error: ") && said.contains(message),
                "{}",
                ended.err
            );
            assert!(next.contains(hint), "{}", ended.err);
            assert!(
                ended.err.lines().count() < 12 && ended.err.len() < 1_000,
                "{}",
                ended.err
            );
            assert!(
                !ended.err.contains("sesame"),
                "a secret was shown: {}",
                ended.err
            );
        }
    }
}

#[test]
fn a_server_that_dies_leaves_no_half_answer() {
    for format in ["table", "json", "csv", "ndjson"] {
        let account = Account::generate(&AccountOptions {
            tickets: 5_000,
            ..AccountOptions::default()
        });
        let slow = Options {
            faults: Faults {
                latency: Duration::from_millis(40),
                ..Faults::default()
            },
            ..Options::default()
        };
        let simulator = serve(account, slow);
        let connection = format!(
            "{}Pagesize=100;MaxRetries=2;RetryPause=1;",
            simulator.connection_string()
        );
        let sql = "SELECT id, subject FROM zendesk.tickets";
        let child = command(&["--connect", &connection, "--format", format, "-c", sql])
            .spawn()
            .unwrap();
        let started = Instant::now();
        while simulator.request_count() < 5 {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "no request came"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        simulator.close();
        let ended = ended(child);
        assert_eq!(ended.code, Some(9), "{format}: {ended:?}");
        assert!(
            ended.err.contains("error: zendesk.tickets"),
            "{format}: {}",
            ended.err
        );
        assert!(ended.err.contains("hint: "), "{format}: {}", ended.err);
        match format {
            "table" => assert_eq!(ended.out, ""),
            "json" => assert!(serde_json::from_str::<Value>(&ended.out).is_err()),
            _ => {}
        }
    }
}

#[test]
fn scripts_come_from_files_from_stdin_and_from_the_command_line() {
    let connection = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x";
    let base = ["--connect", connection, "--format", "ndjson"];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.sql");
    std::fs::write(
        &file,
        "-- a view\nCREATE TEMPORARY VIEW one AS SELECT 1 AS a;\nSELECT a FROM one;",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let from_file = zuzen(&[&base[..], &["-f", file, "-c", "SELECT a + 1 AS b FROM one"]].concat());
    assert_eq!(from_file.out, "{\"a\":1}\n{\"b\":2}\n", "{from_file:?}");
    for arguments in [&base[..], &[&base[..], &["-f", "-"]].concat()] {
        let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(b"SELECT 'a;b' AS a; SELECT 2 AS b")
            .unwrap();
        drop(stdin);
        let ended = ended(child);
        assert_eq!(ended.out, "{\"a\":\"a;b\"}\n{\"b\":2}\n", "{ended:?}");
        assert_eq!(ended.code, Some(0));
    }
}

#[test]
fn the_first_error_ends_a_script() {
    let base = [
        "--connect",
        "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x",
        "--format",
        "ndjson",
    ];
    for (commands, out) in [
        (
            ["SELECT 1 AS a", "SELECT nope; SELECT 3 AS c"],
            "{\"a\":1}\n",
        ),
        // What cannot even be read stops everything before it begins.
        (["SELECT 1 AS a", "SELEKT"], ""),
    ] {
        let ended = zuzen(&[&base[..], &["-c", commands[0], "-c", commands[1]]].concat());
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (Some(3), out),
            "{}",
            ended.err
        );
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let connection = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x";
    let sql = "SELECT value FROM generate_series(1, 3000000)";
    for format in ["csv", "ndjson"] {
        let mut child = command(&["--connect", connection, "--format", format, "-c", sql])
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        // Dropped after ten bytes, as by `head`.
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = ended(child);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn secrets_of_a_retired_kind_are_pointed_out() {
    let simulator = serve(account(), Options::default());
    let connection = format!(
        "desk=URL={};User=agent@example.com;Password=password",
        simulator.url()
    );
    let ended = zuzen(&[
        "--connect",
        &connection,
        "-c",
        "SELECT count(*) AS n FROM desk.groups",
        "--format",
        "csv",
    ]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .err
            .starts_with("warning: desk: Zendesk has retired passwords"),
        "{}",
        ended.err
    );
}

#[test]
fn programs_are_told_what_each_statement_took() {
    let limits = Limits::Team;
    let options = Options {
        limits,
        ..Options::default()
    };
    let simulator = serve(account(), options);
    let connection = simulator.connection_string();
    let sql = "SELECT id FROM zendesk.brands; SET zuzen.pushdown = on; SELECT nope";
    let ended = zuzen(&[
        "--connect",
        &connection,
        "--format",
        "csv",
        "--stats",
        "json",
        "-c",
        sql,
    ]);
    let objects = ended.err.lines().filter(|line| line.starts_with('{'));
    let told: Vec<Value> = objects
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 3, "{}", ended.err);
    let rows = ended.out.lines().count() as u64 - 1;
    assert_eq!(told[0]["rows"], Value::from(rows));
    assert_eq!(told[0]["requests"], Value::from(simulator.request_count()));
    assert!(told[0]["bytes"].as_u64().unwrap() > 100 && told[0]["error"].is_null());
    let limits = told[0]["rate_limits"].as_array().unwrap();
    assert!(
        limits.iter().any(|limit| limit["per_minute"] == 200),
        "{limits:?}"
    );
    assert_eq!(
        (&told[1]["statement"], &told[1]["rows"]),
        (&Value::from(2), &Value::Null)
    );
    assert_eq!(
        (&told[2]["error"], ended.code),
        (&Value::from("Sql"), Some(3))
    );
    // The line for people is gone, and with --quiet so is everything but what went wrong.
    assert!(!ended.err.contains("rows, "), "{}", ended.err);
    let quiet = zuzen(&["--connect", &connection, "--quiet", "-c", "SELECT 1 AS one"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
}

#[test]
fn simulate_prints_what_to_paste_until_it_is_interrupted() {
    let mut server = Server(
        command(&["simulate", "--port", "0", "--tickets", "300", "--strict"])
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let strings: Vec<String> = lines
        .by_ref()
        .map(|line| line.unwrap().trim().to_owned())
        .filter(|line| line.starts_with("Connector="))
        .take(2)
        .collect();
    let example = lines
        .map(|line| line.unwrap())
        .find(|line| line.starts_with("zuzen "));
    let example = example.unwrap();
    assert!(
        example.contains(&strings[0]) && example.contains(" -c "),
        "{example}"
    );
    let counts: Vec<String> = strings
        .iter()
        .map(|string| {
            let sql = "SELECT count(*) AS n FROM zendesk.tickets";
            let ended = zuzen(&["--connect", string, "--format", "csv", "-c", sql]);
            assert_eq!(ended.code, Some(0), "{ended:?}");
            ended.out
        })
        .collect();
    assert_eq!(
        counts[0], counts[1],
        "an agent counts what an administrator counts"
    );
    if cfg!(unix) {
        let process = server.0.id().to_string();
        let sent = Command::new("kill").args(["-INT", &process]).status();
        assert!(sent.unwrap().success());
        assert_eq!(server.0.wait().unwrap().code(), Some(0));
    }
}

/// A child that does not outlive its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
