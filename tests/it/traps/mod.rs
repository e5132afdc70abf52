//! What other connectors are known to get wrong, each as a test: rows that are missing, rows that come twice, scans that never
//! end, statements that break because of a table they do not name.
//!
//! What is shown elsewhere is not shown again: faults of the network in `faults.rs`, the archive in `archive.rs`, tokens in
//! `sharing/`, filters in `differential.rs`.

mod limits;
mod lists;
mod rows;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use zuzen_engine::{Engine, Error};
use zuzen_simulator::{Account, AccountOptions};

use crate::render;

/// An account with more than 10,000 people and memberships: more than numbered pages reach.
fn crowded() -> Arc<Account> {
    static CROWDED: OnceLock<Arc<Account>> = OnceLock::new();
    Arc::clone(CROWDED.get_or_init(|| sized(80_000)))
}

fn sized(tickets: u32) -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 31,
        tickets,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    Ok(render::rows(&engine.sql(sql).await?.collect().await?))
}

/// The first column of a statement whose rows must not come twice.
async fn once(engine: &Engine, sql: &str) -> HashSet<String> {
    let found = rows(engine, sql).await;
    let found = found.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let all = found.len();
    let ids: HashSet<String> = found
        .into_iter()
        .map(|mut row| row.swap_remove(0))
        .collect();
    assert_eq!(ids.len(), all, "rows came twice: {sql}");
    ids
}

/// The true ids of a table.
fn truth(account: &Account, table: &str) -> HashSet<String> {
    let all = account.truth(table).into_iter();
    all.map(|row| row["id"].to_string()).collect()
}
