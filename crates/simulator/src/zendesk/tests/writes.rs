//! Writes: what lists, search and exports know of them, and when.

use serde_json::{Value, json};

use super::{Caller, ids};
use crate::zendesk::account::Account;

#[test]
fn lists_know_at_once_and_the_index_later() {
    let mut caller = Caller::new(300);
    let created = caller.send("POST", "tickets", &json!({"ticket": {"subject": "Fresh", "comment": {"body": "Hello"}, "priority": "urgent", "status": "pending", "tags": ["vip", "fresh"]}}).to_string());
    assert_eq!(created.status, 201);
    assert_eq!(created.body["ticket"]["generated_timestamp"], 0);
    let id = created.body["ticket"]["id"].as_i64().unwrap();
    let newest = caller.get("tickets?sort=-updated_at&page[size]=5");
    assert_eq!(ids(newest["tickets"].as_array().unwrap())[0], id);
    assert_eq!(
        caller.get(&format!("tickets/{id}"))["ticket"]["tags"],
        json!(["vip", "fresh"])
    );
    assert_eq!(
        caller.get(&format!("tickets/{id}/comments"))["comments"][0]["body"],
        "Hello"
    );
    assert!(ids(&caller.account.truth("tickets")).contains(&id));
    let search = |caller: &Caller| {
        ids(
            caller.get("search/export?filter[type]=ticket&query=tags:fresh")["results"]
                .as_array()
                .unwrap(),
        )
    };
    let export = |caller: &Caller| {
        ids(&caller.by_export("incremental/tickets/cursor?start_time=0", "tickets", 100))
    };
    assert!(search(&caller).is_empty() && !export(&caller).contains(&id));
    caller.behaviour.search_lag_millis = 0;
    assert_eq!(search(&caller), [id]);
    caller.behaviour.export_lag_millis = -2_000;
    assert!(export(&caller).contains(&id));
}

#[test]
fn a_lagging_index_still_serves_the_old_version() {
    let caller = Caller::new(300);
    let open =
        caller.get("search/export?filter[type]=ticket&query=status:open")["results"][0].clone();
    let id = open["id"].as_i64().unwrap();
    let changed = caller.send(
        "PUT",
        &format!("tickets/{id}"),
        r#"{"ticket": {"status": "solved", "comment": "done", "subject": "Changed"}}"#,
    );
    assert_eq!(
        (changed.status, &changed.body["ticket"]["status"]),
        (200, &Value::from("solved"))
    );
    assert!(
        ids(
            caller.get("search/export?filter[type]=ticket&query=status:open")["results"]
                .as_array()
                .unwrap()
        )
        .contains(&id)
    );
    let exported = caller.by_export("incremental/tickets/cursor?start_time=0", "tickets", 100);
    assert_eq!(
        exported
            .iter()
            .filter(|row| row["id"] == id)
            .map(|row| row["status"].clone())
            .collect::<Vec<_>>(),
        ["open"]
    );
    let row = caller
        .account
        .truth("tickets")
        .into_iter()
        .find(|row| row["id"] == id)
        .unwrap();
    assert_eq!(
        (&row["status"], &row["subject"], &row["description"]),
        (
            &Value::from("solved"),
            &Value::from("Changed"),
            &open["description"]
        )
    );
    let audits = caller.by_cursor(&format!("tickets/{id}/audits"), "audits", 100);
    assert_eq!(audits.last().unwrap()["events"][0]["body"], "done");
    assert_eq!(
        caller.by_cursor(&format!("tickets/{id}/comments"), "comments", 100)[0]["body"]
            .as_str()
            .unwrap_or_default(),
        open["description"].as_str().unwrap_or_default()
    );
}

#[test]
fn deleting_hides_the_ticket_and_its_children() {
    let mut caller = Caller::new(300);
    let id = Account::ticket_id(299);
    caller.account.update_ticket(id, json!({"status": "open"}));
    assert_eq!(
        caller.send("DELETE", &format!("tickets/{id}"), "").status,
        204
    );
    assert_eq!(caller.status(&format!("tickets/{id}")), 404);
    assert_eq!(caller.status(&format!("tickets/{id}/comments")), 404);
    assert_eq!(
        caller.send("DELETE", &format!("tickets/{id}"), "").status,
        404
    );
    assert!(!ids(&caller.account.truth("tickets")).contains(&id));
    let deleted = caller.by_cursor(
        "deleted_tickets?support_type_scope=all",
        "deleted_tickets",
        100,
    );
    assert!(
        deleted
            .iter()
            .any(|row| row["id"] == id && row["previous_state"] == "open")
    );
    caller.behaviour.export_lag_millis = -2_000;
    let rows = caller.by_export(
        "incremental/tickets/cursor?start_time=0&support_type_scope=all",
        "tickets",
        100,
    );
    assert_eq!(
        rows.iter()
            .filter(|row| row["id"] == id)
            .map(|row| row["status"].clone())
            .collect::<Vec<_>>(),
        ["deleted"]
    );
}

#[test]
fn refused_writes() {
    let caller = Caller::new(300);
    let closed = caller
        .account
        .truth("tickets")
        .into_iter()
        .find(|row| row["status"] == "closed")
        .unwrap();
    let refused = caller.send(
        "PUT",
        &format!("tickets/{}", closed["id"]),
        r#"{"ticket": {"status": "open"}}"#,
    );
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.body["details"]["status"][0]["description"],
        "Status: closed prevents ticket update"
    );
    assert_eq!(caller.send("POST", "tickets", "{}").status, 400);
    assert_eq!(
        caller
            .send("POST", "tickets", r#"{"ticket": {"subject": "x"}}"#)
            .status,
        422
    );
    assert_eq!(caller.send("POST", "tickets", "not json").status, 422);
    assert_eq!(
        caller.send("PUT", "tickets/98", r#"{"ticket": {}}"#).status,
        404
    );
}
