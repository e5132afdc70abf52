//! Endpoints that give people and what ties them together. Lists show active users and organizations that exist;
//! soft-deleted users answer only when addressed by id, with `active` false, as the vendor does.

use super::account::Account;
use super::incremental::USER_INCLUDES;
use super::memberships::PER_USER;
use super::paging::{self, Edge, Page, Unasked};
use super::people::{Role, User};
use super::reply::Reply;
use super::request::{Answer, Request};
use super::search;
use super::side;
use crate::json::Json;
use crate::random::mix;

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

/// Ascending by id only; a descending list would need its own cursors.
fn sort_by_id_only(request: &Request<'_>) -> Result<(), Reply> {
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

/// `/users` and the users of something.
pub(crate) fn users(request: &Request<'_>, among: impl Fn(&User) -> bool) -> Answer {
    let includes = request.includes(USER_INCLUDES)?;
    sort_by_id_only(request)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    if !request.parameters.has("page[size]") {
        request.parameters.see("sort_by");
        request.parameters.see("sort_order");
    }
    let fits = role_filter(request)?;
    let account = request.account;
    let page = paging::window(&cut, account.users as usize, &|index| {
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
        account.user_id(if request.caller == super::request::Caller::Admin {
            0
        } else {
            1
        })
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

fn write_organizations(request: &Request<'_>, page: &Page<usize>) -> Answer {
    paging::reply(
        request,
        "organizations",
        page,
        |index, json| {
            json.open();
            request
                .account
                .write_organization(&request.account.organization(*index as u32), json);
            json.close();
        },
        |_, _| {},
    )
}

pub(crate) fn organizations(request: &Request<'_>, among: impl Fn(u32) -> bool) -> Answer {
    sort_by_id_only(request)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let page = paging::window(&cut, account.organizations as usize, &|index| {
        !account.organization_deleted(index as u32) && among(index as u32)
    })?;
    write_organizations(request, &page)
}

pub(crate) fn organization_count(request: &Request<'_>) -> Answer {
    let account = request.account;
    Ok(paging::count(
        (0..account.organizations)
            .filter(|index| !account.organization_deleted(*index))
            .count(),
        request.now_millis,
    ))
}

/// `/organizations/search`: exact, but blind to case.
pub(crate) fn organization_search(request: &Request<'_>) -> Answer {
    let (name, external) = (
        request.parameters.get("name").map(str::to_lowercase),
        request.parameters.get("external_id").map(str::to_lowercase),
    );
    if name.is_none() && external.is_none() {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "name or external_id is required",
        ));
    }
    let account = request.account;
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, account.organizations as usize, &|index| {
        let index = index as u32;
        !account.organization_deleted(index)
            && name
                .as_ref()
                .is_none_or(|wanted| account.organization_name(index).to_lowercase() == *wanted)
            && external.as_ref().is_none_or(|wanted| {
                account
                    .organization_external_id(index)
                    .is_some_and(|id| id.to_lowercase() == *wanted)
            })
    })?;
    write_organizations(request, &page)
}

pub(crate) fn organization_autocomplete(request: &Request<'_>) -> Answer {
    let name = request
        .parameters
        .get("name")
        .unwrap_or_default()
        .to_lowercase();
    let account = request.account;
    organizations(request, |index| {
        account
            .organization_name(index)
            .to_lowercase()
            .contains(&name)
    })
}

pub(crate) fn organizations_show_many(request: &Request<'_>) -> Answer {
    let account = request.account;
    let mut rows: Vec<usize> = match (request.ids("ids")?, request.ids("external_ids")?) {
        (Some(ids), None) => ids
            .iter()
            .filter_map(|id| account.organization_index(id.parse().ok()?))
            .map(|index| index as usize)
            .collect(),
        (None, Some(wanted)) => (0..account.organizations)
            .filter(|index| {
                account
                    .organization_external_id(*index)
                    .is_some_and(|id| wanted.contains(&id))
            })
            .map(|index| index as usize)
            .collect(),
        _ => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "Exactly one of ids and external_ids is required",
            ));
        }
    };
    rows.retain(|index| !account.organization_deleted(*index as u32));
    rows.sort_unstable_by_key(|index| (mix(5, 5, *index as u64), *index));
    rows.dedup();
    let page = Page {
        edge: Edge::All { count: rows.len() },
        rows,
    };
    write_organizations(request, &page)
}

