//! One attempt: budget, rate limit, the request itself, its body, and the row in the log.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use url::Url;
use zuzen_plan::pages::Call;
use zuzen_plan::refusal::{Kind, Refusal};
use zuzen_plan::request::address;
use zuzen_plan::retry::Outcome;

use crate::connection::Connection;
use crate::error::{Cause, Error};
use crate::headers;
use crate::log::{Pending, Row};
use crate::reading::Reading;
use crate::transport::Failure;

/// No answer may be larger: a page has a few megabytes.
const LARGEST_BODY: usize = 512 << 20;

/// What came of an attempt.
#[derive(Debug)]
pub(crate) enum Sent<'a> {
    /// A success. The log still waits to hear whether the body is whole.
    Body(Bytes, Pending<'a>),
    /// Something that may be worth another attempt.
    Trouble(Trouble),
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The API has answered, but not with a success.
    Refused {
        status: u16,
        retry_after: Option<Duration>,
        refusal: Refusal,
    },
    /// There was no whole answer.
    Broken {
        outcome: Outcome,
        cause: Cause,
        detail: String,
    },
}

impl Trouble {
    /// What the retry table looks at.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Refused {
                status,
                retry_after,
                refusal,
            } => Outcome::Status {
                status: *status,
                retry_after: *retry_after,
                kind: refusal.kind.clone(),
            },
            Self::Broken { outcome, .. } => outcome.clone(),
        }
    }

    /// Whether the API does not know who asks.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.kind == Kind::Unauthorized)
    }

    /// Whether requests of other families would be refused, too.
    pub(crate) fn stops_everything(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => {
                matches!(
                    refusal.kind,
                    Kind::RateLimited { edge: true } | Kind::Server
                )
            }
            Self::Broken { .. } => false,
        }
    }
}

