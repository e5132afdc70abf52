//! Jobs against a server whose answers are written by hand: their lives, their files, and how they are left.

mod files;
mod leaving;
mod lives;
mod queue;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use parking_lot::Mutex;
use zuzen_plan::job::{Patience, Service};

use super::server::{Reply, Seen, Server, ok};
use super::*;
use crate::{JobFailure, JobRequest, JobState, JobStream, Piece, Purpose};

/// What must appear nowhere: the part of an address that is a permission.
const SIGNATURE: &str = "X-Amz-Signature=5e1f";

/// What the server answers to each kind of call; the last answer of a list is repeated.
#[derive(Default)]
struct Script {
    submits: Vec<Reply>,
    polls: Vec<Reply>,
    files: Vec<Reply>,
}

impl Script {
    async fn serve(self) -> Server {
        let script = Mutex::new([self.submits, self.polls, self.files]);
        Server::answer(move |_, seen| {
            let replies = &mut script.lock()[match kind(seen) {
                "submit" => 0,
                "poll" => 1,
                "file" => 2,
                _ => return ok("{}"),
            }];
            let reply = if replies.len() > 1 {
                replies.remove(0)
            } else {
                replies.first().cloned().unwrap_or(Reply::Reset)
            };
            at_this_host(reply, seen.header("host").unwrap())
        })
        .await
    }
}

/// Files lie with the same server, whose address is known only once it runs.
fn at_this_host(reply: Reply, host: &str) -> Reply {
    match reply {
        Reply::Answer(status, headers, body) => {
            Reply::Answer(status, headers, body.replace("HOST", host))
        }
        Reply::After(wait, then) => Reply::After(wait, Box::new(at_this_host(*then, host))),
        other => other,
    }
}

fn kind(seen: &Seen) -> &'static str {
    match (seen.method.as_str(), seen.address.as_str()) {
        ("POST", _) => "submit",
        ("DELETE", _) => "cancel",
        (_, address) if address.starts_with("/query/jobs?") => "queue",
        (_, address) if address.starts_with("/signed/") || address.starts_with("/v1/files/") => {
            "file"
        }
        _ => "poll",
    }
}

/// The calls that have arrived, in a word each.
fn calls(server: &Server) -> String {
    let words: Vec<&str> = server.requests().iter().map(kind).collect();
    words.join(" ")
}

fn query(state: &str, more: &str) -> Reply {
    ok(format!(
        r#"{{"data":{{"id":"job-1","queryStatus":"{state}"{more}}}}}"#
    ))
}

fn accepted() -> Reply {
    query("accepted", "")
}

fn completed(rows: u64) -> Reply {
    let file = format!(r#","outputRows":{rows},"dataFile":"http://HOST/signed/job-1?{SIGNATURE}""#);
    query("completed", &file)
}

fn failed(message: &str) -> Reply {
    query("failed", &format!(r#","errorMessage":"{message}""#))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn file(bytes: Vec<u8>) -> Reply {
    Reply::Bytes(200, Vec::new(), bytes, usize::MAX)
}

fn job(service: Service) -> JobRequest {
    JobRequest {
        service,
        body: r#"{"query":"SELECT 1"}"#.to_owned(),
        statement: "SELECT 1".to_owned(),
        table: "zuora.account".to_owned(),
        tables: vec!["account".to_owned()],
        purpose: Purpose::Data,
        patience: match service {
            Service::DataQuery => Patience::for_data_query(),
            Service::Export => Patience::for_aqua(1, 3),
        },
    }
}

/// The files of a result.
async fn files_of(mut stream: JobStream) -> Result<Vec<Vec<u8>>, JobFailure> {
    let mut files: Vec<Vec<u8>> = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece? {
            Piece::File => files.push(Vec::new()),
            Piece::Bytes(bytes) => files.last_mut().unwrap().extend_from_slice(&bytes),
        }
    }
    Ok(files)
}

/// All that a user could see of a connection's jobs.
fn shown(connection: &Connection) -> String {
    format!(
        "{:?} {:?} {connection:?}",
        connection.log().rows(),
        connection.jobs().rows()
    )
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..300 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that");
}
