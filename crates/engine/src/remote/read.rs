//! A read of one table through either service, as a value: what is sent follows from it alone.

use std::sync::Arc;

use zuzen_plan::job::Cap;
use zuzen_plan::job::aqua::Export;
use zuzen_plan::remote::{Condition, Fidelity, Literal, Selection, Sort};
use zuzen_plan::table::{Column, Table};
use zuzen_plan::value::{Type, Value};
use zuzen_plan::{trino, zoql};

use super::service::Service;
use crate::connection::Connection;
use crate::error::{Error, Kind};

/// The column that tells deleted rows.
pub(crate) const DELETED: &str = "deleted";

/// What stands for NULL in an export's file.
pub(crate) const NULL: &str = "\\N";

/// A read of one table.
#[derive(Debug, Clone)]
pub(crate) struct TableRead {
    pub(crate) table: Arc<Table>,
    /// The columns wanted, in order.
    pub(crate) columns: Vec<Column>,
    /// Conditions that hold together; all are checked again.
    pub(crate) conditions: Vec<Condition>,
    /// No more rows than these are wanted, the first ones by the order.
    pub(crate) limit: Option<u64>,
    pub(crate) order: Vec<Sort>,
    /// Which service.
    pub(crate) service: Service,
    /// Why that one, for people.
    pub(crate) why: String,
    /// The statement asks for these columns by name, so none may be left out.
    pub(crate) named: bool,
    /// Columns that the export rejects: NULL.
    pub(crate) left_out: Vec<String>,
}

/// A column of a result: its name there, and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Output {
    pub(crate) header: String,
    pub(crate) kind: Type,
}

/// A statement of one job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) text: String,
    pub(crate) outputs: Vec<Output>,
    /// With the exports: deleted rows too, told apart by this column.
    pub(crate) deleted: Option<String>,
    /// The limit is part of it.
    pub(crate) limited: bool,
}

impl Job {
    /// A statement whose result has these columns.
    pub(crate) fn of(text: String, outputs: Vec<Output>) -> Self {
        Self {
            text,
            outputs,
            deleted: None,
            limited: false,
        }
    }
}

impl TableRead {
    /// The statement with these conditions besides; `None` if no row can match.
    ///
    /// # Errors
    /// `Unsupported` if the service lacks a column or the whole table.
    pub(crate) fn job(&self, besides: &[Condition]) -> Result<Option<Job>, Error> {
        match self.service {
            Service::Export => self.export(besides),
            _ => self.query(besides),
        }
    }

    fn query(&self, besides: &[Condition]) -> Result<Option<Job>, Error> {
        let source = self.names().and_then(|names| names.data_query.clone());
        let source = source.ok_or_else(|| self.absent("Data Query"))?;
        for column in &self.columns {
            let known = self
                .field(&column.name)
                .is_some_and(|field| field.data_query.is_some());
            if !known && column.name != DELETED {
                return Err(self.lacking(&column.name, "Data Query"));
            }
        }
        let selection = Selection {
            source,
            columns: self
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            // Those that make a job one of several come first, so that they find room.
            conditions: besides.iter().chain(&self.conditions).cloned().collect(),
            order: self.order.clone(),
            limit: self.limit,
        };
        let Some(statement) = trino::select(&selection, trino::LONGEST) else {
            return Ok(None);
        };
        let outputs = self.columns.iter().zip(&statement.outputs);
        Ok(Some(Job {
            outputs: outputs
                .map(|(column, output)| Output {
                    header: output.header.clone(),
                    kind: column.kind.clone(),
                })
                .collect(),
            text: statement.text,
            deleted: None,
            limited: statement.limited,
        }))
    }

