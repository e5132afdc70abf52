//! The Zendesk account and its API. `answer` is the whole of it: a request in, a reply out, no sockets.
//! Written from the vendor's facts and stricter than the vendor where the facts leave room.

mod account;
pub(crate) mod api;
pub(crate) mod sign_in;
pub(crate) mod subscription;
#[cfg(test)]
mod tests;

pub(crate) use account::words;
pub use account::{Account, AccountOptions};
pub use subscription::{Plan, Product, Subscription};

use api::auth::{self, Identity};
use api::reply::Reply;
use api::request::{Parameters, Request};

use crate::clock::now_millis;
use crate::faults::Faults;
use crate::incoming::Incoming;
use crate::oauth::Authority;

/// How the API is to behave.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    pub(crate) strict: bool,
    pub(crate) subdomain_exists: bool,
    pub(crate) sorted_people: bool,
    pub(crate) subscription: Subscription,
    pub(crate) search_lag_millis: i64,
    pub(crate) export_lag_millis: i64,
    /// Where links point to that lead away.
    pub(crate) foreign: String,
}

/// Bytes of path and query that a strict account takes.
const LONGEST: usize = 8_000;

/// Whether there is an account under the name the request was sent to.
pub(crate) fn exists(behaviour: &Behaviour, incoming: &Incoming) -> bool {
    behaviour.subdomain_exists && !incoming.host.starts_with("unknown.")
}

/// Answers one request; says beside it whether its credentials were good.
pub(crate) fn answer(
    account: &Account,
    behaviour: &Behaviour,
    faults: &Faults,
    authority: &Authority,
    incoming: &Incoming,
) -> (Reply, bool) {
    if !exists(behaviour, incoming) {
        return (Reply::unknown_subdomain(), false);
    }
    // The vendor's limit is not documented; a caller that stays below this is safe everywhere.
    if behaviour.strict && incoming.path.len() + incoming.query.len() > LONGEST {
        return (Reply::text(414, "Request-URI Too Large"), false);
    }
    let trimmed = incoming
        .path
        .strip_suffix(".json")
        .unwrap_or(&incoming.path);
    let (caller, token) = match auth::identify(incoming.header("authorization"), authority) {
        Identity::Known(caller) => (caller, None),
        Identity::Bearer(caller, token) => (caller, Some(*token)),
        Identity::Refused(reply) => return (*reply, false),
        Identity::Nobody if trimmed == "/api/v2/users/me" => {
            return (api::users::anonymous(), false);
        }
        Identity::Nobody => return (Reply::unauthenticated(), false),
    };
    if trimmed == sign_in::CURRENT {
        // A token whose scope came to nothing may not even ask about itself; any other may, and may end itself.
        let reply = match &token {
            Some(token) if token.scope.is_empty() => Reply::missing_scope("read"),
            token => sign_in::current(account, authority, &incoming.method, caller, token.as_ref()),
        };
        return (reply, true);
    }
    if let Some(Err(missing)) = token
        .as_ref()
        .map(|token| token.scope.allows(&incoming.method, &incoming.path))
    {
        return (Reply::missing_scope(missing), true);
    }
    let now_millis = now_millis();
    let request = Request {
        account,
        faults,
        caller,
        strict: behaviour.strict,
        subscription: &behaviour.subscription,
        sorted_people: behaviour.sorted_people,
        origin: format!("http://{}", incoming.host),
        foreign: &behaviour.foreign,
        path: incoming.path.clone(),
        parameters: Parameters::parse(&incoming.query),
        body: &incoming.body,
        now_millis,
        search_millis: now_millis - behaviour.search_lag_millis,
        export_millis: (now_millis - behaviour.export_lag_millis).div_euclid(1_000) * 1_000 - 1,
    };
    let answer = api::route(&request, &incoming.method);
    (api::request::finish(&request, answer), true)
}
