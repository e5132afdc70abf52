//! Endpoints of an agent's desk and of the customer's view: suspended mails, activities, bookmarks, approvals, requests.
//! Refuses to show one caller the activities and bookmarks of another.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::json::Json;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::user::User;
use crate::zendesk::api::organizations;
use crate::zendesk::api::paging::{self, encode};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::structure::living;
use crate::zendesk::api::tickets::existing;
use crate::zendesk::api::users;
use crate::zendesk::api::values::{Pages, list, list_beside, one};

/// Rows of a page of approval requests, whose size no caller can choose.
const APPROVALS: usize = 25;

/// Routes of this file; `None` when the path is not one of them.
pub(crate) fn route(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    let account = request.account;
    Some(match parts {
        ["suspended_tickets"] => suspended(request),
        ["suspended_tickets", id] => {
            let rows = account.suspended_tickets();
            let row = rows
                .iter()
                .find(|row| row["id"].as_i64() == id.parse().ok());
            row.map(|row| one("suspended_ticket", row))
                .ok_or_else(Reply::record_not_found)
        }
        ["satisfaction_reasons"] => list(
            request,
            "reasons",
            &account.satisfaction_reasons(),
            Pages::Whole,
        ),
        ["activities"] => activities(request),
        ["activities", "count"] => caller(request)
            .map(|user| paging::count(account.activities_of(&user).len(), request.now_millis)),
        ["bookmarks"] => caller(request).and_then(|user| {
            list(
                request,
                "bookmarks",
                &account.bookmarks_of(&user),
                Pages::Numbers,
            )
        }),
        ["approval_requests"] => approvals(request),
        ["requests"] => {
            caller(request).and_then(|user| requests(request, account.requests_of(user.id)))
        }
        ["requests", "open"] => caller(request).and_then(|user| {
            let mut tickets = account.requests_of(user.id);
            tickets.retain(|ticket| ticket.status < Status::Solved);
            requests(request, tickets)
        }),
        ["requests", "solved"] => caller(request).and_then(|user| {
            let mut tickets = account.requests_of(user.id);
            tickets.retain(|ticket| ticket.status >= Status::Solved);
            requests(request, tickets)
        }),
        ["requests", id] => {
            public(request, id).map(|ticket| one("request", &account.request_row(&ticket)))
        }
        ["requests", id, "comments"] => request_comments(request, id),
        ["users", id, "requests"] => {
            living(request, id).and_then(|user| requests(request, account.requests_of(user.id)))
        }
        ["organizations", id, "requests"] => {
            organizations::existing(account, id).and_then(|index| {
                let id = account.organization_id(index);
                let snapshot = account.snapshot(i64::MAX);
                let fits = |ticket: &Ticket| {
                    ticket.alive() && ticket.public && ticket.organization == Some(id)
                };
                requests(
                    request,
                    snapshot.walk(Order::Id, false, None).filter(fits).collect(),
                )
            })
        }
        _ => return None,
    })
}

fn caller(request: &Request<'_>) -> Result<User, Reply> {
    users::existing(request, "me")
}

fn descending(request: &Request<'_>) -> Result<bool, Reply> {
    match request.parameters.get("sort_order") {
        None | Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(Reply::described(
            400,
            "InvalidValue",
            "sort_order must be asc or desc",
        )),
    }
}

fn suspended(request: &Request<'_>) -> Answer {
    let mut rows = request.account.suspended_tickets();
    let text = |row: &Value, by: &str| match by {
        "author_email" => row["author"]["email"].to_string(),
        by => row[by].to_string(),
    };
    match request.parameters.get("sort_by") {
        None => {}
        Some(by @ ("author_email" | "cause" | "created_at" | "subject")) => {
            rows.sort_by_key(|row| text(row, by));
        }
        Some(other) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                &format!("sort_by is not valid: {other}"),
            ));
        }
    }
    if descending(request)? {
        rows.reverse();
    }
    list(request, "suspended_tickets", &rows, Pages::Cursor)
}

/// `/activities`; `since` leaves out its own second. Users and actors come beside the rows unasked.
fn activities(request: &Request<'_>) -> Answer {
    let mut rows = request.account.activities_of(&caller(request)?);
    if let Some(text) = request.parameters.get("since") {
        let since = DateTime::parse_from_rfc3339(text)
            .map_err(|_| Reply::described(400, "InvalidValue", "since is not a time"))?;
        rows.retain(|row| {
            row["created_at"]
                .as_str()
                .and_then(|at| DateTime::parse_from_rfc3339(at).ok())
                .is_some_and(|at| at > since)
        });
    }
    list_beside(request, "activities", &rows, Pages::Both, |shown, json| {
        for (key, member) in [("users", "user"), ("actors", "actor")] {
            let mut people: Vec<&Value> = shown.iter().map(|row| &row[member]).collect();
            people.sort_by_key(|person| person["id"].as_i64());
            people.dedup_by_key(|person| person["id"].as_i64());
            json.key(key).open_list();
            for person in people {
                json.value(person);
            }
            json.close_list();
        }
    })
}

