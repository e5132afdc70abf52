//! One attempt: budget, rate limit, the request itself, its body, and the row in the log.
//!
//! Pages, the calls of jobs and their stored files all pass through here; what a refusal means for them does not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::sync::SemaphorePermit;
use url::Url;
use zuzen_plan::job::Refused;
use zuzen_plan::pages::Call;
use zuzen_plan::refusal::{Kind, Refusal};
use zuzen_plan::request::address;
use zuzen_plan::retry::Outcome;

use crate::attempts::Attempts;
use crate::connection::Connection;
use crate::errand::{Errand, Message};
use crate::error::{Cause, Error};
use crate::headers;
use crate::limiter::Permit;
use crate::log::{Pending, Row};
use crate::pauses::Pause;
use crate::transport::Failure;

/// No answer may be larger: a page has a few megabytes.
const LARGEST_BODY: usize = 512 << 20;

/// The longest transfer of a file. What bounds it before is that it must not stand still.
pub(crate) const LONGEST_TRANSFER: Duration = Duration::from_secs(24 * 3_600);

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
        /// The words of the body, in any shape that job services write them.
        words: String,
        /// The number that the vendor gave the request.
        request_id: Option<String>,
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
                ..
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

/// A success whose body is still to come.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    pub(crate) response: Response,
    /// The log waits to hear what becomes of the body.
    pub(crate) pending: Pending<'a>,
    hold: Option<Hold<'a>>,
}

impl<'a> Head<'a> {
    /// An answer that takes no room at the API.
    pub(crate) fn new(response: Response, pending: Pending<'a>) -> Self {
        Self {
            response,
            pending,
            hold: None,
        }
    }
}

/// Room at the API, for as long as an answer takes.
#[derive(Debug)]
struct Hold<'a> {
    _permit: Permit<'a>,
    _slot: Option<SemaphorePermit<'a>>,
}

/// What came of an attempt, as far as its head says.
#[derive(Debug)]
pub(crate) enum Opened<'a> {
    /// A success.
    Head(Box<Head<'a>>),
    /// Something that may be worth another attempt.
    Trouble(Trouble),
}

