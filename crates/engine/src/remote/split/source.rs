//! What is read in ranges: a table, or a join that has at most one row for each row of one of its tables.

use zuzen_plan::remote::{Condition, Sort};
use zuzen_plan::trino;
use zuzen_plan::value::Type;
use zuzen_rest::Purpose;

use super::part::Step;
use super::{KEY, TIME};
use crate::error::Error;
use crate::remote::driven::Driven;
use crate::remote::read::{Job, Output, TableRead};
use crate::remote::results::Results;
use crate::remote::run::{Opening, Run};
use crate::remote::service::Service;

/// A table or a join, with the key by which its rows are told apart among its output columns.
#[derive(Clone)]
pub(in crate::remote) enum Source {
    Table { read: TableRead, key: usize },
    Join(Box<Driven>),
}

impl Source {
    /// The read of a table, if its rows have a key.
    pub(in crate::remote) fn of_table(mut read: TableRead) -> Option<Self> {
        if read.limit.is_some() || !has(&read, KEY, &Type::Text) {
            return None;
        }
        let there = read.columns.iter().position(|column| column.name == KEY);
        let key = there.unwrap_or(read.columns.len());
        if there.is_none() {
            read.columns.push(read.table.column(KEY)?.clone());
        }
        Some(Self::Table { read, key })
    }

    /// The table that is read in ranges.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Table { read, .. } => &read.table.name,
            Self::Join(join) => &join.table.name,
        }
    }

    pub(super) fn is_export(&self) -> bool {
        matches!(self, Self::Table { read, .. } if read.service == Service::Export)
    }

    /// Its rows have a time that ranges can be made of.
    pub(super) fn has_time(&self) -> bool {
        match self {
            Self::Table { read, .. } => has(read, TIME, &Type::Timestamp),
            Self::Join(join) => join.has_time(),
        }
    }

    /// All rows of one table, and nothing besides.
    pub(super) fn whole_table(&self) -> Option<&str> {
        match self {
            Self::Table { read, .. } if read.conditions.is_empty() => Some(&read.table.name),
            _ => None,
        }
    }

    /// The place of the key.
    pub(super) fn key(&self) -> usize {
        match self {
            Self::Table { key, .. } => *key,
            Self::Join(join) => join.key,
        }
    }

    /// The rows under these conditions; `None` if none can match.
    pub(super) fn job(&self, conditions: &[Condition]) -> Result<Option<Job>, Error> {
        match self {
            Self::Table { read, .. } => read.job(conditions),
            Self::Join(join) => join.job(conditions).map(Some),
        }
    }

    /// The first rows under these conditions, in the order of their keys.
    pub(super) fn page(&self, conditions: &[Condition], most: u64) -> Result<Option<Job>, Error> {
        let read = match self {
            Self::Table { read, .. } => read,
            Self::Join(join) => return join.page(conditions, most).map(Some),
        };
        let mut page = read.clone();
        page.order = vec![Sort {
            column: KEY.to_owned(),
            kind: Type::Text,
            descending: false,
            nulls_first: None,
        }];
        page.limit = Some(most);
        let mut job = page.job(conditions)?;
        if job.as_ref().is_some_and(|job| !job.limited) {
            // A condition that finds too many rows forbids a limit; all are checked again above.
            page.conditions.clear();
            job = page.job(conditions)?;
        }
        match job {
            Some(job) if !job.limited => {
                Err(super::unsplittable(read, "its keys cannot be put in order"))
            }
            job => Ok(job),
        }
    }

    /// Counts the rows of each step of time: its beginning, the rows, the newest time.
    pub(super) fn count(
        &self,
        run: &Run,
        conditions: &[Condition],
        step: Step,
    ) -> Result<Option<Results>, Error> {
        let time = trino::identifier(TIME);
        let text = match self {
            Self::Table { read, .. } => read.counting(conditions, &step.text(&time), &time)?,
            Self::Join(join) => Some(join.counting(conditions, |time| step.text(time))?),
        };
        let Some(text) = text else {
            return Ok(None);
        };
        let output = |header: &str, kind| Output {
            header: header.to_owned(),
            kind,
        };
        let outputs = vec![
            output("c0", Type::Timestamp),
            output("c1", Type::Int64),
            output("c2", Type::Timestamp),
        ];
        let job = Job::of(text, outputs);
        self.open(run, &job, Purpose::Metadata).map(Some)
    }

    pub(super) fn open(&self, run: &Run, job: &Job, purpose: Purpose) -> Result<Results, Error> {
        match self {
            Self::Table { read, .. } if purpose == Purpose::Data => {
                run.results_of(read, job, purpose)
            }
            Self::Table { read, .. } => {
                let title = format!("{}.{}", run.connection().name(), read.table.name);
                run.open(Opening::of_query(
                    job,
                    vec![read.table.name.clone()],
                    title,
                    purpose,
                ))
            }
            Self::Join(join) => run.open(Opening::of_query(
                job,
                join.tables.clone(),
                format!("a query over {}", join.tables.join(", ")),
                purpose,
            )),
        }
    }
}

fn has(read: &TableRead, name: &str, kind: &Type) -> bool {
    let column = read.table.column(name);
    read.is_keyed_by(name) && column.is_some_and(|column| column.kind == *kind)
}
