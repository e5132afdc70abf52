//! How Zuora writes OAuth: a token endpoint that takes a form and client credentials, and, where an account was started with
//! it, the generic browser flow that the real service does not have. The rules are those of `oauth`.

use serde_json::json;

use crate::incoming::Incoming;
use crate::oauth::Authority;
use crate::oauth::exchange::{Rules, TokenRequest};
use crate::oauth::ledger::Outline;
use crate::oauth::refusal::Refusal;
use crate::oauth::text;
use crate::reply::Reply;
use crate::zuora::{ENTITY, wrong_entity};

const AUTHORIZE: &str = "/oauth/authorize";
const TOKEN: &str = "/oauth/token";

pub(crate) const RULES: Rules = Rules {
    grant_types: &["client_credentials"],
    outline: Outline::Hexadecimal,
    lifetime: 3_598,
    scoped: false,
};

const BROWSER_RULES: Rules = Rules {
    grant_types: &["client_credentials", "authorization_code", "refresh_token"],
    ..RULES
};

/// The entity of those who do not name one.
const MAIN_ENTITY: &str = "11e643f4-a3ee-8bad-b061-0025904c57d6";

fn rules(browser: bool) -> &'static Rules {
    if browser { &BROWSER_RULES } else { &RULES }
}

/// Whether an address belongs to the OAuth server and not to the API.
pub(crate) fn is_sign_in(path: &str) -> bool {
    path.starts_with("/oauth/")
}

pub(crate) fn is_token_call(incoming: &Incoming) -> bool {
    incoming.method == "POST" && incoming.path == TOKEN
}

/// The pages, i.e. everything but the token endpoint.
pub(crate) fn browse(authority: &Authority, incoming: &Incoming, browser: bool) -> Reply {
    match (incoming.method.as_str(), incoming.path.as_str()) {
        ("GET", AUTHORIZE) if browser => {
            authority.authorize(&BROWSER_RULES, &incoming.query_pairs(), AUTHORIZE)
        }
        ("POST", AUTHORIZE) if browser => authority.decide(&incoming.form_pairs()),
        _ => Reply::html(404, "Not found"),
    }
}

/// Reads a token call; what is wrong with it is part of it.
pub(crate) fn read(incoming: &Incoming) -> TokenRequest {
    let mut request = TokenRequest::default();
    let mut flaw = None;
    for header in ["authorization", "apiaccesskeyid", "apisecretaccesskey"] {
        if incoming.headers.contains_key(header) {
            flaw = Some(format!("the header {header} must not be sent here"));
        }
    }
    if incoming.media_type() != "application/x-www-form-urlencoded" {
        flaw = Some("the body must be application/x-www-form-urlencoded".to_owned());
    }
    for (name, value) in incoming.form_pairs() {
        match request.text(&name) {
            Some(member) if member.is_none() => *member = Some(value),
            Some(_) => flaw = Some(format!("{name} is given twice")),
            None => flaw = Some(format!("{name} is unknown")),
        }
    }
    if wrong_entity(incoming).is_some() {
        flaw = Some("Zuora-Entity-Ids is not an entity id".to_owned());
    }
    request.flaw = flaw.map(Refusal::request);
    request
}

/// Answers a token call.
pub(crate) fn exchange(
    authority: &Authority,
    incoming: &Incoming,
    request: &TokenRequest,
    browser: bool,
) -> Reply {
    let token = match authority.exchange(rules(browser), request) {
        Ok(token) => token,
        Err(refusal) if refusal.error == "invalid_client" => {
            return Reply::value(401, &json!({"error": "invalid_client"}));
        }
        Err(refusal) => return Reply::value(refusal.status, &refusal.body()),
    };
    let entity = incoming.header(ENTITY).unwrap_or(MAIN_ENTITY);
    let scope = format!(
        "user.8ad0823f841cf4e601841d8ee8ff0a1b entity.{entity} platform.write \
         service.usage.delete service.query.read service.query.write tenant.19259"
    );
    let mut body = json!({
        "access_token": token.access,
        "token_type": "bearer",
        "expires_in": (token.expires_millis - token.created_millis).div_euclid(1_000),
        "scope": scope,
        "jti": text::hex_token(authority.serial()),
    });
    if let Some(refresh) = &token.refresh {
        body["refresh_token"] = json!(refresh);
    }
    Reply::value(200, &body).with("cache-control", "no-store".to_owned())
}

/// Too many calls from one address. `Retry-After` belongs to another kind of refusal and does not come.
pub(crate) fn throttled(most: u32, seconds: u64) -> Reply {
    Reply::value(429, &json!({"message": "Too many token requests"}))
        .with("ratelimit-limit", format!("{most}, {most};w=60"))
        .with("ratelimit-remaining", "0".to_owned())
        .with("ratelimit-reset", seconds.to_string())
}
