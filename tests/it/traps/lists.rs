//! Lists that are longer than their paging reaches, and answers that would be asked for again for ever.

use std::collections::HashSet;

use zuzen_engine::Kind;
use zuzen_simulator::Faults;

use super::{crowded, once, rows, sized, truth};
use crate::stage::{self, Stage};

/// Rows 6, 7 and 34 of the list of traps: numbered pages end at the hundredth, so lists are read by cursors.
#[tokio::test(flavor = "multi_thread")]
async fn lists_beyond_ten_thousand_rows_are_whole() {
    let stage = Stage::of(&crowded(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    for table in ["organization_memberships", "users"] {
        let expected = truth(&crowded(), table);
        assert!(expected.len() > 10_000, "{table}: {}", expected.len());
        let found = once(&engine, &format!("SELECT id FROM {table}")).await;
        assert!(
            found == expected,
            "{table}: {} of {}",
            found.len(),
            expected.len()
        );
    }
}

/// The same list by numbered pages: an error that says why, and never the first 10,000 rows as if they were all.
#[tokio::test(flavor = "multi_thread")]
async fn numbered_pages_that_end_too_early_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = "about = \"A membership.\"\nrows = \"All.\"\nkey = \"id\"\n[columns]\nid = \"int64\"\n[[read]]\n\
        name = \"list\"\nget = \"/api/v2/organization_memberships\"\nitems = \"organization_memberships\"\n\
        pages = \"offset\"\n";
    std::fs::write(folder.path().join("numbered.toml"), file).unwrap();
    let stage = Stage::of(&crowded(), Faults::default(), "");
    let engine = stage.builder().tables(folder.path()).build().unwrap();
    let error = rows(&engine, "SELECT id FROM numbered").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Remote, "{error}");
    assert!(error.to_string().contains("100"), "{error}");
    assert!(error.hint().is_some(), "{error}");
    let asked = stage.simulator().requests();
    assert!(
        asked
            .iter()
            .all(|request| !request.query.contains("page=101"))
    );
}

/// Row 5: the count that the API gives ends at 100,000, so nothing is sized by it.
#[tokio::test(flavor = "multi_thread")]
async fn counts_beyond_what_the_api_counts_are_right() {
    let account = sized(520_000);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let found = rows(&engine, "SELECT count(*) FROM users").await.unwrap();
    let found: usize = found[0][0].parse().unwrap();
    assert!(found > 100_000, "{found}");
    let paths: Vec<String> = stage
        .simulator()
        .requests()
        .into_iter()
        .map(|it| it.path)
        .collect();
    assert!(
        paths.iter().any(|path| path.ends_with("/users/count")),
        "{paths:?}"
    );
    assert!(paths.len() > 100, "the count was believed");
}

/// Row 29: search refuses everything beyond 1,000 rows; what matches more is exported.
#[tokio::test(flavor = "multi_thread")]
async fn searches_beyond_a_thousand_rows_are_whole() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let closed = account.truth("tickets").into_iter();
    let closed: HashSet<String> = closed
        .filter(|ticket| ticket["status"] == "closed" && ticket["type"] != "problem")
        .map(|ticket| ticket["id"].to_string())
        .collect();
    assert!(closed.len() > 1_000, "{}", closed.len());
    let sql =
        "SELECT id FROM tickets WHERE status = 'closed' AND (type <> 'problem' OR type IS NULL)";
    assert!(once(&engine, sql).await == closed);
}

/// Rows 13 and 38: what does not move on is an error, in every style of paging.
#[tokio::test(flavor = "multi_thread")]
async fn scans_that_do_not_move_on_end() {
    for (scenario, sql) in [
        ("stuck", "SELECT id FROM organizations"),
        ("stuck", "SELECT id FROM users"),
        ("stuck", "SELECT id FROM group_memberships"),
        ("idle", "SELECT id FROM ticket_comments"),
        (
            "idle",
            "SELECT id FROM users WHERE updated_at > '2020-01-01'",
        ),
    ] {
        let faults = Faults::scenario(scenario).unwrap();
        let stage = Stage::of(&sized(3_000), faults, "MaxRetries=2;Pagesize=20;");
        let engine = stage.engine().unwrap();
        engine.sql("SET zuzen.pushdown = off").await.unwrap();
        let error = rows(&engine, sql).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Remote, "{scenario} {sql}: {error}");
        assert!(stage.simulator().request_count() < 200, "{scenario} {sql}");
    }
}

/// Row 15: a following page is asked for with what it needs, each parameter once.
#[tokio::test(flavor = "multi_thread")]
async fn no_parameter_is_sent_twice() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "Pagesize=100;");
    let engine = stage.engine().unwrap();
    for sql in [
        "SELECT id FROM tickets",
        "SELECT id FROM ticket_comments",
        "SELECT id FROM organizations WHERE updated_at > '2024-06-01'",
        "SELECT id FROM ticket_metric_events",
        "SELECT id FROM users WHERE role = 'end-user'",
        "SELECT id FROM tickets WHERE status = 'closed'",
        "SELECT id FROM satisfaction_ratings",
    ] {
        rows(&engine, sql).await.unwrap();
    }
    let requests = stage.simulator().requests();
    assert!(requests.len() > 30);
    for request in requests {
        let mut names = HashSet::new();
        for parameter in request.query.split('&').filter(|it| !it.is_empty()) {
            let name = parameter.split('=').next().unwrap();
            assert!(names.insert(name), "{}?{}", request.path, request.query);
        }
        assert_eq!(request.status, 200, "{}?{}", request.path, request.query);
    }
}
