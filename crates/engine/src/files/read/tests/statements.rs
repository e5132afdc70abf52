//! Statements that cannot use a file.

use super::together::fails;
use super::{engine, write};

#[tokio::test]
async fn statements_that_cannot_use_a_file_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let engine = engine();
    let head = write(folder.path(), "head.csv", b"id,t\n");
    write(folder.path(), "bad.parquet", b"no parquet");
    for (sql, parts) in [
        (
            format!("INSERT INTO '{head}' VALUES (2, DATE '2026-01-01')"),
            vec!["head.csv cannot be changed", "COPY"],
        ),
        (
            format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{root}/haed.csv'"),
            vec!["there is no file", "head.csv'?"],
        ),
        (
            format!("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '{root}/bad.parquet'"),
            vec!["bad.parquet cannot be read: Invalid Parquet file"],
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/x.parquet' OPTIONS (compression 'zstd(99)')"),
            vec!["an option of COPY does not fit: valid compression range 1..=22 exceeded\n"],
        ),
    ] {
        fails(&engine, &sql, &parts).await;
    }
    assert_eq!(std::fs::read(&head).unwrap(), b"id,t\n");
}
