//! Lists: every row once in each style, what they leave out, how they refuse.

use serde_json::Value;

use super::{Caller, assert_same, ids, sorted, unique};

#[test]
fn every_list_gives_every_row_once_in_both_styles() {
    let caller = Caller::new(700);
    let tables = [
        ("users", "users", "users"),
        ("organizations", "organizations", "organizations"),
        ("groups?exclude_deleted=true", "groups", "groups"),
        (
            "group_memberships",
            "group_memberships",
            "group_memberships",
        ),
        (
            "organization_memberships",
            "organization_memberships",
            "organization_memberships",
        ),
        ("brands", "brands", "brands"),
        (
            "macros?include=usage_1h,usage_24h,usage_7d,usage_30d,app_installation,categories,permissions",
            "macros",
            "macros",
        ),
        ("views", "views", "views"),
        (
            "triggers?include=usage_1h,usage_24h,usage_7d,usage_30d",
            "triggers",
            "triggers",
        ),
        (
            "automations?include=usage_1h,usage_24h,usage_7d,usage_30d",
            "automations",
            "automations",
        ),
        ("tags", "tags", "tags"),
        (
            "ticket_fields?creator=true",
            "ticket_fields",
            "ticket_fields",
        ),
        ("ticket_forms", "ticket_forms", "ticket_forms"),
        (
            "satisfaction_ratings",
            "satisfaction_ratings",
            "satisfaction_ratings",
        ),
        (
            "deleted_tickets?support_type_scope=all",
            "deleted_tickets",
            "deleted_tickets",
        ),
    ];
    for (address, key, table) in tables {
        let truth = caller.account.truth(table);
        assert!(truth.len() > 2, "{table}: {}", truth.len());
        assert_same(caller.by_cursor(address, key, 7), truth.clone(), address);
        assert_same(caller.by_offset(address, key, 40), truth, address);
    }
}

