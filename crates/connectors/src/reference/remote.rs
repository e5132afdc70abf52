//! Tables of a remote engine written down: many columns that say what they are by name, so one line for each type.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use zuzen_plan::table::{Column, Remote, Table};

/// What holds for all such tables.
pub(super) fn write_preface(page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "These are the objects of a tenant that has every feature. What a tenant really has, its custom fields (`…__c`) and\n\
         objects among it, is asked when a connection is used; the tables then have the columns of the tenant. `REFRESH SCHEMA`\n\
         asks again.\n\n\
         Table and column names are the API's in lower case. *Export* is the data source that exports read; columns without a\n\
         path there can only be asked of Data Query. *Indexed* columns make filters of Data Query cheap. Every table has the\n\
         column `deleted` (`bool`, only when named): a statement that names it also gets deleted rows.\n"
    )
}

pub(super) fn write_table(page: &mut String, table: &Table, remote: &Remote) -> fmt::Result {
    writeln!(page, "\n## {}\n\n{}\n", table.name, table.about)?;
    writeln!(page, "Rows: {}", table.rows)?;
    if let Some(key) = &table.key {
        writeln!(page, "Key: `{key}`.")?;
    }
    match &remote.export {
        Some(source) => writeln!(page, "Export: `{source}`.\n")?,
        None => writeln!(page, "No export.\n")?,
    }
    let columns = || table.columns.iter().filter(|column| !column.pseudo);
    let mut kinds: Vec<String> = Vec::new();
    for column in columns() {
        let kind = column.kind.to_string();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let alike = columns().filter(|column| column.kind.to_string() == kind);
        writeln!(page, "- `{kind}`: {}", names(alike))?;
    }
    let mut referring: BTreeMap<&str, Vec<&Column>> = BTreeMap::new();
    for column in columns() {
        if let Some(table) = &column.reference {
            referring.entry(table).or_default().push(column);
        }
    }
    let references: Vec<String> = referring
        .into_iter()
        .map(|(table, columns)| format!("{} to [{table}](#{table})", names(columns.into_iter())))
        .collect();
    if !references.is_empty() {
        writeln!(page, "- refer: {}", references.join("; "))?;
    }
    let field = |column: &&Column| remote.fields.get(&column.name);
    let indexed =
        names(columns().filter(|column| field(column).is_some_and(|field| field.indexed)));
    if !indexed.is_empty() {
        writeln!(page, "- indexed: {indexed}")?;
    }
    let without = names(
        table
            .columns
            .iter()
            .filter(|column| field(column).is_none_or(|field| field.export.is_none())),
    );
    if remote.export.is_some() && !without.is_empty() {
        writeln!(page, "- not exported: {without}")?;
    }
    Ok(())
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    let names: Vec<String> = columns.map(|column| format!("`{}`", column.name)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::{load, reference};

    #[test]
    fn everything_is_told() {
        let connector = load("zuora", None).unwrap();
        let page = reference(&connector);
        for table in &connector.tables {
            let heading = format!("\n## {}\n", table.name);
            let section = page.split_once(&heading).unwrap().1;
            let section = section.split("\n## ").next().unwrap();
            assert!(section.contains(&table.about), "{}", table.name);
            for column in table.columns.iter().filter(|column| !column.pseudo) {
                let line = section
                    .lines()
                    .find(|line| line.starts_with(&format!("- `{}`:", column.kind)))
                    .unwrap();
                let name = format!("`{}`", column.name);
                assert!(line.contains(&name), "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn what_differs_is_told() {
        let page = reference(&load("zuora", None).unwrap());
        let lines = [
            "| [account](#account) | A customer: who is billed, how it pays and what it owes. |",
            "Export: `Order`.",
            "No export.",
            "- `decimal(18,6)`: `balance`, `creditbalance`, `mrr`,",
            "- refer: `parentid` to [account](#account); `billtoid`, `shiptoid`, `soldtoid` to [contact](#contact);",
            "- indexed: `id`, `accountnumber`, `batch`,",
            "- not exported: `shiptoid`\n",
            "- not exported: `creditmemoitemid`, `deleted`\n",
        ];
        for line in lines {
            assert!(page.contains(line), "{line}");
        }
    }
}
