//! What goes wrong on the way: a transient fault gives the oracle's rows, a permanent one an error and no rows; and what
//! was written a second ago is found whatever the search index says.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use serde_json::json;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Account, AccountOptions, Faults};

use crate::oracle;
use crate::render;
use crate::stage::{self, Stage};

/// Statements whose scans page in every style: exports, time exports, cursor lists, batches, search, side-loads.
const STATEMENTS: &[&str] = &[
    "SELECT id, subject, status, updated_at, tags FROM tickets",
    "SELECT id, name, role, organization_id FROM users",
    "SELECT id, name, external_id FROM organizations",
    "SELECT id, ticket_id, reopens, solved_at FROM ticket_metrics",
    "SELECT id, ticket_id, author_id, public, body FROM ticket_comments",
    "SELECT id, ticket_id, metric, type, time FROM ticket_metric_events",
    "SELECT id, user_id, group_id FROM group_memberships",
    "SELECT t.id, u.name FROM tickets t JOIN users u ON u.id = t.requester_id WHERE t.status = 'open'",
    "SELECT id, status FROM tickets WHERE status = 'pending' AND priority = 'high'",
    "SELECT id, title FROM macros",
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = render::rows(&engine.sql(sql).await?.collect().await?);
    rows.sort();
    Ok(rows)
}

/// Enough for several pages of each kind.
fn small() -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 11,
        tickets: 450,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

fn faults(scenario: &str) -> Faults {
    Faults::scenario(scenario).unwrap()
}

