//! Calls that are wrong: what is said, and what to do.

use super::{PROCEDURES, URL, engine, failure};
use crate::{Engine, Kind};

/// A statement, what is said of it, and the hint.
#[tokio::test]
async fn wrong_calls_are_explained() {
    let engine = engine(&["zendesk"]);
    for (sql, message, hint) in [
        (
            "CALL zendesk.EchoBak('x')",
            "there is no procedure `zendesk.EchoBak`",
            "did you mean `zendesk.EchoBack`?",
        ),
        (
            "SELECT * FROM zendsk.EchoBack('x')",
            "there is no procedure `zendsk.EchoBack`",
            "did you mean `zendesk.EchoBack`?",
        ),
        (
            "CALL EchoBak('x')",
            "there is no procedure `EchoBak`",
            "did you mean `zendesk.EchoBack`?",
        ),
        (
            "EXEC EchoBak @Label = 'x'",
            "there is no procedure `EchoBak`",
            "did you mean `zendesk.EchoBack`?",
        ),
        (
            "EXECUTE EchoBak('x')",
            "there is no prepared statement and no procedure `echobak`",
            "did you mean `zendesk.EchoBack`?",
        ),
        (
            "EXECUTE weather",
            "there is no prepared statement and no procedure `weather`",
            "prepare it first: PREPARE weather AS SELECT …",
        ),
        (
            "CALL weather(City => 'Bilbao')",
            "there is no procedure `weather`",
            "SELECT connection, procedure, call FROM system.procedures lists what there is",
        ),
        (
            "CALL zendesk.OnlyThere()",
            "the connection `zendesk` (zendesk) has no procedure `OnlyThere`",
            "SELECT procedure, about FROM system.procedures WHERE connection = 'zendesk' lists those it has",
        ),
        (
            "CALL OnlyThere()",
            "the connection `zendesk` (zendesk) has no procedure `OnlyThere`",
            "SELECT procedure, about FROM system.procedures WHERE connection = 'zendesk' lists those it has",
        ),
        (
            "SELECT * FROM zendesk.EchoBack",
            "`zendesk.EchoBack` is a procedure",
            "call it with parentheses: SELECT * FROM zendesk.EchoBack(AuthMode => 'WEB', Code => '…')",
        ),
        (
            "SELECT * FROM taketoken t",
            "`zendesk.TakeToken` is a procedure",
            "call it with parentheses: SELECT * FROM zendesk.TakeToken(Token => '…')",
        ),
        (
            "SELECT zendesk.TakeToken('x')",
            "`zendesk.TakeToken` is a procedure",
            "call it in FROM: SELECT * FROM zendesk.TakeToken(Token => '…')",
        ),
        (
            "CALL EchoBack(Lable => 'x')",
            "zendesk.EchoBack has no argument `Lable`",
            "did you mean `Label`?",
        ),
        (
            "EXEC EchoBack @Weather = 'x'",
            "zendesk.EchoBack has no argument `Weather`",
            "it takes Label, AuthMode, Code, Loud, CallbackURL",
        ),
        (
            "CALL EchoBack('x', label => 'y')",
            "the argument `Label` of zendesk.EchoBack is given twice",
            "leave one of them out",
        ),
        (
            "CALL EchoBack(Label => 'x', 'WEB')",
            "an argument of zendesk.EchoBack without a name stands behind one with a name",
            "put those without names first, or name all of them",
        ),
        (
            "CALL TakeToken('a', 'b')",
            "zendesk.TakeToken takes 1 argument, not 2",
            "in this order: Token",
        ),
        (
            "CALL TakeToken()",
            "zendesk.TakeToken needs the argument `Token`",
            "write SELECT * FROM zendesk.TakeToken(Token => '…')",
        ),
        (
            "CALL EchoBack(AuthMode => 'web')",
            "zendesk.EchoBack needs the argument `Code`",
            "write SELECT * FROM zendesk.EchoBack(AuthMode => 'WEB', Code => '…')",
        ),
        (
            "CALL EchoBack(5)",
            "the argument `Label` of zendesk.EchoBack has a value of the wrong kind: 5 does not fit",
            "Label takes text in single quotes",
        ),
        (
            "CALL EchoBack(Loud => 'loudly')",
            "the argument `Loud` of zendesk.EchoBack has a value of the wrong kind: loudly does not fit",
            "Loud takes true or false",
        ),
        (
            "CALL EchoBack(AuthMode => 'DESKTOP')",
            "the argument `AuthMode` of zendesk.EchoBack has a value of the wrong kind: DESKTOP does not fit",
            "AuthMode takes APP or WEB",
        ),
        (
            "CALL EchoBack(CallbackURL => 'localhost')",
            "the argument `CallbackURL` of zendesk.EchoBack has a value of the wrong kind: localhost does not fit",
            "CallbackURL takes an absolute address such as 'https://example.com/callback'",
        ),
        (
            "CALL TakeToken(' ')",
            "the argument `Token` of zendesk.TakeToken is empty",
            "Token takes text in single quotes",
        ),
        (
            "CALL EchoBack(CAST('many' AS int) > 1)",
            "the argument `Label` of zendesk.EchoBack cannot be computed: ",
            "write the value itself",
        ),
        (
            "SELECT * FROM EchoBack(Label => ?, Loud => $1)",
            "the statement has parameters written ? and others that have a name",
            "write all of them as $1, $2, …",
        ),
        (
            "CALL EchoBack(DISTINCT 'x')",
            "CALL EchoBack has more than arguments",
            "write CALL procedure(Name => value, …)",
        ),
    ] {
        let error = failure(&engine, sql).await;
        assert!(error.message().starts_with(message), "{sql}: {error}");
        assert_eq!(error.hint(), Some(hint), "{sql}: {error}");
        let kind = match message.contains("more than") {
            true => Kind::Unsupported,
            false => Kind::Sql,
        };
        assert_eq!(error.kind(), kind, "{sql}");
    }
}

