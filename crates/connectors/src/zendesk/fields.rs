//! Custom fields → columns.

use std::collections::BTreeMap;

use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::Type;

use super::answer::{CustomField, FieldOption};
use super::names::{Names, always};

/// What follows the name of a drop-down for the words that people see.
const LABEL: &str = "__label";

/// Where the custom fields of a table are listed, and where its rows hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The path of the list.
    pub list: &'static str,
    /// The rate limit that the list counts against.
    pub family: &'static str,
    /// The member of a row.
    pub member: &'static str,
    /// It is a list of `{id, value}`; else an object with keys.
    by_id: bool,
    /// What a query language calls a field.
    called: Called,
}

/// How fields are named in a query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    /// `custom_field_<id>`, in search.
    ById,
    /// By their keys, in search.
    ByKey,
    /// `custom_object_fields.<key>`, in filters of records.
    InFilters,
}

/// Words that search takes for something else than a custom field of this key.
const KEYWORDS: [&str; 33] = [
    "assignee",
    "brand",
    "cc",
    "comment",
    "commenter",
    "created",
    "description",
    "details",
    "due_date",
    "email",
    "external_id",
    "fieldvalue",
    "form",
    "group",
    "has_attachment",
    "is_suspended",
    "is_verified",
    "last_login",
    "name",
    "notes",
    "organization",
    "phone",
    "priority",
    "requester",
    "role",
    "satisfaction",
    "solved",
    "status",
    "subject",
    "submitter",
    "tags",
    "type",
    "updated",
];

impl Called {
    /// The keyword that filters a field completely, if there is one.
    ///
    /// Search compares the value of a field with options as a whole, because it is a tag; other values it takes apart by
    /// words, and nothing states how it reads numbers, dates and truth values. Filters of records are documented kind by
    /// kind; text is left out there, too.
    fn keyword(self, field: &CustomField) -> Option<String> {
        let has_options = matches!(field.kind.as_str(), "tagger" | "dropdown" | "multiselect");
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let key = field.key.as_deref().filter(|key| key.chars().all(plain));
        match self {
            Self::ById => has_options.then(|| always(field)),
            // What begins like another keyword, or with a sign, would be read as that.
            Self::ByKey => key
                .filter(|key| has_options && !KEYWORDS.contains(key))
                .filter(|key| key.starts_with(|first: char| first.is_ascii_alphabetic()))
                .filter(|key| !key.starts_with("custom_field_"))
                .map(str::to_owned),
            Self::InFilters => {
                let kinds = ["checkbox", "date", "integer", "decimal", "lookup"];
                let said = has_options || kinds.contains(&field.kind.as_str());
                key.filter(|_| said)
                    .map(|key| format!("custom_object_fields.{key}"))
            }
        }
    }
}

const TICKETS: Fields = Fields {
    list: "/api/v2/ticket_fields",
    family: "ticket_fields",
    member: "custom_fields",
    by_id: true,
    called: Called::ById,
};

/// The custom fields of these tables, by the table's name.
const ALL: [(&str, Fields); 3] = [
    ("tickets", TICKETS),
    (
        "users",
        Fields {
            list: "/api/v2/user_fields",
            family: "account",
            member: "user_fields",
            by_id: false,
            called: Called::ByKey,
        },
    ),
    (
        "organizations",
        Fields {
            list: "/api/v2/organization_fields",
            family: "account",
            member: "organization_fields",
            by_id: false,
            called: Called::ByKey,
        },
    ),
];

pub(super) const OBJECT: Fields = Fields {
    list: "",
    family: "account",
    member: "custom_object_fields",
    by_id: false,
    called: Called::InFilters,
};

/// The custom fields that rows of this table have, if they have any.
#[must_use]
pub fn fields_of(table: &str) -> Option<Fields> {
    ALL.iter()
        .find(|(name, _)| *name == table)
        .map(|(_, fields)| *fields)
}

