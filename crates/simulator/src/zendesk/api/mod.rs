//! Paths to handlers. One table, read top to bottom; a path that is not in it is an endpoint this account does not have.

mod audits;
pub(crate) mod auth;
mod chat;
mod comments;
mod config;
mod custom;
mod desk;
mod gates;
mod guide;
mod incremental;
mod legacy;
mod measures;
mod memberships;
mod organizations;
pub(crate) mod paging;
mod record_search;
pub(crate) mod reply;
pub(crate) mod request;
mod search;
mod setup;
mod side;
mod small;
mod structure;
mod talk;
mod ticket_children;
mod ticket_lists;
mod tickets;
pub(crate) mod users;
mod values;
mod views;
mod walk;
mod writes;

use reply::Reply;
use request::{Answer, Request};

pub(crate) fn route(request: &Request<'_>, method: &str) -> Answer {
    if method == "GET" && request.path == setup::JIRA_LINKS {
        return setup::jira_links(request);
    }
    if let ("GET", Some(path)) = (method, request.path.strip_prefix(legacy::LEGACY)) {
        return legacy::read(request, path);
    }
    let Some(path) = request.path.strip_prefix("/api/v2/") else {
        return Err(Reply::invalid_endpoint());
    };
    let path = path.strip_suffix(".json").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    gates::check(request, &parts)?;
    match (method, parts.as_slice()) {
        ("GET" | "HEAD", parts) => read(request, parts),
        ("POST", ["tickets"]) => writes::create(request),
        ("PUT", ["tickets", id]) => writes::update(request, id),
        ("DELETE", ["tickets", id]) => writes::delete(request, id),
        ("POST", ["custom_objects", key, "records", "search"]) => {
            record_search::filtered(request, key)
        }
        ("POST", parts) => {
            custom::create(request, parts).unwrap_or_else(|| Err(Reply::invalid_endpoint()))
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn read(request: &Request<'_>, parts: &[&str]) -> Answer {
    let below = ticket_children::route(request, parts)
        .or_else(|| desk::route(request, parts))
        .or_else(|| structure::route(request, parts))
        .or_else(|| custom::read(request, parts));
    if let Some(answer) = below {
        return answer;
    }
    match parts {
        ["tickets", ..]
        | ["problems"]
        | ["deleted_tickets"]
        | ["ticket_audits"]
        | ["ticket_metrics"] => about_tickets(request, parts),
        ["incremental", rest @ ..] => match rest {
            ["tickets", "cursor"] => incremental::tickets_by_cursor(request),
            ["tickets"] => incremental::tickets_by_time(request),
            ["users", "cursor"] => incremental::users_by_cursor(request),
            ["users"] => incremental::users_by_time(request),
            ["organizations"] => incremental::organizations_by_time(request),
            ["ticket_events"] => incremental::ticket_events(request),
            ["ticket_metric_events"] => incremental::ticket_metric_events(request),
            ["routing", ..] => {
                setup::read(request, parts).unwrap_or_else(|| Err(Reply::invalid_endpoint()))
            }
            _ => Err(Reply::invalid_endpoint()),
        },
        ["search"] => search::search(request),
        ["search", "count"] => search::count(request),
        ["search", "export"] => search::export(request),
        ["users", rest @ ..] => about_users(request, rest),
        ["organizations", rest @ ..] => about_organizations(request, rest),
        ["groups", id, "users"] => group(request, id).and_then(|group| {
            users::list(request, |user| {
                memberships::is_staff(user)
                    && request.account.staff_groups(user.index).contains(&group)
            })
        }),
        ["groups", id, "memberships"] => group(request, id)
            .and_then(|group| memberships::group_memberships(request, None, Some(group))),
        ["group_memberships"] => memberships::group_memberships(request, None, None),
        ["group_memberships", id] => one_membership(request, "group_membership", id),
        ["organization_memberships"] => memberships::organization_memberships(request, None, None),
        ["organization_memberships", id] => one_membership(request, "organization_membership", id),
        ["satisfaction_ratings"] => measures::ratings(request),
        ["satisfaction_ratings", "count"] => measures::rating_count(request),
        ["satisfaction_ratings", id] => measures::rating(request, id),
        ["tags"] => config::tags(request),
        ["tags", "count"] => Ok(crate::zendesk::api::paging::count(
            request.account.tag_counts().len(),
            request.now_millis,
        )),
        ["account", "settings"] => Ok(config::settings(request)),
        ["help_center", rest @ ..] => guide::help_center(request, rest),
        ["guide", rest @ ..] => guide::settings(request, rest),
        ["community", rest @ ..] => guide::community(request, rest),
        ["chat", rest @ ..] => chat::read(request, rest),
        ["calls", id] => talk::partner_call(request, id),
        ["channels", "voice", rest @ ..] => talk::voice(request, rest),
        ["engagements"] => talk::engagements(request),
        _ => config::route(request, parts)
            .or_else(|| setup::read(request, parts))
            .unwrap_or_else(|| Err(Reply::invalid_endpoint())),
    }
}

fn about_tickets(request: &Request<'_>, parts: &[&str]) -> Answer {
    match parts {
        ["tickets"] => tickets::list(request),
        ["tickets", "count"] => tickets::count(request, |ticket| !ticket.ai),
        ["tickets", "show_many"] => tickets::show_many(request),
        ["tickets", id] => tickets::show(request, id),
        ["tickets", id, "comments"] => comments::list(request, id),
        ["tickets", id, "comments", "count"] => comments::count(request, id),
        ["tickets", id, "audits"] => audits::of_ticket(request, id),
        ["tickets", id, "metrics"] => measures::metrics_of(request, id),
        ["tickets", id, "incidents"] => ticket_lists::incidents(request, id),
        ["problems"] => ticket_lists::problems(request),
        ["deleted_tickets"] => ticket_lists::deleted(request),
        ["ticket_audits"] => audits::list(request),
        ["ticket_metrics"] => measures::metrics(request),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn about_users(request: &Request<'_>, parts: &[&str]) -> Answer {
    let account = request.account;
    match parts {
        [] => users::all(request),
        ["count"] => users::count(request, |_| true),
        ["show_many"] => users::show_many(request),
        ["search"] => users::search(request),
        [id] => users::show(request, id),
        [id, "identities"] => memberships::identities(request, id),
        [id, "groups"] => {
            let user = users::existing(request, id)?;
            let groups = if memberships::is_staff(&user) {
                account.staff_groups(user.index)
            } else {
                Vec::new()
            };
            let rows: Vec<&serde_json::Value> = account
                .config
                .groups
                .iter()
                .filter(|row| row["id"].as_i64().is_some_and(|id| groups.contains(&id)))
                .collect();
            let cut = crate::zendesk::api::paging::cut(
                request,
                crate::zendesk::api::paging::Unasked::Offset,
            )?;
            let page = crate::zendesk::api::paging::window(&cut, rows.len(), &|_| true)?;
            crate::zendesk::api::paging::reply(
                request,
                "groups",
                &page,
                |at, json| {
                    json.value(rows[*at]);
                },
                |_, _| {},
            )
        }
        [id, "group_memberships"] => users::existing(request, id)
            .and_then(|user| memberships::group_memberships(request, Some(user.index), None)),
        [id, "organizations"] => users::existing(request, id).and_then(|user| {
            let ids = if user.active {
                account.user_organizations(user.index)
            } else {
                Vec::new()
            };
            organizations::list(request, |index| ids.contains(&index))
        }),
        [id, "organization_memberships"] => users::existing(request, id).and_then(|user| {
            memberships::organization_memberships(request, Some(user.index), None)
        }),
        [id, "tickets", relation] => users::existing(request, id)
            .and_then(|user| ticket_lists::by_user(request, user.id, relation)),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn about_organizations(request: &Request<'_>, parts: &[&str]) -> Answer {
    let account = request.account;
    match parts {
        [] => organizations::all(request),
        ["count"] => organizations::count(request),
        ["show_many"] => organizations::show_many(request),
        ["search"] => organizations::search(request),
        ["autocomplete"] => organizations::autocomplete(request),
        [id] => organizations::show(request, id),
        [id, "tickets"] => organizations::existing(account, id).and_then(|index| {
            ticket_lists::by_organization(request, account.organization_id(index))
        }),
        [id, "tickets", "count"] => organizations::existing(account, id).and_then(|index| {
            let id = account.organization_id(index);
            tickets::count(request, |ticket| ticket.organization == Some(id))
        }),
        [id, "users"] => organizations::existing(account, id).and_then(|index| {
            users::list(request, |user| {
                account.user_organizations(user.index).contains(&index)
            })
        }),
        [id, "users", "count"] => organizations::existing(account, id).and_then(|index| {
            users::count(request, |user| {
                account.user_organizations(user.index).contains(&index)
            })
        }),
        [id, "organization_memberships"] => organizations::existing(account, id)
            .and_then(|index| memberships::organization_memberships(request, None, Some(index))),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn group(request: &Request<'_>, id: &str) -> Result<i64, Reply> {
    id.parse()
        .ok()
        .filter(|id| request.account.config.group_ids.contains(id))
        .ok_or_else(Reply::record_not_found)
}

fn one_membership(request: &Request<'_>, singular: &str, id: &str) -> Answer {
    let account = request.account;
    let id: i64 = id.parse().map_err(|_| Reply::record_not_found())?;
    let mut json = crate::json::Json::default();
    json.open().key(singular).open();
    if singular == "group_membership" {
        account.write_group_membership(
            account
                .group_membership_place(id)
                .ok_or_else(Reply::record_not_found)?,
            &mut json,
        );
    } else {
        account.write_organization_membership(
            account
                .organization_membership_place(id)
                .ok_or_else(Reply::record_not_found)?,
            &mut json,
        );
    }
    json.close().close();
    Ok(Reply::json(json.into_bytes(), 1))
}
