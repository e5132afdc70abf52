//! An opened connection: one HTTP client, one set of rate limits, one log.
//!
//! Opening sends nothing. Cloning is cheap; all clones share everything.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;
use zuzen_plan::request::{NotFound, Request};
use zuzen_plan::retry::Policy;
use zuzen_plan::sign_in::Vendor;
use zuzen_plan::table::PageStyle;

use crate::error::Error;
use crate::jobs::Jobs;
use crate::limiter::{ACCOUNT, Limit, Limiter};
use crate::log::{Purpose, RequestLog};
use crate::reading::Reading;
use crate::settings::{Credentials, Settings};
use crate::sign_in::{Endpoint, SignIn};
use crate::stream::{self, Page};
use crate::transport::{self, MOST_AT_ONCE, Transport};
use crate::usage::{Statement, Usage};

/// A connection to one account.
#[derive(Clone)]
pub struct Connection {
    pub(crate) shared: Arc<Shared>,
}

/// How requests are authorized.
pub(crate) enum Access {
    /// By a header that never changes.
    Fixed(HeaderValue),
    /// By a token that does.
    SignIn(SignIn),
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) origin: Url,
    pub(crate) access: Access,
    pub(crate) headers: HeaderMap,
    vendor: Vendor,
    pub(crate) client: reqwest::Client,
    pub(crate) transport: Transport,
    pub(crate) policy: Policy,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) limiter: Limiter,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) slots: Semaphore,
    /// The server has answered something: a refused connection is now worth a second attempt.
    pub(crate) answered: AtomicBool,
    pub(crate) look_ahead: bool,
    notices: Vec<String>,
    pub(crate) jobs: Jobs,
}

impl fmt::Debug for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Connection")
            .field("name", &self.shared.name)
            .field("origin", &self.shared.origin.as_str())
            .finish_non_exhaustive()
    }
}

/// Who a connection's credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's id, if the API tells.
    pub id: Option<String>,
    /// The user's name, or the tenant's.
    pub name: String,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// `end-user`, `agent` or `admin`.
    pub role: Option<String>,
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        if let Some(email) = &self.email {
            write!(out, " <{email}>")?;
        }
        match &self.role {
            Some(role) => write!(out, " ({role})"),
            None => Ok(()),
        }
    }
}

