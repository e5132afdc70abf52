//! Calls to the addresses of sign-in: one attempt after the other by the same retry table as everything else, each logged.
//!
//! Bodies and headers never reach the log, an error or a trace.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use oauth2::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use oauth2::http::{HeaderMap, HeaderValue, Response, StatusCode};
use oauth2::{HttpRequest, HttpResponse};
use reqwest::Method;
use serde_json::{Map, Value};
use url::Url;
use zuzen_plan::refusal::Refusal;
use zuzen_plan::retry::{Attempt, Decision, Policy, Reason, decide};
use zuzen_plan::sign_in::Body;

use crate::error::Cause;
use crate::headers;
use crate::log::{Pending, Purpose, RequestLog, Row};
use crate::send::{Trouble, failed, redirected_to};
use crate::settings::Secret;
use crate::transport::{Failure, Transport};

/// An answer of a token endpoint has a few kilobytes.
const LARGEST_BODY: usize = 1 << 20;

/// How long an attempt may take, whatever the connection allows for rows: a token that is handed out too late is lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// Nobody answered.
    Network {
        host: String,
        cause: Cause,
        detail: String,
    },
    /// It sends us elsewhere.
    Redirect { host: String },
    /// It fails, or asks for patience that we do not have.
    Status {
        status: u16,
        said: String,
        wait: Option<Duration>,
    },
    /// It says more than a token endpoint has to say.
    TooLarge,
}

impl fmt::Display for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network {
                host,
                cause,
                detail,
            } => write!(out, "{cause} ({host}): {detail}"),
            Self::Redirect { host } => {
                write!(out, "redirected to {host}; nothing was sent there")
            }
            Self::Status { status, said, wait } => {
                write!(out, "it failed with status {status}")?;
                if let Some(wait) = wait {
                    write!(out, "; a pause of {} s is asked for", wait.as_secs())?;
                }
                if said.is_empty() {
                    Ok(())
                } else {
                    write!(out, "; it said: {said}")
                }
            }
            Self::TooLarge => out.write_str("its answer is too large for one of a token endpoint"),
        }
    }
}

impl std::error::Error for CallError {}

