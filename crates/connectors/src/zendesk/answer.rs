//! Answers about custom fields and objects, read.

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// An answer that is not what the API documents.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UnreadAnswer(#[from] serde_json::Error);

/// A custom field of tickets, users, organizations or of a custom object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its number.
    pub id: i64,
    /// Its name in the API; ticket fields may have none.
    #[serde(default)]
    pub key: Option<String>,
    /// What people call it.
    #[serde(default)]
    pub title: String,
    /// `tagger`, `integer`, `lookup`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Forms still show it.
    #[serde(default = "yes")]
    pub active: bool,
    /// Every account has it: subject, status and so on.
    #[serde(default)]
    pub built_in: bool,
    /// What can be chosen.
    #[serde(default)]
    pub options: Vec<FieldOption>,
    /// What a lookup looks for: `zen:user`, `zen:custom_object:apartment`.
    #[serde(default)]
    pub target: Option<String>,
}

/// One of the choices of a drop-down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    /// What a row holds.
    pub value: String,
    /// What people see.
    pub name: String,
}

/// A kind of objects that an account has made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomObject {
    /// Its name in the API, unique in the account.
    pub key: String,
    /// What people call one of them.
    #[serde(default)]
    pub title: String,
    /// What they are.
    #[serde(default, deserialize_with = "or_nothing")]
    pub description: String,
}

fn yes() -> bool {
    true
}

fn or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A field as the API sends it.
#[derive(Deserialize)]
struct Sent {
    id: i64,
    #[serde(default)]
    key: Option<String>,
    #[serde(default, deserialize_with = "or_nothing")]
    title: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    removable: Option<bool>,
    #[serde(default)]
    system: Option<bool>,
    #[serde(default)]
    custom_field_options: Option<Vec<FieldOption>>,
    #[serde(default)]
    relationship_target_type: Option<String>,
}

#[derive(Deserialize)]
struct SentFields {
    #[serde(
        alias = "ticket_fields",
        alias = "user_fields",
        alias = "organization_fields",
        alias = "custom_object_fields"
    )]
    fields: Vec<Sent>,
}

#[derive(Deserialize)]
struct SentObjects {
    custom_objects: Vec<CustomObject>,
}

/// The fields on one page of `/ticket_fields`, `/user_fields`, `/organization_fields` or `/custom_objects/{key}/fields`.
///
/// # Errors
/// If it is no such answer.
pub fn read_fields(body: &[u8]) -> Result<Vec<CustomField>, UnreadAnswer> {
    let sent: SentFields = serde_json::from_slice(body)?;
    let fields = sent.fields.into_iter().map(|sent| CustomField {
        id: sent.id,
        key: sent.key.filter(|key| !key.is_empty()),
        title: sent.title,
        kind: sent.kind,
        active: sent.active.unwrap_or(true),
        // Ticket fields say the one, other fields the other.
        built_in: sent.removable == Some(false) || sent.system == Some(true),
        options: sent.custom_field_options.unwrap_or_default(),
        target: sent.relationship_target_type,
    });
    Ok(fields.collect())
}

/// The objects in the answer of `/custom_objects`.
///
/// # Errors
/// If it is no such answer.
pub fn read_objects(body: &[u8]) -> Result<Vec<CustomObject>, UnreadAnswer> {
    let sent: SentObjects = serde_json::from_slice(body)?;
    Ok(sent.custom_objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let body = br#"{"ticket_fields": [
            {"id": 1, "type": "subject", "title": "Subject", "removable": false, "key": null, "url": "x"},
            {"id": 2, "type": "tagger", "title": "Product", "removable": true, "active": false,
             "custom_field_options": [{"id": 9, "name": "Cloud", "value": "product_cloud", "default": true}]},
            {"id": 3, "type": "lookup", "title": null, "key": "owner", "relationship_target_type": "zen:user"}],
            "meta": {"has_more": true, "after_cursor": "abc"}, "links": {}}"#;
        let fields = read_fields(body).unwrap();
        let told =
            |field: &CustomField| (field.id, field.built_in, field.active, field.options.len());
        let all: Vec<_> = fields.iter().map(told).collect();
        assert_eq!(
            all,
            [
                (1, true, true, 0),
                (2, false, false, 1),
                (3, false, true, 0)
            ]
        );
        assert_eq!(fields[2].key.as_deref(), Some("owner"));
        assert_eq!(fields[2].target.as_deref(), Some("zen:user"));
        let none = read_fields(br#"{"user_fields": [], "next_page": null, "count": 0}"#);
        assert!(none.unwrap().is_empty());
        for wrong in [
            &b"{}"[..],
            b"[]",
            br#"{"ticket_fields": [{"id": "x", "type": "text"}]}"#,
        ] {
            assert!(read_fields(wrong).is_err());
        }
    }

    #[test]
    fn objects_are_read() {
        let body =
            br#"{"custom_objects": [{"key": "apartment", "title": "Apartment", "description": null,
            "created_at": "2024-01-01T00:00:00Z"}, {"key": "car"}]}"#;
        let objects = read_objects(body).unwrap();
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[0].title, "Apartment");
        assert_eq!(objects[1].description, "");
    }
}
