//! `/search` and its count: a thousand rows and no more. Refuses cursor pages.

use super::found::{Found, created, includes, others, query, sides, tickets, write};
use serde_json::json;

use crate::json::Json;
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

const CAP: usize = 1_000;

/// `/search`
pub(crate) fn search(request: &Request<'_>) -> Answer {
    if request.parameters.has("page[size]") || request.parameters.has("page[after]") {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "page must be an integer",
        ));
    }
    let account = request.account;
    let query = query(request)?;
    let includes = includes(request)?;
    let size = request.size("per_page", 100, 100)?;
    let page = match request.parameters.get("page").map(str::parse::<usize>) {
        None => 1,
        Some(Ok(page)) if page >= 1 => page,
        Some(_) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "page must be an integer",
            ));
        }
    };
    if page.saturating_mul(size) > CAP {
        return Err(Reply::described(
            422,
            "Unprocessable Entity",
            "Requested response size was greater than Search Response Limits",
        ));
    }
    let snapshot = account.snapshot(request.search_millis);
    let mut found: Vec<Found> = Vec::new();
    let kinds: &[&str] = match query.kind.as_deref() {
        Some(kind) => &[kind],
        None => &["ticket", "user", "organization", "group"],
    };
    for kind in kinds {
        match *kind {
            "ticket" => found.extend(
                tickets(&snapshot, account, &query, None)
                    .map(|ticket| Found::Ticket(Box::new(ticket))),
            ),
            other => found.extend(others(account, &query, other)),
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse(created(account, found)));
    sort(request, &mut found)?;
    let count = found.len();
    let shape = Shape {
        result_type: true,
        at_millis: request.search_millis,
        ..Default::default()
    };
    let rows: Vec<Found> = found
        .into_iter()
        .skip((page - 1) * size)
        .take(size)
        .collect();
    let mut json = Json::with_capacity(rows.len() * 4_096 + 512);
    json.open().key("results").open_list();
    for row in &rows {
        write(account, row, &shape, &mut json);
    }
    json.close_list();
    sides(request, &rows, &includes, &mut json);
    let size_text = size.to_string();
    // The link does not know of the cap: following it beyond 1,000 rows ends in 422.
    let next = (page * size < count).then(|| {
        request.link(&[
            ("page", Some(&(page + 1).to_string())),
            ("per_page", Some(&size_text)),
        ])
    });
    let previous = (page > 1).then(|| {
        request.link(&[
            ("page", Some(&(page - 1).to_string())),
            ("per_page", Some(&size_text)),
        ])
    });
    json.key("facets")
        .null()
        .key("next_page")
        .maybe_text(next.as_deref())
        .key("previous_page")
        .maybe_text(previous.as_deref())
        .key("count")
        .int(count as i64)
        .close();
    Ok(Reply::json(json.into_bytes(), rows.len()))
}

fn sort(request: &Request<'_>, found: &mut [Found]) -> Result<(), Reply> {
    let ascending = request.parameters.get("sort_order") == Some("asc");
    let Some(by) = request.parameters.get("sort_by") else {
        return Ok(());
    };
    let key = |found: &Found| -> (i64, &'static str) {
        match (found, by) {
            (Found::Ticket(ticket), "updated_at") => (ticket.updated, ""),
            (Found::Ticket(ticket), "priority") => {
                (ticket.priority.map_or(-1, |priority| priority as i64), "")
            }
            (Found::Ticket(ticket), "status") => (ticket.status as i64, ""),
            (Found::Ticket(ticket), "ticket_type") => (0, ticket.kind.unwrap_or_default()),
            (Found::User(index), "updated_at") => (request.account.user(*index).updated, ""),
            (Found::Organization(index), "updated_at") => {
                (request.account.organization(*index).updated, "")
            }
            (other, _) => (created(request.account, other), ""),
        }
    };
    if ![
        "updated_at",
        "created_at",
        "priority",
        "status",
        "ticket_type",
    ]
    .contains(&by)
    {
        return Err(Reply::described(
            400,
            "InvalidValue",
            &format!("sort_by is not valid: {by}"),
        ));
    }
    if ascending {
        found.sort_by_key(key);
    } else {
        found.sort_by(|one, other| key(other).cmp(&key(one)));
    }
    Ok(())
}

/// `/search/count`: a bare number, unlike the other counts.
pub(crate) fn count(request: &Request<'_>) -> Answer {
    let query = query(request)?;
    let account = request.account;
    let snapshot = account.snapshot(request.search_millis);
    let count = match query.kind.as_deref() {
        Some("ticket") => tickets(&snapshot, account, &query, None).count(),
        Some(kind) => others(account, &query, kind).len(),
        None => {
            tickets(&snapshot, account, &query, None).count()
                + ["user", "organization", "group"]
                    .iter()
                    .map(|kind| others(account, &query, kind).len())
                    .sum::<usize>()
        }
    };
    Ok(Reply::value(200, &json!({"count": count})))
}
