//! What is in a view, and how many. It refuses to look into the archive, as views do.

use serde_json::{Value, json};

use crate::clock::iso_text;
use crate::zendesk::account::Account;
use crate::zendesk::account::setup::ITEM;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::{Priority, Status, Ticket};

/// Whether a ticket is in a view; views never show the archive.
pub(crate) fn in_view(account: &Account, view: &Value, ticket: &Ticket) -> bool {
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

/// The tickets of a view, newest first.
fn tickets(account: &Account, view: &Value) -> Vec<Ticket> {
    account
        .snapshot(i64::MAX)
        .walk(Order::Id, true, None)
        .filter(|ticket| in_view(account, view, ticket))
        .collect()
}

/// The count of a view. One view is never counted in time: its value is null.
pub(crate) fn view_count(account: &Account, view: &Value) -> Value {
    let counting = view["title"] == "日本の問い合わせ";
    let value = (!counting).then(|| tickets(account, view).len());
    let pretty = value.map_or("...".to_owned(), |value| value.to_string());
    let url = format!(
        "https://acme.zendesk.com/api/v2/views/{}/count.json",
        view["id"]
    );
    json!({"view_id": view["id"], "url": url, "value": value, "pretty": pretty, "fresh": !counting, "active": view["active"],
        "refresh": if counting { "poll" } else { "none" }})
}

/// A line of a view: the columns that it shows, with the ticket they are of.
fn view_line(account: &Account, ticket: &Ticket) -> Value {
    let subject = account.subject(ticket);
    json!({"ticket": {"id": ticket.id, "subject": subject, "status": ticket.status.name()}, "ticket_id": ticket.id, "subject": subject, "status": ticket.status.name(),
        "updated": iso_text(ticket.updated)})
}

/// The lines of all views, each with its view.
pub(crate) fn view_rows(account: &Account) -> Vec<Value> {
    let views = account.config.views.iter();
    views
        .flat_map(|view| {
            lines(account, view)
                .into_iter()
                .map(|line| json!({"view_id": view["id"], ITEM: line}))
        })
        .collect()
}

/// The lines of a view.
pub(crate) fn lines(account: &Account, view: &Value) -> Vec<Value> {
    let tickets = tickets(account, view);
    tickets
        .iter()
        .map(|ticket| view_line(account, ticket))
        .collect()
}
