//! A server that asks another one once and repeats its answers from then on, compressed as they came.
//!
//! It knows GET and kept-alive connections, no more: what talks to it is our own.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST};
use tokio::runtime::{Builder, Handle};

use crate::Outcome;

/// The path that, followed by milliseconds, sets the latency.
pub(crate) const DELAY: &str = "/replay/delay/";

struct Replay {
    upstream: String,
    client: Client,
    runtime: Handle,
    answers: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    delay: AtomicU64,
}

/// Serves until stdin ends, as it does with the process that holds the other end.
pub(crate) fn serve(upstream: &str) -> Outcome<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut out = io::stdout().lock();
    writeln!(out, "http://{}", listener.local_addr()?)?;
    out.flush()?;
    let replay = Arc::new(Replay {
        upstream: upstream.to_owned(),
        // Bodies are kept as they are sent.
        client: Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .build()?,
        runtime: runtime.handle().clone(),
        answers: Mutex::default(),
        delay: AtomicU64::new(0),
    });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let replay = Arc::clone(&replay);
            // A client that hangs up ends its thread and nothing else.
            thread::spawn(move || replay.converse(&stream));
        }
    });
    io::stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// What matters of a request.
#[derive(Debug, Default)]
struct Asked {
    target: String,
    host: String,
    authorization: String,
}

impl Replay {
    fn converse(&self, stream: &TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut lines = BufReader::new(stream);
        loop {
            let asked = read(&mut lines)?;
            if let Some(millis) = asked.target.strip_prefix(DELAY) {
                self.delay.store(millis.parse().ok()?, Ordering::Relaxed);
                (&*stream).write_all(&answer(200, "", "", b"")).ok()?;
                continue;
            }
            let answer = self.answer(asked)?;
            thread::sleep(Duration::from_millis(self.delay.load(Ordering::Relaxed)));
            (&*stream).write_all(&answer).ok()?;
        }
    }

    fn answer(&self, asked: Asked) -> Option<Arc<Vec<u8>>> {
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = answers().get(&asked.target) {
            return Some(Arc::clone(kept));
        }
        let (status, fetched) = self.runtime.block_on(self.fetch(&asked)).ok()?;
        let fetched = Arc::new(fetched);
        if status == 200 {
            answers().insert(asked.target, Arc::clone(&fetched));
        }
        Some(fetched)
    }

    async fn fetch(&self, asked: &Asked) -> reqwest::Result<(u16, Vec<u8>)> {
        let response = self
            .client
            .get(format!("{}{}", self.upstream, asked.target))
            // Links in the answer lead to the host that was asked.
            .header(HOST, &asked.host)
            .header(AUTHORIZATION, &asked.authorization)
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await?;
        let status = response.status().as_u16();
        let header = |name| {
            let value = response.headers().get(name);
            let text = value.and_then(|value| value.to_str().ok());
            text.unwrap_or_default().to_owned()
        };
        let (kind, encoding) = (header(CONTENT_TYPE), header(CONTENT_ENCODING));
        let body = response.bytes().await?;
        Ok((status, answer(status, &kind, &encoding, &body)))
    }
}

/// The next request, or nothing if there is none or none of ours.
fn read(lines: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    asked.target = line.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    loop {
        line.clear();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return Some(asked);
        };
        match name.to_ascii_lowercase().as_str() {
            "host" => asked.host = value.to_owned(),
            "authorization" => asked.authorization = value.to_owned(),
            _ => {}
        }
    }
}

fn answer(status: u16, kind: &str, encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status} Replayed\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in [("content-type", kind), ("content-encoding", encoding)] {
        if !value.is_empty() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}
