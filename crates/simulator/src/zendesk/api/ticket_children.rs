//! Endpoints below a ticket: people, skips, conversations, task lists, pins, mails. Only skips leave archived tickets out.
//! Refuses to answer for deleted tickets.

use serde_json::Value;

use crate::zendesk::account::involved::Part;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets::existing;
use crate::zendesk::api::users;
use crate::zendesk::api::values::{Pages, list, list_beside, one};

/// Routes of this file; `None` when the path is not one of them.
pub(crate) fn route(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    let account = request.account;
    Some(match parts {
        ["tickets", id, "collaborators"] => people(request, id, Part::Collaborator),
        ["tickets", id, "followers"] => people(request, id, Part::Follower),
        ["tickets", id, "email_ccs"] => people(request, id, Part::Cc),
        ["skips"] => skips(request, |_| true, None),
        ["users", id, "skips"] => {
            users::existing(request, id).and_then(|user| skips(request, |_| true, Some(user.id)))
        }
        ["tickets", id, "skips"] => existing(request, id)
            .and_then(|parent| skips(request, |ticket| ticket.id == parent.id, None)),
        ["tickets", id, "related"] => {
            existing(request, id).map(|ticket| Reply::value(200, &account.ticket_related(&ticket)))
        }
        ["tickets", id, "conversation_log"] => conversation_log(request, id),
        ["tickets", id, "side_conversations"] => side_conversations(request, id),
        ["tickets", id, "task_lists"] => existing(request, id).and_then(|ticket| {
            list(
                request,
                "task_lists",
                &account.task_lists(&ticket),
                Pages::Numbers,
            )
        }),
        ["routing", "tickets", id, "instance_values"] => existing(request, id).and_then(|ticket| {
            let skills = account.skills_of(&ticket);
            list(request, "attribute_values", &skills, Pages::Whole)
        }),
        ["ticket_content_pins"] => content_pins(request),
        ["email_notifications"] => email_notifications(request),
        ["attachments", id] => attachment(request, id),
        _ => return None,
    })
}

fn people(request: &Request<'_>, id: &str, part: Part) -> Answer {
    let ticket = existing(request, id)?;
    let account = request.account;
    let rows: Vec<Value> = account
        .people_of(&ticket, part)
        .iter()
        .map(|user| account.person(user))
        .collect();
    list(request, "users", &rows, Pages::Numbers)
}

fn skips(request: &Request<'_>, among: impl Fn(&Ticket) -> bool, by: Option<i64>) -> Answer {
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    let mut rows: Vec<Value> = snapshot
        .walk(Order::Id, false, None)
        .filter(|ticket| ticket.alive() && among(ticket))
        .flat_map(|ticket| {
            (0..account.skips_shown(&ticket))
                .map(|number| account.skip(&ticket, number))
                .collect::<Vec<_>>()
        })
        .filter(|row| by.is_none_or(|by| row["user_id"] == by))
        .collect();
    match request.parameters.get("sort_order") {
        None | Some("asc") => {}
        Some("desc") => rows.reverse(),
        Some(_) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "sort_order must be asc or desc",
            ));
        }
    }
    list(request, "skips", &rows, Pages::Both)
}

fn conversation_log(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    let mut events = request.account.conversation_log(&ticket);
    match request.parameters.get("sort") {
        None | Some("created_at") => {}
        Some("-created_at") => events.reverse(),
        Some(other) => {
            return Err(Reply::invalid_pagination(&format!(
                "sort is not valid: {other}"
            )));
        }
    }
    list(request, "events", &events, Pages::Cursor)
}

fn side_conversations(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(&["events", "side_conversations"])?;
    let ticket = existing(request, id)?;
    let account = request.account;
    let rows = account.side_conversations(&ticket);
    list_beside(
        request,
        "side_conversations",
        &rows,
        Pages::Numbers,
        |shown, json| {
            if includes.iter().any(|include| include == "events") {
                json.key("events").open_list();
                for event in shown.iter().flat_map(|row| account.side_events(row)) {
                    json.value(&event);
                }
                json.close_list();
            }
        },
    )
}

fn content_pins(request: &Request<'_>) -> Answer {
    let Some(id) = request.parameters.get("ticket_id") else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter ticket_id is required",
        ));
    };
    let ticket = existing(request, id)?;
    let pins = request.account.content_pins(&ticket);
    list(request, "ticket_content_pins", &pins, Pages::Whole)
}

/// Mails by ticket, comment or their own id: one of the three must be given.
fn email_notifications(request: &Request<'_>) -> Answer {
    let names = ["ticket_id", "comment_id", "notification_id"];
    let given: Vec<(&str, i64)> = names
        .into_iter()
        .filter_map(|name| {
            let text = request.parameters.get(&format!("filter[{name}]"))?;
            text.parse().ok().map(|id| (name, id))
        })
        .collect();
    let [(name, id)] = given.as_slice() else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "exactly one of filter[ticket_id], filter[comment_id] and filter[notification_id] is required",
        ));
    };
    let account = request.account;
    let ticket = match *name {
        "ticket_id" => account.current_ticket(*id),
        _ => account
            .ticket_of_event(*id)
            .map(|index| account.generated_ticket(index)),
    };
    let mut rows = ticket
        .filter(Ticket::alive)
        .map(|ticket| account.email_notifications(&ticket))
        .unwrap_or_default();
    rows.retain(|row| row[*name] == *id);
    match request.parameters.get("sort") {
        None | Some("-created_at" | "-updated_at") => rows.reverse(),
        Some("created_at" | "updated_at") => {}
        Some(other) => {
            return Err(Reply::invalid_pagination(&format!(
                "sort is not valid: {other}"
            )));
        }
    }
    list(request, "email_notifications", &rows, Pages::Cursor)
}

fn attachment(request: &Request<'_>, id: &str) -> Answer {
    let id: i64 = id.parse().map_err(|_| Reply::record_not_found())?;
    let row = request
        .account
        .attachment(id)
        .ok_or_else(Reply::record_not_found)?;
    Ok(one("attachment", &row))
}
