//! Files as tables, in statements.

mod statements;
mod texts;
mod together;

use std::path::Path;

use datafusion::arrow::util::pretty::pretty_format_batches;

use crate::{Engine, Error, Kind};

fn engine() -> Engine {
    Engine::builder().local_files(true).build().unwrap()
}

async fn shown(engine: &Engine, sql: &str) -> Result<Vec<String>, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("|")
    });
    Ok(cells.skip(1).collect())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_format_is_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let csv = write(
        folder.path(),
        "日本 a#b%20.csv",
        "id,Name\n1,\"x\n,y\"\n2,\n".as_bytes(),
    );
    assert_eq!(
        shown(
            &engine,
            &format!("SELECT name, id + 1 FROM '{csv}' ORDER BY id")
        )
        .await
        .unwrap(),
        ["x|2", ",y|", "|3"]
    );
    let tsv = write(folder.path(), "a.tsv", b"id\tname\n1\tone\n");
    assert_eq!(
        shown(&engine, &format!("SELECT a.name FROM '{tsv}'"))
            .await
            .unwrap(),
        ["one"]
    );
    let lines = write(
        folder.path(),
        "a.json",
        b"{\"id\": 1, \"t\": [\"x\"]}\n{\"id\": 2}\n",
    );
    assert_eq!(
        shown(&engine, &format!("SELECT id, t FROM '{lines}'"))
            .await
            .unwrap(),
        ["1|[x]", "2|"]
    );
    let array = write(
        folder.path(),
        "b.json",
        b"\n [{\"id\": 1},\n {\"id\": 2}]\n",
    );
    assert_eq!(
        shown(&engine, &format!("SELECT sum(id) FROM '{array}'"))
            .await
            .unwrap(),
        ["3"]
    );
    for name in [
        "x.parquet",
        "x.arrow",
        "x.arrows",
        "x.csv.gz",
        "x.json.gz",
        "x.ndjson.zst",
        "x.tsv.zst",
    ] {
        let path = folder.path().join(name);
        let path = path.to_str().unwrap();
        let copy = format!(
            "COPY (SELECT 1 AS id, 'ü' AS name UNION ALL SELECT 2, NULL ORDER BY id) TO '{path}'"
        );
        assert_eq!(shown(&engine, &copy).await.unwrap(), ["2"], "{name}");
        let rows = shown(
            &engine,
            &format!("SELECT x.id, coalesce(x.name, '-') FROM '{path}'"),
        )
        .await;
        assert_eq!(rows.unwrap(), ["1|ü", "2|-"], "{name}");
    }
}

#[tokio::test]
async fn names_may_be_patterns_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    write(folder.path(), "a/1.csv", b"id\n1\n");
    write(folder.path(), "a/2.csv", b"id\n2\n");
    write(folder.path(), "a/b/3.csv", b"id\n3\n");
    // What COPY is at work on, or was killed at.
    write(folder.path(), "a/.4.csv.x.partial", b"id\n4\n");
    write(folder.path(), "a/.out.x.partial/5.csv", b"id\n5\n");
    write(folder.path(), "a/[x].csv", b"id\n100\n");
    let engine = engine();
    for (name, sum) in [
        (format!("{root}/a/?.csv"), "3"),
        (format!("{root}/a/[12].csv"), "3"),
        (format!("{root}/a/**/[0-9].csv"), "6"),
        (format!("{root}/a"), "103"),
        (format!("{root}/a/"), "103"),
        (format!("{root}/a/[x].csv"), "100"),
        (format!("file://{root}/a/1.csv"), "1"),
    ] {
        let sum = [sum];
        assert_eq!(
            shown(&engine, &format!("SELECT sum(id) FROM '{name}'"))
                .await
                .unwrap(),
            sum,
            "{name}"
        );
    }
}

#[tokio::test]
async fn files_stand_wherever_tables_do() {
    let folder = tempfile::tempdir().unwrap();
    let a = write(folder.path(), "a.csv", b"id,v\n1,x\n2,y\n");
    let b = write(folder.path(), "b.csv", b"id,w\n2,z\n");
    let engine = engine();
    for (sql, rows) in [
        (
            format!("SELECT a.v, b.w FROM '{a}' JOIN '{b}' ON a.id = b.id"),
            vec!["y|z"],
        ),
        (
            format!("SELECT one.v FROM '{a}' one, '{a}' AS two WHERE one.id < two.id"),
            vec!["x"],
        ),
        (
            format!(
                "WITH t AS (SELECT * FROM '{a}') SELECT count(*) FROM t WHERE id IN (SELECT id FROM '{b}')"
            ),
            vec!["1"],
        ),
        (format!("SELECT column_name FROM (DESCRIBE '{b}')"), vec![]),
    ] {
        if rows.is_empty() {
            assert_eq!(
                shown(&engine, &format!("DESCRIBE '{b}'"))
                    .await
                    .unwrap()
                    .len(),
                2
            );
            continue;
        }
        assert_eq!(shown(&engine, &sql).await.unwrap(), rows, "{sql}");
    }
    engine
        .sql(&format!("CREATE VIEW v AS SELECT * FROM '{a}'"))
        .await
        .unwrap();
    assert_eq!(
        shown(&engine, "SELECT count(*) FROM v").await.unwrap(),
        ["2"]
    );
    engine
        .sql("CREATE VIEW \"t.csv\" AS SELECT 7 AS n")
        .await
        .unwrap();
    // A table goes first.
    assert_eq!(
        shown(&engine, "SELECT n FROM 't.csv'").await.unwrap(),
        ["7"]
    );
    assert_eq!(
        shown(&engine, "SELECT n FROM \"t.csv\"").await.unwrap(),
        ["7"]
    );
}