impl Connection {
    /// Sends a call once and takes its whole answer. Errors are those that no second attempt can mend.
    pub(crate) async fn send<'a>(
        &'a self,
        errand: &'a Errand,
        message: &Message,
        attempts: &Attempts,
        expected: usize,
    ) -> Result<Sent<'a>, Error> {
        let mut head = match self.open_call(errand, message, attempts).await? {
            Opened::Head(head) => head,
            Opened::Trouble(trouble) => return Ok(Sent::Trouble(trouble)),
        };
        let received = receive(&mut head.response, expected).await;
        let Head {
            response,
            mut pending,
            hold,
        } = *head;
        drop(hold);
        let status = Some(response.status().as_u16());
        match received {
            Ok(body) => {
                errand.usage.count_bytes(body.len());
                pending.answered(status, body.len());
                Ok(Sent::Body(body, pending))
            }
            Err(unreceived) => {
                let trouble = self.unreceived(errand, message, status, unreceived, pending)?;
                Ok(Sent::Trouble(trouble))
            }
        }
    }

    /// Sends a call once, up to the head of its answer; refusals are read whole.
    pub(crate) async fn open_call<'a>(
        &'a self,
        errand: &'a Errand,
        message: &Message,
        attempts: &Attempts,
    ) -> Result<Opened<'a>, Error> {
        let shared = &*self.shared;
        let usage = &errand.usage;
        let at = || Box::new(errand.at(self, message));
        let url = self.url(&message.call).ok_or_else(|| Error::Answer {
            at: at(),
            reason: "a key in the path would change the address; nothing was sent".to_owned(),
        })?;
        self.spend(errand, message)?;
        let family = &errand.family;
        let waiting = |wait| (usage.statement()).pause(Pause::of(&shared.name, Some(family), wait));
        let admitted = shared
            .limiter
            .admit(family, shared.policy.longest_wait, waiting)
            .await;
        let (permit, waited) = admitted.map_err(|wait| Error::Limited {
            at: at(),
            family: errand.family.clone(),
            wait: Some(wait),
            attempts: attempts.made,
            said: String::new(),
        })?;
        usage.count_wait(waited);
        let hold = Hold {
            _permit: permit,
            _slot: shared.slots.acquire().await.ok(),
        };
        usage.count_request(attempts.made);
        let mut row = Row::of(errand, message.method(), message.call.path.clone());
        row.query = url.query().unwrap_or_default().to_owned();
        row.attempt = attempts.made;
        row.waited = attempts.slept + waited;
        let mut pending = Pending::begin(&shared.log, row);
        let mut request = shared
            .client
            .request(message.method.clone(), url)
            .headers(shared.headers.clone())
            .header(AUTHORIZATION, attempts.header())
            .header(ACCEPT, message.accept);
        if let Some((body, key)) = &message.posted {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .header("Idempotency-Key", key)
                .body(body.clone());
        }
        if message.is_file {
            request = request
                .header(ACCEPT_ENCODING, "identity")
                .timeout(LONGEST_TRANSFER);
        }
        message.left.store(true, Ordering::Relaxed);
        let mut response = match self.patiently(message, request.send()).await {
            Ok(response) => response,
            Err(trouble) => {
                pending.answered(None, 0);
                pending.finish(Some(said(&trouble)));
                return Ok(Opened::Trouble(trouble));
            }
        };
        let refused = Failure::of_status(response.status(), response.url(), &shared.transport);
        if let Some(failure) = refused {
            let trouble = failed(failure);
            pending.answered(Some(response.status().as_u16()), 0);
            pending.finish(Some(said(&trouble)));
            return Ok(Opened::Trouble(trouble));
        }
        shared.answered.store(true, Ordering::Relaxed);
        shared.limiter.learn(response.headers());
        self.pass_on_warnings(errand, &message.call.path, response.headers());
        let status = response.status();
        if status.is_redirection() {
            pending.answered(Some(status.as_u16()), 0);
            pending.finish(Some("redirected".to_owned()));
            return Err(Error::Redirect {
                at: at(),
                host: redirected_to(&shared.origin, response.headers()),
            });
        }
        if status.is_success() {
            let hold = (!message.is_file).then_some(hold);
            return Ok(Opened::Head(Box::new(Head {
                response,
                pending,
                hold,
            })));
        }
        // Only a file may take long: what is said instead of one may not.
        let patience = match message.is_file {
            true => shared.timeout,
            false => LONGEST_TRANSFER,
        };
        let received = tokio::time::timeout(patience, receive(&mut response, 0)).await;
        let body = match received.unwrap_or(Ok(Bytes::new())) {
            Ok(body) => body,
            Err(unreceived) => {
                let status = Some(status.as_u16());
                let trouble = self.unreceived(errand, message, status, unreceived, pending)?;
                return Ok(Opened::Trouble(trouble));
            }
        };
        usage.count_bytes(body.len());
        pending.answered(Some(status.as_u16()), body.len());
        if status.as_u16() == 429 {
            usage.count_throttled();
        }
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let trouble = Trouble::Refused {
            status: status.as_u16(),
            retry_after: headers::named_wait(status.as_u16(), response.headers()),
            refusal: Refusal::read(status.as_u16(), content_type, &body),
            words: Refused::read(status.as_u16(), None, content_type, &body).message,
            request_id: headers::request_id(response.headers()),
        };
        pending.finish(Some(said(&trouble)));
        Ok(Opened::Trouble(trouble))
    }

    /// Takes a request from the statement's budget.
    pub(crate) fn spend(&self, errand: &Errand, message: &Message) -> Result<(), Error> {
        let spent = errand.usage.statement().spend();
        spent.map_err(|max_requests| Error::Budget {
            at: Box::new(errand.at(self, message)),
            max_requests,
        })
    }

    /// The head of an answer is waited for as long as any whole answer, also where the body may take longer.
    async fn patiently(
        &self,
        message: &Message,
        sent: impl Future<Output = Result<Response, reqwest::Error>>,
    ) -> Result<Response, Trouble> {
        let timed = async {
            if message.is_file {
                tokio::time::timeout(self.shared.timeout, sent).await
            } else {
                Ok(sent.await)
            }
        };
        match timed.await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(failed(Failure::read(&error, &self.shared.transport))),
            Err(_) => Err(Trouble::Broken {
                outcome: Outcome::Timeout,
                cause: Cause::Timeout,
                detail: format!("{} s have passed", self.shared.timeout.as_secs()),
            }),
        }
    }

    fn unreceived(
        &self,
        errand: &Errand,
        message: &Message,
        status: Option<u16>,
        unreceived: Unreceived,
        mut pending: Pending<'_>,
    ) -> Result<Trouble, Error> {
        match unreceived {
            Unreceived::Broken(error) => {
                let trouble = failed(Failure::read(&error, &self.shared.transport));
                pending.answered(status, 0);
                pending.finish(Some(said(&trouble)));
                Ok(trouble)
            }
            Unreceived::TooLarge => {
                let reason = format!("the answer is larger than {} MB", LARGEST_BODY >> 20);
                pending.answered(status, LARGEST_BODY);
                pending.finish(Some(reason.clone()));
                Err(Error::Answer {
                    at: Box::new(errand.at(self, message)),
                    reason,
                })
            }
        }
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
    fn pass_on_warnings(&self, errand: &Errand, path: &str, headers: &HeaderMap) {
        for value in headers.get_all("x-zendesk-api-warn") {
            let text: String = String::from_utf8_lossy(value.as_bytes())
                .chars()
                .filter(|letter| !letter.is_control())
                .take(300)
                .collect();
            let warning = format!("{path}: {text}");
            if errand.usage.warn(&warning) {
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
pub(crate) fn said(trouble: &Trouble) -> String {
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
