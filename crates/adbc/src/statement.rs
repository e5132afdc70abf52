//! A statement: its text, its parameters, and the rows that come of it.

use std::sync::Arc;

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::{OptionStatement, OptionValue};
use adbc_core::{CancelHandle, Optionable, PartitionedResult};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::Schema;
use zuzen_engine::Error as Failure;

use crate::connection::{Reader, no_partitions};
use crate::failure::refused;
use crate::option::{flag, nothing, unknown};
use crate::rows::{Answer, Rows};
use crate::session::Session;
use crate::work::UnderWay;

/// Options of a statement, for people who mistype one.
const KNOWN: [&str; 3] = [
    "adbc.statement.exec.incremental",
    "adbc.statement.exec.progress (to be read only)",
    "adbc.statement.exec.max_progress (to be read only)",
];

/// A statement of a connection.
pub struct Statement {
    session: Arc<Session>,
    under_way: UnderWay,
    sql: Option<String>,
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
        }
    }

    fn check(&self) -> Result<()> {
        self.session.threads().process().check()
    }

    fn text(&self) -> Result<String> {
        self.check()?;
        self.sql.clone().ok_or_else(|| {
            refused(
                Status::InvalidState,
                "the statement has no SQL",
                "set its query first",
            )
        })
    }

    fn rows(&self) -> Result<Rows> {
        let sql = self.text()?;
        // One piece of work from here to the last row, so that it can be cancelled at any moment.
        let work = self.under_way.begin();
        let answer = self.session.wait(&work, |engine| async move {
            let planned = engine.sql(&sql).await?;
            let schema = Arc::clone(planned.schema().inner());
            let stream = planned.execute_stream().await?;
            Ok(Answer { schema, stream })
        })?;
        Rows::begin(Arc::clone(&self.session), work, answer)
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
    fn bind(&mut self, _: RecordBatch) -> Result<()> {
        self.check()?;
        Err(refused(Status::NotImplemented, "not yet", "wait"))
    }

    fn bind_stream(&mut self, _: Box<dyn RecordBatchReader + Send>) -> Result<()> {
        self.check()?;
        Err(refused(Status::NotImplemented, "not yet", "wait"))
    }

    fn execute(&mut self) -> Result<Reader> {
        let rows = self.rows()?;
        crate::abi::failures::announce(rows.last_failure());
        Ok(Box::new(rows))
    }

    /// Runs the statement to its end. How many rows it affected is not known: it changes nothing that is counted.
    fn execute_update(&mut self) -> Result<Option<i64>> {
        let sql = self.text()?;
        self.session
            .wait(&self.under_way.begin(), |engine| async move {
                let mut rows = engine.stream(&sql).await?;
                while let Some(batch) = futures::StreamExt::next(&mut rows).await {
                    batch.map_err(Failure::from)?;
                }
                Ok(None)
            })
    }

    fn execute_schema(&mut self) -> Result<Schema> {
        Err(refused(Status::NotImplemented, "not yet", "wait"))
    }

    fn execute_partitions(&mut self) -> Result<PartitionedResult> {
        self.check()?;
        Err(no_partitions())
    }

    fn get_parameter_schema(&self) -> Result<Schema> {
        Err(refused(Status::NotImplemented, "not yet", "wait"))
    }

    fn prepare(&mut self) -> Result<()> {
        self.text().map(drop)
    }

    fn set_sql_query(&mut self, query: impl AsRef<str>) -> Result<()> {
        self.check()?;
        self.sql = Some(query.as_ref().to_owned());
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
            _ => Err(unknown(key, "statement", &KNOWN)),
        }
    }

    fn get_option_string(&self, option: OptionStatement) -> Result<String> {
        self.check()?;
        match option {
            OptionStatement::Incremental => Ok("false".to_owned()),
            _ => Err(nothing(option.as_ref(), "statement")),
        }
    }

    fn get_option_bytes(&self, key: OptionStatement) -> Result<Vec<u8>> {
        Err(nothing(key.as_ref(), "statement"))
    }

    fn get_option_int(&self, key: OptionStatement) -> Result<i64> {
        Err(nothing(key.as_ref(), "statement"))
    }

    fn get_option_double(&self, key: OptionStatement) -> Result<f64> {
        Err(nothing(key.as_ref(), "statement"))
    }
}
