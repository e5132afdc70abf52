//! Looking for a token: what is at hand first, then whatever may be asked for.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::Value;
use zuzen_plan::sign_in::{Missing, Step, step};

use super::held::Held;
use super::server::{Code, Granted, TokenError};
use super::{Came, Error, Pass, SignIn};
use crate::settings::Secret;
use crate::store::Locked;

impl SignIn {
    /// A pass for a request; obtained first where there is none.
    pub(crate) async fn pass(&self) -> Result<(Pass, Came), Error> {
        match self.usable(None) {
            Some(pass) => Ok((pass, Came::Found)),
            None => self.look(None).await,
        }
    }

    /// Another pass, because the API has refused this one.
    pub(crate) async fn other_than(&self, refused: &Pass) -> Result<(Pass, Came), Error> {
        if let Some(pass) = self.usable(Some(&refused.token)) {
            return Ok((pass, Came::Found));
        }
        self.look(Some(refused.token.clone())).await
    }

    fn usable(&self, refused: Option<&Secret>) -> Option<Pass> {
        let current = self.shared.current.read();
        let pass = current.as_ref()?;
        let until = pass.good_until;
        let ended = until.is_some_and(|until| until <= SystemTime::now());
        let wrong = refused.is_some_and(|refused| refused.is(&pass.token));
        (!ended && !wrong).then(|| pass.clone())
    }

    /// One task at a time looks for a token, and goes on when whoever waits for it goes away: between the moment a
    /// refresh token is spent and the moment its successor is kept nothing may be dropped. Only a person is not waited
    /// for on behalf of nobody.
    async fn look(&self, refused: Option<Secret>) -> Result<(Pass, Came), Error> {
        let before = self.shared.looks.lock().number;
        let caller = Arc::new(());
        let waiting = Arc::downgrade(&caller);
        let this = self.clone();
        let looking = tokio::spawn(async move {
            let _turn = this.shared.turn.lock().await;
            if let Some(pass) = this.usable(refused.as_ref()) {
                return Ok((pass, Came::Found));
            }
            if let Some(error) = this.failed_since(before) {
                return Err(error);
            }
            let found = this.obtain(refused.as_ref(), &waiting).await;
            let mut looks = this.shared.looks.lock();
            match &found {
                Ok((pass, _)) => {
                    *this.shared.current.write() = Some(pass.clone());
                    looks.failed = None;
                }
                // Nobody has heard of a failure that nobody waited for.
                Err(_) if waiting.strong_count() == 0 => return found,
                Err(error) => looks.failed = Some(error.clone()),
            }
            looks.number += 1;
            found
        });
        let found = looking.await;
        drop(caller);
        match found {
            Ok(found) => found,
            Err(_) => Err(self.stop("the search for a token was cut off", "try again")),
        }
    }

    fn failed_since(&self, number: u64) -> Option<Error> {
        let looks = self.shared.looks.lock();
        looks.failed.clone().filter(|_| looks.number > number)
    }

