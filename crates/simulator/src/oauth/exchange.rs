//! The token endpoint's rules, the same for every vendor; how requests and answers are written is the vendor's.
//! Where the facts leave room it is stricter: a caller that passes here passes everywhere.

use crate::oauth::ledger::{Authorization, Holder, Lifetimes, Outline, Token};
use crate::oauth::refusal::Refusal;
use crate::oauth::scope::Scope;
use crate::oauth::{Authority, OAuthClient, text};
use crate::people::Person;

/// What differs between vendors.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Grant types that are supported.
    pub(crate) grant_types: &'static [&'static str],
    pub(crate) outline: Outline,
    /// Seconds an access token lives when the caller says nothing.
    pub(crate) lifetime: i64,
    /// Whether scopes are asked for, checked and given; otherwise the vendor decides alone.
    pub(crate) scoped: bool,
}

/// Seconds that can be asked for, from and to.
const LIFETIME: (i64, i64) = (301, 172_800);
const REFRESH_LIFETIME: (i64, i64) = (604_800, 7_776_000);
pub(crate) const REFRESH_DEFAULT: i64 = 2_592_000;

/// A token call as the vendor's wire format brought it in.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenRequest {
    pub(crate) grant_type: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_verifier: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) expires_in: Option<i64>,
    pub(crate) refresh_token_expires_in: Option<i64>,
    /// What the wire format already found wrong.
    pub(crate) flaw: Option<Refusal>,
}

/// One call of a token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCall {
    /// As sent; empty when nothing was.
    pub grant_type: String,
    /// As sent; empty when nothing was.
    pub client_id: String,
    /// `granted`, the `error` of the answer (`invalid_grant`, …), or what a fault did instead (`throttled`, `error`,
    /// `not_json`, `redirected`).
    pub outcome: String,
}

impl TokenRequest {
    /// The member for a text parameter.
    pub(crate) fn text(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "grant_type" => &mut self.grant_type,
            "client_id" => &mut self.client_id,
            "client_secret" => &mut self.client_secret,
            "code" => &mut self.code,
            "redirect_uri" => &mut self.redirect_uri,
            "code_verifier" => &mut self.code_verifier,
            "refresh_token" => &mut self.refresh_token,
            "scope" => &mut self.scope,
            _ => return None,
        })
    }

    /// Parameters that have no business with the grant type.
    fn stray(&self) -> Option<&'static str> {
        let code = self.grant_type.as_deref() == Some("authorization_code");
        let refresh = self.grant_type.as_deref() == Some("refresh_token");
        [
            ("code", self.code.is_some(), code),
            ("redirect_uri", self.redirect_uri.is_some(), code),
            ("code_verifier", self.code_verifier.is_some(), code),
            ("refresh_token", self.refresh_token.is_some(), refresh),
            (
                "refresh_token_expires_in",
                self.refresh_token_expires_in.is_some(),
                code || refresh,
            ),
        ]
        .into_iter()
        .find(|(_, given, fits)| *given && !fits)
        .map(|(name, _, _)| name)
    }

    fn lifetimes(&self, rules: &Rules, most: Option<i64>) -> Result<Lifetimes, Refusal> {
        let pick = |name: &str, asked: Option<i64>, (low, high): (i64, i64), default: i64| {
            let seconds = asked.unwrap_or(default);
            if asked.is_none() || (low..=high).contains(&seconds) {
                Ok(seconds * 1_000)
            } else {
                Err(Refusal::request(format!(
                    "{name} must be between {low} and {high} seconds"
                )))
            }
        };
        let access = pick("expires_in", self.expires_in, LIFETIME, rules.lifetime)?;
        let refresh = pick(
            "refresh_token_expires_in",
            self.refresh_token_expires_in,
            REFRESH_LIFETIME,
            REFRESH_DEFAULT,
        )?;
        Ok(Lifetimes {
            access_millis: most.map_or(access, |most| access.min(most)),
            refresh_millis: Some(refresh),
        })
    }
}

/// A parameter without which there is no answer.
fn needed<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::request(format!("{name} is missing")))
}

impl Authority {
    /// Answers a token call and records it.
    pub(crate) fn exchange(&self, rules: &Rules, asked: &TokenRequest) -> Result<Token, Refusal> {
        let answer = self.judge(rules, asked);
        let outcome = match &answer {
            Ok(_) => "granted",
            Err(refusal) => refusal.error,
        };
        self.record(asked, outcome);
        answer
    }

