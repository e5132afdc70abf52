//! Records of custom objects, and making fields, objects and records up. Refuses whoever is no administrator.

use serde_json::{Value, json};

use crate::zendesk::account::custom::{OBJECT_FIELDS, OBJECTS};
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// Values that one filter takes.
const MOST_VALUES: usize = 100;

/// GET below `/custom_objects/{key}/records`; `None` for another address.
pub(crate) fn read(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    let ["custom_objects", key, "records", rest @ ..] = parts else {
        return None;
    };
    let answer = existing(request, key).and_then(|()| match rest {
        [] => list(request, key),
        ["count"] => {
            let many = request.account.custom_object_records(key).len();
            Ok(paging::count(many, request.now_millis))
        }
        [id] => {
            let records = request.account.custom_object_records(key);
            let found = records.into_iter().find(|row| row["id"] == *id);
            let found = found.ok_or_else(Reply::record_not_found)?;
            Ok(Reply::value(200, &json!({"custom_object_record": found})))
        }
        _ => Err(Reply::invalid_endpoint()),
    });
    Some(answer)
}

/// Refuses an object that is not there.
pub(super) fn existing(request: &Request<'_>, key: &str) -> Result<(), Reply> {
    let account = request.account;
    let generated = account.setup().rows(OBJECTS).unwrap_or_default().iter();
    let added = account.added(OBJECTS);
    match generated.chain(&added).any(|row| row["key"] == key) {
        true => Ok(()),
        false => Err(Reply::record_not_found()),
    }
}

/// Pages by cursor and nothing else, whether asked for or not.
fn list(request: &Request<'_>, key: &str) -> Answer {
    let parameters = &request.parameters;
    if parameters.has("page") || parameters.has("per_page") {
        return Err(Reply::invalid_pagination("page is not valid"));
    }
    let mut records = request.account.custom_object_records(key);
    for (parameter, column) in [
        ("filter[ids]", "id"),
        ("filter[external_ids]", "external_id"),
    ] {
        let Some(values) = parameters.get(parameter) else {
            continue;
        };
        let values: Vec<&str> = values.split(',').collect();
        if values.len() > MOST_VALUES {
            let words = format!("{parameter} takes at most {MOST_VALUES} values");
            return Err(Reply::described(400, "TooManyValues", &words));
        }
        records.retain(|row| {
            row[column]
                .as_str()
                .is_some_and(|own| values.contains(&own))
        });
    }
    let sort = parameters.get("sort").unwrap_or("id");
    let column = sort.trim_start_matches('-');
    if !matches!(column, "id" | "updated_at") {
        return Err(Reply::invalid_pagination(&format!(
            "sort is not valid: {sort}"
        )));
    }
    let order = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text(column), text("id"))
    };
    records.sort_by_key(order);
    if sort.starts_with('-') {
        records.reverse();
    }
    let cut = match parameters.has("page[size]") || parameters.has("page[after]") {
        true => paging::cut(request, Unasked::Offset)?,
        false => Cut::Cursor {
            size: 100,
            cursor: None,
            backward: false,
        },
    };
    let page = paging::window_of(&cut, sort, records.len(), &|_| true)?;
    paging::reply(
        request,
        "custom_object_records",
        &page,
        |at, json| {
            json.value(&records[*at]);
        },
        |_, _| {},
    )
}

/// POST of a custom field, object or record; `None` for another address.
pub(crate) fn create(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    let account = request.account;
    let answer = match parts {
        ["ticket_fields"] => given(request, "ticket_field").map(|fields| {
            let id = account.create_ticket_field(&fields);
            json!({"ticket_field": find(account.added("ticket_fields"), "id", &json!(id))})
        }),
        ["custom_objects"] => given(request, "custom_object").and_then(|fields| {
            let key = fields["key"].as_str().unwrap_or_default();
            if key.is_empty() || existing(request, key).is_ok() {
                return Err(Reply::record_invalid("key", "Key: is not valid or taken", "InvalidValue"));
            }
            account.create_custom_object(&fields);
            Ok(json!({"custom_object": find(account.added(OBJECTS), "key", &fields["key"])}))
        }),
        ["custom_objects", key, "fields"] => existing(request, key)
            .and_then(|()| given(request, "custom_object_field"))
            .map(|fields| {
                let id = account.create_custom_object_field(key, &fields);
                json!({"custom_object_field": find(account.added(OBJECT_FIELDS), "id", &json!(id))})
            }),
        ["custom_objects", key, "records"] => existing(request, key)
            .and_then(|()| given(request, "custom_object_record"))
            .map(|fields| {
                let id = account.create_custom_object_record(key, &fields);
                json!({"custom_object_record": find(account.custom_object_records(key), "id", &json!(id))})
            }),
        _ => return None,
    };
    Some(answer.map(|body| Reply::value(201, &body)))
}

fn find(rows: Vec<Value>, column: &str, value: &Value) -> Value {
    let found = rows.into_iter().find(|row| row[column] == *value);
    found.unwrap_or_default()
}

/// What is posted under this member, by an administrator.
fn given(request: &Request<'_>, member: &str) -> Result<Value, Reply> {
    request.admin_only()?;
    let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
    match body.get(member) {
        Some(fields) if fields.is_object() => Ok(fields.clone()),
        _ => Err(Reply::described(
            400,
            "ParameterMissing",
            &format!("{member} is required"),
        )),
    }
}
