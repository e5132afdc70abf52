//! An export on a schedule: every so often, what has changed since the last time goes into a Parquet file of its own.
//!
//! ```sh
//! cargo run --example scheduled_export
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it shows what it does"
)]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use arrow::util::display::array_value_to_string;
use zuzen_engine::Engine;
use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

/// How often. A real export would run by the hour.
const PERIOD: Duration = Duration::from_secs(1);
/// How many times. A real export would not end.
const TIMES: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = Account::generate(&AccountOptions::default());
    let simulator = Simulator::start(account, Options::default()).await?;
    let engine = Engine::builder()
        .connection("zendesk", simulator.connection_string())
        // An embedded engine touches no files unless it is told to.
        .local_files(true)
        .build()?;
    let folder = tempfile::tempdir()?;
    let mut schedule = tokio::time::interval(PERIOD);
    let mut since = "2000-01-01T00:00:00Z".to_owned();
    for number in 0..TIMES {
        schedule.tick().await;
        // The newest rows are in two files: whoever loads them keeps the newest version of each id.
        let until = export(
            &engine,
            &since,
            &folder.path().join(format!("tickets-{number}.parquet")),
        )
        .await?;
        println!("tickets-{number}.parquet: what changed since {since}");
        since = until.unwrap_or(since);
    }
    engine.settle().await;
    Ok(())
}

/// Writes the tickets that were updated since then; gives the time to begin with next, if there were any.
async fn export(
    engine: &Engine,
    since: &str,
    file: &Path,
) -> Result<Option<String>, Box<dyn Error>> {
    let file = file.to_string_lossy().replace('\'', "''");
    // A file of this name is a finished one: COPY writes aside, and renames at the end.
    let copy = format!(
        "COPY (SELECT id, subject, status, updated_at FROM tickets WHERE updated_at >= TIMESTAMP '{since}') TO '{file}'"
    );
    engine.sql(&copy).await?.collect().await?;
    // Asked of the file, not of the account again.
    let newest = format!("SELECT max(updated_at) FROM '{file}'");
    let newest = engine.sql(&newest).await?.collect().await?;
    let newest = newest.iter().find(|batch| batch.num_rows() > 0);
    let newest = newest
        .map(|batch| array_value_to_string(batch.column(0), 0))
        .transpose()?;
    Ok(newest.filter(|text| !text.is_empty()))
}
