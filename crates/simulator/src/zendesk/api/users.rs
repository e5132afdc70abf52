//! Endpoints that give users. Lists show active ones; soft-deleted ones answer only when addressed by id, with `active` false,
//! as the vendor does. Refuses to show erased ones.

use crate::json::Json;
use crate::random::mix;
use crate::zendesk::account::Account;
use crate::zendesk::account::user::User;
use crate::zendesk::api::incremental::USER_INCLUDES;
use crate::zendesk::api::paging::{self, Cut, Edge, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::search;
use crate::zendesk::api::side;
use crate::zendesk::api::walk::Walk;

/// The role filters that every user list takes.
fn role_filter(request: &Request<'_>) -> Result<impl Fn(&User) -> bool, Reply> {
    let mut roles: Vec<&str> = request.parameters.all("role[]");
    roles.extend(request.parameters.get("role"));
    if let Some(unknown) = roles
        .iter()
        .find(|role| !["end-user", "agent", "admin"].contains(role))
    {
        return Err(Reply::described(
            400,
            "InvalidValue",
            &format!("role is not valid: {unknown}"),
        ));
    }
    let permission: Option<i64> = request
        .parameters
        .get("permission_set")
        .and_then(|id| id.parse().ok());
    let external = request.parameters.get("external_id");
    let account = request.account;
    Ok(move |user: &User| {
        user.active
            && (roles.is_empty() || roles.contains(&user.role.name()))
            && permission.is_none_or(|wanted| account.custom_role(user) == Some(wanted))
            && external
                .is_none_or(|wanted| account.user_external_id(user).as_deref() == Some(wanted))
    })
}

fn write_users(request: &Request<'_>, page: &Page<User>, includes: &[String]) -> Answer {
    paging::reply(
        request,
        "users",
        page,
        |user, json| {
            json.open();
            request.account.write_user(user, json);
            if includes
                .iter()
                .any(|include| include == "open_ticket_count")
            {
                json.key("open_ticket_count").int(0);
            }
            json.close();
        },
        |rows, json| side::of_users(request, rows, includes, json),
    )
}

/// `/users`
pub(crate) fn all(request: &Request<'_>) -> Answer {
    if !request.sorted_people {
        return list(request, |_| true);
    }
    let cut = paging::cut(request, Unasked::Offset)?;
    let users = request.account.users;
    let walk = Walk::asked(request, &cut, users, Account::users_by_updated)?;
    walked(request, &cut, &walk, |_| true)
}

/// The users of something.
pub(crate) fn list(request: &Request<'_>, among: impl Fn(&User) -> bool) -> Answer {
    sort_by_id_only(request)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    walked(request, &cut, &Walk::by_id(request.account.users), among)
}

fn walked(
    request: &Request<'_>,
    cut: &Cut,
    walk: &Walk<'_>,
    among: impl Fn(&User) -> bool,
) -> Answer {
    let includes = request.includes(USER_INCLUDES)?;
    if !request.parameters.has("page[size]") {
        request.parameters.see("sort_by");
        request.parameters.see("sort_order");
    }
    let fits = role_filter(request)?;
    let account = request.account;
    let page = walk.page(cut, &|index| {
        let user = account.user(index as u32);
        fits(&user) && among(&user)
    })?;
    let page = Page {
        rows: page
            .rows
            .into_iter()
            .map(|index| account.user(index as u32))
            .collect(),
        edge: page.edge,
    };
    write_users(request, &page, &includes)
}

pub(crate) fn count(request: &Request<'_>, among: impl Fn(&User) -> bool) -> Answer {
    let fits = role_filter(request)?;
    let account = request.account;
    let value = (0..account.users)
        .map(|index| account.user(index))
        .filter(|user| fits(user) && among(user))
        .count();
    Ok(paging::count(value, request.now_millis))
}

/// `/users/show_many`
pub(crate) fn show_many(request: &Request<'_>) -> Answer {
    let includes = request.includes(USER_INCLUDES)?;
    let deleted = request.parameters.get("include_deleted") == Some("true");
    let account = request.account;
    let mut rows: Vec<User> = match (request.ids("ids")?, request.ids("external_ids")?) {
        (Some(ids), None) => ids
            .iter()
            .filter_map(|id| account.user_index(id.parse().ok()?))
            .map(|index| account.user(index))
            .collect(),
        (None, Some(wanted)) => (0..account.users)
            .map(|index| account.user(index))
            .filter(|user| {
                account
                    .user_external_id(user)
                    .is_some_and(|id| wanted.contains(&id))
            })
            .collect(),
        _ => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "Exactly one of ids and external_ids is required",
            ));
        }
    };
    rows.retain(|user| user.active || deleted);
    rows.sort_unstable_by_key(|user| (mix(4, 4, user.id.unsigned_abs()), user.id));
    rows.dedup_by_key(|user| user.id);
    let page = Page {
        edge: Edge::All { count: rows.len() },
        rows,
    };
    write_users(request, &page, &includes)
}

