//! Cross-reference checks of tables, wherever they came from: every fault, not the first.

mod child;

use std::collections::{HashMap, HashSet};

use crate::table::{Column, Connector, Encoding, Operator, RAW, Read, Remote, Source, Table};
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
    child::check_aliases(connector, &mut faults);
    let mut names = HashSet::new();
    for table in &connector.tables {
        if !names.insert(&table.name) {
            faults.push(Fault {
                table: table.name.clone(),
                place: String::new(),
                message: format!("the table `{}` stands here twice", table.name),
            });
        }
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
        match (&self.table.remote, &self.table.child) {
            (Some(remote), _) => self.check_remote(remote),
            (None, Some(child)) => self.check_child(child),
            (None, None) => self.check_paths(),
        }
        self.check_shape();
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
        let overlaps = |read: &Read| {
            (read.order.is_some() || read.moves || read.lag > 0)
                && self.table.identity(read).is_none()
        };
        let has_tail = self.table.tail.is_some() && self.table.key.is_none();
        if has_tail || self.table.reads.iter().any(overlaps) {
            self.fault(
                "tail",
                "a tail, an `order`, a `lag` and `moves` need a `key`".into(),
            );
        }
        let is_derived = self.table.remote.is_some() || self.table.child.is_some();
        if self.table.reads.is_empty() && !is_derived {
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
        let mut names = HashSet::new();
        for column in &self.table.columns {
            let place = format!("columns.{}", column.name);
            if !snake(&column.name) {
                let message = format!("`{}` is not a snake_case name", column.name);
                self.fault(&place, message);
            }
            if !names.insert(&column.name) {
                let message = format!("the column `{}` stands here twice", column.name);
                self.fault(&place, message);
            }
        }
    }

    /// A table of a remote engine: rows come by name from there, so columns have no paths and there are no reads.
    fn check_remote(&mut self, remote: &Remote) {
        if !self.table.reads.is_empty() {
            self.fault(
                "read",
                "a table of a remote engine has no [[read]]".to_owned(),
            );
        }
        if remote.data_query.is_none() && remote.export.is_none() {
            self.fault("", "no service has this table".to_owned());
        }
        for column in &self.table.columns {
            let field = remote.fields.get(&column.name);
            if field.is_none_or(|field| field.data_query.is_none() && field.export.is_none()) {
                let message = format!("no service has the column `{}`", column.name);
                self.fault(&format!("columns.{}", column.name), message);
            }
        }
        for name in remote.fields.keys() {
            self.column(name, &format!("columns.{name}"));
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

    /// The whole row: as JSON text, or as the value that a bare row is.
    fn check_shape(&mut self) {
        let raw = self.table.column(RAW);
        if self.table.unconfirmed && raw.is_none() {
            let message = format!("an unconfirmed shape needs the column `{RAW} = \"json\"`");
            self.fault("shape", message);
        }
        if let Some(raw) = raw
            && self.table.remote.is_none()
            && (raw.kind != Type::Json || !raw.path.is_empty())
        {
            let message = format!("`{RAW}` holds the whole object: write `{RAW} = \"json\"`");
            self.fault(&format!("columns.{RAW}"), message);
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
            for name in binding.columns() {
                let Some(column) = self.column(name, &place) else {
                    continue;
                };
                let fits = match binding.operator {
                    Operator::In => matches!(column.kind, Type::Int64 | Type::Text | Type::Boolean),
                    Operator::Has => matches!(column.kind, Type::List(_)),
                    // Seconds since 1970 are an instant, too.
                    Operator::AtLeast | Operator::AtMost => match column.kind {
                        Type::Int64 => binding.encoding != Encoding::Plain,
                        _ => column.kind == Type::Timestamp,
                    },
                };
                if !fits {
                    let message = format!("this op does not fit {} ({})", column.name, column.kind);
                    self.fault(&place, message);
                }
            }
            let bounds = matches!(binding.operator, Operator::AtLeast | Operator::AtMost);
            if !binding.also.is_empty() && !bounds {
                self.fault(&place, "`also` belongs to a bound (>= or <=)".into());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Family, RemoteField};

    fn column(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            kind: Type::Text,
            path: Vec::new(),
            reference: None,
            values: Vec::new(),
            about: None,
            sideload: None,
            pseudo: false,
            custom: false,
            labels: Default::default(),
            search: None,
        }
    }

    /// Two columns of a remote engine, `id` and `name`.
    fn account() -> Table {
        let field = RemoteField {
            data_query: Some("varchar".to_owned()),
            ..RemoteField::default()
        };
        let names = ["id", "name"];
        Table {
            name: "account".to_owned(),
            about: String::new(),
            rows: String::new(),
            key: Some("id".to_owned()),
            needs: None,
            own_sign_in: false,
            typical_rows: 1,
            columns: names.map(column).to_vec(),
            drop: Vec::new(),
            ignore: Vec::new(),
            reads: Vec::new(),
            tail: None,
            count: None,
            unconfirmed: false,
            remote: Some(Remote {
                data_query: Some("account".to_owned()),
                fields: names.map(|name| (name.to_owned(), field.clone())).into(),
                ..Remote::default()
            }),
            child: None,
        }
    }

    fn faults(tables: Vec<Table>) -> Vec<String> {
        let account = Family {
            name: "account".to_owned(),
            per_minute: 1,
            headers: Vec::new(),
        };
        connector(&Connector {
            families: vec![account],
            tables,
            ..Connector::default()
        })
        .into_iter()
        .map(|fault| fault.message)
        .collect()
    }

    #[test]
    fn a_table_of_a_remote_engine_needs_no_reads() {
        assert_eq!(faults(vec![account()]), [""; 0]);
    }

    #[test]
    fn what_no_service_has_is_a_fault() {
        type Break = fn(&mut Table, &mut Remote);
        let cases: [(Break, &str); 5] = [
            (
                |_, remote| remote.data_query = None,
                "no service has this table",
            ),
            (
                |_, remote| drop(remote.fields.remove("name")),
                "no service has the column `name`",
            ),
            (
                |table, _| drop(table.columns.pop()),
                "there is no column `name`",
            ),
            (
                |table, _| table.columns[1] = column("id"),
                "the column `id` stands here twice",
            ),
            (
                |table, _| table.columns[1].reference = Some("contact".to_owned()),
                "ref: there is no table `contact`",
            ),
        ];
        for (spoil, part) in cases {
            let mut table = account();
            let mut remote = table.remote.take().unwrap();
            spoil(&mut table, &mut remote);
            table.remote = Some(remote);
            let found = faults(vec![table]);
            assert!(
                found.iter().any(|fault| fault.contains(part)),
                "{part}: {found:?}"
            );
        }
    }

    #[test]
    fn a_table_stands_there_once() {
        assert_eq!(
            faults(vec![account(), account()]),
            ["the table `account` stands here twice"]
        );
    }
}
