//! What a caller asks of a sign-in: the steps of the web flow one by one, signing in anew, signing out.

use reqwest::Method;
use zuzen_plan::sign_in::{Grant, Missing};

use super::desktop::{self, CallbackError};
use super::held::Held;
use super::server::{AuthorizationAddress, Code, Granted, TokenError};
use super::{Error, Secret, SignIn};

/// Addresses of the web flow that are remembered until their redirects come back.
const MOST_OPENED: usize = 32;

/// What an address is to be made of.
#[derive(Debug, Clone, Default)]
pub struct AddressRequest {
    /// The redirect URI, if it is not the connection's.
    pub callback: Option<String>,
    /// The scope, if it is not the connection's.
    pub scope: Option<String>,
    /// What the redirect must bring back; random, unless given.
    pub state: Option<String>,
    /// Whether PKCE is used; always for a client without a secret.
    pub pkce: bool,
}

/// How a sign-in differs from what the connection says.
#[derive(Debug, Clone, Default)]
pub struct SignInRequest {
    /// The redirect URI, if it is not the connection's.
    pub callback: Option<String>,
    /// The scope, if it is not the connection's.
    pub scope: Option<String>,
}

/// What is to be traded for tokens.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// The code, or the whole address that the redirect went to.
    pub verifier: Secret,
    /// The redirect URI, if it is not the connection's.
    pub callback: Option<String>,
    /// What the redirect brought back.
    pub state: Option<String>,
    /// What PKCE wants, if another process made the address.
    pub code_verifier: Option<Secret>,
    /// The scope, if it is not the connection's.
    pub scope: Option<String>,
}

/// What signing out did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The API has ended the token.
    pub revoked: bool,
    /// Kept values were deleted.
    pub forgotten: bool,
}

impl SignIn {
    /// The address where a person agrees (`GetOAuthAuthorizationURL`). Nothing is sent.
    ///
    /// # Errors
    /// [`Error::SignIn`] if the vendor has no such page or the application is not known.
    pub async fn authorization_address(
        &self,
        request: AddressRequest,
    ) -> Result<AuthorizationAddress, Error> {
        let held = Held::merge(self.given(), self.kept().await?.as_ref());
        let application = self.application(&held)?;
        let callback = request
            .callback
            .unwrap_or_else(|| self.given().callback.clone());
        let pkce = request.pkce || application.secret.is_none();
        let address = self
            .shared
            .server
            .asking(request.scope)
            .authorization_address(application, &callback, request.state, pkce)
            .map_err(|error| self.refused_client(error))?
            .ok_or_else(|| self.no_page())?;
        let mut opened = self.shared.opened.lock();
        if opened.len() == MOST_OPENED {
            opened.remove(0);
        }
        opened.push((address.state.clone(), address.code_verifier.clone()));
        Ok(address)
    }

    /// Trades a code for tokens (`GetOAuthAccessToken` with `AuthMode=WEB`) and keeps them where values are kept.
    ///
    /// # Errors
    /// [`Error::SignIn`] if the code is refused or the state is not one that was handed out.
    pub async fn exchange(&self, request: CodeRequest) -> Result<Granted, Error> {
        let (code, state) = self.code_and_state(&request)?;
        let opened = self.opened(state.as_deref())?;
        let code = Code {
            code,
            callback: request
                .callback
                .unwrap_or_else(|| self.given().callback.clone()),
            code_verifier: request.code_verifier.or(opened),
        };
        let this = self.clone();
        self.apart(async move {
            let held = Held::merge(this.given(), this.kept().await?.as_ref());
            let server = this.shared.server.asking(request.scope);
            let granted = server.exchange(this.application(&held)?, &code).await;
            this.begin(granted.map_err(|error| this.refused_code(error))?)
                .await
        })
        .await
    }

    /// Asks a person, or the vendor where no person is needed, whatever is at hand already (`zuzen login`,
    /// `GetOAuthAccessToken` with `AuthMode=APP`), and keeps the tokens.
    ///
    /// # Errors
    /// [`Error::SignIn`] for everything that can go wrong on the way.
    pub async fn sign_in(&self, request: SignInRequest) -> Result<Granted, Error> {
        let this = self.clone();
        self.apart(async move {
            let kept = this.kept().await?;
            let held = Held::merge(this.given(), kept.as_ref());
            let application = this.application(&held)?;
            this.writable().await?;
            let callback = request
                .callback
                .unwrap_or_else(|| this.given().callback.clone());
            let server = this.shared.server.asking(request.scope);
            let granted = match (this.given().grant, held.code.clone()) {
                (Grant::Client, _) => {
                    let granted = server.ask_as_client(application).await;
                    granted.map_err(|error| this.refused_client(error))?
                }
                (Grant::Code, Some(code)) => {
                    let code = Code {
                        code,
                        callback,
                        code_verifier: this.given().code_verifier.clone(),
                    };
                    let granted = server.exchange(application, &code).await;
                    granted.map_err(|error| this.refused_code(error))?
                }
                (Grant::Code, None) => this.ask_person(&server, application, &callback).await?,
            };
            this.begin(granted).await
        })
        .await
    }