impl Connection {
    /// Sends a call once. Errors are those that no second attempt can mend.
    pub(crate) async fn send(
        &self,
        reading: &Reading,
        call: &Call,
        attempt: u32,
        slept: Duration,
        authorization: HeaderValue,
    ) -> Result<Sent<'_>, Error> {
        let shared = &*self.shared;
        let usage = &reading.usage;
        let at = || Box::new(reading.at());
        let url = self.url(call).ok_or_else(|| Error::Answer {
            at: at(),
            reason: "a key in the path would change the address; nothing was sent".to_owned(),
        })?;
        usage
            .statement()
            .spend()
            .map_err(|max_requests| Error::Budget {
                at: at(),
                max_requests,
            })?;
        let admitted = shared
            .limiter
            .admit(&reading.request.family, shared.policy.longest_wait)
            .await;
        let (_permit, waited) = admitted.map_err(|wait| Error::Limited {
            at: at(),
            family: reading.request.family.clone(),
            wait: Some(wait),
            attempts: attempt,
            said: String::new(),
        })?;
        usage.count_wait(waited);
        let _slot = shared.slots.acquire().await;
        usage.count_request(attempt);
        let row = Row {
            number: 0,
            sent: SystemTime::now(),
            statement: usage.statement().id(),
            purpose: reading.purpose,
            table: reading.request.table.clone(),
            read: reading.request.read.clone(),
            method: "GET",
            path: call.path.clone(),
            query: url.query().unwrap_or_default().to_owned(),
            status: None,
            rows: None,
            bytes: 0,
            elapsed: Duration::ZERO,
            attempt,
            waited: slept + waited,
            error: None,
        };
        let mut pending = Pending::begin(&shared.log, row);
        let sent = shared
            .client
            .get(url)
            .headers(shared.headers.clone())
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .send()
            .await;
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => {
                let trouble = failed(Failure::read(&error, &shared.transport));
                pending.answered(None, 0);
                pending.finish(Some(said(&trouble)));
                return Ok(Sent::Trouble(trouble));
            }
        };
        let refused = Failure::of_status(response.status(), response.url(), &shared.transport);
        if let Some(failure) = refused {
            let trouble = failed(failure);
            pending.answered(Some(response.status().as_u16()), 0);
            pending.finish(Some(said(&trouble)));
            return Ok(Sent::Trouble(trouble));
        }
        shared.answered.store(true, Ordering::Relaxed);
        shared.limiter.learn(response.headers());
        self.pass_on_warnings(reading, response.headers());
        let status = response.status();
        if status.is_redirection() {
            pending.answered(Some(status.as_u16()), 0);
            pending.finish(Some("redirected".to_owned()));
            return Err(Error::Redirect {
                at: at(),
                host: redirected_to(&shared.origin, response.headers()),
            });
        }
        let body = match receive(&mut response, reading.expected).await {
            Ok(body) => body,
            Err(Unreceived::Broken(error)) => {
                let trouble = failed(Failure::read(&error, &shared.transport));
                pending.answered(Some(status.as_u16()), 0);
                pending.finish(Some(said(&trouble)));
                return Ok(Sent::Trouble(trouble));
            }
            Err(Unreceived::TooLarge) => {
                let reason = format!("the answer is larger than {} MB", LARGEST_BODY >> 20);
                pending.answered(Some(status.as_u16()), LARGEST_BODY);
                pending.finish(Some(reason.clone()));
                return Err(Error::Answer { at: at(), reason });
            }
        };
        usage.count_bytes(body.len());
        pending.answered(Some(status.as_u16()), body.len());
        if status.is_success() {
            return Ok(Sent::Body(body, pending));
        }
        if status.as_u16() == 429 {
            usage.count_throttled();
        }
        let content_type = response.headers().get(CONTENT_TYPE);
        let refusal = Refusal::read(
            status.as_u16(),
            content_type.and_then(|value| value.to_str().ok()),
            &body,
        );
        let trouble = Trouble::Refused {
            status: status.as_u16(),
            retry_after: headers::retry_after(response.headers()),
            refusal,
        };
        pending.finish(Some(said(&trouble)));
        Ok(Sent::Trouble(trouble))
    }

    /// The address, unless URL rules would read the path differently than it was meant: `%2E%2E` is `..` to them.
    fn url(&self, call: &Call) -> Option<Url> {
        let url = self
            .shared
            .origin
            .join(&address(&call.path, &call.query))
            .ok()?;
        (url.path() == call.path && url.origin() == self.shared.origin.origin()).then_some(url)
    }

    /// `X-Zendesk-API-Warn` is the only sign of a parameter that was ignored.
    fn pass_on_warnings(&self, reading: &Reading, headers: &HeaderMap) {
        for value in headers.get_all("x-zendesk-api-warn") {
            let text: String = String::from_utf8_lossy(value.as_bytes())
                .chars()
                .filter(|letter| !letter.is_control())
                .take(300)
                .collect();
            let warning = format!("{}: {text}", reading.request.path);
            if reading.usage.warn(&warning) {
                tracing::warn!(connection = self.shared.name, "{warning}");
            }
        }
    }
}

enum Unreceived {
    Broken(reqwest::Error),
    TooLarge,
}

/// The whole body, in one piece of about the right size.
async fn receive(response: &mut Response, expected: usize) -> Result<Bytes, Unreceived> {
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let room = announced.unwrap_or(expected + expected / 16);
    let mut body = BytesMut::with_capacity(room.min(LARGEST_BODY / 16));
    while let Some(chunk) = response.chunk().await.map_err(Unreceived::Broken)? {
        if body.is_empty() && announced == Some(chunk.len()) {
            return Ok(chunk);
        }
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(Unreceived::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

pub(crate) fn failed(failure: Failure) -> Trouble {
    Trouble::Broken {
        outcome: failure.outcome,
        cause: failure.cause,
        detail: failure.detail,
    }
}

/// For the log.
fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused { refusal, .. } => match &refusal.code {
            Some(code) => format!("{code}: {}", refusal.message),
            None => refusal.message.clone(),
        },
        Trouble::Broken { cause, detail, .. } => format!("{cause}: {detail}"),
    }
}

pub(crate) fn redirected_to(origin: &Url, headers: &HeaderMap) -> String {
    headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| origin.join(text).ok())
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "an address it does not name".to_owned())
}
