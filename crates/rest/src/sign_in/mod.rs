//! Signing in by OAuth: an access token that is good when it is wanted, obtained and renewed exactly once.
//!
//! One [`SignIn`] serves all requests of a connection. Inside the process one task at a time looks for a token; between
//! processes the lock of the settings file does the same, and whoever gets it looks first whether another has renewed
//! already. A pair of tokens is on disk before it is used, because a refresh token can be spent only once.

mod actions;
mod call;
mod desktop;
mod held;
mod keeping;
mod obtain;
mod person;
mod server;
mod settings;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, RwLock};
use reqwest::header::HeaderValue;
use tokio::sync::OwnedMutexGuard;
use url::Url;
use zuzen_plan::host::{is_loopback, is_safe};
use zuzen_plan::sign_in::{Initiate, Missing, Vendor};

pub use actions::{AddressRequest, CodeRequest, Ended, SignInRequest};
pub(crate) use call::{Endpoint, place};
pub use server::{AuthorizationAddress, Granted};
pub use settings::{Browser, OAuth};

use crate::error::Error;
use crate::settings::Secret;
use crate::store::{Store, Stored};
use held::Held;
use server::Server;

/// What is known of the token in use, for people.
#[derive(Debug, Clone)]
pub struct TokenState {
    /// When it ends, if anybody knows.
    pub ends: Option<SystemTime>,
    /// What it allows.
    pub scope: Option<String>,
    /// Whether something at hand can renew it, and may.
    pub renewable: bool,
    /// Why it cannot be renewed, if the API has refused to.
    pub refused: Option<String>,
}

/// Proof that no token is being renewed, and none will be.
#[derive(Debug)]
pub struct Settled {
    _spending: OwnedMutexGuard<()>,
}

/// The header for a request, and the token it carries.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) header: HeaderValue,
    token: Secret,
    good_until: Option<SystemTime>,
}

/// How a pass came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was there already, or another process had put it there.
    Found,
    /// The API has just handed it out.
    Granted,
}

/// The sign-in of one connection. Cloning is cheap; all clones share everything.
#[derive(Clone)]
pub struct SignIn {
    shared: Arc<Shared>,
}

struct Shared {
    connection: String,
    /// Whose tokens these are: the origin, and the part of the account behind a `#`.
    account: String,
    given: OAuth,
    server: Server,
    current_url: Option<Url>,
    current: RwLock<Option<Pass>>,
    /// Values that are not in a store: because there is none, or because it could not be written.
    unkept: Mutex<Option<Stored>>,
    /// One task at a time looks for a token.
    turn: tokio::sync::Mutex<()>,
    /// Held from the moment something is spent that works only once to the moment its successor is kept.
    spending: Arc<tokio::sync::Mutex<()>>,
    looks: Mutex<Looks>,
    warnings: Mutex<Vec<String>>,
    /// Addresses that were handed out: what their redirects must bring back.
    opened: Mutex<Vec<Opened>>,
}

/// An address that was handed out.
#[derive(Clone)]
struct Opened {
    state: String,
    /// The code is good for this redirect URI only.
    callback: String,
    code_verifier: Option<Secret>,
}

/// How the last look for a token ended: whoever waited for it meanwhile need not repeat a failure.
#[derive(Default)]
struct Looks {
    number: u64,
    failed: Option<Error>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SignIn of {}", self.shared.connection)
    }
}

