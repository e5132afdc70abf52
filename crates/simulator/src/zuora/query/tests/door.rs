//! Jobs through the door of the API: bodies, states, places, addresses.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Caller, body};
use crate::zuora::query::{QueryLimits, QueryOptions, QueryState, QueueRefusal};

const SHORT: &str = "SELECT id, name FROM account ORDER BY id LIMIT 2";

fn slow(running: usize, queued: usize) -> QueryOptions {
    QueryOptions {
        limits: QueryLimits {
            running,
            queued,
            ..QueryLimits::default()
        },
        job_delay: Duration::from_secs(4),
        ..QueryOptions::default()
    }
}

#[test]
fn bodies_are_read_strictly() {
    let caller = Caller::new(QueryOptions::default());
    let (status, answer) = caller.send("POST", "/query/jobs", &body(SHORT).to_string(), &[]);
    assert_eq!((status, answer["code"].as_u64()), (415, Some(415)));
    let with = |name: &str, value: Value| {
        let mut body = body(SHORT);
        body[name] = value;
        caller.submit_with(&body, &[]).0
    };
    for (name, value, status) in [
        ("query", json!(""), 400),
        ("query", json!(1), 400),
        ("outputFormat", json!("PARQUET"), 400),
        ("outputFormat", json!("CSV"), 200),
        ("outputFormat", json!("DSV"), 400),
        ("compression", json!("BZIP2"), 400),
        ("compression", json!("GZIP"), 200),
        ("output", json!({"target": "GCS"}), 400),
        ("output", json!({}), 400),
        ("readDeleted", json!("true"), 400),
        ("readDeleted", json!(true), 200),
        ("useIndexJoin", json!(true), 200),
        ("sourceData", json!("LIVE"), 200),
        ("sourceData", json!("WAREHOUSE"), 403),
        ("sourceData", json!("LAKE"), 400),
        ("surprise", json!(1), 400),
    ] {
        assert_eq!(with(name, value.clone()), status, "{name} {value}");
    }
    for name in ["query", "outputFormat", "compression", "output"] {
        let mut body = body(SHORT);
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(caller.submit_with(&body, &[]).0, 400, "{name}");
    }
    assert_eq!(caller.submit(&"x".repeat(1_000_001)).0, 400);
    assert_eq!(caller.send("PUT", "/query/jobs", "", &[]).0, 405);
}

#[test]
fn a_job_goes_from_accepted_to_its_file() {
    let caller = Caller::new(QueryOptions::default());
    let (status, answer) = caller.submit(SHORT);
    let job = &answer["data"];
    assert_eq!(
        (status, &job["queryStatus"], &job["query"]),
        (200, &json!("accepted"), &json!(SHORT))
    );
    assert_eq!(
        (&job["retries"], &job["remainingRetries"]),
        (&json!(3), &json!(3))
    );
    let id = job["id"].as_str().unwrap();
    let job = caller.end(id);
    assert_eq!(
        (&job["queryStatus"], &job["outputRows"]),
        (&json!("completed"), &json!(2))
    );
    assert!(job["processingTime"].is_u64());
    let address = job["dataFile"].as_str().unwrap();
    assert!(
        address.contains(&format!("/{id}_")) && address.contains(".jsonl?"),
        "{address}"
    );
    let (status, file) = caller.fetch(address, &[]);
    let file = String::from_utf8(file).unwrap();
    assert_eq!((status, file.lines().count()), (200, 2));
    assert!(
        file.starts_with("{\"name\":"),
        "keys follow neither the statement nor the table: {file}"
    );
    // Another look gives another address; the first one stays good.
    let again = caller.end(id);
    assert_ne!(again["dataFile"], job["dataFile"]);
    assert_eq!(caller.fetch(address, &[]).0, 200);
    let token = address.rsplit_once('=').unwrap().1;
    assert!(
        caller
            .queries
            .secrets()
            .iter()
            .any(|secret| secret == token)
    );
    assert_eq!(caller.queries.jobs()[0].downloads, 2);
    assert_eq!(caller.send("GET", "/query/jobs/none", "", &[]).0, 404);
}

#[test]
fn the_store_takes_no_credentials() {
    let caller = Caller::new(QueryOptions {
        address_life: Duration::from_secs(60),
        ..QueryOptions::default()
    });
    let job = caller.end(&caller.id(SHORT));
    let address = job["dataFile"].as_str().unwrap();
    for (name, value) in [
        ("Authorization", "Bearer x"),
        ("Zuora-Track-Id", "x"),
        ("apiAccessKeyId", "x"),
    ] {
        assert_eq!(caller.fetch(address, &[(name, value)]).0, 400, "{name}");
    }
    assert_eq!(caller.queries.leaks().len(), 3);
    let bare = address.split_once('?').unwrap().0;
    assert_eq!(caller.fetch(bare, &[]).0, 403);
    assert_eq!(caller.fetch(&format!("{address}x"), &[]).0, 400);
    let caller = Caller::new(QueryOptions {
        address_life: Duration::ZERO,
        ..QueryOptions::default()
    });
    let job = caller.end(&caller.id(SHORT));
    assert_eq!(caller.fetch(job["dataFile"].as_str().unwrap(), &[]).0, 403);
}

