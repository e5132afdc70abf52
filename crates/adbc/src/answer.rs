//! What a statement answers: its columns, and a stream of rows over all of its executions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;
use zuzen_engine::progress::Snapshot;
use zuzen_engine::{Engine, Error as Failure, Kind, Parameters, Progress, Running, Statement};

use crate::work::lock;

/// How far a statement is that runs, or that ran last.
pub(crate) type Watched = Arc<Mutex<Option<Progress>>>;

/// What is told now, if anything has run.
pub(crate) fn snapshot(watched: &Watched) -> Option<Snapshot> {
    let progress = lock(watched).clone();
    progress.map(|progress| progress.snapshot())
}

/// The rows of a statement, before any of them is read.
pub(crate) struct Answer {
    /// The columns as the statement's plan has them; ExecuteSchema tells the same.
    schema: SchemaRef,
    now: Option<SendableRecordBatchStream>,
    /// Executions that follow when the rows of this one have been taken.
    next: VecDeque<Statement>,
    engine: Arc<Engine>,
    watched: Watched,
}

impl Answer {
    /// Plans the statement with its first values. Without bound rows it runs once; over no row of them it does not run.
    ///
    /// # Errors
    /// Those of planning, and of values that do not fit.
    pub(crate) async fn begin(
        engine: Arc<Engine>,
        statement: Statement,
        bound: Option<Vec<Parameters>>,
        watched: Watched,
    ) -> Result<Self, Failure> {
        let mut next: VecDeque<Statement> = VecDeque::new();
        match bound {
            None => next.push_back(statement.clone().bind(&Parameters::default())?),
            // All of them are checked before the first one runs.
            Some(rows) => {
                for row in &rows {
                    next.push_back(statement.clone().bind(row)?);
                }
            }
        }
        let Some(first) = next.pop_front() else {
            let outline = engine.outline(statement).await?;
            return Ok(Self {
                schema: outline.rows,
                now: None,
                next,
                engine,
                watched,
            });
        };
        let (schema, rows) = run(&engine, first, &watched).await?;
        Ok(Self {
            schema,
            now: Some(rows),
            next,
            engine,
            watched,
        })
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next batch; `None` at the end of the last execution.
    ///
    /// # Errors
    /// Those of the statement.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        loop {
            let Some(rows) = &mut self.now else {
                return Ok(None);
            };
            if let Some(batch) = rows.next().await {
                let batch = batch?;
                if batch.num_rows() > 0 {
                    return Ok(Some(under(&self.schema, batch)?));
                }
                continue;
            }
            self.now = match self.next.pop_front() {
                Some(statement) => {
                    let (schema, rows) = run(&self.engine, statement, &self.watched).await?;
                    self.check(&schema)?;
                    Some(rows)
                }
                None => None,
            };
        }
    }

    /// Rows of all executions are one stream, so they must have the types of the first one.
    fn check(&self, schema: &SchemaRef) -> Result<(), Failure> {
        let kinds = |schema: &SchemaRef| {
            let fields = schema.fields().iter();
            fields
                .map(|field| field.data_type().clone())
                .collect::<Vec<_>>()
        };
        if kinds(schema) == kinds(&self.schema) {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Sql,
            "the statement has rows of other types for one of its bound rows than for the first",
        )
        .with_hint("write the types into the statement, for example CAST(? AS BIGINT)"))
    }
}

async fn run(
    engine: &Engine,
    statement: Statement,
    watched: &Watched,
) -> Result<(SchemaRef, SendableRecordBatchStream), Failure> {
    let planned = engine.run(statement).await?;
    let schema = Arc::clone(planned.schema().inner());
    let running = Running::begin(planned).await?;
    *lock(watched) = Some(running.progress());
    Ok((schema, running.into_rows()))
}

/// The batch under the schema that was announced. The physical plan may know less of what is never NULL, or other comments.
fn under(schema: &SchemaRef, batch: RecordBatch) -> Result<RecordBatch, Failure> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let (_, columns, _) = batch.into_parts();
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(crate::connection::internal)
}