    fn export(&self, besides: &[Condition]) -> Result<Option<Job>, Error> {
        let source = self.names().and_then(|names| names.export.clone());
        let source = source.ok_or_else(|| self.absent("an AQuA export"))?;
        let path = |name: &str| self.field(name).and_then(|field| field.export.clone());
        let mut columns = Vec::new();
        let mut wants_deleted = false;
        for column in self.present() {
            if column.name == DELETED {
                path(DELETED).ok_or_else(|| self.lacking(DELETED, "an AQuA export"))?;
                wants_deleted = true;
                continue;
            }
            let path =
                path(&column.name).ok_or_else(|| self.lacking(&column.name, "an AQuA export"))?;
            columns.push((column, path));
        }
        let mut paths: Vec<String> = columns.iter().map(|(_, path)| path.clone()).collect();
        if paths.is_empty() {
            // Rows that only count still need a column.
            let key = self.table.key.as_deref().and_then(path);
            let first = || {
                self.names()?
                    .fields
                    .values()
                    .find_map(|field| field.export.clone())
            };
            paths.extend(key.or_else(first));
        }
        let conditions = besides.iter().chain(&self.conditions);
        wants_deleted |= conditions
            .clone()
            .any(|condition| condition.column == DELETED);
        let conditions = conditions
            .filter(|condition| condition.column != DELETED)
            .filter_map(|condition| {
                Some(Condition {
                    column: path(&condition.column)?,
                    test: condition.test.clone(),
                })
            });
        let order = self.order.iter().map(|key| {
            Some(Sort {
                column: path(&key.column)?,
                ..key.clone()
            })
        });
        let selection = Selection {
            source: source.clone(),
            columns: paths,
            conditions: conditions.collect(),
            order: order.collect::<Option<Vec<_>>>().unwrap_or_default(),
            // A condition that is lost on the way must not cost rows.
            limit: self.limit.filter(|_| !wants_deleted),
        };
        let said = zoql::select(&selection, zoql::LONGEST).map_err(|error| {
            Error::new(Kind::Unsupported, format!("{}: {error}", self.table.name))
        })?;
        let Some(statement) = said else {
            return Ok(None);
        };
        // A range or a run of keys that is left out would make every job read the whole table.
        let absent = statement.fidelity.iter().take(besides.len());
        if absent.clone().any(|fate| *fate == Fidelity::Absent)
            && besides.iter().all(|besides| besides.column != DELETED)
        {
            let message = format!(
                "a condition on {} cannot be said to an export",
                self.table.name
            );
            return Err(
                Error::new(Kind::Unsupported, message).with_hint("read the table with Data Query")
            );
        }
        let mut exported = columns.iter().zip(&statement.outputs);
        let outputs = self.present().map(|column| {
            let header = match column.name.as_str() {
                DELETED => format!("{source}.{}", flag()),
                _ => exported
                    .next()
                    .map(|(_, output)| output.header.clone())
                    .unwrap_or_default(),
            };
            Output {
                header,
                kind: column.kind.clone(),
            }
        });
        Ok(Some(Job {
            outputs: outputs.collect(),
            text: statement.text,
            deleted: wants_deleted.then(flag),
            limited: statement.limited,
        }))
    }

    /// The body of its submit, where it is an export.
    pub(crate) fn export_of(&self, job: &Job) -> Export {
        Export {
            name: format!("zuzen {}", self.table.name),
            statement: job.text.clone(),
            null: NULL.to_owned(),
            deleted: job.deleted.clone(),
        }
    }

    /// Conditions that together ask for these keys of a column: one statement each.
    pub(crate) fn by_keys(&self, column: &str, values: &[Value]) -> Vec<Condition> {
        let values: Vec<Literal> = values.iter().map(Literal::from).collect();
        match self.service {
            Service::Export => {
                let path = self.field(column).and_then(|field| field.export.clone());
                let path = path.unwrap_or_else(|| column.to_owned());
                // What is left takes the columns and other conditions.
                let room = zoql::LONGEST - 2_000;
                let runs = zoql::in_chunks(&path, &values, usize::MAX, room);
                // The table's own names, as in every other condition.
                runs.into_iter()
                    .map(|run| Condition {
                        column: column.to_owned(),
                        ..run
                    })
                    .collect()
            }
            _ => trino::in_chunks(column, &values, usize::MAX, trino::LONGEST / 2),
        }
    }

    /// The jobs that these keys take.
    pub(crate) fn jobs_by_keys(&self, column: &str, keys: u64) -> u64 {
        let sample = Value::Text("0".repeat(32));
        let run = usize::try_from(keys.min(100_000)).unwrap_or(usize::MAX);
        let kind = self.table.column(column).map(|column| &column.kind);
        let sample = if kind == Some(&Type::Int64) {
            Value::Int(i64::MAX)
        } else {
            sample
        };
        self.by_keys(column, &vec![sample; run]).len() as u64
    }

    /// Whether it asks for every row of the table.
    pub(crate) fn is_whole(&self) -> bool {
        self.conditions.is_empty() && self.limit.is_none()
    }

