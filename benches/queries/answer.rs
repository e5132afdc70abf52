//! Asking the engine: rows are counted and dropped as they arrive, requests are read from `system.requests`.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt as _;
use zuzen_engine::Engine;

use crate::Outcome;
use crate::account::Account;
use crate::process::{Cost, Stopwatch};

/// What a statement gave and took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: u64,
    pub(crate) requests: Vec<Request>,
    pub(crate) cost: Cost,
}

/// A request that was sent.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Request {
    /// Path and query.
    pub(crate) address: String,
    pub(crate) table: String,
    pub(crate) bytes: u64,
}

impl Answer {
    /// Bytes of all answers, decompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.requests.iter().map(|request| request.bytes).sum()
    }
}

/// Runs a statement in an engine that knows nothing yet, from planning to the last row.
pub(crate) async fn ask(account: &Account, sql: &str) -> Outcome<Answer> {
    let engine = Engine::builder()
        .connection("zendesk", account.properties())
        .build()?;
    let watch = Stopwatch::start(&account.processes());
    let mut rows = 0;
    let mut batches = engine.stream(sql).await?;
    while let Some(batch) = batches.try_next().await? {
        rows += batch.num_rows() as u64;
    }
    let cost = watch.stop();
    Ok(Answer {
        rows,
        requests: requests(&engine).await?,
        cost,
    })
}

/// The values of a statement's first column.
pub(crate) async fn keys(properties: &str, sql: &str) -> Outcome<Vec<i64>> {
    let engine = Engine::builder()
        .connection("zendesk", properties)
        .build()?;
    let batches: Vec<_> = engine.stream(sql).await?.try_collect().await?;
    let mut found = Vec::new();
    for batch in &batches {
        found.extend(batch.column(0).as_primitive::<Int64Type>().values());
    }
    Ok(found)
}

async fn requests(engine: &Engine) -> Outcome<Vec<Request>> {
    let sql = "SELECT path, query, table_name, bytes FROM system.requests";
    let batches: Vec<_> = engine.stream(sql).await?.try_collect().await?;
    let mut requests = Vec::new();
    for batch in &batches {
        let text = |column: usize| batch.column(column).as_string::<i32>();
        let (paths, queries, tables) = (text(0), text(1), text(2));
        let bytes = batch.column(3).as_primitive::<Int64Type>();
        requests.extend((0..batch.num_rows()).map(|row| Request {
            address: format!("{}?{}", paths.value(row), queries.value(row)),
            table: tables.value(row).to_owned(),
            bytes: bytes.value(row).unsigned_abs(),
        }));
    }
    Ok(requests)
}
