//! What goes wrong with Data Query: what passes changes nothing, what stays is an error that says so and gives no rows; no
//! file is asked for with credentials; what nobody waits for is cancelled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Faults, Object, Options, QueryFaults, QueryState, Stranger};

use super::oracle;
use super::stage::{DATA_QUERY, Served, quick, runtime};
use crate::render;

/// A table alone, and a subplan of two.
const STATEMENTS: [&str; 2] = [
    "SELECT id, name, crmid, balance, updateddate FROM account",
    "SELECT a.id, count(*), sum(i.amount) FROM account a JOIN invoice i ON i.accountid = a.id WHERE a.crmid IS NULL GROUP BY a.id",
];

/// Longest time that something may take to show itself.
const PATIENCE: Duration = Duration::from_secs(30);

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = render::rows(&engine.sql(sql).await?.collect().await?);
    rows.sort();
    Ok(rows)
}

async fn truth(sql: &str) -> Vec<Vec<String>> {
    let plain = oracle::session(oracle::frozen(), None);
    let mut rows = render::rows(&plain.sql(sql).await.unwrap().collect().await.unwrap());
    rows.sort();
    assert!(!rows.is_empty(), "{sql}");
    rows
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn begins(served: &Served) -> bool {
    let jobs = served.data_jobs();
    jobs.iter().any(|job| job.state == QueryState::InProgress)
}

#[test]
fn what_passes_changes_nothing() {
    let none = QueryFaults::default();
    let cases = [
        (
            "transient jobs",
            QueryFaults {
                transient_jobs: 2,
                ..none.clone()
            },
        ),
        (
            "a full queue",
            QueryFaults {
                full_submits: 2,
                ..none.clone()
            },
        ),
        (
            "lost submits",
            QueryFaults {
                lost_submits: 1,
                ..none.clone()
            },
        ),
        (
            "bad polls",
            QueryFaults {
                bad_polls: 3,
                ..none.clone()
            },
        ),
        (
            "an expired address",
            QueryFaults {
                expired_address: true,
                ..none.clone()
            },
        ),
        (
            "storage errors",
            QueryFaults {
                storage_errors: 2,
                ..none.clone()
            },
        ),
        (
            "a broken download",
            QueryFaults {
                storage_resets: 1,
                ..none
            },
        ),
    ];
    runtime().block_on(async {
        let cases = cases.into_iter().map(|(name, faults)| async move {
            let served = Served::frozen();
            let engine = served.engine(DATA_QUERY, "");
            for sql in STATEMENTS {
                served.spoil(&engine, &[sql], faults.clone()).await;
                match rows(&engine, sql).await {
                    Ok(found) => assert_eq!(found, truth(sql).await, "{name}: {sql}"),
                    Err(error) => panic!("{name}: {sql}: {error}"),
                }
            }
            assert_eq!(
                served.simulator.storage_leaks(),
                Vec::<String>::new(),
                "{name}"
            );
        });
        futures::future::join_all(cases).await;
    });
}

#[test]
fn what_stays_is_an_error_with_its_reason() {
    let none = QueryFaults::default();
    let cases = [
        (
            "broken",
            QueryFaults {
                broken_jobs: true,
                ..none.clone()
            },
            Kind::Remote,
            "internal error has occurred",
        ),
        (
            "killed",
            QueryFaults {
                killed_jobs: true,
                ..none.clone()
            },
            Kind::TooExpensive,
            "maximum time limit",
        ),
        (
            "purged file",
            QueryFaults {
                purged_files: true,
                ..none.clone()
            },
            Kind::Remote,
            "",
        ),
        (
            "purged job",
            QueryFaults {
                purged_jobs: true,
                ..none.clone()
            },
            Kind::Remote,
            "",
        ),
        (
            "truncated file",
            QueryFaults {
                truncated_files: true,
                ..none.clone()
            },
            Kind::Remote,
            "cut short",
        ),
        (
            "missing row",
            QueryFaults {
                missing_row: true,
                ..none.clone()
            },
            Kind::Decode,
            "says that the result has",
        ),
        (
            "redirect",
            QueryFaults {
                redirected_files: true,
                ..none.clone()
            },
            Kind::Remote,
            "",
        ),
        (
            "malformed line",
            QueryFaults {
                malformed_line: true,
                ..none.clone()
            },
            Kind::Decode,
            "row 2",
        ),
        (
            "vanished column",
            QueryFaults {
                vanished_column: Some("crmid"),
                ..none
            },
            Kind::Remote,
            "crmid",
        ),
    ];
    runtime().block_on(async {
        let cases = cases
            .into_iter()
            .map(|(name, faults, kind, word)| async move {
                let served = Served::frozen();
                let engine = served.engine(DATA_QUERY, "");
                served.spoil(&engine, &STATEMENTS, faults).await;
                let mut wrong = Vec::new();
                for sql in STATEMENTS {
                    match rows(&engine, sql).await {
                        Ok(rows) => wrong.push(format!("{name}: {} rows of {sql}", rows.len())),
                        Err(error) if error.kind() != kind || !error.to_string().contains(word) => {
                            wrong.push(format!(
                                "{name}: {:?}, wanted {kind:?} and `{word}`: {error}",
                                error.kind()
                            ));
                        }
                        Err(_) => {}
                    }
                }
                if !served.simulator.storage_leaks().is_empty() {
                    wrong.push(format!("{name}: {:?}", served.simulator.storage_leaks()));
                }
                wrong
            });
        let wrong: Vec<String> = futures::future::join_all(cases).await.concat();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// Zuora's support finds a job by its number.
#[test]
fn a_failure_names_the_job() {
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    let broken = QueryFaults {
        broken_jobs: true,
        ..QueryFaults::default()
    };
    let error = runtime().block_on(async {
        served.spoil(&engine, &STATEMENTS, broken).await;
        rows(&engine, STATEMENTS[0]).await.unwrap_err()
    });
    let named = error.context().iter().find(|(name, _)| *name == "job");
    let (_, number) = named.expect("the job is named");
    let jobs = served.data_jobs();
    let job = jobs.iter().find(|job| job.id == *number);
    assert!(job.is_some_and(|job| job.error.is_some()), "{error}");
}

/// Neither a redirect nor an address brings anything secret elsewhere.
#[test]
fn files_elsewhere_get_no_credentials() {
    let none = QueryFaults::default();
    let redirected = QueryFaults {
        redirected_files: true,
        ..none.clone()
    };
    let foreign = QueryFaults {
        foreign_files: true,
        ..none
    };
    for query in [redirected, foreign.clone()] {
        let follows = query.foreign_files;
        let stranger = Stranger::start().unwrap();
        let served = Served::with(Options {
            foreign: Some(stranger.url()),
            ..quick()
        });
        let engine = served.engine(DATA_QUERY, "");
        let found = runtime().block_on(async {
            served.spoil(&engine, &STATEMENTS, query).await;
            rows(&engine, STATEMENTS[0]).await
        });
        assert!(found.is_err(), "a file of somebody else was read");
        assert!(!stranger.saw_credentials());
        // An address is what its host was told; a redirect is not followed.
        assert_eq!(!stranger.requests().is_empty(), follows);
    }
    // Plain http beyond the loopback interface is not spoken at all.
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    let found = runtime().block_on(async {
        served.spoil(&engine, &STATEMENTS, foreign).await;
        rows(&engine, STATEMENTS[0]).await
    });
    let error = found.unwrap_err().to_string();
    assert!(error.contains("https"), "{error}");
}

#[test]
fn throttled_calls_are_made_again() {
    let served = Served::with(Options {
        faults: Faults {
            throttle_every: 2,
            retry_after: 0,
            ..Faults::default()
        },
        ..quick()
    });
    let engine = served.engine(DATA_QUERY, "");
    runtime().block_on(async {
        for sql in STATEMENTS {
            assert_eq!(rows(&engine, sql).await.unwrap(), truth(sql).await);
        }
    });
    let refused = served.simulator.requests();
    assert!(refused.iter().any(|request| request.status == 429));
    assert_eq!(served.data_jobs().len(), STATEMENTS.len());
}

#[test]
fn a_token_that_ends_between_polls_is_renewed() {
    let slow = QueryFaults {
        slow_jobs: 1,
        ..QueryFaults::default()
    };
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    runtime().block_on(async {
        served.spoil(&engine, &STATEMENTS, slow).await;
        let (found, ()) = tokio::join!(rows(&engine, STATEMENTS[1]), async {
            until("a job", || begins(&served)).await;
            served.simulator.expire_access_tokens();
        });
        assert_eq!(found.unwrap(), truth(STATEMENTS[1]).await);
    });
    assert_eq!(served.simulator.token_calls().len(), 2);
    assert_eq!(served.data_jobs().len(), 1, "the job was submitted again");
}

/// A column goes away after the statement was planned.
#[test]
fn drift_between_planning_and_running_is_told() {
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    runtime().block_on(async {
        for sql in STATEMENTS {
            let planned = engine.sql(sql).await.unwrap();
            served.simulator.remove_column(Object::Account, "crmid");
            let error = Error::from(
                planned
                    .collect()
                    .await
                    .expect_err("a column that is not there was read"),
            );
            assert!(error.to_string().contains("crmid"), "{error}");
            assert!(
                !matches!(error.kind(), Kind::Internal | Kind::Network),
                "{error}"
            );
            served.simulator.add_column(Object::Account, "crmid");
        }
    });
}

/// Whoever stops reading cancels what runs at Zuora, in the queue and in progress.
#[test]
fn a_dropped_stream_cancels_its_job() {
    let slow = QueryFaults {
        slow_jobs: 60,
        ..QueryFaults::default()
    };
    let served = Served::frozen();
    let engine = Arc::new(served.engine(DATA_QUERY, ""));
    runtime().block_on(async {
        served.spoil(&engine, &STATEMENTS, slow).await;
        for (at, sql) in STATEMENTS.iter().enumerate() {
            let stream = engine.stream(sql).await.unwrap();
            let task = tokio::spawn(async move { stream.try_collect::<Vec<_>>().await });
            until("a job", || begins(&served)).await;
            task.abort();
            until("a cancel", || {
                let jobs = served.data_jobs();
                jobs.len() == at + 1
                    && jobs
                        .iter()
                        .all(|job| job.state == QueryState::Cancelled && job.cancelled_running)
            })
            .await;
        }
    });
}

/// A LIMIT above what runs at Zuora is a satisfied reader, not a cancelled job.
#[test]
fn a_result_that_is_read_in_part_is_no_error() {
    let served = Served::frozen();
    let engine = served.engine(DATA_QUERY, "");
    runtime().block_on(async {
        let mut stream = engine.stream(STATEMENTS[0]).await.unwrap();
        let first = stream.next().await.unwrap().unwrap();
        assert!(first.num_rows() > 0);
        drop(stream);
        assert_eq!(
            rows(&engine, STATEMENTS[1]).await.unwrap(),
            truth(STATEMENTS[1]).await
        );
    });
    let failed = served
        .simulator
        .query_jobs()
        .into_iter()
        .filter(|job| job.error.is_some())
        .count();
    assert_eq!(failed, 0);
}
