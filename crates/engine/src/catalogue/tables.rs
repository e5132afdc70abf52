//! What was told → the tables of a connection. Pure.

use zuzen_connectors::zendesk::{fields_of, object_table, with_fields};
use zuzen_connectors::zuora::{described, exported, linked, listed, sources};
use zuzen_plan::table::Table;

use super::Vendor;
use super::kept::{Kept, What};
use crate::remote::Service;

/// The tables of a tenant that has told this; `bundled` is what is known of any tenant.
pub(super) fn tables(
    bundled: &[Table],
    kept: &Kept,
    service: Service,
    vendor: Vendor,
) -> Vec<Table> {
    match vendor {
        Vendor::Zendesk => of_account(bundled, kept),
        Vendor::Zuora => of_tenant(bundled, kept, service),
    }
}

/// Those of an account of Zendesk: its custom fields are columns, its custom objects tables.
fn of_account(bundled: &[Table], kept: &Kept) -> Vec<Table> {
    let told = |name: &str| kept.tables.get(name).map(|told| &told.what);
    let fields = |name: &str| match told(name) {
        Some(What::Fields(fields)) => fields.as_slice(),
        _ => &[],
    };
    let own = bundled.iter().map(|table| match fields_of(&table.name) {
        Some(of) => with_fields(table, of, fields(&table.name)),
        None => table.clone(),
    });
    let mut tables: Vec<Table> = own.collect();
    for object in kept.listed.iter().flat_map(|listed| &listed.objects) {
        let is_taken = |name: &str| bundled.iter().any(|table| table.name == name);
        let Some(bare) = object_table(object, &[], is_taken) else {
            continue;
        };
        if told(&bare.name) != Some(&What::Absent) {
            tables.extend(object_table(object, fields(&bare.name), is_taken));
        }
    }
    tables
}

fn of_tenant(bundled: &[Table], kept: &Kept, service: Service) -> Vec<Table> {
    let mut tables = present(bundled, kept, service);
    for (name, told) in &kept.tables {
        let place = tables.iter().position(|table| table.name == *name);
        let known = place.and_then(|place| tables.get(place));
        let table = match &told.what {
            What::Columns(rows) => described(name, rows, known),
            What::Object(object) => Table {
                name: name.clone(),
                ..exported(object, known)
            },
            What::Unusable(words) => match known.cloned() {
                Some(mut table) => {
                    if let Some(remote) = &mut table.remote {
                        remote.unusable = Some(words.clone());
                    }
                    table
                }
                None => continue,
            },
            What::Absent | What::Fields(_) => continue,
        };
        match place.and_then(|place| tables.get_mut(place)) {
            Some(known) => *known = table,
            None => tables.push(table),
        }
    }
    linked(tables)
}

/// The bundled tables without those that the tenant lacks, and those that it has besides.
fn present(bundled: &[Table], kept: &Kept, service: Service) -> Vec<Table> {
    let absent = |name: &str| {
        let told = kept.tables.get(name);
        told.is_some_and(|told| told.what == What::Absent)
    };
    if kept.listed.is_none() && !kept.tables.keys().any(|name| absent(name)) {
        return bundled.to_vec();
    }
    let remotes = || {
        bundled
            .iter()
            .filter_map(|table| Some((table, table.remote.as_ref()?)))
    };
    let names = kept.listed.as_ref().map(|listed| listed.names.clone());
    if service == Service::Export {
        let known = || {
            remotes()
                .filter_map(|(_, remote)| remote.export.clone())
                .collect()
        };
        let mut names: Vec<String> = names.unwrap_or_else(known);
        names.retain(|source| {
            let of = |remote: &zuzen_plan::table::Remote| remote.export.as_ref() == Some(source);
            let table = remotes().find(|(_, remote)| of(remote));
            !table.map_or_else(
                || absent(&source.to_ascii_lowercase()),
                |(table, _)| absent(&table.name),
            )
        });
        return sources(&names, bundled);
    }
    let known = || {
        remotes()
            .filter_map(|(_, remote)| remote.data_query.clone())
            .collect()
    };
    let mut names: Vec<String> = names.unwrap_or_else(known);
    names.retain(|name| !absent(name));
    listed(&names, bundled)
}

/// Whether the service reads the table.
pub(super) fn is_served(table: &Table, service: Service) -> bool {
    table.remote.as_ref().is_some_and(|remote| match service {
        Service::Export => remote.export.is_some(),
        Service::DataQuery => remote.data_query.is_some(),
        Service::Auto => remote.data_query.is_some() || remote.export.is_some(),
    })
}

