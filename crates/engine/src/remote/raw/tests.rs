//! Calls that are wrong are told before anything is sent.

use crate::{Engine, Kind};

const ZUORA: &str = "Connector=Zuora;URL=http://127.0.0.1:9;OAuthClientId=a;OAuthClientSecret=b;MetadataLocation=memory://";
const ZENDESK: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

fn engine(connections: &[(&str, &str)]) -> Engine {
    let mut builder = Engine::builder();
    for (name, properties) in connections {
        builder = builder.connection(*name, *properties);
    }
    builder.build().unwrap()
}

#[tokio::test]
async fn wrong_calls_are_explained() {
    let engine = engine(&[("zuora", ZUORA), ("zendesk", ZENDESK)]);
    for (sql, wanted) in [
        ("SELECT * FROM data_query()", "takes one argument"),
        (
            "SELECT * FROM data_query('SELECT 1', 2)",
            "takes one argument",
        ),
        (
            "SELECT * FROM zuora.data_query(1)",
            "takes a statement in quotes",
        ),
        (
            "SELECT * FROM zuora.data_query('a' || 'b')",
            "no expression and no name",
        ),
        (
            "SELECT * FROM zuora.data_query(Text => 'SELECT 1')",
            "no expression and no name",
        ),
        (
            "SELECT * FROM zuora.data_query($1)",
            "before a parameter is",
        ),
        (
            "SELECT * FROM zuora.data_query(' ; ')",
            "has an empty statement",
        ),
        (
            "SELECT * FROM zuora.data_query('DELETE FROM account')",
            "runs queries only",
        ),
        (
            "SELECT * FROM zuora.data_query('-- x\n DROP TABLE a')",
            "runs queries only",
        ),
        (
            "SELECT * FROM zuora.data_query('SHOW TABLES;')",
            "and this is SHOW",
        ),
        (
            "CALL zuora.data_query('/* x */ describe account')",
            "and this is DESCRIBE",
        ),
        (
            "SELECT * FROM zendesk.data_query('SELECT 1')",
            "`zendesk` has no data_query",
        ),
        (
            "EXPLAIN SELECT 1 FROM (SELECT * FROM Zuora.DataQuery('x')) t",
            "runs queries only",
        ),
        (
            "CREATE VIEW v AS SELECT * FROM TABLE(data_query('x'))",
            "runs queries only",
        ),
    ] {
        let error = engine.sql(sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Sql, "{sql}: {error}");
        assert!(error.message().contains(wanted), "{sql}: {error}");
        assert!(error.hint().is_some(), "{sql}: {error}");
    }
    let jobs = engine.connections()[0].rest().jobs().rows();
    assert!(jobs.is_empty(), "{jobs:?}");
}

#[tokio::test]
async fn a_bare_name_means_the_one_connection_that_has_it() {
    for (connections, wanted) in [
        (&[("zendesk", ZENDESK)][..], "no connection is one to Zuora"),
        (
            &[("one", ZUORA), ("two", ZUORA)],
            "several connections have data_query",
        ),
    ] {
        let error = engine(connections)
            .sql("SELECT * FROM data_query('SELECT 1')")
            .await
            .unwrap_err();
        assert!(error.message().contains(wanted), "{error}");
    }
    // Nobody listens there, so signing in fails: it is Zuora that is asked.
    for (connections, sql) in [
        (
            &[("zuora", ZUORA)][..],
            "SELECT * FROM data_query('SELECT 1 AS a')",
        ),
        (
            &[("zendesk", ZENDESK), ("billing", ZUORA)],
            "SELECT * FROM data_query('SELECT 1 AS a')",
        ),
        (
            &[("one", ZUORA), ("two", ZUORA)],
            "SELECT * FROM two.data_query('WITH a AS (SELECT 1 AS b) SELECT b FROM a;')",
        ),
    ] {
        let engine = engine(connections);
        let error = engine.sql(sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Auth, "{sql}: {error}");
        let asked = engine.connections().last().unwrap().rest().jobs().rows();
        assert_eq!(asked.len(), 1, "{sql}");
        assert!(asked[0].text.starts_with("SELECT q.* FROM"), "{sql}");
        assert!(!asked[0].text.contains(';'), "{sql}");
    }
}
