//! What Describe makes of the catalogue: the data sources of exports, their fields and foreign keys.
//!
//! Describe is believed about what there is, not about what works: exports refuse some fields that it calls exported,
//! and that is learnt when one is refused.

use std::collections::{BTreeMap, BTreeSet};

use zuzen_plan::table::{Column, RemoteField, Table};
use zuzen_plan::value::Type;

use super::types::type_of_field;
use super::{ObjectDescription, RelatedObject, linked, shape};

/// A related object that breaks the statements it is joined in.
const BROKEN: &str = "SubscriptionStatusHistory";

/// Columns whose Data Query name is not that of the related object. `DefaultPaymentMethod` is none of them: beside a payment
/// or a refund it is the account's, whatever was paid with.
const ROLES: [(&str, &str); 7] = [
    ("BillToContact", "billtoid"),
    ("SoldToContact", "soldtoid"),
    ("ShipToContact", "shiptoid"),
    ("ParentAccount", "parentid"),
    ("BillTo", "billtocontactid"),
    ("SoldTo", "soldtocontactid"),
    ("ShipTo", "shiptocontactid"),
];

/// The tables of a tenant whose list of objects has these API names; `known` as in [`listed`](super::listed).
#[must_use]
pub fn sources(names: &[String], known: &[Table]) -> Vec<Table> {
    let mut sources: BTreeMap<String, &String> = names
        .iter()
        .map(|name| (shape::table_name(name), name))
        .collect();
    let mut tables = Vec::new();
    for table in known {
        let mut table = table.clone();
        let source = sources.remove(&table.name);
        if let Some(remote) = &mut table.remote {
            if source.is_none() {
                remote.export = None;
                for field in remote.fields.values_mut() {
                    field.export = None;
                }
                if remote.data_query.is_none() {
                    continue;
                }
                remote.fields.retain(|_, field| field.data_query.is_some());
                let fields = &remote.fields;
                table
                    .columns
                    .retain(|column| fields.contains_key(&column.name));
                table.key = table.key.filter(|key| fields.contains_key(key));
            } else if remote.export.is_none() {
                remote.export = source.cloned();
            }
        }
        tables.push(table);
    }
    for (name, source) in sources {
        let mut table = shape::empty(&name);
        if let Some(remote) = &mut table.remote {
            remote.export = Some(source.clone());
        }
        tables.push(table);
    }
    linked(tables)
}

/// What the export has under a column's name.
struct Found {
    path: String,
    kind: Type,
    api: String,
    refers: Option<String>,
}

/// The table of a described object: fields that can be exported are columns, keys of related objects are foreign keys,
/// named as Data Query names them. What Describe cannot tell, and what only Data Query has, comes from `known`.
#[must_use]
pub fn exported(description: &ObjectDescription, known: Option<&Table>) -> Table {
    let mut table = known
        .cloned()
        .unwrap_or_else(|| shape::empty(&shape::table_name(&description.name)));
    let mut remote = table.remote.take().unwrap_or_default();
    let (mut found, order) = fields(description, &table, &remote.fields);
    // Some versions leave the related objects out: that takes no foreign key away.
    if description.related.is_empty() {
        for (name, field) in &remote.fields {
            if let (Some(path), Some(column)) = (&field.export, table.column(name))
                && path.contains('.')
                && !found.contains_key(name)
            {
                let kept = Found {
                    path: path.clone(),
                    kind: column.kind.clone(),
                    api: String::new(),
                    refers: None,
                };
                found.insert(name.clone(), kept);
            }
        }
    }
    remote.export = (!found.is_empty()).then(|| description.name.clone());
    remote.described = true;
    let mut columns = Vec::new();
    for column in table.columns.drain(..) {
        let field = remote.fields.entry(column.name.clone()).or_default();
        field.export = found.remove(&column.name).map(|found| found.path);
        if field.export.is_some() || field.data_query.is_some() {
            columns.push(column);
        } else {
            remote.fields.remove(&column.name);
        }
    }
    for name in order {
        let Some(new) = found.remove(&name) else {
            continue;
        };
        columns.push(Column {
            kind: new.kind.clone(),
            ..shape::column(&name, new.kind, Some(&new.api), new.refers.as_deref())
        });
        let field = RemoteField {
            export: Some(new.path),
            ..RemoteField::default()
        };
        remote.fields.insert(name, field);
    }
    table.columns = columns;
    table.remote = Some(remote);
    shape::complete(&mut table);
    table
}

