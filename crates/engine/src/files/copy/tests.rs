//! COPY: what it writes, and what it refuses.

use std::path::Path;

use crate::{Engine, Error, Kind};

fn engine() -> Engine {
    Engine::builder()
        .local_files(true)
        .time_zone("Asia/Tokyo")
        .build()
        .unwrap()
}

async fn run(engine: &Engine, sql: &str) -> Result<(), Error> {
    engine.sql(sql).await?.collect().await?;
    Ok(())
}

fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(
                    path.strip_prefix(folder)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                ),
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn options_reach_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let rows = "SELECT 1 AS id, make_array('a', 'b') AS tags, NULL AS n, \
                arrow_cast('2026-11-22T00:00:00Z', 'Timestamp(us, \"+00:00\")') AS at";
    for (name, rest, text) in [
        (
            "a.csv",
            "",
            "id,tags,n,at\n1,\"[\"\"a\"\",\"\"b\"\"]\",,2026-11-22T09:00:00+09:00\n",
        ),
        (
            "b.csv",
            "OPTIONS (has_header false, delimiter ';', null_value '-')",
            "1;\"[\"\"a\"\",\"\"b\"\"]\";-;2026-11-22T09:00:00+09:00\n",
        ),
        (
            "c.txt",
            "STORED AS TSV",
            "id\ttags\tn\tat\n1\t\"[\"\"a\"\",\"\"b\"\"]\"\t\t2026-11-22T09:00:00+09:00\n",
        ),
        (
            "d.json",
            "",
            "[{\"id\":1,\"tags\":[\"a\",\"b\"],\"n\":null,\"at\":\"2026-11-22T09:00:00+09:00\"}]\n",
        ),
        (
            "e.ndjson",
            "",
            "{\"id\":1,\"tags\":[\"a\",\"b\"],\"n\":null,\"at\":\"2026-11-22T09:00:00+09:00\"}\n",
        ),
    ] {
        let path = folder.path().join(name);
        run(
            &engine,
            &format!("COPY ({rows}) TO '{}' {rest}", path.display()),
        )
        .await
        .unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}");
    }
    let path = folder.path().join("x.csv.gz");
    run(
        &engine,
        &format!(
            "COPY ({rows}) TO '{}' OPTIONS (compression 'gzip', compression_level 9)",
            path.display()
        ),
    )
    .await
    .unwrap();
    assert_eq!(&std::fs::read(&path).unwrap()[..2], b"\x1f\x8b");
}

#[tokio::test]
async fn partitions_are_folders_that_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    run(&engine, "CREATE TABLE t AS SELECT * FROM (VALUES ('a/b=%c', 1, 3), (NULL, 1, 2), ('日本', 2, 9), ('a/b=%c', 1, 1)) AS v(k, g, n)").await.unwrap();
    for (name, rest) in [
        ("p", "STORED AS PARQUET"),
        ("c", "STORED AS CSV OPTIONS (compression gzip)"),
        ("j", "STORED AS NDJSON"),
    ] {
        let out = folder.path().join(name);
        run(
            &engine,
            &format!(
                "COPY (SELECT * FROM t ORDER BY n DESC) TO '{}/' {rest} PARTITIONED BY (g, k)",
                out.display()
            ),
        )
        .await
        .unwrap();
        let ending = match name {
            "p" => "parquet",
            "c" => "csv.gz",
            _ => "ndjson",
        };
        let files = tree(&out);
        assert_eq!(
            files,
            [
                format!("g=1/k=__HIVE_DEFAULT_PARTITION__/data_0.{ending}"),
                format!("g=1/k=a%2Fb%3D%25c/data_0.{ending}"),
                format!("g=2/k=日本/data_0.{ending}"),
            ]
        );
        let sql = format!(
            "SELECT k, g, n FROM '{}' EXCEPT ALL SELECT k, CAST(g AS text), n FROM t",
            out.display()
        );
        assert_eq!(
            engine.sql(&sql).await.unwrap().count().await.unwrap(),
            0,
            "{name}"
        );
        let sql = format!("SELECT * FROM '{}'", out.display());
        assert_eq!(
            engine.sql(&sql).await.unwrap().count().await.unwrap(),
            4,
            "{name}"
        );
        // The order of the query holds inside a file.
        if name == "j" {
            let text = std::fs::read_to_string(out.join(&files[1])).unwrap();
            assert_eq!(text, "{\"n\":3}\n{\"n\":1}\n");
        }
        let error = run(
            &engine,
            &format!("COPY t TO '{}' {rest} PARTITIONED BY (g)", out.display()),
        )
        .await
        .unwrap_err();
        assert!(error.message().ends_with("is not empty"), "{error}");
    }
    assert_eq!(tree(folder.path()).len(), 9);
}