/// The table with a column for each custom field of the account, behind its own.
///
/// A field is a column of its type, named as `names` says; `custom_field_<id>` stands for it whatever its name is. A
/// drop-down has another column, `<name>__label`, with the words that people see. Fields that forms no longer show are
/// columns that have to be named.
#[must_use]
pub fn with_fields(table: &Table, of: Fields, fields: &[CustomField]) -> Table {
    let mut table = table.clone();
    let mut names = Names::taken(table.columns.iter().map(|column| column.name.as_str()));
    let own = |field: &&CustomField| !field.built_in && (of.by_id || field.key.is_some());
    let mut fields: Vec<&CustomField> = fields.iter().filter(own).collect();
    fields.sort_by_key(|field| field.id);
    let first = table.columns.len();
    for field in fields {
        let (kind, reference) = kind(field);
        // Tickets call it the one, all others the other.
        let chosen = matches!(field.kind.as_str(), "tagger" | "dropdown");
        let name = names.take(field, if chosen { &[LABEL] } else { &[] });
        let item = match &field.key {
            Some(key) if !of.by_id => key.clone(),
            _ => format!("[{}]", field.id),
        };
        let values = field.options.iter().map(|option| option.value.clone());
        let column = Column {
            name: name.clone(),
            kind,
            path: vec![of.member.to_owned(), item],
            reference,
            values: if chosen { values.collect() } else { Vec::new() },
            about: Some(about(field)),
            sideload: None,
            pseudo: !field.active,
            search: of.called.keyword(field),
            custom: true,
            labels: BTreeMap::new(),
        };
        table.columns.push(column.clone());
        if chosen {
            let label = |option: &FieldOption| (option.value.clone(), option.name.clone());
            let about = column.about.as_deref().unwrap_or_default();
            table.columns.push(Column {
                name: format!("{name}{LABEL}"),
                values: field
                    .options
                    .iter()
                    .map(|option| option.name.clone())
                    .collect(),
                about: Some(format!(
                    "{}, as people see it.",
                    about.trim_end_matches('.')
                )),
                search: None,
                labels: field.options.iter().map(label).collect(),
                ..column.clone()
            });
        }
        if name != always(field) {
            table.columns.push(Column {
                name: always(field),
                pseudo: true,
                ..column
            });
        }
    }
    let added: Vec<String> = table.columns[first..]
        .iter()
        .map(|column| column.name.clone())
        .collect();
    for read in &mut table.reads {
        if read.lacks.iter().any(|lacked| lacked == of.member) {
            read.lacks.extend(added.iter().cloned());
        }
    }
    table
}

fn about(field: &CustomField) -> String {
    let title = if field.title.is_empty() {
        "A field without a title"
    } else {
        &field.title
    };
    match field.active {
        true => format!("Custom field \"{title}\"."),
        false => format!("Custom field \"{title}\", which forms no longer show."),
    }
}

/// The type of a field's values, and the table whose keys they are.
fn kind(field: &CustomField) -> (Type, Option<String>) {
    let plain = match field.kind.as_str() {
        "checkbox" => Type::Boolean,
        "date" => Type::Date,
        "integer" => Type::Int64,
        "decimal" => Type::Decimal {
            precision: 38,
            scale: 9,
        },
        "multiselect" => Type::List(Box::new(Type::Text)),
        "lookup" => return lookup(field.target.as_deref()),
        _ => Type::Text,
    };
    (plain, None)
}

fn lookup(target: Option<&str>) -> (Type, Option<String>) {
    match target {
        Some("zen:user") => (Type::Int64, Some("users".to_owned())),
        Some("zen:organization") => (Type::Int64, Some("organizations".to_owned())),
        Some("zen:ticket") => (Type::Int64, Some("tickets".to_owned())),
        // Records of custom objects have ids of letters.
        _ => (Type::Text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: i64, key: Option<&str>, kind: &str) -> CustomField {
        CustomField {
            id,
            key: key.map(str::to_owned),
            title: format!("Field {id}"),
            kind: kind.to_owned(),
            active: true,
            built_in: false,
            options: Vec::new(),
            target: None,
        }
    }

    /// What a field is called where it is compared as a whole; nothing where it is not, or where the word means something else.
    #[test]
    fn fields_have_keywords_only_where_every_match_is_found() {
        let object = "custom_object_fields";
        for (called, key, kind, keyword) in [
            (Called::ById, None, "tagger", Some("custom_field_7")),
            (Called::ById, None, "multiselect", Some("custom_field_7")),
            (Called::ById, None, "checkbox", None),
            (Called::ById, None, "integer", None),
            (Called::ByKey, Some("plan"), "dropdown", Some("plan")),
            (Called::ByKey, Some("plan"), "text", None),
            (Called::ByKey, Some("tags"), "dropdown", None),
            (Called::ByKey, Some("-plan"), "dropdown", None),
            (Called::ByKey, Some("custom_field_9"), "dropdown", None),
            (Called::ByKey, Some("a:b"), "dropdown", None),
            (Called::ByKey, None, "dropdown", None),
            (Called::InFilters, Some("rent"), "decimal", Some("rent")),
            (Called::InFilters, Some("owner"), "lookup", Some("owner")),
            (Called::InFilters, Some("note"), "text", None),
            (Called::InFilters, Some("code"), "regexp", None),
            (Called::InFilters, Some("a.b"), "integer", None),
        ] {
            let found = called.keyword(&field(7, key, kind));
            let expected = keyword.map(|word| match called {
                Called::InFilters => format!("{object}.{word}"),
                _ => word.to_owned(),
            });
            assert_eq!(found, expected, "{called:?} {key:?} {kind}");
        }
    }
}
