//! Statements over both vendors, whose customers are the same: keys travel from one to the other, rows are the oracle's. And
//! the command, which is stopped in the middle of a job.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use zuzen_engine::Engine;
use zuzen_simulator::{Faults, Options, QueryFaults, QueryState};

use super::oracle;
use super::stage::{DATA_QUERY, EXPORT, Served, quick, runtime};
use crate::render;
use crate::stage::Stage;

/// Tickets that are urgent, their organizations, the accounts of those, and what was invoiced.
const FOUR: &str = "SELECT o.name, count(DISTINCT t.id) AS tickets, count(DISTINCT i.id) AS invoices, max(i.amount) AS most \
     FROM zendesk.tickets t JOIN zendesk.organizations o ON o.id = t.organization_id \
     JOIN zuora.account a ON a.name = o.name JOIN zuora.invoice i ON i.accountid = a.id \
     WHERE t.priority = 'urgent' AND t.status = 'open' GROUP BY o.name";

async fn rows(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let frame = engine
        .sql(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows = render::rows(
        &frame
            .collect()
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}")),
    );
    rows.sort();
    rows
}

async fn truth(sql: &str) -> Vec<Vec<String>> {
    let plain = crate::oracle::session(crate::oracle::frozen(), &["zendesk"]);
    let plain = oracle::session(oracle::frozen(), Some(plain));
    let mut rows = render::rows(&plain.sql(sql).await.unwrap().collect().await.unwrap());
    rows.sort();
    assert!(!rows.is_empty(), "{sql}");
    rows
}

#[test]
fn both_vendors_answer_one_statement() {
    let statements = [
        FOUR,
        "SELECT a.name, o.external_id FROM zuora.account a JOIN zendesk.organizations o ON o.name = a.name WHERE a.autopay",
        "SELECT o.name FROM zendesk.organizations o WHERE o.name NOT IN (SELECT a.name FROM zuora.account a WHERE a.balance > 0)",
        "SELECT a.name, a.balance FROM zuora.account a LEFT JOIN zendesk.organizations o ON o.name = a.name WHERE o.id IS NULL",
        "SELECT name FROM zendesk.organizations UNION ALL SELECT name FROM zuora.account",
    ];
    let zendesk = Stage::with(["zendesk"], "");
    let served = Served::frozen();
    runtime().block_on(async {
        for service in [DATA_QUERY, EXPORT] {
            let engine = served.beside(&zendesk, service);
            for pushdown in ["on", "off"] {
                let set = format!("SET zuzen.pushdown = {pushdown}");
                engine.sql(&set).await.unwrap();
                for sql in statements {
                    assert_eq!(
                        rows(&engine, sql).await,
                        truth(sql).await,
                        "{service} {pushdown}: {sql}"
                    );
                }
            }
        }
    });
}

/// What Zendesk has found bounds what Zuora is asked for.
#[test]
fn keys_travel_to_zuora() {
    let zendesk = Stage::with(["zendesk"], "");
    let served = Served::frozen();
    let engine = served.beside(&zendesk, DATA_QUERY);
    let all = runtime().block_on(async {
        assert_eq!(rows(&engine, FOUR).await, truth(FOUR).await);
        truth("SELECT name FROM zendesk.organizations").await.len()
    });
    let jobs = served.simulator.query_jobs();
    let keyed = jobs.iter().find(|job| job.statement.contains(" IN ('"));
    let keyed = keyed.unwrap_or_else(|| panic!("no keys in {jobs:?}"));
    let names = keyed.statement.matches("', '").count() + 1;
    assert!(names < all, "{names} keys of {all}");
}

/// Ctrl-C in the middle of a job: the command ends, and Zuora was told.
#[test]
fn the_command_cancels_when_it_is_interrupted() {
    let served = Served::with(Options {
        faults: Faults {
            query: QueryFaults {
                slow_jobs: 120,
                ..QueryFaults::default()
            },
            ..Faults::default()
        },
        ..quick()
    });
    let home = tempfile::TempDir::new().unwrap();
    let connection = format!("zuora={}", served.connection(DATA_QUERY, ""));
    let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ZUZEN_") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args([
            "--connect",
            &connection,
            "-c",
            "SELECT currency, sum(amount) FROM invoice GROUP BY currency",
        ])
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .env("XDG_CONFIG_HOME", home.path().join("config"))
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let jobs = || served.simulator.query_jobs();
    until("a job", || {
        jobs().iter().any(|job| job.state == QueryState::InProgress)
    });
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    until("a cancel", || {
        jobs().iter().all(|job| job.state == QueryState::Cancelled)
    });
    until("the end", || child.try_wait().unwrap().is_some());
    let ended = child.wait_with_output().unwrap();
    assert_ne!(ended.status.code(), Some(0));
    assert!(
        ended.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&ended.stdout)
    );
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
