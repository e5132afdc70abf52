//! An account most of whose tickets are archived, which lists leave out: tickets, their metrics, comments and audits are
//! complete all the same, whatever `UseIncrementalAPI` says.
//!
//! CI runs a small account. The size of the requirement, 250,000 tickets: `ZUZEN_FULL_SIZE=1 cargo test --test it archive`
#![expect(
    clippy::print_stderr,
    reason = "--nocapture shows the figures of the full size"
)]

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::StreamExt as _;
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Account, AccountOptions, Counted, Faults};

use crate::stage::Stage;

fn account() -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 21,
        tickets: match std::env::var_os("ZUZEN_FULL_SIZE") {
            Some(_) => 250_000,
            None => 2_500,
        },
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

fn shared() -> &'static (Arc<Account>, Vec<Counted>) {
    static SHARED: OnceLock<(Arc<Account>, Vec<Counted>)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let account = account();
        let census = account.census();
        (account, census)
    })
}

/// The ids in the first column, each at most once, and what they cost.
async fn ids(stage: &Stage, engine: &Engine, sql: &str) -> Result<HashSet<i64>, Error> {
    let (began, before) = (Instant::now(), stage.simulator().request_count());
    let mut stream = engine.stream(sql).await?;
    let (mut ids, mut rows) = (HashSet::new(), 0);
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        rows += batch.num_rows();
        ids.extend(batch.column(0).as_primitive::<Int64Type>().values());
    }
    assert_eq!(ids.len(), rows, "rows came twice: {sql}");
    let sent = stage.simulator().request_count() - before;
    let told: String = sql.chars().take(90).collect();
    // Shown with --nocapture: the figures of the full size.
    eprintln!(
        "{rows} rows, {sent} requests, {:.1?}: {told}",
        began.elapsed()
    );
    Ok(ids)
}

