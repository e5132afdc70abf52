//! Talk and engagements: increments without a word for the end, pages by two cursors, and numbers that fit together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Caller, assert_same, ids, unique};
use crate::zendesk::{Product, Subscription};

/// All rows of an increment, and how many pages it took.
fn increment(caller: &Caller, key: &str, start: i64) -> (Vec<Value>, usize) {
    let mut next = format!("channels/voice/stats/incremental/{key}?start_time={start}");
    let (mut rows, mut pages, mut seen) = (Vec::new(), 0, BTreeSet::new());
    loop {
        let page = caller.get(&next);
        pages += 1;
        assert!(page.get("end_of_stream").is_none());
        let items = page[key].as_array().unwrap();
        assert_eq!(page["count"], items.len());
        rows.extend(
            items
                .iter()
                .filter(|row| seen.insert(row["id"].as_i64().unwrap()))
                .cloned(),
        );
        let Some(link) = page["next_page"].as_str() else {
            assert!(
                items.is_empty(),
                "only the page after the last links nowhere"
            );
            return (rows, pages);
        };
        let link = link.strip_prefix("http://127.0.0.1:1").unwrap();
        assert_ne!(link, next, "no progress");
        next = link.to_owned();
    }
}

#[test]
fn increments_hold_every_row() {
    let caller = Caller::new(6_000);
    for (key, table) in [("calls", "talk_calls"), ("legs", "talk_legs")] {
        let truth = caller.account.truth(table);
        let (rows, pages) = increment(&caller, key, 0);
        assert!(pages > 3, "{key}: {pages}");
        assert_same(rows, truth.clone(), key);
        let middle = truth[truth.len() / 2]["updated_at"].as_str().unwrap();
        let later = truth
            .iter()
            .filter(|row| row["updated_at"].as_str().unwrap() >= middle);
        let (rows, _) = increment(&caller, key, crate::clock::parse(middle).unwrap());
        assert_same(rows, later.cloned().collect(), key);
    }
    let address = "channels/voice/stats/incremental/calls";
    assert_eq!(caller.status(address), 400);
    assert_eq!(
        caller.status(&format!("{address}?start_time=0&per_page=10")),
        400
    );
    assert_eq!(
        caller.status(&format!("{address}?start_time=99999999999")),
        422
    );
}

#[test]
fn calls_fit_tickets_people_and_numbers() {
    let account = Caller::new(1_500).account;
    let known = |table: &str| -> BTreeSet<i64> { ids(&account.truth(table)).into_iter().collect() };
    let (numbers, groups, calls) = (
        known("talk_phone_numbers"),
        known("groups"),
        known("talk_calls"),
    );
    for row in account.truth("talk_calls") {
        if let Some(ticket) = row["ticket_id"].as_i64() {
            let ticket = account.current_ticket(ticket).unwrap();
            assert_eq!(ticket.channel, "voice");
            assert_eq!(row["agent_id"].as_i64(), ticket.assignee);
            assert_eq!(row["customer_id"].as_i64(), ticket.requester);
        }
        assert!(numbers.contains(&row["phone_number_id"].as_i64().unwrap()));
        assert!(
            row["call_group_id"]
                .as_i64()
                .is_none_or(|group| groups.contains(&group))
        );
        let sum: i64 = ["wait_time", "talk_time", "hold_time"]
            .iter()
            .map(|part| row[*part].as_i64().unwrap())
            .sum();
        assert_eq!(row["duration"], sum);
    }
    for row in account.truth("talk_legs") {
        assert!(calls.contains(&row["call_id"].as_i64().unwrap()));
    }
    assert_eq!(
        unique(&ids(&account.truth("talk_legs"))).len(),
        account.truth("talk_legs").len()
    );
}

#[test]
fn engagements_go_on_by_two_cursors() {
    let caller = Caller::new(2_000);
    let mut next = "engagements".to_owned();
    let (mut rows, mut pages) = (Vec::new(), 0);
    loop {
        let page = caller.get(&next);
        pages += 1;
        rows.extend(
            page["agent_engagement_data"]
                .as_array()
                .unwrap()
                .iter()
                .cloned(),
        );
        if page["has_more"] == false {
            assert!(page["next_page_url"].is_null());
            break;
        }
        let link = page["next_page_url"].as_str().unwrap();
        next = link.strip_prefix("http://127.0.0.1:1").unwrap().to_owned();
    }
    assert!(pages > 2, "{pages}");
    let ticket = rows[0]["ticket_id"].clone();
    assert_same(rows, caller.account.truth("engagements"), "engagements");
    let own = caller.get(&format!("engagements?ticket_id={ticket}"));
    assert!(
        own["agent_engagement_data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["ticket_id"] == ticket)
    );
    assert_eq!(caller.status("engagements?engagement_id_cursor=ab"), 400);
    assert_eq!(caller.status("engagements?page_size=10"), 400);
}

#[test]
fn lists_know_no_cursors_and_single_rows_no_pages() {
    let caller = Caller::new(800);
    for (path, key, table) in [
        ("phone_numbers", "phone_numbers", "talk_phone_numbers"),
        ("lines", "lines", "talk_lines"),
        ("greetings", "greetings", "talk_greetings"),
        ("ivr", "ivrs", "talk_ivrs"),
        (
            "stats/agents_activity",
            "agents_activity",
            "talk_agents_activity",
        ),
    ] {
        let address = format!("channels/voice/{path}");
        assert_same(
            caller.by_offset(&address, key, 2),
            caller.account.truth(table),
            path,
        );
        assert_eq!(
            caller.status(&format!("{address}?page[size]=2")),
            400,
            "{path}"
        );
    }
    let agent = &caller.account.truth("talk_availabilities")[0];
    let address = format!("channels/voice/availabilities/{}", agent["agent_id"]);
    assert_eq!(caller.get(&address)["availability"], agent["_item"]);
    assert_eq!(caller.status("channels/voice/availabilities/7"), 404);
    let call = &caller.account.truth("calls")[0];
    assert_eq!(&caller.get(&format!("calls/{}", call["id"]))["call"], call);
    assert_eq!(caller.status("calls/7"), 404);
    assert_eq!(
        caller.get("channels/voice/settings")["settings"],
        caller.account.truth("talk_settings")[0]
    );
    let route = &caller.account.truth("talk_ivr_routes")[0];
    assert_eq!(route["ivr_id"], caller.account.truth("talk_ivrs")[0]["id"]);
}

#[test]
fn without_talk_everything_is_refused() {
    let mut caller = Caller::new(100);
    caller.behaviour.subscription = Subscription::without(Product::Talk);
    for address in [
        "channels/voice/lines",
        "channels/voice/stats/incremental/calls?start_time=0",
        "calls/1",
    ] {
        assert_eq!(caller.status(address), 403, "{address}");
    }
}
