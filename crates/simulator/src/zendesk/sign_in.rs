//! How Zendesk writes OAuth: its addresses, a token endpoint that takes JSON, and what a token can tell about itself.
//! The rules are those of `oauth`.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::incoming::Incoming;
use crate::oauth::Authority;
use crate::oauth::exchange::{Rules, TokenRequest};
use crate::oauth::ledger::{Outline, Token};
use crate::oauth::refusal::Refusal;
use crate::reply::Reply;
use crate::zendesk::account::Account;
use crate::zendesk::api::request::Caller;

const AUTHORIZE: &str = "/oauth/authorizations/new";
const DECIDE: &str = "/oauth/authorizations";
const TOKENS: &str = "/oauth/tokens";
/// Without `.json`.
pub(crate) const CURRENT: &str = "/api/v2/oauth/tokens/current";

pub(crate) const RULES: Rules = Rules {
    grant_types: &["authorization_code", "refresh_token", "client_credentials"],
    outline: Outline::Long,
    // What clients of today get who do not say how long they want.
    lifetime: 1_800,
    scoped: true,
};

/// Whether an address belongs to the OAuth server and not to the API.
pub(crate) fn is_sign_in(path: &str) -> bool {
    path.starts_with("/oauth/")
}

pub(crate) fn is_token_call(incoming: &Incoming) -> bool {
    incoming.method == "POST" && incoming.path == TOKENS
}

/// The pages, i.e. everything but the token endpoint.
pub(crate) fn browse(authority: &Authority, incoming: &Incoming) -> Reply {
    match (incoming.method.as_str(), incoming.path.as_str()) {
        ("GET", AUTHORIZE) => authority.authorize(&RULES, &incoming.query_pairs(), DECIDE),
        ("POST", DECIDE) => authority.decide(&incoming.form_pairs()),
        _ => Reply::html(404, "Not found"),
    }
}

/// Reads a token call; what is wrong with it is part of it.
pub(crate) fn read(incoming: &Incoming) -> TokenRequest {
    let mut request = TokenRequest::default();
    if incoming.media_type() != "application/json" {
        // Only JSON is promised.
        request.flaw = Some(Refusal::request("the body must be application/json"));
        return request;
    }
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(&incoming.body) else {
        request.flaw = Some(Refusal::request("the body is not a JSON object"));
        return request;
    };
    for (name, value) in members {
        let understood = match (name.as_str(), value) {
            ("expires_in", value) => value.as_i64().map(|seconds| {
                request.expires_in = Some(seconds);
            }),
            ("refresh_token_expires_in", value) => value.as_i64().map(|seconds| {
                request.refresh_token_expires_in = Some(seconds);
            }),
            (_, Value::String(text)) => request.text(&name).map(|member| *member = Some(text)),
            _ => None,
        };
        if understood.is_none() {
            request.flaw = Some(Refusal::request(format!(
                "{name} is unknown or of the wrong type"
            )));
        }
    }
    request
}

/// Answers a token call.
pub(crate) fn exchange(authority: &Authority, request: &TokenRequest, created: bool) -> Reply {
    let token = match authority.exchange(&RULES, request) {
        Ok(token) => token,
        Err(refusal) => return Reply::value(refusal.status, &refusal.body()),
    };
    let mut body = json!({
        "access_token": token.access,
        "token_type": "bearer",
        "scope": token.scope.text(),
    });
    if let Some(refresh) = &token.refresh {
        body["refresh_token"] = json!(refresh);
    }
    // How long tokens live is told to those who asked for it and to nobody else.
    if request.expires_in.is_some() {
        body["expires_in"] = json!(seconds(token.expires_millis - token.created_millis));
    }
    if request.refresh_token_expires_in.is_some() {
        let lifetime = token.refresh_expires_millis - token.created_millis;
        body["refresh_token_expires_in"] = json!(seconds(lifetime));
    }
    Reply::value(if created { 201 } else { 200 }, &body)
        .with("cache-control", "no-store".to_owned())
}

fn seconds(millis: i64) -> i64 {
    millis.div_euclid(1_000)
}

/// What the token of a request says about itself, or its end. Credentials that are no token have no current one.
pub(crate) fn current(
    account: &Account,
    authority: &Authority,
    method: &str,
    caller: Caller,
    token: Option<&Token>,
) -> Reply {
    let Some(token) = token else {
        return Reply::record_not_found();
    };
    match method {
        "GET" | "HEAD" => {
            let user = account.user_id(u32::from(caller != Caller::Admin));
            let refresh_expires = token
                .refresh
                .is_some()
                .then(|| clock::iso_text(seconds(token.refresh_expires_millis)));
            let body = json!({"token": {
                "id": 360_000_800_000 + token.number,
                "client_id": authority.client_number(&token.client),
                "user_id": user,
                "scopes": token.scope.names(),
                "created_at": clock::iso_text(seconds(token.created_millis)),
                "expires_at": clock::iso_text(seconds(token.expires_millis)),
                "refresh_token_expires_at": refresh_expires,
            }});
            Reply::value(200, &body)
        }
        "DELETE" => {
            authority.revoke(token);
            Reply::empty(204)
        }
        _ => Reply::invalid_endpoint(),
    }
}
