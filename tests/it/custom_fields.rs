//! Custom fields as columns and custom objects as tables: typed, named, visible at once, asked for only when needed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tempfile::TempDir;
use zuzen_engine::Engine;
use zuzen_simulator::Faults;

use crate::render::{NULL, rows};
use crate::stage::{self, Stage};

async fn read(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let frame = engine.sql(sql).await;
    let frame = frame.unwrap_or_else(|error| {
        let warnings = engine.connections()[0].take_warnings();
        panic!("{sql}: {error}; {warnings:?}")
    });
    rows(
        &frame
            .collect()
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}")),
    )
}

fn asked_for_fields(stage: &Stage) -> usize {
    let requests = stage.simulator().requests();
    let about = requests
        .iter()
        .filter(|request| request.path.contains("_fields"));
    about.count()
}

/// What a column of this kind shows for a value of the API.
fn shown(kind: &str, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => NULL.to_owned(),
        ("decimal", value) => {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole}.{part:0<9}")
        }
        ("multiselect", value) => {
            let all: Vec<&str> = value
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            format!("[{}]", all.join(", "))
        }
        (_, Value::String(text)) if text.is_empty() => "(empty)".to_owned(),
        (_, Value::String(text)) => text.replace('\n', "\\n").replace('\t', "\\t"),
        (_, other) => other.to_string(),
    }
}

#[tokio::test]
async fn every_custom_field_is_a_typed_column() {
    let stage = Stage::with(["zendesk"], "");
    let engine = stage.engine().unwrap();
    let fields = read(
        &engine,
        "SELECT id, type, title FROM ticket_fields WHERE removable ORDER BY id",
    )
    .await;
    let kinds: BTreeMap<&str, &str> = fields
        .iter()
        .map(|row| (row[0].as_str(), row[1].as_str()))
        .collect();
    assert!(kinds.len() > 10);
    let columns: Vec<String> = kinds
        .keys()
        .map(|id| format!("custom_field_{id}"))
        .collect();
    let sql = format!(
        "SELECT custom_fields, {} FROM tickets ORDER BY id",
        columns.join(", ")
    );
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for row in read(&engine, &sql).await {
        let sent: Vec<Value> = serde_json::from_str(&row[0]).unwrap();
        let sent: BTreeMap<String, &Value> = sent
            .iter()
            .map(|item| (item["id"].to_string(), &item["value"]))
            .collect();
        for ((id, kind), cell) in kinds.iter().zip(&row[1..]) {
            let value = sent.get(*id).copied().unwrap_or(&Value::Null);
            assert_eq!(*cell, shown(kind, value), "{id} {kind}");
            *held.entry(kind).or_default() += usize::from(!value.is_null());
        }
    }
    assert!(held.values().all(|many| *many > 0), "{held:?}");
}

#[tokio::test]
async fn fields_are_named_by_key_or_title() {
    let stage = Stage::with(["zendesk"], "");
    let engine = stage.engine().unwrap();
    let sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'zendesk' AND table_name = 'tickets'";
    let before = read(&engine, sql).await.len();
    let star = engine.sql("SELECT * FROM tickets LIMIT 1").await.unwrap();
    let names: Vec<&str> = star
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let own = &names[before..];
    let expected = [
        "order_number",
        "delivery_notes",
        "express",
        "purchase_date",
        "seats",
        "amount",
        "serial_number",
        "product",
        "product__label",
        "affected_areas",
        "card",
        "account_owner",
    ];
    assert_eq!(own[..expected.len()], expected);
    // Two fields of one title, a title of signs, one without Latin letters; what forms no longer show has to be named.
    assert!(own[expected.len()].starts_with("order_number_"));
    assert_eq!(own[expected.len() + 1..], ["c_sat_0_10", "顧客番号"]);
    let old = read(
        &engine,
        "SELECT count(old_category), count(old_category__label) FROM tickets",
    )
    .await;
    assert_ne!(old[0][0], "0");
    assert_eq!(old[0][0], old[0][1]);
    let labels = read(
        &engine,
        "SELECT DISTINCT product, product__label FROM tickets WHERE product = 'product_zubehoer'",
    )
    .await;
    assert_eq!(labels, [["product_zubehoer", "Zubehör"]]);
}

#[tokio::test]
async fn fields_are_asked_for_only_when_they_are_needed() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let folder = TempDir::new().unwrap();
    let kept = format!("MetadataLocation={};", folder.path().display());
    let engine = stage.with_properties(&kept).build().unwrap();
    for sql in [
        "SELECT count(*) FROM tickets WHERE id IN (1, 2)",
        "SELECT subject, custom_fields FROM tickets WHERE id = 1",
        "SELECT * FROM groups",
        "SELECT table_name, column_name FROM information_schema.columns",
    ] {
        read(&engine, sql).await;
        assert_eq!(asked_for_fields(&stage), 0, "{sql}");
    }
    read(&engine, "SELECT * FROM tickets WHERE id = 1").await;
    assert_eq!(asked_for_fields(&stage), 1);
    read(
        &engine,
        "SELECT product AS sold, t.* FROM tickets t WHERE id = 1",
    )
    .await;
    // Another process finds what this one was told.
    let other = stage.with_properties(&kept).build().unwrap();
    read(&other, "SELECT product FROM tickets WHERE id = 1").await;
    assert_eq!(asked_for_fields(&stage), 1);
    let aged = format!("{kept}MetadataAge=0;");
    let aged = stage.with_properties(&aged).build().unwrap();
    read(&aged, "SELECT product FROM tickets WHERE id = 1").await;
    assert_eq!(asked_for_fields(&stage), 2);
}

