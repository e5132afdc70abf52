//! Endpoints about people and organizations besides their own lists: deleted people, sessions, roles, brands, merges,
//! subscriptions, fields, counters. Refuses to answer for people who no longer exist.

use serde_json::Value;

use crate::zendesk::account::user::User;
use crate::zendesk::api::organizations;
use crate::zendesk::api::paging;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Caller, Request};
use crate::zendesk::api::small::flag;
use crate::zendesk::api::users;
use crate::zendesk::api::values::{Pages, list, one};

/// Routes of this file; `None` when the path is not one of them.
pub(crate) fn route(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    let account = request.account;
    Some(match parts {
        ["deleted_users"] => list(
            request,
            "deleted_users",
            &account.deleted_users(),
            Pages::Both,
        ),
        ["deleted_users", "count"] => Ok(paging::count(
            account.deleted_users().len(),
            request.now_millis,
        )),
        ["users", id, "related"] => {
            living(request, id).map(|user| one("user_related", &account.user_related(&user)))
        }
        ["users", id, "entitlements", "full"] => living(request, id).and_then(|user| {
            list(
                request,
                "entitlements",
                &account.entitlements_of(&user),
                Pages::Whole,
            )
        }),
        ["users", id, "sessions"] => living(request, id).and_then(|user| {
            list(
                request,
                "sessions",
                &account.sessions_of(&user),
                Pages::Cursor,
            )
        }),
        ["sessions"] => sessions(request),
        ["users", id, "brand_agents"] => {
            living(request, id).and_then(|user| brand_agents(request, "user_id", user.id))
        }
        ["brands", id, "agents"] => {
            let brand = id
                .parse()
                .ok()
                .filter(|id| account.config.brand_ids.contains(id));
            brand
                .ok_or_else(Reply::record_not_found)
                .and_then(|brand| brand_agents(request, "brand_id", brand))
        }
        ["brand_agents"] => list(request, "brand_agents", &agents(request), Pages::Both),
        ["custom_roles"] => list(
            request,
            "custom_roles",
            &account.custom_roles(),
            Pages::Whole,
        ),
        ["user_fields"] => fields(request, "user_fields", &account.user_field_rows()),
        ["organization_fields"] => fields(
            request,
            "organization_fields",
            &account.organization_field_rows(),
        ),
        ["organizations", id, "related"] => organizations::existing(account, id)
            .map(|index| one("organization_related", &account.organization_related(index))),
        ["organizations", id, "merges"] => organizations::existing(account, id).and_then(|index| {
            let merges = account.organization_merges(index);
            list(request, "organization_merges", &merges, Pages::Cursor)
        }),
        ["organization_subscriptions"] => {
            let rows = account.organization_subscriptions();
            list(request, "organization_subscriptions", &rows, Pages::Both)
        }
        _ => return None,
    })
}

/// A user addressed by id who is not deleted.
pub(crate) fn living(request: &Request<'_>, id: &str) -> Result<User, Reply> {
    users::existing(request, id).and_then(|user| {
        if user.active {
            Ok(user)
        } else {
            Err(Reply::record_not_found())
        }
    })
}

/// Administrators see everybody's, agents their own.
fn sessions(request: &Request<'_>) -> Answer {
    let account = request.account;
    let people = match request.caller {
        Caller::Admin => 0..account.users,
        Caller::Agent => 1..2,
    };
    let rows: Vec<Value> = people
        .flat_map(|index| account.sessions_of(&account.user(index)))
        .collect();
    list(request, "sessions", &rows, Pages::Cursor)
}

fn agents(request: &Request<'_>) -> Vec<Value> {
    let account = request.account;
    (0..account.staff)
        .flat_map(|staff| account.brand_agents_of(staff))
        .collect()
}

fn brand_agents(request: &Request<'_>, column: &str, id: i64) -> Answer {
    let mut rows = agents(request);
    rows.retain(|row| row[column] == id);
    list(request, "brand_agents", &rows, Pages::Both)
}

fn fields(request: &Request<'_>, key: &str, rows: &[Value]) -> Answer {
    flag(request, "resolve_dc")?;
    list(request, key, rows, Pages::Both)
}
