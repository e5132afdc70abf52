//! What Data Query tells of a tenant's tables: `SHOW TABLES` and `DESCRIBE`, and what they make of the catalogue.
//!
//! Both are ordinary results, JSON lines. A line that is not what the statement gives is an error; nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zuzen_plan::table::{Column, Table};

use super::{DiscoveryError, linked, shape, type_of};

/// Endings of fields that the tenant or a package has added; they are fields of the object itself, hence exported.
const CUSTOM: [&str; 3] = ["__c", "__qt", "__ns"];

/// A row of `DESCRIBE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedColumn {
    /// The name, lower case.
    pub name: String,
    /// The type in Trino's words.
    pub kind: String,
    /// The API name, where it is told.
    pub comment: Option<String>,
}

/// Reads the result of `SHOW TABLES`: names in lower case, each once.
///
/// # Errors
/// A line that is no JSON object or has no `Table`.
pub fn read_show_tables(jsonl: &[u8]) -> Result<Vec<String>, DiscoveryError> {
    let mut names = BTreeSet::new();
    for (line, row) in rows(jsonl)? {
        names.insert(required(&row, line, "Table")?.to_ascii_lowercase());
    }
    Ok(names.into_iter().collect())
}

/// Reads the result of `DESCRIBE`.
///
/// # Errors
/// A line that is no JSON object, or has no `Column` or no `Type`.
pub fn read_describe_rows(jsonl: &[u8]) -> Result<Vec<DescribedColumn>, DiscoveryError> {
    let rows = rows(jsonl)?.into_iter();
    rows.map(|(line, row)| {
        Ok(DescribedColumn {
            name: required(&row, line, "Column")?.to_ascii_lowercase(),
            kind: required(&row, line, "Type")?.to_owned(),
            comment: text(&row, "Comment").map(str::to_owned),
        })
    })
    .collect()
}

type Row = Map<String, Value>;

/// The lines that are not blank, with their numbers.
fn rows(jsonl: &[u8]) -> Result<Vec<(usize, Row)>, DiscoveryError> {
    let jsonl = jsonl.strip_prefix(b"\xef\xbb\xbf").unwrap_or(jsonl);
    let lines = jsonl.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(before, line)| {
            let row = serde_json::from_slice(line).map_err(|source| DiscoveryError::Json {
                line: before + 1,
                source,
            })?;
            Ok((before + 1, row))
        })
        .collect()
}

fn required<'a>(row: &'a Row, line: usize, key: &'static str) -> Result<&'a str, DiscoveryError> {
    text(row, key).ok_or(DiscoveryError::Missing { line, key })
}

/// The text at a key, in any case; empty is nothing.
fn text<'a>(row: &'a Row, key: &str) -> Option<&'a str> {
    let (_, value) = row
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(key))?;
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The tables of a tenant whose `SHOW TABLES` gave these names. Names that `known` lacks are tables whose columns
/// nobody has told yet. A known table that is not listed belongs to a feature the tenant lacks: Data Query has it no
/// longer, and it goes unless an export may still have it.
#[must_use]
pub fn listed(names: &[String], known: &[Table]) -> Vec<Table> {
    let names: BTreeSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut tables = Vec::new();
    for table in known {
        let mut table = table.clone();
        if let Some(remote) = &mut table.remote {
            if names.contains(&table.name) {
                remote.data_query = Some(table.name.clone());
            } else if remote.export.is_some() {
                remote.data_query = None;
                for field in remote.fields.values_mut() {
                    field.data_query = None;
                    field.indexed = false;
                }
                remote.fields.retain(|_, field| field.export.is_some());
                let fields = &remote.fields;
                table
                    .columns
                    .retain(|column| fields.contains_key(&column.name));
                table.key = table.key.filter(|key| fields.contains_key(key));
            } else {
                continue;
            }
        }
        tables.push(table);
    }
    for name in names {
        if !known.iter().any(|table| table.name == name) {
            let mut table = shape::empty(&name);
            if let Some(remote) = &mut table.remote {
                remote.data_query = Some(name);
            }
            tables.push(table);
        }
    }
    linked(tables)
}

