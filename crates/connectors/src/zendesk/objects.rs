//! Custom objects → tables.

use zuzen_plan::language;
use zuzen_plan::table::Table;

use super::answer::{CustomField, CustomObject};
use super::fields::{OBJECT, with_fields};

/// The table of any custom object, as a file of the table language; `{key}` is the object's.
const FILE: &str = include_str!("../../zendesk/custom_object.toml");

/// A key that is safe in a path and as a table's name.
fn is_plain(key: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter == b'-';
    !key.is_empty() && key.bytes().all(plain)
}

/// The table of a custom object: named by its key, or `custom_object_<key>` where another table has that name. Its fields,
/// as far as they are known, are columns of their own. `None` for a key that the API does not allow.
#[must_use]
pub fn object_table(
    object: &CustomObject,
    fields: &[CustomField],
    is_taken: impl Fn(&str) -> bool,
) -> Option<Table> {
    if !is_plain(&object.key) {
        return None;
    }
    let name = match is_taken(&object.key) {
        false => object.key.clone(),
        true => format!("custom_object_{}", object.key),
    };
    let mut table = language::table(&name, &FILE.replace("{key}", &object.key)).ok()?;
    let title = if object.title.is_empty() {
        &object.key
    } else {
        &object.title
    };
    table.about = match object.description.trim() {
        "" => format!("A record of the custom object \"{title}\"."),
        description => format!("A record of the custom object \"{title}\": {description}"),
    };
    Some(with_fields(&table, OBJECT, fields))
}

/// The key of the custom object whose table this is.
#[must_use]
pub fn object_key(table: &Table) -> Option<String> {
    let path = table.reads.first()?.get.to_string();
    let rest = path.strip_prefix("/api/v2/custom_objects/")?;
    rest.strip_suffix("/records").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> CustomObject {
        CustomObject {
            key: key.to_owned(),
            title: "Apartment".to_owned(),
            description: String::new(),
        }
    }

    #[test]
    fn an_object_is_a_table() {
        let field = CustomField {
            id: 5,
            key: Some("rent".to_owned()),
            title: "Rent".to_owned(),
            kind: "decimal".to_owned(),
            active: true,
            built_in: false,
            options: Vec::new(),
            target: None,
        };
        let table = object_table(&object("apartment"), &[field], |_| false).unwrap();
        assert_eq!(
            (table.name.as_str(), object_key(&table).as_deref()),
            ("apartment", Some("apartment"))
        );
        assert_eq!(
            table.column("rent").unwrap().path,
            ["custom_object_fields", "rent"]
        );
        assert!(table.column("custom_field_5").unwrap().pseudo);
        assert!(
            table
                .reads
                .iter()
                .all(|read| read.get.to_string().contains("/apartment/"))
        );
    }

    #[test]
    fn names_of_other_tables_stay_theirs() {
        let table = object_table(&object("tickets"), &[], |name| name == "tickets").unwrap();
        assert_eq!(table.name, "custom_object_tickets");
        assert_eq!(object_key(&table).as_deref(), Some("tickets"));
        for key in ["", "a/b", "a?b", "{id}", "é"] {
            assert!(
                object_table(&object(key), &[], |_| false).is_none(),
                "{key}"
            );
        }
    }
}
