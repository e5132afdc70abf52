//! Answers that are not the vendor's, and refusals of too many requests in every shape: asked again where that helps, told
//! where it does not, and no row is lost on the way.

use std::time::{Duration, Instant};

use zuzen_engine::Kind;
use zuzen_simulator::Faults;

use super::{once, rows, truth};
use crate::stage::{self, Stage};

/// Row 24: what a proxy says when it does not reach the vendor passes; all five of its answers are met.
#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_proxy_are_asked_for_again() {
    let account = stage::frozen();
    let faults = Faults::scenario("proxied").unwrap();
    let stage = Stage::of(&account, faults, "Pagesize=100;");
    let engine = stage.engine().unwrap();
    for table in ["tickets", "users", "ticket_comments", "organizations"] {
        let found = once(&engine, &format!("SELECT id FROM {table}")).await;
        assert!(found == truth(&account, table), "{table}: {}", found.len());
    }
    let requests = stage.simulator().requests();
    for status in 520..=524 {
        let met = requests.iter().any(|request| request.status == status);
        assert!(met, "{status} was never answered");
    }
}

/// Row 24: where nothing is tried again, it is said what came instead of an answer.
#[tokio::test(flavor = "multi_thread")]
async fn answers_of_a_proxy_that_stay_are_told() {
    for (every, status) in [(1, "520"), (2, "520")] {
        let faults = Faults {
            proxy_every: every,
            ..Faults::default()
        };
        let stage = Stage::of(&stage::frozen(), faults, "MaxRetries=0;Pagesize=50;");
        let engine = stage.engine().unwrap();
        let error = rows(&engine, "SELECT id FROM users").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Remote, "{error}");
        assert!(error.message().contains(status), "{error}");
        assert!(!error.message().contains('<'), "a page for people: {error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

/// Row 8: a refusal is known by its status; whether its body is plain text or JSON changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_too_many_requests_are_known_by_their_status() {
    // The simulator refuses paths of even length in plain text, others in JSON.
    for (table, path) in [("groups", "/api/v2/groups"), ("users", "/api/v2/users")] {
        let sql = format!("SELECT id FROM {table}");
        let passing = Faults {
            throttle_every: 2,
            ..Faults::default()
        };
        let account = stage::frozen();
        let stage = Stage::of(&account, passing, "Pagesize=10;");
        let engine = stage.engine().unwrap();
        assert!(
            once(&engine, &sql).await == truth(&account, table),
            "{table}"
        );
        let requests = stage.simulator().requests();
        let refused = requests.iter().filter(|it| it.status == 429);
        assert!(refused.clone().any(|it| it.path == path), "{requests:?}");
        // Row 31: nobody waits in silence.
        let explained = rows(&engine, &format!("EXPLAIN ANALYZE {sql}"))
            .await
            .unwrap();
        let explained = explained.concat().concat();
        let (_, wait) = explained.split_once("rate_limit_wait=").unwrap();
        assert!(!wait.starts_with("0ns"), "{explained}");
        // A wait that nobody has time for is an error at once, with the wait in it.
        let long = Faults {
            throttle_every: 1,
            retry_after: 7_200,
            ..Faults::default()
        };
        let stage = Stage::of(&account, long, "");
        let engine = stage.engine().unwrap();
        let begun = Instant::now();
        let error = rows(&engine, &sql).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(error.kind(), Kind::RateLimited, "{error}");
        assert!(error.message().contains("7200"), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

/// Row 10: protection before the vendor names no wait. It is waited for all the same.
#[tokio::test(flavor = "multi_thread")]
async fn edge_protection_without_headers_is_waited_for() {
    let account = stage::frozen();
    let faults = Faults {
        edge_every: 3,
        ..Faults::default()
    };
    let stage = Stage::of(&account, faults, "");
    let engine = stage.engine().unwrap();
    let begun = Instant::now();
    let found = once(&engine, "SELECT id FROM users").await;
    assert!(found == truth(&account, "users"), "{}", found.len());
    let requests = stage.simulator().requests();
    let refused = requests.iter().filter(|it| it.status == 429).count();
    assert!(refused > 0, "{requests:?}");
    // Neither asked again at once, which would be refused again, nor waited for without end.
    let waited = begun.elapsed();
    let (least, most) = (Duration::from_secs(9), Duration::from_secs(60));
    assert!((least..most).contains(&waited), "{waited:?}");
    assert!(requests.len() < 40, "{}", requests.len());
}
