//! The calls of a job: what the sender repeats by itself, and what it leaves to the job.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use url::Url;
use zuzen_plan::host::is_loopback;
use zuzen_plan::job::{File, FileAddress, Refused, Service};
use zuzen_plan::pages::Call;
use zuzen_plan::retry::{Outcome, Reason};

use super::JobRequest;
use crate::attempts::Lost;
use crate::connection::Connection;
use crate::errand::{Errand, Message, Posted};
use crate::error::{At, Cause, Error};
use crate::headers;
use crate::log::{Pending, Row};
use crate::send::{Head, Trouble, redirected_to};
use crate::transport::Failure;

/// As much of a storage provider's refusal is looked at.
const MOST_REFUSAL: usize = 64 << 10;

/// Why a file does not begin.
#[derive(Debug)]
pub(super) enum Unopened {
    /// Whoever keeps it has refused it, or the API has not answered.
    Refused(Refused),
    /// A storage provider has not answered.
    Unreached(Unreached),
}

/// A storage provider that has not answered: no trouble of the vendor's, and nothing that a fresh address mends.
#[derive(Debug)]
pub(super) struct Unreached {
    at: Box<At>,
    host: String,
    cause: Cause,
    detail: String,
}

impl Unreached {
    /// The error that this is after so many attempts.
    pub(super) fn error(self, attempts: u32) -> Error {
        Error::Storage {
            at: self.at,
            host: self.host,
            cause: self.cause,
            attempts,
            detail: self.detail,
        }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: {}", self.host, self.cause, self.detail)
    }
}

impl JobRequest {
    /// The submit, with the key that keeps it from making two jobs.
    pub(super) fn submit(&self, key: String) -> Message {
        let mut message = Message::new(Method::POST, self.service.submit_path().to_owned());
        message.posted = Some(Posted {
            body: self.body.clone(),
            key: Some(key),
        });
        message
    }
}

/// Trouble that the job knows better what to do about: a key that was used, and a full queue, which must not keep
/// other calls waiting.
fn is_the_jobs(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Refused { status: 409, .. }
            | Trouble::Refused {
                status: 429,
                retry_after: None,
                ..
            }
    )
}

impl Connection {
    /// Sends a call of a job. Errors are those that the job cannot mend either.
    pub(super) async fn ask(
        &self,
        errand: &Errand,
        message: &Message,
    ) -> Result<Result<Bytes, Refused>, Error> {
        let policy = self.shared.policy.for_jobs();
        let delivered = self.deliver(errand, message, policy, is_the_jobs).await?;
        match delivered {
            Ok(body) => Ok(Ok(body)),
            Err(lost) => self.refusal(errand, message, lost).map(Err),
        }
    }

    /// Sends a call that nothing depends on: once, and what goes wrong is only in the log of requests.
    pub(super) async fn ask_once(&self, errand: &Errand, message: &Message) -> Option<Bytes> {
        let policy = self.shared.policy.for_jobs();
        let delivered = self.deliver(errand, message, policy, |_| true).await;
        delivered.ok()?.ok()
    }

    fn refusal(&self, errand: &Errand, message: &Message, lost: Lost) -> Result<Refused, Error> {
        let hopeless = match (&lost.trouble, &lost.reason) {
            (_, Reason::TooLong(_)) => true,
            (Trouble::Broken { outcome, .. }, Reason::Permanent) => *outcome == Outcome::Connect,
            (trouble, _) => trouble.is_unauthorized(),
        };
        if hopeless {
            return Err(lost.error(errand.at(self, message), &errand.family, self.host()));
        }
        Ok(match lost.trouble {
            Trouble::Refused {
                status,
                retry_after,
                words,
                ..
            } => Refused {
                status,
                message: words,
                retry_after,
            },
            Trouble::Broken { cause, detail, .. } => unanswered(format!("{cause}: {detail}")),
        })
    }