    /// The cap that a job for all of it is known to exceed, and why, if it can be read in ranges instead.
    pub(crate) fn known_excess(&self, connection: &Connection) -> Option<(Cap, String)> {
        let by_time = self.is_keyed_by("updateddate") && self.is_keyed_by("id");
        if self.service == Service::Export || !self.is_whole() || !by_time {
            return None;
        }
        let caps = connection.caps();
        let Some(rows) = connection.counted(&self.table.name) else {
            let before = connection.is_beyond_caps(&self.table.name);
            return before.then(|| (Cap::Output, "it has exceeded a cap before".to_owned()));
        };
        let (cap, most) = match rows > caps.input {
            true => (Cap::Input, caps.input),
            false => (Cap::Output, caps.output),
        };
        (rows > most).then(|| (cap, format!("it has {rows} rows, more than {most}")))
    }

    /// Whether the service can look for keys of this column.
    pub(crate) fn is_keyed_by(&self, column: &str) -> bool {
        self.field(column).is_some_and(|field| match self.service {
            Service::Export => field.export.is_some(),
            _ => field.data_query.is_some(),
        })
    }

    /// The statement that counts rows by a step of time; `None` if no row can match.
    ///
    /// # Errors
    /// As [`Self::job`].
    pub(crate) fn counting(
        &self,
        besides: &[Condition],
        step: &str,
        time: &str,
    ) -> Result<Option<String>, Error> {
        let named = self.columns.iter().map(|column| &column.name);
        let tested = self.conditions.iter().map(|condition| &condition.column);
        let sees_deleted = named.chain(tested).any(|name| name == DELETED);
        let bare = Self {
            columns: Vec::new(),
            ..self.clone()
        };
        let Some(job) = bare.job(besides)? else {
            return Ok(None);
        };
        // `SELECT 1 AS "c0" FROM … WHERE …`; a statement that sees deleted rows has to select their flag.
        let Some((_, below)) = job.text.split_once(" FROM ") else {
            return Ok(None);
        };
        let (also, by) = match sees_deleted {
            true => (
                format!(", {} AS \"c3\"", trino::identifier(DELETED)),
                format!(", {}", trino::identifier(DELETED)),
            ),
            false => (String::new(), String::new()),
        };
        Ok(Some(format!(
            "SELECT {step} AS \"c0\", count(*) AS \"c1\", max({time}) AS \"c2\"{also} FROM {below} GROUP BY {step}{by}"
        )))
    }

    /// The column that has this path in the export.
    pub(crate) fn column_of_path(&self, wanted: &str) -> Option<String> {
        let own = self.names()?.export.as_deref().unwrap_or_default();
        let mut columns = self.present().map(|column| &column.name);
        let found = columns.find(|name| {
            let path = self.field(name).and_then(|field| field.export.as_deref());
            path.is_some_and(|path| {
                path.eq_ignore_ascii_case(wanted)
                    || format!("{own}.{path}").eq_ignore_ascii_case(wanted)
            })
        });
        found.cloned()
    }

    /// Columns that the export does not have.
    pub(crate) fn unexported(&self) -> Vec<String> {
        let columns = self.columns.iter().map(|column| column.name.clone());
        let lacks = |name: &String| self.field(name).is_none_or(|field| field.export.is_none());
        columns
            .filter(|name| name != DELETED && lacks(name))
            .collect()
    }

    fn present(&self) -> impl Iterator<Item = &Column> {
        let there = |column: &&Column| !self.left_out.contains(&column.name);
        self.columns.iter().filter(there)
    }

    fn names(&self) -> Option<&zuzen_plan::table::Remote> {
        self.table.remote.as_ref()
    }

    fn field(&self, name: &str) -> Option<&zuzen_plan::table::RemoteField> {
        self.names()?.fields.get(name)
    }

    fn absent(&self, service: &str) -> Error {
        let message = format!("{service} does not have the table {}", self.table.name);
        let other = match self.service {
            Service::Export => "ZuoraService=DataQuery",
            _ => "ZuoraService=AQuADataExport",
        };
        Error::new(Kind::Unsupported, message)
            .with_hint(format!("try {other} or ZuoraService=Auto"))
    }

    pub(crate) fn lacking(&self, column: &str, service: &str) -> Error {
        let message = format!(
            "{service} does not have the column {} of {}",
            column, self.table.name
        );
        Error::new(Kind::Unsupported, message)
            .with_hint("leave the column out, or choose another ZuoraService")
    }
}

/// The name of the column that an export tells deleted rows by.
fn flag() -> String {
    "ZuzenDeleted".to_owned()
}
