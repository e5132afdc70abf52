//! AQuA without sockets: what comes out is compared with the tenant's rows.

mod jobs;
mod mishaps;
mod queries;
mod rejections;
mod rows;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::DateTime;
use serde_json::{Value as Json, json};

use super::{ExportFaults, ExportOptions, Exports};
use crate::incoming::Incoming;
use crate::reply::Reply;
use crate::zendesk::{Account, AccountOptions};
use crate::zuora::{Object, Row, Tenant, TenantOptions, Value};

/// A tenant that all tests share; nothing changes it.
fn tenant() -> Arc<Tenant> {
    static TENANT: OnceLock<Arc<Tenant>> = OnceLock::new();
    Arc::clone(TENANT.get_or_init(|| {
        let zendesk = Account::generate(&AccountOptions {
            tickets: 200,
            anchor: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
            ..AccountOptions::default()
        });
        let options = TenantOptions {
            invoice_items: 900,
            ..TenantOptions::default()
        };
        Tenant::generate(&zendesk, &options)
    }))
}

struct Caller {
    exports: Arc<Exports>,
    faults: ExportFaults,
    now: i64,
}

impl Caller {
    /// Jobs take no time and files have no surprises, unless the options say so.
    fn plain() -> Self {
        Self::with(ExportOptions {
            extra_column: false,
            ..at_once()
        })
    }

    fn with(options: ExportOptions) -> Self {
        Self {
            exports: Exports::new(tenant(), options),
            faults: ExportFaults::default(),
            now: 1_800_000_000_000,
        }
    }

    fn call(&self, method: &str, path: &str, body: &Json) -> Reply {
        let incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            body: Bytes::from(body.to_string()),
            ..Incoming::default()
        };
        let reply = self.exports.answer(&self.faults, self.now, &incoming);
        reply.unwrap_or_else(|| panic!("{method} {path} is not answered"))
    }

    fn json(&self, method: &str, path: &str, body: &Json) -> Json {
        let reply = self.call(method, path, body);
        assert_eq!(reply.status, 200, "{method} {path}");
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn submit(&self, body: &Json) -> Json {
        self.json("POST", "/v1/batch-query/", body)
    }

    fn poll(&self, id: &str) -> Json {
        let path = format!("/v1/batch-query/jobs/{id}");
        self.json("GET", &path, &Json::Null)
    }

    /// The job as it ends.
    fn finish(&self, body: &Json) -> Json {
        let submitted = self.submit(body);
        let id = submitted["id"].as_str();
        let id = id.unwrap_or_else(|| panic!("rejected: {submitted}"));
        let start = Instant::now();
        loop {
            let job = self.poll(id);
            if !["submitted", "executing"].contains(&job["status"].as_str().unwrap()) {
                return job;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{job}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn fetch(&self, file: &Json) -> Vec<u8> {
        let path = format!("/v1/files/{}", file.as_str().unwrap());
        let reply = self.call("GET", &path, &Json::Null);
        assert_eq!(reply.status, 200);
        reply.body
    }

    /// The file of a job with one query, as rows by header.
    fn export(&self, body: &Json) -> Vec<Record> {
        let job = self.finish(body);
        assert_eq!(job["status"], "completed", "{job}");
        let batch = &job["batches"][0];
        let records = records(&self.fetch(&batch["fileId"]));
        assert_eq!(batch["recordCount"], records.len(), "{job}");
        records
    }

    fn rows(&self, query: &str) -> Vec<Record> {
        self.export(&request(query))
    }

    /// One column, sorted, of a query with one column.
    fn column(&self, query: &str) -> Vec<String> {
        let rows = self.rows(query);
        let mut cells: Vec<String> = rows
            .into_iter()
            .map(|row| row.into_values().next().unwrap())
            .collect();
        cells.sort();
        cells
    }
}

type Record = BTreeMap<String, String>;

fn at_once() -> ExportOptions {
    ExportOptions {
        job_time: Duration::ZERO,
        ..ExportOptions::default()
    }
}

/// A job as a careful caller submits it.
fn request(query: &str) -> Json {
    json!({
        "format": "csv", "version": "1.0", "name": "test", "useQueryLabels": true, "dateTimeUtc": "true",
        "nullReplacement": "<null>",
        "queries": [{"name": "q", "query": query, "type": "zoqlexport"}],
    })
}

/// One more query of a job.
fn add(body: &mut Json, query: Json) {
    body["queries"].as_array_mut().unwrap().push(query);
}

fn records(file: &[u8]) -> Vec<Record> {
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().unwrap().clone();
    let record = |row: csv::StringRecord| {
        let names = header.iter().map(str::to_owned);
        names.zip(row.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|row| record(row.unwrap())).collect()
}

fn unzipped(file: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn get(row: &Row<'_>, name: &str) -> Value {
    row.get(name)
        .unwrap_or_else(|| panic!("{:?}.{name}", row.object()))
}

fn text(row: &Row<'_>, name: &str) -> Option<String> {
    match get(row, name) {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The ids of the rows that are not deleted and pass a test, in order.
fn ids(object: Object, test: impl Fn(&Row<'_>) -> bool) -> Vec<String> {
    let tenant = tenant();
    let rows = tenant.rows(object);
    rows.filter(|row| !row.is_deleted() && test(row))
        .map(|row| text(&row, "Id").unwrap())
        .collect()
}
