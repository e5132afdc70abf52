//! Rows that come twice, are missed, or belong to what is gone.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use zuzen_simulator::Faults;

use super::{once, rows, truth};
use crate::stage::{self, Stage};

/// Rows 3 and 15: exports begin at a second, not after it, and pages repeat what shares their last one.
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_boundary_second_come_once() {
    let account = stage::frozen();
    let faults = Faults::scenario("repeating").unwrap();
    let stage = Stage::of(&account, faults, "Pagesize=50;");
    let engine = stage.engine().unwrap();
    // A second that several tickets share.
    let mut seconds: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for ticket in account.truth("tickets") {
        let created = ticket["created_at"].as_str().unwrap().to_owned();
        seconds
            .entry(created)
            .or_default()
            .insert(ticket["id"].to_string());
    }
    let shared = seconds.iter().rev().find(|(_, ids)| ids.len() > 1);
    let (second, several) = shared.expect("no two tickets were opened in the same second");
    let sql = format!("SELECT id FROM tickets WHERE created_at >= TIMESTAMP '{second}'");
    let later: HashSet<String> = seconds
        .range(second.clone()..)
        .flat_map(|(_, ids)| ids.clone())
        .collect();
    assert!(once(&engine, &sql).await == later);
    let sql = format!("SELECT id FROM tickets WHERE created_at = TIMESTAMP '{second}'");
    assert!(once(&engine, &sql).await == *several);
    for table in [
        "tickets",
        "ticket_comments",
        "ticket_metric_events",
        "organizations",
    ] {
        let found = once(&engine, &format!("SELECT id FROM {table}")).await;
        assert!(found == truth(&account, table), "{table}");
    }
}

/// Row 16: what is asked for by the key of a ticket that is deleted or never was has no rows, and spoils no others.
#[tokio::test(flavor = "multi_thread")]
async fn children_of_what_is_gone_have_no_rows() {
    let account = stage::recent(13, 300);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let gone = account.truth("tickets")[3]["id"].as_i64().unwrap();
    let there = account.truth("tickets")[4]["id"].as_i64().unwrap();
    account.delete_ticket(gone);
    // By key: exports may show what was deleted for as long as they lag.
    for table in [
        "ticket_audits",
        "ticket_comments",
        "ticket_metrics",
        "ticket_audits_events",
    ] {
        let of = async |keys: &str| {
            let sql = format!("SELECT DISTINCT ticket_id FROM {table} WHERE ticket_id IN ({keys})");
            rows(&engine, &sql).await.unwrap()
        };
        assert!(of(&format!("{gone}, 99999999")).await.is_empty(), "{table}");
        let both = of(&format!("{gone}, {there}, 99999999")).await;
        assert_eq!(both, [[there.to_string()]], "{table}");
    }
}

/// Row 4: what changed is found by the time of the change, and nothing is kept between statements that could
/// hide it.
#[tokio::test(flavor = "multi_thread")]
async fn changes_are_found_again_and_again() {
    let account = stage::recent(17, 300);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let tickets = account.truth("tickets");
    let open = tickets.iter().filter(|ticket| ticket["status"] != "closed");
    let open: Vec<i64> = open
        .filter_map(|ticket| ticket["id"].as_i64())
        .take(4)
        .collect();
    assert_eq!(open.len(), 4);
    let mut changed = HashSet::new();
    for id in open {
        account.update_ticket(id, json!({"tags": ["seen_again"]}));
        changed.insert(id.to_string());
        let sql = "SELECT id FROM tickets WHERE updated_at >= now() - interval '10 minutes' AND array_has(tags, 'seen_again')";
        assert_eq!(once(&engine, sql).await, changed);
        let sql = "SELECT ticket_id FROM tickets_tags WHERE tag = 'seen_again'";
        assert_eq!(once(&engine, sql).await, changed);
    }
}

/// Rows 22 and 27: the system changes tickets without moving `updated_at`; the stamp of exports moves all the same.
#[tokio::test(flavor = "multi_thread")]
async fn changes_by_the_system_alone_are_found() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let tickets = account.truth("tickets");
    let stamp = |ticket: &serde_json::Value| ticket["generated_timestamp"].as_i64().unwrap();
    let touched =
        "SELECT id FROM tickets WHERE generated_timestamp > date_part('epoch', updated_at)";
    let touched = once(&engine, touched).await;
    assert!(touched.len() > 10, "{}", touched.len());
    let mut stamps: Vec<i64> = tickets.iter().map(stamp).collect();
    stamps.sort_unstable();
    let since = stamps[stamps.len() / 2];
    let expected = tickets.iter().filter(|ticket| stamp(ticket) >= since);
    let expected: HashSet<String> = expected.map(|ticket| ticket["id"].to_string()).collect();
    assert!(expected.intersection(&touched).count() > 5);
    let sql = format!("SELECT id FROM tickets WHERE generated_timestamp >= {since}");
    for pushdown in ["on", "off"] {
        let set = format!("SET zuzen.pushdown = {pushdown}");
        engine.sql(&set).await.unwrap();
        assert!(once(&engine, &sql).await == expected, "{pushdown}");
    }
}

/// Row 12: a value of a custom field is there whether or not anybody still describes the field.
#[tokio::test(flavor = "multi_thread")]
async fn values_of_fields_need_no_description() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let mut expected = 0;
    for ticket in account.truth("tickets") {
        expected += ticket["custom_fields"].as_array().map_or(0, Vec::len);
    }
    let found = rows(&engine, "SELECT count(*) FROM tickets_custom_fields")
        .await
        .unwrap();
    assert_eq!(found, [[expected.to_string()]]);
    assert!(expected > 1_000);
    // Only the statement that asks for descriptions asks for them.
    let described = stage.simulator().requests();
    assert!(
        described
            .iter()
            .all(|request| !request.path.contains("ticket_fields"))
    );
}

/// Row 23: every column may be NULL, whatever the vendor's documents promise.
#[tokio::test]
async fn no_column_is_promised_to_have_a_value() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    for table in engine.connections()[0].tables().iter() {
        let frame = engine
            .sql(&format!("SELECT * FROM {}", table.name))
            .await
            .unwrap();
        for field in frame.schema().fields() {
            assert!(field.is_nullable(), "{}.{}", table.name, field.name());
        }
    }
}

/// Row 26: what is switched off is listed too.
#[tokio::test(flavor = "multi_thread")]
async fn inactive_rules_are_there() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    for table in ["macros", "triggers", "automations", "views"] {
        let sql = format!("SELECT count(*) > 0 FROM {table} WHERE NOT active");
        assert_eq!(rows(&engine, &sql).await.unwrap(), [["true"]], "{table}");
    }
}
