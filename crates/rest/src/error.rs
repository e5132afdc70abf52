//! Everything that can go wrong between a request and its pages, as values a caller can act on.
//!
//! Messages name the connection, the table, the read and the call; never headers, and never a web page.

use std::fmt;
use std::time::Duration;

use zuzen_plan::pages::PageError;

use crate::store::StoreError;

/// Where an error happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The connection's name.
    pub connection: String,
    /// The table read, or what else the request was for.
    pub table: String,
    /// The read's name.
    pub read: String,
    /// Method and path.
    pub call: String,
    /// The number that the vendor gave the request, for its support to find it by.
    pub request_id: Option<String>,
}

impl fmt::Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (read `{}`, {})", self.table, self.read, self.call)
    }
}

/// How a network fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The host's name is not known.
    Dns,
    /// Nobody listens there.
    Refused,
    /// The certificate or the handshake is wrong.
    Tls,
    /// The proxy or firewall in between did not connect us.
    Proxy,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Broken,
    /// The answer was cut short.
    Incomplete,
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Dns => "the host name is not known",
            Self::Refused => "the connection was refused",
            Self::Tls => "no secure connection could be made",
            Self::Proxy => "no way through the proxy",
            Self::Timeout => "no answer came in time",
            Self::Broken => "the connection broke",
            Self::Incomplete => "the answer was cut short",
        })
    }
}

/// A request that failed for good.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The connection cannot be opened like this.
    #[error("connection `{connection}`: {reason}")]
    Settings {
        /// The connection's name.
        connection: String,
        /// What is wrong.
        reason: String,
    },
    /// Signing in by OAuth failed.
    #[error("connection `{connection}` cannot sign in: {reason}")]
    SignIn {
        /// The connection's name.
        connection: String,
        /// Why.
        reason: String,
        /// The next step.
        hint: String,
    },
    /// The values of an earlier sign-in cannot be read or kept.
    #[error("connection `{connection}`: {source}")]
    Store {
        /// The connection's name.
        connection: String,
        /// Why.
        source: StoreError,
    },
    /// The API does not know who asks.
    #[error("{at}: the credentials were not accepted{}", quoted(.said))]
    Auth {
        /// Where.
        at: Box<At>,
        /// The API's words.
        said: String,
    },
    /// Who asks may not.
    #[error("{at}: access is forbidden{}", quoted(.said))]
    Forbidden {
        /// Where.
        at: Box<At>,
        /// OAuth scopes that are missing, if the API names them.
        scopes: Vec<String>,
        /// The API's words.
        said: String,
    },
    /// There is no such account.
    #[error("{at}: there is no account at {host}{}", quoted(.said))]
    UnknownAccount {
        /// Where.
        at: Box<At>,
        /// The host asked.
        host: String,
        /// The API's words.
        said: String,
    },
    /// There is no such record or endpoint.
    #[error("{at}: not found{}", quoted(.said))]
    NotFound {
        /// Where.
        at: Box<At>,
        /// The account has no such endpoint, as opposed to no such record.
        endpoint: bool,
        /// The API's words.
        said: String,
    },
    /// The API asks for a longer pause than we make, or for too many.
    #[error("{at}: the rate limit of `{family}` is used up ({} made){}{}", times(*.attempts), waits(.wait), quoted(.said))]
    Limited {
        /// Where.
        at: Box<At>,
        /// The rate-limit family.
        family: String,
        /// The pause asked for, where it was too long.
        wait: Option<Duration>,
        /// Attempts made.
        attempts: u32,
        /// The API's words.
        said: String,
    },
    /// The API shows only the first of these rows.
    #[error("{at}: the API does not show all rows of this request{}", quoted(.said))]
    Capped {
        /// Where.
        at: Box<At>,
        /// The API's words.
        said: String,
    },
    /// The API does not understand the request.
    #[error("{at}: the API refused the request with status {status}{}", quoted(.said))]
    Invalid {
        /// Where.
        at: Box<At>,
        /// HTTP status.
        status: u16,
        /// The API's code.
        code: Option<String>,
        /// The API's words.
        said: String,
    },
    /// The API itself fails.
    #[error("{at}: the API failed with status {status} ({} made){}{}", times(*.attempts), waits(.wait), quoted(.said))]
    Server {
        /// Where.
        at: Box<At>,
        /// HTTP status.
        status: u16,
        /// The pause asked for, where it was too long.
        wait: Option<Duration>,
        /// Attempts made.
        attempts: u32,
        /// The API's words.
        said: String,
    },
    /// No answer arrived.
    #[error("{at}: {cause} ({host}, {} made): {detail}", times(*.attempts))]
    Network {
        /// Where.
        at: Box<At>,
        /// Host and port.
        host: String,
        /// What happened at last.
        cause: Cause,
        /// Attempts made.
        attempts: u32,
        /// The last attempt's details.
        detail: String,
    },
    /// The result of a job lies with a storage provider that does not answer.
    #[error("{at}: the result cannot be fetched from {host}: {cause} ({} made): {detail}", times(*.attempts))]
    Storage {
        /// Where.
        at: Box<At>,
        /// The provider's host.
        host: String,
        /// What happened at last.
        cause: Cause,
        /// Attempts made.
        attempts: u32,
        /// The last attempt's details.
        detail: String,
    },
    /// The API sends us elsewhere.
    #[error("{at}: redirected to {host}; the credentials were not sent there")]
    Redirect {
        /// Where.
        at: Box<At>,
        /// Host of the address named.
        host: String,
    },
    /// The next page cannot be found.
    #[error("{at}: {source}")]
    Page {
        /// Where.
        at: Box<At>,
        /// Why.
        source: PageError,
    },
    /// The answer is not what the request promises.
    #[error("{at}: {reason}")]
    Answer {
        /// Where.
        at: Box<At>,
        /// What is wrong.
        reason: String,
    },
    /// The statement has used up its requests.
    #[error("{at}: the statement has sent its {max_requests} requests (MaxRequests)")]
    Budget {
        /// Where the next one would have gone.
        at: Box<At>,
        /// The bound.
        max_requests: u64,
    },
}

