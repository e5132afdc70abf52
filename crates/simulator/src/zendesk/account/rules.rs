//! The business rules of the account: macros, views, triggers, automations, as whole rows.
//! It refuses to run them; the account's history is what they would have done.

use serde_json::{Value, json};

type Row<'a> = dyn Fn(i64, usize) -> (i64, String, String) + 'a;

fn url(collection: &str, id: i64) -> String {
    format!("https://acme.zendesk.com/api/v2/{collection}/{id}.json")
}

const MACRO_TITLES: &[&str] = &[
    "Close and redirect to topics",
    "Downgrade and inform",
    "Not responding?",
    "Take it!",
    "Refund::Approve",
    "Refund::Decline",
    "Ask for \"serial number\"",
    "返信テンプレート",
    "Merci & au revoir",
    "Spam 🗑️",
    "Escalate",
    "Bump priority",
    "Set type problem",
    "Old macro",
    "Night shift handover",
    "Send O'Reilly form",
    "Add VIP tag",
    "Clear tags",
    "Assign to Billing",
    "Wait 24h",
    "Bug report",
    "Feature idea",
    "Close politely",
];

pub(crate) fn macros(row: &Row<'_>, groups: &[i64]) -> Vec<Value> {
    (0..MACRO_TITLES.len())
        .map(|index| {
            let (id, created, updated) = row(6, index);
            let restriction = match index % 4 {
                1 => json!({"type": "Group", "id": groups[index % groups.len()], "ids": [groups[index % groups.len()]]}),
                3 if index % 8 == 3 => json!({"type": "User", "id": 1_500_000_000_000_i64 + index as i64}),
                _ => Value::Null,
            };
            let actions = match index % 3 {
                0 => json!([{"field": "status", "value": "solved"}, {"field": "comment_value_html", "value": "<p>Hello {{ticket.requester.name}}</p>"}]),
                1 => json!([{"field": "priority", "value": "low"}, {"field": "comment_value", "value": ["channel:all", "We're \"on it\""]}]),
                _ => json!([{"field": "current_tags", "value": "vip refund"}, {"field": "assignee_id", "value": null}]),
            };
            json!({"id": id, "url": url("macros", id), "title": MACRO_TITLES[index], "raw_title": MACRO_TITLES[index], "active": index != 13, "default": index < 3, "position": 9_999 - index,
                "description": (index % 2 == 0).then(|| format!("Applies: {}", MACRO_TITLES[index])), "actions": actions, "restriction": restriction, "created_at": created, "updated_at": updated})
        })
        .collect()
}

const VIEW_TITLES: &[&str] = &[
    "Your unsolved tickets",
    "Unassigned tickets",
    "All unsolved tickets",
    "Recently updated tickets",
    "New tickets in your groups",
    "Pending tickets",
    "Urgent & high",
    "Billing queue",
    "VIP",
    "On hold",
    "Recently solved",
    "Old view",
    "日本の問い合わせ",
];

pub(crate) fn views(row: &Row<'_>, groups: &[i64]) -> Vec<Value> {
    (0..VIEW_TITLES.len())
        .map(|index| {
            let (id, created, updated) = row(7, index);
            let unsolved = json!({"field": "status", "operator": "less_than", "value": "solved"});
            let all = match index {
                1 => json!([unsolved, {"field": "assignee_id", "operator": "is", "value": ""}]),
                3 => json!([{"field": "status", "operator": "less_than", "value": "closed"}]),
                4 => json!([{"field": "status", "operator": "is", "value": "new"}]),
                5 => json!([{"field": "status", "operator": "is", "value": "pending"}]),
                6 => json!([unsolved, {"field": "priority", "operator": "greater_than", "value": "normal"}]),
                7 => json!([unsolved, {"field": "group_id", "operator": "is", "value": groups[1].to_string()}]),
                8 => json!([unsolved, {"field": "current_tags", "operator": "includes", "value": "vip"}]),
                9 => json!([{"field": "status", "operator": "is", "value": "hold"}]),
                10 => json!([{"field": "status", "operator": "is", "value": "solved"}]),
                _ => json!([unsolved]),
            };
            let columns = json!([{"id": "status", "title": "Status", "filterable": true, "sortable": true}, {"id": "subject", "title": "Subject", "filterable": false, "sortable": true},
                {"id": "updated", "title": "Updated", "filterable": true, "sortable": true}]);
            let grouped = index % 3 == 0;
            let column = json!({"id": "status", "title": "Status", "filterable": true, "sortable": true, "order": "asc"});
            json!({"id": id, "url": url("views", id), "title": VIEW_TITLES[index], "raw_title": VIEW_TITLES[index], "active": index != 11, "default": index < 3,
                "description": (index > 3).then(|| format!("View no. {index}")), "position": index,
                "execution": {"group_by": grouped.then_some("status"), "group_order": "asc", "sort_by": "nice_id", "sort_order": "desc", "group": if grouped { column.clone() } else { Value::Null },
                    "sort": {"id": "ticket_id", "title": "ID", "order": "desc"}, "columns": columns, "fields": columns, "custom_fields": []},
                "conditions": {"all": all, "any": []},
                "restriction": if index == 7 { json!({"type": "Group", "id": groups[1], "ids": [groups[1], groups[3]]}) } else { Value::Null },
                "watchable": true, "created_at": created, "updated_at": updated})
        })
        .collect()
}

