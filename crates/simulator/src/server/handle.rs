//! One request from the wire to the wire: what goes wrong, what is limited, who answers, what is remembered.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use crate::faults::{Faults, Mishap, Mishaps, TokenMishap};
use crate::incoming::Incoming;
use crate::limits::{Limiter, throttled};
use crate::oauth::Authority;
use crate::oauth::gate::Hold;
use crate::reply::Reply;
use crate::server::record::{Record, RecordedRequest};
use crate::server::service::Service;
use crate::zuora;

/// Everything that requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) service: Service,
    pub(crate) authority: Authority,
    pub(crate) faults: RwLock<Faults>,
    pub(crate) mishaps: RwLock<Mishaps>,
    pub(crate) limiter: Limiter,
    /// Where redirects lead that lead away.
    pub(crate) foreign: String,
    pub(crate) record: Mutex<Record>,
}

/// An answer on its way out.
struct Answer {
    reply: Reply,
    authorized: bool,
    /// What happens to it on the way.
    mishap: Option<Mishap>,
    /// What the limiter says.
    headers: Vec<(String, String)>,
}

impl Answer {
    fn plain(reply: Reply, authorized: bool) -> Self {
        Self {
            reply,
            authorized,
            mishap: None,
            headers: Vec::new(),
        }
    }
}

pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    request: Request<Body>,
) -> Response<Body> {
    let incoming = Arc::new(receive(request).await);
    let faults = shared.faults.read().clone();
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    let answer = if !shared.service.is_sign_in(&incoming) {
        data(&shared, faults, &incoming).await
    } else if let Some(reply) = shared.service.absent(&incoming) {
        Answer::plain(reply, false)
    } else if shared.service.is_token_call(&incoming) {
        token(&shared, &faults, &incoming).await
    } else {
        Answer::plain(shared.service.browse(&shared.authority, &incoming), false)
    };
    let reply = shared
        .service
        .sign(answer.reply, &shared.authority, &incoming);
    let mut response = respond(reply, answer.mishap);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    shared.record.lock().add(RecordedRequest {
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: incoming.query.clone(),
        status: response.status().as_u16(),
        authorized: answer.authorized,
        entity: incoming.header(zuora::ENTITY).map(str::to_owned),
        idempotency_key: incoming.header("idempotency-key").map(str::to_owned),
    });
    response
}

async fn receive(request: Request<Body>) -> Incoming {
    let (parts, body) = request.into_parts();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .or_else(|| parts.uri.authority().map(ToString::to_string));
    Incoming {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        host: host.unwrap_or_default(),
        headers: parts.headers,
        body: to_bytes(body, 64 << 20).await.unwrap_or_default(),
    }
}

/// A token call. It can be held before it does anything and before it answers.
async fn token(shared: &Shared, faults: &Faults, incoming: &Incoming) -> Answer {
    let request = shared.service.read_token_call(incoming);
    let authority = &shared.authority;
    if let Err((most, seconds)) = authority.throttle.count() {
        authority.record(&request, "throttled");
        return Answer::plain(shared.service.too_many_tokens(most, seconds), false);
    }
    let mishap = shared.mishaps.read().next_token(faults);
    if let Some(mishap) = mishap {
        let (outcome, reply) = match mishap {
            TokenMishap::Redirect => ("redirected", away(shared, incoming)),
            TokenMishap::Error => ("error", broken(500, 0)),
            TokenMishap::Throttle(seconds) => ("throttled", throttled(1, seconds)),
            TokenMishap::NotJson => ("not_json", Reply::html(200, "Sign in to this network")),
        };
        authority.record(&request, outcome);
        return Answer::plain(reply, false);
    }
    authority.gate.pass(Hold::BeforeRotation).await;
    let reply = shared.service.exchange(authority, incoming, &request);
    authority.gate.pass(Hold::AfterRotation).await;
    let granted = reply.status < 300;
    Answer::plain(reply, granted)
}

async fn data(shared: &Arc<Shared>, faults: Faults, incoming: &Arc<Incoming>) -> Answer {
    if faults.api_redirect {
        return Answer::plain(away(shared, incoming), false);
    }
    let mishap = shared.mishaps.read().next(&faults, identity(incoming));
    let headers = match shared.limiter.count(&incoming.method, &incoming.path) {
        Ok(headers) => headers,
        Err(refusal) => return Answer::plain(refusal, false),
    };
    match mishap {
        Some(Mishap::Throttle(seconds)) => {
            return Answer::plain(throttled(1 + incoming.path.len() % 2, seconds), false);
        }
        // The third shape of a 429 is the one without a wait.
        Some(Mishap::Edge) => return Answer::plain(throttled(3, 0), false),
        Some(Mishap::Error(status)) => {
            return Answer::plain(broken(status, faults.retry_after), false);
        }
        Some(Mishap::Expired) => return Answer::plain(shared.service.expired(), false),
        Some(Mishap::Reset | Mishap::Truncate) | None => {}
    }
    let heaviest = faults.heavy_rows;
    let (work, asked) = (Arc::clone(shared), Arc::clone(incoming));
    // A first read of a big account sorts it: not on a thread that serves others.
    let answered =
        tokio::task::spawn_blocking(move || work.service.answer(&work.authority, &faults, &asked));
    let (reply, authorized) = answered
        .await
        .unwrap_or_else(|_| (Reply::text(500, "the simulator failed to answer"), false));
    let reply = if heaviest.is_some_and(|most| reply.rows > most) {
        broken(504, 0)
    } else {
        reply
    };
    Answer {
        reply,
        authorized,
        mishap,
        headers,
    }
}

/// The same address at another origin.
fn away(shared: &Shared, incoming: &Incoming) -> Reply {
    let mut location = format!("{}{}", shared.foreign, incoming.path);
    if !incoming.query.is_empty() {
        location.push('?');
        location.push_str(&incoming.query);
    }
    Reply::found(location)
}

fn identity(incoming: &Incoming) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&incoming.method, &incoming.path, &incoming.query).hash(&mut hasher);
    hasher.finish()
}

fn broken(status: u16, retry_after: u64) -> Reply {
    match status {
        502 => Reply::html(502, "Bad Gateway"),
        503 => {
            Reply::html(503, "Down for maintenance").with("retry-after", retry_after.to_string())
        }
        504 => Reply::html(504, "Gateway Timeout"),
        520..=524 => Reply::html(status, "Web server is returning an unknown error"),
        _ => Reply::value(
            status,
            &serde_json::json!({"error": "InternalError", "description": "Something went wrong"}),
        ),
    }
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
