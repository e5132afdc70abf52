//! What statements cost, what they may not read, and what that does to others.

use zuzen_engine::Kind;
use zuzen_simulator::Faults;

use super::rows;
use crate::stage::{self, Stage};

/// Rows 11 and 39: all comments come from the events of the account, not from a request for each ticket; those of a ticket
/// are asked of the ticket.
#[tokio::test(flavor = "multi_thread")]
async fn comments_do_not_cost_a_request_for_each_ticket() {
    let account = stage::frozen();
    for (sql, most) in [
        ("SELECT id, body FROM ticket_comments", 40),
        (
            "SELECT id, body FROM ticket_comments WHERE ticket_id = 7",
            1,
        ),
        ("SELECT id FROM ticket_metrics", 10),
    ] {
        let stage = Stage::of(&account, Faults::default(), "");
        let engine = stage.engine().unwrap();
        assert!(!rows(&engine, sql).await.unwrap().is_empty(), "{sql}");
        let sent = stage.simulator().request_count();
        assert!(
            sent <= most,
            "{sql}: {sent} requests for {} tickets",
            account.truth("tickets").len()
        );
    }
}

/// Row 17: a table that the caller may not read is an error of the statement that names it, and of no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_refused_breaks_no_other() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let folder = tempfile::tempdir().unwrap();
    let file = "about = \"Not in this plan.\"\nrows = \"All.\"\nkey = \"id\"\n[columns]\nid = \"int64\"\n[[read]]\n\
        name = \"list\"\nget = \"/api/v2/not_in_this_plan\"\nitems = \"things\"\npages = \"cursor\"\n";
    std::fs::write(folder.path().join("gated.toml"), file).unwrap();
    let engine = stage.agent().tables(folder.path()).build().unwrap();
    let listed =
        "SELECT count(*) > 20 FROM information_schema.tables WHERE table_schema = 'zendesk'";
    assert_eq!(rows(&engine, listed).await.unwrap(), [["true"]]);
    assert_eq!(
        stage.simulator().request_count(),
        0,
        "listing tables asks nobody"
    );
    for (table, kind) in [
        ("deleted_tickets", Kind::Permission),
        ("gated", Kind::Permission),
    ] {
        let error = rows(&engine, &format!("SELECT id FROM {table}"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(rows(&engine, listed).await.unwrap(), [["true"]]);
        assert!(
            !rows(&engine, "SELECT id FROM groups")
                .await
                .unwrap()
                .is_empty()
        );
    }
}

/// Row 25: which endpoint serves depends on the filter, not on the table.
#[tokio::test(flavor = "multi_thread")]
async fn the_filter_decides_which_endpoint_serves() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    for (sql, path) in [
        (
            "SELECT name FROM organizations WHERE id = 360000000001",
            "/organizations/show_many",
        ),
        (
            "SELECT name FROM organizations WHERE external_id = 'x'",
            "/organizations/show_many",
        ),
        ("SELECT name FROM organizations", "/organizations"),
        ("SELECT name FROM users WHERE role = 'admin'", "/users"),
        (
            "SELECT subject FROM tickets WHERE status = 'open'",
            "/search/export",
        ),
        ("SELECT subject FROM tickets", "/incremental/tickets/cursor"),
    ] {
        let before = stage.simulator().requests().len();
        rows(&engine, sql).await.unwrap();
        let sent: Vec<String> = stage
            .simulator()
            .requests()
            .split_off(before)
            .into_iter()
            .map(|it| it.path)
            .collect();
        assert!(
            sent.iter()
                .any(|sent| sent.trim_end_matches(".json").ends_with(path)),
            "{sql}: {sent:?}"
        );
    }
}

/// Row 30: pages are as large as the endpoint allows, and as small as the connection asks.
#[tokio::test(flavor = "multi_thread")]
async fn sizes_of_pages_are_asked_for_by_the_right_name() {
    for (property, size) in [("", "1000"), ("Pagesize=70;", "70")] {
        let stage = Stage::of(&stage::frozen(), Faults::default(), property);
        let engine = stage.engine().unwrap();
        rows(&engine, "SELECT id FROM tickets WHERE status = 'closed'")
            .await
            .unwrap();
        let requests = stage.simulator().requests();
        let mut exported = requests
            .iter()
            .filter(|request| request.path.contains("search/export"));
        let wanted = format!("page%5Bsize%5D={size}");
        assert!(exported.clone().count() > 0);
        assert!(
            exported.all(|request| request.query.contains(&wanted)),
            "{requests:?}"
        );
    }
}

/// Row 36: WHERE and LIMIT hold whatever a read can carry: what cannot travel is checked here, before the limit.
#[tokio::test(flavor = "multi_thread")]
async fn limits_come_after_filters() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    for sql in [
        "SELECT subject FROM tickets WHERE status = 'closed' AND subject LIKE '%refund%' LIMIT 5",
        "SELECT subject FROM tickets WHERE lower(subject) LIKE '%refund%' LIMIT 5",
        "SELECT t.subject FROM tickets t JOIN tickets_tags g ON g.ticket_id = t.id WHERE lower(t.subject) LIKE '%refund%' LIMIT 5",
    ] {
        let found = rows(&engine, sql).await.unwrap();
        assert_eq!(found.len(), 5, "{sql}");
        assert!(
            found
                .iter()
                .all(|row| row[0].to_lowercase().contains("refund")),
            "{found:?}"
        );
    }
}
