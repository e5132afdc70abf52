//! The vendor's OAuth server: messages to its token endpoint, and the address where a person agrees.
//!
//! The messages are the `oauth2` crate's; this file carries them in the vendor's form, logs every attempt, and refuses to
//! let an answer's text reach an error unless it is the server's own error code and description.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;
use zuzen_plan::sign_in::Body;

use super::call::{CallError, Endpoint};
use crate::settings::Secret;

/// What a token endpoint adds to the standard answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Extra {
    /// Taken as it comes: a token that has been handed out is not given back because of how its lifetime is written.
    refresh_token_expires_in: Option<serde_json::Value>,
}

impl ExtraTokenFields for Extra {}

type Answer = StandardTokenResponse<Extra, BasicTokenType>;
type Messages = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointMaybeSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;
type Failure = RequestTokenError<CallError, BasicErrorResponse>;

/// A client that is registered with the vendor.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) secret: Option<Secret>,
}

/// Tokens as they were handed out.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The access token.
    pub access_token: Secret,
    /// What renews it, unless the vendor gives none.
    pub refresh_token: Option<Secret>,
    /// When it was asked for.
    pub issued: SystemTime,
    /// How long the access token lives, if anybody says so.
    pub expires_in: Option<Duration>,
    /// How long the refresh token lives, if the server says so.
    pub refresh_expires_in: Option<Duration>,
    /// What it allows, words separated by spaces.
    pub scope: Option<String>,
}

/// Why there are no tokens.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// The server says no: its error code and its words.
    Refused { code: String, said: String },
    /// It could not be asked.
    Call(CallError),
    /// Its answer cannot be understood.
    Answer(String),
}

/// An address where a person agrees.
#[derive(Clone)]
pub struct AuthorizationAddress {
    /// The address to open.
    pub url: Url,
    /// What the redirect must bring back.
    pub state: String,
    /// What the exchange of the code needs, where PKCE is used.
    pub code_verifier: Option<Secret>,
}

impl fmt::Debug for AuthorizationAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AuthorizationAddress")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

/// Something to trade for tokens.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) code: Secret,
    pub(crate) callback: String,
    pub(crate) code_verifier: Option<Secret>,
}

/// The vendor's OAuth server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) token_url: Url,
    pub(crate) authorize_url: Option<Url>,
    pub(crate) body: Body,
    pub(crate) scope: Option<String>,
    pub(crate) expires_in: Option<u32>,
    pub(crate) refresh_expires_in: Option<u32>,
}