/// `/approval_requests`: `after_cursor` and `before_cursor`, and pages whose size cannot be asked for.
fn approvals(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let mut rows = request.account.approval_requests();
    for column in ["status", "assignee_user_id", "assignee_group_id"] {
        let Some(wanted) = request.ids(&format!("filter[{column}]"))? else {
            continue;
        };
        let known = ["active", "approved", "rejected", "withdrawn"];
        if column == "status" && wanted.iter().any(|word| !known.contains(&word.as_str())) {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "filter[status] is not valid",
            ));
        }
        let text = |row: &Value| match &row[column] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        rows.retain(|row| wanted.contains(&text(row)));
    }
    let place = |name: &str| -> Result<Option<usize>, Reply> {
        let refused = || Reply::invalid_pagination(&format!("{name} is not valid"));
        let Some(cursor) = request.parameters.get(name) else {
            return Ok(None);
        };
        let text = paging::decode(cursor).map_err(|_| refused())?;
        text.parse().map(Some).map_err(|_| refused())
    };
    let (first, last) = match (place("after_cursor")?, place("before_cursor")?) {
        (Some(after), _) => (
            (after + 1).min(rows.len()),
            (after + 1 + APPROVALS).min(rows.len()),
        ),
        (None, Some(before)) => {
            let before = before.min(rows.len());
            (before.saturating_sub(APPROVALS), before)
        }
        (None, None) => (0, APPROVALS.min(rows.len())),
    };
    let shown = &rows[first..last];
    let cursor = |place: usize| encode("created_at,id", &place.to_string());
    let (more, after) = match request.parameters.get("after_cursor") {
        // The "stuck" fault: the server hands back the cursor it was given.
        Some(given) if request.faults.stuck => (true, Some(given.to_owned())),
        _ => (last < rows.len(), last.checked_sub(1).map(cursor)),
    };
    let before = (!shown.is_empty()).then(|| cursor(first));
    let link = |name: &str, cursor: &Option<String>| {
        cursor.as_deref().map(|cursor| {
            request.link(&[
                ("after_cursor", None),
                ("before_cursor", None),
                (name, Some(cursor)),
            ])
        })
    };
    let mut json = Json::default();
    json.open().key("approval_requests").open_list();
    for row in shown {
        json.value(row);
    }
    json.close_list()
        .key("meta")
        .value(&json!({"has_more": more, "after_cursor": after, "before_cursor": before}));
    json.key("links")
        .value(
            &json!({"next": link("after_cursor", &after), "prev": link("before_cursor", &before)}),
        )
        .close();
    Ok(Reply::json(json.into_bytes(), shown.len()))
}

fn requests(request: &Request<'_>, mut tickets: Vec<Ticket>) -> Answer {
    match request.parameters.get("sort_by") {
        None => {}
        Some("updated_at") => tickets.sort_by_key(|ticket| (ticket.updated, ticket.id)),
        Some("created_at") => tickets.sort_by_key(|ticket| (ticket.created, ticket.id)),
        Some(other) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                &format!("sort_by is not valid: {other}"),
            ));
        }
    }
    if descending(request)? {
        tickets.reverse();
    }
    let rows: Vec<Value> = tickets
        .iter()
        .map(|ticket| request.account.request_row(ticket))
        .collect();
    list(request, "requests", &rows, Pages::Both)
}

fn public(request: &Request<'_>, id: &str) -> Result<Ticket, Reply> {
    existing(request, id)
        .ok()
        .filter(|ticket| ticket.public)
        .ok_or_else(Reply::record_not_found)
}

fn request_comments(request: &Request<'_>, id: &str) -> Answer {
    let ticket = public(request, id)?;
    let account = request.account;
    let mut rows = account.request_comments(&ticket);
    if let Some(role) = request.parameters.get("role") {
        let agents = match role {
            "agent" => true,
            "end_user" => false,
            _ => return Err(Reply::described(400, "InvalidValue", "role is not valid")),
        };
        rows.retain(|row| {
            let author = row["author_id"]
                .as_i64()
                .and_then(|id| account.user_index(id));
            author.is_some_and(|index| index < account.staff) == agents
        });
    }
    if let Some(since) = request.parameters.get("since") {
        rows.retain(|row| row["created_at"].as_str().is_some_and(|at| at >= since));
    }
    list(request, "comments", &rows, Pages::Both)
}