pub(crate) fn existing_organization(account: &Account, id: &str) -> Result<u32, Reply> {
    let index = id
        .parse()
        .ok()
        .and_then(|id| account.organization_index(id));
    index
        .filter(|index| !account.organization_deleted(*index))
        .ok_or_else(Reply::record_not_found)
}

pub(crate) fn organization(request: &Request<'_>, id: &str) -> Answer {
    let account = request.account;
    let index = existing_organization(account, id)?;
    let mut json = Json::with_capacity(1_024);
    json.open().key("organization").open();
    account.write_organization(&account.organization(index), &mut json);
    json.close().close();
    Ok(Reply::json(json.into_bytes(), 1))
}

/// `/group_memberships` and those of a group or user.
pub(crate) fn group_memberships(
    request: &Request<'_>,
    user: Option<u32>,
    group: Option<i64>,
) -> Answer {
    let includes = request.includes(&["users", "groups"])?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let page = paging::window(&cut, (account.staff * PER_USER) as usize, &|position| {
        let (owner, number) = (position as u32 / PER_USER, position as u32 % PER_USER);
        user.is_none_or(|user| user == owner)
            && account
                .staff_groups(owner)
                .get(number as usize)
                .is_some_and(|id| group.is_none_or(|group| group == *id))
    })?;
    paging::reply(
        request,
        "group_memberships",
        &page,
        |position, json| {
            json.open();
            account.write_group_membership(
                (*position as u32 / PER_USER, *position as u32 % PER_USER),
                json,
            );
            json.close();
        },
        |rows, json| {
            if includes.iter().any(|include| include == "users") {
                side::users(
                    request,
                    rows.iter()
                        .map(|position| account.user_id(*position as u32 / PER_USER)),
                    json,
                );
            }
            if includes.iter().any(|include| include == "groups") {
                let ids = rows.iter().filter_map(|position| {
                    account
                        .staff_groups(*position as u32 / PER_USER)
                        .get(position % PER_USER as usize)
                        .copied()
                });
                side::configured(json, "groups", &account.config.groups, ids);
            }
        },
    )
}

pub(crate) fn organization_memberships(
    request: &Request<'_>,
    user: Option<u32>,
    organization: Option<u32>,
) -> Answer {
    let includes = request.includes(&["users", "organizations"])?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let page = paging::window(
        &cut,
        account.users as usize * PER_USER as usize,
        &|position| {
            let (owner, number) = (
                (position / PER_USER as usize) as u32,
                position % PER_USER as usize,
            );
            // Two at most: looking at the other places would only cost time.
            number < 2
                && user.is_none_or(|user| user == owner)
                && account
                    .user_organizations(owner)
                    .get(number)
                    .is_some_and(|index| {
                        organization.is_none_or(|organization| organization == *index)
                    })
                && account.user(owner).active
        },
    )?;
    paging::reply(
        request,
        "organization_memberships",
        &page,
        |position, json| {
            json.open();
            account.write_organization_membership(
                (
                    (*position / PER_USER as usize) as u32,
                    (*position % PER_USER as usize) as u32,
                ),
                json,
            );
            json.close();
        },
        |rows, json| {
            let owners = || {
                rows.iter()
                    .map(|position| (*position / PER_USER as usize) as u32)
            };
            if includes.iter().any(|include| include == "users") {
                side::users(request, owners().map(|owner| account.user_id(owner)), json);
            }
            if includes.iter().any(|include| include == "organizations") {
                side::organizations(
                    request,
                    owners()
                        .flat_map(|owner| account.user_organizations(owner))
                        .map(|index| account.organization_id(index)),
                    json,
                );
            }
        },
    )
}

/// `/users/{id}/identities`
pub(crate) fn identities(request: &Request<'_>, id: &str) -> Answer {
    let user = existing(request, id)?;
    let account = request.account;
    let kinds = request.parameters.all("type[]");
    let rows = account.identities(&user);
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, rows.len(), &|number| {
        kinds.is_empty() || kinds.contains(&rows[number].0)
    })?;
    paging::reply(
        request,
        "identities",
        &page,
        |number, json| {
            json.open();
            account.write_identity(&user, *number as u32, json);
            json.close();
        },
        |_, _| {},
    )
}

/// Whether a user belongs to the staff at all; group lists are about them.
pub(crate) fn is_staff(user: &User) -> bool {
    user.role != Role::EndUser
}
