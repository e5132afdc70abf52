//! `docs/sql-compatibility.md`, run: every block of SQL against simulated accounts of both vendors, every example of a
//! function against what the page says of it.

use std::path::PathBuf;

use zuzen_engine::{Engine, Error};
use zuzen_simulator::Faults;

use crate::render;
use crate::stage::{Stage, recent};
use crate::zuora::stage::{AUTO, Served, runtime};

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/sql-compatibility.md");
    std::fs::read_to_string(path).unwrap()
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let batches = engine.sql(sql).await?.collect().await?;
    Ok(render::rows(&batches))
}

#[test]
fn every_block_runs_over_both_vendors() {
    let page = page();
    let fences: Vec<&str> = page.split("```").collect();
    let blocks = fences.iter().skip(1).step_by(2);
    let blocks: Vec<&str> = blocks
        .filter_map(|block| block.strip_prefix("sql\n"))
        .collect();
    assert!(blocks.len() >= 10, "the page has {} blocks", blocks.len());
    let zendesk = Stage::of(&recent(1, 300), Faults::default(), "");
    let served = Served::frozen();
    runtime().block_on(async {
        let engine = served.beside(&zendesk, AUTO);
        let mut empty = 0;
        for block in &blocks {
            let found = rows(&engine, block).await;
            let found = found.unwrap_or_else(|error| panic!("{block}\n{error}"));
            empty += usize::from(found.is_empty());
        }
        // Over an account that has a history up to now, they have something to show.
        assert!(empty <= 1, "{empty} blocks find nothing");
    });
}

#[test]
fn every_example_gives_what_the_page_says() {
    let page = page();
    let examples: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?
                .strip_suffix("` |")?
                .split_once("` | `")
        })
        .filter(|(call, _)| call.contains('(') && !call.contains("L_"))
        .collect();
    assert!(
        examples.len() >= 80,
        "the page has {} examples",
        examples.len()
    );
    let engine = Engine::builder().build().unwrap();
    runtime().block_on(async {
        let mut wrong = Vec::new();
        for (call, expected) in examples {
            let found = rows(&engine, &format!("SELECT {call}")).await;
            let found = found.map(|rows| rows.concat().join(" "));
            let found = found.unwrap_or_else(|error| error.to_string());
            if found != expected {
                wrong.push(format!("{call}: {found}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}
