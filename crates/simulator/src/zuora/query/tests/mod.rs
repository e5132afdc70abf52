//! What Data Query promises, asked of statements alone, through the door, and over sockets.

mod door;
mod mishaps;
mod refusals;
mod statements;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Drift};
use super::file::Format;
use super::submit::Submission;
use super::{DataQuery, QueryFaults, QueryOptions, run};
use crate::incoming::Incoming;
use crate::zendesk::{Account, AccountOptions};
use crate::zuora::{Tenant, TenantOptions};

fn tenant(items: u32) -> Arc<Tenant> {
    let zendesk = Account::generate(&AccountOptions {
        seed: 5,
        anchor: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        ..AccountOptions::default()
    });
    let options = TenantOptions {
        invoice_items: items,
        ..TenantOptions::default()
    };
    Tenant::generate(&zendesk, &options)
}

fn catalog(tenant: &Arc<Tenant>, options: QueryOptions) -> Catalog {
    Catalog {
        tenant: Arc::clone(tenant),
        options,
        drift: Drift::default(),
        vanished: None,
    }
}

fn submission(statement: &str) -> Submission {
    Submission {
        statement: statement.to_owned(),
        format: Format::Json,
        gzip: false,
        read_deleted: false,
        index_join: false,
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_stack_size(16 << 20)
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// The lines of a result.
fn lines(catalog: &Catalog, submission: &Submission) -> Result<Vec<Map<String, Value>>, String> {
    let outcome = wait(run::run(catalog, submission, &QueryFaults::default()))?;
    let text = String::from_utf8(outcome.file).unwrap();
    let rows: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len() as u64, outcome.rows);
    Ok(rows)
}

fn ask(sql: &str) -> Result<Vec<Map<String, Value>>, String> {
    lines(
        &catalog(&tenant(300), QueryOptions::default()),
        &submission(sql),
    )
}

/// Cells in the order of their names, blanks between them, rows in their order.
fn told(sql: &str) -> String {
    match ask(sql) {
        Ok(rows) => rows
            .into_iter()
            .map(|row| {
                let cells: BTreeMap<_, _> = row.into_iter().collect();
                let cells = cells.into_values().map(|cell| match cell {
                    Value::String(text) => text,
                    other => other.to_string(),
                });
                cells.collect::<Vec<_>>().join(" ")
            })
            .collect::<Vec<_>>()
            .join(" | "),
        Err(complaint) => format!("! {complaint}"),
    }
}

/// A service and who asks it, without sockets in front.
struct Caller {
    queries: Arc<DataQuery>,
    faults: QueryFaults,
}

impl Caller {
    fn new(options: QueryOptions) -> Self {
        Self::with(options, QueryFaults::default())
    }

    fn with(options: QueryOptions, faults: QueryFaults) -> Self {
        let queries = DataQuery::start(&tenant(300), options, "http://127.0.0.1:9").unwrap();
        queries.forgive(&faults);
        Self { queries, faults }
    }

    fn send(
        &self,
        method: &str,
        address: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            ..Incoming::default()
        };
        for (name, value) in headers {
            let name = axum::http::HeaderName::try_from(*name).unwrap();
            incoming.headers.insert(name, value.parse().unwrap());
        }
        let reply = self.queries.answer(&self.faults, &incoming).unwrap();
        (
            reply.status,
            serde_json::from_slice(&reply.body).unwrap_or(Value::Null),
        )
    }

    fn submit(&self, sql: &str) -> (u16, Value) {
        self.submit_with(&body(sql), &[])
    }

    fn submit_with(&self, body: &Value, headers: &[(&str, &str)]) -> (u16, Value) {
        let json = [("content-type", "application/json")];
        let headers: Vec<_> = json.iter().chain(headers).copied().collect();
        self.send("POST", "/query/jobs", &body.to_string(), &headers)
    }

    fn id(&self, sql: &str) -> String {
        let (status, body) = self.submit(sql);
        assert_eq!(status, 200, "{body}");
        body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// The job when it is over.
    fn end(&self, id: &str) -> Value {
        let start = Instant::now();
        loop {
            let (status, body) = self.send("GET", &format!("/query/jobs/{id}"), "", &[]);
            let state = body["data"]["queryStatus"].as_str().unwrap_or_default();
            if status == 200 && !["accepted", "in_progress"].contains(&state) {
                return body["data"].clone();
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{body}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn fetch(&self, address: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
        fetch(address, headers)
    }
}

fn body(sql: &str) -> Value {
    json!({"query": sql, "outputFormat": "JSON", "compression": "NONE", "output": {"target": "S3"}})
}

/// A GET over a socket: the status and what came of the body, whole or not.
fn fetch(address: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
    use std::io::{Read as _, Write as _};
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut socket = std::net::TcpStream::connect(host).unwrap();
    let mut request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    let head = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let status = std::str::from_utf8(&answer[9..12])
        .unwrap()
        .parse()
        .unwrap();
    (status, answer[head + 4..].to_vec())
}
