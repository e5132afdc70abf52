//! The server over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use base64::Engine as _;

use super::*;
use crate::AccountOptions;

fn start(options: Options) -> Simulator {
    let account = Account::generate(&AccountOptions {
        tickets: 300,
        ..AccountOptions::default()
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(Simulator::start(account, options))
        .unwrap()
}

fn ask(simulator: &Simulator, path: &str, extra: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(simulator.listener.address)?;
    let credentials =
        base64::engine::general_purpose::STANDARD.encode("agent@example.com/token:demo");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {credentials}\r\nConnection: close\r\n{extra}\r\n",
        simulator.listener.address
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn parts(answer: &[u8]) -> (u16, String, Vec<u8>) {
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    (
        head[9..12].parse().unwrap(),
        head,
        answer[end + 4..].to_vec(),
    )
}

#[test]
fn serves_and_records() {
    let simulator = start(Options::default());
    let (status, head, body) =
        parts(&ask(&simulator, "/api/v2/users.json?page%5Bsize%5D=2", "").unwrap());
    assert_eq!(status, 200);
    assert!(
        head.contains("content-length:") && !head.contains("ratelimit"),
        "{head}"
    );
    let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(
        page["links"]["next"]
            .as_str()
            .unwrap()
            .starts_with(&simulator.url())
    );
    let requests = simulator.requests();
    assert_eq!((requests.len(), simulator.request_count()), (1, 1));
    assert_eq!(
        requests[0],
        RecordedRequest {
            method: "GET".into(),
            path: "/api/v2/users.json".into(),
            query: "page%5Bsize%5D=2".into(),
            status: 200,
            authorized: true,
            entity: None,
            idempotency_key: None,
        }
    );
    let (_, head, _) =
        parts(&ask(&simulator, "/api/v2/users", "Accept-Encoding: gzip\r\n").unwrap());
    assert!(head.contains("content-encoding: gzip"), "{head}");
}

#[test]
fn limits_are_announced_and_enforced() {
    let simulator = start(Options {
        limits: Limits::Team,
        ..Options::default()
    });
    let (_, head, _) = parts(
        &ask(
            &simulator,
            "/api/v2/incremental/tickets/cursor?start_time=0&per_page=1",
            "",
        )
        .unwrap(),
    );
    for header in [
        "x-rate-limit: 200",
        "rate-limit-remaining: 199",
        "ratelimit-reset: 60",
        "incremental-exports: total=10; remaining=9; resets=",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let statuses: Vec<u16> = (0..12)
        .map(|_| {
            parts(
                &ask(
                    &simulator,
                    "/api/v2/incremental/tickets/cursor?start_time=0&per_page=1",
                    "",
                )
                .unwrap(),
            )
            .0
        })
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 3);
}

#[test]
fn faults_break_what_they_should_and_pass_on_repetition() {
    let path = "/api/v2/incremental/tickets/cursor?start_time=0&per_page=200";
    let whole =
        |answer: &[u8]| serde_json::from_slice::<serde_json::Value>(&parts(answer).2).is_ok();
    for (name, faults) in [
        (
            "reset",
            Faults {
                reset_every: 1,
                ..Faults::default()
            },
        ),
        (
            "truncated",
            Faults {
                truncate_every: 1,
                ..Faults::default()
            },
        ),
    ] {
        let simulator = start(Options {
            faults,
            ..Options::default()
        });
        let broken = ask(&simulator, path, "").unwrap_or_default();
        let cut = broken.is_empty() || !whole(&broken);
        assert!(cut, "{name}");
        if name == "reset" && !broken.is_empty() {
            let (_, head, body) = parts(&broken);
            let promised: usize = head
                .split("content-length: ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .trim()
                .parse()
                .unwrap();
            assert!(body.len() < promised);
        }
        assert!(
            whole(&ask(&simulator, path, "").unwrap()),
            "{name}: repetition passes"
        );
    }
    let simulator = start(Options {
        faults: Faults::scenario("heavy").unwrap(),
        ..Options::default()
    });
    assert_eq!(parts(&ask(&simulator, path, "").unwrap()).0, 504);
    assert_eq!(
        parts(
            &ask(
                &simulator,
                "/api/v2/incremental/tickets/cursor?start_time=0&per_page=100",
                ""
            )
            .unwrap()
        )
        .0,
        200
    );
    simulator.set_faults(Faults {
        latency: Duration::from_millis(30),
        ..Faults::default()
    });
    let before = Instant::now();
    assert_eq!(parts(&ask(&simulator, path, "").unwrap()).0, 200);
    assert!(before.elapsed() >= Duration::from_millis(30));
}

#[test]
fn a_closed_server_is_gone() {
    let simulator = start(Options {
        faults: Faults {
            latency: Duration::from_secs(20),
            ..Faults::default()
        },
        ..Options::default()
    });
    let address: SocketAddr = simulator.listener.address;
    let waiting = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /api/v2/users HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    });
    std::thread::sleep(Duration::from_millis(100));
    simulator.close();
    assert!(
        waiting.join().unwrap().is_empty(),
        "the open connection was cut"
    );
    assert!(ask(&simulator, "/api/v2/users", "").is_err());
}

#[test]
fn whether_people_sort_is_an_option() {
    for (sorted_people, status) in [(true, 200), (false, 400)] {
        let simulator = start(Options {
            sorted_people,
            ..Options::default()
        });
        for list in ["users", "organizations"] {
            let path = format!("/api/v2/{list}?page%5Bsize%5D=2&sort=-updated_at");
            let answer = ask(&simulator, &path, "").unwrap();
            assert_eq!(parts(&answer).0, status, "{list} {sorted_people}");
        }
    }
    assert!(Options::default().sorted_people);
}