impl Connection {
    /// Opens a connection; no request is sent yet.
    ///
    /// # Errors
    /// [`Error::Settings`] if the credentials must not or cannot be sent to this origin.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let refused = |reason: String| Error::Settings {
            connection: settings.name.clone(),
            reason,
        };
        let client = transport::client(&settings)?;
        let mut notices = Vec::new();
        if matches!(settings.credentials, Credentials::Password { .. }) {
            notices.push(
                "Zendesk has retired passwords for its API; use an API token or OAuth".to_owned(),
            );
        }
        notices.extend(settings.transport.notice().map(str::to_owned));
        for notice in &notices {
            tracing::warn!(connection = settings.name, "{notice}");
        }
        let log = Arc::new(RequestLog::default());
        let access = match &settings.credentials {
            Credentials::OAuth(given) => {
                let endpoint = Endpoint {
                    connection: settings.name.clone(),
                    client: client.clone(),
                    transport: settings.transport.clone(),
                    log: Arc::clone(&log),
                    policy: settings.policy.for_sign_in(),
                    headers: settings.headers.clone(),
                };
                Access::SignIn(SignIn::new(
                    endpoint,
                    &settings.origin,
                    &settings.vendor,
                    (**given).clone(),
                )?)
            }
            known => Access::Fixed(known.header().ok_or_else(|| {
                refused("the credentials hold characters that no header can carry".to_owned())
            })?),
        };
        let jobs = Jobs::new(&settings);
        Ok(Self {
            shared: Arc::new(Shared {
                name: settings.name,
                origin: settings.origin,
                access,
                headers: settings.headers,
                vendor: settings.vendor,
                client,
                transport: settings.transport,
                policy: settings.policy,
                timeout: settings.timeout,
                limiter: Limiter::new(settings.families),
                log,
                slots: Semaphore::new(MOST_AT_ONCE),
                answered: AtomicBool::new(false),
                look_ahead: settings.look_ahead,
                notices,
                jobs,
            }),
        })
    }

    /// Its sign-in by OAuth, if that is how it signs in.
    #[must_use]
    pub fn sign_in(&self) -> Option<&SignIn> {
        match &self.shared.access {
            Access::SignIn(sign_in) => Some(sign_in),
            Access::Fixed(_) => None,
        }
    }

    /// The connection's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// What the user should know about these settings.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.shared.notices
    }

    /// The pages of a request, in order. Nothing is sent before the first poll and only one request before the
    /// second page is wanted; from then on the next request leaves as soon as a body is in. Dropping the stream
    /// stops everything. An error ends the stream.
    #[must_use]
    pub fn pages(
        &self,
        request: Request,
        usage: Arc<Usage>,
    ) -> BoxStream<'static, Result<Page, Error>> {
        stream::pages(self.clone(), Arc::new(request), usage)
    }

    /// The pages of independent requests, `concurrency` of them side by side, in any order. Nothing is sent
    /// before the first poll; dropping the stream stops everything. An error ends the stream.
    #[must_use]
    pub fn many(
        &self,
        requests: Vec<Request>,
        usage: Arc<Usage>,
        concurrency: usize,
    ) -> BoxStream<'static, Result<Page, Error>> {
        stream::many(self.clone(), requests, usage, concurrency)
    }

    /// One whole answer, for counts and metadata.
    ///
    /// # Errors
    /// Whatever happened to the request.
    pub async fn json(
        &self,
        request: &Request,
        usage: Arc<Usage>,
        purpose: Purpose,
    ) -> Result<Bytes, Error> {
        let mut request = request.clone();
        request.pages = PageStyle::None;
        request.not_found = NotFound::Error;
        let mut reading = Reading::new(self.clone(), Arc::new(request), usage, purpose);
        match reading.next().await? {
            Some(page) => Ok(page.body),
            None => Err(Error::Answer {
                at: Box::new(reading.at()),
                reason: "the API has nothing to say yet".to_owned(),
            }),
        }
    }

    /// All pages of a list that is about the data and not data itself, one after the other.
    ///
    /// # Errors
    /// Whatever happened to a request.
    pub async fn metadata(&self, request: Request, usage: Arc<Usage>) -> Result<Vec<Bytes>, Error> {
        let request = Arc::new(request);
        let mut reading = Reading::new(self.clone(), request, usage, Purpose::Metadata);
        let mut pages = Vec::new();
        while let Some(page) = reading.next().await? {
            pages.push(page.body);
        }
        Ok(pages)
    }

    /// Asks the API who these credentials belong to.
    ///
    /// # Errors
    /// [`Error::Auth`] if they belong to nobody.
    pub async fn test(&self) -> Result<Identity, Error> {
        let request = Request {
            table: self.shared.name.clone(),
            read: "sign-in".to_owned(),
            path: self.shared.vendor.identity.clone(),
            query: Vec::new(),
            body: None,
            pages: PageStyle::None,
            page_size: 0,
            family: ACCOUNT.to_owned(),
            not_found: NotFound::Error,
            bound: Vec::new(),
        };
        let usage = Arc::new(Usage::new(Arc::new(Statement::new(0, None))));
        let mut reading = Reading::new(self.clone(), Arc::new(request), usage, Purpose::Auth);
        let page = reading.next().await?;
        let answer: Option<Value> = page.and_then(|page| serde_json::from_slice(&page.body).ok());
        let at = Box::new(reading.at());
        let Some(record) = &self.shared.vendor.identity_record else {
            return Ok(self.identity_of_token().await);
        };
        let Some(user) = answer.as_ref().and_then(|answer| answer.get(record)) else {
            return Err(Error::Answer {
                at,
                reason: format!("the answer holds no `{record}`; is this the right address?"),
            });
        };
        let text = |key: &str| user.get(key).and_then(Value::as_str).map(str::to_owned);
        // Wrong credentials are answered with status 200 and a user called "Anonymous user" without an id.
        match user.get("id").and_then(Value::as_i64) {
            Some(id) => Ok(Identity {
                id: Some(id.to_string()),
                name: text("name").unwrap_or_default(),
                email: text("email"),
                role: text("role"),
            }),
            None => Err(Error::Auth {
                at,
                said: text("name").unwrap_or_default(),
            }),
        }
    }

    /// A token's scope may name the user and the tenant: `user.8a… tenant.10023 …`.
    async fn identity_of_token(&self) -> Identity {
        let state = match self.sign_in() {
            Some(sign_in) => sign_in.state().await.ok().flatten(),
            None => None,
        };
        let scope = state.and_then(|state| state.scope).unwrap_or_default();
        let word = |prefix: &str| {
            let mut words = scope.split_whitespace();
            words
                .find_map(|word| word.strip_prefix(prefix))
                .map(str::to_owned)
        };
        let tenant = word("tenant.").map(|tenant| format!("tenant {tenant}"));
        Identity {
            id: word("user."),
            name: tenant.unwrap_or_else(|| "a user the API does not name".to_owned()),
            email: None,
            role: None,
        }
    }

    /// The last attempts of this connection.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// What is known of the rate limits now.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        self.shared.limiter.limits()
    }
}
