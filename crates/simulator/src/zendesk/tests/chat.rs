//! Chat: exports that go on within a moment, lists that go on by id, in either of the forms that the vendor leaves open.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{AGENT, Caller, assert_same};
use crate::zendesk::{Product, Subscription};

/// All rows of an export, told apart by their text, and how many pages it took.
fn export(caller: &Caller, key: &str, start: i64) -> (Vec<Value>, usize) {
    let mut next =
        format!("/api/v2/chat/incremental/{key}?fields={key}%28*%29&limit=1000&start_time={start}");
    let (mut rows, mut pages, mut seen) = (Vec::new(), 0, BTreeSet::new());
    loop {
        let page = caller.get(&next);
        pages += 1;
        let items = page[key].as_array().unwrap();
        assert_eq!(page["count"], items.len());
        let fresh = items.iter().filter(|row| seen.insert(row.to_string()));
        rows.extend(fresh.cloned());
        let link = page["next_page"].as_str().unwrap();
        let link = link.strip_prefix("http://127.0.0.1:1").unwrap();
        // An export that begins with the last row again never has a page without rows.
        if items.is_empty() || link == next {
            return (rows, pages);
        }
        next = link.to_owned();
    }
}

#[test]
fn exports_hold_every_row() {
    let caller = Caller::new(3_000);
    for (key, table, unit) in [
        ("chats", "chats", 1),
        ("agent_timeline", "chat_agent_timeline", 1_000_000),
        ("conversions", "chat_conversions", 1),
        ("department_events", "chat_department_events", 1),
    ] {
        let truth = caller.account.truth(table);
        let (rows, pages) = export(&caller, key, 0);
        assert!(pages > 2, "{key}: {pages}");
        assert_same(rows, truth.clone(), key);
        let column = match key {
            "chats" => "update_timestamp",
            "agent_timeline" => "start_time",
            _ => "timestamp",
        };
        let middle = truth[truth.len() / 2][column].as_str().unwrap();
        let second = format!("{}Z", &middle[..19]);
        let start = crate::clock::parse(&second).unwrap() * unit;
        let later = truth
            .iter()
            .filter(|row| row[column].as_str().unwrap()[..19] >= middle[..19]);
        assert_same(export(&caller, key, start).0, later.cloned().collect(), key);
    }
}

#[test]
fn moments_hold_more_rows_than_a_page() {
    let account = Caller::new(3_000).account;
    for (table, column) in [
        ("chats", "update_timestamp"),
        ("chat_agent_timeline", "start_time"),
    ] {
        let truth = account.truth(table);
        let moments = truth.iter().map(|row| row[column].as_str().unwrap());
        let moments: Vec<&str> = moments.collect();
        let different = moments.iter().collect::<BTreeSet<_>>().len();
        assert!(different < moments.len(), "{table}");
    }
}

