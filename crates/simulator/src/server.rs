//! The HTTP side: a listener on loopback with a runtime of its own, faults, limits and a record of what was asked.
//! It refuses to know any endpoint; `zendesk::answer` does.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use axum::serve::ListenerExt;
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use tokio::runtime::{Builder, Runtime};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::faults::{Faults, Mishap, Mishaps};
use crate::limits::{Limiter, Limits, throttled};
use crate::zendesk::reply::Reply;
use crate::zendesk::{Account, Behaviour, Incoming, answer};

/// How a simulator is to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// Refuses unknown parameters, unknown side-loads and page sizes beyond the maximum instead of shrugging them off.
    pub strict: bool,
    /// The plan whose rate limits are enforced.
    pub limits: Limits,
    /// Shrinks the minute of the rate limits, and nothing else.
    pub speed: f64,
    /// How far the search index is behind.
    pub search_lag: Duration,
    /// How far the incremental exports are behind.
    pub export_lag: Duration,
    /// What goes wrong.
    pub faults: Faults,
    /// False answers everything like an account nobody has.
    pub subdomain_exists: bool,
    /// Compresses with gzip when the caller accepts it.
    pub compression: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            strict: false,
            limits: Limits::None,
            speed: 1.0,
            search_lag: Duration::from_secs(60),
            export_lag: Duration::from_secs(60),
            faults: Faults::default(),
            subdomain_exists: true,
            compression: true,
        }
    }
}

/// One request a simulator has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// GET, POST, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as sent, without the question mark.
    pub query: String,
    /// Status of the answer.
    pub status: u16,
    /// Whether the request carried good credentials.
    pub authorized: bool,
}

/// Requests kept for inspection; older ones are only counted.
const REMEMBERED: usize = 20_000;

#[derive(Debug)]
struct Shared {
    account: Arc<Account>,
    behaviour: Behaviour,
    faults: RwLock<Faults>,
    mishaps: RwLock<Mishaps>,
    limiter: Limiter,
    record: Mutex<(VecDeque<RecordedRequest>, u64)>,
}

/// A running server. Dropping it stops it and cuts its connections.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Mutex<Option<Runtime>>,
}