#[tokio::test]
async fn what_is_made_while_an_engine_runs_is_there_at_once() {
    let account = stage::recent(11, 300);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    read(&engine, "SELECT * FROM tickets LIMIT 1").await;
    let risk = account.create_ticket_field(&json!({"type": "integer", "title": "Churn risk"}));
    let seen = account.create_ticket_field(
        &json!({"type": "checkbox", "title": "Seen by legal?", "key": "legal"}),
    );
    let plan = account.create_ticket_field(&json!({"type": "tagger", "title": "Plan",
        "custom_field_options": [{"id": 1, "name": "Gold", "value": "plan_gold"}]}));
    let id = account.create_ticket(json!({"subject": "New", "comment": {"body": "Hello"}, "custom_fields": [
        {"id": risk, "value": "7"}, {"id": seen, "value": true}, {"id": plan, "value": "plan_gold"}]}));
    let sql =
        format!("SELECT churn_risk + 1, legal, plan, plan__label FROM tickets WHERE id = {id}");
    assert_eq!(
        read(&engine, &sql).await,
        [["8", "true", "plan_gold", "Gold"]]
    );
    assert_eq!(asked_for_fields(&stage), 2);
    // A name that nobody has is not asked for again and again.
    for _ in 0..2 {
        let error = engine
            .sql("SELECT churn_rusk FROM tickets")
            .await
            .unwrap_err();
        assert!(error.hint().unwrap().contains("churn_risk"), "{error:?}");
    }
    account.create_custom_object(&json!({"key": "vehicle", "title": "Vehicle"}));
    account.create_custom_object_field(
        "vehicle",
        &json!({"key": "wheels", "type": "integer", "title": "Wheels"}),
    );
    let record = account.create_custom_object_record(
        "vehicle",
        &json!({"name": "Van", "external_id": "V-1",
        "custom_object_fields": {"wheels": "4"}}),
    );
    assert_eq!(
        read(&engine, "SELECT id, name, wheels FROM vehicle").await,
        [[record.as_str(), "Van", "4"]]
    );
    account.create_custom_object_field(
        "vehicle",
        &json!({"key": "colour", "type": "text", "title": "Colour"}),
    );
    assert_eq!(read(&engine, "SELECT colour FROM vehicle").await, [[NULL]]);
}

#[tokio::test]
async fn custom_objects_are_tables() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let all = read(&engine, "SELECT id, external_id, custom_object_fields, bought_on, price, seats, rented, model, model__label, owner FROM device").await;
    assert_eq!(all.len(), 130);
    for row in &all {
        let sent: Value = serde_json::from_str(&row[2]).unwrap();
        let text = |key: &str| match &sent[key] {
            Value::Null => NULL.to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let date = text("bought_on");
        assert_eq!(row[3], date.split('T').next().unwrap());
        assert_eq!(row[5..8], [text("seats"), text("rented"), text("model")]);
        assert_eq!(row[9], text("owner"));
    }
    let ids: Vec<String> = all
        .iter()
        .take(3)
        .map(|row| format!("'{}'", row[0]))
        .collect();
    let some = format!("SELECT id FROM device WHERE id IN ({})", ids.join(", "));
    assert_eq!(read(&engine, &some).await.len(), 3);
    let explained = read(&engine, &format!("EXPLAIN {some}"))
        .await
        .concat()
        .concat();
    assert!(explained.contains("filter%5Bids%5D"), "{explained}");
    let outside = read(
        &engine,
        "SELECT count(*) FROM device WHERE external_id IN ('EXT-a0', 'EXT-A1', 'ext-a0')",
    )
    .await;
    assert_eq!(outside, [["2"]]);
    let newest = read(
        &engine,
        "SELECT id FROM device ORDER BY updated_at DESC, id LIMIT 3",
    )
    .await;
    assert_eq!(newest.len(), 3);
    assert_eq!(read(&engine, "SELECT count(*) FROM shop").await, [["0"]]);
    let people = read(
        &engine,
        "SELECT count(*) FROM device d JOIN users u ON u.id = d.owner",
    )
    .await;
    assert_ne!(people, [["0"]]);
    let error = engine.sql("SELECT * FROM gadget").await.unwrap_err();
    assert!(error.to_string().contains("gadget"), "{error}");
}
