//! Filters, views and side-loads.

use serde_json::Value;

use super::{Caller, ids, sorted};

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
        // A count that is not ready is null.
        let count = &caller.get(&format!("views/{}/count", view["id"]))["view_count"]["value"];
        assert!(
            count.is_null() || *count == rows.len(),
            "{}: {count}",
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
