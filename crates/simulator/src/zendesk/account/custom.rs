//! Custom objects' records, and what was made up in the account after it was generated: fields, objects, records.
//! It refuses to touch what was generated.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::clock::{DAY, iso_text, now_millis};
use crate::zendesk::account::{Account, sparse_id, stream};

/// Rows that were added over HTTP or by a test, by table.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    rows: BTreeMap<&'static str, Vec<Value>>,
    /// Ids of fields of tickets that were deleted; tickets keep what they held.
    removed_fields: BTreeSet<i64>,
}

pub(crate) const TICKET_FIELDS: &str = "ticket_fields";
pub(crate) const OBJECTS: &str = "custom_objects";
pub(crate) const OBJECT_FIELDS: &str = "custom_object_fields";
const RECORDS: &str = "custom_object_records";

/// Records of the n-th generated object: more than a page of the first, none of the last.
const COUNTS: [usize; 3] = [130, 7, 0];

impl Account {
    /// What was added to a table.
    pub(crate) fn added(&self, table: &str) -> Vec<Value> {
        let added = self.additions.read();
        added.rows.get(table).cloned().unwrap_or_default()
    }

    /// All fields of tickets.
    pub(crate) fn ticket_fields(&self) -> Vec<Value> {
        let own = self.config.ticket_fields.iter().cloned();
        let mut all: Vec<Value> = own.chain(self.added(TICKET_FIELDS)).collect();
        let removed = &self.additions.read().removed_fields;
        all.retain(|field| field["id"].as_i64().is_none_or(|id| !removed.contains(&id)));
        all
    }

    /// Deletes a field of tickets now. An unknown id changes nothing.
    pub fn delete_ticket_field(&self, id: i64) {
        self.additions.write().removed_fields.insert(id);
    }

    fn add(&self, table: &'static str, row: Value) {
        self.additions
            .write()
            .rows
            .entry(table)
            .or_default()
            .push(row);
    }

    /// Makes a custom field of tickets now; `fields` are those of the API (`type`, `title`, …). Gives its id.
    pub fn create_ticket_field(&self, fields: &Value) -> i64 {
        let id = self.next_id();
        let now = now();
        let title = &fields["title"];
        let mut row = json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/ticket_fields/{id}.json"), "type": "text", "title": title, "raw_title": title,
            "description": "", "raw_description": "", "position": 9_999, "active": true, "required": false, "collapsed_for_agents": false, "regexp_for_validation": null, "title_in_portal": title,
            "raw_title_in_portal": title, "visible_in_portal": false, "editable_in_portal": false, "required_in_portal": false, "tag": null, "created_at": now, "updated_at": now, "removable": true,
            "key": null, "agent_description": null, "agent_can_edit": true});
        overlay(&mut row, fields);
        self.add(TICKET_FIELDS, row);
        id
    }

    /// Makes a custom object now: `key` and `title`.
    pub fn create_custom_object(&self, fields: &Value) {
        let now = now();
        let person = self.user_id(0).to_string();
        let (key, title) = (&fields["key"], &fields["title"]);
        let mut row = json!({"key": key, "url": format!("https://acme.zendesk.com/api/v2/custom_objects/{}.json", key.as_str().unwrap_or_default()), "title": title, "title_pluralized": title,
            "raw_title": title, "raw_title_pluralized": title, "description": "", "raw_description": "", "created_by_user_id": person, "updated_by_user_id": person, "created_at": now, "updated_at": now,
            "include_in_list_view": true});
        overlay(&mut row, fields);
        self.add(OBJECTS, row);
    }

    /// Makes a field of a custom object now: `key`, `type` and `title`. Gives its id.
    pub fn create_custom_object_field(&self, object: &str, fields: &Value) -> i64 {
        let id = self.next_id();
        let now = now();
        let title = &fields["title"];
        let mut row = json!({"id": id, "custom_object_key": object, "url": format!("https://acme.zendesk.com/api/v2/custom_objects/{object}/fields/{id}.json"), "type": "text", "title": title,
            "raw_title": title, "description": "", "raw_description": "", "active": true, "position": 9_999, "regexp_for_validation": null, "system": false, "tag": null, "created_at": now,
            "updated_at": now});
        overlay(&mut row, fields);
        self.add(OBJECT_FIELDS, row);
        id
    }

    /// Makes a record of a custom object now: `name`, `external_id` and `custom_object_fields`. Gives its id.
    pub fn create_custom_object_record(&self, object: &str, fields: &Value) -> String {
        let id = ulid(self.next_id().unsigned_abs());
        let now = now();
        let person = self.user_id(0).to_string();
        let mut row = record(object, &id, &person, (&now, &now));
        overlay(&mut row, fields);
        self.add(RECORDS, row);
        id
    }

    /// The records of a custom object, oldest first.
    pub(crate) fn custom_object_records(&self, object: &str) -> Vec<Value> {
        let objects = self.setup().rows(OBJECTS).unwrap_or_default();
        let place = objects.iter().position(|row| row["key"] == object);
        let generated = place.map_or(0, |place| COUNTS.get(place).copied().unwrap_or_default());
        let fields: Vec<&Value> = self
            .setup()
            .rows(OBJECT_FIELDS)
            .unwrap_or_default()
            .iter()
            .filter(|field| field["custom_object_key"] == object)
            .collect();
        let place = place.unwrap_or_default();
        let own = (0..generated).map(|at| self.generated_record(object, place, at, &fields));
        let added = self.added(RECORDS).into_iter();
        own.chain(added.filter(|row| row["custom_object_key"] == object))
            .collect()
    }

    fn generated_record(&self, object: &str, place: usize, at: usize, fields: &[&Value]) -> Value {
        let seed = (place * 1_000 + at) as u64;
        let number = sparse_id(
            self.seed,
            stream::CONFIG + 77,
            1_000_000,
            1_700_000_031,
            seed,
        );
        let created = self.start + number % 400 * DAY;
        let times = (
            iso_text(created),
            iso_text(created + number % 90 * DAY + 61),
        );
        let people = self
            .user_id(u32::try_from(at % 5).unwrap_or_default())
            .to_string();
        let mut row = record(
            object,
            &ulid(number.unsigned_abs()),
            &people,
            (&times.0, &times.1),
        );
        row["name"] = json!(format!("{object} {at}"));
        row["external_id"] = json!(
            (at % 3 != 2)
                .then(|| format!("EXT-{}{at}", if at.is_multiple_of(2) { "a" } else { "A" }))
        );
        row["photo"] = match at % 4 {
            0 => {
                json!({"id": number, "file_name": "photo.png", "content_type": "image/png", "size": 2_048})
            }
            _ => Value::Null,
        };
        for field in fields {
            let Some(key) = field["key"].as_str() else {
                continue;
            };
            row["custom_object_fields"][key] = match (at + key.len()) % 6 {
                5 => Value::Null,
                _ => value(field, at, number, self.user_id(3)),
            };
        }
        row
    }

    fn next_id(&self) -> i64 {
        let added = self.additions.read();
        let many: usize = added.rows.values().map(Vec::len).sum();
        29_000_000_000_000 + i64::try_from(many).unwrap_or_default()
    }
}