impl SignIn {
    /// A sign-in at `origin`; nothing is sent and nothing is read yet.
    ///
    /// # Errors
    /// [`Error::Settings`] if an address would carry credentials readably.
    pub(crate) fn new(
        endpoint: Endpoint,
        origin: &Url,
        vendor: &Vendor,
        given: OAuth,
    ) -> Result<Self, Error> {
        let connection = endpoint.connection.clone();
        let at = |path: &str| origin.join(path).ok();
        let authorize_url = given
            .authorization_url
            .clone()
            .or_else(|| vendor.authorize.as_deref().and_then(at));
        let token_url = given.token_url.clone().or_else(|| at(&vendor.token));
        let token_url = token_url.ok_or_else(|| Error::Settings {
            connection: connection.clone(),
            reason: "its connector names no token endpoint; give OAuthAccessTokenURL".to_owned(),
        })?;
        // A proxy of the system stands between this machine and itself where the account is elsewhere.
        let direct = token_url.scheme() == "https" || is_loopback(origin);
        for (name, url, safe) in [
            (
                "OAuthAccessTokenURL",
                Some(&token_url),
                is_safe(&token_url) && direct,
            ),
            (
                "OAuthAuthorizationURL",
                authorize_url.as_ref(),
                authorize_url.as_ref().is_none_or(is_safe),
            ),
        ] {
            if let Some(url) = url.filter(|_| !safe) {
                return Err(Error::Settings {
                    connection,
                    reason: format!(
                        "{name} {} would carry credentials readably; write https://",
                        url.host_str().unwrap_or_default()
                    ),
                });
            }
        }
        let server = Server {
            endpoint: Arc::new(endpoint),
            token_url,
            authorize_url,
            body: vendor.body,
            scope: given.scope.clone().or_else(|| vendor.scope.clone()),
            expires_in: vendor.expires_in,
            refresh_expires_in: vendor.refresh_expires_in,
        };
        let current_url = vendor.current.as_deref().and_then(at);
        let origin = origin.origin().ascii_serialization();
        Ok(Self {
            shared: Arc::new(Shared {
                connection,
                account: match &given.entity {
                    Some(entity) => format!("{origin}#{entity}"),
                    None => origin,
                },
                server,
                current_url,
                current: RwLock::new(None),
                unkept: Mutex::new(None),
                turn: tokio::sync::Mutex::new(()),
                spending: Arc::new(tokio::sync::Mutex::new(())),
                looks: Mutex::new(Looks::default()),
                warnings: Mutex::new(Vec::new()),
                opened: Mutex::new(Vec::new()),
                given,
            }),
        })
    }

    /// What the connection was given.
    #[must_use]
    pub fn given(&self) -> &OAuth {
        &self.shared.given
    }

    /// Where values are kept, if anywhere.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        self.shared.given.store.as_ref()
    }

    /// Complaints that have not been handed out yet.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.warnings.lock())
    }

    /// What is known of the token in use; nothing is sent.
    ///
    /// # Errors
    /// What the settings file says.
    pub async fn state(&self) -> Result<Option<TokenState>, Error> {
        let kept = self.kept().await?;
        let given = self.given();
        let held = Held::merge(given, kept.as_ref());
        let source = given.grant == zuzen_plan::sign_in::Grant::Client
            || held.refresh.is_some() && held.refused.is_none();
        Ok(held.access.is_some().then(|| TokenState {
            ends: held.ends(),
            scope: held.scope.clone(),
            renewable: source && given.initiate != Initiate::Off,
            refused: held.refused.clone(),
        }))
    }

    /// Waits until nothing is being spent; as long as what is returned is held, nothing will be. A program that ends in
    /// the middle of a renewal has spent its refresh token for nothing.
    pub async fn settle(&self) -> Settled {
        Settled {
            _spending: Arc::clone(&self.shared.spending).lock_owned().await,
        }
    }

    fn warn(&self, warning: String) {
        let mut warnings = self.shared.warnings.lock();
        if !warnings.contains(&warning) {
            tracing::warn!(connection = self.shared.connection, "{warning}");
            warnings.push(warning);
        }
    }

    fn pass_of(&self, held: &Held) -> Result<Pass, Error> {
        let token = held
            .access
            .clone()
            .ok_or_else(|| self.missing(Missing::Token))?;
        let header = token.bearer().ok_or_else(|| {
            self.stop(
                "the access token holds characters that no header can carry",
                "check OAuthAccessToken",
            )
        })?;
        let renewable = self.given().initiate != Initiate::Off;
        Ok(Pass {
            header,
            token,
            good_until: if renewable {
                held.renew_at()
            } else {
                held.ends()
            },
        })
    }
}
