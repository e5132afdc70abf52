//! Several files that are one table.

use super::{engine, shown, write};
use crate::{Engine, Error};

pub(super) async fn fails(engine: &Engine, sql: &str, parts: &[&str]) {
    let error: Error = shown(engine, sql).await.unwrap_err();
    for part in parts {
        assert!(error.to_string().contains(part), "{sql}: {error}");
    }
    assert!(error.hint().is_some(), "{sql}: {error}");
}

#[tokio::test]
async fn columns_of_csv_are_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let engine = engine();
    write(folder.path(), "c/1.csv", b"name,city\nann,Rome\n");
    write(folder.path(), "c/2.csv", b"city,name\nOslo,bob\n");
    for from in [format!("{root}/c"), format!("{root}/c/*.csv")] {
        let rows = shown(
            &engine,
            &format!("SELECT name, city FROM '{from}' ORDER BY name"),
        )
        .await;
        assert_eq!(rows.unwrap(), ["ann|Rome", "bob|Oslo"]);
        let rows = shown(&engine, &format!("SELECT city FROM '{from}' ORDER BY 1")).await;
        assert_eq!(rows.unwrap(), ["Oslo", "Rome"]);
        let rows = shown(&engine, &format!("SELECT count(*) FROM '{from}'")).await;
        assert_eq!(rows.unwrap(), ["2"]);
    }
    write(folder.path(), "c/3.csv", b"eve,Bonn\nzoe,Kiel\n");
    let sql = format!("SELECT * FROM '{root}/c'");
    fails(
        &engine,
        &sql,
        &["3.csv has `eve,Bonn`", "1.csv has the header `name,city`"],
    )
    .await;
    write(folder.path(), "c/3.csv", b"name\neve\n");
    fails(&engine, &sql, &["3.csv has `name`", "UNION ALL BY NAME"]).await;
}

#[tokio::test]
async fn types_of_csv_hold_the_values_of_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    write(folder.path(), "c/1.csv", b"a,b,c\n1,1,\n");
    write(folder.path(), "c/2.csv", b"c,b,a\n7,x,2.5\n");
    let sql = format!("SELECT a, b, c FROM '{root}/c' ORDER BY a");
    assert_eq!(shown(&engine(), &sql).await.unwrap(), ["1.0|1|", "2.5|x|7"]);
}

#[tokio::test]
async fn a_column_that_a_file_lacks_is_null() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let engine = engine();
    for ending in ["parquet", "arrow", "arrows", "ndjson"] {
        for (number, query) in [
            "SELECT 1 AS a",
            "SELECT 'x' AS b, 2 AS a",
            "SELECT 'y' AS b",
        ]
        .iter()
        .enumerate()
        {
            let file = format!("{root}/{ending}/{number}.{ending}");
            std::fs::create_dir_all(format!("{root}/{ending}")).unwrap();
            shown(&engine, &format!("COPY ({query}) TO '{file}'"))
                .await
                .unwrap();
        }
        let rows = shown(
            &engine,
            &format!("SELECT * FROM '{root}/{ending}' ORDER BY a, b"),
        )
        .await;
        assert_eq!(rows.unwrap(), ["1|", "2|x", "|y"], "{ending}");
        let rows = shown(
            &engine,
            &format!("SELECT b FROM '{root}/{ending}' WHERE b IS NOT NULL ORDER BY b"),
        )
        .await;
        assert_eq!(rows.unwrap(), ["x", "y"], "{ending}");
        let rows = shown(&engine, &format!("SELECT count(*) FROM '{root}/{ending}'")).await;
        assert_eq!(rows.unwrap(), ["3"], "{ending}");
        let file = format!("{root}/{ending}/9.{ending}");
        shown(&engine, &format!("COPY (SELECT 'z' AS a) TO '{file}'"))
            .await
            .unwrap();
        let sql = format!("SELECT * FROM '{root}/{ending}'");
        fails(
            &engine,
            &sql,
            &[
                "`a` is Int64 in",
                &format!("0.{ending}"),
                "Utf8 in",
                &format!("9.{ending}"),
            ],
        )
        .await;
    }
}

