//! A statement: its text, its parameters, and the rows that come of it.

use std::sync::Arc;

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::{OptionStatement, OptionValue};
use adbc_core::{CancelHandle, Optionable, PartitionedResult};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::Schema;
use zuzen_engine::{Outline, Statement as Parsed};

use crate::answer::{Answer, Watched, snapshot};
use crate::bound::Bound;
use crate::connection::{Reader, no_partitions};
use crate::failure::{refused, told};
use crate::option::{flag, nothing, unknown};
use crate::rows::Rows;
use crate::session::Session;
use crate::work::{UnderWay, Work, lock};

/// Options of a statement, for people who mistype one.
const KNOWN: [&str; 7] = [
    "adbc.statement.exec.incremental",
    "adbc.statement.bind_by_name",
    "adbc.statement.exec.progress (to be read only)",
    "adbc.statement.exec.max_progress (to be read only)",
    "zuzen.progress.rows (to be read only)",
    "zuzen.progress.bytes (to be read only)",
    "zuzen.progress.requests (to be read only)",
];

/// The option that binds columns by their names; the driver manager of Python sets it for mappings.
const BY_NAME: &str = "adbc.statement.bind_by_name";

/// Options that tell how far a statement is, beside those of the specification.
const ROWS: &str = "zuzen.progress.rows";
const BYTES: &str = "zuzen.progress.bytes";
const REQUESTS: &str = "zuzen.progress.requests";

/// A statement of a connection. It may be executed again and again; values of parameters count for one execution.
pub struct Statement {
    session: Arc<Session>,
    under_way: UnderWay,
    sql: Option<String>,
    by_name: bool,
    bound: Option<Values>,
    watched: Watched,
}

/// What was bound. It is read when the statement runs, because it may be said later whether columns count by name.
enum Values {
    Batch(RecordBatch),
    Stream(Box<dyn RecordBatchReader + Send>),
}

impl std::fmt::Debug for Statement {
    /// The text may hold people's data or a procedure's secrets.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Statement of {:?}", self.session.engine())
    }
}

impl Statement {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        let under_way = session.under_way().of_statement();
        Self {
            session,
            under_way,
            sql: None,
            by_name: false,
            bound: None,
            watched: Watched::default(),
        }
    }

    fn check(&self) -> Result<()> {
        self.session.threads().process().check()
    }

    /// The one statement that the text is.
    fn parsed(&self) -> Result<Parsed> {
        self.check()?;
        let Some(sql) = &self.sql else {
            return Err(refused(
                Status::InvalidState,
                "the statement has no SQL",
                "set its query first",
            ));
        };
        let mut statements = self
            .session
            .engine()
            .statements(sql)
            .map_err(|failure| told(&failure))?;
        match (statements.pop(), statements.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(refused(
                Status::InvalidArguments,
                "there is no statement",
                "write SELECT …",
            )),
            (Some(_), false) => Err(refused(
                Status::InvalidArguments,
                "there are several statements",
                "execute them one at a time",
            )),
        }
    }

    /// Plans it with what is bound, which counts for this execution alone.
    fn begin(&mut self, work: &Work) -> Result<Answer> {
        self.session.forget_warnings();
        let parsed = self.parsed()?;
        let bound = match self.bound.take() {
            None => None,
            Some(Values::Batch(batch)) => Some(Bound::of(&batch, self.by_name)?),
            Some(Values::Stream(reader)) => Some(Bound::read(reader, self.by_name)?),
        };
        let bound = bound.map(Bound::into_rows);
        let watched = Arc::clone(&self.watched);
        *lock(&watched) = None;
        self.session
            .wait(work, |engine| Answer::begin(engine, parsed, bound, watched))
    }

    fn outline(&self) -> Result<Outline> {
        let parsed = self.parsed()?;
        let work = self.under_way.begin();
        self.session
            .wait(&work, |engine| async move { engine.outline(parsed).await })
    }
}

fn no_ingest() -> Error {
    refused(
        Status::NotImplemented,
        "rows cannot be ingested: zuzen only reads from the API",
        "make the change in the product itself",
    )
}

impl adbc_core::Statement for Statement {
    fn bind(&mut self, batch: RecordBatch) -> Result<()> {
        self.check()?;
        self.bound = Some(Values::Batch(batch));
        Ok(())
    }

    fn bind_stream(&mut self, reader: Box<dyn RecordBatchReader + Send>) -> Result<()> {
        self.check()?;
        self.bound = Some(Values::Stream(reader));
        Ok(())
    }

    /// Runs it, once for each bound row; the rows of all executions come one after the other.
    fn execute(&mut self) -> Result<Reader> {
        // One piece of work from here to the last row, so that it can be cancelled at any moment.
        let work = self.under_way.begin();
        let answer = self.begin(&work)?;
        let rows = Rows::begin(Arc::clone(&self.session), work, answer)?;
        crate::abi::failures::announce(rows.last_failure());
        Ok(Box::new(rows))
    }

