//! The browser's half: is the request valid, what did the person decide, where does the browser go next. An error goes to the
//! redirect address only when client and address are known to belong together.

use url::Url;

use crate::oauth::exchange::Rules;
use crate::oauth::ledger::Authorization;
use crate::oauth::refusal::Refusal;
use crate::oauth::scope::Scope;
use crate::oauth::{Authority, OAuthClient, page, text};
use crate::people::Person;
use crate::reply::Reply;

type Pairs = [(String, String)];

fn get<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|pair| pair.0 == name)
        .map(|pair| pair.1.as_str())
        .filter(|value| !value.is_empty())
}

fn repeated(pairs: &Pairs) -> bool {
    pairs
        .iter()
        .enumerate()
        .any(|(at, pair)| pairs[..at].iter().any(|earlier| earlier.0 == pair.0))
}

/// The redirect address with these parameters after its own.
fn redirect(address: &str, parameters: &[(&str, &str)], state: Option<&str>) -> Reply {
    let Ok(mut url) = Url::parse(address) else {
        return page::error("The redirect address is not an address.");
    };
    url.query_pairs_mut()
        .extend_pairs(parameters)
        .extend_pairs(state.map(|state| ("state", state)));
    Reply::found(url.into()).with("cache-control", "no-store".to_owned())
}

fn refuse(refusal: &Refusal, address: &str, state: Option<&str>) -> Reply {
    let parameters = [
        ("error", refusal.error),
        ("error_description", refusal.description.as_str()),
    ];
    redirect(address, &parameters, state)
}

impl Authority {
    /// The page for an authorization request; its form goes to `action`.
    pub(crate) fn authorize(&self, rules: &Rules, pairs: &Pairs, action: &str) -> Reply {
        if repeated(pairs) {
            return page::error("A parameter is given twice.");
        }
        let Some(client) = get(pairs, "client_id").and_then(|id| self.client(id)) else {
            return page::error("There is no client with this client_id.");
        };
        let Some(address) = get(pairs, "redirect_uri").filter(|address| client.admits(address))
        else {
            return page::error("The redirect_uri is not one that is registered for this client.");
        };
        let state = get(pairs, "state");
        match self.valid(rules, client, address, pairs) {
            Ok(authorization) => {
                let name = self.ledger.lock().ask(authorization.clone());
                page::consent(client, &authorization, &name, action)
            }
            Err(refusal) => refuse(&refusal, address, state),
        }
    }

    fn valid(
        &self,
        rules: &Rules,
        client: &OAuthClient,
        address: &str,
        pairs: &Pairs,
    ) -> Result<Authorization, Refusal> {
        match get(pairs, "response_type") {
            Some("code") => {}
            None => return Err(Refusal::request("response_type is missing")),
            Some(_) => return Err(Refusal::response_type()),
        }
        let scope = Scope::parse(get(pairs, "scope").unwrap_or_default());
        if rules.scoped && (scope.is_empty() || !scope.fits(&Scope::parse(&client.ceiling))) {
            return Err(Refusal::scope());
        }
        let challenge = get(pairs, "code_challenge");
        match (challenge, get(pairs, "code_challenge_method")) {
            (None, None) if client.secret.is_some() => {}
            (None, None) => return Err(Refusal::request("a public client needs a code_challenge")),
            (Some(challenge), Some("S256")) if text::is_challenge(challenge) => {}
            _ => {
                return Err(Refusal::request(
                    "code_challenge and code_challenge_method=S256 belong together",
                ));
            }
        }
        Ok(Authorization {
            client: client.id.clone(),
            redirect: address.to_owned(),
            scope: if rules.scoped {
                scope
            } else {
                Scope::default()
            },
            state: get(pairs, "state").map(str::to_owned),
            challenge: challenge.map(str::to_owned),
        })
    }

    /// Where the browser goes after a person has decided.
    pub(crate) fn decide(&self, form: &Pairs) -> Reply {
        let person = get(form, "person").and_then(Person::of_email);
        let allowed = match get(form, "decision") {
            Some("allow") => true,
            Some("deny") => false,
            _ => return page::error("Neither allowed nor denied."),
        };
        let now = self.now_millis();
        let mut ledger = self.ledger.lock();
        let authorization = get(form, "consent").and_then(|consent| ledger.decide(consent));
        let Some(authorization) = authorization else {
            return page::error("This was decided already, or never asked.");
        };
        let (address, state) = (authorization.redirect.clone(), authorization.state.clone());
        if !allowed {
            return refuse(&Refusal::denied(), &address, state.as_deref());
        }
        let Some(person) = person else {
            return page::error("There is nobody with this e-mail address.");
        };
        let code = ledger.grant_code(authorization, person, now);
        redirect(&address, &[("code", &code)], state.as_deref())
    }
}
