//! What hangs below tickets and people: each endpoint agrees with the truth, pages in its own ways and in no others, knows or
//! does not know archived tickets, and refuses what is gone.

use serde_json::Value;

use super::{AGENT, Caller, assert_same};
use crate::clock::DAY;

/// Rows below each parent, the parent's key added as the truth has it.
fn below(caller: &Caller, parents: &[Value], path: &str, key: &str, column: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for parent in parents {
        let address = path.replace("{id}", &parent["id"].to_string());
        for item in caller.get(&address)[key].as_array().unwrap() {
            let mut row = item.clone();
            row[column] = parent["id"].clone();
            rows.push(row);
        }
    }
    rows
}

fn plain(mut rows: Vec<Value>) -> Vec<Value> {
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("_item");
    }
    rows
}

#[test]
fn children_agree_with_the_truth() {
    let caller = Caller::new(400);
    let account = &caller.account;
    let tickets = account.truth("tickets");
    let cases = [
        (
            "ticket_collaborators",
            "tickets/{id}/collaborators",
            "users",
        ),
        ("ticket_followers", "tickets/{id}/followers", "users"),
        ("ticket_email_ccs", "tickets/{id}/email_ccs", "users"),
        ("ticket_skips", "tickets/{id}/skips", "skips"),
        (
            "conversation_log",
            "tickets/{id}/conversation_log",
            "events",
        ),
        (
            "side_conversations",
            "tickets/{id}/side_conversations",
            "side_conversations",
        ),
        (
            "side_conversation_events",
            "tickets/{id}/side_conversations?include=events",
            "events",
        ),
        ("ticket_task_lists", "tickets/{id}/task_lists", "task_lists"),
        (
            "ticket_content_pins",
            "ticket_content_pins?ticket_id={id}",
            "ticket_content_pins",
        ),
        (
            "email_notifications",
            "email_notifications?filter[ticket_id]={id}",
            "email_notifications",
        ),
    ];
    for (table, path, key) in cases {
        let truth = plain(account.truth(table));
        assert!(!truth.is_empty(), "{table}");
        assert_same(
            below(&caller, &tickets, path, key, "ticket_id"),
            truth,
            table,
        );
    }
    let requests = below(
        &caller,
        &account.truth("users"),
        "users/{id}/requests",
        "requests",
        "requester_id",
    );
    assert_same(requests.clone(), account.truth("requests"), "requests");
    let comments = below(
        &caller,
        &requests,
        "requests/{id}/comments",
        "comments",
        "request_id",
    );
    let shown = |row: &Value| {
        requests
            .iter()
            .any(|request| request["id"] == row["request_id"])
    };
    let truth = account.truth("request_comments").into_iter().filter(shown);
    assert_same(comments, truth.collect(), "request_comments");
    for file in account.truth("attachments").iter().take(40) {
        let address = format!("attachments/{}", file["id"]);
        assert_eq!(caller.get(&address)["attachment"], *file);
    }
    for mail in account.truth("email_notifications").iter().take(10) {
        let one = format!(
            "email_notifications?filter[notification_id]={}",
            mail["notification_id"]
        );
        assert_eq!(
            caller.get(&one)["email_notifications"],
            serde_json::json!([mail])
        );
    }
}

#[test]
fn people_and_structure_agree_with_the_truth() {
    let caller = Caller::new(900);
    let account = &caller.account;
    let lists = [
        ("skips", "ticket_skips", "skips"),
        ("deleted_users", "deleted_users", "deleted_users"),
        ("sessions", "sessions", "sessions"),
        (
            "suspended_tickets",
            "suspended_tickets",
            "suspended_tickets",
        ),
        ("activities", "activities", "activities"),
        ("user_fields", "user_fields", "user_fields"),
        (
            "organization_fields",
            "organization_fields",
            "organization_fields",
        ),
        (
            "organization_subscriptions",
            "organization_subscriptions",
            "organization_subscriptions",
        ),
        ("brand_agents", "brand_agents", "brand_agents"),
    ];
    for (path, table, key) in lists {
        assert_same(caller.by_cursor(path, key, 7), account.truth(table), table);
    }
    for (path, table, key) in lists
        .iter()
        .filter(|list| !["sessions", "suspended_tickets"].contains(&list.0))
    {
        assert_same(caller.by_offset(path, key, 7), account.truth(table), table);
    }
    assert_same(
        caller.by_offset("bookmarks", "bookmarks", 3),
        account.truth("bookmarks"),
        "bookmarks",
    );
    for (path, key) in [
        ("satisfaction_reasons", "reasons"),
        ("custom_roles", "custom_roles"),
    ] {
        let whole = caller.get(path)[key].as_array().unwrap().clone();
        assert_same(whole, account.truth(path), path);
    }
    let users = account.truth("users");
    let related = plain(account.truth("user_related"));
    for row in related.iter().take(60) {
        let mut found =
            caller.get(&format!("users/{}/related", row["user_id"]))["user_related"].clone();
        found["user_id"] = row["user_id"].clone();
        assert_eq!(found, *row);
    }
    assert!(
        related
            .iter()
            .any(|row| row["ccd_tickets"].as_i64() > Some(0))
    );
    let products = below(
        &caller,
        &users,
        "users/{id}/entitlements/full",
        "entitlements",
        "user_id",
    );
    assert_same(
        products,
        plain(account.truth("user_entitlements")),
        "user_entitlements",
    );
    let organizations = account.truth("organizations");
    let merges = below(
        &caller,
        &organizations,
        "organizations/{id}/merges",
        "organization_merges",
        "organization_id",
    );
    assert!(!merges.is_empty());
    assert_same(
        merges,
        plain(account.truth("organization_merges")),
        "organization_merges",
    );
}