    fn judge(&self, rules: &Rules, asked: &TokenRequest) -> Result<Token, Refusal> {
        if let Some(flaw) = &asked.flaw {
            return Err(flaw.clone());
        }
        let grant_type = needed("grant_type", asked.grant_type.as_deref())?;
        if !rules.grant_types.contains(&grant_type) {
            return Err(Refusal::grant_type());
        }
        let client = self.authenticate(asked)?;
        if let Some(name) = asked.stray() {
            return Err(Refusal::request(format!(
                "{name} does not belong to the grant type"
            )));
        }
        let lifetimes = asked.lifetimes(rules, self.max_lifetime_millis)?;
        match grant_type {
            "authorization_code" => self.redeem(rules, client, asked, lifetimes),
            "refresh_token" => self.rotate(rules, client, asked, lifetimes),
            _ => self.admit(rules, client, asked, lifetimes),
        }
    }

    /// A client with a secret must give it; a client without one must not.
    fn authenticate(&self, asked: &TokenRequest) -> Result<&OAuthClient, Refusal> {
        let id = needed("client_id", asked.client_id.as_deref())?;
        self.client(id)
            .filter(|client| client.secret == asked.client_secret)
            .ok_or_else(Refusal::client)
    }

    fn scope(
        &self,
        rules: &Rules,
        client: &OAuthClient,
        asked: &TokenRequest,
    ) -> Result<Scope, Refusal> {
        if !rules.scoped {
            return Ok(Scope::default());
        }
        let scope = Scope::parse(needed("scope", asked.scope.as_deref())?);
        if scope.is_empty() || !scope.fits(&Scope::parse(&client.ceiling)) {
            return Err(Refusal::scope());
        }
        Ok(scope)
    }

    fn redeem(
        &self,
        rules: &Rules,
        client: &OAuthClient,
        asked: &TokenRequest,
        lifetimes: Lifetimes,
    ) -> Result<Token, Refusal> {
        let code = needed("code", asked.code.as_deref())?;
        let redirect = needed("redirect_uri", asked.redirect_uri.as_deref())?;
        let scope = self.scope(rules, client, asked)?;
        let now = self.now_millis();
        let mut ledger = self.ledger.lock();
        let code = ledger.spend(code, now).ok_or_else(Refusal::grant)?;
        let Authorization {
            client: owner,
            redirect: registered,
            scope: agreed,
            challenge,
            ..
        } = &code.authorization;
        let proven = match (challenge, asked.code_verifier.as_deref()) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => {
                text::is_verifier(verifier) && text::challenge(verifier) == *challenge
            }
            // A verifier for a code that was asked for without a challenge may be an attack that took the challenge out.
            _ => false,
        };
        if owner != &client.id || registered != redirect || !proven {
            return Err(Refusal::grant());
        }
        if rules.scoped && *agreed != scope {
            return Err(Refusal::scope());
        }
        let holder = Holder {
            client: client.id.clone(),
            person: code.person,
            asked: agreed.clone(),
        };
        Ok(ledger.issue(holder, lifetimes, rules.outline, now))
    }

    /// The old pair is dead from this moment on, whether or not the new one arrives.
    fn rotate(
        &self,
        rules: &Rules,
        client: &OAuthClient,
        asked: &TokenRequest,
        lifetimes: Lifetimes,
    ) -> Result<Token, Refusal> {
        let refresh = needed("refresh_token", asked.refresh_token.as_deref())?;
        let now = self.now_millis();
        let mut ledger = self.ledger.lock();
        let old = ledger
            .refresh(refresh, now)
            .filter(|old| old.client == client.id)
            .ok_or_else(Refusal::grant)?
            .clone();
        let scope = match asked.scope.as_deref().filter(|_| rules.scoped) {
            None => old.asked,
            Some(text) => {
                let scope = Scope::parse(text);
                if scope.is_empty() || !scope.within(&old.asked) {
                    return Err(Refusal::scope());
                }
                scope
            }
        };
        ledger.kill(old.number);
        let holder = Holder {
            client: old.client,
            person: old.person,
            asked: scope,
        };
        Ok(ledger.issue(holder, lifetimes, rules.outline, now))
    }

    /// Client credentials: the token acts as the owner of the client, and nothing renews it.
    fn admit(
        &self,
        rules: &Rules,
        client: &OAuthClient,
        asked: &TokenRequest,
        lifetimes: Lifetimes,
    ) -> Result<Token, Refusal> {
        if client.secret.is_none() {
            return Err(Refusal::client());
        }
        let scope = self.scope(rules, client, asked)?;
        let holder = Holder {
            client: client.id.clone(),
            person: Person::Administrator,
            asked: scope,
        };
        let lifetimes = Lifetimes {
            refresh_millis: None,
            ..lifetimes
        };
        let now = self.now_millis();
        let mut ledger = self.ledger.lock();
        Ok(ledger.issue(holder, lifetimes, rules.outline, now))
    }
}
