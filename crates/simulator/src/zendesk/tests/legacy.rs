//! Legacy objects: what has to be named, pages by links without a host, and objects that fit each other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Caller, assert_same};
use crate::zendesk::{Product, Subscription};

/// The rows of all pages, by the links.
fn all(caller: &Caller, address: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages, mut next) = (Vec::new(), 0, format!("/api/sunshine/{address}"));
    loop {
        let page = caller.get(&next);
        pages += 1;
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["links"]["next"].as_str() {
            Some(link) => next = link.to_owned(),
            None => return (rows, pages),
        }
    }
}

fn of_type(rows: Vec<Value>, column: &str, kind: &str) -> Vec<Value> {
    rows.into_iter().filter(|row| row[column] == kind).collect()
}

#[test]
fn lists_go_on_by_links() {
    let caller = Caller::new(300);
    let truth = |table: &str| caller.account.truth(table);
    let (rows, pages) = all(&caller, "objects/records?type=delivery&per_page=1000");
    assert_eq!(pages, 2);
    let deliveries = of_type(truth("legacy_object_records"), "type", "delivery");
    assert_same(rows, deliveries, "deliveries");
    let kind = "delivery_has_one_receiver";
    let (rows, pages) = all(
        &caller,
        &format!("relationships/records?type={kind}&per_page=7"),
    );
    assert_eq!(pages, 9);
    let receivers = of_type(truth("legacy_relationships"), "relationship_type", kind);
    assert_same(rows, receivers, kind);
    for (address, table) in [
        ("objects/types", "legacy_object_types"),
        ("relationships/types", "legacy_relationship_types"),
    ] {
        assert_same(all(&caller, address).0, truth(table), table);
    }
    let (none, _) = all(&caller, "objects/records?type=unused-kind");
    assert!(none.is_empty());
}

#[test]
fn records_are_found_by_id_and_by_external_id() {
    let caller = Caller::new(300);
    let truth = caller.account.truth("legacy_object_records");
    let ids = format!(
        "{},{},nothing",
        truth[3]["id"].as_str().unwrap(),
        truth[1]["id"].as_str().unwrap()
    );
    let (found, _) = all(&caller, &format!("objects/records?ids={ids}"));
    assert_same(found, vec![truth[1].clone(), truth[3].clone()], "ids");
    let address = "objects/records?type=delivery&external_id=DELIVERY-00003";
    assert_same(
        all(&caller, address).0,
        vec![truth[3].clone()],
        "without case",
    );
}

#[test]
fn what_is_not_named_is_refused() {
    let caller = Caller::new(100);
    for (address, status) in [
        ("objects/records", 400),
        ("objects/records?external_id=delivery-00003", 400),
        ("objects/records?type=car", 404),
        ("objects/records?type=delivery&per_page=1001", 400),
        ("objects/records?type=delivery&page=2", 400),
        ("objects/records?type=delivery&ids=a", 400),
        ("objects/records?type=delivery&cursor=x", 400),
        ("relationships/records", 400),
        ("relationships", 404),
        ("objects/types?type=delivery", 400),
    ] {
        let address = format!("/api/sunshine/{address}");
        assert_eq!(caller.status(&address), status, "{address}");
    }
    assert_eq!(caller.status("sunshine/objects/types"), 404);
}

#[test]
fn relationships_lead_to_what_there_is() {
    let account = Caller::new(300).account;
    let records: BTreeSet<String> = account
        .truth("legacy_object_records")
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    for row in account.truth("legacy_relationships") {
        assert!(records.contains(row["source"].as_str().unwrap()));
        let target = row["target"].as_str().unwrap();
        match target.strip_prefix("zen:user:") {
            Some(user) => assert!(account.user_index(user.parse().unwrap()).is_some()),
            None => assert!(records.contains(target)),
        }
    }
}

#[test]
fn an_account_may_be_without_them() {
    let mut caller = Caller::new(100);
    caller.behaviour.subscription = Subscription::without(Product::Legacy);
    assert_eq!(caller.status("/api/sunshine/objects/types"), 403);
    assert_eq!(caller.status("custom_objects"), 200);
}
