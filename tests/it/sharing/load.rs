//! Tokens that end while many use them.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zuzen_engine::Engine;
use zuzen_simulator::{Faults, Hold, OAuthOptions, Options, Simulator};

use super::desk::{Desk, QUERY, answer, outcomes, serve};
use crate::home::{Running, until};

const PROCESSES: usize = 20;

/// Statements that each process runs, one after the other.
const ROUNDS: usize = 12;

fn refused(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    requests
        .iter()
        .filter(|request| request.status == 401)
        .count()
}

fn authorized(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    let data = requests
        .iter()
        .filter(|request| request.path.starts_with("/api/v2/groups"));
    data.filter(|request| request.authorized).count()
}

#[test]
fn twenty_processes_renew_once_for_each_expiry() {
    let desk = Desk::new(Faults {
        latency: Duration::from_millis(15),
        ..Faults::default()
    });
    let simulator = &desk.simulator;
    simulator.expire_access_tokens();
    let mut expiries = 1;
    let script = [QUERY; ROUNDS].join(";");
    // A script on stdin is read to its end before anything is opened: all begin at once.
    let mut running: Vec<Running> = (0..PROCESSES)
        .map(|_| {
            let mut command = desk.command(&["-f", "-"]);
            Running::start(command.stdin(Stdio::piped()))
        })
        .collect();
    for process in &mut running {
        let mut stdin = process.child().stdin.take().unwrap();
        stdin.write_all(script.as_bytes()).unwrap();
    }
    let mut used = authorized(simulator);
    until("all processes end", || {
        let renewed = simulator.token_calls().len() == expiries;
        // The new token is in use, so what ends now is that one.
        if renewed && expiries < 6 && authorized(simulator) >= used + 12 {
            used = authorized(simulator);
            let is_held = expiries == 2;
            if is_held {
                simulator.hold_tokens(Hold::BeforeRotation);
            }
            let before = refused(simulator);
            simulator.expire_access_tokens();
            expiries += 1;
            if is_held {
                until("somebody renews", || simulator.waiting_tokens() > 0);
                until("others are refused meanwhile", || {
                    refused(simulator) >= before + 5
                });
                assert_eq!(simulator.waiting_tokens(), 1, "the others wait for it");
                simulator.release_tokens();
            }
        }
        running.iter_mut().all(Running::has_ended)
    });
    let right = answer().repeat(ROUNDS);
    for process in running {
        let ended = process.end();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        // The header comes once for each statement, as the answer does.
        assert_eq!(ended.out, right);
    }
    // The last expiry may have come too late for any of them.
    assert_eq!(desk.query().code, Some(0));
    assert!(expiries >= 4, "the token ended {expiries} times only");
    let calls = simulator.token_calls();
    assert_eq!(outcomes(&calls), vec!["granted"; expiries]);
    assert!(calls.iter().all(|call| call.grant_type == "refresh_token"));
    assert_eq!(desk.drafts(), [""; 0]);
}

/// An engine whose two connections share their values in memory.
fn engine(simulator: &Simulator, more: &str) -> Engine {
    let text = format!(
        "Connector=Zendesk;URL={};OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;\
         InitiateOAuth=REFRESH;OAuthSettingsLocation=memory://shared;RetryPause=1;{more}",
        simulator.url()
    );
    Engine::builder()
        .connection("desk", &text)
        .connection("other", &text)
        .build()
        .unwrap()
}

async fn rows(engine: &Engine, connection: &str) -> usize {
    let sql = format!("SELECT id FROM {connection}.groups");
    let frame = engine.sql(&sql).await.unwrap();
    frame.count().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_renew_once_for_each_expiry() {
    let simulator = serve(Options::default());
    let (access, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
    let given = format!("OAuthAccessToken={access};OAuthRefreshToken={refresh}");
    let engine = engine(&simulator, &given);
    let expected = rows(&engine, "desk").await;
    assert!(expected > 3);
    assert_eq!(simulator.token_calls(), []);
    for expiries in 1..=4 {
        simulator.expire_access_tokens();
        let tasks = (0..40).map(|task| rows(&engine, ["desk", "other"][task % 2]));
        let counts = futures::future::join_all(tasks).await;
        assert_eq!(counts, vec![expected; 40]);
        assert_eq!(
            outcomes(&simulator.token_calls()),
            vec!["granted"; expiries]
        );
    }
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_renewed_ahead() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // The account would take the token for much longer: only the clock tells that half a minute is left.
    for (left, renewals) in [(30, 1), (300, 0)] {
        let simulator = serve(Options::default());
        let (access, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
        let issued = now + Duration::from_secs(left) - Duration::from_secs(1_800);
        let given = format!(
            "OAuthAccessToken={access};OAuthRefreshToken={refresh};OAuthExpiresIn=1800;OAuthTokenTimestamp={}",
            issued.as_millis()
        );
        let engine = engine(&simulator, &given);
        assert!(rows(&engine, "desk").await > 3);
        assert!(rows(&engine, "other").await > 3);
        assert_eq!(simulator.token_calls().len(), renewals, "{left} s left");
        assert_eq!(refused(&simulator), 0);
    }
}

#[tokio::test]
async fn tokens_that_live_for_seconds_are_never_sent_too_late() {
    let simulator = serve(Options {
        oauth: OAuthOptions {
            max_lifetime: Some(Duration::from_secs(2)),
            ..OAuthOptions::default()
        },
        ..Options::default()
    });
    let (_, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
    let engine = engine(&simulator, &format!("OAuthRefreshToken={refresh}"));
    for renewals in 1..=2 {
        assert!(rows(&engine, "desk").await > 3);
        assert_eq!(
            outcomes(&simulator.token_calls()),
            vec!["granted"; renewals]
        );
        tokio::time::sleep(Duration::from_millis(1_850)).await;
    }
    assert_eq!(refused(&simulator), 0);
}
