//! Somebody else's server on loopback, for redirects and links that lead away: it answers everything and remembers whether it
//! was told any secret. It refuses to be useful.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, header};
use parking_lot::Mutex;

use crate::server::Listener;

/// One request that came to the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangerRequest {
    /// GET, POST, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Whether it had a header that carries credentials.
    pub authorization: bool,
    /// Whether its query or body has a parameter that carries credentials, such as a code, a token or a client secret.
    pub credentials: bool,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<StrangerRequest>,
    /// Addresses, header values and bodies, as sent and with percent signs decoded.
    texts: Vec<String>,
}

/// A running server that nobody should talk to. Dropping it stops it.
#[derive(Debug)]
pub struct Stranger {
    listener: Listener,
    seen: Arc<Mutex<Seen>>,
}

/// Headers that carry credentials.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "apiaccesskeyid",
    "apisecretaccesskey",
];

/// Names that carry credentials in queries, forms and JSON.
const NAMES: &[&str] = &[
    "access_token",
    "refresh_token",
    "client_secret",
    "code",
    "code_verifier",
    "assertion",
    "password",
    "api_token",
    "token",
];

impl Stranger {
    /// Listens on any free port of the loopback interface.
    ///
    /// # Errors
    /// When no port can be bound or no threads can be started.
    pub fn start() -> io::Result<Self> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().fallback(listen).with_state(Arc::clone(&seen));
        let listener = Listener::start(0, router)?;
        Ok(Self { listener, seen })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url()
    }

    /// Every request, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<StrangerRequest> {
        self.seen.lock().requests.clone()
    }

    /// Whether any request looked as if it carried credentials.
    #[must_use]
    pub fn saw_credentials(&self) -> bool {
        let seen = self.seen.lock();
        seen.requests
            .iter()
            .any(|request| request.authorization || request.credentials)
    }

    /// Whether any of these texts came, in an address, a header or a body.
    #[must_use]
    pub fn saw_any(&self, secrets: &[String]) -> bool {
        let seen = self.seen.lock();
        seen.texts
            .iter()
            .any(|text| secrets.iter().any(|secret| text.contains(secret)))
    }
}

async fn listen(State(seen): State<Arc<Mutex<Seen>>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let mut texts = vec![parts.uri.to_string(), body.clone()];
    let headers = parts.headers.values().map(|value| value.as_bytes());
    texts.extend(headers.map(|value| String::from_utf8_lossy(value).into_owned()));
    let decoded: Vec<String> = texts.iter().map(|text| decode(text)).collect();
    texts.extend(decoded);
    let told = StrangerRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        authorization: HEADERS.iter().any(|name| parts.headers.contains_key(*name)),
        credentials: names_credentials(&query) || names_credentials(&body),
    };
    {
        let mut seen = seen.lock();
        seen.requests.push(told);
        seen.texts.extend(texts);
    }
    // Whoever came here takes what it gets for an answer, and is found out by it.
    let mut response = Response::new(Body::from(
        r#"{"access_token":"from-a-stranger","token_type":"bearer","tickets":[],"users":[]}"#,
    ));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// Form decoding of a whole text: the characters between the parameters do not matter.
fn decode(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect()
}

fn names_credentials(text: &str) -> bool {
    let form = url::form_urlencoded::parse(text.as_bytes())
        .any(|(name, _)| NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)));
    form || NAMES
        .iter()
        .any(|name| text.contains(&format!("\"{name}\"")))
}
