//! Incremental exports: completeness, boundary seconds, lag, what a fault does to them.

use serde_json::Value;

use super::{Caller, assert_same, ids, sorted, unique};
use crate::clock::now_millis;

#[test]
fn cursor_form_gives_every_ticket_once_and_exactly_the_page_size() {
    let caller = Caller::new(800);
    let rows = caller.by_export(
        "incremental/tickets/cursor?start_time=0&support_type_scope=all",
        "tickets",
        37,
    );
    assert_eq!(rows.len(), 800);
    assert_eq!(unique(&ids(&rows)).len(), 800);
    let stamps: Vec<i64> = rows
        .iter()
        .map(|row| row["generated_timestamp"].as_i64().unwrap())
        .collect();
    assert!(stamps.is_sorted());
    let living: Vec<Value> = rows
        .iter()
        .filter(|row| row["status"] != "deleted")
        .cloned()
        .collect();
    assert_eq!(sorted(ids(&living)), ids(&caller.account.truth("tickets")));
    assert_eq!(caller.by_export("incremental/tickets/cursor?start_time=0&support_type_scope=all&exclude_deleted=true", "tickets", 100).len(), living.len());
    assert!(
        rows.iter()
            .any(|row| row["subject"] == "SCRUBBED" && row["description"] == "X")
    );
    let first = caller.get("incremental/tickets/cursor?start_time=0&per_page=1");
    assert_eq!(first["tickets"].as_array().unwrap().len(), 1);
    assert!(first["before_cursor"].is_null() && first["end_of_stream"] == false);
}

#[test]
fn start_time_is_inclusive_and_goes_by_the_export_stamp() {
    let caller = Caller::new(800);
    let all = caller.by_export("incremental/tickets/cursor?start_time=0", "tickets", 1_000);
    let start = all[500]["generated_timestamp"].as_i64().unwrap();
    let expected: Vec<Value> = all
        .iter()
        .filter(|row| row["generated_timestamp"].as_i64().unwrap() >= start)
        .cloned()
        .collect();
    assert_same(
        caller.by_export(
            &format!("incremental/tickets/cursor?start_time={start}"),
            "tickets",
            41,
        ),
        expected.clone(),
        "start",
    );
    let text = crate::clock::iso_text(start);
    assert!(
        expected
            .iter()
            .any(|row| row["updated_at"].as_str().unwrap() < text.as_str()),
        "updated_at may lie before start_time"
    );
}

