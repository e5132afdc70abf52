//! What an administrator sets up: that each address pages as it should, and refuses what the vendor does not state.

use super::{AGENT, Caller, ids};

fn texts(rows: &[serde_json::Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].to_string()).collect()
}

#[test]
fn lists_that_come_whole_take_no_pages() {
    let caller = Caller::new(200);
    for (address, key) in [
        ("slas/policies", "sla_policies"),
        ("group_slas/policies", "group_sla_policies"),
        ("business_hours/schedules", "schedules"),
        ("queues", "queues"),
        ("locales", "locales"),
        ("targets", "targets"),
        ("macros/actions", "actions"),
        ("apps/installations", "installations"),
        ("apps/owned", "apps"),
        ("custom_objects", "custom_objects"),
    ] {
        let body = caller.get(address);
        assert!(!body[key].as_array().unwrap().is_empty(), "{address}");
        let refused = caller.send("GET", &format!("{address}?page[size]=10"), "");
        assert_eq!(refused.status, 400, "{address}");
    }
    assert!(caller.get("security_settings")["security_settings"].is_object());
    assert_eq!(caller.get("macros/categories")["categories"][0], "Refund");
}

#[test]
fn cursors_and_numbers_lead_through_the_same_rows() {
    let caller = Caller::new(200);
    let items = caller.by_cursor("dynamic_content/items", "items", 40);
    assert_eq!(
        items.len(),
        caller.account.truth("dynamic_content_items").len()
    );
    let second = caller.get("dynamic_content/items?page=2&per_page=40");
    assert_eq!(
        ids(&items[40..80]),
        ids(second["items"].as_array().unwrap())
    );
    // Webhooks know cursors only, and give them unasked; others know numbers only.
    assert!(caller.get("webhooks")["meta"]["has_more"].is_boolean());
    assert_eq!(caller.status("webhooks?page=1"), 400);
    assert_eq!(caller.status("workspaces?page[size]=1"), 400);
    assert_eq!(caller.get("workspaces?per_page=1")["count"], 3);
}

#[test]
fn services_with_cursors_of_their_own() {
    let caller = Caller::new(200);
    let trigger = caller.account.truth("triggers")[0]["id"].clone();
    let first = caller.get(&format!("triggers/{trigger}/revisions"));
    assert_eq!(first["count"], 50);
    let cursor = first["after_cursor"].as_str().unwrap();
    let rest = caller.get(&format!("triggers/{trigger}/revisions?cursor={cursor}"));
    assert_eq!(rest["count"], 10);
    assert!(rest["after_cursor"].is_null() && rest["before_cursor"].is_string());
    assert_eq!(caller.status("triggers/1/revisions"), 404);

    // The link goes on behind the last row, where there is nothing.
    let mut cursor = String::new();
    let mut seen = 0;
    loop {
        let page = caller.get(&format!("incremental/routing/attributes{cursor}"));
        let link = page["next_page"].as_str().unwrap();
        cursor = format!("?{}", link.split_once('?').unwrap().1);
        match page["count"].as_u64().unwrap() {
            0 => break,
            count => seen += count,
        }
    }
    let known = caller.account.truth("routing_attribute_changes").len() as u64;
    assert_eq!(seen, known);
}

#[test]
fn the_audit_log_is_for_administrators_and_filters() {
    let mut caller = Caller::new(200);
    let all = caller.by_cursor("audit_logs", "audit_logs", 100);
    let times = texts(&all, "created_at");
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    let oldest = caller.get("audit_logs?sort=created_at&page[size]=1");
    assert_eq!(oldest["audit_logs"][0]["id"], all[all.len() - 1]["id"]);
    let logins = caller.by_cursor("audit_logs?filter[action]=login", "audit_logs", 100);
    assert!(!logins.is_empty() && logins.iter().all(|row| row["action"] == "login"));
    assert_eq!(caller.status("audit_logs?filter[source_id]=1"), 400);
    assert_eq!(
        caller.status("audit_logs?filter[created_at]=2020-01-01T00:00:00Z"),
        400
    );
    assert_eq!(caller.status("audit_logs?sort=action&page[size]=1"), 400);
    assert_eq!(caller.status("audit_logs?filter[actor]=1"), 400);
    caller.credentials = Some(AGENT.to_owned());
    for address in [
        "audit_logs",
        "oauth/tokens",
        "deletion_schedules",
        "incremental/routing/attributes",
    ] {
        assert_eq!(caller.status(address), 403, "{address}");
    }
}

