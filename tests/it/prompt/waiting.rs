//! While a statement runs: the line that says how far it is, and Ctrl-C.

use std::time::{Duration, Instant};

use zuzen_simulator::{Faults, QueryFaults, QueryState};

use super::account;
use super::terminal::{CTRL_C, PROMPT, Terminal, home};
use crate::zuora::stage::{DATA_QUERY, Served, quick};

fn slow(milliseconds: u64) -> Faults {
    Faults {
        latency: Duration::from_millis(milliseconds),
        ..Faults::default()
    }
}

#[test]
fn a_line_says_how_far_it_is_and_goes() {
    let (_stage, connection) = account(slow(250));
    let connection = format!("{connection}Pagesize=250;");
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.enter("SELECT count(DISTINCT subject) AS n FROM tickets;");
    terminal.until(" of about ");
    let rest = terminal.raw_until("1 row, ");
    // It is wiped before the rows, which then stand on lines of their own.
    let rows = rest.find("| n ").unwrap();
    assert!(rest[..rows].contains("\r\x1b[K"), "{rest:?}");
    assert!(!rest[rows..].contains(" of about "), "{rest:?}");
    terminal.enter("\\q");
    assert_eq!(terminal.end(), Some(0));
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection, "--quiet"]);
    let shown = terminal.run("SELECT count(DISTINCT subject) AS n FROM tickets;", "| n ");
    assert!(!shown.contains("request"), "{shown}");
}

#[test]
fn a_rate_limit_is_said_with_its_end() {
    let throttled = Faults {
        throttle_every: 2,
        retry_after: 2,
        ..Faults::default()
    };
    let (_stage, connection) = account(throttled);
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.enter("SELECT count(DISTINCT subject) AS n FROM tickets;");
    terminal.until("waiting for the rate limit of desk");
    terminal.until("1 row, ");
}

#[test]
fn ctrl_c_stops_the_requests_and_the_prompt_goes_on() {
    let (stage, connection) = account(slow(200));
    let connection = format!("{connection}Pagesize=100;");
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.enter("SELECT count(DISTINCT subject) AS n FROM tickets;");
    terminal.until(" of about ");
    terminal.press(CTRL_C);
    terminal.until("cancelled");
    let sent = stage.simulator().request_count();
    std::thread::sleep(Duration::from_millis(600));
    assert!(
        stage.simulator().request_count() <= sent + 1,
        "requests go on"
    );
    terminal.until(PROMPT);
    terminal.run("SELECT 41 + 1 AS answer;", "1 row, 0 requests");
    let shown = terminal.run("SELECT count(*) AS brands FROM brands;", "1 row, ");
    assert!(shown.contains("brands"), "{shown}");
    // One that is cancelled takes those behind it along.
    terminal.enter("SELECT count(DISTINCT subject) AS n FROM tickets; SELECT 'never' AS x;");
    terminal.until(" of about ");
    terminal.press(CTRL_C);
    terminal.until("cancelled");
    terminal.until(PROMPT);
    let after = terminal.run("SELECT 1 AS one;", "1 row, ");
    assert!(!after.contains("| never"), "{after}");
    terminal.enter("quit");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn ctrl_c_cancels_the_job_at_zuora() {
    const SQL: &str = "SELECT id, name FROM account";
    let served = Served::with(quick());
    let connection = format!("billing={}", served.connection(DATA_QUERY, ""));
    let home = home();
    let mut terminal = Terminal::ready(home.path(), &["--connect", &connection]);
    terminal.run(&format!("EXPLAIN {SQL};"), "RemoteScan");
    let query = QueryFaults {
        slow_jobs: 120,
        ..QueryFaults::default()
    };
    served.simulator.set_faults(Faults {
        query,
        ..Faults::default()
    });
    terminal.enter(&format!("{SQL};"));
    terminal.until("DataQuery of billing.account: running");
    terminal.press(CTRL_C);
    terminal.until("cancelled");
    let begun = Instant::now();
    loop {
        let jobs = served.data_jobs();
        let job = jobs.iter().find(|job| job.statement.contains("account"));
        if job.is_some_and(|job| job.state == QueryState::Cancelled) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{jobs:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    served.simulator.set_faults(Faults::default());
    terminal.until(PROMPT);
    terminal.run("SELECT count(*) AS n FROM account;", "1 row, ");
}
