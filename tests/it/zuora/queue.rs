//! Jobs that wait for others: `system.jobs` tells their place in Zuora's queue, and what it tells costs no rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use zuzen_engine::Engine;
use zuzen_simulator::{Faults, QueryFaults, QueryState};

use super::oracle;
use super::stage::{DATA_QUERY, Served, quick, runtime};
use crate::render;

const OF_OTHERS: &str = "SELECT id FROM product";
const WAITING: [&str; 2] = [
    "SELECT id, name, balance FROM account",
    "SELECT currency, count(*) FROM account GROUP BY currency",
];

const PLACES: &str = "SELECT queue_place FROM system.jobs WHERE purpose = 'data' AND state = 'queued' ORDER BY number";

async fn rows(engine: &Engine, sql: &str) -> Vec<Vec<String>> {
    let found = engine.sql(sql).await.unwrap().collect().await.unwrap();
    render::rows(&found)
}

async fn truth(sql: &str) -> Vec<Vec<String>> {
    let plain = oracle::session(oracle::frozen(), None);
    let mut rows = render::rows(&plain.sql(sql).await.unwrap().collect().await.unwrap());
    rows.sort();
    assert!(!rows.is_empty(), "{sql}");
    rows
}

/// Waits longer than a job has to be queued before its place is asked for.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_job_that_waits_knows_its_place() {
    let mut options = quick();
    options.query.limits.running = 1;
    let served = Served::with(options);
    let others = served.engine(DATA_QUERY, "");
    let engine = Arc::new(served.engine(DATA_QUERY, ""));
    runtime().block_on(async {
        for sql in WAITING {
            let plan = engine.sql(&format!("EXPLAIN {sql}")).await.unwrap();
            plan.collect().await.unwrap();
        }
        let slow = QueryFaults {
            slow_jobs: 60,
            ..QueryFaults::default()
        };
        served.spoil(&others, &[OF_OTHERS], slow).await;
        let stream = others.stream(OF_OTHERS).await.unwrap();
        let others = tokio::spawn(async move { stream.try_collect::<Vec<_>>().await });
        let begins = || async {
            let jobs = served.data_jobs();
            jobs.iter().any(|job| job.state == QueryState::InProgress)
        };
        until("a job of others", begins).await;
        served.simulator.set_faults(Faults::default());
        let found = WAITING.map(|sql| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move { rows(&engine, sql).await })
        });
        until("both places", || async {
            let mut places = rows(&engine, PLACES).await;
            places.sort();
            places == [["1"], ["2"]]
        })
        .await;
        others.abort();
        for (sql, found) in WAITING.iter().zip(found) {
            let mut found = found.await.unwrap();
            found.sort();
            assert_eq!(found, truth(sql).await, "{sql}");
        }
        assert!(rows(&engine, PLACES).await.is_empty());
        let left = "SELECT count(*) FROM system.jobs WHERE queue_place IS NOT NULL";
        assert_eq!(rows(&engine, left).await, [["0"]]);
        let asked = "SELECT DISTINCT method, path, query FROM system.requests WHERE read = 'queue'";
        assert_eq!(
            rows(&engine, asked).await,
            [["GET", "/query/jobs", "queryStatus=accepted&pageSize=100"]]
        );
    });
}
