//! `sort` in the cursor lists of users and organizations, in accounts that take it and in accounts that do not.

use serde_json::Value;

use super::{Caller, ids};
use crate::zendesk::account::order::address as index_of;
use crate::zendesk::api::paging::encode;

const LISTS: [&str; 2] = ["users", "organizations"];
const ADDRESSES: [(&str, &str); 3] = [
    ("users", "users"),
    ("users?role[]=end-user&role[]=agent", "users"),
    ("organizations", "organizations"),
];
const SORTS: [&str; 4] = ["id", "-id", "updated_at", "-updated_at"];

fn with_sort(address: &str, sort: &str) -> String {
    let join = if address.contains('?') { '&' } else { '?' };
    format!("{address}{join}sort={sort}")
}

/// The rows of the list as `sort` has to give them.
fn expected(caller: &Caller, address: &str, key: &str, sort: &str) -> Vec<Value> {
    let mut rows = caller.account.truth(key);
    if address.contains("role") {
        rows.retain(|row| row["role"] != "admin");
    }
    rows.sort_by_key(|row| {
        let id = row["id"].as_i64().unwrap();
        if sort.ends_with("updated_at") {
            (row["updated_at"].as_str().unwrap().to_owned(), id)
        } else {
            (String::new(), id)
        }
    });
    if sort.starts_with('-') {
        rows.reverse();
    }
    rows
}

/// The page beside a cursor.
fn page(caller: &Caller, address: &str, cursor: &str, at: &Value) -> Value {
    let at: String =
        url::form_urlencoded::byte_serialize(at.as_str().unwrap().as_bytes()).collect();
    caller.get(&format!("{address}&page[{cursor}]={at}"))
}

#[test]
fn every_row_once_and_in_order_in_either_direction() {
    let caller = Caller::new(700);
    for (address, key) in ADDRESSES {
        for sort in SORTS {
            let sorted = with_sort(address, sort);
            let expected = expected(&caller, address, key, sort);
            assert!(expected.len() > 14, "{sorted}: several pages");
            for size in [1, 7, 100] {
                let rows = caller.by_cursor(&sorted, key, size);
                assert_eq!(rows, expected, "{sorted} by {size}");
            }
        }
        let by_id = ids(&expected(&caller, address, key, "id"));
        let by_updated = ids(&expected(&caller, address, key, "updated_at"));
        assert_ne!(by_id, by_updated, "{address}: the orders differ");
    }
}

#[test]
fn pages_lead_back_to_the_first_row() {
    let caller = Caller::new(700);
    for (address, key) in ADDRESSES {
        for sort in SORTS {
            let sorted = with_sort(address, sort);
            let expected = ids(&expected(&caller, address, key, sort));
            let sorted = format!("{sorted}&page[size]=7");
            let mut here = caller.get(&sorted);
            while here["meta"]["has_more"] == true {
                here = page(&caller, &sorted, "after", &here["meta"]["after_cursor"]);
            }
            let mut back = ids(here[key].as_array().unwrap());
            loop {
                here = page(&caller, &sorted, "before", &here["meta"]["before_cursor"]);
                let mut rows = ids(here[key].as_array().unwrap());
                rows.append(&mut back);
                back = rows;
                if here["meta"]["has_more"] == false {
                    break;
                }
            }
            assert_eq!(back, expected, "{sorted}");
        }
    }
}

#[test]
fn rows_of_one_second_go_by_id() {
    let caller = Caller::new(60_000);
    let account = &caller.account;
    let by_updated = account.users_by_updated();
    let user = |place: usize| account.user(index_of(by_updated[place]) as u32);
    let mut ties = 0;
    for place in 1..by_updated.len() - 1 {
        let (low, high) = (user(place), user(place + 1));
        if low.updated != high.updated || !low.active || !high.active {
            continue;
        }
        ties += 1;
        let places = [
            ("updated_at", place - 1, [low.id, high.id]),
            (
                "-updated_at",
                by_updated.len() - 3 - place,
                [high.id, low.id],
            ),
        ];
        for (sort, before, expected) in places {
            let sorted = format!("users?sort={sort}&page[size]=2");
            let cursor = Value::from(encode(sort, &format!("{before}|{sort}")));
            let rows = page(&caller, &sorted, "after", &cursor);
            assert_eq!(ids(rows["users"].as_array().unwrap()), expected, "{sorted}");
        }
    }
    assert!(ties > 0, "no two users share a second");
}

#[test]
fn a_cursor_belongs_to_its_order() {
    let caller = Caller::new(300);
    for list in LISTS {
        for sort in SORTS {
            let first = caller.get(&format!("{list}?page[size]=3&sort={sort}"));
            let cursor = first["meta"]["after_cursor"].as_str().unwrap();
            let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            for other in SORTS {
                let address = format!("{list}?page[size]=3&sort={other}&page[after]={cursor}");
                let status = if other == sort { 200 } else { 400 };
                assert_eq!(caller.status(&address), status, "{sort} to {address}");
            }
        }
    }
}

#[test]
fn what_each_kind_of_account_takes() {
    let mut caller = Caller::new(300);
    let user = caller.account.truth("users")[0]["id"].clone();
    let organization = caller.account.truth("organizations")[0]["id"].clone();
    let group = caller.account.truth("groups")[0]["id"].clone();
    let whole = LISTS.map(str::to_owned);
    let parts = [
        format!("users/{user}/organizations"),
        format!("organizations/{organization}/users"),
        format!("groups/{group}/users"),
    ];
    // (sort, taken by an account that sorts people, taken by one that does not)
    let cases = [
        ("id", true, true),
        ("-id", true, false),
        ("updated_at", true, false),
        ("-updated_at", true, false),
        ("name", false, false),
        ("--id", false, false),
        ("created_at", false, false),
        ("", false, false),
    ];
    for sorted_people in [true, false] {
        caller.behaviour.sorted_people = sorted_people;
        for strict in [true, false] {
            caller.behaviour.strict = strict;
            for (sort, sorting, plain) in cases {
                let check = |list: &str, taken: bool| {
                    let address = format!("{list}?page[size]=5&sort={sort}");
                    let answered = caller.send("GET", &address, "");
                    if taken {
                        assert_eq!(answered.status, 200, "{address}: {}", answered.text);
                        assert_eq!(answered.warning, None, "{address}");
                    } else {
                        assert_eq!(
                            (answered.status, &answered.body["errors"][0]["code"]),
                            (400, &Value::from("InvalidPaginationParameter")),
                            "{address}, sorted_people {sorted_people}"
                        );
                    }
                };
                for list in &whole {
                    check(list, if sorted_people { sorting } else { plain });
                }
                // The lists of something know one order in either kind.
                for list in &parts {
                    check(list, plain);
                }
            }
        }
    }
}

#[test]
fn offset_pages_do_not_know_it() {
    let mut caller = Caller::new(300);
    for list in LISTS {
        caller.behaviour.strict = true;
        let address = format!("{list}?per_page=5&sort=-id");
        assert_eq!(caller.status(&address), 400, "{address}");
        caller.behaviour.strict = false;
        let answered = caller.send("GET", &address, "");
        assert!(answered.warning.unwrap().contains("sort"), "{address}");
        let plain = caller.get(&format!("{list}?per_page=5"));
        assert_eq!(answered.body[list], plain[list], "{address}");
    }
}
