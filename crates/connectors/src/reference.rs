//! The tables written down for people: [`Connector`] → Markdown.
//!
//! A pure function, the same text for the same tables every time. It refuses to say anything that the table
//! files do not say.

mod remote;

use std::fmt::{self, Write};

use zuzen_plan::table::{Binding, Column, Connector, DropWhen, Operator, Read, Source, Table};

/// Markdown that tells of every table its rows, its columns and the ways to read it.
#[must_use]
pub fn reference(connector: &Connector) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail.
    let _ = write_page(&mut page, connector);
    page
}

fn write_page(page: &mut String, connector: &Connector) -> fmt::Result {
    writeln!(
        page,
        "# Tables of {}\n\n{}\n",
        connector.name, connector.about
    )?;
    let is_remote = connector.tables.iter().any(|table| table.remote.is_some());
    writeln!(
        page,
        "This page is written by a test from {}.\n",
        if is_remote {
            "the bundled catalogue; edit that"
        } else {
            "the table files; edit those"
        }
    )?;
    if is_remote {
        remote::write_preface(page)?;
    }
    writeln!(page, "| table | a row is |\n| --- | --- |")?;
    for table in &connector.tables {
        writeln!(
            page,
            "| [{0}](#{0}) | {1} |",
            table.name,
            cell(&table.comment())
        )?;
    }
    writeln!(page, "\n## Rate limits\n")?;
    writeln!(
        page,
        "Requests a minute that the vendor documents for the smallest plan; what an account really grants is learnt from its answers.\n"
    )?;
    writeln!(page, "| reads of | requests a minute |\n| --- | --- |")?;
    for family in &connector.families {
        writeln!(page, "| {} | {} |", family.name, family.per_minute)?;
    }
    connector
        .tables
        .iter()
        .try_for_each(|table| match &table.remote {
            Some(found) => remote::write_table(page, table, found),
            None => write_table(page, table),
        })
}

fn write_table(page: &mut String, table: &Table) -> fmt::Result {
    writeln!(page, "\n## {}\n\n{}\n", table.name, table.comment())?;
    writeln!(page, "Rows: {}", table.rows)?;
    for drop in &table.drop {
        match &drop.when {
            DropWhen::OneOf(values) => {
                let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                writeln!(
                    page,
                    "Rows whose `{}` is {} are left out.",
                    drop.column,
                    values.join(" or ")
                )?;
            }
            DropWhen::Set => writeln!(page, "Rows that have a `{}` are left out.", drop.column)?,
        }
    }
    if let Some(key) = &table.key {
        writeln!(page, "Key: `{key}`.")?;
    }
    if let Some(needs) = &table.needs {
        writeln!(page, "Takes {needs}.")?;
    }
    if let Some(count) = &table.count {
        writeln!(
            page,
            "`count(*)` asks `{}` and trusts it below {}.",
            count.get, count.exact_below
        )?;
    }
    writeln!(page, "\n| column | type | about |\n| --- | --- | --- |")?;
    for column in &table.columns {
        writeln!(
            page,
            "| `{}` | `{}` | {} |",
            column.name,
            column.kind,
            cell(&about(column))
        )?;
    }
    if let Some(child) = &table.child {
        return writeln!(
            page,
            "\nRead with [{0}](#{0}), whose `{1}` it unnests: in the same requests, with the same filters on what is taken from there.",
            child.of, child.list
        );
    }
    writeln!(
        page,
        "\n| read | request | needs | takes | besides |\n| --- | --- | --- | --- | --- |"
    )?;
    for read in &table.reads {
        let (needs, takes) = conditions(read, table);
        writeln!(
            page,
            "| {} | `{}` | {} | {} | {} |",
            read.name,
            read.get,
            cell(&needs.join("; ")),
            cell(&takes.join("; ")),
            cell(&traits(read, table).join("; ")),
        )?;
    }
    Ok(())
}

fn about(column: &Column) -> String {
    let mut parts: Vec<String> = column.about.iter().cloned().collect();
    if let Some(table) = &column.reference {
        parts.push(format!("Refers to [{table}](#{table})."));
    }
    if !column.values.is_empty() {
        parts.push(format!("One of {}.", column.values.join(", ")));
    }
    if let Some(keyword) = &column.search {
        parts.push(format!("Searchable as `{keyword}`."));
    }
    if let Some(sideload) = &column.sideload {
        parts.push(format!("Costs the side-load `{sideload}`."));
    }
    if column.pseudo {
        parts.push("Only when named; not part of `*`.".to_owned());
    }
    parts.join(" ")
}

