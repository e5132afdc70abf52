//! Records of custom objects by a posted filter: which operators a field takes, what an answer holds, what is refused.

use serde_json::{Value, json};

use super::{AGENT, Caller};

const SEARCH: &str = "custom_objects/device/records/search";

fn search(caller: &Caller, query: &str, filter: &Value) -> Vec<Value> {
    let body = json!({"filter": filter}).to_string();
    let address = format!("{SEARCH}?{query}");
    let answered = caller.send("POST", &address, &body);
    assert_eq!(answered.status, 200, "{filter}: {}", answered.text);
    let rows = answered.body["custom_object_records"].as_array().unwrap();
    assert_eq!(answered.body["count"], rows.len());
    rows.clone()
}

fn status(caller: &Caller, address: &str, body: &Value) -> u16 {
    caller.send("POST", address, &body.to_string()).status
}

fn field<'a>(row: &'a Value, key: &str) -> &'a Value {
    &row["custom_object_fields"][key]
}

#[test]
fn records_are_found_by_their_fields() {
    let caller = Caller::new(50);
    let all = caller.by_cursor(
        "custom_objects/device/records",
        "custom_object_records",
        100,
    );
    assert_eq!(all.len(), 130);
    let mut times: Vec<&str> = all
        .iter()
        .filter_map(|row| row["created_at"].as_str())
        .collect();
    times.sort_unstable();
    let half = times[60];
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    type Fits<'a> = &'a dyn Fn(&Value) -> bool;
    let cases: [(Value, Fits<'_>); 8] = [
        (
            json!({"custom_object_fields.rented": {"$eq": "true"}}),
            &|row| *field(row, "rented") == true,
        ),
        (
            json!({"custom_object_fields.seats": {"$gte": 500}}),
            &|row| number(field(row, "seats")).is_some_and(|seats| seats >= 500.0),
        ),
        (
            json!({"custom_object_fields.price": {"$lte": "450.5"}}),
            &|row| number(field(row, "price")).is_some_and(|price| price <= 450.5),
        ),
        (
            json!({"custom_object_fields.model": {"$noteq": "model_x1"}}),
            &|row| *field(row, "model") != "model_x1",
        ),
        (
            json!({"custom_object_fields.owner": {"$exists": false}}),
            &|row| field(row, "owner").is_null(),
        ),
        (
            json!({"custom_object_fields.bought_on": {"$lt": "2022-01-01"}}),
            &|row| {
                field(row, "bought_on")
                    .as_str()
                    .is_some_and(|day| day < "2022")
            },
        ),
        (json!({"created_at": {"$gt": half}}), &|row| {
            row["created_at"].as_str() > Some(half)
        }),
        (
            json!({"$and": [{"custom_object_fields.rented": {"$eq": "true"}}],
                "$or": [{"custom_object_fields.model": {"$eq": "model_x1"}}, {"external_id": {"$eq": "EXT-a4"}}]}),
            &|row| {
                *field(row, "rented") == true
                    && (*field(row, "model") == "model_x1" || row["external_id"] == "EXT-a4")
            },
        ),
    ];
    for (filter, fits) in cases {
        let mut found = Vec::new();
        let mut query = "sort=created_at&page%5Bsize%5D=100".to_owned();
        loop {
            let body = json!({"filter": filter}).to_string();
            let answered = caller.send("POST", &format!("{SEARCH}?{query}"), &body);
            assert_eq!(answered.status, 200, "{filter}: {}", answered.text);
            let rows = answered.body["custom_object_records"].as_array().unwrap();
            found.extend(rows.iter().map(|row| row["id"].clone()));
            if answered.body["meta"]["has_more"] == false {
                break;
            }
            let cursor = answered.body["meta"]["after_cursor"].as_str().unwrap();
            let cursor = cursor.replace('=', "%3D").replace('+', "%2B");
            query = format!("sort=created_at&page%5Bsize%5D=100&page%5Bafter%5D={cursor}");
        }
        let mut expected: Vec<&Value> = all.iter().filter(|row| fits(row)).collect();
        expected.sort_by_key(|row| (row["created_at"].to_string(), row["id"].to_string()));
        let expected: Vec<Value> = expected.iter().map(|row| row["id"].clone()).collect();
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{filter}"
        );
        assert_eq!(found, expected, "{filter}");
    }
}

#[test]
fn the_index_is_behind_and_agents_may_search_it() {
    let mut caller = Caller::new(50);
    let new = json!({"name": "New", "custom_object_fields": {"serial": "one two"}});
    caller.account.create_custom_object_record("device", &new);
    let any = json!({"name": {"$contains": "new"}});
    assert!(search(&caller, "sort=name", &any).is_empty());
    caller.behaviour.search_lag_millis = -5_000;
    caller.credentials = Some(AGENT.to_owned());
    assert_eq!(search(&caller, "sort=name", &any).len(), 1);
    // Text is compared by words.
    let word = json!({"custom_object_fields.serial": {"$eq": "TWO"}});
    assert_eq!(search(&caller, "", &word).len(), 1);
}

#[test]
fn what_the_vendor_does_not_list_is_refused() {
    let caller = Caller::new(50);
    let fine = json!({"filter": {"external_id": {"$eq": "EXT-a0"}}});
    assert_eq!(status(&caller, SEARCH, &fine), 200);
    for (query, expected) in [
        ("sort=id", 400),
        ("page=2", 400),
        ("page%5Bsize%5D=101", 400),
        ("query2=x", 400),
    ] {
        let address = format!("{SEARCH}?{query}");
        assert_eq!(status(&caller, &address, &fine), expected, "{query}");
    }
    assert_eq!(
        status(&caller, "custom_objects/nothing/records/search", &fine),
        404
    );
    for filter in [
        json!({}),
        json!({"$and": []}),
        json!({"created_at": {"$gte": "2024-01-01"}}),
        json!({"updated_at": {"$lt": "2024-01-01"}}),
        json!({"id": {"$eq": "X"}}),
        json!({"custom_object_fields.rented": {"$noteq": "true"}}),
        json!({"custom_object_fields.rented": {"$eq": true}}),
        json!({"custom_object_fields.number": {"$eq": "AB1"}}),
        json!({"custom_object_fields.owner": {"$gt": "1"}}),
        json!({"custom_object_fields.gone": {"$eq": "1"}}),
        json!({"custom_object_fields.seats": {"$in": "1"}}),
        json!({"custom_object_fields.seats": {"$gte": "1", "$lte": "2"}}),
        json!({"$and": [{"$or": [{"external_id": {"$eq": "a"}}]}]}),
        json!({"$and": [{"external_id": {"$eq": "a"}}], "name": {"$contains": "x"}}),
    ] {
        let body = json!({"filter": filter});
        assert_eq!(status(&caller, SEARCH, &body), 400, "{filter}");
    }
    let more = json!({"filter": {"external_id": {"$eq": "a"}}, "query": "x"});
    assert_eq!(status(&caller, SEARCH, &more), 400);
}
