//! Search: what the language finds, compared with the truth; caps, order, cursors.

use serde_json::Value;

use super::{Caller, assert_same, ids, sorted, unique};
use crate::zendesk::account::Account;

fn encoded(query: &str) -> String {
    url::form_urlencoded::byte_serialize(query.as_bytes()).collect()
}

fn export(caller: &Caller, query: &str, kind: &str, size: usize) -> Vec<Value> {
    caller.by_cursor(
        &format!("search/export?filter[type]={kind}&query={}", encoded(query)),
        "results",
        size,
    )
}

#[test]
fn export_finds_exactly_what_the_truth_holds() {
    let caller = Caller::new(700);
    let truth = caller.account.truth("tickets");
    let group = truth
        .iter()
        .find_map(|row| row["group_id"].as_i64())
        .unwrap();
    let organization = truth
        .iter()
        .find_map(|row| row["organization_id"].as_i64())
        .unwrap();
    let requester = truth[3]["requester_id"].as_i64().unwrap();
    let instant = truth[300]["created_at"].as_str().unwrap().to_owned();
    let product = caller.account.config.fields[7].id;
    let field = |row: &Value, id: i64| {
        row["custom_fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["id"] == id)
            .unwrap()["value"]
            .clone()
    };
    let tagged = |row: &Value, tag: &str| {
        row["tags"]
            .as_array()
            .unwrap()
            .iter()
            .any(|each| each == tag)
    };
    type Test<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let cases: Vec<(String, Test<'_>)> = vec![
        (String::new(), Box::new(|_| true)),
        (
            "status:open".into(),
            Box::new(|row| row["status"] == "open"),
        ),
        (
            "status:new status:hold".into(),
            Box::new(|row| row["status"] == "new" || row["status"] == "hold"),
        ),
        (
            "status<solved".into(),
            Box::new(|row| !["solved", "closed"].contains(&row["status"].as_str().unwrap())),
        ),
        (
            "-status:closed".into(),
            Box::new(|row| row["status"] != "closed"),
        ),
        (
            "priority>normal".into(),
            Box::new(|row| row["priority"] == "high" || row["priority"] == "urgent"),
        ),
        (
            "priority:none".into(),
            Box::new(|row| row["priority"].is_null()),
        ),
        (
            "ticket_type:problem".into(),
            Box::new(|row| row["type"] == "problem"),
        ),
        ("tags:vip".into(), Box::new(|row| tagged(row, "vip"))),
        (
            "tags:vip tags:billing".into(),
            Box::new(|row| tagged(row, "vip") || tagged(row, "billing")),
        ),
        (
            "tags:\"vip billing\"".into(),
            Box::new(|row| tagged(row, "vip") && tagged(row, "billing")),
        ),
        (
            "tags:none".into(),
            Box::new(|row| row["tags"].as_array().unwrap().is_empty()),
        ),
        (
            format!("group:{group}"),
            Box::new(move |row| row["group_id"] == group),
        ),
        (
            "group:none".into(),
            Box::new(|row| row["group_id"].is_null()),
        ),
        (
            format!("organization:{organization}"),
            Box::new(move |row| row["organization_id"] == organization),
        ),
        (
            format!("requester:{requester}"),
            Box::new(move |row| row["requester_id"] == requester),
        ),
        (
            "assignee:none".into(),
            Box::new(|row| row["assignee_id"].is_null()),
        ),
        (
            format!("custom_field_{product}:product_cloud"),
            Box::new(move |row| field(row, product) == "product_cloud"),
        ),
        (
            format!("custom_field_{product}:none"),
            Box::new(move |row| field(row, product).is_null()),
        ),
        (
            format!("created>={instant}"),
            Box::new(|row| row["created_at"].as_str().unwrap() >= instant.as_str()),
        ),
        (
            format!("created<{instant}"),
            Box::new(|row| row["created_at"].as_str().unwrap() < instant.as_str()),
        ),
        (
            "due_date:none".into(),
            Box::new(|row| row["due_date"].is_null() && row["due_at"].is_null()),
        ),
        (
            "status:open priority:urgent -tags:vip".into(),
            Box::new(|row| {
                row["status"] == "open" && row["priority"] == "urgent" && !tagged(row, "vip")
            }),
        ),
        (
            "satisfaction:bad".into(),
            Box::new(|row| row["satisfaction_rating"]["score"] == "bad"),
        ),
    ];
    for (query, test) in cases {
        let found = export(&caller, &query, "ticket", 90);
        let listed = ids(&found);
        assert!(
            listed.windows(2).all(|pair| pair[0] > pair[1]),
            "{query}: newest first"
        );
        let expected: Vec<i64> = truth
            .iter()
            .filter(|row| test(row))
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        if query == "satisfaction:bad" {
            // Some rows do not show their rating at all.
            assert!(expected.iter().all(|id| listed.contains(id)));
        } else {
            assert_eq!(sorted(listed), expected, "{query}");
        }
        assert_eq!(
            caller.get(&format!(
                "search/count?query={}",
                encoded(&format!("type:ticket {query}"))
            ))["count"],
            found.len(),
            "{query}"
        );
    }
}

#[test]
fn unknown_keywords_become_text() {
    let caller = Caller::new(400);
    assert!(export(&caller, "statsu:open", "ticket", 100).is_empty());
    let text = export(&caller, "invoice", "ticket", 100);
    assert!(!text.is_empty());
    let looked: Vec<i64> = ids(&export(&caller, "subject:INVOICES", "ticket", 100));
    assert!(!looked.is_empty() && looked.iter().all(|id| ids(&text).contains(id)));
    let id = Account::ticket_id(17);
    assert!(ids(&export(&caller, &id.to_string(), "ticket", 100)).contains(&id));
}

#[test]
fn plain_search_is_capped_but_counts_truly() {
    let caller = Caller::new(1_400);
    let living = caller.account.truth("tickets").len();
    let first = caller.get("search?query=type:ticket");
    assert_eq!(
        (
            first["count"].as_u64().unwrap() as usize,
            first["results"].as_array().unwrap().len()
        ),
        (living, 100)
    );
    assert_eq!(first["results"][0]["result_type"], "ticket");
    assert!(first["facets"].is_null());
    let tenth = caller.get("search?query=type:ticket&page=10");
    assert!(
        tenth["next_page"].as_str().unwrap().contains("page=11"),
        "the link points beyond the cap"
    );
    let refused = caller.send("GET", "search?query=type:ticket&page=11", "");
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Search Response Limits"));
    for (sort, key) in [("updated_at", "updated_at"), ("created_at", "created_at")] {
        let rows = caller.get(&format!(
            "search?query=type:ticket&sort_by={sort}&sort_order=desc"
        ));
        let keys: Vec<&str> = rows["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[key].as_str().unwrap())
            .collect();
        assert!(keys.windows(2).all(|pair| pair[0] >= pair[1]), "{sort}");
    }
}

#[test]
fn people_and_structure() {
    let caller = Caller::new(600);
    let found = export(&caller, "role:agent", "user", 10);
    let expected: Vec<i64> = caller
        .account
        .truth("users")
        .iter()
        .filter(|row| row["role"] == "agent")
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    assert_eq!(sorted(ids(&found)), expected);
    assert!(found.iter().all(|row| row["result_type"] == "user"));
    assert_eq!(
        unique(&ids(&export(&caller, "", "organization", 5))).len(),
        caller.account.truth("organizations").len()
    );
    assert_eq!(
        export(&caller, "", "group", 5).len(),
        caller.account.truth("groups").len()
    );
    let by_mail = caller.by_offset(
        &format!("users/search?query={}", encoded("email:agent@example.com")),
        "users",
        10,
    );
    assert_eq!(by_mail.len(), 1);
    assert_same(
        by_mail,
        vec![caller.account.truth("users")[0].clone()],
        "by mail",
    );
}

#[test]
fn export_needs_a_type_and_takes_no_sort() {
    let caller = Caller::new(100);
    assert_eq!(caller.status("search/export?query=x"), 400);
    assert_eq!(
        caller.status("search/export?query=type:user&filter[type]=ticket"),
        400
    );
    assert_eq!(
        caller.status("search/export?query=type:ticket&filter[type]=ticket"),
        200
    );
    assert_eq!(
        caller.status("search/export?query=x&filter[type]=ticket&sort_by=created_at"),
        400
    );
    assert_eq!(
        caller.status("search/export?query=&filter[type]=ticket&page[size]=1000"),
        200
    );
    assert_eq!(
        caller.status("search/export?query=&filter[type]=ticket&page[size]=1001"),
        400
    );
    let old = crate::zendesk::api::paging::encode("created_at,id", "0|50|1000");
    assert_eq!(
        caller.status(&format!(
            "search/export?query=&filter[type]=ticket&page[after]={}",
            encoded(&old)
        )),
        400,
        "cursors die after an hour"
    );
}
