//! What a caller asks of a sign-in: the steps of the web flow one by one, signing in anew, signing out.

use std::sync::Arc;

use reqwest::Method;
use zuzen_plan::sign_in::{Grant, Missing};

use super::desktop::{self, CallbackError};
use super::held::Held;
use super::server::{AuthorizationAddress, Code, Granted, TokenError};
use super::{Error, Opened, Secret, SignIn};
use crate::store::StoreError;

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
        let callback = self.callback(request.callback);
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
        opened.push(Opened {
            state: address.state.clone(),
            callback,
            code_verifier: address.code_verifier.clone(),
        });
        Ok(address)
    }

    /// Trades a code for tokens (`GetOAuthAccessToken` with `AuthMode=WEB`). They are kept if a place is named for it,
    /// and used if the connection has no token of its own.
    ///
    /// # Errors
    /// [`Error::SignIn`] if the code is refused or the state is not one that was handed out.
    pub async fn exchange(&self, request: CodeRequest) -> Result<Granted, Error> {
        let (code, state) = self.code_and_state(&request.verifier, request.state.as_deref())?;
        let (opened, code_verifier) = match self.opened(state.as_deref())? {
            Some(opened) => (Some(opened.callback), opened.code_verifier),
            None => (None, None),
        };
        let code = Code {
            code,
            callback: self.callback(request.callback.or(opened)),
            code_verifier: request.code_verifier.or(code_verifier),
        };
        let this = self.clone();
        self.apart(async move {
            let mut locked = match this.given().is_place_named {
                true => this.lock().await?,
                false => None,
            };
            let kept = match locked.as_mut() {
                Some(locked) => this.reload(Some(locked)).await?,
                None => this.kept().await?,
            };
            let mut held = Held::merge(this.given(), kept.as_ref());
            this.prepare(locked.as_ref()).await?;
            let server = this.shared.server.asking(request.scope);
            let _spending = this.shared.spending.lock().await;
            let granted = server.exchange(this.application(&held)?, &code).await;
            let mut granted = granted.map_err(|error| this.refused_code(error))?;
            let asked = server.scope.as_deref();
            if locked.is_some() || this.store().is_none() && held.access.is_none() {
                held.refresh = None;
                this.take_in(&mut locked, &mut held, &mut granted, asked)
                    .await;
                *this.shared.current.write() = Some(this.pass_of(&held)?);
            } else {
                this.complete(&mut granted).await;
                this.compare_scope(&granted, asked);
            }
            Ok(granted)
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
        let caller = Arc::new(());
        let waiting = Arc::downgrade(&caller);
        let granted = self
            .apart(async move {
                let kept = this.kept().await?;
                let held = Held::merge(this.given(), kept.as_ref());
                let application = this.application(&held)?.clone();
                let server = this.shared.server.asking(request.scope);
                let locked = this.lock().await?;
                this.prepare(locked.as_ref()).await?;
                // A person takes minutes: nobody else has to wait for the file meanwhile.
                drop(locked);
                let code = match (this.given().grant, &held.code) {
                    (Grant::Client, _) => None,
                    (Grant::Code, Some(_)) => Some(this.given_code(&held)?),
                    (Grant::Code, None) if this.given().verifier.is_some() => {
                        return Err(this.stop(
                            "the given OAuthVerifier has been exchanged before, and works once",
                            "leave it out to sign in in a browser, or get another one at the address of GetOAuthAuthorizationURL",
                        ));
                    }
                    (Grant::Code, None) => {
                        let callback = this.callback(request.callback);
                        let asked = this.ask_person(&server, &application, &callback, &waiting);
                        Some(asked.await?)
                    }
                };
                let mut locked = this.lock().await?;
                let kept = this.reload(locked.as_mut()).await?;
                let mut held = Held::merge(this.given(), kept.as_ref());
                let _spending = this.shared.spending.lock().await;
                let mut granted = match code {
                    Some(code) => server
                        .exchange(&application, &code)
                        .await
                        .map_err(|error| this.refused_code(error))?,
                    None => server
                        .ask_as_client(&application)
                        .await
                        .map_err(|error| this.refused_client(error))?,
                };
                held.refresh = None;
                let asked = server.scope.as_deref();
                this.take_in(&mut locked, &mut held, &mut granted, asked)
                    .await;
                *this.shared.current.write() = Some(this.pass_of(&held)?);
                Ok(granted)
            })
            .await;
        drop(caller);
        granted
    }

    /// Spends a refresh token (`RefreshOAuthAccessToken`): the given one, or the one at hand. One that belongs to
    /// nothing at hand is renewed for whoever brought it, and kept only if a place is named for it.
    ///
    /// # Errors
    /// [`Error::SignIn`] if there is none or it is refused.
    pub async fn refresh(&self, refresh_token: Option<Secret>) -> Result<Granted, Error> {
        let this = self.clone();
        self.apart(async move {
            let mut locked = this.lock().await?;
            let kept = this.reload(locked.as_mut()).await?;
            let mut held = Held::merge(this.given(), kept.as_ref());
            let own = match (&refresh_token, &held.refresh) {
                (Some(brought), Some(known)) => brought.is(known),
                (Some(_), None) => false,
                (None, _) => true,
            };
            let Some(spent) = refresh_token.or_else(|| held.refresh.clone()) else {
                return Err(this.missing(Missing::RefreshToken));
            };
            this.prepare(locked.as_ref()).await?;
            let server = &this.shared.server;
            let _spending = this.shared.spending.lock().await;
            let granted = server.refresh(this.application(&held)?, &spent).await;
            let mut granted = match granted {
                Ok(granted) => granted,
                Err(TokenError::Refused { code, said }) if code == "invalid_grant" => {
                    if !own {
                        return Err(this.stop(
                            "the given refresh token was refused: it was used before, has ended or was revoked",
                            &format!(
                                "each one works once: give the OAuthRefreshToken that came with the last answer, \
                                 or sign in again: zuzen login {}",
                                this.shared.connection
                            ),
                        ));
                    }
                    held.refused = Some(if said.is_empty() { code } else { said });
                    this.keep(&mut locked, &mut held).await?;
                    return Err(this.missing(Missing::Renewal));
                }
                Err(error) => return Err(this.refused_client(error)),
            };
            if own || this.given().is_place_named || held.access.is_none() {
                this.take_in(&mut locked, &mut held, &mut granted, None).await;
                *this.shared.current.write() = Some(this.pass_of(&held)?);
            } else {
                this.complete(&mut granted).await;
            }
            Ok(granted)
        })
        .await
    }

    /// Ends a token at the API (`RevokeOAuthAccessToken`): the given one, or the one at hand, which is then forgotten
    /// together with what would renew it.
    ///
    /// # Errors
    /// [`Error::SignIn`] if there is none, or the vendor has no way to end one.
    pub async fn revoke(&self, access_token: Option<Secret>) -> Result<(), Error> {
        let this = self.clone();
        self.apart(async move {
            let mut locked = this.lock().await?;
            let kept = this.reload(locked.as_mut()).await?;
            let mut held = Held::merge(this.given(), kept.as_ref());
            let Some(token) = access_token.or_else(|| held.access.clone()) else {
                return Err(this.missing(Missing::Token));
            };
            this.end(&token).await?;
            if held.access.as_ref().is_some_and(|own| own.is(&token)) {
                *this.shared.current.write() = None;
                (held.access, held.refresh) = (None, None);
                this.keep(&mut locked, &mut held).await?;
            }
            Ok(())
        })
        .await
    }

    /// Ends the token at hand and forgets everything that was kept (`zuzen logout`). A token that has ended is renewed
    /// first where it can be, because its refresh token would outlive it.
    ///
    /// # Errors
    /// What the settings file says; a token that the API will not end is no error.
    pub async fn sign_out(&self) -> Result<Ended, Error> {
        let this = self.clone();
        self.apart(async move {
            let mut locked = this.lock().await?;
            // What cannot be read is deleted all the same, unless it belongs to somebody else.
            let (kept, damaged) = match this.reload(locked.as_mut()).await {
                Ok(kept) => (kept, false),
                Err(Error::Store { source, .. })
                    if !matches!(source, StoreError::OtherAccount { .. }) =>
                {
                    (None, true)
                }
                Err(error) => return Err(error),
            };
            let held = Held::merge(this.given(), kept.as_ref());
            let revoked = match &held.access {
                Some(token) => this.end(token).await.is_ok() || this.renew_and_end(&held).await,
                None => false,
            };
            *this.shared.current.write() = None;
            *this.shared.unkept.lock() = None;
            let forgotten = kept.is_some() || damaged;
            if let Some(locked) = locked {
                locked
                    .delete()
                    .await
                    .map_err(|error| this.kept_badly(error))?;
            }
            Ok(Ended { revoked, forgotten })
        })
        .await
    }

    async fn renew_and_end(&self, held: &Held) -> bool {
        let (Some(refresh), Ok(application), true) = (
            &held.refresh,
            self.application(held),
            self.shared.current_url.is_some(),
        ) else {
            return false;
        };
        match self.shared.server.refresh(application, refresh).await {
            Ok(granted) => self.end(&granted.access_token).await.is_ok(),
            Err(_) => false,
        }
    }

    async fn end(&self, token: &Secret) -> Result<(), Error> {
        let Some(url) = &self.shared.current_url else {
            return Err(self.stop(
                "the vendor has no address that ends a token",
                "it ends by itself; without it, delete the client in the vendor's administration",
            ));
        };
        let endpoint = &self.shared.server.endpoint;
        let answer = endpoint
            .with_token(&Method::DELETE, url, token, "revoke")
            .await;
        let answer = answer.map_err(|error| self.not_reached(&error))?;
        match answer.status.as_u16() {
            200..=299 => Ok(()),
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

    fn callback(&self, wanted: Option<String>) -> String {
        wanted.unwrap_or_else(|| self.given().callback.clone())
    }

    /// Does it in a task of its own, so that nothing is lost when the caller goes away in the middle.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let this = self.clone();
        let work = async move {
            let _turn = this.shared.turn.lock().await;
            work.await
        };
        match tokio::spawn(work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.stop("signing in was cut off", "try again")),
        }
    }

    /// A pasted address is as good as the code in it.
    pub(super) fn code_and_state(
        &self,
        verifier: &Secret,
        state: Option<&str>,
    ) -> Result<(Secret, Option<String>), Error> {
        let text = verifier.reveal().trim();
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let Some((_, query)) = text.split_once('?').filter(|_| text.starts_with("http")) else {
            return Ok((Secret::new(text.to_owned()), state.map(str::to_owned)));
        };
        let code = desktop::read(query, state);
        let code = code.map_err(|error| self.no_code(&error))?;
        let found = url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "state")
            .map(|(_, value)| value.into_owned());
        Ok((code, state.map(str::to_owned).or(found)))
    }

    /// The address with this state, which is then used up. A state is checked when it is given and this connection has
    /// handed out addresses; where another process did, only that process can know.
    fn opened(&self, state: Option<&str>) -> Result<Option<Opened>, Error> {
        let mut opened = self.shared.opened.lock();
        let Some(state) = state else {
            // Without a state only the last address can be meant.
            return Ok(opened.last().cloned());
        };
        match opened.iter().position(|known| known.state == state) {
            Some(place) => Ok(Some(opened.remove(place))),
            None if opened.is_empty() => Ok(None),
            None => Err(self.no_code(&CallbackError::WrongState)),
        }
    }
}
