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
use crate::zendesk::api::reply::Reply;
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
    /// Lets the cursor lists of all users and of all organizations take `sort=` `id` and `updated_at`, either way.
    /// Whether the vendor's do is unconfirmed, so a caller has to live with both; false refuses everything but `id`.
    pub sorted_people: bool,
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
            sorted_people: true,
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
            sorted_people: options.sorted_people,
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
mod tests;