    /// Runs it to its end. How many rows it affected is not known: it changes nothing that is counted.
    fn execute_update(&mut self) -> Result<Option<i64>> {
        let work = self.under_way.begin();
        let mut answer = self.begin(&work)?;
        self.session.wait(&work, |_| async move {
            while answer.next().await?.is_some() {}
            Ok(None)
        })
    }

    fn execute_schema(&mut self) -> Result<Schema> {
        Ok(self.outline()?.rows.as_ref().clone())
    }

    fn execute_partitions(&mut self) -> Result<PartitionedResult> {
        self.check()?;
        Err(no_partitions())
    }

    fn get_parameter_schema(&self) -> Result<Schema> {
        let parameters = self.outline()?.parameters;
        let fields = parameters.fields().iter().map(|field| {
            // What counts by its place has no name, and the specification wants the empty one then.
            let by_place = field.name().bytes().all(|letter| letter.is_ascii_digit());
            let field = field.as_ref().clone();
            match by_place {
                true => field.with_name(""),
                false => field,
            }
        });
        Ok(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Reads and plans it, so that errors show before its first execution. Each execution plans anew: what a table's reads
    /// cost depends on the values and on what has been learnt meanwhile.
    fn prepare(&mut self) -> Result<()> {
        self.outline().map(drop)
    }

    fn set_sql_query(&mut self, query: impl AsRef<str>) -> Result<()> {
        self.check()?;
        self.sql = Some(query.as_ref().to_owned());
        self.bound = None;
        Ok(())
    }

    fn set_substrait_plan(&mut self, _: impl AsRef<[u8]>) -> Result<()> {
        self.check()?;
        Err(refused(
            Status::NotImplemented,
            "Substrait plans are not read",
            "send the statement as SQL",
        ))
    }

    /// Stops the statement while it runs or its rows are read; its requests stop and its remote jobs are cancelled.
    fn get_cancel_handle(&self) -> Box<dyn CancelHandle> {
        Box::new(self.under_way.clone())
    }
}

impl Optionable for Statement {
    type Option = OptionStatement;

    fn set_option(&mut self, option: OptionStatement, value: OptionValue) -> Result<()> {
        self.check()?;
        let key = option.as_ref();
        match option {
            OptionStatement::IngestMode
            | OptionStatement::TargetTable
            | OptionStatement::TargetCatalog
            | OptionStatement::TargetDbSchema
            | OptionStatement::Temporary => Err(no_ingest()),
            OptionStatement::Incremental => match flag(key, value)? {
                false => Ok(()),
                true => Err(no_partitions()),
            },
            OptionStatement::Progress | OptionStatement::MaxProgress => Err(refused(
                Status::InvalidArguments,
                format!("`{key}` can only be read"),
                "leave the option out",
            )),
            OptionStatement::Other(ref other) if other == BY_NAME => {
                self.by_name = flag(key, value)?;
                Ok(())
            }
            _ => Err(unknown(key, "statement", &KNOWN)),
        }
    }

    fn get_option_string(&self, option: OptionStatement) -> Result<String> {
        self.check()?;
        match option {
            OptionStatement::Incremental => Ok("false".to_owned()),
            OptionStatement::Other(ref other) if other == BY_NAME => Ok(self.by_name.to_string()),
            _ => Err(nothing(option.as_ref(), "statement")),
        }
    }

    fn get_option_bytes(&self, key: OptionStatement) -> Result<Vec<u8>> {
        Err(nothing(key.as_ref(), "statement"))
    }

    fn get_option_int(&self, option: OptionStatement) -> Result<i64> {
        self.check()?;
        let key = option.as_ref();
        let now = snapshot(&self.watched);
        let count = match key {
            ROWS => now.map(|now| now.rows),
            BYTES => now.map(|now| now.bytes),
            REQUESTS => now.map(|now| now.requests.sent),
            _ => return Err(nothing(key, "statement")),
        };
        Ok(i64::try_from(count.unwrap_or_default()).unwrap_or(i64::MAX))
    }

    /// Progress counts requests; how many there will be is not always known, which is 0.
    fn get_option_double(&self, option: OptionStatement) -> Result<f64> {
        self.check()?;
        let now = snapshot(&self.watched);
        let requests = now.map(|now| match (&option, now.is_over) {
            (OptionStatement::Progress, _) | (_, true) => now.requests.sent,
            _ => now.requests.expected.unwrap_or_default(),
        });
        match option {
            OptionStatement::Progress | OptionStatement::MaxProgress => {
                Ok(requests.unwrap_or_default() as f64)
            }
            _ => Err(nothing(option.as_ref(), "statement")),
        }
    }
}
