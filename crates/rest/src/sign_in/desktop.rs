//! The redirect of the desktop flow: a listener on this machine that waits for one visit to `CallbackURL`.
//!
//! It listens on loopback only, answers nothing but that path, and ends with the first visit that counts.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Html;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::Url;

use crate::settings::Secret;

/// Why no code came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallbackError {
    /// `CallbackURL` is no address on this machine that can be listened on.
    Elsewhere { url: String, reason: &'static str },
    /// Another program listens there.
    Taken { port: u16 },
    /// It cannot be listened on.
    Listen { port: u16, reason: String },
    /// Nobody came.
    TimedOut { waited: Duration },
    /// The person, or the server, said no.
    Denied { code: String, said: String },
    /// The visit does not belong to the address that was opened.
    WrongState,
    /// The visit brought neither a code nor a reason.
    NoCode,
}

/// A listener that waits for the visit.
#[derive(Debug)]
pub(crate) struct Callback {
    visit: oneshot::Receiver<Result<Secret, CallbackError>>,
    servers: Vec<tokio::task::JoinHandle<()>>,
}

type Waiting = Arc<Mutex<Option<oneshot::Sender<Result<Secret, CallbackError>>>>>;

struct Expected {
    path: String,
    state: String,
    waiting: Waiting,
}

impl Callback {
    /// Listens where `callback` says.
    pub(crate) async fn listen(callback: &str, state: &str) -> Result<Self, CallbackError> {
        let (url, addresses) = addresses(callback)?;
        let port = url.port_or_known_default().unwrap_or(80);
        let mut listeners = Vec::new();
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    return Err(CallbackError::Taken { port });
                }
                // A machine may be without one of the two protocols.
                Err(error) if listeners.is_empty() && address.is_ipv6() => {
                    return Err(CallbackError::Listen {
                        port,
                        reason: error.to_string(),
                    });
                }
                Err(error) if address.is_ipv4() => {
                    return Err(CallbackError::Listen {
                        port,
                        reason: error.to_string(),
                    });
                }
                Err(_) => {}
            }
        }
        let (sender, visit) = oneshot::channel();
        let expected = Arc::new(Expected {
            path: url.path().to_owned(),
            state: state.to_owned(),
            waiting: Arc::new(Mutex::new(Some(sender))),
        });
        let router = Router::new().fallback(receive).with_state(expected);
        let servers = listeners.into_iter().map(|listener| {
            let router = router.clone();
            tokio::spawn(async move {
                // An accept that fails shows as a visit that never comes.
                let _ = axum::serve(listener, router).await;
            })
        });
        Ok(Self {
            visit,
            servers: servers.collect(),
        })
    }

    /// Waits for the visit and gives its code.
    pub(crate) async fn code(mut self, patience: Duration) -> Result<Secret, CallbackError> {
        let visit = tokio::time::timeout(patience, &mut self.visit).await;
        match visit {
            Ok(Ok(outcome)) => {
                // The page that thanks is still on its way.
                tokio::time::sleep(Duration::from_millis(100)).await;
                outcome
            }
            Ok(Err(_)) | Err(_) => Err(CallbackError::TimedOut { waited: patience }),
        }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

async fn receive(
    State(expected): State<Arc<Expected>>,
    method: Method,
    visited: Uri,
) -> (StatusCode, Html<&'static str>) {
    if visited.path() != expected.path {
        // Browsers ask for an icon, too.
        return (StatusCode::NOT_FOUND, Html("Nothing here."));
    }
    if method != Method::GET || !brings_something(visited.query().unwrap_or_default()) {
        // Any page may have an image at this address: it is no answer.
        return (StatusCode::BAD_REQUEST, Html(WRONG));
    }
    let outcome = read(visited.query().unwrap_or_default(), Some(&expected.state));
    let page = match &outcome {
        Ok(_) => (StatusCode::OK, Html(DONE)),
        Err(CallbackError::Denied { .. }) => (StatusCode::OK, Html(DENIED)),
        Err(_) => (StatusCode::BAD_REQUEST, Html(WRONG)),
    };
    if let Some(waiting) = expected.waiting.lock().take() {
        // Whoever waited may have gone.
        let _ = waiting.send(outcome);
    }
    page
}

const DONE: &str = "<!doctype html><meta charset=utf-8><title>Signed in</title><h1>Signed in</h1>\
    <p>You can close this window and go back to zuzen.</p>";
const DENIED: &str = "<!doctype html><meta charset=utf-8><title>Not signed in</title><h1>Not signed in</h1>\
    <p>Access was not granted. You can close this window.</p>";
const WRONG: &str = "<!doctype html><meta charset=utf-8><title>Not signed in</title><h1>Not signed in</h1>\
    <p>This visit does not belong to a sign-in that zuzen began.</p>";

/// Whether a visit can be the end of a sign-in, well or not.
fn brings_something(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| matches!(name.as_ref(), "code" | "error" | "state"))
}

