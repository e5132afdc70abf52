//! Legacy custom objects, which are older than custom objects and have nothing in common with them: types, records and
//! relationships. Whole rows, made once, when they are first asked for. It refuses to change them.

use serde_json::{Value, json};

use crate::clock::{DAY, iso_text};
use crate::zendesk::account::Account;
use crate::zendesk::account::text_id::uuid;

/// The independent number stream of legacy objects.
const STREAM: u64 = 320;

/// Records of the first type: more than the greatest page holds.
const DELIVERIES: usize = 1_040;

/// Relationships of deliveries to people.
const RECEIVERS: usize = 60;

/// Every table of legacy objects.
#[derive(Debug)]
pub(crate) struct Legacy {
    pub(crate) object_types: Vec<Value>,
    /// By type, then by creation.
    pub(crate) records: Vec<Value>,
    pub(crate) relationship_types: Vec<Value>,
    /// By type, then by creation.
    pub(crate) relationships: Vec<Value>,
}

impl Account {
    /// The account's legacy objects.
    pub(crate) fn legacy(&self) -> &Legacy {
        self.legacy.get_or_init(|| Legacy::generate(self))
    }

    fn legacy_id(&self, index: usize) -> String {
        uuid(index as u64, self.mix(STREAM, index as u64))
    }

    /// In milliseconds, as only this service tells times.
    fn legacy_time(&self, index: usize, days: i64) -> String {
        let second = self.start + (index as i64 % 1_200) * DAY + days * DAY + 37;
        let millis = format!(".{:03}Z", index * 7 % 1_000);
        iso_text(second.min(self.settled)).replace('Z', &millis)
    }
}

impl Legacy {
    fn generate(account: &Account) -> Self {
        let record = |at: usize, kind: &str, attributes: Value| {
            json!({"id": account.legacy_id(at), "type": kind, "type_version": 1 + at % 2, "external_id": (at % 3 != 2).then(|| format!("{kind}-{at:05}")), "attributes": attributes,
                "created_at": account.legacy_time(at, 0), "updated_at": account.legacy_time(at, (at % 5) as i64)})
        };
        let mut records: Vec<Value> = (0..DELIVERIES)
            .map(|at| {
                let ticket = Account::ticket_id(at as u32 % account.tickets);
                record(at, "delivery", json!({"number": format!("D-{at}"), "ticket": ticket, "weight": at as f64 / 4.0, "note": "für \"東京\""}))
            })
            .collect();
        let depots = ["Berlin", "東京", "Bilbao"].iter().enumerate();
        records.extend(
            depots.map(|(at, city)| record(DELIVERIES + at, "depot", json!({"city": city}))),
        );
        let relationship = |at: usize, kind: &str, source: &Value, target: Value| json!({"id": account.legacy_id(5_000 + at), "relationship_type": kind, "source": source, "target": target, "created_at": account.legacy_time(at, 1)});
        let mut relationships: Vec<Value> = (0..RECEIVERS)
            .map(|at| {
                let user =
                    account.user_id(account.staff + at as u32 % (account.users - account.staff));
                relationship(
                    at,
                    "delivery_has_one_receiver",
                    &records[at]["id"],
                    json!(format!("zen:user:{user}")),
                )
            })
            .collect();
        relationships.extend((0..3).map(|at| {
            relationship(
                RECEIVERS + at,
                "depot_has_many_deliveries",
                &records[DELIVERIES + at]["id"],
                records[at]["id"].clone(),
            )
        }));
        let kind = |at: usize, key: &str, property: &str| {
            json!({"key": key, "version": 1 + at, "schema": {"type": "object", "properties": {property: {"type": "string"}}, "additionalProperties": false},
                "created_at": account.legacy_time(at, 0), "updated_at": account.legacy_time(at, 3)})
        };
        let between = |at: usize, key: &str, source: &str, target: Value| json!({"key": key, "source": source, "target": target, "created_at": account.legacy_time(at, 0), "updated_at": account.legacy_time(at, 0)});
        Self {
            object_types: vec![
                kind(0, "delivery", "number"),
                kind(1, "depot", "city"),
                kind(2, "unused-kind", "x"),
            ],
            records,
            relationship_types: vec![
                between(
                    3,
                    "delivery_has_one_receiver",
                    "delivery",
                    json!("zen:user"),
                ),
                between(4, "depot_has_many_deliveries", "depot", json!(["delivery"])),
            ],
            relationships,
        }
    }

    /// All rows of a table; `None` for a table that is not of legacy objects.
    pub(crate) fn truth(&self, table: &str) -> Option<Vec<Value>> {
        Some(match table {
            "legacy_object_types" => self.object_types.clone(),
            "legacy_object_records" => self.records.clone(),
            "legacy_relationship_types" => self.relationship_types.clone(),
            "legacy_relationships" => self.relationships.clone(),
            _ => return None,
        })
    }
}