/// The way to the addresses of sign-in.
pub(crate) struct Endpoint {
    pub(crate) connection: String,
    pub(crate) client: reqwest::Client,
    pub(crate) transport: Transport,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) policy: Policy,
    /// Sent along, such as the entities of a Zuora tenant.
    pub(crate) headers: HeaderMap,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Endpoint of {}", self.connection)
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Endpoint {
    /// Carries a message of the `oauth2` crate.
    pub(crate) async fn post(
        &self,
        request: HttpRequest,
        body: Body,
        what: &'static str,
    ) -> Result<HttpResponse, CallError> {
        let (parts, form) = request.into_parts();
        let (content_type, sent) = match body {
            Body::Form => ("application/x-www-form-urlencoded", form),
            Body::Json => ("application/json", json(&form)),
        };
        let url = parts.uri.to_string();
        let url = Url::parse(&url).map_err(|error| CallError::Network {
            host: String::new(),
            cause: Cause::Dns,
            detail: error.to_string(),
        })?;
        let mut headers = self.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let answer = self
            .call(&Method::POST, &url, &headers, Some(sent), what)
            .await?;
        // Zendesk's documentation has both 200 and 201 for a token that was made.
        let status = match answer.status {
            StatusCode::CREATED => StatusCode::OK,
            status => status,
        };
        let mut response = Response::new(answer.body.to_vec());
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    /// Asks about, or ends, the token itself.
    pub(crate) async fn with_token(
        &self,
        method: &Method,
        url: &Url,
        token: &Secret,
        what: &'static str,
    ) -> Result<Answered, CallError> {
        let mut headers = self.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(value) = token.bearer() {
            headers.insert(AUTHORIZATION, value);
        }
        self.call(method, url, &headers, None, what).await
    }

    async fn call(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Option<Vec<u8>>,
        what: &'static str,
    ) -> Result<Answered, CallError> {
        let mut attempt = 0;
        let mut waited = Duration::ZERO;
        loop {
            let request = self.client.request(method.clone(), url.clone());
            let request = request.headers(headers.clone()).timeout(PATIENCE);
            let request = match &body {
                Some(body) => request.body(body.clone()),
                None => request,
            };
            let row = self.row(method, url, what, attempt, waited);
            let trouble = match self.attempt(request, row, url).await? {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let decision = decide(
                &Attempt {
                    // A single-use token that was spent without our hearing of it is refused the second time, no worse.
                    idempotent: true,
                    outcome: trouble.outcome(),
                    attempt,
                    can_shrink: false,
                    answered_before: attempt > 0,
                },
                &self.policy,
            );
            match decision {
                Decision::GiveUp(reason) => return Err(give_up(trouble, url, reason)),
                Decision::Again { after, named, .. } => {
                    waited = if named {
                        after
                    } else {
                        after.mul_f64(rand::random::<f64>())
                    };
                    tokio::time::sleep(waited).await;
                }
            }
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        request: reqwest::RequestBuilder,
        row: Row,
        url: &Url,
    ) -> Result<Result<Answered, Trouble>, CallError> {
        let mut pending = Pending::begin(&self.log, row);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                let trouble = failed(Failure::read(&error, &self.transport));
                pending.answered(None, 0);
                pending.finish(Some("no answer".to_owned()));
                return Ok(Err(trouble));
            }
        };
        let status = response.status();
        if let Some(failure) = Failure::of_status(status, url, &self.transport) {
            pending.answered(Some(status.as_u16()), 0);
            pending.finish(Some("refused by the proxy".to_owned()));
            return Ok(Err(failed(failure)));
        }
        if status.is_redirection() {
            let host = redirected_to(url, response.headers());
            pending.answered(Some(status.as_u16()), 0);
            pending.finish(Some(format!("redirected to {host}")));
            return Err(CallError::Redirect { host });
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_BODY => {
                    pending.answered(Some(status.as_u16()), LARGEST_BODY);
                    pending.finish(Some("too large".to_owned()));
                    return Err(CallError::TooLarge);
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => {
                    let trouble = failed(Failure::read(&error, &self.transport));
                    pending.answered(Some(status.as_u16()), body.len());
                    pending.finish(Some("the answer was cut short".to_owned()));
                    return Ok(Err(trouble));
                }
            }
        }
        pending.answered(Some(status.as_u16()), body.len());
        let again = status.as_u16() == 429 || status.is_server_error();
        if !status.is_success() {
            let content_type = response.headers().get(CONTENT_TYPE);
            let refusal = Refusal::read(
                status.as_u16(),
                content_type.and_then(|value| value.to_str().ok()),
                &body,
            );
            pending.finish(Some(
                refusal.code.clone().unwrap_or_else(|| "refused".to_owned()),
            ));
            if again {
                return Ok(Err(Trouble::Refused {
                    status: status.as_u16(),
                    retry_after: headers::retry_after(response.headers()),
                    words: refusal.message.clone(),
                    refusal,
                    request_id: headers::request_id(response.headers()),
                }));
            }
        } else {
            pending.finish(None);
        }
        Ok(Ok(Answered {
            status,
            headers: response.headers().clone(),
            body: body.into(),
        }))
    }

    fn row(
        &self,
        method: &Method,
        url: &Url,
        what: &'static str,
        attempt: u32,
        waited: Duration,
    ) -> Row {
        Row {
            number: 0,
            sent: SystemTime::now(),
            statement: 0,
            purpose: Purpose::Auth,
            table: self.connection.clone(),
            read: what.to_owned(),
            method: match *method {
                Method::POST => "POST",
                Method::DELETE => "DELETE",
                _ => "GET",
            },
            path: url.path().to_owned(),
            query: String::new(),
            status: None,
            rows: None,
            bytes: 0,
            elapsed: Duration::ZERO,
            attempt,
            waited,
            error: None,
        }
    }
}

fn give_up(trouble: Trouble, url: &Url, reason: Reason) -> CallError {
    match trouble {
        Trouble::Broken { cause, detail, .. } => CallError::Network {
            host: place(url),
            cause,
            detail,
        },
        Trouble::Refused {
            status, refusal, ..
        } => CallError::Status {
            status,
            said: refusal.message,
            wait: match reason {
                Reason::TooLong(wait) => Some(wait),
                _ => None,
            },
        },
    }
}

/// Host and port of an address.
pub(crate) fn place(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

/// Lifetimes are numbers in JSON, everything else is text.
fn json(form: &[u8]) -> Vec<u8> {
    let pairs = url::form_urlencoded::parse(form).map(|(name, value)| {
        let seconds = name
            .ends_with("expires_in")
            .then(|| value.parse::<u64>().ok());
        let value = match seconds.flatten() {
            Some(seconds) => Value::from(seconds),
            None => Value::from(value.into_owned()),
        };
        (name.into_owned(), value)
    });
    Value::Object(pairs.collect::<Map<_, _>>())
        .to_string()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use zuzen_plan::retry::Outcome;

    use super::*;

    #[test]
    fn json_bodies_hold_what_the_form_held() {
        let form = b"grant_type=refresh_token&refresh_token=a%2Bb+c&expires_in=172800";
        let body: Value = serde_json::from_slice(&json(form)).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "grant_type": "refresh_token", "refresh_token": "a+b c", "expires_in": 172_800
            })
        );
    }

    #[test]
    fn outcomes_are_those_of_the_retry_table() {
        let trouble = Trouble::Broken {
            outcome: Outcome::Timeout,
            cause: Cause::Timeout,
            detail: "x".to_owned(),
        };
        let url = Url::parse("https://acme.zendesk.com/oauth/tokens").unwrap();
        let error = give_up(trouble, &url, Reason::Exhausted);
        assert_eq!(
            error.to_string(),
            "no answer came in time (acme.zendesk.com): x"
        );
    }
}
