//! What a statement asks of custom fields, labels and stamps, as it travels: the same rows with pushdown on and off, and the
//! request that EXPLAIN shows.

use std::path::PathBuf;

use serde_json::json;
use zuzen_engine::Engine;
use zuzen_simulator::Faults;

use crate::render::rows;
use crate::stage::{self, Stage};

async fn read(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let frame = engine.sql(sql).await;
    let frame = frame.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = frame.collect().await;
    rows(&batches.unwrap_or_else(|error| panic!("{sql}: {error}")))
}

async fn plan(engine: &Engine, sql: &str) -> String {
    let explained = read(engine, &format!("EXPLAIN {sql}")).await;
    explained.concat().concat()
}

/// The keys of the rows that fit, the same with pushdown on and off, some and not all of the table's.
async fn agreed(engine: &Engine, table: &str, condition: &str) -> Vec<Vec<String>> {
    let sql = format!("SELECT id FROM {table} WHERE {condition} ORDER BY id");
    let mut found = Vec::new();
    for pushdown in ["on", "off"] {
        read(engine, &format!("SET zuzen.pushdown = {pushdown}")).await;
        found.push(read(engine, &sql).await);
    }
    read(engine, "SET zuzen.pushdown = on").await;
    assert_eq!(found[0], found[1], "{condition}");
    let all = read(engine, &format!("SELECT count(*) FROM {table}")).await;
    let many = all[0][0].parse::<usize>().unwrap();
    assert!(!found[0].is_empty() && found[0].len() < many, "{condition}");
    found.remove(0)
}

/// Requests that were sent to an address.
fn sent(stage: &Stage, method: &str, path: &str) -> usize {
    let requests = stage.simulator().requests();
    let same = requests
        .iter()
        .filter(|request| request.method == method && request.path.ends_with(path));
    same.count()
}

const SEARCH: &str = "/custom_objects/device/records/search";

