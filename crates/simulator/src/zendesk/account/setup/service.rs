//! Promises, business hours and the small lists around tickets. It refuses to apply them to tickets.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, sent, url};

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    setup.add(
        "recipient_addresses",
        (0..ADDRESSES.len()).map(|at| address(make, at)),
    );
    setup.add("ticket_form_statuses", form_statuses(make));
    setup.add(
        "trigger_categories",
        (0..3).map(|at| trigger_category(make, at)),
    );
    setup.add("trigger_revisions", trigger_revisions(make));
    setup.add(
        "sla_policies",
        (0..SLAS.len()).map(|at| sla_policy(make, at)),
    );
    setup.add(
        "group_sla_policies",
        (0..2).map(|at| group_sla_policy(make, at)),
    );
    setup.add(
        "schedules",
        (0..SCHEDULES.len()).map(|at| schedule(make, at)),
    );
    setup.add("schedule_holidays", holidays(make));
    setup.add("workspaces", (0..3).map(|at| workspace(make, at)));
    setup.add(
        "deletion_schedules",
        (0..3).map(|at| deletion_schedule(make, at)),
    );
    setup.add(
        "task_list_templates",
        (0..TASKS.len()).map(|at| template(make, at)),
    );
    setup.add("task_list_template_tasks", tasks(make));
}

const ADDRESSES: &[(&str, &str, usize)] = &[
    ("Acme", "support@acme.zendesk.com", 0),
    ("Acme Support", "help@acme.example", 0),
    ("Acme Pro ™", "pro@acme-pro.example", 1),
    ("請求書", "billing@acme.example", 0),
    ("Old", "old@acme-old.example", 2),
];

fn address(make: &Maker<'_>, at: usize) -> Value {
    let (name, email, brand) = ADDRESSES[at];
    let (id, (created, updated)) = (make.id(Kind::Address, at), make.times(Kind::Address, at));
    let own = at > 0;
    let mut row = json!({"id": id, "url": url("recipient_addresses", id), "brand_id": make.account.config.brand_ids[brand], "default": at == 0, "name": name, "email": email,
        "forwarding_status": (["verified", "verified", "verified", "waiting", "failed"][at]), "spf_status": (["verified", "verified", "failed", "unknown", "failed"][at]),
        "cname_status": if at < 2 { "verified" } else { "failed" }, "domain_verification_status": if at < 3 { "verified" } else { "unknown" },
        "domain_verification_code": own.then(|| format!("{:x}", id % 0xfff_ffff)), "created_at": created, "updated_at": updated});
    if own {
        row["dns_results"] = json!({"cname": [{"name": "zendesk1", "status": "verified"}], "spf": {"status": "failed"}});
    }
    row
}

fn form_statuses(make: &Maker<'_>) -> Vec<Value> {
    let config = &make.account.config;
    let mut rows = Vec::new();
    for (form, id) in config.form_ids.iter().enumerate().skip(1) {
        for (place, status) in config.statuses.iter().enumerate().skip(4) {
            let at = form * 10 + place;
            let (created, updated) = make.times(Kind::FormStatus, at);
            rows.push(json!({"id": make.id(Kind::FormStatus, at), "ticket_form_id": id, "custom_status_id": status.id, "created_at": created, "updated_at": updated}));
        }
    }
    rows
}

/// Triggers name their category by the same number, as text.
fn trigger_category(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::Schedule, at + 40);
    json!({"id": (26_000_000_000_000_i64 + at as i64 * 977).to_string(), "name": (["Notifications", "Weiterleitung", "その他"][at]), "position": at, "created_at": created, "updated_at": updated})
}

/// The first trigger has been changed more often than a page holds.
fn trigger_revisions(make: &Maker<'_>) -> Vec<Value> {
    let mut rows = Vec::new();
    for (place, trigger) in make.account.config.triggers.iter().enumerate() {
        let changes = if place == 0 { 60 } else { place % 4 };
        // Newest first.
        for change in (0..changes).rev() {
            let at = place * 100 + change;
            let id = make.id(Kind::TriggerRevision, at);
            let item = json!({"id": id, "author_id": make.staff(at), "created_at": make.ago(86_400 * (900 - at as i64 % 700)), "url": url(&format!("triggers/{}/revisions", trigger["id"]), id),
                "snapshot": {"title": trigger["title"], "active": change % 2 == 0, "conditions": trigger["conditions"], "actions": trigger["actions"]},
                "diff": {"title": [{"change": "=", "content": trigger["title"]}], "active": [{"change": "+", "content": change % 2 == 0}]}});
            rows.push(sent(json!({"id": id, "trigger_id": trigger["id"]}), item));
        }
    }
    rows
}

const SLAS: &[(&str, i64, bool)] = &[
    ("VIP", 15, false),
    ("Standard", 240, true),
    ("Partner & \"Gold\"", 60, true),
    ("夜間", 480, false),
];