/// Between two statements the file may change.
#[tokio::test]
async fn a_file_is_read_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let path = folder.path().join("out");
    let path = path.to_str().unwrap();
    for round in 0..3 {
        let file = format!("{path}.parquet");
        engine
            .sql(&format!(
                "COPY (SELECT {round} AS n, 'x' AS t{round}) TO '{file}'"
            ))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        assert_eq!(
            shown(&engine, &format!("SELECT n, t{round} FROM '{file}'"))
                .await
                .unwrap(),
            [format!("{round}|x")]
        );
        let _ = std::fs::remove_dir_all(path);
        engine
            .sql(&format!(
                "COPY (SELECT {round} AS n, 'x' AS t) TO '{path}' STORED AS CSV PARTITIONED BY (n)"
            ))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        assert_eq!(
            shown(&engine, &format!("SELECT n, t FROM '{path}/'"))
                .await
                .unwrap(),
            [format!("{round}|x")]
        );
    }
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    write(folder.path(), "tickets.csv", b"id\n1\n");
    write(folder.path(), "broken.parquet", b"no parquet");
    write(folder.path(), "notes.docx", b"");
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let engine = engine();
    for (from, kind, message, hint) in [
        (
            format!("'{root}/tickts.csv'"),
            Kind::Config,
            "there is no file",
            "tickets.csv'?",
        ),
        (
            format!("'{root}/*.json'"),
            Kind::Config,
            "no file fits",
            "pattern",
        ),
        (
            format!("'{root}/empty'"),
            Kind::Config,
            "has no files",
            "**",
        ),
        (
            format!("'{root}/broken.parquet'"),
            Kind::Config,
            "broken.parquet cannot be read",
            "whole",
        ),
        (
            format!("'{root}/notes.docx'"),
            Kind::Config,
            "what kind of file",
            "parquet, csv",
        ),
        (
            "'https://u:hush@a.example/x.csv?sig=hush'".to_owned(),
            Kind::Unsupported,
            "`https://…` is no file",
            "fetch it first",
        ),
        (
            "'s3://bucket/x.parquet'".to_owned(),
            Kind::Unsupported,
            "`s3://…`",
            "fetch it first",
        ),
        (
            "\"x.parquet\"".to_owned(),
            Kind::Sql,
            "there is no table",
            "single quotes",
        ),
        (
            "x.parquet".to_owned(),
            Kind::Sql,
            "there is no table",
            "FROM 'x.parquet'",
        ),
        ("'tickets'".to_owned(), Kind::Sql, "there is no table", ""),
    ] {
        let error = shown(&engine, &format!("SELECT * FROM {from}"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{from}: {error}");
        assert!(error.message().contains(message), "{from}: {error}");
        assert!(error.hint().unwrap().contains(hint), "{from}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    let error = engine
        .sql(&format!("INSERT INTO '{root}/tickets.csv' VALUES (2)"))
        .await
        .unwrap_err();
    assert!(
        error.message().ends_with("tickets.csv cannot be changed"),
        "{error}"
    );
}

#[tokio::test]
async fn an_engine_opens_no_files_unless_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let csv = write(folder.path(), "a.csv", b"id\n1\n");
    let engine = Engine::builder().build().unwrap();
    for sql in [
        format!("SELECT * FROM '{csv}'"),
        format!("EXPLAIN SELECT * FROM '{csv}'"),
        format!("COPY (SELECT 1) TO '{csv}'"),
        format!("EXPLAIN ANALYZE COPY (SELECT 1) TO '{csv}'"),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{csv}'"),
    ] {
        let error = shown(&engine, &sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported, "{sql}: {error}");
        assert!(
            error.hint().unwrap().contains("local_files"),
            "{sql}: {error}"
        );
    }
    assert_eq!(std::fs::read(&csv).unwrap(), b"id\n1\n");
    // However a plan comes by the name of a file.
    let table = engine
        .context()
        .read_csv(csv.as_str(), Default::default())
        .await;
    assert!(table.is_err());
    let allowed = self::engine();
    let outside = allowed
        .sql("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'http://127.0.0.1/a.csv'")
        .await;
    assert_eq!(outside.unwrap_err().kind(), Kind::Unsupported);
    allowed
        .sql(&format!(
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{csv}'"
        ))
        .await
        .unwrap();
}
