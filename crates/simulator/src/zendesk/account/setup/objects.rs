//! Custom objects, what an administrator sets up for them, and the devices that IT looks after. It refuses to hold records.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, sent, url};

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    setup.add(
        "custom_objects",
        (0..OBJECTS.len()).map(|at| object(make, at)),
    );
    for (place, (key, ..)) in OBJECTS.iter().enumerate() {
        setup.add(
            "custom_object_fields",
            (0..FIELDS.len())
                .filter(|at| place == 0 || at % 2 == place % 2)
                .map(|at| field(make, key, place, at)),
        );
        setup.add(
            "object_triggers",
            (0..2 - place % 2).map(|at| trigger(make, key, place * 10 + at)),
        );
        setup.add(
            "access_rules",
            (0..place).map(|at| access_rule(make, key, place * 10 + at)),
        );
        setup.add(
            "permission_policies",
            (0..2).map(|at| policy(make, key, place * 10 + at)),
        );
    }
    setup.add("itam_assets", (0..ASSETS).map(|at| asset(make, at)));
    let named = |kind: Kind, names: &'static [&'static str]| {
        let id = move |at: usize| make.ulid(kind, at);
        names.iter().enumerate().map(move |(at, name)| json!({"id": id(at), "name": name, "external_id": null, "created_at": make.times(kind, at).0})).collect::<Vec<_>>()
    };
    setup.add(
        "itam_asset_types",
        named(Kind::Policy, &["Laptop", "Phone", "その他"]),
    );
    setup.add(
        "itam_locations",
        named(Kind::AccessRule, &["Berlin", "東京"]),
    );
    setup.add(
        "itam_statuses",
        named(Kind::ObjectTrigger, &["In use", "In stock", "Lost"]),
    );
}

const OBJECTS: &[(&str, &str, &str)] = &[
    ("device", "Device", "Devices"),
    ("contract", "Vertrag", "Verträge"),
    ("shop", "店舗", "店舗"),
];

fn object(make: &Maker<'_>, at: usize) -> Value {
    let (key, title, titles) = OBJECTS[at];
    let (created, updated) = make.times(Kind::ObjectField, at);
    let mut row = json!({"key": key, "url": url("custom_objects", key), "title": title, "title_pluralized": titles, "raw_title": title, "raw_title_pluralized": titles, "description": format!("What is known of a {title}"),
        "raw_description": format!("What is known of a {title}"), "created_by_user_id": make.staff(at).to_string(), "updated_by_user_id": make.staff(at + 1).to_string(), "created_at": created, "updated_at": updated,
        "include_in_list_view": at != 2});
    if at == 0 {
        row["allows_photos"] = json!(true);
        row["allows_attachments"] = json!(false);
    }
    row
}

const FIELDS: &[(&str, &str, &str)] = &[
    ("serial", "text", "Serial number"),
    ("bought_on", "date", "Bought on"),
    ("price", "decimal", "Price"),
    ("seats", "integer", "Seats"),
    ("rented", "checkbox", "Rented?"),
    ("model", "dropdown", "Model"),
    ("owner", "lookup", "Owner"),
    ("number", "regexp", "Number"),
];

fn field(make: &Maker<'_>, object: &str, place: usize, at: usize) -> Value {
    let (key, kind, title) = FIELDS[at];
    let number = place * 100 + at;
    let (id, (created, updated)) = (
        make.id(Kind::ObjectField, number),
        make.times(Kind::ObjectField, number),
    );
    let mut row = json!({"id": id, "custom_object_key": object, "url": url(&format!("custom_objects/{object}/fields"), id), "key": key, "type": kind, "title": title, "raw_title": title, "description": title, "raw_description": title,
        "active": at != 3, "position": at, "regexp_for_validation": (kind == "regexp").then_some("\\A[A-Z]{2}\\d+\\z"), "system": false, "tag": (kind == "checkbox").then_some("rented"), "created_at": created, "updated_at": updated});
    match kind {
        "text" => {
            row["required"] = json!(true);
            row["properties"] = json!({"is_unique": true, "autoincrement_enabled": false, "autoincrement_prefix": "", "autoincrement_padding": 1, "autoincrement_next_sequence": 1});
        }
        "dropdown" => {
            row["custom_field_options"] = json!([{"id": id + 1, "name": "X1", "raw_name": "X1", "value": "model_x1"}, {"id": id + 2, "name": "製品", "raw_name": "製品", "value": "model_other"}]);
        }
        "lookup" => {
            row["relationship_target_type"] = json!("zen:user");
            row["relationship_filter"] = json!({"all": [], "any": []});
        }
        _ => {}
    }
    row
}

fn trigger(make: &Maker<'_>, object: &str, number: usize) -> Value {
    let id = make.id(Kind::ObjectTrigger, number).to_string();
    let item = json!({"id": id, "title": format!("Tell the owner {number}"), "active": true, "position": number, "conditions": {"all": [], "any": []}, "actions": []});
    sent(json!({"id": id, "custom_object_key": object}), item)
}

fn access_rule(make: &Maker<'_>, object: &str, number: usize) -> Value {
    let id = make.ulid(Kind::AccessRule, number);
    let item = json!({"id": id, "title": format!("Own {object}"), "conditions": {"all": [{"field": "created_by_user", "operator": "is", "value": "current_user"}], "any": []}});
    sent(json!({"id": id, "custom_object_key": object}), item)
}

fn policy(make: &Maker<'_>, object: &str, number: usize) -> Value {
    let id = make.ulid(Kind::Policy, number + 500);
    let item = json!({"id": id, "role_id": (["agent", "admin"][number % 10]), "records": {"create": "all", "read": "all", "update": "all", "delete": "none"}});
    sent(json!({"id": id, "custom_object_key": object}), item)
}

/// More than a page of them.
const ASSETS: usize = 120;

fn asset(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::Asset, at);
    json!({"id": make.ulid(Kind::Asset, at), "name": format!("Laptop {at}"), "asset_tag": format!("A-{at:04}"), "serial_number": format!("{:X}", make.noise(Kind::Asset, at)), "status_id": make.ulid(Kind::ObjectTrigger, at % 3),
        "asset_type_id": make.ulid(Kind::Policy, at % 3), "location_id": make.ulid(Kind::AccessRule, at % 2), "user_id": make.staff(at), "created_at": created, "updated_at": updated})
}