/// Not only those of the rows that stand for the others.
#[tokio::test]
async fn keys_of_json_are_found_in_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..20_100).map(|it| format!("{{\"a\": {it}}}")).collect();
    let lines = format!("{}\n{{\"a\": 1, \"late\": \"x\"}}\n", lines.join("\n"));
    let file = write(folder.path(), "a.ndjson", lines.as_bytes());
    let sql = format!("SELECT late FROM '{file}' WHERE late IS NOT NULL");
    assert_eq!(shown(&engine(), &sql).await.unwrap(), ["x"]);
    let array = format!("[{}]", lines.trim_end().replace('\n', ","));
    let file = write(folder.path(), "b.json", array.as_bytes());
    let sql = format!("SELECT late FROM '{file}' WHERE late IS NOT NULL");
    assert_eq!(shown(&engine(), &sql).await.unwrap(), ["x"]);
}

#[tokio::test]
async fn no_file_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let engine = engine();
    std::fs::create_dir(folder.path().join("mixed")).unwrap();
    let parquet = format!("{root}/mixed/a.parquet");
    shown(&engine, &format!("COPY (SELECT 1 AS id) TO '{parquet}'"))
        .await
        .unwrap();
    write(folder.path(), "mixed/README.md", b"# What this is\n");
    let rows = shown(&engine, &format!("SELECT * FROM '{root}/mixed'")).await;
    assert_eq!(rows.unwrap(), ["1"]);
    write(folder.path(), "mixed/日本語.csv", b"id\n2\n");
    for from in ["mixed", "mixed/*"] {
        let sql = format!("SELECT * FROM '{root}/{from}'");
        let hint = format!("'{root}/mixed/*.parquet'");
        fails(
            &engine,
            &sql,
            &["several formats", "a.parquet", "日本語.csv", &hint],
        )
        .await;
    }
    let rows = shown(&engine, &format!("SELECT * FROM '{root}/mixed/*.parquet'")).await;
    assert_eq!(rows.unwrap(), ["1"]);
    for name in ["z.parquet", "z.arrow", "z.csv"] {
        let alone = write(folder.path(), &format!("zero/{name}"), b"");
        fails(
            &engine,
            &format!("SELECT count(*) FROM '{alone}'"),
            &[name, "is empty"],
        )
        .await;
    }
    write(folder.path(), "mixed/z.parquet", b"");
    let sql = format!("SELECT * FROM '{root}/mixed/*.parquet'");
    fails(&engine, &sql, &["z.parquet cannot be read", "is empty"]).await;
}

#[tokio::test]
async fn a_pattern_over_folders_has_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("part");
    let root = root.to_str().unwrap();
    let engine = engine();
    for stored in ["PARQUET", "CSV"] {
        let _ = std::fs::remove_dir_all(root);
        let copy = format!(
            "COPY (SELECT * FROM (VALUES (1, 'open', 'a/b'), (2, 'new', NULL), (3, 'open', 'c')) AS t (id, status, p)) \
             TO '{root}' STORED AS {stored} PARTITIONED BY (status, p)"
        );
        shown(&engine, &copy).await.unwrap();
        let ending = stored.to_lowercase();
        for from in [
            root.to_owned(),
            format!("{root}/**/*.{ending}"),
            format!("{root}/*/*/*.{ending}"),
        ] {
            for (sql, rows) in [
                (
                    "SELECT * FROM '$' ORDER BY id",
                    vec!["1|open|a/b", "2|new|", "3|open|c"],
                ),
                (
                    "SELECT id FROM '$' WHERE status = 'open' AND id > 1",
                    vec!["3"],
                ),
                ("SELECT id FROM '$' WHERE p IS NULL", vec!["2"]),
                ("SELECT id FROM '$' WHERE p <> 'c'", vec!["1"]),
                ("SELECT id FROM '$' WHERE p = 'zzz'", vec![]),
                ("SELECT count(*) FROM '$'", vec!["3"]),
                (
                    "SELECT count(*), min(status) FROM '$' WHERE status <> 'new'",
                    vec!["2|open"],
                ),
                (
                    "SELECT p, count(*) FROM '$' WHERE p IS NOT NULL GROUP BY p ORDER BY p",
                    vec!["a/b|1", "c|1"],
                ),
            ] {
                let sql = sql.replace('$', &from);
                assert_eq!(shown(&engine, &sql).await.unwrap(), rows, "{sql}");
            }
        }
        let sql = format!("SELECT * FROM '{root}/status=open/*/*.{ending}' ORDER BY id");
        assert_eq!(shown(&engine, &sql).await.unwrap(), ["1|a/b", "3|c"]);
        let other = format!("{root}/other.{ending}");
        shown(&engine, &format!("COPY (SELECT 4 AS id) TO '{other}'"))
            .await
            .unwrap();
        fails(
            &engine,
            &format!("SELECT * FROM '{root}'"),
            &["lies in others", "other."],
        )
        .await;
    }
}
