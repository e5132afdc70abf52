//! `--format` and `-o`, as scripts meet them.

use std::io::Read as _;

use super::command::{NOWHERE, done, names, zuzen};

const ROWS: &str = "SELECT 1 AS id, 'a|b,\"c\"' AS text UNION ALL SELECT 2, NULL ORDER BY id";

#[test]
fn each_format_goes_to_stdout_and_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (format, file) in [
        ("table", "a.txt"),
        ("expanded", ""),
        ("markdown", "a.md"),
        ("csv", "a.csv"),
        ("tsv", "a.tsv"),
        ("json", "a.json"),
        ("ndjson", "a.ndjson"),
        ("arrow", "a.arrows"),
        ("parquet", "a.parquet"),
        ("html", "a.html"),
    ] {
        let shown = done(
            folder.path(),
            &["--connect", NOWHERE, "--format", format, "-c", ROWS],
        )
        .stdout;
        assert!(!shown.is_empty(), "{format}");
        let again = done(
            folder.path(),
            &[
                "--connect",
                NOWHERE,
                "--format",
                format,
                "-o",
                "-",
                "-c",
                ROWS,
            ],
        )
        .stdout;
        assert!(again == shown, "{format}");
        if !file.is_empty() {
            let said = done(
                folder.path(),
                &["--connect", NOWHERE, "-o", file, "-c", ROWS],
            );
            assert!(said.stdout.is_empty());
            assert!(
                std::fs::read(folder.path().join(file)).unwrap() == shown,
                "{format}"
            );
        }
    }
    assert_eq!(names(folder.path()).len(), 9);
    // What one run writes the next one reads.
    for file in [
        "a.csv",
        "a.tsv",
        "a.json",
        "a.ndjson",
        "a.arrows",
        "a.parquet",
    ] {
        let sql = format!("SELECT * FROM '{file}' ORDER BY id");
        let read = done(
            folder.path(),
            &["--connect", NOWHERE, "--format", "ndjson", "-c", &sql],
        );
        let text = String::from_utf8(read.stdout).unwrap();
        assert_eq!(
            text, "{\"id\":1,\"text\":\"a|b,\\\"c\\\"\"}\n{\"id\":2,\"text\":null}\n",
            "{file}"
        );
    }
}

#[test]
fn what_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "before").unwrap();
    for (arguments, code, message, hint) in [
        (
            vec!["-o", "a.csv", "-c", "SELECT 1; SELECT nope"],
            3,
            "`nope`",
            "",
        ),
        (
            vec![
                "-o",
                "a.csv",
                "-c",
                "SELECT 1 / (value - 90000) FROM generate_series(1, 100000)",
            ],
            3,
            "ivide",
            "",
        ),
        (
            vec!["-o", "a.parquet", "-c", "SELECT 1; SELECT 2"],
            2,
            "a.parquet would get 2 results, and parquet holds one only",
            "csv",
        ),
        (
            vec!["--format", "arrow", "-c", "SELECT 1; SELECT 2"],
            2,
            "stdout would get 2 results, and arrow holds one only",
            "ndjson",
        ),
        (
            vec!["-o", "a.xlsx", "-c", "SELECT 1"],
            2,
            "a.xlsx does not tell a format",
            ".parquet",
        ),
        (
            vec!["-o", "none/a.csv", "-c", "SELECT 1"],
            2,
            "cannot write none/a.csv",
            "folder has to exist",
        ),
        (
            vec!["-o", ".", "--format", "csv", "-c", "SELECT 1"],
            2,
            "is a folder",
            "file in it",
        ),
        (
            vec!["-c", "SELECT * FROM 'b.csv'"],
            2,
            "there is no file b.csv",
            "",
        ),
    ] {
        let run = zuzen(
            folder.path(),
            &[&["--connect", NOWHERE], &arguments[..]].concat(),
        )
        .output()
        .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(
            said.contains(message) && said.contains(hint),
            "{arguments:?}: {said}"
        );
        assert_eq!(names(folder.path()), ["a.csv"], "{arguments:?}");
    }
    assert_eq!(
        std::fs::read(folder.path().join("a.csv")).unwrap(),
        b"before"
    );
}

#[test]
fn results_of_lines_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    done(
        folder.path(),
        &[
            "--connect",
            NOWHERE,
            "-o",
            "a.ndjson",
            "-c",
            "SELECT 1 AS a; SET datafusion.execution.time_zone = 'UTC'; SELECT 2 AS b",
        ],
    );
    let text = std::fs::read_to_string(folder.path().join("a.ndjson")).unwrap();
    assert_eq!(text, "{\"a\":1}\n{\"b\":2}\n");
    // A statement without rows is none that counts.
    done(
        folder.path(),
        &[
            "--connect",
            NOWHERE,
            "-o",
            "a.parquet",
            "-c",
            "CREATE TEMPORARY VIEW seven AS SELECT 7 AS n; SELECT n FROM seven",
        ],
    );
    assert!(folder.path().join("a.parquet").exists());
}

#[test]
fn a_reader_that_has_had_enough_is_no_error_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "SELECT value, repeat('x', 50) AS text FROM generate_series(1, 300000)";
    for format in [
        "table", "expanded", "markdown", "csv", "tsv", "json", "ndjson", "arrow", "parquet", "html",
    ] {
        let mut child = zuzen(
            folder.path(),
            &["--connect", NOWHERE, "--format", format, "-c", sql],
        )
        .spawn()
        .unwrap();
        let mut first = [0; 4];
        // Dropped after four bytes, as by `head`.
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(
            (ended.status.code(), said.as_str()),
            (Some(0), ""),
            "{format}"
        );
    }
}
