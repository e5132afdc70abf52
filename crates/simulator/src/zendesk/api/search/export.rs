//! `/search/export`: everything that fits, newest first. Refuses cursors older than an hour.

use super::found::{Found, includes, others, query, sides, tickets, write};

use crate::json::Json;
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::api::paging;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets::place;

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
const CURSOR_LIFE: i64 = 3_600_000;

/// The cursor place behind the n-th row of a page.
type PlaceOf = Box<dyn Fn(usize, &Found) -> (i64, i64)>;