fn of<'a, I>(census: &'a [Counted], pick: impl Fn(&'a Counted) -> I) -> HashSet<i64>
where
    I: IntoIterator<Item = i64>,
{
    census.iter().flat_map(pick).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_there_although_most_is_archived() {
    let (account, census) = shared();
    let archived = census.iter().filter(|ticket| ticket.archived).count();
    let share = archived * 100 / census.len();
    eprintln!("{} tickets, {share} % of them archived", census.len());
    assert!((68..=78).contains(&share), "{share} %");
    let stage = Stage::of(account, Faults::default(), "");
    let engine = stage.engine().unwrap();
    let found = ids(&stage, &engine, "SELECT id FROM tickets")
        .await
        .unwrap();
    assert!(found == of(census, |it| [it.id]), "{} tickets", found.len());
    let found = ids(&stage, &engine, "SELECT id FROM ticket_metrics")
        .await
        .unwrap();
    assert!(
        found == of(census, |it| [it.metric]),
        "{} metrics",
        found.len()
    );
    let found = ids(&stage, &engine, "SELECT id FROM ticket_comments")
        .await
        .unwrap();
    let comments = of(census, |it| it.comments.iter().copied());
    assert!(
        found == comments,
        "{} comments of {}",
        found.len(),
        comments.len()
    );
    // Some of the archived tickets, and some of the others.
    let chosen: Vec<&Counted> = census.iter().step_by(census.len() / 150).collect();
    let keys: Vec<String> = chosen.iter().map(|it| it.id.to_string()).collect();
    let keys = keys.join(", ");
    for (table, expected) in [
        (
            "ticket_audits",
            chosen
                .iter()
                .flat_map(|it| it.audits.clone())
                .collect::<HashSet<_>>(),
        ),
        (
            "ticket_comments",
            chosen.iter().flat_map(|it| it.comments.clone()).collect(),
        ),
        (
            "ticket_metrics",
            chosen.iter().map(|it| it.metric).collect(),
        ),
    ] {
        let sql = format!("SELECT id FROM {table} WHERE ticket_id IN ({keys})");
        let found = ids(&stage, &engine, &sql).await.unwrap();
        assert!(
            found == expected,
            "{table}: {} of {}",
            found.len(),
            expected.len()
        );
    }
}

/// What other programs read: the list of tickets and the list of metrics, which end before the archive begins.
#[tokio::test(flavor = "multi_thread")]
async fn plain_lists_lack_what_is_archived() {
    let (account, census) = shared();
    let folder = tempfile::tempdir().unwrap();
    for (table, path) in [
        ("naive_tickets", "tickets"),
        ("naive_metrics", "ticket_metrics"),
    ] {
        let file = format!(
            "about = \"The list alone.\"\nrows = \"What the list has.\"\nkey = \"id\"\n[columns]\nid = \"int64\"\n\
             [[read]]\nname = \"list\"\nget = \"/api/v2/{path}\"\nitems = \"{path}\"\npages = \"cursor\"\n"
        );
        std::fs::write(folder.path().join(format!("{table}.toml")), file).unwrap();
    }
    let stage = Stage::of(account, Faults::default(), "");
    let engine = stage.builder().tables(folder.path()).build().unwrap();
    let listed = ids(&stage, &engine, "SELECT id FROM naive_tickets")
        .await
        .unwrap();
    let living = census.iter().filter(|ticket| !ticket.archived);
    let living: HashSet<i64> = living.map(|ticket| ticket.id).collect();
    assert!(
        listed.len() * 2 < census.len(),
        "{} of {}",
        listed.len(),
        census.len()
    );
    // The list shows tickets of agents alone unless asked for more; none that it shows is archived.
    assert!(listed.is_subset(&living), "an archived ticket is listed");
    let measured = ids(&stage, &engine, "SELECT id FROM naive_metrics")
        .await
        .unwrap();
    let metrics = of(census, |it| [it.metric]);
    assert!(measured.is_subset(&metrics));
    assert!(
        measured.len() * 2 < metrics.len(),
        "{} of {}",
        measured.len(),
        metrics.len()
    );
}

/// Metrics are complete with each setting, or refused with the reason; never fewer rows.
#[tokio::test(flavor = "multi_thread")]
async fn no_setting_of_the_incremental_api_loses_metrics() {
    let (account, census) = shared();
    let metrics = of(census, |it| [it.metric]);
    let stage = Stage::of(account, Faults::default(), "");
    let (all, some) = (
        "SELECT id FROM ticket_metrics",
        census.iter().step_by(census.len() / 90),
    );
    let some: Vec<&Counted> = some.collect();
    let keys: Vec<String> = some.iter().map(|it| it.id.to_string()).collect();
    let by_key = format!("{all} WHERE ticket_id IN ({})", keys.join(", "));
    let few: HashSet<i64> = some.iter().map(|it| it.metric).collect();
    for (setting, is_whole) in [
        ("", true),
        ("UseIncrementalAPI=Auto;", true),
        ("UseIncrementalAPI=True;", true),
        ("UseIncrementalAPI=False;", false),
    ] {
        let engine = stage.with_properties(setting).build().unwrap();
        match ids(&stage, &engine, all).await {
            Ok(found) => assert!(is_whole && found == metrics, "{setting} {}", found.len()),
            Err(error) => {
                assert!(!is_whole, "{setting} {error}");
                assert_eq!(error.kind(), Kind::Unsupported, "{error}");
                assert!(
                    error.message().contains("UseIncrementalAPI=False"),
                    "{error}"
                );
                let hint = "set UseIncrementalAPI=Auto, or add `WHERE ticket_id = …`";
                assert_eq!(error.hint(), Some(hint));
            }
        }
        assert!(
            ids(&stage, &engine, &by_key).await.unwrap() == few,
            "{setting}"
        );
    }
    // An agent may not export: other reads serve, unless the setting forbids them.
    let agent = |setting: &str| {
        let text = stage.simulator().agent_connection_string();
        Engine::builder()
            .connection("zendesk", format!("{text}RetryPause=1;{setting}"))
            .build()
            .unwrap()
    };
    let error = ids(&stage, &agent("UseIncrementalAPI=True;"), all)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Permission, "{error}");
    assert!(
        error.hint().unwrap().contains("UseIncrementalAPI=Auto"),
        "{error}"
    );
    // Off: a request for each ticket, within a budget; that many only of a small account.
    if census.len() < 10_000 {
        let engine = stage
            .with_properties("UseIncrementalAPI=False;MaxRequests=100000;")
            .build()
            .unwrap();
        assert!(ids(&stage, &engine, all).await.unwrap() == metrics);
        let engine = stage
            .with_properties("UseIncrementalAPI=False;")
            .build()
            .unwrap();
        let tickets = ids(&stage, &engine, "SELECT id FROM tickets")
            .await
            .unwrap();
        assert!(tickets == of(census, |it| [it.id]));
        let exports = stage.simulator().requests();
        let last = exports.last().unwrap();
        assert!(!last.path.contains("incremental"), "{last:?}");
    }
}
