//! Whoever kills the command leaves no file that looks finished.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use super::command::{account, done, names, serve, zuzen};

const TICKETS: u32 = 4_000;

/// The rows of a finished file or folder.
fn rows(folder: &Path, connection: &str, name: &str) -> u64 {
    let sql = format!("SELECT count(*) AS n FROM '{name}'");
    let shown = done(
        folder,
        &["--connect", connection, "--format", "csv", "-c", &sql],
    );
    let text = String::from_utf8(shown.stdout).unwrap();
    text.lines().nth(1).unwrap().parse().unwrap()
}

fn kill(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_file_that_exists_is_whole() {
    let account = account(TICKETS);
    let simulator = serve(&account);
    let connection = simulator.connection_string();
    let folder = tempfile::tempdir().unwrap();
    let all = account.truth("tickets").len() as u64;
    let copy = |target: &str, rest: &str| {
        format!("COPY (SELECT * FROM zendesk.tickets) TO '{target}' {rest}")
    };
    let ways: [(&str, Vec<String>); 4] = [
        ("a.parquet", vec!["-c".to_owned(), copy("a.parquet", "")]),
        (
            "b.parquet",
            vec![
                "-o".to_owned(),
                "b.parquet".to_owned(),
                "-c".to_owned(),
                "SELECT * FROM zendesk.tickets".to_owned(),
            ],
        ),
        (
            "parts",
            vec![
                "-c".to_owned(),
                copy("parts", "STORED AS PARQUET PARTITIONED BY (status)"),
            ],
        ),
        ("a.ndjson", vec!["-c".to_owned(), copy("a.ndjson", "")]),
    ];
    let (mut killed, mut finished) = (0, 0);
    for (place, (name, arguments)) in ways.iter().enumerate() {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let arguments = [&["--connect", &connection], &arguments[..]].concat();
        let started = Instant::now();
        done(folder.path(), &arguments);
        let whole = started.elapsed();
        assert_eq!(rows(folder.path(), &connection, name), all, "{name}");
        let target = folder.path().join(name);
        // Between nothing and a little more than it takes, spread without a pattern.
        for round in 0..8_u32 {
            let _ = std::fs::remove_file(&target);
            let _ = std::fs::remove_dir_all(&target);
            let share = f64::from((round * 37 + u32::try_from(place).unwrap() * 11) % 100) / 90.0;
            kill(
                zuzen(folder.path(), &arguments).spawn().unwrap(),
                whole.mul_f64(share),
            );
            for left in names(folder.path()) {
                let hidden = left.starts_with('.') && left.ends_with(".partial");
                assert!(hidden || left == *name, "{left}");
                if hidden {
                    killed += 1;
                    let path = folder.path().join(&left);
                    let _ = std::fs::remove_file(&path);
                    let _ = std::fs::remove_dir_all(&path);
                }
            }
            if target.exists() {
                finished += 1;
                assert_eq!(
                    rows(folder.path(), &connection, name),
                    all,
                    "{name} after {share}"
                );
            }
        }
        let _ = std::fs::remove_file(&target);
        let _ = std::fs::remove_dir_all(&target);
    }
    // Otherwise nothing was tried.
    assert!(
        killed >= 4 && finished >= 1,
        "{killed} were cut off, {finished} finished"
    );
}