#[tokio::test]
async fn records_are_searched_by_their_fields() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let person = read(
        &engine,
        "SELECT min(owner), min(created_by_user_id) FROM device",
    )
    .await;
    let (owner, maker) = (&person[0][0], &person[0][1]);
    let half = "SELECT created_at FROM device ORDER BY created_at LIMIT 1 OFFSET 60";
    let moment = read(&engine, half).await[0][0].clone();
    for (condition, filter) in [
        (
            "rented".to_owned(),
            r#"{"custom_object_fields.rented":{"$eq":"true"}}"#,
        ),
        ("NOT rented".to_owned(), r#"{"$eq":"false"}"#),
        ("seats = 1 OR seats > 500".to_owned(), ""),
        (
            "seats >= 500".to_owned(),
            r#"{"custom_object_fields.seats":{"$gte":"500"}}"#,
        ),
        ("seats < 500 AND rented".to_owned(), r#""$and":["#),
        ("price > 300.5".to_owned(), r#"{"$gte":"300.5"}"#),
        ("price BETWEEN 100 AND 400".to_owned(), r#"{"$lte":"400"}"#),
        (
            "bought_on >= DATE '2022-02-14'".to_owned(),
            r#"{"$gte":"2022-02-13"}"#,
        ),
        (
            "bought_on = DATE '2022-03-12'".to_owned(),
            r#"{"$lte":"2022-03-13"}"#,
        ),
        (
            "model = 'model_x1'".to_owned(),
            r#"{"custom_object_fields.model":{"$eq":"model_x1"}}"#,
        ),
        ("model != 'model_x1'".to_owned(), r#"{"$noteq":"model_x1"}"#),
        (
            format!("owner = {owner} AND seats < 900"),
            r#""custom_object_fields.owner":{"$eq""#,
        ),
        (
            format!("created_by_user_id = '{maker}'"),
            r#"{"created_by_user":{"$eq""#,
        ),
        (
            format!("model = 'model_x1' AND created_at > TIMESTAMP '{moment}'"),
            r#"{"created_at":{"$gt":"20"#,
        ),
        ("serial LIKE '%1%'".to_owned(), ""),
        ("number = 'AB1' OR number > 'AB5'".to_owned(), ""),
    ] {
        // An engine that has counted 130 records would rather list them.
        let engine = stage.engine().unwrap();
        let explained = plan(&engine, &format!("SELECT id FROM device WHERE {condition}")).await;
        let before = sent(&stage, "POST", SEARCH);
        agreed(&engine, "device", &condition).await;
        let posts = sent(&stage, "POST", SEARCH) > before;
        assert_eq!(posts, !filter.is_empty(), "{condition}: {explained}");
        let shown = explained.contains(&format!("POST /api/v2{SEARCH}"));
        assert_eq!(shown, posts, "{condition}: {explained}");
        assert!(explained.contains(filter), "{condition}: {explained}");
        if posts {
            let logged =
                "SELECT method FROM system.requests WHERE path LIKE '%records/search' LIMIT 1";
            assert_eq!(read(&engine, logged).await, [["POST"]]);
        }
    }
}

/// The index is minutes behind; what changed since comes from the list.
#[tokio::test]
async fn a_record_is_found_at_once() {
    let account = stage::recent(12, 100);
    let stage = Stage::of(&account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let fields = json!({"name": "New", "custom_object_fields": {"seats": "4711", "price": "1.50", "bought_on": "2026-02-01"}});
    let id = account.create_custom_object_record("device", &fields);
    for condition in [
        "seats = 4711",
        "price = 1.5",
        "bought_on = DATE '2026-02-01' AND seats > 4000",
    ] {
        let sql = format!("SELECT id FROM device WHERE {condition}");
        assert_eq!(read(&engine, &sql).await, [[id.as_str()]], "{condition}");
    }
    assert_eq!(sent(&stage, "POST", SEARCH), 3);
}

/// A filter that the API does not take, or a token that may only read: the list serves, and the search is not tried again.
#[tokio::test]
async fn records_that_cannot_be_searched_are_listed() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let text = "about = \"A device.\"\nrows = \"All.\"\nkey = \"id\"\ntail = \"newest\"\n[columns]\nid = \"text\"\n\
        name = { type = \"text\", search = \"nothing\" }\nupdated_at = \"timestamp\"\n[[read]]\nname = \"search\"\n\
        post = \"/api/v2/custom_objects/device/records/search\"\nitems = \"custom_object_records\"\npages = \"cursor\"\n\
        query.sort = \"created_at\"\nsearch = { parameter = \"filter\", language = \"zendesk_filter\", required = true }\n\
        lag = 900\n[[read]]\nname = \"list\"\nget = \"/api/v2/custom_objects/device/records\"\n\
        items = \"custom_object_records\"\npages = \"cursor\"\n[[read]]\nname = \"newest\"\n\
        get = \"/api/v2/custom_objects/device/records\"\nitems = \"custom_object_records\"\npages = \"cursor\"\n\
        query.sort = \"-updated_at\"\norder = \"updated_at desc\"\nmoves = true\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gadgets.toml"), text).unwrap();
    let engine = stage.builder().tables(folder.path()).build().unwrap();
    for _ in 0..2 {
        let found = read(
            &engine,
            "SELECT count(*) FROM gadgets WHERE name = 'device 7'",
        )
        .await;
        assert_eq!(found, [["1"]]);
    }
    assert_eq!(sent(&stage, "POST", SEARCH), 1);
    let reading = stage.simulator().reader_connection_string();
    let reading = format!("{reading}OAuthSettingsLocation=memory://reader;");
    let reader = Engine::builder().connection("zendesk", reading);
    let reader = reader.build().unwrap();
    let sql = "SELECT count(*) FROM device WHERE model = 'model_x1'";
    let expected = read(&engine, sql).await;
    let before = sent(&stage, "POST", SEARCH);
    for _ in 0..2 {
        assert_eq!(read(&reader, sql).await, expected);
    }
    assert_eq!(sent(&stage, "POST", SEARCH), before + 1);
}

#[tokio::test]
async fn choices_of_people_organizations_and_tickets_are_searched() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let areas = "SELECT min(o.value) FROM ticket_fields_options o JOIN ticket_fields f ON f.id = o.ticket_field_id WHERE f.type = 'multiselect'";
    let area = read(&engine, areas).await[0][0].clone();
    for (table, condition, query) in [
        (
            "users",
            "plan_tier = 'gold'".to_owned(),
            "query=plan_tier:gold",
        ),
        (
            "users",
            "plan_tier IN ('gold', 'bronze')".to_owned(),
            "query=plan_tier:bronze%20plan_tier:gold",
        ),
        (
            "organizations",
            "region != 'emea'".to_owned(),
            "query=-region:emea",
        ),
        (
            "organizations",
            "region = 'emea'".to_owned(),
            "query=region:emea",
        ),
        (
            "tickets",
            format!("array_has(affected_areas, '{area}')"),
            "query=custom_field_",
        ),
        // What search would take apart, or is not said to compare at all.
        ("users", "vip".to_owned(), ""),
        ("users", "seat_count = 7 OR seat_count > 300".to_owned(), ""),
        ("tickets", "express".to_owned(), ""),
        ("tickets", "order_number > 'A'".to_owned(), ""),
    ] {
        // Few organizations are exported sooner than they are searched.
        let engine = match table {
            "organizations" => stage.with_properties("UseIncrementalAPI=False;").build(),
            _ => stage.engine(),
        };
        let engine = engine.unwrap();
        let explained = plan(
            &engine,
            &format!("SELECT id FROM {table} WHERE {condition}"),
        )
        .await;
        match query {
            "" => assert!(!explained.contains("query="), "{condition}: {explained}"),
            query => assert!(explained.contains(query), "{condition}: {explained}"),
        }
        agreed(&engine, table, &condition).await;
    }
}

#[tokio::test]
async fn labels_of_articles_travel_together() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let sql = "SELECT label_names[1], label_names[2], section_id FROM articles WHERE array_length(label_names) > 1 ORDER BY id LIMIT 1";
    let some = read(&engine, sql).await;
    let [one, two, section] = some[0].as_slice() else {
        panic!("no article with two labels");
    };
    let both = format!("array_has(label_names, '{one}') AND array_has(label_names, '{two}')");
    for (condition, parameter) in [
        (
            format!("array_has(label_names, '{one}')"),
            format!("label_names={one}"),
        ),
        (both.clone(), format!("label_names={one},{two}")),
        (
            format!("{both} AND section_id = {section}"),
            format!("label_names={one},{two}"),
        ),
    ] {
        agreed(&engine, "articles", &condition).await;
        let explained = plan(
            &engine,
            &format!("SELECT id FROM articles WHERE {condition}"),
        )
        .await;
        let written = explained.replace("%20", " ");
        assert!(written.contains(&parameter), "{condition}: {explained}");
    }
}

