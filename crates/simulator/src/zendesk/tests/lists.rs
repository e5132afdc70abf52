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
fn parents_agree_with_the_truth() {
    let caller = Caller::new(900);
    let account = &caller.account;
    let tickets = account.truth("tickets");
    let archived = |row: &Value| {
        account
            .current_ticket(row["id"].as_i64().unwrap())
            .unwrap()
            .archived(account)
    };
    let busy = |column: &str| {
        tickets
            .iter()
            .rev()
            .find_map(|row| row[column].as_i64())
            .unwrap()
    };
    let expect = |column: &str, id: i64, archive: bool| {
        ids(&tickets
            .iter()
            .filter(|row| row[column] == id && (archive || !archived(row)))
            .cloned()
            .collect::<Vec<_>>())
    };
    let organization = busy("organization_id");
    assert_eq!(
        ids(&caller.by_cursor(
            &format!("organizations/{organization}/tickets"),
            "tickets",
            3
        )),
        expect("organization_id", organization, false)
    );
    let requester = tickets
        .iter()
        .find_map(|row| archived(row).then(|| row["requester_id"].as_i64().unwrap()))
        .unwrap();
    assert_eq!(
        ids(&caller.by_cursor(
            &format!("users/{requester}/tickets/requested"),
            "tickets",
            3
        )),
        expect("requester_id", requester, true)
    );
    assert_eq!(
        ids(&caller.by_cursor(
            &format!("users/{requester}/tickets/requested?exclude_archived=true"),
            "tickets",
            3
        )),
        expect("requester_id", requester, false)
    );
    let assignee = busy("assignee_id");
    assert_eq!(
        ids(&caller.by_cursor(&format!("users/{assignee}/tickets/assigned"), "tickets", 10)),
        expect("assignee_id", assignee, false)
    );
    let users = account.truth("users");
    let members: Vec<Value> = users
        .iter()
        .filter(|row| row["organization_id"] == organization)
        .cloned()
        .collect();
    let listed = caller.by_cursor(&format!("organizations/{organization}/users"), "users", 5);
    assert!(members.iter().all(|member| listed.contains(member)));
    let memberships = account.truth("organization_memberships");
    let mine: Vec<Value> = memberships
        .iter()
        .filter(|row| row["organization_id"] == organization)
        .cloned()
        .collect();
    assert_same(
        caller.by_cursor(
            &format!("organizations/{organization}/organization_memberships"),
            "organization_memberships",
            5,
        ),
        mine,
        "memberships",
    );
    let user = memberships[0]["user_id"].as_i64().unwrap();
    let mine: Vec<Value> = memberships
        .iter()
        .filter(|row| row["user_id"] == user)
        .cloned()
        .collect();
    assert_same(
        caller.by_cursor(
            &format!("users/{user}/organization_memberships"),
            "organization_memberships",
            5,
        ),
        mine,
        "memberships of a user",
    );
    let id = memberships[0]["id"].as_i64().unwrap();
    assert_eq!(
        caller.get(&format!("organization_memberships/{id}"))["organization_membership"],
        memberships[0]
    );
    let group = account.truth("group_memberships")[0].clone();
    assert_eq!(
        caller.get(&format!("group_memberships/{}", group["id"]))["group_membership"],
        group
    );
    let mine: Vec<Value> = account
        .truth("group_memberships")
        .into_iter()
        .filter(|row| row["group_id"] == group["group_id"])
        .collect();
    assert_same(
        caller.by_cursor(
            &format!("groups/{}/memberships", group["group_id"]),
            "group_memberships",
            2,
        ),
        mine.clone(),
        "memberships of a group",
    );
    assert_eq!(
        caller
            .by_cursor(&format!("groups/{}/users", group["group_id"]), "users", 2)
            .len(),
        mine.len()
    );
    let identities: Vec<Value> = users
        .iter()
        .take(60)
        .flat_map(|row| {
            caller.by_cursor(&format!("users/{}/identities", row["id"]), "identities", 1)
        })
        .collect();
    let wanted: Vec<Value> = account
        .truth("user_identities")
        .into_iter()
        .filter(|row| users[..60].iter().any(|user| user["id"] == row["user_id"]))
        .collect();
    assert_same(identities, wanted, "identities");
}

#[test]
fn children_agree_with_the_truth() {
    let caller = Caller::new(300);
    let account = &caller.account;
    let comments = account.truth("ticket_comments");
    let (audits, metrics) = (
        account.truth("ticket_audits"),
        account.truth("ticket_metrics"),
    );
    for ticket in account.truth("tickets").iter().step_by(7) {
        let id = ticket["id"].as_i64().unwrap();
        let of_ticket = |rows: &[Value]| {
            rows.iter()
                .filter(|row| row["ticket_id"] == id)
                .cloned()
                .collect::<Vec<_>>()
        };
        let listed = caller.by_cursor(&format!("tickets/{id}/comments"), "comments", 2);
        assert_eq!(ids(&listed), ids(&of_ticket(&comments)));
        assert_eq!(
            listed.len() as u64,
            ticket["comment_count"].as_u64().unwrap()
        );
        let mut newest = caller.by_cursor(
            &format!("tickets/{id}/comments?sort=-created_at"),
            "comments",
            2,
        );
        newest.reverse();
        assert_eq!(newest, listed);
        assert_same(
            caller.by_cursor(&format!("tickets/{id}/audits"), "audits", 3),
            of_ticket(&audits),
            "audits",
        );
        assert_eq!(
            caller.get(&format!("tickets/{id}/metrics"))["ticket_metric"],
            of_ticket(&metrics)[0]
        );
        assert_eq!(
            listed[0]["body"].as_str().unwrap(),
            ticket["description"].as_str().unwrap_or_default()
        );
    }
}

