//! The OAuth server of an account, a witness for both vendors: applications, consent, codes, tokens, rotation and expiry on
//! a clock of its own that tests can move. It knows neither paths nor wire formats; `zendesk/sign_in.rs` and
//! `zuora/sign_in.rs` do.

pub(crate) mod authorize;
mod client;
pub(crate) mod exchange;
pub(crate) mod gate;
pub(crate) mod ledger;
mod options;
mod page;
pub(crate) mod refusal;
pub(crate) mod scope;
pub(crate) mod text;
pub(crate) mod throttle;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

pub use client::{OAuthClient, RedirectRule};
pub use exchange::TokenCall;
pub use gate::Hold;
pub use options::OAuthOptions;

use crate::clock;
use crate::people::Person;
use exchange::{Rules, TokenRequest};
use gate::Gate;
use ledger::{Authorization, Holder, Ledger, Lifetimes, Token};
use throttle::Throttle;

/// One account's OAuth server.
#[derive(Debug)]
pub(crate) struct Authority {
    clients: Vec<OAuthClient>,
    max_lifetime_millis: Option<i64>,
    /// How far this server's clock is ahead.
    ahead_millis: AtomicI64,
    ledger: Mutex<Ledger>,
    calls: Mutex<Vec<TokenCall>>,
    pub(crate) gate: Gate,
    pub(crate) throttle: Throttle,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

impl Authority {
    /// `clients` are those of the vendor, unless the options name others.
    pub(crate) fn new(
        options: &OAuthOptions,
        clients: Vec<OAuthClient>,
        throttle: Throttle,
    ) -> Self {
        Self {
            clients: options.clients.clone().unwrap_or(clients),
            max_lifetime_millis: options.max_lifetime.map(millis),
            ahead_millis: AtomicI64::new(0),
            ledger: Mutex::default(),
            calls: Mutex::default(),
            gate: Gate::default(),
            throttle,
        }
    }

    pub(crate) fn now_millis(&self) -> i64 {
        clock::now_millis().saturating_add(self.ahead_millis.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_millis.fetch_add(millis(by), Ordering::SeqCst);
    }

    pub(crate) fn client(&self, id: &str) -> Option<&OAuthClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// A number for a client, as some answers have instead of its identifier.
    pub(crate) fn client_number(&self, id: &str) -> Option<i64> {
        let place = self.clients.iter().position(|client| client.id == id)?;
        i64::try_from(place)
            .ok()
            .map(|place| 360_000_900_001 + place)
    }

    pub(crate) fn clients(&self) -> &[OAuthClient] {
        &self.clients
    }

    /// The pair of an access token that is good now.
    pub(crate) fn session(&self, access: &str) -> Option<Token> {
        let now = self.now_millis();
        self.ledger.lock().access(access, now).cloned()
    }

    /// Ends both tokens of a pair.
    pub(crate) fn revoke(&self, token: &Token) {
        self.ledger.lock().kill(token.number);
    }

    pub(crate) fn expire_access_tokens(&self) {
        let now = self.now_millis();
        self.ledger.lock().expire_access(now);
    }

    /// A number that no other thing of this server has.
    pub(crate) fn serial(&self) -> u64 {
        self.ledger.lock().serial()
    }

    /// A code as if the administrator had clicked. Nothing is checked: what is not registered fails when it is used.
    pub(crate) fn grant_code(&self, authorization: Authorization) -> String {
        let now = self.now_millis();
        self.ledger
            .lock()
            .grant_code(authorization, Person::Administrator, now)
    }

    /// A pair as if a code had been exchanged. Nothing is checked.
    pub(crate) fn grant_tokens(&self, holder: Holder, rules: &Rules) -> Token {
        let access = rules.lifetime * 1_000;
        let lifetimes = Lifetimes {
            access_millis: self
                .max_lifetime_millis
                .map_or(access, |most| most.min(access)),
            refresh_millis: Some(exchange::REFRESH_DEFAULT * 1_000),
        };
        let now = self.now_millis();
        let mut ledger = self.ledger.lock();
        ledger.issue(holder, lifetimes, rules.outline, now)
    }

    pub(crate) fn record(&self, asked: &TokenRequest, outcome: &str) {
        self.calls.lock().push(TokenCall {
            grant_type: asked.grant_type.clone().unwrap_or_default(),
            client_id: asked.client_id.clone().unwrap_or_default(),
            outcome: outcome.to_owned(),
        });
    }

    pub(crate) fn calls(&self) -> Vec<TokenCall> {
        self.calls.lock().clone()
    }

    /// Every secret that exists or ever did: those of the clients, codes and tokens.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets = self.ledger.lock().secrets();
        secrets.extend(
            self.clients
                .iter()
                .filter_map(|client| client.secret.clone()),
        );
        secrets
    }
}

#[cfg(test)]
mod tests;
