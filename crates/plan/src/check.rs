//! Cross-reference checks of tables, wherever they came from: every fault, not the first.

use std::collections::{HashMap, HashSet};

use crate::table::{Column, Connector, Operator, Read, Source, Table};
use crate::value::{Type, Value};

/// A rule that a table breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table; `connector` for the connector itself.
    pub table: String,
    /// Where, as a dotted place: `columns.status`, `read.2.query.ids`.
    pub place: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Checks all tables of a connector.
#[must_use]
pub fn connector(connector: &Connector) -> Vec<Fault> {
    let mut faults = Vec::new();
    if connector.family("account").is_none() {
        faults.push(Fault {
            table: "connector".into(),
            place: "family".into(),
            message: "the family `account` is missing".into(),
        });
    }
    for table in &connector.tables {
        Check {
            connector,
            table,
            faults: &mut faults,
        }
        .run();
    }
    faults
}

struct Check<'a> {
    connector: &'a Connector,
    table: &'a Table,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Check<'a> {
    fn fault(&mut self, place: &str, message: String) {
        self.faults.push(Fault {
            table: self.table.name.clone(),
            place: place.to_owned(),
            message,
        });
    }

    fn run(&mut self) {
        self.check_names();
        self.check_paths();
        if let Some(key) = &self.table.key {
            self.column(key, "key");
        }
        for column in &self.table.columns {
            self.check_column(column);
        }
        for drop in &self.table.drop {
            self.column(&drop.column, &format!("drop.{}", drop.column));
        }
        let mut names = HashSet::new();
        for (place, read) in self.table.reads.iter().enumerate() {
            if !names.insert(&read.name) {
                self.fault(
                    &format!("read.{place}.name"),
                    format!("the read `{}` stands here twice", read.name),
                );
            }
            self.check_read(&format!("read.{place}"), read);
        }
        if let Some(tail) = &self.table.tail
            && !self
                .table
                .reads
                .iter()
                .any(|read| read.name == *tail && (read.order.is_some() || read.fan_out))
        {
            self.fault(
                "tail",
                format!("`{tail}` is no read with an `order` (or a `fan_out`) of this table"),
            );
        }
        // What overlaps or is continued by another read needs a key to deliver each row once.
        let overlaps = |read: &Read| read.order.is_some() || read.moves || read.lag > 0;
        if self.table.key.is_none()
            && (self.table.tail.is_some() || self.table.reads.iter().any(overlaps))
        {
            self.fault(
                "tail",
                "a tail, an `order`, a `lag` and `moves` need a `key`".into(),
            );
        }
        if self.table.reads.is_empty() {
            self.fault("read", "a table needs at least one [[read]]".into());
        }
    }

    fn check_names(&mut self) {
        let snake = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if !snake(&self.table.name) {
            self.fault(
                "",
                format!("`{}` is not a snake_case name", self.table.name),
            );
        }
        for column in &self.table.columns {
            if !snake(&column.name) {
                let message = format!("`{}` is not a snake_case name", column.name);
                self.fault(&format!("columns.{}", column.name), message);
            }
        }
    }

    fn check_paths(&mut self) {
        let mut seen: HashMap<&[String], &str> = HashMap::new();
        for column in &self.table.columns {
            if let Some(other) = seen.insert(&column.path, &column.name) {
                let message = format!(
                    "`{}` and `{other}` have the same path `{}`",
                    column.name,
                    column.path.join(".")
                );
                self.fault(&format!("columns.{}", column.name), message);
            }
        }
    }

    fn check_column(&mut self, column: &Column) {
        let place = format!("columns.{}", column.name);
        if let Some(reference) = &column.reference {
            let target = self.connector.table(reference).map(|table| {
                table
                    .key
                    .as_deref()
                    .and_then(|key| table.column(key))
                    .map(|key| key.kind.clone())
            });
            let item = match &column.kind {
                Type::List(item) => item.as_ref(),
                other => other,
            };
            match target {
                None => self.fault(&place, format!("ref: there is no table `{reference}`")),
                Some(None) => self.fault(&place, format!("ref: `{reference}` has no key")),
                Some(Some(kind)) if kind != *item => {
                    self.fault(
                        &place,
                        format!("ref: the key of `{reference}` is {kind}, this is {item}"),
                    );
                }
                Some(Some(_)) => {}
            }
        }
        if !column.values.is_empty() && column.kind != Type::Text {
            self.fault(&place, "`values` belong to a text column".into());
        }
        if let Some(sideload) = &column.sideload
            && !self
                .table
                .reads
                .iter()
                .any(|read| read.include.contains(sideload))
        {
            self.fault(
                &place,
                format!("no read accepts the side-load `{sideload}` (include)"),
            );
        }
        if column.search.is_some() && !self.table.reads.iter().any(|read| read.search.is_some()) {
            self.fault(&place, "`search` needs a read with a query language".into());
        }
    }

    fn column(&mut self, name: &str, place: &str) -> Option<&'a Column> {
        let found = self.table.column(name);
        if found.is_none() {
            let nearest = crate::nearest::nearest(
                name,
                self.table.columns.iter().map(|column| column.name.as_str()),
            );
            let hint = nearest
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            self.fault(place, format!("there is no column `{name}`{hint}"));
        }
        found
    }

    fn check_read(&mut self, place: &str, read: &Read) {
        if self.connector.family(&read.family).is_none() {
            self.fault(
                &format!("{place}.family"),
                format!("there is no family `{}`", read.family),
            );
        }
        for column in read.get.placeholders() {
            let place = format!("{place}.get");
            if let Some(found) = self.column(column, &place)
                && read.fan_out
                && found.reference.is_none()
            {
                self.fault(
                    &place,
                    format!("fan_out: `{column}` has no ref to fill it from"),
                );
            }
        }
        for parameter in &read.query {
            let Source::Bound(binding) = &parameter.source else {
                continue;
            };
            let place = format!("{place}.query.{}", parameter.name);
            let Some(column) = self.column(&binding.column, &place) else {
                continue;
            };
            let fits = match binding.operator {
                Operator::In => matches!(column.kind, Type::Int64 | Type::Text | Type::Boolean),
                Operator::AtLeast | Operator::AtMost => matches!(column.kind, Type::Timestamp),
            };
            if !fits {
                self.fault(
                    &place,
                    format!("this op does not fit {} ({})", column.name, column.kind),
                );
            }
            if binding.max == 0 {
                self.fault(&place, "max must be at least 1".into());
            }
        }
        let named = [
            ("exact", read.exact.clone()),
            ("lacks", read.lacks.clone()),
            (
                "outer",
                read.outer
                    .iter()
                    .map(|(column, _)| column.clone())
                    .collect(),
            ),
            (
                "order",
                read.order
                    .iter()
                    .map(|order| order.column.clone())
                    .collect(),
            ),
            (
                "within",
                read.within
                    .iter()
                    .map(|within| within.column.clone())
                    .collect(),
            ),
            ("only_with", read.only_with.iter().cloned().collect()),
        ];
        for (word, columns) in named {
            for column in columns {
                self.column(&column, &format!("{place}.{word}"));
            }
        }
        for column in &read.exact {
            if !read
                .get
                .placeholders()
                .any(|placeholder| placeholder == column)
            {
                self.fault(
                    &format!("{place}.exact"),
                    format!("`{column}` is no placeholder of the path"),
                );
            }
        }
        if let Some(column) = read
            .only_with
            .as_deref()
            .and_then(|name| self.table.column(name))
            && column.reference.is_none()
        {
            self.fault(
                &format!("{place}.only_with"),
                format!("`{}` has no ref", column.name),
            );
        }
        if read.within.is_some() && read.order.is_none() {
            self.fault(
                &format!("{place}.within"),
                "a list of recent rows needs an `order`".into(),
            );
        }
        if read.page_size == 0 {
            self.fault(
                &format!("{place}.page_size"),
                "a page holds at least one row".into(),
            );
        }
        for drop in &self.table.drop {
            if read.lacks.contains(&drop.column) {
                let message = format!(
                    "`{}` decides which rows belong here; a read cannot lack it",
                    drop.column
                );
                self.fault(&format!("{place}.lacks"), message);
            }
            if let crate::table::DropWhen::OneOf(values) = &drop.when
                && let Some(column) = self.table.column(&drop.column)
                && values
                    .iter()
                    .any(|value| !value.fits(&column.kind) || matches!(value, Value::Float(_)))
            {
                let message = format!("values do not fit {} ({})", column.name, column.kind);
                self.fault(&format!("drop.{}", drop.column), message);
            }
        }
    }
}