#[test]
fn account_wide_audits_are_newest_first_without_the_archive() {
    let caller = Caller::new(300);
    let account = &caller.account;
    let expected: Vec<Value> = account
        .truth("ticket_audits")
        .into_iter()
        .filter(|row| {
            !account
                .current_ticket(row["ticket_id"].as_i64().unwrap())
                .unwrap()
                .archived(account)
        })
        .collect();
    let listed = caller.by_cursor("ticket_audits", "audits", 20);
    let stamps: Vec<&str> = listed
        .iter()
        .map(|row| row["created_at"].as_str().unwrap())
        .collect();
    assert!(stamps.windows(2).all(|pair| pair[0] >= pair[1]));
    assert_same(listed, expected.clone(), "audits");
    let mut old = Vec::new();
    let mut next = "ticket_audits?limit=50".to_owned();
    loop {
        let page = caller.get(&next);
        old.extend(page["audits"].as_array().unwrap().clone());
        let Some(url) = page["after_url"].as_str() else {
            break;
        };
        next = url.strip_prefix("http://127.0.0.1:1").unwrap().to_owned();
    }
    assert_same(old, expected, "audits, older cursor form");
}

#[test]
fn filters() {
    let caller = Caller::new(600);
    let all = |table: &str| caller.account.truth(table);
    let fits = |address: &str, key: &str, test: &dyn Fn(&Value) -> bool, table: &str| {
        let expected: Vec<Value> = all(table).into_iter().filter(|row| test(row)).collect();
        assert!(!expected.is_empty(), "{address}");
        let found = caller.by_cursor(address, key, 30);
        assert_eq!(sorted(ids(&found)), sorted(ids(&expected)), "{address}");
    };
    fits(
        "users?role=agent",
        "users",
        &|row| row["role"] == "agent",
        "users",
    );
    fits(
        "users?role[]=agent&role[]=admin",
        "users",
        &|row| row["role"] != "end-user",
        "users",
    );
    fits(
        "users?permission_set=360000770001",
        "users",
        &|row| row["custom_role_id"] == 360_000_770_001_i64,
        "users",
    );
    fits(
        "macros?active=true",
        "macros",
        &|row| row["active"] == true,
        "macros",
    );
    fits(
        "macros/active",
        "macros",
        &|row| row["active"] == true,
        "macros",
    );
    fits(
        "views?active=false",
        "views",
        &|row| row["active"] == false,
        "views",
    );
    fits(
        "automations/active",
        "automations",
        &|row| row["active"] == true,
        "automations",
    );
    let category = all("triggers")[1]["category_id"]
        .as_str()
        .unwrap()
        .to_owned();
    fits(
        &format!("triggers?category_id={category}"),
        "triggers",
        &|row| row["category_id"] == category,
        "triggers",
    );
    let group = all("macros")
        .iter()
        .find_map(|row| {
            row["restriction"]["id"]
                .as_i64()
                .filter(|_| row["restriction"]["type"] == "Group")
        })
        .unwrap();
    fits(
        &format!("macros?group_id={group}"),
        "macros",
        &|row| row["restriction"]["id"] == group,
        "macros",
    );
    fits(
        "satisfaction_ratings?score=bad",
        "satisfaction_ratings",
        &|row| row["score"] == "bad",
        "satisfaction_ratings",
    );
    fits(
        "satisfaction_ratings?score=received_with_comment",
        "satisfaction_ratings",
        &|row| row["comment"].is_string(),
        "satisfaction_ratings",
    );
    let name = all("organizations")[4]["name"].as_str().unwrap().to_owned();
    let encoded: String =
        url::form_urlencoded::byte_serialize(name.to_uppercase().as_bytes()).collect();
    assert_eq!(
        caller
            .by_offset(
                &format!("organizations/search?name={encoded}"),
                "organizations",
                10
            )
            .len(),
        1
    );
    let external = all("tickets")
        .iter()
        .rev()
        .find_map(|row| row["external_id"].as_str().map(str::to_owned))
        .unwrap();
    assert!(
        caller
            .by_cursor(&format!("tickets?external_id={external}"), "tickets", 10)
            .iter()
            .all(|row| row["external_id"] == external)
    );
}

#[test]
fn views_show_their_tickets() {
    let caller = Caller::new(900);
    for view in caller.account.truth("views") {
        let rows = caller.by_cursor(&format!("views/{}/tickets", view["id"]), "tickets", 50);
        assert_eq!(
            caller.get(&format!("views/{}/count", view["id"]))["view_count"]["value"],
            rows.len(),
            "{}",
            view["title"]
        );
        if view["title"] == "Pending tickets" {
            assert!(!rows.is_empty() && rows.iter().all(|row| row["status"] == "pending"));
        }
    }
}

#[test]
fn sideloads_stand_beside_the_rows() {
    let caller = Caller::new(400);
    let page = caller.get("tickets?page[size]=50&support_type_scope=all&include=users,groups,organizations,metric_sets,dates,comment_count,incident_counts,last_audits,brands,ticket_forms,custom_statuses");
    let users = ids(page["users"].as_array().unwrap());
    for row in page["tickets"].as_array().unwrap() {
        assert!(users.contains(&row["requester_id"].as_i64().unwrap()));
        assert_eq!(row["metric_set"]["ticket_id"], row["id"]);
        assert!(
            row["dates"]["status_updated_at"].is_string()
                && row["comment_count"].is_i64()
                && row["incident_count"].is_i64()
        );
    }
    for key in [
        "groups",
        "organizations",
        "last_audits",
        "brands",
        "ticket_forms",
        "custom_statuses",
    ] {
        assert!(!page[key].as_array().unwrap().is_empty(), "{key}");
    }
    assert!(
        !caller.get("users?page[size]=50&include=identities,organizations")["identities"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
