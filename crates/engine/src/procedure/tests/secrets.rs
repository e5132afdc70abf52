//! No secret argument shows anywhere.

use datafusion::common::ScalarValue;

use super::{engine, failure, fetched, rows};

/// The secret of every statement here.
const SECRET: &str = "hunter2";

#[tokio::test]
async fn plans_mask_them() {
    let engine = engine(&["zendesk"]);
    let title = "ProcedureCall: zendesk.EchoBack(Label => 'it''s', AuthMode => 'WEB', Code => ***, Loud => true)";
    for explain in [
        "EXPLAIN",
        "EXPLAIN VERBOSE",
        "EXPLAIN ANALYZE",
        "EXPLAIN FORMAT TREE",
    ] {
        for code in ["'hunter2'", "lower('HUNTER2')", "'hunter' || 2"] {
            let sql = format!("{explain} SELECT * FROM EchoBack('it''s', 'WEB', {code}, true)");
            let plan = rows(&engine, &sql).await.join("\n");
            assert!(!plan.to_lowercase().contains(SECRET), "{plan}");
            if !explain.ends_with("TREE") {
                assert!(plan.contains(title), "{plan}");
            }
        }
    }
    let frame = engine.sql("CALL EchoBack($1, 'WEB', $2)").await.unwrap();
    let shown = format!("{:?} {}", frame.logical_plan(), frame.logical_plan());
    assert!(
        shown.contains("Label => $1, AuthMode => 'WEB', Code => ***"),
        "{shown}"
    );
    let values = vec![ScalarValue::from("x"), ScalarValue::from(SECRET)];
    let frame = frame.with_param_values(values).unwrap();
    let physical = frame.clone().create_physical_plan().await.unwrap();
    let shown = format!("{:?} {frame:?} {physical:?}", frame.logical_plan());
    assert!(
        shown.contains("Label => 'x', AuthMode => 'WEB', Code => ***"),
        "{shown}"
    );
    assert!(!shown.contains(SECRET), "{shown}");
    let explained = fetched(frame.explain(true, true).map_err(Into::into)).await;
    assert!(!explained.unwrap().join("\n").contains(SECRET));
}

#[tokio::test]
async fn errors_withhold_them() {
    let engine = engine(&["zendesk"]);
    for sql in [
        "CALL TakeToken('hunter2')",
        "CALL TakeToken(Tokn => 'hunter2')",
        "CALL TakeTokn(Token => 'hunter2')",
        "EXEC TakeTokn @Token = 'hunter2'",
        "EXECUTE TakeTokn('hunter2')",
        "CALL TakeToken('hunter2', 'hunter2')",
        "CALL TakeToken(Token => 'hunter2', Token => 'hunter2')",
        "CALL TakeToken(Token => \"hunter2\")",
        "CALL TakeToken(CAST('hunter2' AS int))",
        "CALL TakeToken('hunter2'::int::text)",
        "CALL TakeToken('hunter2' + 1)",
        "CALL TakeToken(date 'hunter2')",
        "CALL TakeToken(to_timestamp('hunter2'))",
        "CALL TakeToken(['hunter2'])",
        "CALL TakeToken((SELECT 'hunter2'))",
        "CALL TakeToken(Token => 'x' 'hunter2')",
        "CALL TakeToken(Token => 'x', 'hunter2'",
        "EXEC TakeToken Token 'hunter2'",
        "SELECT zendesk.TakeToken('hunter2')",
        "SELECT 1 WHERE TakeToken('hunter2')",
        "SELECT * FROM TABLE(TakeTokn('hunter2'))",
        "SELECT * FROM LATERAL TakeTokn(Token => 'hunter2')",
        "CALL TakeToken(DISTINCT 'hunter2')",
        "EXECUTE TakeToken USING 'hunter2'",
        "EXPLAIN EXECUTE nothing('hunter2')",
        "CREATE TABLE t AS CALL TakeToken('hunter2')",
        "SELECT nope FROM TakeToken('hunter2')",
        "SELECT nope FROM TakeToken('hunter2') JOIN groups USING (id)",
    ] {
        let error = failure(&engine, sql).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(SECRET), "{sql}: {shown}");
    }
    engine.sql("PREPARE p AS CALL TakeToken($1)").await.unwrap();
    for sql in [
        "EXPLAIN EXECUTE p('hunter2')",
        "EXECUTE p('hunter2')",
        "EXECUTE p('hunter2', 'hunter2')",
        "EXECUTE p(Token => 'hunter2')",
    ] {
        let error = failure(&engine, sql).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(SECRET), "{sql}: {shown}");
    }
    let statement = engine.statements("CALL TakeToken('hunter2')").unwrap();
    assert!(!format!("{statement:?}").contains(SECRET));
}

/// A secret may stand where another argument belongs: what is as long as one is not repeated, what is shorter is.
#[tokio::test]
async fn errors_withhold_what_may_be_one() {
    let engine = engine(&["zendesk"]);
    for sql in [
        "CALL EchoBack('x', 'VALUE')",
        "CALL EchoBack('x', AuthMode => 'VALUE')",
        "CALL EchoBack('x', Loud => 'VALUE')",
        "CALL EchoBack('x', CallbackURL => 'VALUE')",
        "EXEC EchoBack 'x', VALUE VALUE",
    ] {
        for (value, shown) in [("hunter2", true), ("hunter2hunter2", false)] {
            let error = failure(&engine, &sql.replace("VALUE", value)).await;
            let text = format!("{error} {error:?}");
            assert_eq!(text.contains("hunter2"), shown, "{sql}: {text}");
        }
    }
}

#[tokio::test]
async fn views_do_not_keep_them() {
    let engine = engine(&["zendesk"]);
    let sql = "CREATE VIEW v AS SELECT * FROM EchoBack('x', 'WEB', 'hunter2')";
    engine.sql(sql).await.unwrap();
    engine.sql("CREATE VIEW w AS SELECT 1 AS n").await.unwrap();
    assert_eq!(rows(&engine, "SELECT HasCode FROM v").await, ["true"]);
    let sql = "SELECT table_name, definition FROM information_schema.views WHERE table_name IN ('v', 'w') ORDER BY table_name";
    let expected = ["v|", "w|CREATE VIEW w AS SELECT 1 AS n"];
    assert_eq!(rows(&engine, sql).await, expected);
}

#[test]
fn texts_that_may_hold_a_secret_are_told() {
    for (text, may) in [
        ("CALL zendesk.getoauthaccesstoken('WEB', 'hush');", true),
        (
            "EXEC RefreshOAuthAccessToken @OAuthRefreshToken='hush'",
            true,
        ),
        ("SELECT * FROM GetOAuthAuthorizationURL()", false),
        ("SELECT * FROM tickets", false),
    ] {
        assert_eq!(crate::may_hold_secret(text), may, "{text}");
    }
}