#[test]
fn unasked_paging_is_offset_or_all() {
    let caller = Caller::new(300);
    let users = caller.get("users.json");
    assert_eq!(
        users["users"].as_array().unwrap().len(),
        users["count"].as_u64().unwrap().min(100) as usize
    );
    assert!(users["meta"].is_null());
    let fields = caller.get("ticket_fields");
    assert_eq!(
        fields["ticket_fields"].as_array().unwrap().len(),
        caller.account.truth("ticket_fields").len()
    );
    assert_eq!(
        caller.get("custom_statuses?status_categories=open,hold")["custom_statuses"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn ticket_list_leaves_out_archived_deleted_and_ai() {
    let caller = Caller::new(1_500);
    let listed = sorted(ids(&caller.by_cursor(
        "tickets?support_type_scope=all",
        "tickets",
        100,
    )));
    let account = &caller.account;
    let expected: Vec<i64> = account
        .truth("tickets")
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .filter(|id| !account.current_ticket(*id).unwrap().archived(account))
        .collect();
    assert_eq!(listed, expected);
    assert!(
        expected.len() < account.truth("tickets").len() / 2,
        "most of an old account is archived"
    );
    let human = ids(&caller.by_cursor("tickets", "tickets", 100));
    assert!(human.len() < listed.len());
    let robots = ids(&caller.by_cursor("tickets?support_type_scope=ai_agent", "tickets", 100));
    assert_eq!(human.len() + robots.len(), listed.len());
    assert_eq!(caller.get("tickets/count")["count"]["value"], human.len());
    assert_eq!(
        sorted(
            ids(&caller.by_cursor("ticket_metrics", "ticket_metrics", 100))
                .into_iter()
                .collect::<Vec<_>>()
        )
        .len(),
        listed.len()
    );
}

#[test]
fn last_page_still_has_a_next_link_and_pages_go_back() {
    let caller = Caller::new(200);
    let whole = ids(&caller.by_cursor("users", "users", 100));
    let first = caller.get("users?page[size]=5");
    let cursor = first["meta"]["after_cursor"].as_str().unwrap();
    let second = caller.get(&format!("users?page[size]=5&page[after]={cursor}"));
    let back = caller.get(&format!(
        "users?page[size]=5&page[before]={}",
        second["meta"]["before_cursor"].as_str().unwrap()
    ));
    assert_eq!(back["users"], first["users"]);
    let last = caller.get(&format!("users?page[size]=100&page[after]={cursor}"));
    assert_eq!(last["meta"]["has_more"], false);
    assert!(last["links"]["next"].is_string());
    assert_eq!(last["users"].as_array().unwrap().len(), whole.len() - 5);
}

#[test]
fn cursor_sorts() {
    let caller = Caller::new(900);
    for (sort, key) in [
        ("id", "id"),
        ("-id", "id"),
        ("updated_at", "updated_at"),
        ("-updated_at", "updated_at"),
    ] {
        let rows = caller.by_cursor(&format!("tickets?sort={sort}"), "tickets", 33);
        let mut keys: Vec<String> = rows
            .iter()
            .map(|row| {
                row[key].as_str().map_or_else(
                    || format!("{:09}", row[key].as_i64().unwrap()),
                    str::to_owned,
                )
            })
            .collect();
        if sort.starts_with('-') {
            keys.reverse();
        }
        assert!(keys.is_sorted(), "{sort}");
        assert_eq!(unique(&ids(&rows)).len(), rows.len());
    }
    let refused = caller.send("GET", "tickets?page[size]=5&sort=created_at", "");
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["code"]),
        (400, &Value::from("InvalidPaginationParameter"))
    );
    assert_eq!(caller.status("tickets?page[size]=5&sort=status"), 200);
}

#[test]
fn refusals() {
    let mut caller = Caller::new(300);
    let cases = [
        ("tickets?page[size]=101", 400),
        ("tickets?page[size]=0", 400),
        ("tickets?page[after]=nonsense&page[size]=3", 400),
        ("tickets?per_page=101", 400),
        ("tickets?page=101", 400),
        ("tickets?nonsense=1", 400),
        ("tickets?page[size]=5&sort_by=status", 400),
        ("tickets?include=nonsense", 400),
        ("tickets/98", 404),
        ("tickets/99999999", 404),
        ("nonsense", 404),
        ("users/1", 404),
        ("search?query=x&page[size]=5", 400),
        ("search?query=type:ticket&page=11&per_page=100", 422),
        ("tickets/show_many", 400),
        ("groups/1/users", 404),
        ("users?role=boss", 400),
        ("macros?active=perhaps", 400),
    ];
    for (address, status) in cases {
        let answered = caller.send("GET", address, "");
        assert_eq!(answered.status, status, "{address}: {}", answered.text);
    }
    assert_eq!(
        caller.send("GET", "tickets?page=101", "").body["errors"][0]["code"],
        "InvalidPaginationDepth"
    );
    assert_eq!(
        caller.send("GET", "nonsense", "").body["error"],
        "InvalidEndpoint"
    );
    let many = (1..=101)
        .map(|id| id.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let refused = caller.send("GET", &format!("tickets/show_many?ids={many}"), "");
    assert_eq!(
        (refused.status, &refused.body["max_count"]),
        (400, &Value::from(100))
    );

    caller.behaviour.strict = false;
    let lenient = caller.send("GET", "tickets?page[size]=500&sort_by=status", "");
    assert_eq!(lenient.status, 200);
    assert!(lenient.warning.unwrap().contains("sort_by"));
    assert!(lenient.body["tickets"].as_array().unwrap().len() <= 100);
}

#[test]
fn multi_gets_drop_unknown_and_deleted_ids() {
    let caller = Caller::new(400);
    let truth = caller.account.truth("tickets");
    let deleted: i64 = (1..400)
        .find(|id| {
            caller
                .account
                .current_ticket(*id)
                .is_some_and(|ticket| !ticket.alive())
        })
        .unwrap();
    let wanted: Vec<i64> = ids(&truth).into_iter().take(30).collect();
    let list = wanted
        .iter()
        .chain(&[deleted, 98, 10_000_000])
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",");
    let rows = caller.get(&format!("tickets/show_many?ids={list}"));
    let got = ids(rows["tickets"].as_array().unwrap());
    assert_eq!(sorted(got.clone()), wanted);
    assert_ne!(got, wanted, "the order is nobody's");
    assert_eq!(caller.status(&format!("tickets/{deleted}")), 404);
    for child in ["comments", "audits", "metrics"] {
        assert_eq!(
            caller.status(&format!("tickets/{deleted}/{child}")),
            404,
            "{child}"
        );
    }
    let users = caller.account.truth("users");
    let list = users
        .iter()
        .take(50)
        .map(|row| row["id"].to_string())
        .collect::<Vec<_>>()
        .join(",");
    assert_same(
        caller.get(&format!("users/show_many?ids={list}"))["users"]
            .as_array()
            .unwrap()
            .clone(),
        users[..50].to_vec(),
        "users",
    );
    let external = users
        .iter()
        .find_map(|row| row["external_id"].as_str())
        .unwrap();
    assert_eq!(
        caller.get(&format!("users/show_many?external_ids={external}"))["users"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let organizations = caller.account.truth("organizations");
    let list = organizations
        .iter()
        .map(|row| row["id"].to_string())
        .collect::<Vec<_>>()
        .join(",");
    assert_same(
        caller.get(&format!("organizations/show_many?ids={list}"))["organizations"]
            .as_array()
            .unwrap()
            .clone(),
        organizations,
        "organizations",
    );
}

#[test]
fn deleted_tickets_are_those_of_a_month_neither_scrubbed_nor_archived() {
    let caller = Caller::new(4_000);
    let account = &caller.account;
    let listed = ids(&caller.by_cursor(
        "deleted_tickets?support_type_scope=all",
        "deleted_tickets",
        100,
    ));
    let all: Vec<_> = (0..4_000)
        .map(|index| account.generated_ticket(index))
        .filter(|ticket| !ticket.alive())
        .collect();
    let month = account.anchor - 30 * crate::clock::DAY;
    let recent: Vec<_> = all
        .iter()
        .filter(|ticket| ticket.updated >= month)
        .collect();
    assert!(listed.len() > 5 && listed.len() < recent.len() && recent.len() < all.len());
    let stamps: Vec<String> = account
        .truth("deleted_tickets")
        .iter()
        .map(|row| row["deleted_at"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        stamps.iter().any(|stamp| stamp.len() == 18)
            && stamps.iter().any(|stamp| stamp.len() == 20)
    );
    assert_eq!(
        caller.status(&format!("search?query={}", "x".repeat(8_000))),
        414
    );
}