/// The table whose `DESCRIBE` gave these rows. What the rows cannot tell (references, indexes, paths in an export)
/// comes from `known`, and so do columns that only an export has.
#[must_use]
pub fn described(name: &str, rows: &[DescribedColumn], known: Option<&Table>) -> Table {
    let name = name.to_ascii_lowercase();
    let mut table = known.cloned().unwrap_or_else(|| shape::empty(&name));
    let mut remote = table.remote.take().unwrap_or_default();
    // Once the export has described the object itself, a field it did not name is none of its fields.
    let exports_custom = remote.export.is_some() && !remote.described;
    let mut before: BTreeMap<String, Column> = BTreeMap::new();
    let mut order = Vec::new();
    for column in table.columns.drain(..) {
        order.push(column.name.clone());
        before.insert(column.name.clone(), column);
    }
    remote.data_query = Some(name);
    remote.described = true;
    remote.unusable = None;
    let mut seen = BTreeSet::new();
    for row in rows {
        let name = row.name.to_ascii_lowercase();
        if name == shape::DELETED || !seen.insert(name.clone()) {
            continue;
        }
        let kind = type_of(&row.kind);
        let field = remote.fields.entry(name.clone()).or_default();
        field.data_query = Some(row.kind.clone());
        let column = match before.remove(&name) {
            Some(column) => Column { kind, ..column },
            None => {
                if exports_custom && CUSTOM.iter().any(|ending| name.ends_with(ending)) {
                    field.export = Some(row.comment.clone().unwrap_or_else(|| name.clone()));
                }
                shape::column(&name, kind, row.comment.as_deref(), None)
            }
        };
        table.columns.push(column);
    }
    for name in order {
        let Some(field) = remote.fields.get_mut(&name) else {
            continue;
        };
        if seen.contains(&name) || name == shape::DELETED {
            continue;
        }
        field.data_query = None;
        field.indexed = false;
        let column = before.remove(&name).filter(|_| field.export.is_some());
        match column {
            Some(column) => table.columns.push(column),
            None => drop(remote.fields.remove(&name)),
        }
    }
    table.remote = Some(remote);
    shape::complete(&mut table);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zuora::catalogue;
    use zuzen_plan::table::RemoteField;

    fn known(name: &str) -> Table {
        let mut tables = catalogue().unwrap();
        tables.retain(|table| table.name == name);
        tables.remove(0)
    }

    fn row(name: &str, kind: &str, comment: &str) -> DescribedColumn {
        DescribedColumn {
            name: name.to_owned(),
            kind: kind.to_owned(),
            comment: (!comment.is_empty()).then(|| comment.to_owned()),
        }
    }

    fn field<'a>(table: &'a Table, name: &str) -> &'a RemoteField {
        &table.remote.as_ref().unwrap().fields[name]
    }

    #[test]
    fn results_are_read_in_any_case() {
        let show = b"\xef\xbb\xbf{\"Table\":\"invoice\"}\r\n\n{\"table\":\"Account\"}\n{\"TABLE\":\"account\"}";
        assert_eq!(read_show_tables(show).unwrap(), ["account", "invoice"]);
        let describe = br#"{"Column":"name","Type":"varchar","Extra":"","Comment":"Name"}
            {"type":"decimal(18,6)","column":"MRR","comment":""}"#;
        assert_eq!(
            read_describe_rows(describe).unwrap(),
            [
                row("name", "varchar", "Name"),
                row("mrr", "decimal(18,6)", "")
            ]
        );
        assert!(read_show_tables(b"").unwrap().is_empty());
    }

    #[test]
    fn a_strange_result_is_an_error_with_its_line() {
        let cases: [(&[u8], &str); 4] = [
            (b"\n{\"Table\"", "line 2 of the result is no JSON object"),
            (b"[\"Table\"]", "line 1 of the result is no JSON object"),
            (b"{\"Tables\":\"x\"}", "line 1 of the result has no `Table`"),
            (b"{\"Table\":null}", "line 1 of the result has no `Table`"),
        ];
        for (jsonl, wanted) in cases {
            let error = read_show_tables(jsonl).unwrap_err().to_string();
            assert!(error.starts_with(wanted), "{error}");
        }
    }

    #[test]
    fn a_tenant_has_what_is_listed() {
        let names = ["invoice", "Account", "default__vehicle"].map(str::to_owned);
        let tables = listed(&names, &catalogue().unwrap());
        let find = |name: &str| tables.iter().find(|table| table.name == name);
        let vehicle = find("default__vehicle").unwrap();
        let remote = vehicle.remote.as_ref().unwrap();
        assert_eq!(remote.data_query.as_deref(), Some("default__vehicle"));
        assert!(!remote.described && remote.export.is_none() && vehicle.columns.is_empty());
        assert!(find("user").is_none(), "no service has it");
        let contact = find("contact").unwrap();
        assert_eq!(contact.remote.as_ref().unwrap().data_query, None);
        assert!(contact.column("accountid").is_none(), "no service has it");
        assert_eq!(field(contact, "firstname").data_query, None);
        assert!(field(contact, "deleted").export.is_some());
        assert_eq!(find("account").unwrap().columns.len(), 62);
        // Whoever made it is no table of this tenant.
        let account = find("account").unwrap();
        assert_eq!(account.column("createdbyid").unwrap().reference, None);
        assert_eq!(
            account.column("billtoid").unwrap().reference.as_deref(),
            Some("contact")
        );
        assert!(tables.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn a_description_is_joined_with_the_catalogue() {
        let rows = [
            row("id", "varchar", "Id"),
            row("balance", "decimal(22,9)", "Balance"),
            row("billtoid", "varchar", "BillToId"),
            row("region__c", "varchar", "Region__c"),
            row("newthing", "bigint", "NewThing"),
            row("deleted", "boolean", "Deleted"),
        ];
        let account = described("Account", &rows, Some(&known("account")));
        let first: Vec<&str> = account.columns[..5]
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(
            first,
            ["id", "balance", "billtoid", "region__c", "newthing"]
        );
        assert_eq!(account.columns[1].kind.to_string(), "decimal(22,9)");
        assert_eq!(account.columns[2].reference.as_deref(), Some("contact"));
        assert!(field(&account, "billtoid").indexed);
        assert_eq!(
            field(&account, "billtoid").export.as_deref(),
            Some("BillToContact.Id")
        );
        assert_eq!(
            field(&account, "region__c").export.as_deref(),
            Some("Region__c")
        );
        assert_eq!(field(&account, "newthing").export, None);
        // Not in Data Query, perhaps in exports.
        assert_eq!(field(&account, "mrr").data_query, None);
        assert_eq!(field(&account, "mrr").export.as_deref(), Some("Mrr"));
        // In neither.
        assert!(account.column("shiptoid").is_none());
        assert!(
            !account
                .remote
                .as_ref()
                .unwrap()
                .fields
                .contains_key("shiptoid")
        );
        let last = account.columns.last().unwrap();
        assert!(last.name == "deleted" && last.pseudo);
        assert!(account.remote.unwrap().described);
    }

    #[test]
    fn an_unknown_object_is_described_from_nothing() {
        let rows = [
            row("year", "integer", ""),
            row("tags", "array(varchar)", ""),
        ];
        let table = described("auditloginevent", &rows, None);
        assert_eq!(table.key, None);
        let kinds: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.kind))
            .collect();
        assert_eq!(kinds, ["year int64", "tags json", "deleted bool"]);
        assert_eq!(table.remote.unwrap().export, None);
    }

    #[test]
    fn describing_again_changes_nothing() {
        let rows = [
            row("id", "varchar", "Id"),
            row("region__c", "varchar", "Region__c"),
        ];
        let once = described("account", &rows, Some(&known("account")));
        assert_eq!(described("account", &rows, Some(&once)), once);
    }
}
