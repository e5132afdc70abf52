//! Texts that look like the marks of CSV, written and read again.

use super::command::{NOWHERE, done};

/// More than is read at once, so that files are cut somewhere.
const ROWS: usize = 30_000;

#[test]
fn csv_keeps_backslashes_quotes_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let rows = format!(
        "SELECT value AS a, CASE value % 4 WHEN 0 THEN '\\' || chr(10) || '\"' WHEN 1 THEN 'C:\\\"' \
         WHEN 2 THEN 'x,\"\"' || chr(10) || '\\' ELSE chr(10) || '\\\"' || value || '\"\\' END AS t FROM generate_series(1, {ROWS})"
    );
    for file in ["x.csv", "x.tsv", "x.csv.gz"] {
        let sql = format!(
            "COPY ({rows}) TO '{file}'; COPY ({rows}) TO 'x.parquet'; \
             SELECT count(*) AS same FROM '{file}' c JOIN 'x.parquet' p ON c.a = p.a AND c.t = p.t"
        );
        let output = done(
            folder.path(),
            &["--connect", NOWHERE, "--format", "csv", "-c", &sql],
        );
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(
            shown.ends_with(&format!("same\n{ROWS}\n")),
            "{file}: {shown}"
        );
    }
}