    async fn obtain(
        &self,
        refused: Option<&Secret>,
        waiting: &Weak<()>,
    ) -> Result<(Pass, Came), Error> {
        let given = self.given();
        // Most connections find a good token: they need not wait for those that write.
        let held = Held::merge(given, self.kept().await?.as_ref());
        let to_keep = self.store().is_some() && (held.is_new || self.is_unkept());
        if step(&held.situation(given, refused)) == Step::Use && !to_keep {
            return self.pass_of(&held).map(|pass| (pass, Came::Found));
        }
        let mut locked = self.lock().await?;
        let mut held = Held::merge(given, self.reload(locked.as_mut()).await?.as_ref());
        loop {
            let server = &self.shared.server;
            match step(&held.situation(given, refused)) {
                Step::Use => {
                    if held.is_new || self.is_unkept() {
                        self.keep(&mut locked, &mut held).await?;
                    }
                    return self.pass_of(&held).map(|pass| (pass, Came::Found));
                }
                Step::Exchange => {
                    self.prepare(locked.as_ref()).await?;
                    let _spending = self.shared.spending.lock().await;
                    let code = self.given_code(&held)?;
                    let granted = server.exchange(self.application(&held)?, &code).await;
                    let granted = granted.map_err(|error| self.refused_code(error))?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::AskAsClient => {
                    self.prepare(locked.as_ref()).await?;
                    let _spending = self.shared.spending.lock().await;
                    let granted = server.ask_as_client(self.application(&held)?).await;
                    let granted = granted.map_err(|error| self.refused_client(error))?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::Refresh => {
                    self.prepare(locked.as_ref()).await?;
                    let _spending = self.shared.spending.lock().await;
                    let Some(refresh) = held.refresh.clone() else {
                        return Err(self.missing(Missing::RefreshToken));
                    };
                    let application = self.application(&held)?;
                    match server.refresh(application, &refresh).await {
                        Ok(granted) => return self.accept(&mut locked, &mut held, granted).await,
                        Err(TokenError::Refused { code, said }) if code == "invalid_grant" => {
                            held.refused = Some(if said.is_empty() { code } else { said });
                            self.keep(&mut locked, &mut held).await?;
                        }
                        Err(error) => return Err(self.refused_client(error)),
                    }
                }
                Step::AskPerson => {
                    self.prepare(locked.as_ref()).await?;
                    // A person takes minutes: nobody else has to wait for the file meanwhile.
                    drop(locked.take());
                    let application = self.application(&held)?;
                    let code = self
                        .ask_person(server, application, &given.callback, waiting)
                        .await?;
                    locked = self.lock().await?;
                    self.reload(locked.as_mut()).await?;
                    let _spending = self.shared.spending.lock().await;
                    let granted = server.exchange(application, &code).await;
                    let granted = granted.map_err(|error| self.refused_code(error))?;
                    return self.accept(&mut locked, &mut held, granted).await;
                }
                Step::Stop(missing) => return Err(self.missing(missing)),
            }
        }
    }

    async fn accept(
        &self,
        locked: &mut Option<Locked>,
        held: &mut Held,
        mut granted: Granted,
    ) -> Result<(Pass, Came), Error> {
        let asked = self.shared.server.scope.as_deref();
        self.take_in(locked, held, &mut granted, asked).await;
        self.pass_of(held).map(|pass| (pass, Came::Granted))
    }

    /// What was granted becomes what is held, first on disk, then in use. Spent is spent: that it cannot be kept does
    /// not take it away from whoever asked.
    pub(super) async fn take_in(
        &self,
        locked: &mut Option<Locked>,
        held: &mut Held,
        granted: &mut Granted,
        asked: Option<&str>,
    ) {
        held.take(granted);
        let mut kept = self.keep(locked, held).await;
        if self.complete(granted).await {
            held.expires_in = granted.expires_in;
            kept = self.keep(locked, held).await;
        }
        if let Err(error) = kept {
            let hint = "the new tokens are in use, but other processes have to sign in again";
            self.warn(format!("{error}; {hint}"));
        }
        self.compare_scope(granted, asked);
    }

    /// Asks when the token ends if its answer did not say: Zendesk leaves it out unless a lifetime was asked for.
    pub(super) async fn complete(&self, granted: &mut Granted) -> bool {
        let (None, Some(url)) = (granted.expires_in, &self.shared.current_url) else {
            return false;
        };
        let endpoint = &self.shared.server.endpoint;
        let answer = endpoint
            .with_token(&Method::GET, url, &granted.access_token, "token")
            .await;
        let Some(answer) = answer.ok().filter(|answer| answer.status.is_success()) else {
            return false;
        };
        let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let ends = told
            .as_ref()
            .and_then(|told| told["token"]["expires_at"].as_str());
        let ends = ends.and_then(|ends| chrono::DateTime::parse_from_rfc3339(ends).ok());
        let life = ends.and_then(|ends| SystemTime::from(ends).duration_since(granted.issued).ok());
        // Clocks that disagree about it tell nothing; the next refusal will.
        granted.expires_in = life.filter(|life| *life > Duration::ZERO);
        granted.expires_in.is_some()
    }

    /// A scope that the server does not know gives a token that may do nothing at all.
    pub(super) fn compare_scope(&self, granted: &Granted, asked: Option<&str>) {
        let (Some(asked), Some(got)) = (asked, &granted.scope) else {
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

    /// The code that the connection was given, or the one in the address it was given.
    pub(super) fn given_code(&self, held: &Held) -> Result<Code, Error> {
        let given = self.given();
        let verifier = held
            .code
            .as_ref()
            .ok_or_else(|| self.missing(Missing::SignIn))?;
        let (code, _) = self.code_and_state(verifier, None)?;
        Ok(Code {
            code,
            callback: given.callback.clone(),
            code_verifier: given.code_verifier.clone(),
        })
    }
}
