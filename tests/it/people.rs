//! Whether the lists of people take `sort=` is unconfirmed: both kinds of account must give the same rows.

use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use zuzen_engine::Engine;
use zuzen_simulator::{Options, Simulator};

use crate::stage::frozen;

/// Statements that a sorted list would serve.
const STATEMENTS: &[&str] = &[
    "SELECT id, name FROM users ORDER BY updated_at DESC, id LIMIT 7",
    "SELECT id, name FROM organizations ORDER BY updated_at DESC, id LIMIT 7",
    "SELECT id FROM users ORDER BY id DESC LIMIT 7",
    "SELECT id FROM organizations ORDER BY id DESC LIMIT 7",
    "SELECT count(*), min(id), max(id) FROM users",
    "SELECT count(*), min(id), max(id) FROM organizations",
    "SELECT id FROM users WHERE updated_at >= TIMESTAMP '2025-05-20T00:00:00Z' ORDER BY id",
    "SELECT id FROM organizations WHERE updated_at >= TIMESTAMP '2025-04-01T00:00:00Z' ORDER BY id",
];

/// The rows of every statement, twice over: what was refused once must not be missed the second time.
async fn rows(sorted_people: bool) -> (Vec<String>, usize) {
    let options = Options {
        strict: true,
        sorted_people,
        compression: false,
        ..Options::default()
    };
    let simulator = Simulator::start(Arc::clone(&frozen()), options)
        .await
        .unwrap();
    let engine = Engine::builder()
        .connection("zendesk", simulator.connection_string())
        .build()
        .unwrap();
    let mut all = Vec::new();
    for statement in STATEMENTS.iter().chain(STATEMENTS) {
        let frame = engine.sql(statement).await.unwrap();
        let batches = frame.collect().await.unwrap();
        all.push(pretty_format_batches(&batches).unwrap().to_string());
    }
    let requests = simulator.requests();
    let refused = requests.iter().filter(|request| request.status == 400);
    (all, refused.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_refuse_to_sort_people_give_the_same_rows() {
    let (sorted, never) = rows(true).await;
    let (refusing, refused) = rows(false).await;
    for (place, (sorted, refusing)) in sorted.iter().zip(&refusing).enumerate() {
        assert_eq!(sorted, refusing, "{}", STATEMENTS[place % STATEMENTS.len()]);
        assert!(sorted.lines().count() > 4, "rows to compare: {sorted}");
    }
    assert_eq!(never, 0);
    assert!(
        (1..=4).contains(&refused),
        "{refused} refusals: tried, and remembered"
    );
}
