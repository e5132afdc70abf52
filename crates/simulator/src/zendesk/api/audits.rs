//! Endpoints of audits. Those of one ticket reach into the archive, the account-wide list does not.
//! Refuses to show those of deleted tickets.

use crate::json::Json;
use crate::zendesk::account::history::Audit;
use crate::zendesk::account::order::{PLACES, address};
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::api::paging::{self, Cut, Edge, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::existing;

/// `/tickets/{id}/audits`; in one piece when the ticket is archived.
pub(crate) fn of_ticket(request: &Request<'_>, id: &str) -> Answer {
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
pub(crate) fn list(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(&["users", "groups", "organizations", "tickets"])?;
    let account = request.account;
    let packed = account.audits_by_time();
    let written: Vec<Audit> = account
        .overlay
        .read()
        .audits
        .iter()
        .map(crate::zendesk::account::history::written)
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
