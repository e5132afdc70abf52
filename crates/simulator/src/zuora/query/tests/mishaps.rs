//! Faults of queries: each strikes as often as it says, then things go well.

use std::time::Duration;

use serde_json::json;

use super::{Caller, body, catalog, fetch, lines, submission, tenant};
use crate::zuora::Object;
use crate::zuora::query::{QueryFaults, QueryOptions};

const SQL: &str = "SELECT id, name FROM account ORDER BY id LIMIT 3";

fn caller(scenario: &str) -> Caller {
    Caller::with(
        QueryOptions::default(),
        QueryFaults::scenario(scenario).unwrap(),
    )
}

fn address(caller: &Caller, id: &str) -> String {
    caller.end(id)["dataFile"].as_str().unwrap().to_owned()
}

#[test]
fn jobs_fail_as_often_as_they_are_to() {
    let troubled = caller("job_transient");
    for state in ["failed", "failed", "completed"] {
        let job = troubled.end(&troubled.id(SQL));
        assert_eq!(job["queryStatus"], json!(state));
        if state == "failed" {
            assert!(
                job["errorMessage"]
                    .as_str()
                    .unwrap()
                    .contains("LINK_30000007")
            );
        }
    }
    for (scenario, text) in [
        ("job_broken", "internal error"),
        (
            "job_killed",
            "Query exceeded the maximum time limit of 3600.00s",
        ),
    ] {
        let troubled = caller(scenario);
        let job = troubled.end(&troubled.id(SQL));
        assert!(
            job["errorMessage"].as_str().unwrap().contains(text),
            "{job}"
        );
    }
    let troubled = caller("job_purged");
    assert_eq!(
        troubled
            .send("GET", &format!("/query/jobs/{}", troubled.id(SQL)), "", &[])
            .0,
        404
    );
}

#[test]
fn submits_and_polls_fail_as_often_as_they_are_to() {
    let troubled = caller("queue_full");
    let tried: Vec<u16> = (0..3).map(|_| troubled.submit(SQL).0).collect();
    assert_eq!(tried, [429, 429, 200]);
    let troubled = caller("submit_lost");
    let key = [("idempotency-key", "k")];
    let tried: Vec<u16> = (0..2)
        .map(|_| troubled.submit_with(&body(SQL), &key).0)
        .collect();
    assert_eq!(tried, [504, 409]);
    assert_eq!(troubled.queries.jobs().len(), 1);
    let troubled = caller("poll_flaky");
    let path = format!("/query/jobs/{}", troubled.id(SQL));
    let tried: Vec<u16> = (0..4)
        .map(|_| troubled.send("GET", &path, "", &[]).0)
        .collect();
    assert_eq!(tried, [429, 500, 504, 200]);
}

#[test]
fn files_fail_as_they_are_to() {
    let whole = {
        let well = Caller::new(QueryOptions::default());
        fetch(&address(&well, &well.id(SQL)), &[]).1
    };
    let get = |scenario: &str| {
        let troubled = caller(scenario);
        let id = troubled.id(SQL);
        let first = fetch(&address(&troubled, &id), &[]);
        let second = fetch(&address(&troubled, &id), &[]);
        (first, second)
    };
    let (first, second) = get("file_expired");
    assert_eq!((first.0, second), (403, (200, whole.clone())));
    assert_eq!(get("file_purged").0.0, 404);
    assert_eq!(get("file_error").1.0, 500);
    assert_eq!(get("file_redirected").0.0, 307);
    let (first, second) = get("file_reset");
    assert!(first.1.len() < whole.len() && second.1 == whole);
    assert!(get("file_truncated").0.1.len() < whole.len());
    assert_eq!(
        get("file_short")
            .0
            .1
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        2
    );
    let broken = String::from_utf8(get("file_malformed").0.1).unwrap();
    let bad = broken
        .lines()
        .filter(|line| serde_json::from_str::<serde_json::Value>(line).is_err());
    assert_eq!((broken.lines().count(), bad.count()), (3, 1));
    let troubled = caller("file_foreign");
    let foreign = address(&troubled, &troubled.id(SQL));
    assert!(
        !foreign.starts_with(&troubled.queries.storage_url()),
        "{foreign}"
    );
}

#[test]
fn columns_come_and_go() {
    let vanished = caller("column_vanished");
    let described = vanished.end(&vanished.id("DESCRIBE account"));
    let (_, file) = fetch(described["dataFile"].as_str().unwrap(), &[]);
    assert!(String::from_utf8(file).unwrap().contains("\"crmid\""));
    let job = vanished.end(&vanished.id("SELECT crmid FROM account"));
    assert_eq!(
        job["errorMessage"],
        json!("line 1:8: Column 'crmid' cannot be resolved")
    );
    let drifting = Caller::new(QueryOptions::default());
    drifting.queries.add_column(Object::Account, "Nickname__c");
    drifting.queries.remove_column(Object::Account, "Notes");
    let job = drifting.end(&drifting.id("SELECT nickname__c FROM account"));
    assert_eq!(job["queryStatus"], json!("completed"));
    let job = drifting.end(&drifting.id("SELECT notes FROM account"));
    assert_eq!(job["queryStatus"], json!("failed"));
}

#[test]
fn a_big_table_streams() {
    let tenant = tenant(1_300_000);
    let mut options = QueryOptions::default();
    let start = std::time::Instant::now();
    let all = "SELECT count(*) AS n, sum(chargeamount) AS total FROM invoiceitem";
    let rows = lines(&catalog(&tenant, options.clone()), &submission(all)).unwrap();
    assert_eq!(rows[0]["n"], json!(tenant.live_count(Object::InvoiceItem)));
    let complaint = lines(
        &catalog(&tenant, options.clone()),
        &submission("SELECT id FROM invoiceitem"),
    );
    assert_eq!(
        complaint.unwrap_err(),
        "The number of output rows exceeds the limit of 500000"
    );
    options.limits.input_rows = 1_000_000;
    let complaint = lines(&catalog(&tenant, options), &submission(all));
    assert_eq!(
        complaint.unwrap_err(),
        "The number of input rows of invoiceitem exceeds the limit of 1000000"
    );
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
}