impl Server {
    fn messages(&self, application: &Application) -> Result<Messages, TokenError> {
        let wrong = |error: oauth2::url::ParseError| TokenError::Answer(error.to_string());
        let authorize = self.authorize_url.as_ref();
        let authorize = authorize
            .map(|url| AuthUrl::new(url.to_string()))
            .transpose();
        let token = TokenUrl::new(self.token_url.to_string()).map_err(wrong)?;
        let messages = Client::new(ClientId::new(application.id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri_option(authorize.map_err(wrong)?)
            .set_token_uri(token);
        Ok(match &application.secret {
            Some(secret) => {
                messages.set_client_secret(ClientSecret::new(secret.reveal().to_owned()))
            }
            None => messages,
        })
    }

    /// The address where a person agrees; `None` if the vendor has no such page.
    pub(crate) fn authorization_address(
        &self,
        application: &Application,
        callback: &str,
        state: Option<String>,
        pkce: bool,
    ) -> Result<Option<AuthorizationAddress>, TokenError> {
        if self.authorize_url.is_none() {
            return Ok(None);
        }
        let redirect = redirect(callback)?;
        let messages = self.messages(application)?.set_redirect_uri(redirect);
        let state = state.map_or_else(CsrfToken::new_random, CsrfToken::new);
        let asked = messages
            .authorize_url(|| state)
            .map_err(|error| TokenError::Answer(error.to_string()))?
            .add_scopes(self.scopes());
        let (asked, code_verifier) = if pkce {
            let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
            (asked.set_pkce_challenge(challenge), Some(verifier))
        } else {
            (asked, None)
        };
        let (url, state) = asked.url();
        Ok(Some(AuthorizationAddress {
            url,
            state: state.secret().clone(),
            code_verifier: code_verifier.map(|verifier| Secret::new(verifier.into_secret())),
        }))
    }

    /// Carries messages; a boxed future, or the compiler cannot tell that it may move between threads.
    fn carrier(
        &self,
        what: &'static str,
    ) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, CallError>> + use<> {
        let (endpoint, body) = (Arc::clone(&self.endpoint), self.body);
        move |request| {
            let endpoint = Arc::clone(&endpoint);
            Box::pin(async move { endpoint.post(request, body, what).await })
        }
    }

    /// Trades a code for tokens.
    pub(crate) async fn exchange(
        &self,
        application: &Application,
        code: &Code,
    ) -> Result<Granted, TokenError> {
        let messages = self.messages(application)?;
        let mut asked = messages
            .exchange_code(AuthorizationCode::new(code.code.reveal().to_owned()))
            .set_redirect_uri(Cow::Owned(redirect(&code.callback)?));
        if let Some(verifier) = &code.code_verifier {
            asked = asked.set_pkce_verifier(PkceCodeVerifier::new(verifier.reveal().to_owned()));
        }
        if let Some(scope) = &self.scope {
            asked = asked.add_extra_param("scope", scope);
        }
        for (name, value) in self.lifetimes(true) {
            asked = asked.add_extra_param(name, value);
        }
        let issued = SystemTime::now();
        let sent = [
            application.secret.as_ref(),
            Some(&code.code),
            code.code_verifier.as_ref(),
        ];
        let call = self.carrier("exchange");
        let answer = asked.request_async(&call).await;
        granted(answer, issued, &sent)
    }

    /// Spends a refresh token.
    pub(crate) async fn refresh(
        &self,
        application: &Application,
        refresh_token: &Secret,
    ) -> Result<Granted, TokenError> {
        let messages = self.messages(application)?;
        let token = RefreshToken::new(refresh_token.reveal().to_owned());
        let mut asked = messages.exchange_refresh_token(&token);
        for (name, value) in self.lifetimes(true) {
            asked = asked.add_extra_param(name, value);
        }
        let issued = SystemTime::now();
        let sent = [application.secret.as_ref(), Some(refresh_token)];
        let call = self.carrier("refresh");
        let answer = asked.request_async(&call).await;
        granted(answer, issued, &sent)
    }

    /// Asks with nothing but the client's own id and secret.
    pub(crate) async fn ask_as_client(
        &self,
        application: &Application,
    ) -> Result<Granted, TokenError> {
        let messages = self.messages(application)?;
        let mut asked = messages
            .exchange_client_credentials()
            .add_scopes(self.scopes());
        for (name, value) in self.lifetimes(false) {
            asked = asked.add_extra_param(name, value);
        }
        let issued = SystemTime::now();
        let sent = [application.secret.as_ref()];
        let call = self.carrier("client credentials");
        let answer = asked.request_async(&call).await;
        granted(answer, issued, &sent)
    }

    /// The same server, asked for another scope.
    pub(crate) fn asking(&self, scope: Option<String>) -> Self {
        Self {
            endpoint: Arc::clone(&self.endpoint),
            token_url: self.token_url.clone(),
            authorize_url: self.authorize_url.clone(),
            scope: scope.or_else(|| self.scope.clone()),
            ..*self
        }
    }

    fn scopes(&self) -> Vec<Scope> {
        let words = self.scope.as_deref().unwrap_or_default().split_whitespace();
        words.map(|word| Scope::new(word.to_owned())).collect()
    }

    fn lifetimes(&self, renewable: bool) -> Vec<(&'static str, String)> {
        let refresh = self.refresh_expires_in.filter(|_| renewable);
        let access = self.expires_in.map(|seconds| ("expires_in", seconds));
        let refresh = refresh.map(|seconds| ("refresh_token_expires_in", seconds));
        let asked = access.into_iter().chain(refresh);
        asked
            .map(|(name, seconds)| (name, seconds.to_string()))
            .collect()
    }
}

fn redirect(callback: &str) -> Result<RedirectUrl, TokenError> {
    RedirectUrl::new(callback.to_owned())
        .map_err(|error| TokenError::Answer(format!("CallbackURL is no address: {error}")))
}

/// What came of a request; servers may repeat what was sent, and that is left out of their words.
fn granted(
    answer: Result<Answer, Failure>,
    issued: SystemTime,
    sent: &[Option<&Secret>],
) -> Result<Granted, TokenError> {
    let answer = answer.map_err(|failure| match failure {
        RequestTokenError::ServerResponse(refusal) => TokenError::Refused {
            code: without(refusal.error().as_ref(), sent),
            said: without(refusal.error_description().map_or("", String::as_str), sent),
        },
        RequestTokenError::Request(CallError::Status { status, said, wait }) => {
            let said = without(&said, sent);
            TokenError::Call(CallError::Status { status, said, wait })
        }
        RequestTokenError::Request(error) => TokenError::Call(error),
        // What could not be parsed may hold a token, and so may the place where parsing stopped.
        RequestTokenError::Parse(error, _) => TokenError::Answer(format!(
            "its answer is not what a token endpoint says, at `{}`",
            error.path()
        )),
        RequestTokenError::Other(_) => {
            TokenError::Answer("its answer is not JSON; is this an OAuth server?".to_owned())
        }
    })?;
    let scope = answer.scopes().map(|scopes| {
        let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        words.join(" ")
    });
    Ok(Granted {
        access_token: Secret::new(answer.access_token().secret().clone()),
        refresh_token: answer
            .refresh_token()
            .map(|token| Secret::new(token.secret().clone())),
        issued,
        // A life of no length says nothing: the API will.
        expires_in: answer.expires_in().filter(|life| *life > Duration::ZERO),
        refresh_expires_in: answer
            .extra_fields()
            .refresh_token_expires_in
            .as_ref()
            .and_then(serde_json::Value::as_u64)
            .map(Duration::from_secs),
        scope,
    })
}

fn without(text: &str, secrets: &[Option<&Secret>]) -> String {
    let secrets = secrets.iter().flatten().map(|secret| secret.reveal());
    secrets
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}
