//! Random queries over the tenant: Data Query with pushdown and without, exports, both at will, and the same data in plain
//! in-memory tables. All must agree.
//!
//! `ZUZEN_QUERIES=5000` asks for more of them, `ZUZEN_SEED=…` for others. A failure prints the statement, its number and
//! seed, and the plan. Data Query runs each statement whole where it can; every other way is taken by some of them, as it
//! reads whole tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use futures::StreamExt;
use zuzen_engine::Engine;

use super::oracle;
use super::query::Draw;
use super::stage::{AUTO, DATA_QUERY, EXPORT, Served, runtime};
use crate::differential::{check, number, report};

/// Failures shown at most.
const SHOWN: usize = 8;

/// Statements under way: most of the time is spent waiting for jobs.
const AT_ONCE: usize = 8;

/// Ways of running a statement: a service, pushdown, and one statement of how many takes it.
const WAYS: [(&str, &str, u64); 5] = [
    (DATA_QUERY, "on", 1),
    (DATA_QUERY, "off", 5),
    (EXPORT, "on", 5),
    (EXPORT, "off", 25),
    (AUTO, "on", 5),
];

#[derive(Debug)]
struct Way {
    service: &'static str,
    name: String,
    engine: Engine,
    every: u64,
}

#[test]
fn random_queries_agree_with_the_tenants_rows() {
    let queries = number("ZUZEN_QUERIES", 300);
    let seed = number("ZUZEN_SEED", 20_251_128);
    let served = Served::frozen();
    let tables = oracle::frozen();
    let exact = oracle::session(tables, None);
    // What an export tells has whole seconds.
    let in_seconds = oracle::session(&oracle::in_seconds(tables), None);
    let ways = WAYS.map(|(service, pushdown, every)| {
        let engine = served.engine(service, "");
        Arc::new(Way {
            service,
            name: format!("{service}, pushdown {pushdown}"),
            engine,
            every,
        })
    });
    let (failures, refused, lacking) = runtime().block_on(async {
        for (way, (_, pushdown, _)) in ways.iter().zip(WAYS) {
            let set = format!("SET zuzen.pushdown = {pushdown}");
            way.engine.sql(&set).await.unwrap();
        }
        let tasks = (0..queries).flat_map(|number| {
            let turns = ways.iter().enumerate();
            let turns =
                turns.filter(move |(at, way)| (number + *at as u64).is_multiple_of(way.every));
            turns.map(move |(_, way)| (number, Arc::clone(way)))
        });
        let (exact, in_seconds) = (&exact, &in_seconds);
        let mut outcomes = futures::stream::iter(tasks)
            .map(|(number, way)| async move {
                let plain = if way.service == EXPORT {
                    in_seconds
                } else {
                    exact
                };
                run(number, seed, &way, plain).await
            })
            .buffer_unordered(AT_ONCE);
        let (mut failures, mut refused, mut lacking) = (Vec::new(), 0, 0);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Outcome::Agreed => {}
                Outcome::Lacking => lacking += 1,
                Outcome::Refused => refused += 1,
                Outcome::Failed(text) => failures.push(text),
            }
            if failures.len() >= SHOWN {
                break;
            }
        }
        (failures, refused, lacking)
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
    assert!(
        refused * 20 <= queries,
        "{refused} of {queries} statements are no SQL to DataFusion and prove nothing"
    );
    assert!(
        lacking * 4 <= queries,
        "{lacking} of {queries} statements asked an export for what it lacks"
    );
    let jobs = served.data_jobs();
    let whole = jobs
        .iter()
        .filter(|job| job.statement.contains("JOIN"))
        .count() as u64;
    assert!(
        whole * 8 >= queries,
        "only {whole} joins of {queries} statements ran at Zuora"
    );
}

/// Parts of the names of moments.
const TIMES: [&str; 6] = [
    "createddate",
    "updateddate",
    "posteddate",
    "lastemailsentdate",
    "chargedate",
    "datetime",
];

/// What is said of columns that the export does not have, or does not know although it says so.
const LACKING: [&str; 3] = [
    "an AQuA export does not have the column",
    "the export rejects the field",
    "There is no field named",
];

enum Outcome {
    Agreed,
    Lacking,
    Refused,
    Failed(String),
}

async fn run(number: u64, seed: u64, way: &Way, plain: &SessionContext) -> Outcome {
    let query = Draw::new(oracle::frozen(), seed, number).query();
    // Times that come from both services at will have a fraction or none.
    let is_timed = TIMES.iter().any(|name| query.sql.contains(name));
    if way.service == AUTO && is_timed {
        return Outcome::Agreed;
    }
    if plain.sql(&query.sql).await.is_err() {
        return Outcome::Refused;
    }
    match check(&way.engine, plain, &query).await {
        Ok(()) => Outcome::Agreed,
        // The export has fewer columns, and says so.
        Err(why)
            if way.service != DATA_QUERY && LACKING.iter().any(|words| why.contains(words)) =>
        {
            Outcome::Lacking
        }
        Err(why) => {
            Outcome::Failed(report(&way.engine, &query, seed, number, &way.name, &why).await)
        }
    }
}

/// Every shape of a statement is drawn, and every clause that a statement may have.
#[test]
fn drawn_queries_hold_what_they_are_meant_to() {
    let words = [
        " JOIN ",
        " LEFT JOIN ",
        " FULL JOIN ",
        " RIGHT JOIN ",
        " NOT IN (SELECT",
        " EXISTS ",
        " HAVING ",
        " DISTINCT ",
        " OFFSET ",
        " OVER ",
        " UNION ALL ",
        "WITH ",
        " FILTER ",
        " LIKE ",
        " BETWEEN ",
        " CASE ",
        "substr(",
        "date_trunc(",
        "date_part(",
        "extract(",
        "coalesce(",
        "nullif(",
        "abs(",
        "concat(",
        " || ",
        ".000001Z",
        " IS NULL",
        "avg(",
        "length(",
        "count(DISTINCT",
    ];
    let mut counts: BTreeMap<&str, u32> = words.iter().map(|word| (*word, 0)).collect();
    for number in 0..300 {
        let query = Draw::new(oracle::frozen(), 20_251_128, number).query();
        for (word, count) in &mut counts {
            *count += u32::from(query.sql.contains(word));
        }
    }
    counts.retain(|_, count| *count == 0);
    assert!(counts.is_empty(), "never drawn: {counts:?}");
}
