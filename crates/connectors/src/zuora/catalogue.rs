//! The bundled catalogue: Zuora's standard objects, known before the first call and without any.
//!
//! `zuora/objects.json` holds an object's names, columns, references, indexes and the paths of its foreign keys in an
//! export. A column's path there is its API name unless `export` says another, or `null`: not exported. The catalogue
//! refuses to be half right: one fault and there is none. Which of it a tenant has is told by discovery alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;
use zuzen_plan::table::{Remote, RemoteField, Table};

use super::{shape, type_of};

const FILE: &str = "objects.json";

/// Why the bundled catalogue cannot be used.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The file is missing from the program.
    #[error("the bundled catalogue {FILE} is missing")]
    Missing,
    /// The file is not what is expected.
    #[error("the bundled catalogue {FILE}: {0}")]
    Invalid(#[from] serde_json::Error),
    /// An export path leads through an object that the export does not join.
    #[error(
        "the bundled catalogue {FILE}: {table}.{column}: `{path}` goes through no object in `joined`"
    )]
    Path {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its export path.
        path: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    table: String,
    api: String,
    #[serde(default = "yes")]
    exported: bool,
    typical_rows: u64,
    about: String,
    joined: Vec<String>,
    #[serde(default)]
    deleted_indexed: bool,
    columns: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    api: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    indexed: bool,
    refers: Option<String>,
    #[serde(default)]
    export: Export,
}

/// Where an export has a column.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Export {
    #[default]
    #[serde(skip)]
    OwnName,
    Path(String),
    Nowhere(()),
}

fn yes() -> bool {
    true
}

/// The tables of Zuora's standard objects, as Data Query and exports have them in a tenant with every feature.
///
/// # Errors
/// A fault in the bundled file.
pub fn catalogue() -> Result<Vec<Table>, CatalogueError> {
    let text = crate::embedded::file("zuora", FILE).ok_or(CatalogueError::Missing)?;
    let objects: Vec<Object> = serde_json::from_str(text)?;
    objects.into_iter().map(table).collect()
}