/// One request of the export tells what changed since a stamp, whatever moved it.
#[tokio::test]
async fn what_changed_since_a_stamp_is_one_request() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let stamps = "SELECT generated_timestamp FROM tickets ORDER BY generated_timestamp DESC LIMIT 1 OFFSET 40";
    let since = read(&engine, stamps).await[0][0].clone();
    let export = "/incremental/tickets/cursor";
    let before = sent(&stage, "GET", export);
    let changed = format!(
        "SELECT id, status, generated_timestamp FROM tickets WHERE generated_timestamp >= {since}"
    );
    let found = read(&engine, &changed).await;
    assert!((41..100).contains(&found.len()), "{}", found.len());
    assert_eq!(sent(&stage, "GET", export), before + 1);
    let explained = plan(&engine, &changed).await;
    assert!(
        explained.contains(&format!("start_time={since}")),
        "{explained}"
    );
    // The tighter bound of both travels.
    let later = format!("{changed} AND updated_at >= TIMESTAMP '2001-01-01T00:00:00Z'");
    let explained = plan(&engine, &later).await;
    assert!(
        explained.contains(&format!("start_time={since}")),
        "{explained}"
    );
    agreed(
        &engine,
        "tickets",
        &format!("generated_timestamp > {since}"),
    )
    .await;
}

/// The page about Zendesk shows statements that run.
#[tokio::test]
async fn statements_of_the_page_run() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/zendesk.md");
    let page = std::fs::read_to_string(path).unwrap();
    let fences = page.split("```").skip(1).step_by(2);
    let blocks: Vec<&str> = fences
        .filter_map(|block| block.strip_prefix("sql\n"))
        .collect();
    assert!(blocks.len() >= 4, "{}", blocks.len());
    let stage = Stage::of(&stage::recent(1, 300), Faults::default(), "");
    let engine = stage.engine().unwrap();
    let mut empty = 0;
    for block in &blocks {
        empty += usize::from(read(&engine, block).await.is_empty());
    }
    assert!(empty <= 1, "{empty} blocks find nothing");
}

/// Two keys make an address: with one of them a budget allows the rest, without either the statement says what to add.
#[tokio::test]
async fn two_keys_are_never_mixed() {
    let stage = Stage::of(&stage::frozen(), Faults::default(), "MaxRequests=1000;");
    let engine = stage.engine().unwrap();
    let busiest = "SELECT webhook_id, count(*) AS many FROM webhook_invocations GROUP BY webhook_id ORDER BY many LIMIT 1";
    let webhook = read(&engine, busiest).await[0][0].clone();
    let truth = stage::frozen().truth("webhook_invocation_attempts");
    let own = truth
        .iter()
        .filter(|row| row["webhook_id"] == webhook.as_str())
        .count();
    assert!(own > 1);
    let below =
        format!("SELECT count(*) FROM webhook_invocation_attempts WHERE webhook_id = '{webhook}'");
    assert_eq!(read(&engine, &below).await, [[own.to_string()]]);
    let invocation = truth[0]["invocation_id"].as_str().unwrap();
    let several = truth
        .iter()
        .filter(|row| row["invocation_id"] == invocation)
        .count();
    let one = format!(
        "SELECT count(*) FROM webhook_invocation_attempts WHERE invocation_id = '{invocation}'"
    );
    assert_eq!(read(&engine, &one).await, [[several.to_string()]]);
    let all = engine
        .sql("SELECT count(*) FROM webhook_invocation_attempts")
        .await;
    let error = match all {
        Ok(frame) => frame
            .collect()
            .await
            .map_err(zuzen_engine::Error::from)
            .unwrap_err(),
        Err(error) => error,
    };
    assert!(
        error.hint().unwrap().contains("WHERE invocation_id = "),
        "{error:?}"
    );
}