impl Error {
    /// Where it happened, unless no request was made.
    #[must_use]
    pub fn at(&self) -> Option<&At> {
        match self {
            Self::Settings { .. } | Self::SignIn { .. } | Self::Store { .. } => None,
            Self::Auth { at, .. }
            | Self::Forbidden { at, .. }
            | Self::UnknownAccount { at, .. }
            | Self::NotFound { at, .. }
            | Self::Limited { at, .. }
            | Self::Capped { at, .. }
            | Self::Invalid { at, .. }
            | Self::Server { at, .. }
            | Self::Network { at, .. }
            | Self::Storage { at, .. }
            | Self::Redirect { at, .. }
            | Self::Page { at, .. }
            | Self::Answer { at, .. }
            | Self::Budget { at, .. } => Some(at),
        }
    }

    /// The next step, where there is an obvious one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Settings { .. } => "check the connection's URL and credentials",
            Self::SignIn { hint, .. } => return Some(hint.clone()),
            Self::Store { source, .. } => return Some(source.hint()),
            Self::Auth { .. } => {
                "check user and token; an API token is used with the e-mail address of the agent it belongs to, and token access must be on in Admin Center"
            }
            Self::Forbidden { scopes, .. } if !scopes.is_empty() => {
                return Some(format!(
                    "ask for a token with the scopes {}",
                    scopes.join(", ")
                ));
            }
            Self::Forbidden { .. } => {
                "the role of this user, or the account's plan, does not include it; an admin's token may"
            }
            Self::UnknownAccount { .. } => "check the subdomain in the connection's URL",
            Self::NotFound { endpoint: true, .. } => {
                "the account's plan may not include this product"
            }
            Self::NotFound { .. } => "the record may have been deleted",
            Self::Limited { .. } => {
                "others use the same account's allowance; try again later, or narrow the statement"
            }
            Self::Capped { .. }
            | Self::Page {
                source: PageError::TooDeep,
                ..
            } => "narrow the statement, for example by a time range",
            Self::Invalid { .. } | Self::Page { .. } | Self::Answer { .. } => {
                "EXPLAIN shows the request; system.requests shows what was sent"
            }
            Self::Server { .. } => "try again later; Zendesk's status page may know more",
            Self::Network { cause, .. } | Self::Storage { cause, .. } => match cause {
                // The host is not of the user's choosing, and a thumbprint in SSLServerCert is not for it.
                Cause::Dns | Cause::Refused if self.is_storage() => {
                    "results lie with a storage provider: see that this machine, or its proxy, may reach that host"
                }
                Cause::Tls if self.is_storage() => {
                    "check whether a proxy replaces certificates; if so, put the file of its issuer into SSLServerCert"
                }
                Cause::Dns => "check the host in the connection's URL",
                Cause::Refused => {
                    "check host and port in the connection's URL; does the server run?"
                }
                Cause::Tls => {
                    "check the URL, and whether a proxy replaces certificates; if the server's certificate is the right one, put its SHA-256 thumbprint or the file of its issuer into SSLServerCert"
                }
                Cause::Proxy => {
                    "check ProxyServer, ProxyPort, ProxyUser and ProxyPassword, or those that begin with Firewall; hosts in ProxyExceptions are reached without the proxy"
                }
                Cause::Timeout => "try again later, or raise the connection's time-out",
                Cause::Broken | Cause::Incomplete => "check the network and try again",
            },
            Self::Redirect { .. } => {
                "if the account has moved, put its new address into the connection's URL"
            }
            Self::Budget { .. } => "narrow the statement or raise MaxRequests",
        };
        Some(hint.to_owned())
    }

    fn is_storage(&self) -> bool {
        matches!(self, Self::Storage { .. })
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!("; it said: {said}")
    }
}

fn waits(wait: &Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("; a pause of {} s is asked for", wait.as_secs()),
        None => String::new(),
    }
}

fn times(attempts: u32) -> String {
    if attempts == 1 {
        "1 attempt".to_owned()
    } else {
        format!("{attempts} attempts")
    }
}