/// What the query of a redirect brings.
pub(crate) fn read(query: &str, state: Option<&str>) -> Result<Secret, CallbackError> {
    let value = |wanted: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if state.is_some() && value("state").as_deref() != state {
        return Err(CallbackError::WrongState);
    }
    if let Some(code) = value("error") {
        return Err(CallbackError::Denied {
            code,
            said: value("error_description").unwrap_or_default(),
        });
    }
    match value("code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(Secret::new(code)),
        None => Err(CallbackError::NoCode),
    }
}

/// Where to listen: browsers try both protocols for `localhost`.
fn addresses(callback: &str) -> Result<(Url, Vec<SocketAddr>), CallbackError> {
    let elsewhere = |reason| CallbackError::Elsewhere {
        url: callback.to_owned(),
        reason,
    };
    let url = Url::parse(callback).map_err(|_| elsewhere("is no address"))?;
    if url.scheme() != "http" {
        return Err(elsewhere(
            "is not plain http, which is what a listener on this machine speaks",
        ));
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host_str() {
        Some("localhost") => vec![
            (Ipv4Addr::LOCALHOST, port).into(),
            (Ipv6Addr::LOCALHOST, port).into(),
        ],
        Some("127.0.0.1") => vec![(Ipv4Addr::LOCALHOST, port).into()],
        Some("[::1]") => vec![(Ipv6Addr::LOCALHOST, port).into()],
        _ => return Err(elsewhere("is not on this machine")),
    };
    Ok((url, addresses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_on() {
        for (callback, reason) in [
            ("http://localhost:33333", None),
            ("http://localhost:33333/callback", None),
            ("http://127.0.0.1:8080", None),
            ("http://[::1]:8080/a/b", None),
            ("https://localhost:33333", Some("plain http")),
            ("http://app.example.com/cb", Some("not on this machine")),
            ("localhost", Some("no address")),
        ] {
            match (addresses(callback), reason) {
                (Ok(_), None) => {}
                (Err(CallbackError::Elsewhere { reason, .. }), Some(part)) => {
                    assert!(reason.contains(part), "{callback}: {reason}");
                }
                (outcome, _) => panic!("{callback}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn a_visit_brings_a_code_or_a_reason() {
        assert!(read("code=abc&state=s", Some("s")).is_ok());
        assert!(read("code=abc", None).is_ok());
        for (query, expected) in [
            ("code=abc&state=t", CallbackError::WrongState),
            ("code=abc", CallbackError::WrongState),
            ("state=s", CallbackError::NoCode),
            ("state=s&code=", CallbackError::NoCode),
            (
                "error=access_denied&error_description=No+way&state=s",
                CallbackError::Denied {
                    code: "access_denied".into(),
                    said: "No way".into(),
                },
            ),
        ] {
            assert_eq!(read(query, Some("s")).unwrap_err(), expected, "{query}");
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_told_and_nobody_is_waited_for_in_vain() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let callback = format!("http://127.0.0.1:{port}/");
        let error = Callback::listen(&callback, "s").await.unwrap_err();
        assert_eq!(error, CallbackError::Taken { port });
        drop(taken);
        let waiting = Callback::listen(&callback, "s").await.unwrap();
        let error = waiting.code(Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(error, CallbackError::TimedOut { .. }), "{error:?}");
    }
}