#[test]
fn others_see_only_their_own_tokens() {
    let caller = Caller::new(200);
    let own = caller.get("oauth/tokens")["tokens"]
        .as_array()
        .unwrap()
        .len();
    let all = caller.get("oauth/tokens?all=true")["tokens"]
        .as_array()
        .unwrap()
        .len();
    assert!(0 < own && own < all, "{own} of {all}");
}

#[test]
fn views_count_twenty_at_a_time() {
    let caller = Caller::new(400);
    let views = texts(&caller.account.truth("views"), "id");
    let counted = caller.get(&format!("views/count_many?ids={}", views.join(",")));
    let counts = counted["view_counts"].as_array().unwrap();
    assert_eq!(counts.len(), views.len());
    // One is still being counted.
    assert!(
        counts
            .iter()
            .any(|count| count["value"].is_null() && count["fresh"] == false)
    );
    let many = vec![views[0].as_str(); 21].join(",");
    assert_eq!(caller.status(&format!("views/count_many?ids={many}")), 400);
    let lines = caller.by_cursor(&format!("views/{}/execute", views[0]), "rows", 30);
    let count = caller.get(&format!("views/{}/count", views[0]));
    assert_eq!(count["view_count"]["value"], lines.len());
}

#[test]
fn links_of_jira_stand_beside_the_api() {
    let caller = Caller::new(200);
    let all = caller.by_cursor("/api/services/jira/links", "links", 100);
    assert_eq!(all.len(), caller.account.truth("jira_links").len());
    let ticket = all[0]["ticket_id"].to_string();
    let of_one = caller.by_cursor(
        &format!("/api/services/jira/links?filter[ticket_id]={ticket}"),
        "links",
        100,
    );
    assert!(!of_one.is_empty() && of_one.len() < all.len());
    assert_eq!(caller.status("jira/links"), 404);
}

#[test]
fn children_leave_out_the_key_they_are_asked_for_with() {
    let caller = Caller::new(200);
    let schedule = caller.account.truth("schedules")[0]["id"].clone();
    let holidays = caller.get(&format!("business_hours/schedules/{schedule}/holidays"));
    assert_eq!(holidays["holidays"].as_array().unwrap().len(), 2);
    assert!(holidays["holidays"][0].get("schedule_id").is_none());
    let webhook = caller.account.truth("webhooks")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let sent = caller.by_cursor(
        &format!("webhooks/{webhook}/invocations"),
        "invocations",
        100,
    );
    assert_eq!(sent.len(), 130);
    let one = sent[0]["id"].as_str().unwrap();
    assert_eq!(
        caller.status(&format!("webhooks/{webhook}/invocations/{one}/attempts")),
        200
    );
    assert_eq!(
        caller.status(&format!("webhooks/{webhook}/invocations/x/attempts")),
        404
    );
    assert_eq!(caller.status("custom_objects/nothing/fields"), 404);
}

#[test]
fn tickets_ask_for_skills() {
    let caller = Caller::new(100);
    let rows = caller.account.truth("routing_ticket_instance_values");
    assert!(rows.len() > 20);
    let ticket = &rows[0]["ticket_id"];
    let own = rows
        .iter()
        .filter(|row| row["ticket_id"] == *ticket)
        .count();
    let address = format!("routing/tickets/{ticket}/instance_values");
    let answer = caller.get(&address);
    assert_eq!(answer["attribute_values"].as_array().unwrap().len(), own);
    assert!(answer["attribute_values"][0].get("ticket_id").is_none());
    assert_eq!(caller.status("routing/tickets/1/values"), 404);
    assert_eq!(caller.status("routing/tickets/x/instance_values"), 400);
    assert_eq!(caller.status(&format!("{address}?page=1")), 400);
    assert_eq!(
        caller.get("apps/owned")["apps"].as_array().unwrap().len(),
        2
    );
}