impl Simulator {
    /// Serves an account on the loopback interface.
    ///
    /// # Errors
    /// When the port cannot be bound or no threads can be started.
    #[expect(
        clippy::unused_async,
        reason = "callers await a start; that nothing is awaited today is not part of the contract"
    )]
    pub async fn start(account: Arc<Account>, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let millis = |lag: Duration| i64::try_from(lag.as_millis()).unwrap_or(i64::MAX / 4);
        let behaviour = Behaviour {
            strict: options.strict,
            subdomain_exists: options.subdomain_exists,
            search_lag_millis: millis(options.search_lag),
            export_lag_millis: millis(options.export_lag),
        };
        let shared = Arc::new(Shared {
            account,
            behaviour,
            faults: RwLock::new(options.faults),
            mishaps: RwLock::default(),
            limiter: Limiter::new(options.limits, options.speed),
            record: Mutex::default(),
        });
        // A runtime of its own lets a test's runtime block or end without stopping the server, and lets closing cut connections.
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("simulator")
            .enable_all()
            .build()?;
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let router = if options.compression {
            router.layer(
                CompressionLayer::new()
                    .no_br()
                    .no_zstd()
                    .no_deflate()
                    .gzip(true)
                    .quality(CompressionLevel::Fastest),
            )
        } else {
            router
        };
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let listener = listener.tap_io(|stream| {
            // Latency of small answers matters more than packets; a failure here costs only speed.
            let _ = stream.set_nodelay(true);
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            shared,
            runtime: Mutex::new(Some(runtime)),
        })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A connection string with the administrator's credentials.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!(
            "Connector=Zendesk;URL={};User=agent@example.com;ApiToken=demo;",
            self.url()
        )
    }

    /// A connection string with the credentials of an agent who may not read full exports.
    #[must_use]
    pub fn agent_connection_string(&self) -> String {
        format!(
            "Connector=Zendesk;URL={};User=light@example.com;ApiToken=demo-agent;",
            self.url()
        )
    }

    /// The newest requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.record.lock().0.iter().cloned().collect()
    }

    /// How many requests there were, forgotten ones included.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.shared.record.lock().1
    }

    /// Changes what goes wrong from the next request on.
    pub fn set_faults(&self, faults: Faults) {
        *self.shared.faults.write() = faults;
        *self.shared.mishaps.write() = Mishaps::default();
    }

    /// Refuses everything from now on and cuts open connections, as a killed server would.
    pub fn close(&self) {
        let runtime = self.runtime.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.close();
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let method = parts.method.as_str().to_owned();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let text = |name: HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let host = text(header::HOST)
        .or_else(|| parts.uri.authority().map(ToString::to_string))
        .unwrap_or_default();
    let authorization = text(header::AUTHORIZATION);
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let faults = shared.faults.read().clone();
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    let mishap = shared
        .mishaps
        .read()
        .next(&faults, identity(&method, &path, &query));
    let counted = shared.limiter.count(&method, &path);
    let asked = (method.clone(), path.clone(), query.clone());
    let (reply, authorized) = match (counted, mishap) {
        (Err(refusal), _) => (refusal, false),
        (Ok(_), Some(Mishap::Throttle(seconds))) => (throttled(1 + path.len() % 2, seconds), false),
        (Ok(_), Some(Mishap::Error(status))) => (broken(status, faults.retry_after), false),
        (Ok(_), Some(Mishap::Expired)) => (Reply::invalid_token(), false),
        (Ok(headers), _) => {
            let work = Arc::clone(&shared);
            let limits = faults.heavy_rows;
            // A first read of a big account sorts it: not on a thread that serves others.
            let answered = tokio::task::spawn_blocking(move || {
                let incoming = Incoming {
                    method: &method,
                    path: &path,
                    query: &query,
                    host: &host,
                    authorization: authorization.as_deref(),
                    body: &body,
                };
                answer(&work.account, &work.behaviour, &faults, &incoming)
            })
            .await;
            let (reply, authorized) = answered
                .unwrap_or_else(|_| (Reply::text(500, "the simulator failed to answer"), false));
            let reply = if limits.is_some_and(|most| reply.rows > most) {
                broken(504, 0)
            } else {
                reply
            };
            let mut response = respond(reply, mishap);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name), HeaderValue::try_from(value))
                {
                    response.headers_mut().insert(name, value);
                }
            }
            remember(&shared, asked, response.status(), authorized);
            return response;
        }
    };
    let response = respond(reply, None);
    remember(&shared, asked, response.status(), authorized);
    response
}

fn identity(method: &str, path: &str, query: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (method, path, query).hash(&mut hasher);
    hasher.finish()
}

fn broken(status: u16, retry_after: u64) -> Reply {
    match status {
        502 => Reply::html(502, "Bad Gateway"),
        503 => {
            Reply::html(503, "Down for maintenance").with("retry-after", retry_after.to_string())
        }
        504 => Reply::html(504, "Gateway Timeout"),
        _ => Reply::value(
            status,
            &serde_json::json!({"error": "InternalError", "description": "Something went wrong"}),
        ),
    }
}

fn remember(
    shared: &Shared,
    asked: (String, String, String),
    status: StatusCode,
    authorized: bool,
) {
    let (method, path, query) = asked;
    let mut record = shared.record.lock();
    if record.0.len() == REMEMBERED {
        record.0.pop_front();
    }
    record.0.push_back(RecordedRequest {
        method,
        path,
        query,
        status: status.as_u16(),
        authorized,
    });
    record.1 += 1;
}

fn respond(reply: Reply, mishap: Option<Mishap>) -> Response<Body> {
    let length = reply.body.len();
    let body = match mishap {
        Some(Mishap::Truncate) => Body::from(reply.body[..length / 2].to_vec()),
        Some(Mishap::Reset) => {
            let half = Bytes::copy_from_slice(&reply.body[..length / 2]);
            let rest = io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the connection was reset on purpose",
            );
            Body::from_stream(futures::stream::iter([Ok(half), Err(rest)]))
        }
        _ => Body::from(reply.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(reply.content_type),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("max-age=0, private, must-revalidate"),
    );
    if mishap == Some(Mishap::Reset) {
        // The full length is promised, so that a body that ends early cannot pass for a short one.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
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
        let mut stream = TcpStream::connect(simulator.address)?;
        let credentials =
            base64::engine::general_purpose::STANDARD.encode("agent@example.com/token:demo");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {credentials}\r\nConnection: close\r\n{extra}\r\n",
            simulator.address
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
                authorized: true
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
        let address = simulator.address;
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
}
