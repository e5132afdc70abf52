//! Endpoints about what hangs on tickets: comments, audits, metrics, ratings. Per-ticket reads reach into the archive,
//! account-wide lists do not; a deleted ticket has no children at all.

use super::account::Account;
use super::history::Audit;
use super::order::{PLACES, address};
use super::paging::{self, Cut, Edge, Page, Unasked};
use super::reply::Reply;
use super::request::{Answer, Request};
use super::side;
use super::snapshot::Order;
use super::ticket::Ticket;
use super::tickets_api::{self, existing};
use crate::json::Json;

/// `/tickets/{id}/comments`
pub(crate) fn comments(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(&["users"])?;
    request.parameters.see("include_inline_images");
    let ticket = existing(request, id)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let mut audits: Vec<Audit> = account
        .audits(ticket.id, i64::MAX)
        .into_iter()
        .filter(|audit| account.comment(&ticket, audit).is_some())
        .collect();
    let descending = match &cut {
        Cut::Cursor { .. } => match request.parameters.get("sort") {
            None | Some("created_at") => false,
            Some("-created_at") => true,
            Some(other) => {
                return Err(Reply::invalid_pagination(&format!(
                    "sort is not valid: {other}"
                )));
            }
        },
        _ => request.parameters.get("sort_order") == Some("desc"),
    };
    if descending {
        audits.reverse();
    }
    let page = paging::window(&cut, audits.len(), &|_| true)?;
    paging::reply(
        request,
        "comments",
        &page,
        |position, json| {
            if let Some(comment) = account.comment(&ticket, &audits[*position]) {
                json.open();
                account.write_comment(&ticket, &audits[*position], &comment, false, json);
                json.close();
            }
        },
        |rows, json| {
            if includes.iter().any(|include| include == "users") {
                side::users(
                    request,
                    rows.iter().map(|position| audits[*position].author),
                    json,
                );
            }
        },
    )
}

pub(crate) fn comment_count(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    Ok(paging::count(
        request.account.comment_count(&ticket, i64::MAX) as usize,
        request.now_millis,
    ))
}

/// `/tickets/{id}/audits`; in one piece when the ticket is archived.
pub(crate) fn audits_of(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(&["users", "groups", "organizations", "tickets"])?;
    let ticket = existing(request, id)?;
    let account = request.account;
    let kinds = request.parameters.all("filter_events[]");
    let mut audits = account.audits(ticket.id, i64::MAX);
    if !kinds.is_empty() {
        audits.retain(|audit| {
            let mut json = Json::default();
            json.open();
            account.write_audit(&ticket, audit, &mut json);
            json.close();
            json.into_value()["events"]
                .as_array()
                .is_some_and(|events| {
                    events.iter().any(|event| {
                        event["type"]
                            .as_str()
                            .is_some_and(|kind| kinds.contains(&kind))
                    })
                })
        });
    }
    if request.parameters.get("sort_order") == Some("desc")
        || request.parameters.get("sort") == Some("-created_at")
    {
        audits.reverse();
    }
    let asked = paging::cut(request, Unasked::Offset)?;
    let cut = if ticket.archived(account) && matches!(asked, Cut::Offset { .. }) {
        Cut::All
    } else {
        asked
    };
    let page = paging::window(&cut, audits.len(), &|_| true)?;
    let page = Page {
        rows: page
            .rows
            .into_iter()
            .map(|position| (ticket.clone(), audits[position].clone()))
            .collect(),
        edge: page.edge,
    };
    write_audits(request, &page, &includes)
}

fn write_audits(
    request: &Request<'_>,
    page: &Page<(Ticket, Audit)>,
    includes: &[String],
) -> Answer {
    paging::reply(
        request,
        "audits",
        page,
        |(ticket, audit), json| {
            json.open();
            request.account.write_audit(ticket, audit, json);
            json.close();
        },
        |rows, json| audit_sides(request, rows, includes, json),
    )
}

fn audit_sides(
    request: &Request<'_>,
    rows: &[(Ticket, Audit)],
    includes: &[String],
    json: &mut Json,
) {
    for include in includes {
        match include.as_str() {
            "users" => side::users(request, rows.iter().map(|row| row.1.author), json),
            "organizations" => side::organizations(
                request,
                rows.iter().filter_map(|row| row.0.organization),
                json,
            ),
            "groups" => side::configured(
                json,
                "groups",
                &request.account.config.groups,
                rows.iter().filter_map(|row| row.0.group),
            ),
            "tickets" => {
                json.key("tickets").open_list();
                for (ticket, _) in rows {
                    request
                        .account
                        .write_ticket(ticket, &Default::default(), json);
                }
                json.close_list();
            }
            _ => {}
        }
    }
}