#[tokio::test]
async fn rows_keep_their_order_and_a_plan_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let path = folder.path().join("a.csv");
    let sql = format!(
        "COPY (SELECT value AS n FROM generate_series(1, 20000) ORDER BY value DESC) TO '{}'",
        path.display()
    );
    let plan = engine
        .sql(&format!("EXPLAIN {sql}"))
        .await
        .unwrap()
        .to_string()
        .await
        .unwrap();
    assert!(plan.contains("Copy: "), "{plan}");
    run(&engine, "PREPARE p AS SELECT 1").await.unwrap();
    assert!(tree(folder.path()).is_empty());
    run(&engine, &format!("EXPLAIN ANALYZE {sql}"))
        .await
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("n\n20000\n19999\n") && text.ends_with("\n2\n1\n"));
}

#[tokio::test]
async fn a_failure_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "before").unwrap();
    let fails =
        "SELECT value, 1 / (value - 90000) AS n, value % 3 AS g FROM generate_series(1, 100000)";
    let error = run(&engine, &format!("COPY ({fails}) TO '{}'", path.display()))
        .await
        .unwrap_err();
    assert!(error.message().contains("zero"), "{error}");
    run(
        &engine,
        &format!(
            "COPY ({fails}) TO '{}/out' STORED AS CSV PARTITIONED BY (g)",
            folder.path().display()
        ),
    )
    .await
    .unwrap_err();
    assert_eq!(tree(folder.path()), ["a.csv"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display();
    let engine = engine();
    for (sql, kind, message, hint) in [
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a'"),
            Kind::Sql,
            "does not tell the format",
            "STORED AS",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.xlsx'"),
            Kind::Sql,
            "does not tell the format",
            "parquet",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a' STORED AS ORC"),
            Kind::Sql,
            "cannot write `ORC`",
            "parquet, csv",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.csv' OPTIONS (heder true)"),
            Kind::Sql,
            "no option `heder`",
            "has_header",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.json' OPTIONS (delimiter ';')"),
            Kind::Sql,
            "no option `delimiter`",
            "compression",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.csv' OPTIONS (has_header maybe)"),
            Kind::Sql,
            "has_header = `maybe`",
            "OPTIONS",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.parquet' OPTIONS (compression 'lzma')"),
            Kind::Sql,
            "compression: lzma",
            "OPTIONS",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.csv.gz' OPTIONS (compression zstd)"),
            Kind::Sql,
            "ends with another",
            "OPTIONS",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.parquet.gz'"),
            Kind::Sql,
            "compresses by itself",
            ".gz",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.csv.xz'"),
            Kind::Unsupported,
            "read, not written",
            "gzip",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a.csv' PARTITIONED BY (b)"),
            Kind::Sql,
            "`b`",
            "a",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/a' STORED AS CSV PARTITIONED BY (a)"),
            Kind::Sql,
            "leaves none",
            "keep_partition",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}/none/a.csv'"),
            Kind::Config,
            "cannot write",
            "folder has to exist",
        ),
        (
            format!("COPY (SELECT 1 AS a) TO '{root}' STORED AS CSV"),
            Kind::Config,
            "is a folder",
            "file in it",
        ),
        (
            "COPY (SELECT 1 AS a) TO 'https://u:hush@a.example/a.csv'".to_owned(),
            Kind::Unsupported,
            "`https://…`",
            "send the finished file",
        ),
        (
            format!("COPY (SELECT INTERVAL '1 month' AS a) TO '{root}/a.parquet'"),
            Kind::Unsupported,
            "Parquet",
            "CAST",
        ),
    ] {
        let error = run(&engine, &sql).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{sql}: {error}");
        assert!(error.message().contains(message), "{sql}: {error}");
        assert!(
            error.hint().unwrap_or_default().contains(hint),
            "{sql}: {error}"
        );
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert!(tree(folder.path()).is_empty());
}
