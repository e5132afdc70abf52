//! How far a statement under way is: what the engine tells of it while its rows are taken.

use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use zuzen_engine::progress::{JobState, Snapshot};
use zuzen_engine::{Engine, Running};
use zuzen_simulator::{Faults, QueryFaults};

use crate::stage::{Stage, frozen};
use crate::zuora::stage::{DATA_QUERY, Served, runtime};

async fn start(engine: &Engine, sql: &str) -> Running {
    let statement = engine.statements(sql).unwrap().remove(0);
    engine.start(statement).await.unwrap()
}

/// Takes all rows, and what was told every few milliseconds until the end.
async fn watched(running: Running) -> (u64, Vec<Snapshot>) {
    let progress = running.progress();
    let rows = running.into_rows();
    let taken = tokio::spawn(async move {
        let batches: Vec<_> = rows.try_collect().await.unwrap();
        batches.iter().map(|batch| batch.num_rows() as u64).sum()
    });
    let begun = Instant::now();
    let mut told = Vec::new();
    loop {
        let now = progress.snapshot();
        let over = now.is_over;
        told.push(now);
        if over {
            return (taken.await.unwrap(), told);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "never over");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn figures_grow_up_to_what_the_api_has_seen() {
    let slow = Faults {
        latency: Duration::from_millis(25),
        ..Faults::default()
    };
    let stage = Stage::of(&frozen(), slow, "Pagesize=100;");
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let running = start(&engine, "SELECT id, subject FROM tickets").await;
        let before = stage.simulator().request_count();
        let (rows, told) = watched(running).await;
        let sent = stage.simulator().request_count() - before;
        let first = &told[0];
        assert_eq!((first.requests.sent, first.rows, first.bytes), (0, 0, 0));
        assert!(first.requests.expected.unwrap() >= first.requests.at_least);
        assert!(first.requests.at_least >= 1);
        let last = told.last().unwrap();
        assert_eq!((last.requests.sent, last.rows), (sent, rows));
        assert!(last.rows_read >= rows && rows > 1_000, "{last:?}");
        assert!(last.bytes > 100_000, "{last:?}");
        let between = |told: &&Snapshot| told.rows > 0 && told.rows < rows;
        assert!(told.iter().any(|told| between(&told)), "{told:?}");
        for pair in told.windows(2) {
            assert!(pair[0].requests.sent <= pair[1].requests.sent);
            assert!(pair[0].bytes <= pair[1].bytes && pair[0].elapsed <= pair[1].elapsed);
            assert!(pair[1].requests.expected.unwrap() >= pair[1].requests.sent);
        }
        // It stands still from then on.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let running = start(&engine, "SELECT id FROM groups").await;
        let progress = running.progress();
        drop(running);
        let ended = progress.snapshot();
        assert!(ended.is_over && ended.requests.sent == 0);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(progress.snapshot(), ended);
    });
}

#[test]
fn equal_scans_count_once_and_keys_change_what_is_expected() {
    let stage = Stage::of(&frozen(), Faults::default(), "");
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let (_, alone) = watched(start(&engine, "SELECT * FROM groups").await).await;
        let twice = "SELECT a.id FROM groups a JOIN groups b ON a.id = b.id";
        let (_, shared) = watched(start(&engine, twice).await).await;
        assert_eq!(alone[0].requests.expected, shared[0].requests.expected);
        let (one, two) = (alone.last().unwrap(), shared.last().unwrap());
        assert_eq!((one.rows_read, one.requests.sent), (two.rows_read, two.requests.sent));
        let keyed = "SELECT u.name FROM tickets t JOIN users u ON u.id = t.requester_id WHERE t.id IN (1, 2, 3)";
        let (_, told) = watched(start(&engine, keyed).await).await;
        let last = told.last().unwrap().requests;
        assert_eq!(last.expected, Some(last.sent), "{last:?}");
        // Nothing is sent for what the engine knows itself.
        let (rows, told) = watched(start(&engine, "SELECT 1 UNION ALL SELECT 2").await).await;
        let last = told.last().unwrap();
        assert_eq!((rows, last.rows, last.requests.sent), (2, 2, 0));
        assert_eq!(last.requests.expected, Some(0));
    });
}

#[test]
fn a_statement_says_what_it_waits_for() {
    let throttled = Faults {
        throttle_every: 3,
        retry_after: 1,
        ..Faults::default()
    };
    let stage = Stage::of(&frozen(), throttled, "Pagesize=500;");
    let engine = stage.engine().unwrap();
    runtime().block_on(async {
        let (_, told) = watched(start(&engine, "SELECT id FROM tickets").await).await;
        let waiting = told.iter().find_map(|told| told.waiting.clone()).unwrap();
        assert_eq!(waiting.connection, "zendesk");
        assert!(waiting.family.is_some(), "{waiting:?}");
        assert!(told.last().unwrap().waiting.is_none());
    });
}

#[test]
fn jobs_show_their_state_until_they_are_over() {
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    runtime().block_on(async {
        let sql = "SELECT id, name FROM account";
        let slow = QueryFaults {
            slow_jobs: 1,
            ..QueryFaults::default()
        };
        served.spoil(&engine, &[sql], slow).await;
        let (rows, told) = watched(start(&engine, sql).await).await;
        let last = told.last().unwrap();
        assert!(
            rows > 0 && last.rows_read == rows && last.requests.sent >= 3,
            "{last:?}"
        );
        assert_eq!(last.requests.expected, None);
        assert!(last.jobs.is_empty());
        let jobs: Vec<_> = told.iter().flat_map(|told| &told.jobs).collect();
        assert!(
            jobs.iter()
                .all(|job| job.connection == "zuora" && job.service == "Data Query"),
            "{jobs:?}"
        );
        assert!(
            jobs.iter().any(|job| job.state == JobState::Running),
            "{jobs:?}"
        );
    });
}
