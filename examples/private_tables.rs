//! A folder of private table files: tables for endpoints that zuzen does not know, or descriptions of your own for those
//! that it does.
//!
//! ```sh
//! cargo run --example private_tables
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it shows what it does"
)]

use std::error::Error;

use zuzen_engine::Engine;
use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

/// The file's name is the table's. CONTRIBUTING.md of this project explains every word.
const TEAMS: &str = r#"
about = "A team, as our reports call groups."
rows = "Groups that exist; deleted ones are not."
key = "id"

[columns]
id = "int64"
name = "text"
created_at = "timestamp"

[[read]]
name = "list"
get = "/api/v2/groups"
items = "groups"
pages = "cursor"
query.exclude_deleted = "true"

[[read]]
name = "show"
get = "/api/v2/groups/{id}"
items = "group"
pages = "none"
exact = ["id"]
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("teams.toml"), TEAMS)?;
    let account = Account::generate(&AccountOptions::default());
    let simulator = Simulator::start(account, Options::default()).await?;
    let engine = Engine::builder()
        .connection("zendesk", simulator.connection_string())
        // Checked as the built-in ones are: every mistake of every file is told at once.
        .tables(folder.path())
        .build()?;
    engine
        .sql("SELECT id, name FROM teams ORDER BY name LIMIT 5")
        .await?
        .show()
        .await?;
    // It is planned like any other.
    engine
        .sql("EXPLAIN SELECT name FROM teams WHERE id = 1")
        .await?
        .show()
        .await?;
    Ok(())
}