/// `/ticket_audits`: newest first, without archived tickets; cursor pages when `page[size]` is sent, else the older cursor form.
pub(crate) fn audits(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(&["users", "groups", "organizations", "tickets"])?;
    let account = request.account;
    let packed = account.audits_by_time();
    let written: Vec<Audit> = account
        .overlay
        .read()
        .audits
        .iter()
        .map(super::history::written)
        .collect();
    let snapshot = account.snapshot(i64::MAX);
    let length = packed.len() + written.len();
    let row = |position: usize| -> Option<(Ticket, Audit)> {
        let (ticket, audit) = match written.get(position.wrapping_sub(packed.len())) {
            Some(audit) if position >= packed.len() => (snapshot.get(audit.ticket)?, audit.clone()),
            _ => {
                let entry = *packed.get(position)?;
                let index = (address(entry) / PLACES) as u32;
                let made = account.generated_ticket(index);
                let audit = account.audit_at(
                    &made,
                    address(entry) % PLACES,
                    account.start + (entry >> 30) as i64,
                );
                (snapshot.get(made.id)?, audit)
            }
        };
        (ticket.alive() && !ticket.archived(account)).then_some((ticket, audit))
    };
    // Newest first means walking from the end; a cursor is the position of the last row shown, counted from the start.
    let walk = |before: usize, size: usize| -> Vec<(usize, (Ticket, Audit))> {
        (0..before.min(length))
            .rev()
            .filter_map(|position| row(position).map(|row| (position, row)))
            .take(size + 1)
            .collect()
    };
    let cursors = request.parameters.has("page[size]") || request.parameters.has("page[after]");
    let (size, before) = if cursors {
        let Cut::Cursor {
            size,
            cursor,
            backward,
        } = paging::cut(request, Unasked::Offset)?
        else {
            return Err(Reply::invalid_pagination("page[size] is not valid"));
        };
        if backward {
            return Err(Reply::invalid_pagination(
                "page[before] is not supported here",
            ));
        }
        (
            size,
            cursor
                .map(|text| {
                    text.parse::<usize>()
                        .map_err(|_| Reply::invalid_pagination("page[after] is not valid"))
                })
                .transpose()?,
        )
    } else {
        (
            request.size("limit", 100, 1_000)?,
            request
                .parameters
                .get("cursor")
                .map(|text| {
                    text.parse::<usize>()
                        .map_err(|_| Reply::described(400, "InvalidValue", "Invalid cursor"))
                })
                .transpose()?,
        )
    };
    let mut rows = walk(before.unwrap_or(usize::MAX), size);
    let more = rows.len() > size;
    rows.truncate(size);
    let (first, last) = (rows.first().map(|row| row.0), rows.last().map(|row| row.0));
    let rows: Vec<(Ticket, Audit)> = rows.into_iter().map(|row| row.1).collect();
    if cursors {
        let cursor = |position: usize| paging::encode("created_at,id", &position.to_string());
        let page = Page {
            rows,
            edge: Edge::Cursor {
                more,
                backward: false,
                first: first.map(cursor),
                last: last.map(cursor),
            },
        };
        return write_audits(request, &page, &includes);
    }
    let mut json = Json::with_capacity(rows.len() * 1_024 + 512);
    json.open().key("audits").open_list();
    for (ticket, audit) in &rows {
        json.open();
        account.write_audit(ticket, audit, &mut json);
        json.close();
    }
    json.close_list();
    audit_sides(request, &rows, &includes, &mut json);
    let after = last.filter(|_| more).map(|position| position.to_string());
    let after_url = after
        .as_deref()
        .map(|cursor| request.link(&[("cursor", Some(cursor))]));
    json.key("after_cursor")
        .maybe_text(after.as_deref())
        .key("after_url")
        .maybe_text(after_url.as_deref());
    json.key("before_cursor")
        .maybe_text(first.map(|position| position.to_string()).as_deref())
        .key("before_url")
        .null()
        .close();
    Ok(Reply::json(json.into_bytes(), rows.len()))
}

/// `/ticket_metrics`: newest ticket first, without archived ones.
pub(crate) fn metrics(request: &Request<'_>) -> Answer {
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    let page = tickets_api::page(&snapshot, &cut, Order::Id, true, &|ticket| {
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
    snapshot: &super::snapshot::Snapshot<'_>,
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