/// `/users/search`
pub(crate) fn search(request: &Request<'_>) -> Answer {
    let includes = request.includes(USER_INCLUDES)?;
    let account = request.account;
    let external = request.parameters.get("external_id");
    let query = request
        .parameters
        .get("query")
        .map(|text| search::Query::parse(text, request));
    if external.is_none() && query.is_none() {
        return Err(Reply::described(
            422,
            "InvalidValue",
            "query or external_id is required",
        ));
    }
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, account.users as usize, &|index| {
        let user = account.user(index as u32);
        user.active
            && external
                .is_none_or(|wanted| account.user_external_id(&user).as_deref() == Some(wanted))
            && query
                .as_ref()
                .is_none_or(|query| query.fits_user(account, &user))
    })?;
    let page = Page {
        rows: page
            .rows
            .into_iter()
            .map(|index| account.user(index as u32))
            .collect(),
        edge: page.edge,
    };
    write_users(request, &page, &includes)
}

/// A user addressed by id; soft-deleted ones answer, erased ones do not.
pub(crate) fn existing(request: &Request<'_>, id: &str) -> Result<User, Reply> {
    let account = request.account;
    let id: i64 = if id == "me" {
        account.user_id(
            if request.caller == crate::zendesk::api::request::Caller::Admin {
                0
            } else {
                1
            },
        )
    } else {
        id.parse().map_err(|_| Reply::record_not_found())?
    };
    account
        .user_index(id)
        .map(|index| account.user(index))
        .filter(|user| !user.erased)
        .ok_or_else(Reply::record_not_found)
}

pub(crate) fn show(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(USER_INCLUDES)?;
    let user = existing(request, id)?;
    let mut json = Json::with_capacity(2_048);
    json.open().key("user").open();
    request.account.write_user(&user, &mut json);
    if id == "me" {
        json.key("authenticity_token")
            .text("not-a-secret-of-this-simulator");
    }
    json.close();
    side::of_users(request, std::slice::from_ref(&user), &includes, &mut json);
    json.close();
    Ok(Reply::json(json.into_bytes(), 1))
}

/// What `/users/me` says to somebody it does not know: 200, with no id.
pub(crate) fn anonymous() -> Reply {
    Reply::value(
        200,
        &serde_json::json!({"user": {"id": null, "url": "https://acme.zendesk.com/api/v2/users/.json", "name": "Anonymous user", "email": "invalid@example.com", "created_at": null, "updated_at": null,
        "time_zone": "Tokyo", "iana_time_zone": "Asia/Tokyo", "phone": null, "photo": null, "locale_id": 1, "locale": "en-US", "organization_id": null, "role": "end-user", "verified": false, "authenticity_token": "none"}}),
    )
}

/// Ascending by id only, in the lists that know no other order.
pub(crate) fn sort_by_id_only(request: &Request<'_>) -> Result<(), Reply> {
    match request
        .parameters
        .has("page[size]")
        .then(|| request.parameters.get("sort"))
        .flatten()
    {
        None | Some("id") => Ok(()),
        Some(other) => Err(Reply::invalid_pagination(&format!(
            "sort is not valid: {other}"
        ))),
    }
}