#[test]
fn exports_refuse_what_is_not_documented() {
    let mut caller = Caller::new(200);
    let chats = "chat/incremental/chats";
    // Only ids, unless fields are asked for.
    let page = caller.get(chats);
    let row = page["chats"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id"]);
    let now = crate::clock::now_millis() / 1_000;
    for wrong in [
        "limit=1001".to_owned(),
        "limit=0".to_owned(),
        "fields=chats".to_owned(),
        "per_page=10".to_owned(),
        "start_time=-1".to_owned(),
        format!("start_time={}", now - 200),
        // A timeline's microseconds are far in the future here.
        format!("start_time={}000000", now - 10_000),
    ] {
        assert_eq!(caller.status(&format!("{chats}?{wrong}")), 400, "{wrong}");
    }
    let timeline = "chat/incremental/agent_timeline";
    for (start, status) in [
        (format!("{}000000", now - 10_000), 200),
        (format!("{}000000", now - 200), 400),
    ] {
        let address = format!("{timeline}?start_time={start}");
        assert_eq!(caller.status(&address), status, "{address}");
    }
    assert_eq!(caller.status(&format!("{timeline}?start_id=a")), 400);
    caller.credentials = Some(AGENT.to_owned());
    assert_eq!(caller.status("chat/bans"), 403);
    assert_eq!(caller.status(chats), 200);
}

/// All rows of a bare list, by id.
fn by_id(caller: &Caller, key: &str, limit: usize) -> (Vec<Value>, usize) {
    let (mut rows, mut pages, mut since) = (Vec::<Value>::new(), 0, 0);
    loop {
        let page = caller.get(&format!("chat/{key}?limit={limit}&since_id={since}"));
        pages += 1;
        let found: Vec<&Value> = match &page {
            Value::Array(rows) => rows.iter().collect(),
            page => ["ip_address", "visitor"]
                .iter()
                .flat_map(|kind| page[*kind].as_array().unwrap())
                .collect(),
        };
        assert!(found.len() <= limit);
        rows.extend(found.iter().map(|row| (*row).clone()));
        let last = found.iter().filter_map(|row| row["id"].as_i64()).max();
        match last {
            Some(last) => since = last + 1,
            None => return (rows, pages),
        }
    }
}

const LISTS: [&str; 7] = [
    "agents",
    "departments",
    "triggers",
    "goals",
    "skills",
    "roles",
    "bans",
];

#[test]
fn lists_go_on_by_id() {
    let caller = Caller::new(600);
    for key in LISTS {
        let truth = caller.account.truth(&format!("chat_{key}"));
        let (rows, pages) = by_id(&caller, key, 2);
        assert!(pages > 1, "{key}");
        assert_same(rows, truth, key);
        assert_eq!(caller.status(&format!("chat/{key}?page=2")), 400, "{key}");
        assert_eq!(
            caller.status(&format!("chat/{key}?limit=1001")),
            400,
            "{key}"
        );
    }
    // Ten, if nobody says how many.
    assert_eq!(caller.get("chat/agents").as_array().map(Vec::len), Some(8));
    let bans = caller.get("chat/bans");
    assert_eq!(bans["ip_address"].as_array().map(Vec::len), Some(10));
    assert_eq!(
        caller.get("chat/shortcuts"),
        Value::from(caller.account.truth("chat_shortcuts"))
    );
    assert_eq!(caller.status("chat/shortcuts?since_id=1"), 400);
    assert_eq!(
        caller.get("chat/routing_settings/account")["data"],
        caller.account.truth("chat_routing_settings")[0]
    );
    assert_eq!(caller.status("chat/visitors"), 404);
}

/// The rows of all pages, by the links.
fn by_link(caller: &Caller, address: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages, mut next) = (Vec::new(), 0, address.to_owned());
    loop {
        let page = caller.get(&next);
        pages += 1;
        let members = page.as_object().unwrap().values();
        rows.extend(members.filter_map(Value::as_array).flatten().cloned());
        match page["next_url"].as_str() {
            Some(link) => next = link.strip_prefix("http://127.0.0.1:1").unwrap().to_owned(),
            None => return (rows, pages),
        }
    }
}

#[test]
fn lists_may_come_in_an_envelope() {
    let mut caller = Caller::new(600);
    caller.faults.chat_envelopes = true;
    for key in LISTS {
        let (rows, _) = by_link(&caller, &format!("chat/{key}?limit=2"));
        assert_same(rows, caller.account.truth(&format!("chat_{key}")), key);
        assert_eq!(
            caller.status(&format!("chat/{key}?since_id=2")),
            400,
            "{key}"
        );
    }
}

#[test]
fn the_list_of_chats_does_not_tell_when_they_changed() {
    let caller = Caller::new(2_000);
    let (rows, pages) = by_link(&caller, "chat/chats");
    assert!(pages > 2);
    let mut truth = caller.account.truth("chats");
    for row in &mut truth {
        row.as_object_mut().unwrap().remove("update_timestamp");
    }
    assert_same(rows, truth, "chats");
    assert_eq!(caller.status("chat/chats?limit=10"), 400);
}

#[test]
fn chats_fit_tickets_departments_and_agents() {
    let account = Caller::new(3_000).account;
    let known = |table: &str| -> BTreeSet<i64> {
        let rows = account.truth(table);
        rows.iter().filter_map(|row| row["id"].as_i64()).collect()
    };
    let (agents, departments, groups) = (
        known("chat_agents"),
        known("chat_departments"),
        known("groups"),
    );
    assert!(departments.is_subset(&groups));
    let mut became_tickets = 0;
    for row in account.truth("chats") {
        assert!(departments.contains(&row["department_id"].as_i64().unwrap()));
        assert!(row["timestamp"].as_str() < row["update_timestamp"].as_str());
        if let Some(ticket) = row["zendesk_ticket_id"].as_i64() {
            became_tickets += 1;
            assert_eq!(account.current_ticket(ticket).unwrap().channel, "chat");
        }
    }
    assert!(became_tickets > 5, "{became_tickets}");
    for row in account.truth("chat_agent_timeline") {
        assert!(agents.contains(&row["agent_id"].as_i64().unwrap()));
    }
}

#[test]
fn without_chat_nothing_of_it_answers() {
    let mut caller = Caller::new(100);
    caller.behaviour.subscription = Subscription::without(Product::Chat);
    for address in ["chat/agents", "chat/incremental/chats?start_time=0"] {
        let refused = caller.send("GET", address, "");
        assert_eq!(refused.status, 404, "{address}");
        assert_eq!(refused.body["error"], "InvalidEndpoint", "{address}");
    }
    caller.behaviour.subscription = Subscription {
        chat_apart: true,
        ..Subscription::default()
    };
    assert_eq!(caller.status("chat/agents"), 401);
    assert_eq!(caller.status("tickets"), 200);
}
