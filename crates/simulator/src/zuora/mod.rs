//! A Zuora tenant over HTTP: its sign-in and the door of its data API. `answer` is the whole of the latter: a request in, a
//! reply out, no sockets. `describe` says what there is, `export` gives it out and
//! `query` computes on it.

mod account;
mod describe;
mod export;
mod query;
pub(crate) mod sign_in;
mod sink;

pub use account::{Column, Kind, Object, Row, Tenant, TenantOptions, Value};
pub(crate) use export::Exports;
pub use export::{ExportFaults, ExportJob, ExportOptions};
pub(crate) use query::DataQuery;
pub use query::{
    LimitWording, QueryFaults, QueryJob, QueryLimits, QueryOptions, QueryState, QueueRefusal,
};

use std::sync::Arc;

use serde_json::json;

use crate::faults::Faults;
use crate::incoming::Incoming;
use crate::oauth::{Authority, text};
use crate::reply::Reply;

/// The header that chooses an entity of a multi-entity tenant.
pub(crate) const ENTITY: &str = "zuora-entity-ids";

/// Answers one request; says beside it whether its credentials were good. A token of another data centre is one that this
/// tenant has never heard of: 401, not a redirect.
pub(crate) fn answer(
    exports: &Arc<Exports>,
    queries: &Arc<DataQuery>,
    faults: &Faults,
    authority: &Authority,
    incoming: &Incoming,
) -> (Reply, bool) {
    let known = incoming
        .bearer()
        .and_then(|token| authority.session(token))
        .is_some();
    if !known {
        return (unauthenticated(), false);
    }
    let reply = match wrong_entity(incoming) {
        Some(refusal) => refusal,
        None => describe::answer(&exports.options, incoming)
            .or_else(|| exports.answer(&faults.export, authority.now_millis(), incoming))
            .or_else(|| queries.answer(&faults.query, incoming))
            .unwrap_or_else(|| coded(404, "HTTP 404 Not Found")),
    };
    (announced(reply, authority), true)
}

/// The figures of the rate limit, which no caller here reaches.
fn announced(reply: Reply, authority: &Authority) -> Reply {
    let second = authority.now_millis().div_euclid(1_000).rem_euclid(60);
    reply
        .with("ratelimit-limit", "50000, 50000;w=60".to_owned())
        .with("ratelimit-remaining", "49999".to_owned())
        .with("ratelimit-reset", (60 - second).to_string())
}

/// What every REST call says to credentials that are missing, wrong or expired.
pub(crate) fn unauthenticated() -> Reply {
    Reply::value(
        401,
        &json!({"success": false, "reasons": [{"code": 90_000_011, "message": "this resource is protected, please sign in first"}]}),
    )
}

/// The error shape of the query API.
pub(crate) fn coded(status: u16, message: &str) -> Reply {
    Reply::value(status, &json!({"code": status, "message": message}))
}

/// An entity is named by 36 characters with hyphens.
fn wrong_entity(incoming: &Incoming) -> Option<Reply> {
    let entity = incoming.headers.get(ENTITY)?.to_str().unwrap_or_default();
    (!text::is_uuid(entity)).then(|| coded(400, "Zuora-Entity-Ids is not an entity id"))
}

/// What each answer carries: an id that support asks for, and the caller's own when there was one.
pub(crate) fn sign(reply: Reply, authority: &Authority, incoming: &Incoming) -> Reply {
    let reply = reply.with("zuora-request-id", text::uuid(authority.serial()));
    match incoming.header("zuora-track-id") {
        Some(track) => reply.with("zuora-track-id", track.to_owned()),
        None => reply,
    }
}
