//! Endpoints of what is measured: ticket metrics and satisfaction ratings. Refuses to measure deleted tickets.

use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::api::paging::{self, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::{self, existing};

/// `/ticket_metrics`: newest ticket first, without archived ones.
pub(crate) fn metrics(request: &Request<'_>) -> Answer {
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    let page = tickets::page(&snapshot, &cut, Order::Id, true, &|ticket| {
        ticket.alive() && !ticket.archived(account)
    })?;
    paging::reply(
        request,
        "ticket_metrics",
        &page,
        |ticket, json| {
            json.open();
            account.write_metric(ticket, json);
            json.close();
        },
        |_, _| {},
    )
}

/// `/tickets/{id}/metrics`: one object under a singular name, although the description of the API says otherwise.
pub(crate) fn metrics_of(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    let mut json = Json::default();
    json.open().key("ticket_metric").open();
    request.account.write_metric(&ticket, &mut json);
    json.close().close();
    Ok(Reply::json(json.into_bytes(), 1))
}

/// `/satisfaction_ratings`
pub(crate) fn ratings(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(&["users"])?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let fits = rating_filter(request)?;
    let snapshot = account.snapshot(i64::MAX);
    let page = paging::window(&cut, account.tickets as usize, &|index| {
        rating_row(account, &snapshot, index).is_some_and(|ticket| fits(&ticket))
    })?;
    let page = Page {
        rows: page
            .rows
            .into_iter()
            .filter_map(|index| rating_row(account, &snapshot, index))
            .collect(),
        edge: page.edge,
    };
    paging::reply(
        request,
        "satisfaction_ratings",
        &page,
        |ticket: &Ticket, json| {
            json.open();
            account.write_rating(ticket, json);
            json.close();
        },
        |rows, json| {
            if includes.iter().any(|include| include == "users") {
                side::users(
                    request,
                    rows.iter().filter_map(|ticket| ticket.requester),
                    json,
                );
            }
        },
    )
}

fn rating_row(
    account: &Account,
    snapshot: &crate::zendesk::account::snapshot::Snapshot<'_>,
    index: usize,
) -> Option<Ticket> {
    snapshot
        .get(Account::ticket_id(index as u32))
        .filter(|ticket| {
            ticket.alive()
                && ticket.rating.is_some()
                && ticket.solved.is_some()
                && account.ticket_index(ticket.id).is_some()
        })
}

fn rating_filter(request: &Request<'_>) -> Result<impl Fn(&Ticket) -> bool, Reply> {
    let seconds = |name: &str| {
        request
            .parameters
            .get(name)
            .map(|text| {
                text.parse::<i64>().map_err(|_| {
                    Reply::described(400, "InvalidValue", &format!("{name} must be an integer"))
                })
            })
            .transpose()
    };
    let (start, end) = (seconds("start_time")?, seconds("end_time")?);
    let score = request.parameters.get("score");
    let (base, comment) = match score {
        None => (None, None),
        Some(text) => match text.split_once("_with") {
            Some((base, "_comment")) => (Some(base), Some(true)),
            Some((base, "out_comment")) => (Some(base), Some(false)),
            _ => (Some(text), None),
        },
    };
    if base.is_some_and(|base| !["offered", "unoffered", "received", "good", "bad"].contains(&base))
    {
        return Err(Reply::described(400, "InvalidValue", "score is not valid"));
    }
    Ok(move |ticket: &Ticket| {
        let created = ticket.solved.unwrap_or(ticket.updated);
        let scored = match base {
            None => true,
            Some("received") => matches!(ticket.rating, Some("good" | "bad")),
            other => ticket.rating == other,
        };
        scored
            && comment.is_none_or(|wanted| Account::rating_comment(ticket).is_some() == wanted)
            && start.is_none_or(|start| created >= start)
            && end.is_none_or(|end| created <= end)
    })
}

pub(crate) fn rating(request: &Request<'_>, id: &str) -> Answer {
    request.admin_only()?;
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    let ticket = id
        .parse()
        .ok()
        .and_then(|id| account.rating_ticket(id))
        .and_then(|index| rating_row(account, &snapshot, index as usize))
        .ok_or_else(Reply::record_not_found)?;
    let mut json = Json::default();
    json.open().key("satisfaction_rating").open();
    account.write_rating(&ticket, &mut json);
    json.close().close();
    Ok(Reply::json(json.into_bytes(), 1))
}

pub(crate) fn rating_count(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    Ok(paging::count(
        (0..account.tickets as usize)
            .filter(|index| rating_row(account, &snapshot, *index).is_some())
            .count(),
        request.now_millis,
    ))
}
