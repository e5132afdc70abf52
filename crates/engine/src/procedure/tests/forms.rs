//! All ways to write a call.

use datafusion::common::ScalarValue;

use super::{engine, failure, fetched, rows};

/// Each is the same call.
#[tokio::test]
async fn all_forms_mean_the_same() {
    let engine = engine(&["zendesk"]);
    for call in [
        "SELECT * FROM zendesk.EchoBack(Label => 'x', AuthMode => 'WEB', Code => 'c', Loud => true)",
        "SELECT * FROM zuzen.zendesk.echoback(label := 'x', authmode := 'web', code := 'c', loud := true)",
        "SELECT * FROM EchoBack('x', 'WEB', 'c', true)",
        "SELECT * FROM ECHO_BACK('x', Code => 'c', Loud => 'on', auth_mode => 'Web') AS e",
        "SELECT * FROM TABLE(zendesk.EchoBack('x', 'WEB', 'c', true))",
        "SELECT * FROM \"zendesk\".\"EchoBack\"('x', 'WEB', lower('C'), 1 + 1 = 2)",
        "WITH e AS (SELECT * FROM EchoBack('x', 'WEB', 'c', 'yes')) SELECT * FROM e",
        "SELECT e.* FROM (VALUES (1)) v(n) JOIN EchoBack('x', 'WEB', 'c', true) e ON v.n = length(e.label)",
        "SELECT e.* FROM (VALUES (1)) v(n), LATERAL EchoBack('x', 'WEB', 'c', true) e",
        "CALL zendesk.EchoBack(Label => 'x', AuthMode => 'WEB', Code => 'c', Loud => true)",
        "call echoback('x', 'WEB', 'c', Loud = true);",
        "{call zendesk.EchoBack('x', 'WEB', 'c', true)}",
        "{ CALL EchoBack(Label => 'x', AuthMode => 'WEB', Code => 'c', Loud => true) };",
        "EXEC EchoBack Label='x', AuthMode='WEB', Code='c', Loud='true'",
        "EXECUTE zendesk.EchoBack Label = 'x', Loud = true, Code = 'c', AuthMode = 'WEB'",
        "EXEC zendesk.EchoBack @Label='x', @AuthMode='WEB', @Code='c', @Loud=true;",
        "EXECUTE EchoBack('x', 'WEB', 'c', true)",
        "EXEC EchoBack 'x', 'WEB', @Code = 'c', @Loud = 'TRUE'",
        "EXECUTE EchoBack(Label => 'x', AuthMode => 'WEB', Code => 'c', Loud => true)",
        "EXEC zuzen.zendesk.EchoBack(Label='x', AuthMode='WEB', Code='c', Loud=true)",
    ] {
        assert_eq!(rows(&engine, call).await, ["x|WEB|true|true||1"], "{call}");
    }
}

#[tokio::test]
async fn what_is_not_given_is_null_or_its_default() {
    let engine = engine(&["zendesk"]);
    for (call, expected) in [
        ("CALL EchoBack", "|APP|false|||"),
        ("CALL EchoBack()", "|APP|false|||"),
        ("EXEC EchoBack", "|APP|false|||"),
        ("EXECUTE EchoBack()", "|APP|false|||"),
        (
            "CALL EchoBack(NULL, NULL, NULL, NULL, NULL)",
            "|APP|false|||",
        ),
        (
            "EXEC EchoBack @Label = NULL, @Loud = 'off'",
            "|APP|false|false||",
        ),
        ("CALL EchoBack('', Loud => NULL)", "|APP|false|||0"),
        (
            "CALL EchoBack(CallbackURL => 'https://acme.com/' || 'back')",
            "|APP|false||https://acme.com/back|",
        ),
    ] {
        assert_eq!(rows(&engine, call).await, [expected], "{call}");
    }
    // Known before rows are, though only when the statement runs.
    let call = "CALL EchoBack(Loud => now() > timestamp '2000-01-01')";
    assert_eq!(rows(&engine, call).await, ["|APP|false|true||"]);
}

#[tokio::test]
async fn results_are_columns() {
    let engine = engine(&["zendesk"]);
    for (sql, expected) in [
        ("SELECT Length, label FROM EchoBack('four')", "4|four"),
        ("SELECT echoback.\"HasCode\" FROM EchoBack('four')", "false"),
        (
            "SELECT EchoBack.HasCode FROM zendesk.EchoBack('four')",
            "false",
        ),
        ("SELECT zendesk.echoback.length FROM EchoBack('four')", "4"),
        (
            "SELECT a, b FROM EchoBack('four') AS t(a, b, c, d, e, f)",
            "four|APP",
        ),
        ("SELECT count(*) FROM EchoBack('four')", "1"),
        ("SELECT (SELECT Length FROM EchoBack('four')) + 1", "5"),
        (
            "SELECT 1 WHERE 'four' IN (SELECT Label FROM EchoBack('four'))",
            "1",
        ),
    ] {
        assert_eq!(rows(&engine, sql).await, [expected], "{sql}");
    }
}

