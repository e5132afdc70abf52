//! Children and parents: what is listed under something agrees with the truth.

use serde_json::Value;

use super::{Caller, assert_same, ids};

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
