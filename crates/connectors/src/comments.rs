//! Comments of columns whose table file says nothing of them, from a vendor's vocabulary: what a name means wherever it
//! stands. A table file goes first, so what is special stays there.
//!
//! It refuses to guess: a name that neither the vocabulary nor the shape of the column explains stays without a comment.

use std::collections::BTreeMap;

use serde::Deserialize;
use zuzen_plan::table::{Column, Connector};
use zuzen_plan::value::Type;

/// What names mean.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    /// By the column's whole name; `{row}` is what a row of the table is.
    columns: BTreeMap<String, String>,
    /// By the last name of a path; `{outer}` is the object around it.
    nested: BTreeMap<String, String>,
}

impl Vocabulary {
    /// Reads a vocabulary.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column.
    pub(crate) fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Gives every column a comment that has none and whose name explains itself.
    pub(crate) fn complete(&self, connector: &mut Connector) {
        for table in &mut connector.tables {
            let row = noun(&table.name);
            for column in &mut table.columns {
                if column.about.is_none() {
                    column.about = self.comment(column, &row);
                }
            }
        }
    }

    fn comment(&self, column: &Column, row: &str) -> Option<String> {
        if let Some(text) = self.columns.get(&column.name) {
            return Some(text.replace("{row}", row));
        }
        if let [.., outer, last] = column.path.as_slice()
            && column.reference.is_none()
            && let Some(text) = self.nested.get(last)
        {
            return Some(text.replace("{outer}", &words(outer)));
        }
        reference(column)
    }
}

/// `requester_id` that refers to users is the id of a user: the requester.
fn reference(column: &Column) -> Option<String> {
    let many = matches!(column.kind, Type::List(_));
    let stem = match many {
        true => column.name.strip_suffix("_ids")?,
        false => column.name.strip_suffix("_id")?,
    };
    let role = words(stem);
    let to = column.reference.as_deref().map(noun);
    Some(match (many, to) {
        (false, Some(to)) if to == role => format!("The id of the {to}."),
        (false, Some(to)) => format!("The id of {}: the {role}.", one(&to)),
        (false, None) => format!("The id of the {role}."),
        (true, Some(to)) if to == role => format!("The ids of the {}.", several(&to)),
        (true, Some(to)) => format!("The ids of {}: the {}.", several(&to), several(&role)),
        (true, None) => format!("The ids of the {}.", several(&role)),
    })
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// What a row of a table is: the table's name in the singular.
fn noun(table: &str) -> String {
    let text = words(table);
    let cut = |end: &str, with: &str| {
        let stem = text.strip_suffix(end)?;
        Some(format!("{stem}{with}"))
    };
    cut("ies", "y")
        .or_else(|| cut("statuses", "status"))
        .or_else(|| cut("sses", "ss"))
        .or_else(|| text.ends_with("ss").then(|| text.clone()))
        .or_else(|| text.ends_with("status").then(|| text.clone()))
        .or_else(|| cut("s", ""))
        .unwrap_or(text)
}

fn several(noun: &str) -> String {
    match noun {
        _ if noun.ends_with("ss") || noun.ends_with("us") => format!("{noun}es"),
        _ => match noun.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
            _ => format!("{noun}s"),
        },
    }
}

fn one(noun: &str) -> String {
    // "user" begins with a vowel that is not heard as one.
    let vowel = noun.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn names_become_words() {
        for (table, row, more) in [
            ("tickets", "ticket", "tickets"),
            ("custom_statuses", "custom status", "custom statuses"),
            ("user_identities", "user identity", "user identities"),
            (
                "recipient_addresses",
                "recipient address",
                "recipient addresses",
            ),
            ("queues", "queue", "queues"),
            ("sla_policies", "sla policy", "sla policies"),
            ("surveys", "survey", "surveys"),
        ] {
            assert_eq!(noun(table), row, "{table}");
            assert_eq!(several(row), more, "{table}");
        }
    }

    #[test]
    fn references_say_whom_they_mean() {
        let connector = load("zendesk", None).unwrap();
        for (table, column, text) in [
            ("tickets", "id", "Identifies the ticket."),
            (
                "tickets",
                "requester_id",
                "The id of a user: the requester.",
            ),
            (
                "tickets",
                "follower_ids",
                "The ids of users: the followers.",
            ),
            ("tickets", "brand_id", "The id of the brand."),
            (
                "ticket_forms",
                "ticket_field_ids",
                "The ids of the ticket fields.",
            ),
            ("brands", "logo_height", "The height of the logo in pixels."),
            (
                "ticket_metrics",
                "reply_time_in_minutes_business",
                "The reply time in minutes, counted within business hours.",
            ),
            ("views", "url", "The view in the API."),
        ] {
            let table = connector.table(table).unwrap();
            let about = table.column(column).unwrap().about.as_deref();
            assert_eq!(about, Some(text));
        }
    }

    /// Somebody who browses the tables must find a sentence everywhere.
    #[test]
    fn every_table_and_column_of_zendesk_has_a_comment() {
        let connector = load("zendesk", None).unwrap();
        let mut silent = Vec::new();
        for table in &connector.tables {
            assert!(!table.about.is_empty(), "{}", table.name);
            for column in &table.columns {
                if column.about.as_deref().is_none_or(str::is_empty) {
                    silent.push(format!("{}.{}", table.name, column.name));
                }
            }
        }
        assert_eq!(
            silent, UNTOLD,
            "say what they hold in the table file, or what the name means everywhere in comments.toml"
        );
    }

    /// Columns that nothing public explains.
    const UNTOLD: &[&str] = &[];
}