#[tokio::test]
async fn bare_names_need_one_connection_or_use() {
    let engine = engine(&["one", "two"]);
    let error = failure(&engine, "CALL EchoBack('x')").await;
    assert_eq!(
        error.message(),
        "several connections have the procedure `EchoBack`"
    );
    let hint = "write `one.EchoBack` or `two.EchoBack`, or choose a connection with USE";
    assert_eq!(error.hint(), Some(hint));
    let expected = ["x|APP|false|||1"];
    assert_eq!(rows(&engine, "CALL two.EchoBack('x')").await, expected);
    engine.sql("USE one").await.unwrap();
    assert_eq!(rows(&engine, "CALL EchoBack('x')").await, expected);
}

#[tokio::test]
async fn parameters_of_prepared_statements_are_arguments() {
    let engine = engine(&["zendesk"]);
    for (prepare, execute, expected) in [
        (
            "PREPARE q AS SELECT * FROM EchoBack($1, $2, $3, $4)",
            "EXECUTE q('x', 'WEB', 'c', true)",
            "x|WEB|true|true||1",
        ),
        (
            "PREPARE q(text, boolean) AS SELECT Label, Loud FROM EchoBack(Label => $1 || 'y', Loud => NOT $2)",
            "EXECUTE q('x', true)",
            "xy|false",
        ),
        (
            "PREPARE q AS CALL EchoBack(Loud => ?, Label => ?)",
            "EXECUTE q('true', 'x')",
            "x|APP|false|true||1",
        ),
        (
            "PREPARE q AS EXEC EchoBack @Label = $1",
            "EXECUTE q('x')",
            "x|APP|false|||1",
        ),
        (
            "PREPARE q AS EXECUTE EchoBack(Label => $1)",
            "EXECUTE q(NULL)",
            "|APP|false|||",
        ),
        (
            "PREPARE q AS WITH e AS (SELECT * FROM EchoBack($1)) SELECT a.Label FROM e a, e b WHERE b.Label = $1",
            "EXECUTE q('x')",
            "x",
        ),
    ] {
        engine.sql(prepare).await.unwrap();
        assert_eq!(rows(&engine, execute).await, [expected], "{prepare}");
        engine.sql("DEALLOCATE q").await.unwrap();
    }
}

#[tokio::test]
async fn parameters_are_bound_by_callers() {
    let engine = engine(&["zendesk"]);
    let text = |value: &str| ScalarValue::from(value);
    let sql = "SELECT Label, HasCode FROM EchoBack(Label => ?, Code => ?)";
    let bound = engine.sql(sql).await.unwrap();
    let bound = bound.with_param_values(vec![text("x"), text("c")]);
    let bound = fetched(bound.map_err(Into::into)).await;
    assert_eq!(bound.unwrap(), ["x|true"]);
    let sql = "EXEC EchoBack @Label = $label, @AuthMode = $mode, @Code = 'c'";
    let bound = engine.sql(sql).await.unwrap();
    let bound = bound.with_param_values(vec![("mode", text("web")), ("label", text("x"))]);
    let bound = fetched(bound.map_err(Into::into)).await;
    assert_eq!(bound.unwrap(), ["x|WEB|true|||1"]);
    let bound = engine.sql("CALL EchoBack(AuthMode => $1)").await.unwrap();
    let refused = bound.with_param_values(vec![text("DESKTOP")]);
    let refused = fetched(refused.map_err(Into::into)).await.unwrap_err();
    assert_eq!(refused.hint(), Some("AuthMode takes APP or WEB"));
}

#[tokio::test]
async fn prepared_names_win_and_procedures_come_back() {
    let engine = engine(&["zendesk"]);
    let echoed = ["41|APP|false|||2"];
    assert_eq!(rows(&engine, "EXECUTE EchoBack('41')").await, echoed);
    engine
        .sql("PREPARE EchoBack(int) AS SELECT $1 + 1")
        .await
        .unwrap();
    assert_eq!(rows(&engine, "EXECUTE EchoBack(41)").await, ["42"]);
    assert_eq!(rows(&engine, "EXECUTE echoback(41)").await, ["42"]);
    assert_eq!(
        rows(&engine, "EXECUTE zendesk.EchoBack('41')").await,
        echoed
    );
    assert_eq!(rows(&engine, "CALL EchoBack('41')").await, echoed);
    let again = engine.sql("PREPARE EchoBack(int) AS SELECT $1 + 2").await;
    assert!(again.is_err());
    assert_eq!(rows(&engine, "EXECUTE EchoBack(41)").await, ["42"]);
    engine.sql("DEALLOCATE EchoBack").await.unwrap();
    assert_eq!(rows(&engine, "EXECUTE EchoBack('41')").await, echoed);
    // What was prepared behind the engine's back runs all the same.
    engine.context().sql("PREPARE q AS SELECT 7").await.unwrap();
    assert_eq!(rows(&engine, "EXECUTE q").await, ["7"]);
}

#[tokio::test]
async fn table_functions_stay_with_datafusion() {
    let engine = engine(&["zendesk"]);
    for sql in [
        "SELECT * FROM generate_series(1, 2)",
        "CALL generate_series(1, 2)",
    ] {
        assert_eq!(rows(&engine, sql).await, ["1", "2"], "{sql}");
    }
}
