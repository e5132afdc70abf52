//! Paths to handlers. One table, read top to bottom; a path that is not in it is an endpoint this account does not have.

use super::people_api as people;
use super::reply::Reply;
use super::request::{Answer, Request};
use super::{
    children_api as children, config_api as config, incremental, search, tickets_api as tickets,
    writes,
};

pub(crate) fn route(request: &Request<'_>, method: &str) -> Answer {
    let Some(path) = request.path.strip_prefix("/api/v2/") else {
        return Err(Reply::invalid_endpoint());
    };
    let path = path.strip_suffix(".json").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET" | "HEAD", parts) => read(request, parts),
        ("POST", ["tickets"]) => writes::create(request),
        ("PUT", ["tickets", id]) => writes::update(request, id),
        ("DELETE", ["tickets", id]) => writes::delete(request, id),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn read(request: &Request<'_>, parts: &[&str]) -> Answer {
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
            _ => Err(Reply::invalid_endpoint()),
        },
        ["search"] => search::search(request),
        ["search", "count"] => search::count(request),
        ["search", "export"] => search::export(request),
        ["users", rest @ ..] => about_users(request, rest),
        ["organizations", rest @ ..] => about_organizations(request, rest),
        ["groups", id, "users"] => group(request, id).and_then(|group| {
            people::users(request, |user| {
                people::is_staff(user) && request.account.staff_groups(user.index).contains(&group)
            })
        }),
        ["groups", id, "memberships"] => group(request, id)
            .and_then(|group| people::group_memberships(request, None, Some(group))),
        ["group_memberships"] => people::group_memberships(request, None, None),
        ["group_memberships", id] => one_membership(request, "group_membership", id),
        ["organization_memberships"] => people::organization_memberships(request, None, None),
        ["organization_memberships", id] => one_membership(request, "organization_membership", id),
        ["satisfaction_ratings"] => children::ratings(request),
        ["satisfaction_ratings", "count"] => children::rating_count(request),
        ["satisfaction_ratings", id] => children::rating(request, id),
        ["tags"] => config::tags(request),
        ["tags", "count"] => Ok(super::paging::count(
            request.account.tag_counts().len(),
            request.now_millis,
        )),
        ["account", "settings"] => Ok(config::settings()),
        _ => config::route(request, parts).unwrap_or_else(|| Err(Reply::invalid_endpoint())),
    }
}

fn about_tickets(request: &Request<'_>, parts: &[&str]) -> Answer {
    match parts {
        ["tickets"] => tickets::list(request),
        ["tickets", "count"] => tickets::count(request, |ticket| !ticket.ai),
        ["tickets", "show_many"] => tickets::show_many(request),
        ["tickets", id] => tickets::show(request, id),
        ["tickets", id, "comments"] => children::comments(request, id),
        ["tickets", id, "comments", "count"] => children::comment_count(request, id),
        ["tickets", id, "audits"] => children::audits_of(request, id),
        ["tickets", id, "metrics"] => children::metrics_of(request, id),
        ["tickets", id, "incidents"] => tickets::incidents(request, id),
        ["problems"] => tickets::problems(request),
        ["deleted_tickets"] => tickets::deleted(request),
        ["ticket_audits"] => children::audits(request),
        ["ticket_metrics"] => children::metrics(request),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn about_users(request: &Request<'_>, parts: &[&str]) -> Answer {
    let account = request.account;
    match parts {
        [] => people::users(request, |_| true),
        ["count"] => people::count(request, |_| true),
        ["show_many"] => people::show_many(request),
        ["search"] => people::search(request),
        [id] => people::show(request, id),
        [id, "identities"] => people::identities(request, id),
        [id, "groups"] => {
            let user = people::existing(request, id)?;
            let groups = if people::is_staff(&user) {
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
            let cut = super::paging::cut(request, super::paging::Unasked::Offset)?;
            let page = super::paging::window(&cut, rows.len(), &|_| true)?;
            super::paging::reply(
                request,
                "groups",
                &page,
                |at, json| {
                    json.value(rows[*at]);
                },
                |_, _| {},
            )
        }
        [id, "group_memberships"] => people::existing(request, id)
            .and_then(|user| people::group_memberships(request, Some(user.index), None)),
        [id, "organizations"] => people::existing(request, id).and_then(|user| {
            let ids = if user.active {
                account.user_organizations(user.index)
            } else {
                Vec::new()
            };
            people::organizations(request, |index| ids.contains(&index))
        }),
        [id, "organization_memberships"] => people::existing(request, id)
            .and_then(|user| people::organization_memberships(request, Some(user.index), None)),
        [id, "tickets", relation] => people::existing(request, id)
            .and_then(|user| tickets::by_user(request, user.id, relation)),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn about_organizations(request: &Request<'_>, parts: &[&str]) -> Answer {
    let account = request.account;
    match parts {
        [] => people::organizations(request, |_| true),
        ["count"] => people::organization_count(request),
        ["show_many"] => people::organizations_show_many(request),
        ["search"] => people::organization_search(request),
        ["autocomplete"] => people::organization_autocomplete(request),
        [id] => people::organization(request, id),
        [id, "tickets"] => people::existing_organization(account, id)
            .and_then(|index| tickets::by_organization(request, account.organization_id(index))),
        [id, "tickets", "count"] => people::existing_organization(account, id).and_then(|index| {
            let id = account.organization_id(index);
            tickets::count(request, |ticket| ticket.organization == Some(id))
        }),
        [id, "users"] => people::existing_organization(account, id).and_then(|index| {
            people::users(request, |user| {
                account.user_organizations(user.index).contains(&index)
            })
        }),
        [id, "users", "count"] => people::existing_organization(account, id).and_then(|index| {
            people::count(request, |user| {
                account.user_organizations(user.index).contains(&index)
            })
        }),
        [id, "organization_memberships"] => people::existing_organization(account, id)
            .and_then(|index| people::organization_memberships(request, None, Some(index))),
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
