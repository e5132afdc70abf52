//! What a query finds, of whatever type, and how it is written. It refuses to page.

use serde_json::json;

use super::query::Query;
use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::snapshot::{Order, Snapshot};
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Request;
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::INCLUDES;

/// Something found.
pub(crate) enum Found {
    Ticket(Box<Ticket>),
    User(u32),
    Organization(u32),
    Group(usize),
}

pub(crate) fn query(request: &Request<'_>) -> Result<Query, Reply> {
    let Some(text) = request.parameters.get("query") else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter query is required",
        ));
    };
    Ok(Query::parse(text, request))
}

pub(crate) fn tickets<'s>(
    snapshot: &'s Snapshot<'_>,
    account: &'s Account,
    query: &'s Query,
    after: Option<(i64, i64)>,
) -> impl Iterator<Item = Ticket> + 's {
    snapshot
        .walk(Order::Id, true, after)
        .filter(move |ticket| ticket.alive() && query.fits_ticket(account, ticket))
}

/// Users, organizations and groups that fit, newest first.
pub(crate) fn others(account: &Account, query: &Query, kind: &str) -> Vec<Found> {
    match kind {
        "user" => (0..account.users)
            .rev()
            .filter(|index| {
                let user = account.user(*index);
                user.active && query.fits_user(account, &user)
            })
            .map(Found::User)
            .collect(),
        "organization" => (0..account.organizations)
            .rev()
            .filter(|index| {
                !account.organization_deleted(*index) && query.fits_organization(account, *index)
            })
            .map(Found::Organization)
            .collect(),
        "group" => (0..account.config.groups.len())
            .rev()
            .filter(|at| {
                account.config.groups[*at]["deleted"] == false
                    && query.fits_group(&account.config.groups[*at])
            })
            .map(Found::Group)
            .collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn created(account: &Account, found: &Found) -> i64 {
    match found {
        Found::Ticket(ticket) => ticket.created,
        Found::User(index) => account.user(*index).created,
        Found::Organization(index) => account.organization(*index).created,
        Found::Group(_) => account.start,
    }
}

pub(crate) fn write(account: &Account, found: &Found, shape: &Shape, json: &mut Json) {
    match found {
        Found::Ticket(ticket) => account.write_ticket(ticket, shape, json),
        Found::User(index) => {
            json.open();
            account.write_user(&account.user(*index), json);
            json.key("result_type").text("user").close();
        }
        Found::Organization(index) => {
            json.open();
            account.write_organization(&account.organization(*index), json);
            json.key("result_type").text("organization").close();
        }
        Found::Group(at) => {
            let mut row = account.config.groups[*at].clone();
            row["result_type"] = json!("group");
            json.value(&row);
        }
    }
}

pub(crate) fn includes(request: &Request<'_>) -> Result<Vec<String>, Reply> {
    let Some(text) = request.parameters.get("include") else {
        return Ok(Vec::new());
    };
    // Search names the type first: tickets(users,groups).
    let names: Vec<String> = text
        .replace("tickets(", "")
        .replace(')', "")
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    match names.iter().find(|name| !INCLUDES.contains(&name.as_str())) {
        Some(name) if request.strict => Err(Reply::described(
            400,
            "InvalidValue",
            &format!("include cannot be {name}"),
        )),
        _ => Ok(names),
    }
}

pub(crate) fn sides(request: &Request<'_>, rows: &[Found], includes: &[String], json: &mut Json) {
    if includes.is_empty() {
        return;
    }
    let tickets: Vec<Ticket> = rows
        .iter()
        .filter_map(|row| {
            if let Found::Ticket(ticket) = row {
                Some(ticket.as_ref().clone())
            } else {
                None
            }
        })
        .collect();
    side::of_tickets(request, &tickets, includes, json);
}