/// A value of a field. Whole numbers come as numbers or as text, as clients have left them.
fn value(field: &Value, at: usize, number: i64, person: i64) -> Value {
    match field["type"].as_str().unwrap_or_default() {
        "checkbox" => json!(at.is_multiple_of(2)),
        "date" => json!(format!(
            "20{:02}-0{}-1{}T00:00:00+00:00",
            20 + at % 5,
            1 + at % 9,
            at % 9
        )),
        "integer" if at % 4 == 1 => json!((number % 1_000).to_string()),
        "integer" => json!(number % 1_000),
        "decimal" if at % 3 == 1 => json!(format!("{}.{:02}", number % 900, at % 100)),
        "decimal" => json!((number % 90_000) as f64 / 100.0),
        "dropdown" => field["custom_field_options"][at % 2]["value"].clone(),
        "multiselect" => json!([field["custom_field_options"][0]["value"]]),
        "lookup" => json!(person),
        "regexp" => json!(format!("AB{}", number % 10_000)),
        _ => json!(format!(
            "{} № {at}",
            field["title"].as_str().unwrap_or_default()
        )),
    }
}

fn record(object: &str, id: &str, person: &str, (created, updated): (&str, &str)) -> Value {
    json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/custom_objects/{object}/records/{id}.json"), "name": "", "custom_object_key": object, "custom_object_fields": {},
        "external_id": null, "photo": null, "created_by_user_id": person, "updated_by_user_id": person, "created_at": created, "updated_at": updated})
}

fn overlay(row: &mut Value, fields: &Value) {
    for (key, value) in fields.as_object().into_iter().flatten() {
        row[key] = value.clone();
    }
}

/// Records have ids of 26 letters and digits that sort by age.
fn ulid(number: u64) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |at: u32| {
        let place = (number >> (5 * at.min(12))) & 31;
        char::from(LETTERS[usize::try_from(place).unwrap_or_default()])
    };
    let tail: String = (0..13).rev().map(digit).collect();
    format!("01HZENDESKREC{tail}")
}

fn now() -> String {
    iso_text(now_millis().div_euclid(1_000))
}
