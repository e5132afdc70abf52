//! Random queries, three ways: pushdown on, pushdown off, and the same data in plain in-memory tables. All must agree.
//!
//! `ZUZEN_QUERIES=20000` asks for more of them, `ZUZEN_SEED=…` for others. A failure prints the statement, its number and
//! seed, and the plan. Every fourth query also runs with pushdown off: that is a full scan each time. Engines that have
//! learnt the size of the account, engines that know nothing, agents who may not export, and small pages take turns.

use std::fmt::Write as _;

use datafusion::prelude::SessionContext;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::Faults;

use crate::oracle;
use crate::query::{Comparison, Query, Random};
use crate::render;
use crate::stage::{self, Stage};

/// Failures shown at most.
const SHOWN: usize = 8;

/// What an engine has learnt decides which reads it takes, so most of them are new after this many queries.
const RENEWED: u64 = 20;

pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn random_queries_agree_with_plain_tables() {
    let queries = number("ZUZEN_QUERIES", 500);
    let seed = number("ZUZEN_SEED", 20_250_601);
    // A history up to now, so that lags matter, and a few tickets that only live reads know yet.
    let account = stage::recent(3, 600);
    write_some(&account);
    let stage = Stage::of(&account, Faults::default(), "");
    let learnt = stage.engine().unwrap();
    let tables = oracle::truth(&account);
    let plain = oracle::session(&tables, &["zendesk"]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let failures = runtime.block_on(async {
        let mut failures = Vec::new();
        let mut engines = renewed(&stage);
        for number in 0..queries {
            let query = Query::draw(&tables, &mut Random::new(seed, number));
            if number % RENEWED == 0 {
                engines = renewed(&stage);
            }
            let engine = match number % 4 {
                0 => &learnt,
                // The second of these is the agent's.
                2 if !query.is_the_same_for_all() => &learnt,
                turn => &engines[usize::try_from(turn).unwrap() - 1],
            };
            let modes: &[&str] = match number % 8 {
                0 | 1 => &["on", "off"],
                _ => &["on"],
            };
            for mode in modes {
                let set = format!("SET zuzen.pushdown = {mode}");
                engine.sql(&set).await.unwrap();
                if let Err(why) = check(engine, &plain, &query).await {
                    let way = format!("pushdown {mode}");
                    failures.push(report(engine, &query, seed, number, &way, &why).await);
                }
            }
            if failures.len() >= SHOWN {
                break;
            }
        }
        failures
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

/// Engines that know nothing: an administrator's, an agent's, one with small pages.
fn renewed(stage: &Stage) -> [Engine; 3] {
    let engines = [
        stage.engine(),
        stage.agent().build(),
        stage.with_properties("Pagesize=20;").build(),
    ];
    engines.map(Result::unwrap)
}

fn write_some(account: &zuzen_simulator::Account) {
    let known = account.truth("tickets");
    let open = |ticket: &&serde_json::Value| ticket["status"] == "open";
    let organization = known
        .iter()
        .find_map(|ticket| ticket["organization_id"].as_i64())
        .unwrap();
    for priority in ["urgent", "low"] {
        account.create_ticket(serde_json::json!({
            "subject": "Just written", "comment": "It broke.", "priority": priority, "tags": ["vip", "fresh"],
            "organization_id": organization,
        }));
    }
    if let Some(ticket) = known.iter().find(open) {
        let changes = serde_json::json!({"status": "solved", "tags": ["changed"]});
        account.update_ticket(ticket["id"].as_i64().unwrap(), changes);
    }
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    Ok(render::rows(&engine.sql(sql).await?.collect().await?))
}

async fn truth(plain: &SessionContext, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    Ok(render::rows(&plain.sql(sql).await?.collect().await?))
}

/// Runs a query and compares it with the oracle; says what differs.
pub(crate) async fn check(
    engine: &Engine,
    plain: &SessionContext,
    query: &Query,
) -> Result<(), String> {
    let expected = truth(plain, &query.sql).await;
    let found = rows(engine, &query.sql).await;
    let (mut found, mut expected) = match (found, expected) {
        (Ok(found), Ok(expected)) => (found, expected),
        // A statement that DataFusion itself refuses says nothing about us.
        (Err(_), Err(_)) => return Ok(()),
        (Err(error), Ok(_)) if error.kind() == Kind::Permission => return Ok(()),
        (Err(error), Ok(_)) => return Err(format!("failed: {error}")),
        // The planner takes a name once in a SELECT; equal ones are numbered here.
        (Ok(_), Err(error)) if error.to_string().starts_with("two columns ") => return Ok(()),
        (Ok(_), Err(error)) => return Err(format!("only the oracle failed: {error}")),
    };
    match &query.comparison {
        Comparison::Sequence => {}
        Comparison::Multiset => {
            found.sort();
            expected.sort();
        }
        Comparison::Prefix { all, sorted } => {
            let key = |rows: &[Vec<String>]| -> Vec<String> {
                rows.iter().map(|row| row[0].clone()).collect()
            };
            if *sorted && key(&found) != key(&expected) {
                let pairs = key(&found).into_iter().zip(key(&expected));
                let first = pairs
                    .enumerate()
                    .find(|(_, (found, expected))| found != expected);
                return Err(format!("sort keys differ at (found, expected): {first:?}"));
            }
            if found.len() != expected.len() {
                return Err(format!("{} rows, expected {}", found.len(), expected.len()));
            }
            let mut pool = truth(plain, all).await.map_err(|error| error.to_string())?;
            for row in &found {
                match pool.iter().position(|other| other == row) {
                    Some(place) => drop(pool.swap_remove(place)),
                    None => return Err(format!("no such row: {row:?}")),
                }
            }
            return Ok(());
        }
    }
    if found == expected {
        return Ok(());
    }
    let more = found.iter().find(|row| !expected.contains(row));
    let less = expected.iter().find(|row| !found.contains(row));
    Err(format!(
        "{} rows, expected {}; too many: {more:?}; missing: {less:?}",
        found.len(),
        expected.len()
    ))
}

pub(crate) async fn report(
    engine: &Engine,
    query: &Query,
    seed: u64,
    number: u64,
    way: &str,
    why: &str,
) -> String {
    let mut text = format!(
        "query {number} of seed {seed}, {way}: {why}\n{};\n",
        query.sql
    );
    let plan = match engine.sql(&format!("EXPLAIN {}", query.sql)).await {
        Ok(plan) => plan.collect().await.map_err(Error::from),
        Err(error) => Err(error),
    };
    match plan {
        Ok(batches) => {
            for row in render::rows(&batches) {
                if row[0] == "physical_plan" {
                    text.push_str(&row[1].replace("\\n", "\n"));
                }
            }
        }
        Err(error) => {
            let _ = write!(text, "no plan: {error}");
        }
    }
    text
}
