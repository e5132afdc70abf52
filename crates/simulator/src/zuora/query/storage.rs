//! The place where result files lie: another server at another address, as S3 is. An address is its own permission; whoever sends
//! credentials besides is refused and remembered. It refuses to list anything.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use futures::StreamExt as _;
use parking_lot::Mutex;

use super::faults::QueryFaults;
use crate::oauth::text;
use crate::server::Listener;

const BUCKET: &str = "owl-auw2-sbx01-query-result";
const TOKEN: &str = "X-Amz-Security-Token";

/// Headers that have no business at a store.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "apiaccesskeyid",
    "apisecretaccesskey",
    "zuora-entity-ids",
    "zuora-org-ids",
    "zuora-track-id",
    "zuora-version",
    "idempotency-key",
];

/// Bytes that leave at once.
const PIECE: usize = 64 << 10;

#[derive(Debug)]
struct StoredFile {
    bytes: Bytes,
    /// Good until then.
    tokens: HashMap<String, Instant>,
    told: u32,
    downloads: u32,
}

#[derive(Debug, Default)]
struct Shelf {
    files: HashMap<String, StoredFile>,
    secrets: Vec<String>,
    leaks: Vec<String>,
    serial: u64,
    errors: u32,
    resets: u32,
    faults: QueryFaults,
}

/// A running store.
#[derive(Debug)]
pub(super) struct Storage {
    listener: Listener,
    shelf: Arc<Mutex<Shelf>>,
    foreign: String,
}

impl Storage {
    pub(super) fn start(foreign: &str) -> io::Result<Self> {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let state = (Arc::clone(&shelf), foreign.to_owned());
        let router = Router::new().fallback(serve).with_state(state);
        Ok(Self {
            listener: Listener::start(0, router)?,
            shelf,
            foreign: foreign.to_owned(),
        })
    }

    /// Keeps a file and says its path.
    pub(super) fn keep(&self, job: &str, ending: &str, bytes: Vec<u8>) -> String {
        let mut shelf = self.shelf.lock();
        shelf.serial += 1;
        let path = format!("/{BUCKET}/{job}_{:09}.{ending}", 100_000_000 + shelf.serial);
        let file = StoredFile {
            bytes: bytes.into(),
            tokens: HashMap::new(),
            told: 0,
            downloads: 0,
        };
        shelf.files.insert(path.clone(), file);
        path
    }

    /// An address that is good for a while.
    pub(super) fn sign(&self, path: &str, life: Duration, faults: &QueryFaults) -> Option<String> {
        let mut shelf = self.shelf.lock();
        shelf.faults = faults.clone();
        shelf.serial += 1;
        let token = text::short_token(shelf.serial);
        let file = shelf.files.get_mut(path)?;
        let stale = faults.expired_address && file.told == 0;
        file.told += 1;
        let end = Instant::now() + if stale { Duration::ZERO } else { life };
        file.tokens.insert(token.clone(), end);
        shelf.secrets.push(token.clone());
        let origin = if faults.foreign_files {
            // Plain http and not on loopback: nobody is to go there.
            if self.foreign.starts_with("http://") {
                self.foreign.clone()
            } else {
                "http://elsewhere.example".to_owned()
            }
        } else {
            self.listener.url()
        };
        Some(format!(
            "{origin}{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&{TOKEN}={token}"
        ))
    }

    pub(super) fn downloads(&self, path: Option<&str>) -> u32 {
        let shelf = self.shelf.lock();
        path.and_then(|path| shelf.files.get(path))
            .map_or(0, |file| file.downloads)
    }

    pub(super) fn set_faults(&self, faults: &QueryFaults) {
        let mut shelf = self.shelf.lock();
        shelf.faults = faults.clone();
        (shelf.errors, shelf.resets) = (0, 0);
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        self.shelf.lock().secrets.clone()
    }

    pub(super) fn leaks(&self) -> Vec<String> {
        self.shelf.lock().leaks.clone()
    }

    pub(super) fn url(&self) -> String {
        self.listener.url()
    }

    pub(super) fn close(&self) {
        self.listener.close();
    }
}

fn xml(status: u16, code: &str, message: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    response
}

fn carried(headers: &HeaderMap) -> Option<&'static str> {
    CREDENTIALS
        .iter()
        .copied()
        .find(|name| headers.contains_key(*name))
}

async fn serve(
    State((shelf, foreign)): State<(Arc<Mutex<Shelf>>, String)>,
    request: Request<Body>,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let mut shelf = shelf.lock();
    if let Some(name) = carried(request.headers()) {
        shelf.leaks.push(format!("{name} at {path}"));
        return xml(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified",
        );
    }
    if request.method() != Method::GET {
        return xml(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        );
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let token = pairs
        .find(|(name, _)| name == TOKEN)
        .map(|(_, token)| token.into_owned());
    let faults = shelf.faults.clone();
    let denied = || xml(403, "AccessDenied", "Access Denied");
    let Some(token) = token else {
        return denied();
    };
    let (errors, resets) = (shelf.errors, shelf.resets);
    let Some(file) = shelf.files.get_mut(&path) else {
        return denied();
    };
    match file.tokens.get(&token) {
        None => {
            return xml(
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
            );
        }
        Some(end) if *end <= Instant::now() => {
            return xml(403, "AccessDenied", "Request has expired");
        }
        Some(_) => {}
    }
    if faults.purged_files {
        return xml(404, "NoSuchKey", "The specified key does not exist.");
    }
    if faults.redirected_files {
        let mut response = xml(
            307,
            "TemporaryRedirect",
            "Please re-send this request to the specified endpoint.",
        );
        if let Ok(location) = HeaderValue::try_from(format!("{foreign}{path}?{query}")) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        return response;
    }
    file.downloads += 1;
    let bytes = file.bytes.clone();
    if errors < faults.storage_errors {
        shelf.errors += 1;
        return xml(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        );
    }
    let reset = resets < faults.storage_resets;
    if reset {
        shelf.resets += 1;
    }
    drop(shelf);
    let bytes = if faults.truncated_files {
        bytes.slice(..bytes.len() / 2)
    } else {
        bytes
    };
    download(bytes, reset)
}

fn download(bytes: Bytes, reset: bool) -> Response<Body> {
    let length = bytes.len();
    let sent = if reset {
        bytes.slice(..length / 2)
    } else {
        bytes
    };
    let pieces: Vec<io::Result<Bytes>> = (0..sent.len())
        .step_by(PIECE)
        .map(|from| Ok(sent.slice(from..sent.len().min(from + PIECE))))
        .collect();
    let broken = futures::stream::iter(reset.then_some(())).then(|()| async {
        // What was sent before is on its way by then.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "the connection was reset on purpose",
        ))
    });
    let mut response = Response::new(Body::from_stream(
        futures::stream::iter(pieces).chain(broken),
    ));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