#[test]
fn approvals_come_in_pages_of_their_own_size() {
    let caller = Caller::new(2_000);
    let truth = caller.account.truth("approval_requests");
    let (mut rows, mut next) = (Vec::new(), "approval_requests".to_owned());
    loop {
        let page = caller.get(&next);
        rows.extend(
            page["approval_requests"]
                .as_array()
                .unwrap()
                .iter()
                .cloned(),
        );
        if page["meta"]["has_more"] == false {
            break;
        }
        let cursor = page["meta"]["after_cursor"].as_str().unwrap();
        let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        next = format!("approval_requests?after_cursor={cursor}");
    }
    assert!(rows.len() > 50, "several pages");
    assert_same(rows, truth.clone(), "approval_requests");
    let active = caller.get("approval_requests?filter[status]=active,rejected");
    let shown = active["approval_requests"].as_array().unwrap();
    assert!(
        shown
            .iter()
            .all(|row| row["status"] == "active" || row["status"] == "rejected")
    );
    for refused in [
        "page[size]=5",
        "per_page=5",
        "filter[status]=open",
        "after_cursor=x",
    ] {
        assert_eq!(
            caller.status(&format!("approval_requests?{refused}")),
            400,
            "{refused}"
        );
    }
}

#[test]
fn ways_of_paging_that_are_not_there_are_refused() {
    let caller = Caller::new(300);
    let ticket = caller.account.truth("tickets")[0]["id"].to_string();
    for (path, parameter) in [
        ("satisfaction_reasons", "per_page=5"),
        ("custom_roles", "page[size]=5"),
        ("bookmarks", "page[size]=5"),
        ("suspended_tickets", "per_page=5"),
        ("sessions", "page=1"),
        ("email_notifications", "page[size]=5"),
        ("ticket_content_pins", "page[size]=5"),
        ("activities", "since=yesterday"),
        ("suspended_tickets", "sort_by=id"),
    ] {
        assert_eq!(
            caller.status(&format!("{path}?{parameter}")),
            400,
            "{path}?{parameter}"
        );
    }
    for child in ["collaborators", "task_lists", "side_conversations"] {
        let address = format!("tickets/{ticket}/{child}?page[size]=5");
        assert_eq!(caller.status(&address), 400, "{address}");
    }
}

#[test]
fn what_is_gone_answers_404() {
    let caller = Caller::new(900);
    let account = &caller.account;
    let gone = account.truth("deleted_tickets")[0]["id"].to_string();
    for child in [
        "collaborators",
        "skips",
        "related",
        "conversation_log",
        "side_conversations",
        "task_lists",
    ] {
        assert_eq!(
            caller.status(&format!("tickets/{gone}/{child}")),
            404,
            "{child}"
        );
    }
    assert_eq!(caller.status(&format!("requests/{gone}/comments")), 404);
    let user = account.truth("deleted_users")[0]["id"].to_string();
    for child in ["requests", "related", "sessions", "entitlements/full"] {
        assert_eq!(
            caller.status(&format!("users/{user}/{child}")),
            404,
            "{child}"
        );
    }
    let private = account
        .truth("tickets")
        .into_iter()
        .find(|row| row["is_public"] == false);
    let private = private.unwrap()["id"].to_string();
    assert_eq!(caller.status(&format!("requests/{private}/comments")), 404);
    assert_eq!(caller.status("attachments/1"), 404);
}

#[test]
fn skips_and_bookmarks_of_archived_tickets_are_absent() {
    let caller = Caller::new(2_000);
    let account = &caller.account;
    let archived = |id: &Value| {
        account
            .current_ticket(id.as_i64().unwrap())
            .unwrap()
            .archived(account)
    };
    let skips = account.truth("ticket_skips");
    assert!(!skips.is_empty() && skips.iter().all(|row| !archived(&row["ticket_id"])));
    let marks = account.truth("bookmarks");
    assert!(!marks.is_empty() && marks.iter().all(|row| !archived(&row["ticket"]["id"])));
    assert!(
        account
            .truth("ticket_related")
            .iter()
            .any(|row| row["from_archive"] == true)
    );
    let log = account.truth("conversation_log");
    assert!(
        log.iter().any(|row| archived(&row["ticket_id"])),
        "the log reaches into the archive"
    );
}

#[test]
fn activities_and_suspended_tickets_age_out() {
    let caller = Caller::new(2_000);
    let account = &caller.account;
    let age = |row: &Value| {
        let at = chrono::DateTime::parse_from_rfc3339(row["created_at"].as_str().unwrap()).unwrap();
        account.settled - at.timestamp()
    };
    let activities = account.truth("activities");
    assert!(activities.iter().all(|row| age(row) <= 30 * DAY));
    assert!(
        account
            .truth("suspended_tickets")
            .iter()
            .all(|row| age(row) <= 14 * DAY)
    );
    let last = activities.last().unwrap()["created_at"].as_str().unwrap();
    let after = caller.get(&format!("activities?since={last}"));
    assert_eq!(
        after["activities"],
        serde_json::json!([]),
        "its own second is left out"
    );
}

#[test]
fn an_agent_has_a_desk_of_its_own() {
    let mut caller = Caller::new(2_000);
    let theirs = caller.account.truth("activities");
    caller.credentials = Some(AGENT.to_owned());
    let me = caller.get("users/me")["user"]["id"].clone();
    let mine = caller.by_cursor("activities", "activities", 100);
    assert!(!mine.is_empty() && mine.iter().all(|row| row["user_id"] == me));
    assert!(theirs.iter().all(|row| row["user_id"] != me));
    let sessions = caller.by_cursor("sessions", "sessions", 100);
    assert!(!sessions.is_empty() && sessions.iter().all(|row| row["user_id"] == me));
    assert_eq!(caller.status("approval_requests"), 403);
}
