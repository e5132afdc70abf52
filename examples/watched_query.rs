//! A query to Arrow batches, with a callback that says how far it is.
//!
//! ```sh
//! cargo run --example watched_query
//! cargo run --example watched_query 'URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=…'
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it shows what it does"
)]

use std::error::Error;
use std::time::Duration;

use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt as _;
use zuzen_engine::Engine;
use zuzen_engine::progress::Snapshot;
use zuzen_simulator::{Account, AccountOptions, Faults, Options, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Without an account of yours, a simulated one that takes its time.
    let simulator = match std::env::args().nth(1) {
        Some(_) => None,
        None => Some(slow_account().await?),
    };
    let connection = match &simulator {
        Some(simulator) => simulator.connection_string(),
        None => std::env::args().nth(1).unwrap_or_default(),
    };
    let engine = Engine::builder()
        .connection("zendesk", connection)
        .build()?;
    let sql = "SELECT u.role, count(*) AS people, max(u.created_at) AS newest FROM users u GROUP BY u.role";
    for statement in engine.statements(sql)? {
        let running = engine.start(statement).await?;
        let progress = running.progress();
        let watcher = tokio::spawn(async move {
            loop {
                let now = progress.snapshot();
                tell(&now);
                if now.is_over {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        // Batches come as the pages do; nothing is collected unless you collect it, as here.
        let batches: Vec<_> = running.into_rows().try_collect().await?;
        watcher.await?;
        println!("{}", pretty_format_batches(&batches)?);
    }
    // Lets nothing begin that must not be cut short, such as the renewal of a token.
    engine.settle().await;
    Ok(())
}

/// The callback.
fn tell(now: &Snapshot) {
    let sent = now.requests.sent;
    let expected = now
        .requests
        .expected
        .map_or("?".to_owned(), |expected| expected.to_string());
    eprintln!(
        "{sent} of {expected} requests, {} rows read, {} bytes",
        now.rows_read, now.bytes
    );
}

async fn slow_account() -> Result<Simulator, std::io::Error> {
    let account = Account::generate(&AccountOptions::default());
    let faults = Faults {
        latency: Duration::from_millis(150),
        ..Faults::default()
    };
    let options = Options {
        faults,
        ..Options::default()
    };
    Simulator::start(account, options).await
}