#[test]
fn time_form_repeats_but_never_loses() {
    let caller = Caller::new(600);
    for size in [1, 2, 50, 1_000] {
        let tickets = caller.by_time("incremental/tickets", "tickets", size);
        let by_cursor =
            caller.by_export("incremental/tickets/cursor?start_time=0", "tickets", 1_000);
        assert_eq!(
            unique(&ids(&tickets)),
            sorted(ids(&by_cursor)),
            "tickets by {size}"
        );
        let organizations = caller.by_time("incremental/organizations", "organizations", size);
        assert_eq!(
            unique(&ids(&organizations)).len() as u32,
            caller.account.organizations,
            "organizations by {size}"
        );
    }
    let page = caller.get("incremental/tickets?start_time=0&per_page=2");
    assert!(page["count"].as_u64().unwrap() >= 2);
    let stamps: Vec<i64> = page["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["generated_timestamp"].as_i64().unwrap())
        .collect();
    assert_eq!(
        page["end_time"].as_i64().unwrap(),
        stamps.last().unwrap() + 1
    );
    let end = caller.get("incremental/tickets?start_time=0");
    assert_eq!(end["end_of_stream"], true);
    assert_eq!(
        end["end_time"],
        end["tickets"].as_array().unwrap().last().unwrap()["generated_timestamp"]
    );
    assert!(
        caller
            .by_time("incremental/organizations", "organizations", 10)
            .iter()
            .any(|row| row["deleted_at"].is_string())
    );
}

#[test]
fn seconds_shared_by_many_are_not_split() {
    let caller = Caller::new(2_000);
    let pages: Vec<usize> = {
        let mut next = "incremental/ticket_events?start_time=0&per_page=3".to_owned();
        let mut sizes = Vec::new();
        for _ in 0..400 {
            let page = caller.get(&next);
            sizes.push(page["count"].as_u64().unwrap() as usize);
            next = page["next_page"]
                .as_str()
                .unwrap()
                .strip_prefix("http://127.0.0.1:1")
                .unwrap()
                .to_owned();
        }
        sizes
    };
    assert!(
        pages.iter().any(|size| *size > 3),
        "a page may exceed per_page"
    );
    assert!(pages.iter().all(|size| *size >= 3));
}

#[test]
fn users_export_holds_the_deleted_ones() {
    let caller = Caller::new(900);
    let rows = caller.by_export("incremental/users/cursor?start_time=0", "users", 60);
    assert_eq!(rows.len() as u32, caller.account.users);
    let active: Vec<Value> = rows
        .iter()
        .filter(|row| row["active"] == true)
        .cloned()
        .collect();
    assert_same(active, caller.account.truth("users"), "active users");
    assert!(rows.iter().any(|row| row["permanently_deleted"] == true
        && row["name"] == "Permanently Deleted User"
        && row["email"].is_null()));
    assert_eq!(
        sorted(ids(&caller.by_time("incremental/users", "users", 1_000))),
        sorted(ids(&rows))
    );
    let gone = rows
        .iter()
        .find(|row| row["active"] == false && row["permanently_deleted"] == false)
        .unwrap();
    assert_eq!(
        caller.get(&format!("users/{}", gone["id"]))["user"]["active"],
        false
    );
}

#[test]
fn events_carry_every_comment_when_asked() {
    let caller = Caller::new(300);
    let rows = caller.by_time("incremental/ticket_events", "ticket_events", 1_000);
    assert!(
        rows.iter()
            .flat_map(|row| row["child_events"].as_array().unwrap())
            .all(|event| event["body"].is_null())
    );
    let mut next =
        "incremental/ticket_events?start_time=0&support_type_scope=all&include=comment_events"
            .to_owned();
    let mut comments = std::collections::BTreeMap::new();
    loop {
        let page = caller.get(&next);
        for event in page["ticket_events"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row["child_events"].as_array().unwrap())
            .filter(|event| event["event_type"] == "Comment")
        {
            comments.insert(event["id"].as_i64().unwrap(), event.clone());
        }
        if page["end_of_stream"] == true {
            break;
        }
        next = page["next_page"]
            .as_str()
            .unwrap()
            .strip_prefix("http://127.0.0.1:1")
            .unwrap()
            .to_owned();
    }
    assert_same(
        comments.into_values().collect(),
        caller.account.truth("ticket_comments"),
        "comments",
    );
    assert!(
        caller
            .account
            .truth("ticket_comments")
            .iter()
            .any(|row| row["body"].as_str().unwrap().len() > 65_536)
    );
}

#[test]
fn metric_events_page_in_both_forms() {
    let caller = Caller::new(200);
    let truth = caller.account.truth("ticket_metric_events");
    assert_same(
        caller.by_cursor(
            "incremental/ticket_metric_events?start_time=0",
            "ticket_metric_events",
            100,
        ),
        truth.clone(),
        "cursor form",
    );
    assert_eq!(
        unique(&ids(&caller.by_time(
            "incremental/ticket_metric_events",
            "ticket_metric_events",
            1_000
        ))),
        sorted(ids(&truth))
    );
}

#[test]
fn too_recent_and_missing_starts_are_refused() {
    let caller = Caller::new(100);
    let now = now_millis() / 1_000;
    let refused = caller.send(
        "GET",
        &format!("incremental/tickets/cursor?start_time={}", now - 30),
        "",
    );
    assert_eq!(refused.status, 422);
    assert!(
        refused.body["description"]
            .as_str()
            .unwrap()
            .starts_with("Too recent start_time")
    );
    assert_eq!(
        caller.status(&format!(
            "incremental/tickets/cursor?start_time={}",
            now - 62
        )),
        200
    );
    assert_eq!(caller.status("incremental/tickets"), 400);
    assert_eq!(
        caller.status("incremental/tickets/cursor?cursor=nonsense"),
        400
    );
    assert_eq!(
        caller.status("incremental/organizations/cursor?start_time=0"),
        404
    );
    assert_eq!(
        caller.status("incremental/tickets/cursor?start_time=0&per_page=1001"),
        400
    );
}

#[test]
fn repeated_rows_repeat_and_lose_nothing() {
    let mut caller = Caller::new(300);
    caller.faults.repeat_rows = 5;
    let rows = caller.by_export(
        "incremental/tickets/cursor?start_time=0&support_type_scope=all",
        "tickets",
        40,
    );
    assert!(rows.len() > 300);
    assert_eq!(unique(&ids(&rows)).len(), 300);
    assert_eq!(
        caller
            .by_export("incremental/tickets/cursor?start_time=0", "tickets", 1)
            .len(),
        unique(&ids(&caller.by_export(
            "incremental/tickets/cursor?start_time=0",
            "tickets",
            90
        )))
        .len()
    );
}

#[test]
fn stuck_idle_and_foreign_servers() {
    let mut caller = Caller::new(300);
    let second = |caller: &Caller| {
        let first = caller.get("incremental/tickets/cursor?start_time=0&per_page=10");
        let cursor = first["after_cursor"].as_str().unwrap().to_owned();
        (
            cursor.clone(),
            caller.get(&format!(
                "incremental/tickets/cursor?cursor={cursor}&per_page=10"
            )),
        )
    };
    caller.faults.stuck = true;
    let (cursor, page) = second(&caller);
    assert_eq!(
        (&page["after_cursor"], &page["end_of_stream"]),
        (&Value::from(cursor), &Value::from(false))
    );
    let first = caller.get("users?page[size]=10");
    let cursor = first["meta"]["after_cursor"].as_str().unwrap();
    let page = caller.get(&format!("users?page[size]=10&page[after]={cursor}"));
    assert_eq!(
        (
            page["meta"]["after_cursor"].as_str().unwrap(),
            &page["meta"]["has_more"]
        ),
        (cursor, &Value::from(true))
    );
    caller.faults = crate::faults::Faults {
        no_progress: true,
        ..Default::default()
    };
    let (_, page) = second(&caller);
    assert_eq!(
        (
            page["tickets"].as_array().unwrap().len(),
            &page["end_of_stream"]
        ),
        (0, &Value::from(false))
    );
    caller.faults = crate::faults::Faults {
        foreign_links: true,
        ..Default::default()
    };
    let (_, page) = second(&caller);
    assert!(
        page["after_url"]
            .as_str()
            .unwrap()
            .starts_with("https://elsewhere.example/")
    );
}