const TRIGGER_TITLES: &[&str] = &[
    "Notify requester of new request",
    "Notify assignee of comment",
    "Notify group of assignment",
    "Notify all agents",
    "Auto-assign first reply",
    "VIP → urgent",
    "Route billing mails",
    "Detect \"refund\"",
    "Spam guard",
    "日本語 → 日本サポート",
    "Weekend auto-reply",
    "Set brand",
    "Webhook: CRM",
    "Close duplicates",
    "Old trigger",
    "CSAT thanks",
    "Tag follow-ups",
    "Escalate angry customers",
    "Mark incidents",
    "Set SLA",
];

pub(crate) fn triggers(row: &Row<'_>, groups: &[i64]) -> Vec<Value> {
    (0..TRIGGER_TITLES.len())
        .map(|index| {
            let (id, created, updated) = row(8, index);
            let all = json!([{"field": "update_type", "operator": "is", "value": "Create"}, {"field": "status", "operator": "is_not", "value": "solved"}]);
            let any = match index % 4 {
                1 => json!([{"field": "comment_is_public", "operator": "is", "value": true}, {"field": "current_tags", "operator": "includes", "value": "vip"}]),
                2 => json!([{"field": "group_id", "operator": "changed", "value": null}]),
                _ => json!([]),
            };
            let actions = if index % 2 == 0 {
                json!([{"field": "notification_user", "value": ["requester_id", "Request received: {{ticket.title}}", "Your request (#{{ticket.id}}) has been received.\n\n{{ticket.comments_formatted}}"]}])
            } else {
                json!([{"field": "priority", "value": "urgent"}, {"field": "group_id", "value": groups[index % groups.len()].to_string()}])
            };
            json!({"id": id, "url": url("triggers", id), "title": TRIGGER_TITLES[index], "raw_title": TRIGGER_TITLES[index], "active": index != 14, "default": index < 4,
                "description": (index % 3 != 0).then(|| format!("Rule {index}: {}", TRIGGER_TITLES[index])), "position": index, "category_id": (26_000_000_000_000_i64 + (index as i64 % 3) * 977).to_string(),
                "conditions": {"all": all, "any": any}, "actions": actions, "created_at": created, "updated_at": updated})
        })
        .collect()
}

const AUTOMATION_TITLES: &[&str] = &[
    "Close ticket 4 days after status is set to solved",
    "Pending notification 24 hours",
    "Pending notification 5 days",
    "Request satisfaction rating",
    "Escalate after 8h",
    "Old automation",
    "Archive spam",
];

pub(crate) fn automations(row: &Row<'_>) -> Vec<Value> {
    (0..AUTOMATION_TITLES.len())
        .map(|index| {
            let (id, created, updated) = row(9, index);
            // Hours are text: the vendor gives every automation value as a string.
            let all = json!([{"field": "status", "operator": "is", "value": "solved"}, {"field": "SOLVED", "operator": "greater_than", "value": (24 * (index + 1)).to_string()}]);
            let any = if index % 2 == 1 { json!([{"field": "current_tags", "operator": "not_includes", "value": "no_reminder"}]) } else { json!([]) };
            json!({"id": id, "url": url("automations", id), "title": AUTOMATION_TITLES[index], "raw_title": AUTOMATION_TITLES[index], "active": index != 5, "default": index < 2, "position": index + 10_000,
                "conditions": {"all": all, "any": any}, "actions": [{"field": "status", "value": "closed"}], "created_at": created, "updated_at": updated})
        })
        .collect()
}
