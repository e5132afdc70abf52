//! What is in a view. It refuses to look into the archive, as views do.

use serde_json::{Value, json};

use crate::zendesk::account::Account;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::{Priority, Status, Ticket};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets;

fn view<'a>(request: &Request<'a>, id: &str) -> Result<&'a Value, Reply> {
    let id = id.parse::<i64>().map_err(|_| Reply::record_not_found())?;
    request
        .account
        .config
        .views
        .iter()
        .find(|row| row["id"] == id)
        .ok_or_else(Reply::record_not_found)
}

/// Whether a ticket is in a view; views never show the archive.
fn in_view(account: &Account, view: &Value, ticket: &Ticket) -> bool {
    ticket.alive()
        && !ticket.archived(account)
        && view["conditions"]["all"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|condition| {
                let value = condition["value"].as_str().unwrap_or_default();
                match (
                    condition["field"].as_str().unwrap_or_default(),
                    condition["operator"].as_str().unwrap_or_default(),
                ) {
                    ("status", "less_than") => {
                        Status::parse(value).is_some_and(|bound| ticket.status < bound)
                    }
                    ("status", _) => ticket.status.name() == value,
                    ("priority", "greater_than") => Priority::parse(value).is_some_and(|bound| {
                        ticket.priority.is_some_and(|priority| priority > bound)
                    }),
                    ("assignee_id", _) => {
                        ticket.assignee.map(|id| id.to_string()).unwrap_or_default() == value
                    }
                    ("group_id", _) => {
                        ticket.group.map(|id| id.to_string()).unwrap_or_default() == value
                    }
                    ("current_tags", _) => account.tags(ticket).iter().any(|tag| tag == value),
                    _ => false,
                }
            })
}

pub(crate) fn view_tickets(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    tickets::tickets(request, |ticket| in_view(request.account, view, ticket))
}

pub(crate) fn view_count(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    let value = request
        .account
        .snapshot(i64::MAX)
        .walk(Order::Id, false, None)
        .filter(|ticket| in_view(request.account, view, ticket))
        .count();
    Ok(Reply::value(
        200,
        &json!({"view_count": {"view_id": view["id"], "url": view["url"], "value": value, "pretty": value.to_string(), "fresh": true, "active": true}}),
    ))
}