/// What is exported, by column, and the columns in the description's order.
fn fields(
    description: &ObjectDescription,
    table: &Table,
    known: &BTreeMap<String, RemoteField>,
) -> (BTreeMap<String, Found>, Vec<String>) {
    let mut found = BTreeMap::new();
    let mut order = Vec::new();
    // Contexts came with a later version; before, what could be read could be exported.
    let tells_contexts = description
        .fields
        .iter()
        .any(|field| !field.contexts.is_empty());
    for field in &description.fields {
        let name = field.name.to_ascii_lowercase();
        let exported = if tells_contexts {
            field
                .contexts
                .iter()
                .any(|context| context.eq_ignore_ascii_case("export"))
        } else {
            field.selectable
        };
        if exported && name != shape::DELETED {
            let field = Found {
                path: field.name.clone(),
                kind: type_of_field(&field.kind),
                api: field.name.clone(),
                refers: None,
            };
            if found.insert(name.clone(), field).is_none() {
                order.push(name);
            }
        }
    }
    let mut taken = BTreeSet::new();
    for related in &description.related {
        if related.many || related.name.eq_ignore_ascii_case(BROKEN) {
            continue;
        }
        let path = format!("{}.Id", related.name);
        let Some(name) = foreign_key(related, &path, table, known) else {
            continue;
        };
        if !taken.insert(name.clone()) {
            continue;
        }
        // The related object's key works where a field of the same meaning may be refused.
        let key = Found {
            api: path.clone(),
            path,
            kind: Type::Text,
            refers: Some(shape::table_name(&related.object)),
        };
        if found.insert(name.clone(), key).is_none() {
            order.push(name);
        }
    }
    (found, order)
}

