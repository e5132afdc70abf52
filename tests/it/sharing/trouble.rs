//! A token endpoint that fails: what passes is waited for, what stays is said, and no token is spent in vain.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Faults, Options, Simulator};

use super::desk::{outcomes, serve};

/// An engine that has to renew before anything else.
fn engine(simulator: &Simulator, more: &str) -> Engine {
    let (_, refresh) = simulator.grant_tokens("zuzen_demo", "read write");
    let text = format!(
        "Connector=Zendesk;URL={};OAuthClientId=zuzen_demo;OAuthClientSecret=demo-client-secret;InitiateOAuth=REFRESH;\
         OAuthRefreshToken={refresh};OAuthSettingsLocation=memory://mine;RetryPause=1;MaxRetries=2;{more}",
        simulator.url()
    );
    Engine::builder().connection("desk", text).build().unwrap()
}

async fn rows(engine: &Engine) -> Result<usize, Error> {
    let frame = engine.sql("SELECT id FROM desk.groups").await?;
    Ok(frame.count().await?)
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    for (name, faults, calls, pause) in [
        (
            "an error",
            Faults::scenario("token_error").unwrap(),
            ["error", "granted"],
            Duration::ZERO,
        ),
        (
            "a limit",
            Faults::scenario("token_throttled").unwrap(),
            ["throttled", "granted"],
            Duration::from_secs(1),
        ),
    ] {
        let simulator = serve(Options {
            faults,
            ..Options::default()
        });
        let started = Instant::now();
        let engine = engine(&simulator, "");
        assert!(rows(&engine).await.unwrap() > 3, "{name}");
        assert_eq!(outcomes(&simulator.token_calls()), calls, "{name}");
        let took = started.elapsed();
        assert!(
            took >= pause && took < pause + Duration::from_secs(10),
            "{name}: {took:?}"
        );
    }
}

#[tokio::test]
async fn what_stays_is_said_and_costs_no_token() {
    for (name, faults, outcome, parts) in [
        (
            "a limit of a day",
            Faults {
                token_throttle_once: Some(86_400),
                ..Faults::default()
            },
            "throttled",
            ["86400 s", "OAuthSettingsLocation"],
        ),
        (
            "a page for people",
            Faults::scenario("token_not_json").unwrap(),
            "not_json",
            ["gave no token", "OAuthAccessTokenURL"],
        ),
        (
            "a redirect",
            Faults::scenario("token_redirected").unwrap(),
            "redirected",
            ["redirected to elsewhere.example", "OAuthAccessTokenURL"],
        ),
    ] {
        let simulator = serve(Options {
            faults: faults.clone(),
            ..Options::default()
        });
        let engine = engine(&simulator, "");
        for asked in 1..=2 {
            let error = rows(&engine).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Auth, "{name}: {error}");
            let text = error.to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
            let calls = simulator.token_calls();
            assert_eq!(outcomes(&calls), vec![outcome; asked], "{name}");
            simulator.set_faults(faults.clone());
        }
        simulator.set_faults(Faults::default());
        assert!(rows(&engine).await.unwrap() > 3, "{name}");
        let calls = simulator.token_calls();
        assert_eq!(
            outcomes(&calls),
            [outcome, outcome, "granted"],
            "{name}: the refresh token was still good"
        );
    }
}

/// Answers everything with this, for ever, and counts.
fn endpoint(status: &'static str, body: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/oauth/tokens", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    // It ends with the tests.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut sent = vec![0; length];
            if reader.read_exact(&mut sent).is_err() || sent.is_empty() {
                continue;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    (url, count)
}

#[tokio::test]
async fn an_endpoint_that_never_recovers_is_asked_a_few_times() {
    let simulator = serve(Options::default());
    for (status, body, attempts, part) in [
        ("500 Internal Server Error", "{}", 3, "status 500"),
        ("503 Service Unavailable", "", 3, "status 503"),
        ("200 OK", "{}", 1, "gave no token"),
        ("200 OK", "", 1, "gave no token"),
        ("400 Bad Request", "nonsense", 1, "the token endpoint"),
        ("404 Not Found", "{}", 1, "the token endpoint"),
    ] {
        let (url, count) = endpoint(status, body);
        let engine = engine(&simulator, &format!("OAuthAccessTokenURL={url}"));
        for round in 1..=2 {
            let error = rows(&engine).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Auth, "{status}: {error}");
            assert!(error.message().contains(part), "{status}: {error}");
            assert!(error.hint().is_some(), "{status}: {error}");
            assert_eq!(count.load(Ordering::SeqCst), attempts * round, "{status}");
        }
    }
    assert_eq!(
        simulator.request_count(),
        0,
        "without a token nothing is asked"
    );
}