/// What a read cannot do without, and which further predicates it carries.
fn conditions(read: &Read, table: &Table) -> (Vec<String>, Vec<String>) {
    let mut needs = Vec::new();
    let mut takes = Vec::new();
    for column in read.get.placeholders() {
        let mut need = format!("`{column}` =, IN (a request each)");
        let parent = table
            .column(column)
            .and_then(|column| column.reference.as_deref());
        if let Some(parent) = parent.filter(|_| read.fan_out) {
            need.push_str(&format!(", or a request for each row of {parent}"));
        }
        needs.push(need);
    }
    for parameter in &read.query {
        if let Source::Bound(binding) = &parameter.source {
            let side = if binding.required {
                &mut needs
            } else {
                &mut takes
            };
            side.push(condition(binding));
        }
    }
    if let Some(search) = &read.search {
        let columns: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.search.is_some())
            .map(|column| format!("`{}`", column.name))
            .collect();
        let (side, words) = if search.required {
            (&mut needs, "a filter on ")
        } else {
            (&mut takes, "filters on ")
        };
        side.push(format!("{words}{}", columns.join(", ")));
    }
    match (&read.order, &read.within) {
        (Some(order), Some(within)) => needs.push(format!(
            "a lower bound of `{}` within {} days, or ORDER BY {order} LIMIT",
            within.column, within.days
        )),
        (Some(order), None) if read.is_paged() => {
            needs.push(format!(
                "a lower bound of `{}`, or ORDER BY {order} LIMIT",
                order.column
            ));
        }
        (Some(order), None) => {
            needs.push(format!("ORDER BY {order} LIMIT {} at most", read.page_size))
        }
        (None, _) => {}
    }
    (needs, takes)
}

fn condition(binding: &Binding) -> String {
    let column = &binding.column;
    match (binding.operator, binding.max) {
        (Operator::In, 1) => format!("`{column}` =, IN (a request each)"),
        (Operator::In, max) => format!("`{column}` =, IN ({max} in a request)"),
        (Operator::Has, _) => format!("array_has of `{column}`"),
        (Operator::AtLeast, _) => format!("`{column}` >="),
        (Operator::AtMost, _) => format!("`{column}` <="),
    }
}

fn traits(read: &Read, table: &Table) -> Vec<String> {
    let mut traits = Vec::new();
    if read.is_paged() {
        traits.push(format!("{} rows a page", read.page_size));
    }
    if read.lag > 0 {
        let rest = match &table.tail {
            Some(tail) if *tail != read.name => format!(", completed by `{tail}`"),
            _ => ", with nothing to complete it".to_owned(),
        };
        traits.push(format!("{} s behind{rest}", read.lag));
    }
    if let Some(role) = &read.role {
        traits.push(format!("role: {role}"));
    }
    if read.family != "account" {
        traits.push(format!("limit: {}", read.family));
    }
    let listed = |words: &str, names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{words} {}", names.join(", ")))
    };
    traits.extend(listed("without", &read.lacks));
    traits.extend(listed("side-loads", &read.include));
    if let Some(column) = &read.only_with {
        traits.push(format!("checks `{column}`"));
    }
    if read.fallback {
        traits.push("only if another read was refused".to_owned());
    }
    traits
}

/// Text that cannot end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn the_same_tables_give_the_same_text() {
        let first = reference(&load("zendesk", None).unwrap());
        let second = reference(&load("zendesk", None).unwrap());
        assert_eq!(first, second);
    }

    #[test]
    fn everything_is_told() {
        let connector = load("zendesk", None).unwrap();
        let page = reference(&connector);
        for table in &connector.tables {
            let heading = format!("\n## {}\n", table.name);
            let section = page.split_once(&heading).unwrap().1;
            let section = section.split("\n## ").next().unwrap();
            assert!(section.contains(&table.rows), "{}", table.name);
            for column in &table.columns {
                let line = format!("\n| `{}` | `{}` |", column.name, column.kind);
                assert!(section.contains(&line), "{}.{}", table.name, column.name);
            }
            for read in &table.reads {
                let line = format!("\n| {} | `{}` |", read.name, read.get);
                assert!(section.contains(&line), "{}.{}", table.name, read.name);
            }
        }
    }

    #[test]
    fn reads_tell_their_conditions() {
        let page = reference(&load("zendesk", None).unwrap());
        let lines = [
            "| show_many | `/api/v2/tickets/show_many` | `id` =, IN (100 in a request) |",
            "| export | `/api/v2/incremental/tickets/cursor` |  | `updated_at` >= | 1000 rows a page; 60 s behind, completed by `recent`; role: admin; limit: incremental_exports;",
            "| recent | `/api/v2/tickets` | a lower bound of `updated_at` within 100 days, or ORDER BY updated_at desc LIMIT |",
            "| by_ticket | `/api/v2/tickets/{ticket_id}/audits` | `ticket_id` =, IN (a request each), or a request for each row of tickets |",
            "| `tags` | `list<text>` | The tags of the ticket. Searchable as `tags`. |",
            "Rows whose `status` is `deleted` or `scrubbed` are left out.",
            "Rows that have a `deleted_at` are left out.",
        ];
        for line in lines {
            assert!(page.contains(line), "{line}");
        }
    }

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(cell("a|b\nc"), "a\\|b c");
    }
}