#[test]
fn files_are_gzipped_and_separated_on_request() {
    let caller = Caller::new(QueryOptions::default());
    let mut wanted = body("SELECT 'a,\"b' AS x, CAST(NULL AS varchar) AS y, 1.50 AS z");
    wanted["outputFormat"] = json!("CSV");
    wanted["compression"] = json!("GZIP");
    let (_, answer) = caller.submit_with(&wanted, &[]);
    let job = caller.end(answer["data"]["id"].as_str().unwrap());
    let (status, file) = caller.fetch(job["dataFile"].as_str().unwrap(), &[]);
    let mut text = String::new();
    flate2::read::GzDecoder::new(file.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!((status, text.as_str()), (200, "x,y,z\n\"a,\"\"b\",,1.5\n"));
}

#[test]
fn nothing_is_an_empty_file_or_none() {
    for empty_file in [true, false] {
        let caller = Caller::new(QueryOptions {
            empty_file,
            ..QueryOptions::default()
        });
        let job = caller.end(&caller.id("SELECT id FROM account WHERE 1 = 2"));
        assert_eq!(job["outputRows"], json!(0));
        assert_eq!(job["dataFile"].is_string(), empty_file);
        if let Some(address) = job["dataFile"].as_str() {
            assert_eq!(caller.fetch(address, &[]), (200, Vec::new()));
        }
    }
}

#[test]
fn a_bad_statement_fails_early_or_late() {
    let caller = Caller::new(QueryOptions::default());
    let job = caller.end(&caller.id("SELECT xyz FROM account"));
    assert_eq!(job["queryStatus"], json!("failed"));
    assert_eq!(
        job["errorMessage"],
        json!("line 1:8: Column 'xyz' cannot be resolved")
    );
    let caller = Caller::new(QueryOptions {
        early_errors: true,
        ..QueryOptions::default()
    });
    let (status, answer) = caller.submit("SELECT xyz FROM account");
    assert_eq!(
        (status, &answer["message"]),
        (400, &json!("line 1:8: Column 'xyz' cannot be resolved"))
    );
    assert_eq!(caller.submit(SHORT).0, 200);
}

#[test]
fn a_key_makes_one_job() {
    let caller = Caller::new(QueryOptions::default());
    let key = [("idempotency-key", "one")];
    assert_eq!(caller.submit_with(&json!({}), &key).0, 400);
    assert_eq!(caller.submit_with(&body(SHORT), &key).0, 200);
    assert_eq!(caller.submit_with(&body(SHORT), &key).0, 409);
    assert_eq!(
        caller
            .submit_with(&body(SHORT), &[("idempotency-key", "two")])
            .0,
        200
    );
    assert_eq!(caller.queries.jobs().len(), 2);
}

#[test]
fn places_are_limited() {
    for (refusal, status) in [
        (QueueRefusal::TooManyRequests, 429),
        (QueueRefusal::BadRequest, 400),
    ] {
        let caller = Caller::new(QueryOptions {
            refusal,
            ..slow(2, 3)
        });
        let ids: Vec<String> = (0..5).map(|_| caller.id(SHORT)).collect();
        let (refused, answer) = caller.submit(SHORT);
        assert_eq!(refused, status, "{answer}");
        // Half of the delay is the way into the queue.
        let start = Instant::now();
        while caller.queries.most_running() < 2 {
            assert!(start.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(20));
        }
        let state = |id: &str| {
            caller.send("GET", &format!("/query/jobs/{id}"), "", &[]).1["data"]["queryStatus"]
                .clone()
        };
        assert_eq!(
            (state(&ids[0]), state(&ids[4])),
            (json!("in_progress"), json!("accepted"))
        );
        for id in [&ids[0], &ids[4]] {
            let (status, answer) = caller.send("DELETE", &format!("/query/jobs/{id}"), "", &[]);
            assert_eq!(
                (status, &answer["data"]["queryStatus"]),
                (200, &json!("cancelled"))
            );
            assert_eq!(
                caller
                    .send("DELETE", &format!("/query/jobs/{id}"), "", &[])
                    .0,
                400
            );
        }
        let jobs = caller.queries.jobs();
        assert!(jobs[0].cancelled_running && !jobs[4].cancelled_running);
        assert_eq!(jobs[0].state, QueryState::Cancelled);
        // The place of the one is taken by the next.
        assert_eq!(state(&ids[2]), json!("in_progress"));
        assert_eq!(caller.queries.most_running(), 2);
        let (_, listed) = caller.send(
            "GET",
            "/query/jobs?queryStatus=cancelled&pageSize=1",
            "",
            &[],
        );
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
        assert_eq!(listed["data"][0]["id"], json!(ids[4]));
        assert_eq!(caller.send("GET", "/query/jobs?pageSize=0", "", &[]).0, 400);
    }
}

#[test]
fn lists_begin_with_the_newest() {
    let caller = Caller::new(slow(1, 30));
    let ids: Vec<String> = (0..25).map(|_| caller.id(SHORT)).collect();
    let list = |query: &str| {
        let address = format!("/query/jobs{query}");
        let (status, answer) = caller.send("GET", &address, "", &[]);
        let jobs = answer["data"].as_array().cloned().unwrap_or_default();
        let listed: Vec<String> = jobs
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect();
        (status, listed)
    };
    let newest = |count: usize| -> Vec<String> { ids.iter().rev().take(count).cloned().collect() };
    for (query, status, listed) in [
        ("", 200, newest(20)),
        ("?queryStatus=accepted", 200, newest(20)),
        ("?queryStatus=accepted&pageSize=1000", 200, newest(25)),
        ("?queryStatus=accepted&pageSize=3", 200, newest(3)),
        ("?queryStatus=completed", 200, Vec::new()),
        ("?queryStatus=waiting", 400, Vec::new()),
        ("?queryStatus=", 400, Vec::new()),
        ("?pageSize=1001", 400, Vec::new()),
        ("?pageSize=many", 400, Vec::new()),
        ("?page=2", 400, Vec::new()),
    ] {
        assert_eq!(list(query), (status, listed), "{query}");
    }
}