fn table(object: Object) -> Result<Table, CatalogueError> {
    let mut fields = BTreeMap::new();
    let mut columns = Vec::new();
    for attribute in object.columns {
        let name = attribute.api.to_ascii_lowercase();
        let export = match attribute.export {
            Export::OwnName => Some(attribute.api.clone()),
            Export::Path(path) => {
                let joined = path.split_once('.').is_some_and(|(through, _)| {
                    object.joined.iter().any(|joined| joined == through)
                });
                if !joined {
                    return Err(CatalogueError::Path {
                        table: object.table,
                        column: name,
                        path,
                    });
                }
                Some(path)
            }
            Export::Nowhere(()) => None,
        };
        let field = RemoteField {
            export: export.filter(|_| object.exported),
            indexed: attribute.indexed,
            data_query: Some(attribute.kind),
        };
        columns.push(shape::column(
            &name,
            type_of(field.data_query.as_deref().unwrap_or_default()),
            Some(&attribute.api),
            attribute.refers.as_deref(),
        ));
        fields.insert(name, field);
    }
    if object.deleted_indexed {
        let field = RemoteField {
            indexed: true,
            ..RemoteField::default()
        };
        fields.insert(shape::DELETED.to_owned(), field);
    }
    let mut table = Table {
        about: object.about,
        rows: shape::rows(&object.api),
        typical_rows: object.typical_rows,
        columns,
        needs: None,
        own_sign_in: false,
        remote: Some(Remote {
            data_query: Some(object.table.clone()),
            export: object.exported.then_some(object.api),
            fields,
            described: false,
            unusable: None,
        }),
        ..shape::empty(&object.table)
    };
    shape::complete(&mut table);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(tables: &[Table], name: &str) -> Table {
        tables
            .iter()
            .find(|table| table.name == name)
            .unwrap()
            .clone()
    }

    #[test]
    fn standard_objects_are_there() {
        let tables = catalogue().unwrap();
        assert_eq!(tables.len(), 71);
        let columns: usize = tables.iter().map(|table| table.columns.len()).sum();
        assert!(columns > 2300, "{columns}");
        let account = find(&tables, "account");
        assert_eq!(account.columns.len(), 61 + 1);
        assert_eq!(account.key.as_deref(), Some("id"));
        let remote = find(&tables, "orders").remote.unwrap();
        assert_eq!(remote.data_query.as_deref(), Some("orders"));
        assert_eq!(remote.export.as_deref(), Some("Order"));
        assert_eq!(find(&tables, "user").remote.unwrap().export, None);
    }

    #[test]
    fn a_column_is_told_completely() {
        let tables = catalogue().unwrap();
        // table.column, type, Data Query, export, indexed, reference
        let cases = [
            "account.accountnumber text varchar AccountNumber indexed -",
            "account.billtoid text varchar BillToContact.Id indexed contact",
            "account.shiptoid text varchar - - contact",
            "account.parentid text varchar ParentAccount.Id indexed account",
            "account.defaultpaymentmethodid text varchar DefaultPaymentMethod.Id indexed paymentmethod",
            "account.mrr decimal(18,6) decimal(18,6) Mrr - -",
            "account.crmid text varchar CrmId indexed -",
            "account.createdbyid text varchar CreatedById - user",
            "account.taxexempteffectivedate date date TaxExemptEffectiveDate - -",
            "account.deleted bool boolean deleted - -",
            "invoice.accountid text varchar Account.Id indexed account",
            "invoice.billtocontactid text varchar BillToContact.Id - contact",
            "invoice.sourceid text varchar SourceId indexed -",
            "invoiceitem.invoiceid text varchar Invoice.Id indexed invoice",
            "invoiceitem.deferredrevenueaccountingcodeid text varchar DeferredRevenueAccountingCode.Id - -",
            "invoiceitem.updateddate timestamp timestamp(3)_with_time_zone UpdatedDate indexed -",
            "invoicepayment.paymentid text varchar Payment.Id indexed payment",
            "productrateplancharge.deleted bool boolean deleted indexed -",
            "processedusage.deleted bool boolean - - -",
            "subscription.orderid text varchar - - orders",
            "subscription.version int64 bigint Version indexed -",
            "usage.startdatetime timestamp timestamp(3)_with_time_zone StartDateTime indexed -",
        ];
        for case in cases {
            let (place, _) = case.split_once(' ').unwrap();
            let (name, column) = place.split_once('.').unwrap();
            let table = find(&tables, name);
            let column = table.column(column).unwrap();
            let field = &table.remote.as_ref().unwrap().fields[&column.name];
            let or = |text: &Option<String>| text.clone().unwrap_or("-".into()).replace(' ', "_");
            let found = format!(
                "{place} {} {} {} {} {}",
                column.kind,
                or(&field.data_query),
                or(&field.export),
                if field.indexed { "indexed" } else { "-" },
                or(&column.reference)
            );
            assert_eq!(found, case);
        }
    }

    #[test]
    fn people_read_what_a_column_is() {
        let invoice = find(&catalogue().unwrap(), "invoice");
        let about = |name| invoice.column(name).unwrap().about.clone().unwrap();
        assert_eq!(about("accountid"), "AccountId: refers to account.id");
        assert_eq!(about("amountwithouttax"), "AmountWithoutTax");
        assert!(about("deleted").contains("30 days"));
        assert!(invoice.column("deleted").unwrap().pseudo);
        assert!(invoice.rows.contains("Invoice"));
    }

    #[test]
    fn every_object_can_be_told_from_others() {
        let tables = catalogue().unwrap();
        for table in &tables {
            assert!(table.key.is_some(), "{}", table.name);
            assert!(table.about.ends_with('.'), "{}", table.name);
            assert!(table.typical_rows > 0);
            assert_eq!(
                tables
                    .iter()
                    .filter(|other| other.about == table.about)
                    .count(),
                1
            );
        }
    }
}