    /// Spends a refresh token (`RefreshOAuthAccessToken`): the given one, or the one at hand.
    ///
    /// # Errors
    /// [`Error::SignIn`] if there is none or it is refused.
    pub async fn refresh(&self, refresh_token: Option<Secret>) -> Result<Granted, Error> {
        let this = self.clone();
        self.apart(async move {
            let mut locked = this.lock().await?;
            let kept = this.reload(locked.as_mut()).await?;
            let mut held = Held::merge(this.given(), kept.as_ref());
            // A token that belongs to nothing kept here is renewed for whoever brought it.
            let own = match (&refresh_token, &held.refresh) {
                (Some(brought), Some(known)) => brought.is(known),
                (Some(_), None) => false,
                (None, _) => true,
            };
            let Some(spent) = refresh_token.or_else(|| held.refresh.clone()) else {
                return Err(this.missing(Missing::RefreshToken));
            };
            this.prepare(locked.as_ref()).await?;
            let granted = this
                .shared
                .server
                .refresh(this.application(&held)?, &spent)
                .await;
            let mut granted = match granted {
                Ok(granted) => granted,
                Err(TokenError::Refused { code, said }) if code == "invalid_grant" => {
                    if own {
                        held.refused = Some(if said.is_empty() { code } else { said });
                        this.keep(&mut locked, &mut held).await?;
                    }
                    return Err(this.missing(Missing::Renewal));
                }
                Err(error) => return Err(this.refused_client(error)),
            };
            this.complete(&mut granted).await;
            held.take(&granted);
            this.keep(&mut locked, &mut held).await?;
            *this.shared.current.write() = Some(this.pass_of(&held)?);
            Ok(granted)
        })
        .await
    }

    /// Ends a token at the API (`RevokeOAuthAccessToken`): the given one, or the one at hand.
    ///
    /// # Errors
    /// [`Error::SignIn`] if there is none, or the vendor has no way to end one.
    pub async fn revoke(&self, access_token: Option<Secret>) -> Result<(), Error> {
        let kept = self.kept().await?;
        let held = Held::merge(self.given(), kept.as_ref());
        let Some(token) = access_token.or(held.access) else {
            return Err(self.missing(Missing::Token));
        };
        let Some(url) = &self.shared.current_url else {
            return Err(self.stop(
                "the vendor has no address that ends a token",
                "it ends by itself; without it, delete the client in the vendor's administration",
            ));
        };
        let endpoint = &self.shared.server.endpoint;
        let answer = endpoint
            .with_token(&Method::DELETE, url, &token, "revoke")
            .await;
        let answer = answer.map_err(|error| self.not_reached(&error))?;
        match answer.status.as_u16() {
            200..=299 => {
                if self
                    .shared
                    .current
                    .read()
                    .as_ref()
                    .is_some_and(|pass| pass.token.is(&token))
                {
                    *self.shared.current.write() = None;
                }
                Ok(())
            }
            401 => Err(self.stop(
                "the token is not known: it has ended or was revoked before",
                "there is nothing left to end",
            )),
            status => Err(self.stop(
                &format!("the token was not ended (status {status})"),
                "revoke it in the vendor's administration",
            )),
        }
    }

    /// Ends the token at hand and forgets everything that was kept (`zuzen logout`).
    ///
    /// # Errors
    /// What the settings file says; a token that the API will not end is no error.
    pub async fn sign_out(&self) -> Result<Ended, Error> {
        let at_hand = self.state().await?.is_some();
        let revoked = at_hand && self.revoke(None).await.is_ok();
        *self.shared.current.write() = None;
        *self.shared.unkept.lock() = None;
        let mut forgotten = false;
        if let Some(mut locked) = self.lock().await? {
            forgotten = locked.load().await.ok().flatten().is_some();
            locked
                .delete()
                .await
                .map_err(|error| self.kept_badly(error))?;
        }
        Ok(Ended { revoked, forgotten })
    }

    /// Tokens that a new sign-in has brought replace whatever was kept.
    async fn begin(&self, mut granted: Granted) -> Result<Granted, Error> {
        self.complete(&mut granted).await;
        self.compare_scope(&granted);
        let mut locked = self.lock().await?;
        // Another account's tokens are not written over; the application may be known from here only.
        let kept = self.reload(locked.as_mut()).await?;
        let mut held = Held::merge(self.given(), kept.as_ref());
        held.refresh = None;
        held.take(&granted);
        self.keep(&mut locked, &mut held).await?;
        *self.shared.current.write() = Some(self.pass_of(&held)?);
        Ok(granted)
    }

    async fn writable(&self) -> Result<(), Error> {
        let locked = self.lock().await?;
        self.prepare(locked.as_ref()).await
    }

    /// Does it in a task of its own, so that nothing is lost when the caller goes away in the middle.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match tokio::spawn(work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.stop("signing in was cut off", "try again")),
        }
    }

    /// A pasted address is as good as the code in it.
    fn code_and_state(&self, request: &CodeRequest) -> Result<(Secret, Option<String>), Error> {
        let text = request.verifier.reveal().trim();
        let Some((_, query)) = text.split_once('?').filter(|_| text.starts_with("http")) else {
            return Ok((Secret::new(text.to_owned()), request.state.clone()));
        };
        let code = desktop::read(query, request.state.as_deref());
        let code = code.map_err(|error| self.no_code(&error))?;
        let state = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "state")
            .map(|(_, value)| value.into_owned());
        Ok((code, request.state.clone().or(state)))
    }

    /// What PKCE wants for the address with this state. A state is checked when it is given and this connection has
    /// handed out addresses; where another process did, only that process can know.
    fn opened(&self, state: Option<&str>) -> Result<Option<Secret>, Error> {
        let opened = self.shared.opened.lock();
        match state {
            Some(state) => match opened.iter().find(|(known, _)| known == state) {
                Some((_, verifier)) => Ok(verifier.clone()),
                None if opened.is_empty() => Ok(None),
                None => Err(self.no_code(&CallbackError::WrongState)),
            },
            None => Ok(opened.last().and_then(|(_, verifier)| verifier.clone())),
        }
    }
}
