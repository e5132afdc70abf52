//! Files as other programs read them: pyarrow, polars and DuckDB, from PyPI, in an environment under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::command::{account, done, serve};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (said, shown) = (
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout),
    );
    assert!(output.status.success(), "{command:?}\n{shown}\n{said}");
}

/// An interpreter with the packages; made once, and again when what is required changes.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let required = root().join("tests/peers/requirements.txt");
    if std::fs::read(&stamp).ok() != Some(std::fs::read(&required).unwrap()) {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder));
        run(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&required));
        std::fs::copy(&required, &stamp).unwrap();
    }
    python
}

/// Values of every kind, among them what is easily lost.
/// They are sorted by what is not among them.
const KINDS: &str = "SELECT CASE WHEN k = 1 THEN 9223372036854775807 END AS big, \
    CASE WHEN k = 1 THEN CAST(-12345678901234567.123456789 AS DECIMAL(38, 9)) END AS money, \
    CASE WHEN k = 1 THEN CAST(0.1 AS DOUBLE) END AS float, CASE WHEN k = 1 THEN true END AS yes, \
    CASE WHEN k = 1 THEN CAST('2024-02-29' AS DATE) END AS day, \
    CASE WHEN k = 1 THEN arrow_cast('2026-11-22T00:00:00.000001Z', 'Timestamp(us, \"+00:00\")') END AS at, \
    CASE WHEN k = 1 THEN '日本 👍 \"q\", <b>\n\t\\' END AS text, CASE WHEN k = 1 THEN make_array('a', NULL, '') END AS list, \
    CASE WHEN k = 1 THEN named_struct('n', 1, 't', 'x') END AS record \
    FROM (VALUES (2), (1)) AS kinds (k) ORDER BY k";

#[test]
fn other_programs_read_the_same_values() {
    let account = account(600);
    let simulator = serve(&account);
    let connection = simulator.connection_string();
    let folder = tempfile::tempdir().unwrap();
    let tickets = "SELECT id, subject, status, tags, created_at, is_public, organization_id FROM zendesk.tickets ORDER BY id";
    for (name, sql) in [("tickets", tickets), ("kinds", KINDS)] {
        for ending in ["parquet", "arrow", "arrows"] {
            let (out, copied) = (format!("{name}.{ending}"), format!("{name}_copy.{ending}"));
            done(
                folder.path(),
                &["--connect", &connection, "-o", &out, "-c", sql],
            );
            let copy = format!("COPY ({sql}) TO '{copied}'");
            done(folder.path(), &["--connect", &connection, "-c", &copy]);
        }
    }
    let copy = format!("COPY ({tickets}) TO 'parts' STORED AS PARQUET PARTITIONED BY (status)");
    done(folder.path(), &["--connect", &connection, "-c", &copy]);
    let mut truth = account.truth("tickets");
    truth.sort_by_key(|row| row["id"].as_i64());
    let rows = truth.iter().map(|row| {
        let picked = [
            "id",
            "subject",
            "status",
            "tags",
            "created_at",
            "is_public",
            "organization_id",
        ];
        let cells = picked.map(|name| (name.to_owned(), row[name].clone()));
        Value::Object(cells.into_iter().collect())
    });
    let rows: Vec<Value> = rows.collect();
    assert!(rows.len() > 500);
    std::fs::write(folder.path().join("expected.json"), json!(rows).to_string()).unwrap();
    run(Command::new(python())
        .arg(root().join("tests/peers/check.py"))
        .arg(folder.path()));
}
