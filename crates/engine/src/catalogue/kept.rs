//! What has been told, as a value: it is written to disk as it is, and two of them become one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zuzen_connectors::zendesk::{CustomField, CustomObject};
use zuzen_connectors::zuora::{DescribedColumn, ObjectDescription};

/// Everything a tenant has told. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What was told before no longer holds: `REFRESH SCHEMA`.
    pub(super) refreshed: i64,
    pub(super) listed: Option<Listed>,
    /// By the table's name in SQL.
    pub(super) tables: BTreeMap<String, Told>,
    /// Fields that an export has rejected, by table, and when.
    pub(super) rejected: BTreeMap<String, BTreeMap<String, i64>>,
    /// Tables that exceed the caps of a job, and since when.
    pub(super) beyond: BTreeMap<String, i64>,
}

/// The names of all tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) at: i64,
    pub(super) names: Vec<String>,
    /// Custom objects of Zendesk, by the same keys.
    #[serde(default)]
    pub(super) objects: Vec<CustomObject>,
}

/// What was told of a table, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) at: i64,
    pub(super) what: What,
}

/// What was told of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum What {
    /// Its columns in Data Query.
    Columns(Vec<DescribedColumn>),
    /// Its fields and related objects in exports.
    Object(ObjectDescription),
    /// Its custom fields in Zendesk.
    Fields(Vec<CustomField>),
    /// It cannot be read, in the vendor's words.
    Unusable(String),
    /// There is no such table.
    Absent,
}

impl Kept {
    /// Adds what another process was told; what is newer counts.
    pub(super) fn merge(&mut self, other: Self) {
        self.refreshed = self.refreshed.max(other.refreshed);
        if let Some(theirs) = other.listed
            && self.listed.as_ref().is_none_or(|own| own.at < theirs.at)
        {
            self.listed = Some(theirs);
        }
        for (name, told) in other.tables {
            if self.tables.get(&name).is_none_or(|own| own.at < told.at) {
                self.tables.insert(name, told);
            }
        }
        for (table, fields) in other.rejected {
            let own = self.rejected.entry(table).or_default();
            for (field, at) in fields {
                let known = own.entry(field).or_insert(at);
                *known = at.max(*known);
            }
        }
        for (table, at) in other.beyond {
            self.beyond.entry(table).or_insert(at);
        }
        self.settle();
    }

    /// Forgets what a tenant may have changed. What is too large stays so.
    pub(super) fn forget(&mut self, now: i64) {
        self.refreshed = now;
        self.settle();
    }

    /// Drops what no longer holds. A table that is listed is there, whatever was said of it before.
    pub(super) fn settle(&mut self) {
        let since = self.refreshed;
        self.listed = self.listed.take().filter(|listed| listed.at >= since);
        let listed = self.listed.as_ref().map(|listed| listed.at);
        self.tables.retain(|_, told| {
            let is_overtaken = told.what == What::Absent && listed.is_some_and(|at| at >= told.at);
            told.at >= since && !is_overtaken
        });
        for fields in self.rejected.values_mut() {
            fields.retain(|_, at| *at >= since);
        }
        self.rejected.retain(|_, fields| !fields.is_empty());
    }

    /// What was told of a table last.
    pub(super) fn described(&self, table: &str) -> Option<&Told> {
        self.tables.get(table)
    }

    pub(super) fn is_unusable(&self, table: &str) -> bool {
        let told = self.tables.get(table);
        told.is_some_and(|told| matches!(told.what, What::Unusable(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(at: i64, words: &str) -> Told {
        let what = What::Unusable(words.to_owned());
        Told { at, what }
    }

    fn kept(refreshed: i64, tables: &[(&str, i64, &str)], listed: Option<i64>) -> Kept {
        let tables = tables.iter();
        Kept {
            refreshed,
            listed: listed.map(|at| Listed {
                at,
                names: vec![format!("listed at {at}")],
                objects: Vec::new(),
            }),
            tables: tables
                .map(|(name, at, words)| ((*name).to_owned(), told(*at, words)))
                .collect(),
            ..Kept::default()
        }
    }

    #[test]
    fn what_is_newer_counts() {
        let mut own = kept(
            0,
            &[("a", 5, "old"), ("b", 7, "own"), ("c", 1, "own")],
            Some(3),
        );
        own.merge(kept(
            0,
            &[("a", 6, "new"), ("b", 6, "theirs"), ("d", 2, "theirs")],
            Some(4),
        ));
        let all = [
            ("a", 6, "new"),
            ("b", 7, "own"),
            ("c", 1, "own"),
            ("d", 2, "theirs"),
        ];
        assert_eq!(own, kept(0, &all, Some(4)));
        own.merge(kept(6, &[], None));
        assert_eq!(own, kept(6, &[("a", 6, "new"), ("b", 7, "own")], None));
    }

    #[test]
    fn a_list_overtakes_what_was_not_there() {
        let mut own = kept(0, &[], None);
        own.tables.insert(
            "a".to_owned(),
            Told {
                at: 5,
                what: What::Absent,
            },
        );
        let older = own.clone();
        own.merge(kept(0, &[], Some(4)));
        assert!(own.described("a").is_some());
        own.listed = kept(0, &[], Some(6)).listed;
        own.merge(older);
        assert!(own.described("a").is_none());
    }

    #[test]
    fn forgetting_leaves_what_is_too_large() {
        let mut own = kept(0, &[("a", 5, "old")], Some(3));
        own.beyond.insert("a".to_owned(), 2);
        own.rejected
            .entry("a".to_owned())
            .or_default()
            .insert("F".to_owned(), 5);
        let before = own.clone();
        own.forget(10);
        let mut wanted = kept(10, &[], None);
        wanted.beyond.insert("a".to_owned(), 2);
        assert_eq!(own, wanted);
        // Another process that writes what it knew does not bring it back.
        own.merge(before);
        assert_eq!(own, wanted);
    }
}