    /// Asks for a file, up to the head of the answer.
    pub(super) async fn open_file<'a>(
        &'a self,
        errand: &'a Errand,
        file: &File,
    ) -> Result<Result<Head<'a>, Unopened>, Error> {
        match file {
            File::Signed(address) => self.open_signed(errand, address).await,
            File::Stored(id) => {
                let mut message = Message::new(Method::GET, Service::file_path(id));
                message.accept = "*/*";
                message.is_file = true;
                let policy = self.shared.policy.for_jobs();
                match self.begin(errand, &message, policy, is_the_jobs).await? {
                    Ok(head) => Ok(Ok(head)),
                    Err(lost) => {
                        let refused = self.refusal(errand, &message, lost)?;
                        Ok(Err(Unopened::Refused(refused)))
                    }
                }
            }
        }
    }

    /// Asks a storage provider once, without credentials and without the connection's headers. The address is its own
    /// permission: of it, only the host is ever named.
    async fn open_signed<'a>(
        &'a self,
        errand: &'a Errand,
        address: &FileAddress,
    ) -> Result<Result<Head<'a>, Unopened>, Error> {
        let url = address.reveal();
        let host = url.host_str().unwrap_or_default();
        let message = Message::of_call(
            Method::GET,
            Call {
                path: format!("{host}/…"),
                query: Vec::new(),
            },
        );
        let at = || Box::new(errand.at(self, &message));
        if is_loopback(url) && !is_loopback(&self.shared.origin) {
            return Err(Error::Answer {
                at: at(),
                reason: "the result's address leads to this machine; it was not asked".to_owned(),
            });
        }
        let client = self.shared.jobs.storage().await?;
        self.spend(errand, &message)?;
        errand.usage.count_request(0);
        let row = Row::of(errand, message.method(), message.call.path.clone());
        let mut pending = Pending::begin(&self.shared.log, row);
        let patience = self.shared.timeout;
        let sent = tokio::time::timeout(patience, client.get(url.clone()).send()).await;
        let came = match sent {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let failure = Failure::read(&error, &self.shared.transport);
                Err((failure.cause, failure.detail))
            }
            Err(_) => {
                let detail = format!("{} s have passed", patience.as_secs());
                Err((Cause::Timeout, detail))
            }
        };
        let mut response = match came {
            Ok(response) => response,
            Err((cause, detail)) => {
                pending.answered(None, 0);
                pending.finish(Some(format!("{cause}: {detail}")));
                return Ok(Err(Unopened::Unreached(Unreached {
                    at: at(),
                    host: host.to_owned(),
                    cause,
                    detail,
                })));
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(Ok(Head::new(response, pending)));
        }
        if status.is_redirection() {
            pending.answered(Some(status.as_u16()), 0);
            pending.finish(Some("redirected".to_owned()));
            // No hint to put that address into the connection: its host would be given the credentials.
            let aim = redirected_to(&bare(url), response.headers());
            return Err(Error::Answer {
                at: at(),
                reason: format!("the result's address redirects to {aim}, which was not followed"),
            });
        }
        let mut body = Vec::new();
        while body.len() < MOST_REFUSAL
            && let Ok(Ok(Some(chunk))) = tokio::time::timeout(patience, response.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        let message = match code(&body) {
            Some(code) => format!("{host} answered with status {}: {code}", status.as_u16()),
            None => format!("{host} answered with status {}", status.as_u16()),
        };
        pending.answered(Some(status.as_u16()), body.len());
        pending.finish(Some(message.clone()));
        let named = headers::retry_after(response.headers());
        Ok(Err(Unopened::Refused(Refused {
            status: status.as_u16(),
            message,
            retry_after: named.filter(|wait| *wait <= LONGEST_NAMED_WAIT),
        })))
    }
}

/// A storage provider that asks for more is asked again after our own pause.
const LONGEST_NAMED_WAIT: Duration = Duration::from_secs(60);

/// There was no answer, or it broke off.
pub(super) fn unanswered(message: String) -> Refused {
    Refused {
        status: 0,
        message,
        retry_after: None,
    }
}

/// The address without what must not be shown, to read a redirect's against.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_path("");
    url.set_query(None);
    url
}

/// The code in a storage provider's refusal. The rest is not quoted: it repeats tokens.
fn code(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let plain = code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    (plain && !code.is_empty()).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_of_a_refusal_is_quoted() {
        let cases = [
            (
                "<Error><Code>AccessDenied</Code><Token-0>x</Token-0></Error>",
                Some("AccessDenied"),
            ),
            ("<Code>FwoGZXIvYXdzEB0aDNotACodeButAToken012</Code>", None),
            ("<Code></Code>", None),
            ("<Code>AccessDenied", None),
            ("", None),
        ];
        for (body, expected) in cases {
            assert_eq!(code(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
