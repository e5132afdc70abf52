//! Skills and queues. It refuses to route a ticket.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, url};

const SKILLS: &[(&str, &[&str])] = &[
    ("Language", &["English", "Deutsch", "日本語", "Français"]),
    ("Product", &["Router X1", "Phone::Pro 5"]),
    ("Empty", &[]),
];

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    let values = values(make);
    setup.add(
        "routing_attributes",
        (0..SKILLS.len()).map(|at| attribute(make, at)),
    );
    setup.add("routing_instance_values", instance_values(make, &values));
    setup.add("routing_attribute_values", values);
    setup.add("routing_attribute_changes", attribute_changes(make));
    setup.add("routing_attribute_value_changes", value_changes(make));
    setup.add("routing_instance_value_changes", instance_changes(make));
    setup.add("queues", (0..2).map(|at| queue(make, at)));
}

fn attribute(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (
        make.uuid(Kind::Attribute, at),
        make.times(Kind::Attribute, at),
    );
    json!({"id": id, "url": url("routing/attributes", &id), "name": SKILLS[at].0, "created_at": created, "updated_at": updated})
}

fn values(make: &Maker<'_>) -> Vec<Value> {
    let mut rows = Vec::new();
    for (attribute, (_, names)) in SKILLS.iter().enumerate() {
        let parent = make.uuid(Kind::Attribute, attribute);
        for (place, name) in names.iter().enumerate() {
            let at = attribute * 20 + place;
            let (id, (created, updated)) = (
                make.uuid(Kind::AttributeValue, at),
                make.times(Kind::AttributeValue, at),
            );
            rows.push(json!({"id": id, "url": url(&format!("routing/attributes/{parent}/values"), &id), "attribute_id": parent, "name": name, "created_at": created, "updated_at": updated}));
        }
    }
    rows
}

/// One agent in four has no skill.
fn instance_values(make: &Maker<'_>, values: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for staff in (0..make.account.staff).filter(|staff| staff % 4 != 3) {
        let user = make.account.user(staff);
        if !user.active {
            continue;
        }
        for (place, value) in values.iter().enumerate() {
            if (place + staff as usize).is_multiple_of(3) {
                let mut row = value.clone();
                row["agent_id"] = json!(user.id);
                row["agent_skill_priority"] = json!(if place == 0 { "HIGH" } else { "NORMAL" });
                rows.push(row);
            }
        }
    }
    rows
}

/// More than a page of them.
fn attribute_changes(make: &Maker<'_>) -> Vec<Value> {
    (0..130)
        .map(|at| {
            let what = if at < SKILLS.len() { "create" } else if at == 129 { "delete" } else { "update" };
            json!({"id": make.uuid(Kind::Attribute, at % SKILLS.len()), "name": SKILLS[at % SKILLS.len()].0, "time": make.ago(86_400 * (200 - at as i64)), "type": what})
        })
        .collect()
}

fn value_changes(make: &Maker<'_>) -> Vec<Value> {
    let names = SKILLS[0].1;
    (0..names.len())
        .map(|at| json!({"id": make.uuid(Kind::AttributeValue, at), "name": names[at], "attribute_id": make.uuid(Kind::Attribute, 0), "time": make.ago(86_400 * (150 - at as i64)), "type": "create"}))
        .collect()
}

fn instance_changes(make: &Maker<'_>) -> Vec<Value> {
    (0..7)
        .map(|at| {
            json!({"id": make.uuid(Kind::Queue, at + 50), "attribute_value_id": make.uuid(Kind::AttributeValue, at % 4), "instance_id": make.uuid(Kind::Queue, at + 90),
                "time": make.ago(86_400 * (120 - at as i64)), "type": if at % 2 == 0 { "associate_agent" } else { "unassociate_agent" }})
        })
        .collect()
}

fn queue(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (make.uuid(Kind::Queue, at), make.times(Kind::Queue, at));
    let groups = |first: usize, count: usize| {
        let groups: Vec<Value> = (first..first + count)
            .map(|group| json!({"id": make.group(group), "name": format!("Group {group}")}))
            .collect();
        json!({"count": count, "groups": groups})
    };
    json!({"id": id, "url": url("queues", &id), "name": (["Urgent", "その他"][at]), "description": (["What cannot wait", ""][at]), "order": at + 1, "priority": at + 1,
        "definition": {"all": [{"field": "priority", "operator": "is", "value": "urgent"}], "any": []}, "primary_groups": groups(at, 2), "secondary_groups": groups(at + 4, at), "created_at": created, "updated_at": updated})
}
