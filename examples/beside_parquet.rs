//! zuzen's tables in somebody else's `SessionContext`, joined with a Parquet file.
//!
//! ```sh
//! cargo run --example beside_parquet
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it shows what it does"
)]

use std::error::Error;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider as _, MemoryCatalogProvider};
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use zuzen_engine::Engine;
use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = Account::generate(&AccountOptions::default());
    let simulator = Simulator::start(account, Options::default()).await?;
    let engine = Engine::builder()
        .connection("zendesk", simulator.connection_string())
        .build()?;

    // Your own session, with your own files, functions and settings.
    let folder = tempfile::tempdir()?;
    let targets = folder.path().join("targets.parquet");
    let targets = targets.to_string_lossy();
    let mine = SessionContext::new();
    mine.sql("SELECT * FROM (VALUES ('urgent', 4), ('high', 24), ('normal', 72), ('low', 168)) AS t (priority, hours)")
        .await?
        .write_parquet(&targets, DataFrameWriteOptions::new(), None)
        .await?;
    mine.register_parquet("targets", &*targets, ParquetReadOptions::default())
        .await?;

    // The connection's tables become a schema there. Filters, limits and keys of joins go to the API as in zuzen's own session.
    let catalog = MemoryCatalogProvider::new();
    let tables = engine.schema("zendesk").ok_or("no such connection")?;
    catalog.register_schema("zendesk", tables)?;
    mine.register_catalog("desk", Arc::new(catalog));

    mine.sql(
        "SELECT t.priority, count(*) AS open, min(targets.hours) AS hours \
         FROM desk.zendesk.tickets t JOIN targets ON targets.priority = t.priority \
         WHERE t.status = 'open' GROUP BY t.priority ORDER BY hours",
    )
    .await?
    .show()
    .await?;
    Ok(())
}
