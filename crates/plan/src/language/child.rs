//! A file with `of` → a [`Table`] over another one, whose columns are complete once all files are read.
//!
//! Types of what is taken from the other table are not repeated in the file: they are that table's.

use super::reader::Reader;
use super::table::{column, read_column, texts};
use crate::table::{Child, Column, Split, Table};
use crate::value::Type;

/// Reads the file of a table that is unnested from `of`.
pub(super) fn read(name: &str, of: String, file: &mut Reader<'_>) -> Table {
    let list = file.text("list").unwrap_or_default();
    let child = Child {
        split: read_split(file),
        carried: texts(file, "parent"),
        element: file.optional_text("element"),
        of,
        list,
    };
    let mut columns = Vec::new();
    if let Some(mut section) = file.table("columns") {
        for (name, value) in section.entries() {
            columns.extend(read_column(&mut section, &name, value));
        }
        section.close(file);
    }
    Table {
        name: name.to_owned(),
        about: file.text("about").unwrap_or_default(),
        rows: file.optional_text("rows").unwrap_or_default(),
        key: None,
        typical_rows: 0,
        columns,
        drop: Vec::new(),
        ignore: file.optional_texts("ignore"),
        reads: Vec::new(),
        tail: None,
        count: None,
        remote: None,
        needs: None,
        own_sign_in: false,
        unconfirmed: false,
        child: Some(child),
    }
}

/// `split.kind = ["all", "any"]`.
fn read_split(file: &mut Reader<'_>) -> Option<Split> {
    let mut section = file.table("split")?;
    let mut found = Vec::new();
    for (column, value) in section.entries() {
        let members: Option<Vec<String>> = value.get_ref().as_array().and_then(|members| {
            let each = members.iter();
            each.map(|member| member.get_ref().as_str().map(str::to_owned))
                .collect()
        });
        match members.filter(|members| !members.is_empty()) {
            Some(members) => found.push(Split { column, members }),
            None => section.problem(&column, format!("`{column}` wants a list of texts")),
        }
    }
    if found.len() > 1 {
        section.problem("", "one column tells which list an element is from".into());
    }
    section.close(file);
    found.pop()
}

/// Completes the columns of tables over others, as far as those are there; what is missing is left to the checks.
pub(super) fn complete(tables: &mut [Table]) {
    let whole: Vec<Table> = tables
        .iter()
        .filter(|table| table.child.is_none())
        .cloned()
        .collect();
    for table in tables {
        let Some(child) = table.child.clone() else {
            continue;
        };
        let Some(parent) = whole.iter().find(|parent| parent.name == child.of) else {
            continue;
        };
        let own = std::mem::take(&mut table.columns);
        table.columns = columns(&child, parent, own);
        table.typical_rows = parent.typical_rows;
        if table.rows.is_empty() {
            table.rows = match parent.column(&child.list).map(|list| &list.kind) {
                Some(Type::List(_) | Type::Json) => format!(
                    "A row for each element of `{}` of each row of {}; an empty list gives none.",
                    child.list, parent.name
                ),
                _ => format!(
                    "A row for each row of {} that has a `{}`.",
                    parent.name, child.list
                ),
            };
        }
    }
}

fn columns(child: &Child, parent: &Table, own: Vec<Column>) -> Vec<Column> {
    let mut columns = Vec::new();
    for (name, origin) in &child.carried {
        let Some(origin) = parent.column(origin) else {
            continue;
        };
        let is_key = parent.key.as_ref() == Some(&origin.name);
        let about = match is_key {
            true => None,
            false => origin.about.clone(),
        };
        columns.push(Column {
            path: origin.path.clone(),
            reference: match is_key {
                true => Some(parent.name.clone()),
                false => origin.reference.clone(),
            },
            values: origin.values.clone(),
            about,
            ..column(name, origin.kind.clone())
        });
    }
    let list = parent.column(&child.list);
    // What tells where an element stands comes from the list.
    let place = list.map(|list| list.path.clone()).unwrap_or_default();
    if let Some(split) = &child.split {
        columns.push(Column {
            path: place.clone(),
            values: split.members.clone(),
            about: Some("Which list it stands in.".to_owned()),
            ..column(&split.column, Type::Text)
        });
    }
    let is_list = list.is_some_and(|list| matches!(list.kind, Type::List(_) | Type::Json));
    if is_list {
        columns.push(Column {
            path: place,
            about: Some("Its place in the list, from 1.".to_owned()),
            ..column(Child::POSITION, Type::Int64)
        });
    }
    if let (Some(element), Some(list)) = (&child.element, list) {
        let kind = match &list.kind {
            Type::List(item) => item.as_ref().clone(),
            other => other.clone(),
        };
        columns.push(Column {
            path: list.path.clone(),
            reference: list.reference.clone(),
            values: list.values.clone(),
            ..column(element, kind)
        });
    }
    columns.extend(own);
    columns
}
