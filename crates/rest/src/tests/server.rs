//! A server for tests: every answer is written by hand, so that it can also be broken by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Reply {
    /// Answers with status, headers and body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Announces the whole body and sends half of it.
    Cut(String),
    /// Answers with status, headers and bytes, and sends only so many of those that it announces.
    Bytes(u16, Vec<(&'static str, String)>, Vec<u8>, usize),
    /// Closes the connection without a word.
    Reset,
    /// Waits, then does the other thing.
    After(Duration, Box<Self>),
    /// Never answers.
    Stall,
}

/// A success with this body.
pub(super) fn ok(body: impl Into<String>) -> Reply {
    Reply::Answer(200, Vec::new(), body.into())
}

/// A refusal with this body.
pub(super) fn status(status: u16, body: impl Into<String>) -> Reply {
    Reply::Answer(status, Vec::new(), body.into())
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) address: String,
    head: String,
    pub(super) body: String,
}

impl Seen {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(super) struct Server {
    pub(super) origin: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    most: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers each request by its number, from 0, and its address.
    pub(super) async fn start(
        reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::answer(move |number, seen| reply(number, &seen.address)).await
    }

    /// Answers each request by its number, from 0, and all that it is.
    pub(super) async fn answer(
        reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let most = Arc::new(AtomicUsize::new(0));
        let closed = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn({
            let (seen, most, closed) = (Arc::clone(&seen), Arc::clone(&most), Arc::clone(&closed));
            async move {
                let reply = Arc::new(reply);
                let active = Arc::new(AtomicUsize::new(0));
                // Dropped with this task, so that a stopped server answers nobody.
                let mut connections = tokio::task::JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let (reply, seen, active) =
                        (Arc::clone(&reply), Arc::clone(&seen), Arc::clone(&active));
                    let (most, closed) = (Arc::clone(&most), Arc::clone(&closed));
                    connections.spawn(async move {
                        most.fetch_max(active.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        serve(stream, &*reply, &seen, &closed).await;
                        active.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            }
        });
        Self {
            origin: Url::parse(&format!("http://{address}")).unwrap(),
            seen,
            most,
            closed,
            task,
        }
    }

    /// The addresses asked for.
    pub(super) fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock();
        seen.iter().map(|seen| seen.address.clone()).collect()
    }

    /// The requests.
    pub(super) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().clone()
    }

    /// How many requests were under way at the same time at most.
    pub(super) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// How many clients went away while they were kept waiting.
    pub(super) fn closed(&self) -> usize {
        self.closed.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have arrived, or a second has passed.
    pub(super) async fn wait_for(&self, requests: usize) {
        for _ in 0..100 {
            if self.seen.lock().len() >= requests {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Stops answering: connections are refused from now on.
    pub(super) async fn kill(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    reply: &(impl Fn(usize, &Seen) -> Reply + Send + Sync),
    seen: &Mutex<Vec<Seen>>,
    closed: &AtomicUsize,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut sent = vec![0; length.unwrap_or_default()];
    if stream.read_exact(&mut sent).await.is_err() {
        return;
    }
    let mut words = head.split(' ').map(str::to_owned);
    let request = Seen {
        method: words.next().unwrap_or_default(),
        address: words.next().unwrap_or_default(),
        body: String::from_utf8(sent).unwrap(),
        head,
    };
    let number = {
        let mut seen = seen.lock();
        seen.push(request.clone());
        seen.len() - 1
    };
    let mut reply = reply(number, &request);
    while let Reply::After(wait, then) = reply {
        tokio::time::sleep(wait).await;
        reply = *then;
    }
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut text = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n",
                body.len()
            );
            if !headers.iter().any(|(name, _)| *name == "Content-Type") {
                text.push_str("Content-Type: application/json\r\n");
            }
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            text.push_str(&body);
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Reply::Bytes(status, headers, body, sent) => {
            let mut text = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n",
                body.len()
            );
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.write_all(&body[..sent.min(body.len())]).await;
        }
        Reply::Cut(body) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let half = &body.as_bytes()[..body.len() / 2];
            let _ = stream.write_all(half).await;
        }
        Reply::Reset => {}
        Reply::Stall | Reply::After(..) => {
            let _ = stream.read_u8().await;
            closed.fetch_add(1, Ordering::SeqCst);
        }
    }
    let _ = stream.shutdown().await;
}
