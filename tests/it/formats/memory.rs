//! COPY streams: what it takes of memory does not grow with the rows.
//!
//! CI copies a small account. The size of the requirement, 1,000,000 tickets:
//! `ZUZEN_FULL_SIZE=1 cargo test --test it formats::memory -- --nocapture`
#![cfg(target_os = "linux")]
#![expect(
    clippy::print_stderr,
    reason = "--nocapture shows the figures of the full size"
)]

use std::time::{Duration, Instant};

use super::command::{account, done, serve, zuzen};

/// What the requirement allows.
const MOST: u64 = 300 << 20;

/// The most memory that a process has had at once, as its system tells.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

#[test]
fn a_million_tickets_stay_below_300_megabytes() {
    let tickets = match std::env::var_os("ZUZEN_FULL_SIZE") {
        Some(_) => 1_000_000,
        None => 20_000,
    };
    let account = account(tickets);
    let simulator = serve(&account);
    let folder = tempfile::tempdir().unwrap();
    let copy = "COPY (SELECT * FROM zendesk.tickets) TO 'tickets.parquet'";
    let connection = simulator.connection_string();
    let began = Instant::now();
    let mut child = zuzen(folder.path(), &["--connect", &connection, "-c", copy])
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = peak(child.id()).unwrap_or(0).max(most);
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = child.wait_with_output().unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let size = std::fs::metadata(folder.path().join("tickets.parquet"))
        .unwrap()
        .len();
    eprintln!(
        "{tickets} tickets in {:.1?}: {} MB of memory, a file of {} MB",
        began.elapsed(),
        most >> 20,
        size >> 20
    );
    assert!(most > 10 << 20 && most < MOST, "{} MB", most >> 20);
    let sql = "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM 'tickets.parquet'";
    let shown = done(
        folder.path(),
        &["--connect", &connection, "--format", "csv", "-c", sql],
    );
    let text = String::from_utf8(shown.stdout).unwrap();
    // Deleted tickets are a table of their own.
    let known = account.census().len();
    let counts: Vec<usize> = text
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .map(|it| it.parse().unwrap())
        .collect();
    assert_eq!(counts, [known, known]);
}
