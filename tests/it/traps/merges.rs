//! Tickets that were merged into others: closed, although nobody solved them.

use std::collections::HashSet;

use zuzen_simulator::Faults;

use super::rows;
use crate::stage::{self, Stage};

/// Row 35: which tickets were merged, when and into which, is a table of its own, so that whoever measures times to a solution
/// can leave them out.
#[tokio::test(flavor = "multi_thread")]
async fn merged_tickets_can_be_told_from_solved_ones() {
    let account = stage::frozen();
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let mut expected: HashSet<Vec<String>> = HashSet::new();
    for event in account.truth("ticket_events") {
        for merged in event["merged_ticket_ids"].as_array().into_iter().flatten() {
            expected.insert(vec![event["ticket_id"].to_string(), merged.to_string()]);
        }
    }
    assert!(expected.len() > 10, "{}", expected.len());
    let found = rows(
        &engine,
        "SELECT ticket_id, merged_ticket_id FROM ticket_merges",
    )
    .await;
    let found: HashSet<Vec<String>> = found.unwrap().into_iter().collect();
    assert!(found == expected, "{} of {}", found.len(), expected.len());
    let merged: HashSet<&String> = expected.iter().map(|row| &row[1]).collect();
    let mut kept = 0;
    for ticket in account.truth("tickets") {
        let closed = ticket["status"] == "closed" || ticket["status"] == "solved";
        kept += usize::from(closed && !merged.contains(&ticket["id"].to_string()));
    }
    let sql = "SELECT count(*) FROM tickets t WHERE t.status IN ('solved', 'closed') \
               AND NOT EXISTS (SELECT 1 FROM ticket_merges m WHERE m.merged_ticket_id = t.id)";
    assert_eq!(rows(&engine, sql).await.unwrap(), [[kept.to_string()]]);
}