fn sla_policy(make: &Maker<'_>, at: usize) -> Value {
    let (title, minutes, business) = SLAS[at];
    let (id, (created, updated)) = (
        make.id(Kind::SlaPolicy, at),
        make.times(Kind::SlaPolicy, at),
    );
    let metrics: Vec<Value> = ["urgent", "high", "normal", "low"]
        .iter()
        .enumerate()
        .flat_map(|(step, priority)| {
            let target = minutes * (step as i64 + 1);
            [("first_reply_time", target), ("requester_wait_time", target * 8)].map(|(metric, target)| {
                json!({"priority": priority, "metric": metric, "target": target, "target_in_seconds": target * 60, "business_hours": business})
            })
        })
        .collect();
    let mut row = json!({"id": id, "url": url("slas/policies", id), "title": title, "description": (at != 1).then(|| format!("Promise {at}")), "position": at + 1,
        "filter": {"all": [{"field": "type", "operator": "is", "value": "incident"}, {"field": "current_tags", "operator": "includes", "value": "vip"}], "any": []},
        "policy_metrics": metrics, "created_at": created, "updated_at": updated});
    if at < 2 {
        row["metric_settings"] =
            json!({"first_reply_time": {"activate_on_ticket_created_for_end_user": true}});
    }
    row
}

fn group_sla_policy(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (
        make.ulid(Kind::GroupSlaPolicy, at),
        make.times(Kind::GroupSlaPolicy, at),
    );
    json!({"id": id, "url": url("group_slas/policies", &id), "title": (["Escalations within a day", "Billing"][at]), "description": (at == 0).then_some("Second line"), "position": at + 1,
        "filter": {"all": [{"field": "group_id", "operator": "includes", "value": [make.group(at + 3)]}]},
        "policy_metrics": [{"priority": "normal", "metric": "group_ownership_time", "target": 1_440, "business_hours": at == 0}], "created_at": created, "updated_at": updated})
}

const SCHEDULES: &[(&str, &str)] = &[
    ("Weekdays", "Eastern Time (US & Canada)"),
    ("Berlin", "Berlin"),
    ("東京", "Tokyo"),
];

fn schedule(make: &Maker<'_>, at: usize) -> Value {
    let (name, zone) = SCHEDULES[at];
    let (created, updated) = make.times(Kind::Schedule, at);
    let intervals: Vec<Value> = (1..=5)
        .map(|day| json!({"start_time": day * 1_440 + 480 + at as i64 * 30, "end_time": day * 1_440 + 1_020}))
        .collect();
    json!({"id": make.id(Kind::Schedule, at), "name": name, "time_zone": zone, "intervals": intervals, "created_at": created, "updated_at": updated})
}

fn holidays(make: &Maker<'_>) -> Vec<Value> {
    const DAYS: &[(usize, &str, &str, &str)] = &[
        (0, "New Year's Day", "2025-01-01", "2025-01-01"),
        (0, "Thanksgiving", "2025-11-27", "2025-11-28"),
        (1, "Weihnachten", "2025-12-24", "2026-01-01"),
        (2, "ゴールデンウィーク", "2025-04-29", "2025-05-06"),
    ];
    DAYS.iter()
        .enumerate()
        .map(|(at, (schedule, name, start, end))| {
            json!({"id": make.id(Kind::Holiday, at), "schedule_id": make.id(Kind::Schedule, *schedule), "name": name, "start_date": start, "end_date": end})
        })
        .collect()
}

fn workspace(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (
        make.id(Kind::Workspace, at),
        make.times(Kind::Workspace, at),
    );
    json!({"id": id, "title": (["Refunds", "VIP", "Retouren"][at]), "description": "", "activated": at != 2, "position": at, "ticket_form_id": make.account.config.form_ids.get(at),
        "conditions": {"all": [{"field": "ticket_form_id", "operator": "is", "value": "1"}], "any": []}, "apps": [], "macro_ids": [], "created_at": created, "updated_at": updated})
}

fn deletion_schedule(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::DeletionSchedule, at);
    json!({"id": make.ulid(Kind::DeletionSchedule, at), "title": (["Old tickets", "Attachments", "Old people"][at]), "description": null, "active": at == 0, "default": false,
        "object": (["zen:ticket", "zen:attachment", "zen:user"][at]), "conditions": {"all": [{"field": "last_updated", "operator": "longer_than", "value": "365"}]}, "created_at": created, "updated_at": updated})
}

const TASKS: &[(&str, &[&str])] = &[
    (
        "Onboarding",
        &["Call the customer", "Send the contract", "Check & sign"],
    ),
    ("Return", &["Label", "Refund"]),
    ("Leer", &[]),
];

fn template(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::TaskList, at);
    json!({"id": make.ulid(Kind::TaskList, at), "name": TASKS[at].0, "active": at != 2, "created_at": created, "updated_at": updated})
}

fn tasks(make: &Maker<'_>) -> Vec<Value> {
    let mut rows = Vec::new();
    for (list, (_, names)) in TASKS.iter().enumerate() {
        for (place, name) in names.iter().enumerate() {
            let id = make.ulid(Kind::Task, list * 10 + place);
            let item = json!({"id": id, "name": name, "position": place, "required": place == 0});
            rows.push(sent(
                json!({"id": id, "task_list_template_id": make.ulid(Kind::TaskList, list)}),
                item,
            ));
        }
    }
    rows
}
