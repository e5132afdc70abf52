//! Signing in by OAuth: an access token that is good when it is wanted, obtained and renewed exactly once.
//!
//! One [`SignIn`] serves all requests of a connection. Inside the process one task at a time looks for a token; between
//! processes the lock of the settings file does the same, and whoever gets it looks first whether another has renewed
//! already. A pair of tokens is on disk before it is used, because a refresh token can be spent only once.

mod actions;
mod call;
mod desktop;
mod held;
mod server;
mod settings;
mod trouble;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, RwLock};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::Value;
use url::Url;
use zuzen_plan::sign_in::{Initiate, Missing, SignIn as Vendor, Step, step};

pub use actions::{AddressRequest, CodeRequest, Ended, SignInRequest};
pub(crate) use call::{Endpoint, place};
pub use server::{AuthorizationAddress, Granted};
pub use settings::{Browser, OAuth};

use crate::error::Error;
use crate::settings::Secret;
use crate::store::{Locked, Store, StoreError, Stored};
use desktop::Callback;
use held::Held;
use server::{Application, Code, Server, TokenError};

/// What is known of the token in use, for people.
#[derive(Debug, Clone)]
pub struct TokenState {
    /// When it ends, if anybody knows.
    pub ends: Option<SystemTime>,
    /// What it allows.
    pub scope: Option<String>,
    /// Whether something at hand can renew it.
    pub renewable: bool,
    /// Why it cannot be renewed, if the API has refused to.
    pub refused: Option<String>,
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
pub(crate) enum Origin {
    /// It was there already, or another process had put it there.
    Found,
    /// The API has just handed it out.
    Obtained,
}

/// The sign-in of one connection. Cloning is cheap; all clones share everything.
#[derive(Clone)]
pub struct SignIn {
    shared: Arc<Shared>,
}

struct Shared {
    connection: String,
    origin: String,
    given: OAuth,
    server: Server,
    current_url: Option<Url>,
    current: RwLock<Option<Pass>>,
    /// The values behind the current pass where there is no store to keep them.
    unkept: Mutex<Option<Stored>>,
    turn: tokio::sync::Mutex<()>,
    warnings: Mutex<Vec<String>>,
    /// Addresses that were handed out: what their redirects must bring back.
    opened: Mutex<Vec<(String, Option<Secret>)>>,
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
        for (name, url) in [
            ("OAuthAccessTokenURL", Some(&token_url)),
            ("OAuthAuthorizationURL", authorize_url.as_ref()),
        ] {
            if let Some(url) = url.filter(|url| !crate::settings::is_safe(url)) {
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
        Ok(Self {
            shared: Arc::new(Shared {
                connection,
                origin: match &given.entity {
                    Some(entity) => format!("{}#{entity}", origin.origin().ascii_serialization()),
                    None => origin.origin().ascii_serialization(),
                },
                server,
                current_url,
                current: RwLock::new(None),
                unkept: Mutex::new(None),
                turn: tokio::sync::Mutex::new(()),
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
        let held = Held::merge(self.given(), kept.as_ref());
        Ok(held.access.is_some().then(|| TokenState {
            ends: held.ends(),
            scope: held.scope.clone(),
            renewable: self.given().grant == zuzen_plan::sign_in::Grant::Client
                || held.refresh.is_some() && held.refused.is_none(),
            refused: held.refused.clone(),
        }))
    }

    /// A pass for a request; obtained first where there is none.
    pub(crate) async fn pass(&self) -> Result<Pass, Error> {
        if let Some(pass) = self.usable(None) {
            return Ok(pass);
        }
        Ok(self.look(None).await?.0)
    }

    /// Another pass, because the API has refused this one.
    pub(crate) async fn other_than(&self, refused: &Pass) -> Result<(Pass, Origin), Error> {
        if let Some(pass) = self.usable(Some(&refused.token)) {
            return Ok((pass, Origin::Found));
        }
        self.look(Some(refused.token.clone())).await
    }

    fn usable(&self, refused: Option<&Secret>) -> Option<Pass> {
        let current = self.shared.current.read();
        let pass = current.as_ref()?;
        let ended = pass
            .good_until
            .is_some_and(|until| until <= SystemTime::now());
        let wrong = refused.is_some_and(|refused| refused.is(&pass.token));
        (!ended && !wrong).then(|| pass.clone())
    }

    /// One task at a time looks for a token. It goes on when whoever waits for it goes away: between the moment a
    /// refresh token is spent and the moment its successor is on disk nothing may be dropped.
    async fn look(&self, refused: Option<Secret>) -> Result<(Pass, Origin), Error> {
        let this = self.clone();
        let looking = tokio::spawn(async move {
            let _turn = this.shared.turn.lock().await;
            if let Some(pass) = this.usable(refused.as_ref()) {
                return Ok((pass, Origin::Found));
            }
            let found = this.obtain(refused.as_ref()).await?;
            *this.shared.current.write() = Some(found.0.clone());
            Ok(found)
        });
        match looking.await {
            Ok(found) => found,
            Err(_) => Err(self.stop("the search for a token was cut off", "try again")),
        }
    }

    async fn obtain(&self, refused: Option<&Secret>) -> Result<(Pass, Origin), Error> {
        let given = self.given();
        // Most connections find a good token: they need not wait for those that write.
        let held = Held::merge(given, self.kept().await?.as_ref());
        if step(&held.situation(given, refused)) == Step::Use && (!held.is_new || !self.keeps()) {
            return self.pass_of(&held).map(|pass| (pass, Origin::Found));
        }
        let mut locked = self.lock().await?;
        let mut held = Held::merge(given, self.reload(locked.as_mut()).await?.as_ref());
        loop {
            match step(&held.situation(given, refused)) {
                Step::Use => {
                    if held.is_new {
                        self.keep(&mut locked, &mut held).await?;
                    }
                    return self.pass_of(&held).map(|pass| (pass, Origin::Found));
                }
                Step::Exchange => {
                    self.prepare(locked.as_ref()).await?;
                    let code = Code {
                        code: self.code_of(&held)?,
                        callback: given.callback.clone(),
                        code_verifier: given.code_verifier.clone(),
                    };
                    let granted = self
                        .shared
                        .server
                        .exchange(self.application(&held)?, &code)
                        .await;
                    let granted = granted.map_err(|error| self.refused_code(error))?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::AskAsClient => {
                    self.prepare(locked.as_ref()).await?;
                    let application = self.application(&held)?;
                    let granted = self.shared.server.ask_as_client(application).await;
                    let granted = granted.map_err(|error| self.refused_client(error))?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::Refresh => {
                    self.prepare(locked.as_ref()).await?;
                    let Some(refresh) = held.refresh.clone() else {
                        return Err(self.missing(Missing::RefreshToken));
                    };
                    let application = self.application(&held)?;
                    match self.shared.server.refresh(application, &refresh).await {
                        Ok(granted) => return self.accept(&mut locked, &mut held, granted).await,
                        Err(TokenError::Refused { code, said }) if code == "invalid_grant" => {
                            held.refused = Some(if said.is_empty() { code } else { said });
                            self.keep(&mut locked, &mut held).await?;
                        }
                        Err(error) => return Err(self.refused_client(error)),
                    }
                }
                Step::AskPerson => {
                    // A person takes minutes: nobody else has to wait for the file meanwhile.
                    drop(locked.take());
                    let application = self.application(&held)?;
                    let server = &self.shared.server;
                    let granted = self
                        .ask_person(server, application, &given.callback)
                        .await?;
                    locked = self.lock().await?;
                    self.reload(locked.as_mut()).await?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::Stop(missing) => return Err(self.missing(missing)),
            }
        }
    }

    /// What was granted becomes what is held, first on disk, then in use.
    async fn accept(
        &self,
        locked: &mut Option<Locked>,
        held: &mut Held,
        mut granted: Granted,
    ) -> Result<(Pass, Origin), Error> {
        self.complete(&mut granted).await;
        self.compare_scope(&granted);
        held.take(&granted);
        if let Err(error) = self.keep(locked, held).await {
            // Spent is spent: forgetting the pair now would only sign the user out.
            let hint = "the new tokens are in use, but the next connection has to sign in again";
            self.warn(format!("{error}; {hint}"));
        }
        self.pass_of(held).map(|pass| (pass, Origin::Obtained))
    }

    /// Asks when the token ends if its answer did not say: Zendesk leaves it out unless a lifetime was asked for.
    async fn complete(&self, granted: &mut Granted) {
        let (None, Some(url)) = (granted.expires_in, &self.shared.current_url) else {
            return;
        };
        let endpoint = &self.shared.server.endpoint;
        let answer = endpoint
            .with_token(&Method::GET, url, &granted.access_token, "token")
            .await;
        let Some(answer) = answer.ok().filter(|answer| answer.status.is_success()) else {
            return;
        };
        let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let ends = told
            .as_ref()
            .and_then(|told| told["token"]["expires_at"].as_str());
        let ends = ends.and_then(|ends| chrono::DateTime::parse_from_rfc3339(ends).ok());
        if let Some(ends) = ends {
            let left = SystemTime::from(ends).duration_since(granted.issued);
            granted.expires_in = Some(left.unwrap_or_default());
        }
    }

    /// A scope that the server does not know gives a token that may do nothing at all.
    fn compare_scope(&self, granted: &Granted) {
        let (Some(asked), Some(got)) = (&self.shared.server.scope, &granted.scope) else {
            return;
        };
        let got: Vec<&str> = got.split_whitespace().collect();
        let lacking: Vec<&str> = asked
            .split_whitespace()
            .filter(|word| !got.contains(word))
            .collect();
        if !lacking.is_empty() {
            self.warn(format!(
                "the scope `{}` was asked for but not granted; granted: `{}`",
                lacking.join(" "),
                got.join(" ")
            ));
        }
    }

    fn warn(&self, warning: String) {
        tracing::warn!(connection = self.shared.connection, "{warning}");
        self.shared.warnings.lock().push(warning);
    }

    async fn ask_person(
        &self,
        server: &Server,
        application: &Application,
        callback: &str,
    ) -> Result<Granted, Error> {
        let given = self.given();
        let address = server
            .authorization_address(application, callback, None, true)
            .map_err(|error| self.refused_client(error))?
            .ok_or_else(|| self.no_page())?;
        let visit = Callback::listen(callback, &address.state).await;
        let visit = visit.map_err(|error| self.no_code(&error))?;
        if let Err(reason) = given.browser.open(&address.url) {
            tracing::warn!(
                connection = self.shared.connection,
                "no browser could be opened ({reason}); open this address to sign in: {}",
                address.url
            );
        }
        let code = visit.code(given.patience).await;
        let code = Code {
            code: code.map_err(|error| self.no_code(&error))?,
            callback: callback.to_owned(),
            code_verifier: address.code_verifier,
        };
        let granted = server.exchange(application, &code).await;
        granted.map_err(|error| self.refused_code(error))
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

    fn keeps(&self) -> bool {
        self.store().is_some()
    }

    async fn lock(&self) -> Result<Option<Locked>, Error> {
        match self.store() {
            Some(store) => Ok(Some(
                store.lock().await.map_err(|error| self.kept_badly(error))?,
            )),
            None => Ok(None),
        }
    }

    /// What was kept, as long as it belongs to this connection.
    async fn kept(&self) -> Result<Option<Stored>, Error> {
        let kept = match self.store() {
            Some(store) => store.load().await.map_err(|error| self.kept_badly(error))?,
            None => self.shared.unkept.lock().clone(),
        };
        self.own(kept)
    }

    async fn reload(&self, locked: Option<&mut Locked>) -> Result<Option<Stored>, Error> {
        let kept = match locked {
            Some(locked) => locked
                .load()
                .await
                .map_err(|error| self.kept_badly(error))?,
            None => self.shared.unkept.lock().clone(),
        };
        self.own(kept)
    }

    fn own(&self, kept: Option<Stored>) -> Result<Option<Stored>, Error> {
        let Some(stored) = &kept else {
            return Ok(None);
        };
        let given = self.given();
        let client = given.client_id.as_deref().unwrap_or(&stored.client_id);
        let found = (
            stored.connector.as_str(),
            stored.origin.as_str(),
            stored.client_id.as_str(),
        );
        let wanted = (
            given.connector.as_str(),
            self.shared.origin.as_str(),
            client,
        );
        if found == wanted
            || stored.client_id.is_empty() && (found.0, found.1) == (wanted.0, wanted.1)
        {
            return Ok(kept);
        }
        let say = |(connector, origin, client): (&str, &str, &str)| {
            format!("{connector} at {origin}, client `{client}`")
        };
        let location = self.store().map(|store| store.location().to_string());
        Err(self.kept_badly(StoreError::OtherAccount {
            location: location.unwrap_or_default(),
            found: say(found),
            wanted: say(wanted),
        }))
    }

    async fn prepare(&self, locked: Option<&Locked>) -> Result<(), Error> {
        match locked {
            Some(locked) => locked
                .check_writable()
                .await
                .map_err(|error| self.kept_badly(error)),
            None => Ok(()),
        }
    }

    async fn keep(&self, locked: &mut Option<Locked>, held: &mut Held) -> Result<(), Error> {
        let stored = held.stored(self.given(), &self.shared.origin);
        match locked {
            Some(locked) => {
                locked
                    .save(&stored)
                    .await
                    .map_err(|error| self.kept_badly(error))?;
            }
            None => *self.shared.unkept.lock() = Some(stored),
        }
        held.is_new = false;
        Ok(())
    }

    fn application<'a>(&self, held: &'a Held) -> Result<&'a Application, Error> {
        let known = held.application.as_ref().ok_or_else(|| {
            self.stop(
                "no OAuthClientId is known",
                "give OAuthClientId (and OAuthClientSecret) of the application registered with the vendor, \
                 or the OAuthSettingsLocation of a file that holds them",
            )
        })?;
        if self.given().grant == zuzen_plan::sign_in::Grant::Client && known.secret.is_none() {
            return Err(self.stop(
                "no OAuthClientSecret is known",
                "a client that signs in by itself needs its secret: give OAuthClientSecret",
            ));
        }
        Ok(known)
    }

    fn code_of(&self, held: &Held) -> Result<Secret, Error> {
        held.code
            .clone()
            .ok_or_else(|| self.missing(Missing::SignIn))
    }
}
