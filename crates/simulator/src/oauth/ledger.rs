//! What the OAuth server has given out: consents that wait for a person, codes, tokens, and which of them still live.
//! It keeps dead ones, so that every secret that ever existed can be searched for. It refuses to judge requests.

use std::collections::HashMap;

use crate::oauth::scope::Scope;
use crate::oauth::text;
use crate::people::Person;

/// A valid request of an application, before or after a person has agreed to it.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    pub(crate) client: String,
    pub(crate) redirect: String,
    pub(crate) scope: Scope,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) authorization: Authorization,
    pub(crate) person: Person,
    expires_millis: i64,
    spent: bool,
}

/// How long the two tokens of a pair live. No refresh lifetime, no refresh token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) access_millis: i64,
    pub(crate) refresh_millis: Option<i64>,
}

/// What the text of an access token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outline {
    Long,
    Hexadecimal,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Counts from 1.
    pub(crate) number: u64,
    pub(crate) client: String,
    pub(crate) person: Person,
    /// As asked for: what a renewal may ask for again.
    pub(crate) asked: Scope,
    /// As given.
    pub(crate) scope: Scope,
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) created_millis: i64,
    pub(crate) expires_millis: i64,
    pub(crate) refresh_expires_millis: i64,
    /// Rotated away or revoked; both tokens of the pair die together.
    pub(crate) dead: bool,
}

/// For whom and for what a pair is made.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) client: String,
    pub(crate) person: Person,
    pub(crate) asked: Scope,
}

/// Codes live this long.
const CODE_MILLIS: i64 = 120_000;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    serial: u64,
    consents: HashMap<String, Authorization>,
    codes: HashMap<String, Code>,
    tokens: Vec<Token>,
    by_access: HashMap<String, usize>,
    by_refresh: HashMap<String, usize>,
}

impl Ledger {
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Remembers a request until a person decides; the consent's name is what the page sends back.
    pub(crate) fn ask(&mut self, authorization: Authorization) -> String {
        let name = text::short_token(self.serial());
        self.consents.insert(name.clone(), authorization);
        name
    }

    /// A consent is decided once.
    pub(crate) fn decide(&mut self, consent: &str) -> Option<Authorization> {
        self.consents.remove(consent)
    }

    pub(crate) fn grant_code(
        &mut self,
        authorization: Authorization,
        person: Person,
        now: i64,
    ) -> String {
        let name = text::short_token(self.serial());
        self.codes.insert(
            name.clone(),
            Code {
                authorization,
                person,
                expires_millis: now + CODE_MILLIS,
                spent: false,
            },
        );
        name
    }

    /// A code can be looked at once, with whatever result: presenting it wrongly spends it too.
    pub(crate) fn spend(&mut self, code: &str, now: i64) -> Option<&Code> {
        let code = self.codes.get_mut(code)?;
        let usable = !code.spent && now < code.expires_millis;
        code.spent = true;
        usable.then_some(code)
    }

    pub(crate) fn issue(
        &mut self,
        holder: Holder,
        lifetimes: Lifetimes,
        outline: Outline,
        now: i64,
    ) -> Token {
        let access = match outline {
            Outline::Long => text::long_token(self.serial()),
            Outline::Hexadecimal => text::hex_token(self.serial()),
        };
        let refresh = lifetimes
            .refresh_millis
            .map(|_| text::short_token(self.serial()));
        let place = self.tokens.len();
        self.by_access.insert(access.clone(), place);
        if let Some(refresh) = &refresh {
            self.by_refresh.insert(refresh.clone(), place);
        }
        let token = Token {
            number: place as u64 + 1,
            client: holder.client,
            person: holder.person,
            scope: holder.asked.granted(),
            asked: holder.asked,
            access,
            refresh,
            created_millis: now,
            expires_millis: now.saturating_add(lifetimes.access_millis),
            refresh_expires_millis: now
                .saturating_add(lifetimes.refresh_millis.unwrap_or_default()),
            dead: false,
        };
        self.tokens.push(token.clone());
        token
    }

    /// The pair of an access token that is good now.
    pub(crate) fn access(&self, text: &str, now: i64) -> Option<&Token> {
        let token = &self.tokens[*self.by_access.get(text)?];
        (!token.dead && now < token.expires_millis).then_some(token)
    }

    /// The pair of a refresh token that is good now.
    pub(crate) fn refresh(&self, text: &str, now: i64) -> Option<&Token> {
        let token = &self.tokens[*self.by_refresh.get(text)?];
        (!token.dead && now < token.refresh_expires_millis).then_some(token)
    }

    /// Ends both tokens of a pair.
    pub(crate) fn kill(&mut self, number: u64) {
        if let Some(token) = self.tokens.iter_mut().find(|token| token.number == number) {
            token.dead = true;
        }
    }

    pub(crate) fn expire_access(&mut self, now: i64) {
        for token in &mut self.tokens {
            token.expires_millis = token.expires_millis.min(now);
        }
    }

    /// Every code and token there ever was.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let tokens = self
            .tokens
            .iter()
            .flat_map(|token| [Some(token.access.clone()), token.refresh.clone()])
            .flatten();
        self.codes.keys().cloned().chain(tokens).collect()
    }
}