#[tokio::test]
async fn arguments_are_constants() {
    let engine = engine(&["zendesk"]);
    for value in [
        "t.name",
        "name",
        "x",
        "\"x\"",
        "(SELECT 'x')",
        "max('x')",
        "upper(random()::text)",
        "*",
    ] {
        let sql = format!("SELECT * FROM groups t, LATERAL EchoBack(Label => {value})");
        let error = failure(&engine, &sql).await;
        let message = "the argument `Label` of zendesk.EchoBack is no constant";
        assert_eq!(error.message(), message, "{value}");
    }
    for sql in [
        "CALL EchoBack($1)",
        "CALL EchoBack(upper($label))",
        "CALL EchoBack(?)",
    ] {
        let error = failure(&engine, sql).await;
        let message = error.message();
        assert!(
            message.starts_with("the argument `Label` of zendesk.EchoBack is the parameter $"),
            "{sql}: {error}"
        );
        assert!(message.ends_with(", which has no value"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn the_procedures_that_ship_are_callable() {
    let engine = Engine::builder()
        .connection("zendesk", URL)
        .build()
        .unwrap();
    for sql in [
        "SELECT * FROM zendesk.getoauthaccesstoken()",
        "CALL GetOAuthAccessToken(AuthMode => 'WEB', Verifier => 'v', State => 's', CodeVerifier => 'c')",
        "EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL='http://localhost:33333', Pkce='true'",
        "{call RefreshOAuthAccessToken('t')}",
        "EXECUTE RevokeOAuthAccessToken",
    ] {
        let planned = engine.sql(&format!("EXPLAIN {sql}")).await;
        planned.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let error = failure(
        &engine,
        "CALL zendesk.GetOAuthAcessToken(AuthMode => 'WEB')",
    )
    .await;
    assert_eq!(
        error.hint(),
        Some("did you mean `zendesk.GetOAuthAccessToken`?")
    );
    let error = failure(&engine, "CALL GetOAuthAccessToken(AuthMode => 'WEB')").await;
    let hint =
        "write SELECT * FROM zendesk.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '…')";
    assert_eq!(error.hint(), Some(hint));
}

#[test]
fn examples_quote_odd_names() {
    let engine = Engine::builder().connection("My \"desk\"", URL);
    let engine = engine.build_with(PROCEDURES).unwrap();
    let procedures = super::super::Procedures::new(engine.connections(), PROCEDURES);
    let calls: Vec<String> = procedures.targets().iter().map(|it| it.example()).collect();
    let expected = [
        "SELECT * FROM \"My \"\"desk\"\"\".EchoBack(AuthMode => 'WEB', Code => '…')",
        "SELECT * FROM \"My \"\"desk\"\"\".TakeToken(Token => '…')",
    ];
    assert_eq!(calls, expected);
}
