//! What goes wrong with AQuA's exports, and how its files differ from tenant to tenant: what passes changes nothing, what stays
//! is an error, and a field that no export knows is named or left out.

use std::time::Duration;

use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{ExportFaults, ExportOptions, Faults, Options};

use super::oracle;
use super::stage::{EXPORT, Served, quick, runtime};
use crate::render;

/// Every kind of cell, line breaks, quotes and empty text among them.
const STATEMENT: &str = "SELECT id, name, notes, vatid, balance, autopay, billcycleday, lastinvoicedate, updateddate FROM account";

fn served(export: ExportFaults) -> Served {
    Served::with(Options {
        faults: Faults {
            export,
            ..Faults::default()
        },
        ..quick()
    })
}

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = render::rows(&engine.sql(sql).await?.collect().await?);
    rows.sort();
    Ok(rows)
}

async fn truth(sql: &str) -> Vec<Vec<String>> {
    let plain = oracle::session(&oracle::in_seconds(oracle::frozen()), None);
    let mut rows = render::rows(&plain.sql(sql).await.unwrap().collect().await.unwrap());
    rows.sort();
    assert!(!rows.is_empty(), "{sql}");
    rows
}

#[test]
fn what_passes_changes_nothing() {
    let none = ExportFaults::default();
    // What happens, and how many jobs it takes.
    let cases = [
        (
            "a submit rejected inside 200",
            ExportFaults {
                internal_errors: 1,
                ..none.clone()
            },
            1,
        ),
        (
            "an aborted job",
            ExportFaults {
                internal_aborts: 1,
                ..none.clone()
            },
            2,
        ),
        (
            "all places taken",
            ExportFaults {
                busy: 2,
                ..none.clone()
            },
            1,
        ),
        (
            "throttled polls",
            ExportFaults {
                throttled_polls: 2,
                ..none.clone()
            },
            1,
        ),
        (
            "a lost file",
            ExportFaults {
                purged_files: 1,
                ..none.clone()
            },
            2,
        ),
        (
            "a lost job",
            ExportFaults {
                purged_jobs: 1,
                ..none.clone()
            },
            2,
        ),
        (
            "segments",
            ExportFaults {
                segment_rows: Some(20),
                ..none.clone()
            },
            1,
        ),
        (
            "killed twice",
            ExportFaults {
                killed: 2,
                ..none.clone()
            },
            3,
        ),
        ("killed thrice", ExportFaults { killed: 3, ..none }, 4),
    ];
    runtime().block_on(async {
        let expected = &truth(STATEMENT).await;
        let cases = cases.into_iter().map(|(name, faults, jobs)| async move {
            let served = served(faults);
            let engine = served.engine(EXPORT, "");
            match rows(&engine, STATEMENT).await {
                Ok(found) if found != *expected => Some(format!("{name}: other rows")),
                Ok(_) => {
                    let made = served.simulator.export_jobs().len();
                    (made != jobs).then(|| format!("{name}: {made} jobs, {jobs} expected"))
                }
                Err(error) => Some(format!("{name}: {error}")),
            }
        });
        let wrong: Vec<String> = futures::future::join_all(cases)
            .await
            .into_iter()
            .flatten()
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// Some refusals come without their code: only the words say that the job is not known any more.
#[test]
fn a_lost_job_is_known_by_its_words() {
    let mut options = quick();
    options.export.codeless = true;
    options.faults.export.purged_jobs = 1;
    let served = Served::with(options);
    let engine = served.engine(EXPORT, "");
    runtime().block_on(async {
        let found = rows(&engine, STATEMENT).await.unwrap();
        assert_eq!(found, truth(STATEMENT).await);
    });
    assert_eq!(served.simulator.export_jobs().len(), 2);
}

#[test]
fn what_stays_is_an_error_with_its_reason() {
    let none = ExportFaults::default();
    let cases = [
        (
            "killed",
            ExportFaults {
                killed: 9,
                ..none.clone()
            },
            Kind::TooExpensive,
            "",
            4,
        ),
        (
            "forbidden",
            ExportFaults {
                forbidden: true,
                ..none.clone()
            },
            Kind::Permission,
            "",
            1,
        ),
        (
            "a line without its last field",
            ExportFaults {
                ragged_row: Some(5),
                ..none
            },
            Kind::Decode,
            "5",
            1,
        ),
    ];
    runtime().block_on(async {
        let cases = cases
            .into_iter()
            .map(|(name, faults, kind, word, jobs)| async move {
                let served = served(faults);
                let engine = served.engine(EXPORT, "");
                match rows(&engine, STATEMENT).await {
                    Ok(rows) => Some(format!("{name}: {} rows", rows.len())),
                    Err(error) if error.kind() != kind || !error.to_string().contains(word) => {
                        Some(format!(
                            "{name}: {:?}, wanted {kind:?} and `{word}`: {error}",
                            error.kind()
                        ))
                    }
                    Err(_) => {
                        let made = served.simulator.export_jobs().len();
                        (made != jobs).then(|| format!("{name}: {made} jobs, {jobs} expected"))
                    }
                }
            });
        let wrong: Vec<String> = futures::future::join_all(cases)
            .await
            .into_iter()
            .flatten()
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// A file beyond what may be fetched is asked for in parts, until a part is a single moment.
#[test]
fn a_file_that_is_too_large_is_cut() {
    runtime().block_on(async {
        for (most, works) in [(2_000, true), (10, false)] {
            let served = served(ExportFaults {
                max_file_bytes: Some(most),
                ..ExportFaults::default()
            });
            let engine = served.engine(EXPORT, "");
            match rows(&engine, STATEMENT).await {
                Ok(found) => assert!(works && found == truth(STATEMENT).await, "{most}"),
                Err(error) => assert!(
                    !works && error.kind() == Kind::TooExpensive,
                    "{most}: {error}"
                ),
            }
            let jobs = served.simulator.export_jobs().len();
            assert!(jobs > 1, "{most}: {jobs} jobs");
        }
    });
}

#[test]
fn jobs_stopped_for_their_time_are_tried_as_often_as_asked() {
    for (retries, killed, works) in [(0, 1, false), (1, 1, true), (1, 2, false), (2, 2, true)] {
        let served = served(ExportFaults {
            killed,
            ..ExportFaults::default()
        });
        let engine = served.engine(EXPORT, &format!("AquaRetries={retries};"));
        let found = runtime().block_on(rows(&engine, STATEMENT));
        assert_eq!(
            found.is_ok(),
            works,
            "{retries} retries, {killed} kills: {found:?}"
        );
        assert_eq!(
            served.simulator.export_jobs().len(),
            killed.min(retries) as usize + 1
        );
    }
}

/// A file cut in the middle, with a length that fits: never fewer rows.
#[test]
fn a_cut_file_gives_all_rows_or_an_error() {
    let served = served(ExportFaults {
        truncated_files: 1,
        ..ExportFaults::default()
    });
    let engine = served.engine(EXPORT, "");
    runtime().block_on(async {
        match rows(&engine, STATEMENT).await {
            Ok(found) => assert_eq!(found, truth(STATEMENT).await),
            Err(error) => assert_eq!(error.kind(), Kind::Decode, "{error}"),
        }
    });
}

#[test]
fn files_of_every_tenant_hold_the_same() {
    let ours = quick().export;
    let cases = [
        (
            "capital booleans",
            ExportOptions {
                capital_booleans: true,
                ..ours.clone()
            },
        ),
        (
            "trailing zeros",
            ExportOptions {
                trailing_zeros: true,
                ..ours.clone()
            },
        ),
        (
            "CR LF",
            ExportOptions {
                carriage_returns: true,
                ..ours.clone()
            },
        ),
        (
            "no extra column",
            ExportOptions {
                extra_column: false,
                ..ours.clone()
            },
        ),
        (
            "another zone",
            ExportOptions {
                zone_seconds: 9 * 3_600,
                ..ours.clone()
            },
        ),
        (
            "folded case",
            ExportOptions {
                fold_case: true,
                ..ours.clone()
            },
        ),
        (
            "empty is null",
            ExportOptions {
                empty_is_null: true,
                ..ours
            },
        ),
    ];
    let conditions = [
        "",
        " WHERE updateddate >= TIMESTAMP '2024-06-01T00:00:00Z'",
        " WHERE lastinvoicedate BETWEEN DATE '2024-01-01' AND DATE '2025-04-01'",
        " WHERE lastinvoicedate = DATE '2025-05-01'",
        " WHERE name LIKE 'A%' OR notes IS NULL",
        " WHERE additionalemailaddresses IS NULL",
        " WHERE additionalemailaddresses = ''",
        " WHERE name <> 'x' AND autopay AND balance > 0.01",
    ];
    runtime().block_on(async {
        let cases = cases.into_iter().map(|(name, export)| async move {
            let served = Served::with(Options { export, ..quick() });
            let engine = served.engine(EXPORT, "");
            let mut wrong = Vec::new();
            for condition in conditions {
                let sql = format!("{STATEMENT}{condition}");
                let plain = oracle::session(&oracle::in_seconds(oracle::frozen()), None);
                let mut expected =
                    render::rows(&plain.sql(&sql).await.unwrap().collect().await.unwrap());
                expected.sort();
                match rows(&engine, &sql).await {
                    Ok(found) if found == expected => {}
                    Ok(found) => wrong.push(format!(
                        "{name}: {} rows, {} expected:{condition}",
                        found.len(),
                        expected.len()
                    )),
                    Err(error) => wrong.push(format!("{name}:{condition}: {error}")),
                }
            }
            wrong
        });
        let wrong: Vec<String> = futures::future::join_all(cases).await.concat();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// Asked for by name it is an error that says the name; under `*` it is left out, said once, and remembered.
#[test]
fn a_field_that_no_export_knows_is_named_or_left_out() {
    let served = served(ExportFaults::default());
    let engine = served.engine(EXPORT, "");
    runtime().block_on(async {
        let error = rows(&engine, "SELECT id, reversed FROM invoice")
            .await
            .unwrap_err();
        assert!(
            error.to_string().to_lowercase().contains("reversed"),
            "{error}"
        );
        let all = rows(&engine, "SELECT * FROM invoice").await.unwrap();
        let count = truth("SELECT id FROM invoice").await.len();
        assert_eq!(all.len(), count);
        let warnings = engine.connections()[0].take_warnings();
        let said: Vec<&String> = warnings
            .iter()
            .filter(|text| text.contains("invoice.reversed"))
            .collect();
        assert_eq!(said.len(), 1, "{warnings:?}");
        let before = served.simulator.export_jobs().len();
        assert_eq!(
            rows(&engine, "SELECT * FROM invoice").await.unwrap().len(),
            count
        );
        assert_eq!(
            served.simulator.export_jobs().len(),
            before + 1,
            "it was not remembered"
        );
    });
}

/// Whoever stops reading cancels the export.
#[test]
fn a_dropped_stream_cancels_its_export() {
    let mut options = quick();
    options.export.job_time = Duration::from_secs(60);
    let served = Served::with(options);
    let engine = served.engine(EXPORT, "");
    runtime().block_on(async {
        let stream = engine.stream(STATEMENT).await.unwrap();
        let task =
            tokio::spawn(async move { futures::TryStreamExt::try_collect::<Vec<_>>(stream).await });
        for _ in 0..500 {
            if !served.simulator.export_jobs().is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // The answer to the submit has to arrive, or there is nothing to cancel.
        tokio::time::sleep(Duration::from_millis(200)).await;
        task.abort();
        for _ in 0..500 {
            if served
                .simulator
                .export_jobs()
                .iter()
                .all(|job| job.cancelled)
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let jobs = served.simulator.export_jobs();
        assert!(jobs.len() == 1 && jobs[0].cancelled, "{jobs:?}");
    });
}
