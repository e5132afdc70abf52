//! The three search endpoints. `/search` gives a thousand rows and no more; the export gives all, newest first;
//! both know only what the index knew a while ago.

use serde_json::json;

use super::query::Query;
use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::paging;
use crate::zendesk::reply::Reply;
use crate::zendesk::request::{Answer, Request};
use crate::zendesk::side;
use crate::zendesk::snapshot::{Order, Snapshot};
use crate::zendesk::ticket::Ticket;
use crate::zendesk::ticket_row::Shape;
use crate::zendesk::tickets_api::{INCLUDES, place};

const CAP: usize = 1_000;
const CURSOR_LIFE: i64 = 3_600_000;

/// The cursor place behind the n-th row of a page.
type PlaceOf = Box<dyn Fn(usize, &Found) -> (i64, i64)>;

/// Something found.
enum Found {
    Ticket(Box<Ticket>),
    User(u32),
    Organization(u32),
    Group(usize),
}

fn query(request: &Request<'_>) -> Result<Query, Reply> {
    let Some(text) = request.parameters.get("query") else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter query is required",
        ));
    };
    Ok(Query::parse(text, request))
}

fn tickets<'s>(
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
fn others(account: &Account, query: &Query, kind: &str) -> Vec<Found> {
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

fn created(account: &Account, found: &Found) -> i64 {
    match found {
        Found::Ticket(ticket) => ticket.created,
        Found::User(index) => account.user(*index).created,
        Found::Organization(index) => account.organization(*index).created,
        Found::Group(_) => account.start,
    }
}

fn write(account: &Account, found: &Found, shape: &Shape, json: &mut Json) {
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

fn includes(request: &Request<'_>) -> Result<Vec<String>, Reply> {
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

fn sides(request: &Request<'_>, rows: &[Found], includes: &[String], json: &mut Json) {
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

/// `/search/export`
pub(crate) fn export(request: &Request<'_>) -> Answer {
    let query = query(request)?;
    let account = request.account;
    let includes = includes(request)?;
    let size = request.size("page[size]", 100, 1_000)?;
    let kind = match request.parameters.get("filter[type]") {
        Some(kind @ ("ticket" | "user" | "organization" | "group")) => kind,
        _ => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "filter[type] must be one of: ticket, user, organization, group",
            ));
        }
    };
    if query.kind.as_deref().is_some_and(|inner| inner != kind) {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "query must not contain a type that differs from filter[type]",
        ));
    }
    let after = match request.parameters.get("page[after]") {
        None => None,
        Some(cursor) => Some(export_cursor(cursor, request.now_millis)?),
    };
    let snapshot = account.snapshot(request.search_millis);
    let (mut rows, last): (Vec<Found>, PlaceOf) = if kind == "ticket" {
        let rows = tickets(&snapshot, account, &query, after)
            .take(size + 1)
            .map(|ticket| Found::Ticket(Box::new(ticket)))
            .collect();
        (
            rows,
            Box::new(|_, found| {
                if let Found::Ticket(ticket) = found {
                    (0, ticket.id)
                } else {
                    (0, 0)
                }
            }),
        )
    } else {
        let skip = after.map_or(0, |after| after.1.max(0) as usize);
        (
            others(account, &query, kind)
                .into_iter()
                .skip(skip)
                .take(size + 1)
                .collect(),
            Box::new(move |taken, _| (0, (skip + taken) as i64)),
        )
    };
    let more = rows.len() > size;
    rows.truncate(size);
    let place = rows.last().map(|row| last(rows.len(), row));
    let mut cursor = place.map(|place| {
        paging::encode(
            "created_at,id",
            &format!("{}|{}|{}", place.0, place.1, request.now_millis),
        )
    });
    let given = request.parameters.get("page[after]").map(str::to_owned);
    let stuck = request.faults.stuck && given.is_some();
    if stuck {
        cursor = given;
    }
    let shape = Shape {
        result_type: true,
        at_millis: request.search_millis,
        ..Default::default()
    };
    let mut json = Json::with_capacity(rows.len() * 4_096 + 512);
    json.open().key("results").open_list();
    for row in &rows {
        write(account, row, &shape, &mut json);
    }
    json.close_list();
    sides(request, &rows, &includes, &mut json);
    let next = cursor
        .as_deref()
        .map(|cursor| request.link(&[("page[after]", Some(cursor))]));
    json.key("facets")
        .null()
        .key("meta")
        .open()
        .key("has_more")
        .boolean(more || stuck)
        .key("after_cursor")
        .maybe_text(cursor.as_deref())
        .key("before_cursor")
        .null()
        .close();
    json.key("links")
        .open()
        .key("prev")
        .null()
        .key("next")
        .maybe_text(next.as_deref())
        .close()
        .close();
    Ok(Reply::json(json.into_bytes(), rows.len()))
}

/// Where an export goes on; its cursors live for an hour.
fn export_cursor(cursor: &str, now_millis: i64) -> Result<(i64, i64), Reply> {
    let refused = || Reply::invalid_pagination("page[after] is not valid");
    let text = paging::decode(cursor)?;
    let (rest, issued) = text.rsplit_once('|').ok_or_else(refused)?;
    let issued: i64 = issued.parse().map_err(|_| refused())?;
    if now_millis - issued > CURSOR_LIFE {
        return Err(Reply::invalid_pagination("page[after] has expired"));
    }
    place(rest).ok_or_else(refused)
}