/// The column that holds the key of a related object. An object reached through others is no column of its own.
fn foreign_key(
    related: &RelatedObject,
    path: &str,
    table: &Table,
    known: &BTreeMap<String, RemoteField>,
) -> Option<String> {
    let has_path = |field: &RemoteField| {
        field
            .export
            .as_ref()
            .is_some_and(|other| other.eq_ignore_ascii_case(path))
    };
    if let Some((name, _)) = known.iter().find(|(_, field)| has_path(field)) {
        return Some(name.clone());
    }
    let plain = format!("{}id", related.name.to_ascii_lowercase());
    let roles = ROLES
        .iter()
        .filter(|(role, _)| role.eq_ignore_ascii_case(&related.name))
        .map(|(_, name)| (*name).to_owned());
    std::iter::once(plain.clone())
        .chain(roles)
        .find(|name| table.column(name).is_some())
        .or(related.direct.then_some(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zuora::{DescribedColumn, DescribedField, catalogue, described};

    fn known(name: &str) -> Table {
        let mut tables = catalogue().unwrap();
        tables.retain(|table| table.name == name);
        tables.remove(0)
    }

    fn field(name: &str, kind: &str, contexts: &[&str]) -> DescribedField {
        DescribedField {
            name: name.into(),
            kind: kind.into(),
            contexts: contexts.iter().map(|context| (*context).into()).collect(),
            selectable: true,
            custom: false,
            filterable: true,
        }
    }

    fn related(name: &str, object: &str, direct: bool) -> RelatedObject {
        RelatedObject {
            name: name.into(),
            object: object.into(),
            path: None,
            direct,
            many: false,
        }
    }

    fn description(
        name: &str,
        fields: &[DescribedField],
        related: &[RelatedObject],
    ) -> ObjectDescription {
        ObjectDescription {
            name: name.into(),
            fields: fields.to_vec(),
            related: related.to_vec(),
        }
    }

    fn path<'a>(table: &'a Table, name: &str) -> Option<&'a str> {
        table
            .remote
            .as_ref()
            .unwrap()
            .fields
            .get(name)?
            .export
            .as_deref()
    }

    #[test]
    fn a_description_is_joined_with_the_catalogue() {
        let account = description(
            "Account",
            &[
                field("Id", "text", &["soap", "export"]),
                field("Mrr", "decimal", &["export"]),
                field("Notes", "text", &["soap"]),
                field("Size__c", "number", &["export"]),
            ],
            &[
                related("BillToContact", "Contact", true),
                related("ShipToContact", "Contact", true),
                related("ParentAccount", "Account", true),
                related("Entity", "Entity", true),
                related("Elsewhere", "Contact", false),
                related(
                    "SubscriptionStatusHistory",
                    "SubscriptionStatusHistory",
                    true,
                ),
            ],
        );
        let table = exported(&account, Some(&known("account")));
        let cases = [
            ("id", Some("Id")),
            ("mrr", Some("Mrr")),
            ("notes", None),
            ("size__c", Some("Size__c")),
            ("billtoid", Some("BillToContact.Id")),
            ("shiptoid", Some("ShipToContact.Id")),
            ("parentid", Some("ParentAccount.Id")),
            ("entityid", Some("Entity.Id")),
            ("soldtoid", None),
            ("deleted", Some("deleted")),
        ];
        for (name, wanted) in cases {
            assert_eq!(path(&table, name), wanted, "{name}");
            assert!(table.column(name).is_some(), "{name}");
        }
        let kind = |name| table.column(name).unwrap().kind.to_string();
        assert_eq!(kind("mrr"), "decimal(18,6)");
        assert_eq!(kind("size__c"), "decimal(38,9)");
        for nowhere in ["elsewhereid", "subscriptionstatushistoryid"] {
            assert!(table.column(nowhere).is_none(), "{nowhere}");
        }
        let remote = table.remote.as_ref().unwrap();
        assert_eq!(remote.fields["size__c"].data_query, None);
        assert!(remote.fields["notes"].data_query.is_some());
        assert!(remote.described);
        let entity = table.column("entityid").unwrap();
        assert_eq!(entity.reference.as_deref(), Some("entity"));
        assert_eq!(
            linked(vec![table])
                .remove(0)
                .column("entityid")
                .unwrap()
                .reference,
            None
        );
    }

    #[test]
    fn either_service_may_be_asked_first() {
        let rows = ["id", "size__c"].map(|name| DescribedColumn {
            name: name.into(),
            kind: "varchar".into(),
            comment: None,
        });
        let invoice = description(
            "Invoice",
            &[
                field("Id", "text", &["export"]),
                field("Amount", "decimal", &["export"]),
            ],
            &[related("Account", "Account", true)],
        );
        let bundled = known("invoice");
        let one = exported(&invoice, Some(&described("invoice", &rows, Some(&bundled))));
        let two = described("invoice", &rows, Some(&exported(&invoice, Some(&bundled))));
        for table in [&one, &two] {
            let names: Vec<&str> = table
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            assert_eq!(names, ["id", "size__c", "accountid", "amount", "deleted"]);
            assert_eq!(path(table, "accountid"), Some("Account.Id"));
            assert_eq!(path(table, "size__c"), None, "the export does not name it");
        }
        assert_eq!(one, two);
    }

    #[test]
    fn old_versions_tell_less() {
        let mut hidden = field("Hidden", "text", &[]);
        hidden.selectable = false;
        let old = description("InvoiceItem", &[field("Id", "text", &[]), hidden], &[]);
        let table = exported(&old, Some(&known("invoiceitem")));
        assert_eq!(path(&table, "id"), Some("Id"));
        assert!(table.column("hidden").is_none());
        assert_eq!(path(&table, "invoiceid"), Some("Invoice.Id"));
        assert_eq!(path(&table, "quantity"), None);
    }

    #[test]
    fn an_unknown_object_is_described_from_nothing() {
        let code = description(
            "AccountingCode",
            &[
                field("Id", "text", &["export"]),
                field("Deleted", "boolean", &["export"]),
            ],
            &[
                related("Order", "Order", true),
                related("Bill", "Order", true),
            ],
        );
        let table = exported(&code, None);
        assert_eq!(table.name, "accountingcode");
        assert_eq!(table.key.as_deref(), Some("id"));
        let names: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        // Its deleted rows cannot be exported.
        assert_eq!(names, ["id", "orderid", "billid"]);
        assert_eq!(table.columns[2].reference.as_deref(), Some("orders"));
        let nothing = description("AccountingCode", &[field("Id", "text", &["soap"])], &[]);
        assert_eq!(exported(&nothing, None).remote.unwrap().export, None);
    }

    #[test]
    fn a_tenant_has_the_objects_of_its_list() {
        let names = ["Account", "Order", "AccountingCode"].map(str::to_owned);
        let tables = sources(&names, &catalogue().unwrap());
        let remote = |name: &str| {
            let table = tables.iter().find(|table| table.name == name).unwrap();
            table.remote.clone().unwrap()
        };
        assert_eq!(remote("orders").export.as_deref(), Some("Order"));
        assert_eq!(
            remote("accountingcode").export.as_deref(),
            Some("AccountingCode")
        );
        assert_eq!(remote("accountingcode").data_query, None);
        assert_eq!(remote("invoice").export, None);
        assert!(
            remote("invoice")
                .fields
                .values()
                .all(|field| field.export.is_none())
        );
        assert_eq!(remote("invoice").data_query.as_deref(), Some("invoice"));
    }
}
