//! The Zendesk account and its API. `answer` is the whole of it: a request in, a reply out, no sockets.
//! Written from the vendor's facts and stricter than the vendor where the facts leave room.

mod account;
pub(crate) mod api;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountOptions};

use api::auth::{self, Identity};
use api::reply::Reply;
use api::request::{Caller, Parameters, Request};

use crate::clock::now_millis;
use crate::faults::Faults;

/// A request as it came off the wire.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) host: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// How the API is to behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) strict: bool,
    pub(crate) subdomain_exists: bool,
    pub(crate) sorted_people: bool,
    pub(crate) search_lag_millis: i64,
    pub(crate) export_lag_millis: i64,
}

/// Bytes of path and query that a strict account takes.
const LONGEST: usize = 8_000;

/// Answers one request; says beside it whether its credentials were good.
pub(crate) fn answer(
    account: &Account,
    behaviour: &Behaviour,
    faults: &Faults,
    incoming: &Incoming<'_>,
) -> (Reply, bool) {
    if !behaviour.subdomain_exists || incoming.host.starts_with("unknown.") {
        return (Reply::unknown_subdomain(), false);
    }
    // The vendor's limit is not documented; a caller that stays below this is safe everywhere.
    if behaviour.strict && incoming.path.len() + incoming.query.len() > LONGEST {
        return (Reply::text(414, "Request-URI Too Large"), false);
    }
    let trimmed = incoming.path.strip_suffix(".json").unwrap_or(incoming.path);
    let caller = match auth::identify(incoming.authorization) {
        Identity::Known(caller) => caller,
        Identity::Refused(reply) => return (*reply, false),
        Identity::Nobody if trimmed == "/api/v2/users/me" => {
            return (api::users::anonymous(), false);
        }
        Identity::Nobody => Caller::Anonymous,
    };
    if caller == Caller::Anonymous {
        return (Reply::unauthenticated(), false);
    }
    let now_millis = now_millis();
    let request = Request {
        account,
        faults,
        caller,
        strict: behaviour.strict,
        sorted_people: behaviour.sorted_people,
        origin: format!("http://{}", incoming.host),
        path: incoming.path.to_owned(),
        parameters: Parameters::parse(incoming.query),
        body: incoming.body,
        now_millis,
        search_millis: now_millis - behaviour.search_lag_millis,
        export_millis: (now_millis - behaviour.export_lag_millis).div_euclid(1_000) * 1_000 - 1,
    };
    let answer = api::route(&request, incoming.method);
    (api::request::finish(&request, answer), true)
}
