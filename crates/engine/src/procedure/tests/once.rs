//! A written call is made once, at execution, whatever becomes of its rows.

use super::{calls, engine, rows};

#[tokio::test]
async fn nothing_is_called_before_rows_are_wanted() {
    let engine = engine(&["zendesk"]);
    engine.sql("CALL EchoBack('planned')").await.unwrap();
    rows(&engine, "EXPLAIN CALL EchoBack('planned')").await;
    rows(&engine, "EXPLAIN VERBOSE SELECT * FROM EchoBack('planned')").await;
    engine
        .sql("PREPARE q AS CALL EchoBack('planned')")
        .await
        .unwrap();
    engine
        .sql("CREATE VIEW v AS SELECT * FROM EchoBack('planned')")
        .await
        .unwrap();
    rows(&engine, "SELECT * FROM system.procedures").await;
    assert_eq!(calls("planned"), 0);
    rows(&engine, "EXPLAIN ANALYZE EXEC EchoBack(Label => 'planned')").await;
    assert_eq!(calls("planned"), 1);
    rows(&engine, "EXECUTE q").await;
    rows(&engine, "EXECUTE q").await;
    assert_eq!(calls("planned"), 3);
    rows(&engine, "SELECT a.Label FROM v a, v b").await;
    assert_eq!(calls("planned"), 4);
    let frame = engine.sql("CALL EchoBack('planned')").await.unwrap();
    frame.clone().collect().await.unwrap();
    frame.collect().await.unwrap();
    assert_eq!(calls("planned"), 6);
}

/// Statements over a call labelled `{}`, and how many calls they write.
#[tokio::test]
async fn each_written_call_is_made_once() {
    let engine = engine(&["zendesk"]);
    for (place, (sql, expected)) in [
        ("CALL EchoBack('{}')", 1),
        ("SELECT 1 FROM EchoBack('{}')", 1),
        ("SELECT * FROM EchoBack('{}') LIMIT 0", 1),
        ("SELECT * FROM EchoBack('{}') WHERE false", 1),
        ("SELECT * FROM EchoBack('{}') WHERE Label = 'other'", 1),
        ("SELECT count(*) FROM EchoBack('{}')", 1),
        ("SELECT * FROM (SELECT 1 AS n WHERE false) t JOIN EchoBack('{}') e ON t.n = e.Length", 1),
        ("SELECT * FROM system.requests r JOIN EchoBack('{}') e ON r.path = e.Label", 1),
        ("SELECT n FROM (VALUES (1), (2)) t(n) LEFT JOIN EchoBack('{}') ON true ORDER BY n", 1),
        ("SELECT 1 UNION ALL SELECT Length FROM EchoBack('{}') LIMIT 1", 1),
        ("WITH e AS (SELECT * FROM EchoBack('{}')) SELECT * FROM e a, e b", 1),
        ("WITH e AS (SELECT * FROM EchoBack('{}')) SELECT (SELECT Length FROM e), Label FROM e", 1),
        ("WITH e AS (SELECT * FROM EchoBack('{}')) SELECT 1", 0),
        ("SELECT (SELECT Length FROM EchoBack('{}') LIMIT 0)", 1),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM EchoBack('{}'))", 1),
        ("SELECT * FROM EchoBack('{}') a, EchoBack('{}') b", 2),
        ("SELECT * FROM EchoBack('{}') UNION SELECT * FROM EchoBack('{}')", 2),
        (
            "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t, EchoBack('{}') WHERE n < 5) SELECT * FROM t",
            1,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let label = format!("once {place}");
        rows(&engine, &sql.replace("{}", &label)).await;
        assert_eq!(calls(&label), expected, "{sql}");
    }
}

#[tokio::test]
async fn calls_are_made_by_statements_that_keep_rows() {
    let engine = engine(&["zendesk"]);
    let sql = "CREATE TABLE kept AS SELECT Label FROM EchoBack('kept')";
    engine.sql(sql).await.unwrap();
    assert_eq!(calls("kept"), 1);
    assert_eq!(
        rows(&engine, "SELECT * FROM kept, kept k").await,
        ["kept|kept"]
    );
    assert_eq!(calls("kept"), 1);
    rows(
        &engine,
        "INSERT INTO kept SELECT Label FROM EchoBack('kept') LIMIT 0",
    )
    .await;
    assert_eq!(calls("kept"), 2);
}

#[tokio::test]
async fn order_is_kept() {
    let engine = engine(&["zendesk"]);
    engine
        .sql("SET datafusion.execution.target_partitions = 4")
        .await
        .unwrap();
    let sql = "SELECT n FROM (VALUES (2), (3), (1)) t(n), EchoBack('order') ORDER BY n DESC";
    assert_eq!(rows(&engine, sql).await, ["3", "2", "1"]);
    assert_eq!(calls("order"), 1);
}