/// The table as a connection shows it: columns that its service lacks are not part of `*`, which would be an error
/// otherwise, and are known by name all the same, so that whoever names one learns why it is not there.
pub(crate) fn narrowed(mut table: Table, service: Service) -> Table {
    let Some(remote) = &table.remote else {
        return table;
    };
    let has = |name: &str| {
        remote.fields.get(name).is_some_and(|field| match service {
            Service::Export => field.export.is_some(),
            _ => field.data_query.is_some(),
        })
    };
    // Of a table that the service lacks as a whole, that is what there is to say.
    if table
        .columns
        .iter()
        .any(|column| !column.pseudo && has(&column.name))
    {
        for column in &mut table.columns {
            column.pseudo |= !has(&column.name);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::kept::{Listed, Told};
    use zuzen_connectors::zuora::{DescribedColumn, DescribedField, ObjectDescription, catalogue};

    fn find<'a>(tables: &'a [Table], name: &str) -> Option<&'a Table> {
        tables.iter().find(|table| table.name == name)
    }

    fn column(name: &str, kind: &str) -> DescribedColumn {
        DescribedColumn {
            name: name.to_owned(),
            kind: kind.to_owned(),
            comment: None,
        }
    }

    fn told(name: &str, what: What) -> Kept {
        let mut kept = Kept::default();
        kept.tables.insert(name.to_owned(), Told { at: 1, what });
        kept
    }

    #[test]
    fn nothing_told_is_the_bundled_catalogue() {
        let bundled = catalogue().unwrap();
        for service in [Service::DataQuery, Service::Export, Service::Auto] {
            assert_eq!(
                tables(&bundled, &Kept::default(), service, Vendor::Zuora),
                linked(bundled.clone())
            );
        }
    }

    #[test]
    fn what_is_told_of_a_table_counts() {
        let bundled = catalogue().unwrap();
        let rows = vec![column("id", "varchar"), column("tier__c", "bigint")];
        let kept = told("account", What::Columns(rows.clone()));
        let made = tables(&bundled, &kept, Service::DataQuery, Vendor::Zuora);
        let account = find(&made, "account").unwrap();
        assert!(account.remote.as_ref().unwrap().described);
        assert_eq!(account.column("tier__c").unwrap().kind.to_string(), "int64");
        // Nobody listed it, but it was described.
        let kept = told("default__car", What::Columns(rows));
        let made = tables(&bundled, &kept, Service::DataQuery, Vendor::Zuora);
        assert_eq!(find(&made, "default__car").unwrap().columns.len(), 3);
        let kept = told("account", What::Unusable("failed".to_owned()));
        let made = tables(&bundled, &kept, Service::Auto, Vendor::Zuora);
        let remote = find(&made, "account").unwrap().remote.as_ref().unwrap();
        assert_eq!(remote.unusable.as_deref(), Some("failed"));
    }

    #[test]
    fn what_is_not_there_goes_for_that_service() {
        let bundled = catalogue().unwrap();
        let has = |name: &str, kept: &Kept, service| {
            let made = tables(&bundled, kept, service, Vendor::Zuora);
            find(&made, name).map(|table| is_served(table, service))
        };
        // Exports do not have people.
        let kept = told("user", What::Absent);
        assert_eq!(has("user", &kept, Service::DataQuery), None);
        let kept = told("orders", What::Absent);
        assert_eq!(has("orders", &kept, Service::DataQuery), Some(false));
        assert_eq!(has("orders", &kept, Service::Auto), Some(true));
        assert_eq!(has("orders", &kept, Service::Export), Some(false));
        assert_eq!(has("account", &kept, Service::Export), Some(true));
        let names = ["account", "user", "default__car"]
            .map(str::to_owned)
            .into();
        let kept = Kept {
            listed: Some(Listed {
                at: 1,
                names,
                objects: Vec::new(),
            }),
            ..Kept::default()
        };
        for (name, wanted) in [
            ("account", Some(true)),
            ("user", Some(true)),
            ("default__car", Some(true)),
            ("invoice", Some(false)),
            ("default__van", None),
        ] {
            assert_eq!(has(name, &kept, Service::DataQuery), wanted, "{name}");
        }
    }

    #[test]
    fn objects_of_exports_have_their_own_names() {
        let bundled = catalogue().unwrap();
        let field = DescribedField {
            name: "Colour__c".to_owned(),
            kind: "text".to_owned(),
            contexts: vec!["export".to_owned()],
            selectable: true,
            custom: true,
            filterable: true,
        };
        let object = ObjectDescription {
            name: "Order".to_owned(),
            fields: vec![field],
            related: Vec::new(),
        };
        let made = tables(
            &bundled,
            &told("orders", What::Object(object)),
            Service::Export,
            Vendor::Zuora,
        );
        let orders = find(&made, "orders").unwrap();
        let field = &orders.remote.as_ref().unwrap().fields["colour__c"];
        assert_eq!(field.export.as_deref(), Some("Colour__c"));
        assert!(find(&made, "order").is_none());
    }

    #[test]
    fn what_the_service_lacks_is_not_part_of_everything() {
        let bundled = catalogue().unwrap();
        let account = find(&bundled, "account").unwrap();
        // Exports lack the people who made it by this name, and have paths for the others.
        let lacks = |service, name: &str| {
            narrowed(account.clone(), service)
                .column(name)
                .unwrap()
                .pseudo
        };
        for (name, query, export) in [
            ("id", false, false),
            ("deleted", true, true),
            ("shiptoid", false, true),
            ("billtoid", false, false),
        ] {
            assert_eq!(lacks(Service::DataQuery, name), query, "{name}");
            assert_eq!(lacks(Service::Auto, name), query, "{name}");
            assert_eq!(lacks(Service::Export, name), export, "{name}");
        }
        let user = find(&bundled, "user").unwrap();
        assert!(
            !narrowed(user.clone(), Service::Export)
                .column("id")
                .unwrap()
                .pseudo
        );
    }
}
