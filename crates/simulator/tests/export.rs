//! A big export over a socket: rows are drawn when they are written, so that only the file is held.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zuzen_simulator::{Account, AccountOptions, Options, Simulator, Tenant, TenantOptions};

const ITEMS: u32 = 100_000;

/// Kilobytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or_default()
}

fn call(
    simulator: &Simulator,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> (u16, Vec<u8>) {
    let url = simulator.url();
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    (head[9..12].parse().unwrap(), answer.split_off(end + 4))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_export_holds_nothing_but_its_file() {
    let zendesk = Account::generate(&AccountOptions::default());
    let tenant = Tenant::generate(
        &zendesk,
        &TenantOptions {
            invoice_items: ITEMS,
            ..TenantOptions::default()
        },
    );
    let options = Options {
        tenant: Some(tenant),
        ..Options::default()
    };
    let simulator = Simulator::start_zuora(options).await.unwrap();
    let (token, _) = simulator.grant_tokens("client", "");
    let body = json!({
        "format": "gzip", "version": "1.0", "name": "big", "useQueryLabels": true, "dateTimeUtc": true,
        "queries": [{"name": "items", "query": "select Id, UpdatedDate, ChargeAmount from InvoiceItem", "type": "zoqlexport"}],
    });
    let (before, start) = (resident(), Instant::now());
    for path in ["/v1/batch-query/", "/v1/describe", "/v1/files/1"] {
        assert_eq!(
            call(&simulator, "nobody", "POST", path, &body.to_string()).0,
            401
        );
    }
    let (status, answer) = call(
        &simulator,
        &token,
        "POST",
        "/v1/batch-query",
        &body.to_string(),
    );
    let job: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, &job["status"]), (200, &json!("submitted")));
    let path = format!("/v1/batch-query/jobs/{}", job["id"].as_str().unwrap());
    let job = loop {
        let (_, answer) = call(&simulator, &token, "GET", &path, "");
        let job: Value = serde_json::from_slice(&answer).unwrap();
        if job["status"] == "completed" {
            break job;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{job}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let rows = job["batches"][0]["recordCount"].as_u64().unwrap();
    let file = format!(
        "/v1/files/{}",
        job["batches"][0]["fileId"].as_str().unwrap()
    );
    let (status, zipped) = call(&simulator, &token, "GET", &file, "");
    assert_eq!(status, 200);
    let grown = resident().saturating_sub(before);
    assert!(
        grown < 40_000,
        "{grown} kB more for a file of {} bytes",
        zipped.len()
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(&zipped[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text.lines().count() as u64, rows + 1);
    assert!(rows > u64::from(ITEMS) * 9 / 10);
    let jobs = simulator.export_jobs();
    assert_eq!(
        (jobs.len(), jobs[0].rows, jobs[0].status),
        (1, rows, "completed")
    );
    assert_eq!(simulator.most_exports(), 1);
    let (status, text) = call(&simulator, &token, "GET", "/v1/describe/InvoiceItem", "");
    assert!(status == 200 && text.starts_with(b"<?xml"));
}