#[test]
fn transient_faults_change_nothing() {
    let account = small();
    let plain = oracle::session(&oracle::truth(&account), &["zendesk"]);
    runtime().block_on(async {
        let mut expected = Vec::new();
        for sql in STATEMENTS {
            let batches = plain.sql(sql).await.unwrap().collect().await.unwrap();
            let mut rows = render::rows(&batches);
            rows.sort();
            assert!(!rows.is_empty(), "{sql}");
            expected.push(rows);
        }
        let transient = [
            "flaky",
            "throttled",
            "proxied",
            "heavy",
            "reset",
            "truncated",
            "repeating",
        ];
        let mut wrong = Vec::new();
        for scenario in transient {
            let stage = Stage::of(&account, faults(scenario), "Pagesize=200;");
            let engine = stage.engine().unwrap();
            for (sql, expected) in STATEMENTS.iter().zip(&expected) {
                match rows(&engine, sql).await {
                    Ok(found) if found == *expected => {}
                    Ok(found) => wrong.push(format!(
                        "{scenario}: {sql}: {} rows, expected {}",
                        found.len(),
                        expected.len()
                    )),
                    Err(error) => wrong.push(format!("{scenario}: {sql}: {error}")),
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn permanent_faults_are_errors() {
    let statement = "SELECT id, name, organization_id FROM users";
    let cases: &[(&str, &str, Kind, &str)] = &[
        (
            "expired",
            statement,
            Kind::Auth,
            "credentials were not accepted",
        ),
        ("broken", statement, Kind::Network, "cut short"),
        ("stuck", statement, Kind::Remote, "cursor"),
        ("dying", statement, Kind::Remote, "500"),
        (
            "foreign",
            "SELECT id FROM tickets",
            Kind::Remote,
            "127.0.0.1",
        ),
        (
            "idle",
            "SELECT id FROM tickets",
            Kind::Remote,
            "would never end",
        ),
        ("stuck", "SELECT id FROM tickets", Kind::Remote, "cursor"),
        (
            "stuck",
            "SELECT id FROM ticket_comments",
            Kind::Remote,
            "would never end",
        ),
    ];
    runtime().block_on(async {
        let mut wrong = Vec::new();
        for (scenario, sql, kind, part) in cases {
            let stage = Stage::of(
                &stage::frozen(),
                faults(scenario),
                "MaxRetries=2;Pagesize=50;",
            );
            let engine = stage.engine().unwrap();
            // Without pushdown every scan reads its whole table and must see the fault.
            match rows(&engine, sql).await {
                Ok(found) => wrong.push(format!("{scenario}: {sql}: {} rows", found.len())),
                Err(error) if error.kind() == *kind && error.to_string().contains(part) => {
                    if error.hint().is_none() {
                        wrong.push(format!("{scenario}: {sql}: no hint: {error}"));
                    }
                }
                Err(error) => wrong.push(format!("{scenario}: {sql}: {:?}: {error}", error.kind())),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn a_server_killed_in_mid_scan_is_an_error() {
    let stage = Stage::of(
        &stage::frozen(),
        Faults::default(),
        "MaxRetries=1;Pagesize=20;",
    );
    let engine = stage.engine().unwrap();
    let error = runtime().block_on(async {
        let mut rows = engine.stream("SELECT id, name FROM users").await.unwrap();
        assert!(rows.try_next().await.unwrap().is_some());
        stage.simulator().close();
        loop {
            match rows.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the scan ended as if it were complete"),
                Err(error) => break Error::from(error),
            }
        }
    });
    assert_eq!(error.kind(), Kind::Network, "{error}");
    assert!(error.hint().is_some(), "{error}");
}

#[test]
fn what_was_written_a_second_ago_is_found() {
    let account = stage::recent(5, 400);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let before = account.truth("tickets");
    let organization = before
        .iter()
        .rev()
        .find_map(|ticket| ticket["organization_id"].as_i64())
        .unwrap();
    let requester = before[0]["requester_id"].as_i64().unwrap();
    let gone = before[10]["id"].as_i64().unwrap();
    runtime().block_on(async {
        // The engine has seen the account before: nothing may be remembered that hides a new row.
        let counted = rows(&engine, "SELECT count(*) FROM tickets").await.unwrap();
        assert_eq!(counted, [[before.len().to_string()]]);
        let id = account.create_ticket(json!({
            "subject": "Just now", "comment": {"body": "It broke."}, "priority": "urgent", "tags": ["vip", "brand_new"],
            "organization_id": organization, "requester_id": requester,
        }));
        account.update_ticket(id, json!({"status": "pending", "comment": {"body": "We look.", "public": false}}));
        let newest = [vec![id.to_string()]];
        for sql in [
            format!("SELECT id FROM tickets WHERE organization_id = {organization} AND id > {}", id - 1),
            "SELECT id FROM tickets WHERE status <> 'closed' AND array_has(tags, 'brand_new')".to_owned(),
            "SELECT id FROM tickets WHERE array_has(tags, 'brand_new')".to_owned(),
            "SELECT id FROM tickets WHERE status = 'pending' AND priority = 'urgent' AND array_has(tags, 'brand_new')".to_owned(),
            format!("SELECT id FROM tickets WHERE requester_id = {requester} AND subject = 'Just now'"),
            "SELECT id FROM tickets WHERE updated_at >= now() - interval '1 minute' AND status = 'pending'".to_owned(),
            "SELECT id FROM tickets ORDER BY updated_at DESC LIMIT 1".to_owned(),
            "SELECT id FROM tickets ORDER BY created_at DESC LIMIT 1".to_owned(),
            format!("SELECT id FROM tickets WHERE id = {id}"),
            format!("SELECT ticket_id FROM ticket_metrics WHERE ticket_id = {id}"),
            "SELECT ticket_id FROM ticket_metrics ORDER BY ticket_id DESC LIMIT 1".to_owned(),
            "SELECT max(ticket_id) FROM ticket_comments WHERE public".to_owned(),
            "SELECT ticket_id FROM ticket_comments WHERE body = 'We look.'".to_owned(),
            format!("SELECT DISTINCT ticket_id FROM ticket_audits WHERE ticket_id = {id}"),
        ] {
            assert_eq!(rows(&engine, &sql).await.unwrap(), newest, "{sql}");
        }
        let counted = rows(&engine, "SELECT count(*) FROM tickets").await.unwrap();
        assert_eq!(counted, [[(before.len() + 1).to_string()]]);
        // A deletion is not on the list of what changed: reads by key know it at once, the others after their lag.
        account.delete_ticket(gone);
        let none: [Vec<String>; 0] = [];
        for sql in [
            format!("SELECT id FROM tickets WHERE id = {gone}"),
            format!("SELECT id FROM tickets WHERE status <> 'deleted' AND id IN ({gone}, -1)"),
            format!("SELECT ticket_id FROM ticket_comments WHERE ticket_id = {gone}"),
            "SELECT id FROM tickets WHERE status = 'deleted'".to_owned(),
        ] {
            assert_eq!(rows(&engine, &sql).await.unwrap(), none, "{sql}");
        }
    });
}

/// Tickets that change while a scan pages move to the end of what it pages through, where the lag hides them.
#[test]
fn rows_that_move_while_a_scan_pages_come_once() {
    let account = stage::recent(9, 300);
    let stage = Stage::of(&account, Faults::default(), "Pagesize=40;");
    let before = account.truth("tickets");
    let mut expected: Vec<String> = before
        .iter()
        .map(|ticket| ticket["id"].to_string())
        .collect();
    expected.sort();
    let open: Vec<i64> = before
        .iter()
        .filter(|ticket| ticket["status"] != "closed")
        .filter_map(|ticket| ticket["id"].as_i64())
        .collect();
    assert!(open.len() > 5, "{open:?}");
    let engines = [stage.engine().unwrap(), stage.agent().build().unwrap()];
    runtime().block_on(async {
        for (engine, pushdown) in [
            (&engines[0], "on"),
            (&engines[0], "off"),
            (&engines[1], "on"),
        ] {
            engine
                .sql(&format!("SET zuzen.pushdown = {pushdown}"))
                .await
                .unwrap();
            let mut rows = engine
                .stream("SELECT id, status FROM tickets")
                .await
                .unwrap();
            let mut found = Vec::new();
            while let Some(batch) = rows.try_next().await.unwrap() {
                let ids = render::rows(&[batch]).into_iter();
                found.extend(ids.map(|mut row| row.swap_remove(0)));
                for id in &open {
                    account.update_ticket(*id, json!({"priority": "low"}));
                }
            }
            found.sort();
            assert_eq!(found, expected, "pushdown {pushdown}");
        }
    });
}

#[test]
fn dropping_a_stream_stops_its_requests() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "Pagesize=10;");
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let mut rows = engine.stream("SELECT id, name FROM users").await.unwrap();
        assert!(rows.try_next().await.unwrap().is_some());
        drop(rows);
        let sent = stage.simulator().request_count();
        tokio::time::sleep(Duration::from_millis(200)).await;
        // One may have been on its way.
        let later = stage.simulator().request_count();
        assert!(later <= sent + 1 && later < 20, "{sent}, then {later}");
    });
}
