//! Endpoints that give tickets: lists, parents, views, multi-gets, single ones, deleted ones.
//! Lists show what is neither archived nor deleted; refuses to show a deleted ticket anywhere but in its own list.

use crate::json::Json;
use crate::random::mix;
use crate::zendesk::account::snapshot::{Order, Place, Snapshot};
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::api::paging::{self, Cut, Edge, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;

pub(crate) const INCLUDES: &[&str] = &[
    "users",
    "groups",
    "organizations",
    "brands",
    "ticket_forms",
    "sharing_agreements",
    "custom_statuses",
    "metric_sets",
    "dates",
    "last_audits",
    "incident_counts",
    "comment_count",
    "slas",
    "tickets",
];

/// Which tickets a caller means when AI agents answer some of them.
pub(crate) fn scope(request: &Request<'_>) -> Result<fn(&Ticket) -> bool, Reply> {
    Ok(match request.parameters.get("support_type_scope") {
        None | Some("agent") => |ticket| !ticket.ai,
        Some("ai_agent") => |ticket| ticket.ai,
        Some("all") => |_| true,
        Some(_) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "support_type_scope must be one of: all, agent, ai_agent",
            ));
        }
    })
}

/// `/tickets`
pub(crate) fn list(request: &Request<'_>) -> Answer {
    let within = scope(request)?;
    let external = request.parameters.get("external_id").map(str::to_owned);
    let account = request.account;
    tickets(request, |ticket| {
        ticket.alive()
            && !ticket.archived(account)
            && within(ticket)
            && external
                .as_deref()
                .is_none_or(|wanted| account.external_id(ticket).as_deref() == Some(wanted))
    })
}

/// A list of tickets that fit.
pub(crate) fn tickets(request: &Request<'_>, accept: impl Fn(&Ticket) -> bool) -> Answer {
    let includes = request.includes(INCLUDES)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let snapshot = request.account.snapshot(i64::MAX);
    let page = sorted_page(request, &snapshot, &cut, &accept)?;
    write(request, "tickets", &page, &includes, false)
}

fn sorted_page(
    request: &Request<'_>,
    snapshot: &Snapshot<'_>,
    cut: &Cut,
    accept: &dyn Fn(&Ticket) -> bool,
) -> Result<Page<Ticket>, Reply> {
    if matches!(cut, Cut::Cursor { .. }) {
        let (order, descending) = match request.parameters.get("sort") {
            None => (Order::Id, false),
            Some(sort) => {
                let name = sort.trim_start_matches('-');
                let order = match name {
                    "id" => Order::Id,
                    "updated_at" => Order::Updated,
                    "status" => Order::Status,
                    _ => {
                        return Err(Reply::invalid_pagination(&format!(
                            "sort is not valid: {name}"
                        )));
                    }
                };
                (order, sort.starts_with('-'))
            }
        };
        return page(snapshot, cut, order, descending, accept);
    }
    let descending = request
        .parameters
        .get("sort_order")
        .is_some_and(|order| order.eq_ignore_ascii_case("desc"));
    match request.parameters.get("sort_by") {
        None | Some("id" | "created_at") => page(snapshot, cut, Order::Id, descending, accept),
        Some("updated_at") => page(snapshot, cut, Order::Updated, descending, accept),
        Some("status") => page(snapshot, cut, Order::Status, descending, accept),
        Some(
            name @ ("assignee" | "assignee.name" | "group" | "locale" | "requester" | "subject"),
        ) => {
            let account = request.account;
            let mut all: Vec<Ticket> = snapshot
                .walk(Order::Id, false, None)
                .filter(accept)
                .collect();
            match name {
                "subject" => all.sort_by_cached_key(|ticket| {
                    account
                        .subject(ticket)
                        .map(|subject| subject.to_lowercase())
                }),
                "group" => all.sort_by_key(|ticket| ticket.group),
                "requester" => all.sort_by_key(|ticket| ticket.requester),
                "locale" => {}
                _ => all.sort_by_key(|ticket| ticket.assignee),
            }
            if descending {
                all.reverse();
            }
            let Cut::Offset { page, size } = cut else {
                return Ok(Page {
                    edge: Edge::All { count: all.len() },
                    rows: all,
                });
            };
            let count = all.len();
            Ok(Page {
                rows: all
                    .into_iter()
                    .skip((page - 1) * size)
                    .take(*size)
                    .collect(),
                edge: Edge::Offset {
                    count,
                    page: *page,
                    size: *size,
                },
            })
        }
        Some(other) => Err(Reply::described(
            400,
            "InvalidValue",
            &format!("sort_by is not valid: {other}"),
        )),
    }
}

/// Cuts a page of tickets; cursors carry key and id, so they survive changes around them.
pub(crate) fn page(
    snapshot: &Snapshot<'_>,
    cut: &Cut,
    order: Order,
    descending: bool,
    accept: &dyn Fn(&Ticket) -> bool,
) -> Result<Page<Ticket>, Reply> {
    match cut {
        Cut::All => {
            let rows: Vec<Ticket> = snapshot
                .walk(order, descending, None)
                .filter(accept)
                .collect();
            Ok(Page {
                edge: Edge::All { count: rows.len() },
                rows,
            })
        }
        Cut::Offset { page, size } => {
            let mut rows = Vec::new();
            let mut count = 0;
            for ticket in snapshot.walk(order, descending, None).filter(accept) {
                if count >= (page - 1) * size && rows.len() < *size {
                    rows.push(ticket);
                }
                count += 1;
            }
            Ok(Page {
                rows,
                edge: Edge::Offset {
                    count,
                    page: *page,
                    size: *size,
                },
            })
        }
        Cut::Cursor {
            size,
            cursor,
            backward,
        } => {
            let place = cursor
                .as_deref()
                .map(|text| {
                    place(text).ok_or_else(|| Reply::invalid_pagination("page[after] is not valid"))
                })
                .transpose()?;
            let mut rows: Vec<Ticket> = snapshot
                .walk(order, descending != *backward, place)
                .filter(accept)
                .take(size + 1)
                .collect();
            let more = rows.len() > *size;
            rows.truncate(*size);
            if *backward {
                rows.reverse();
            }
            let cursor = |ticket: &Ticket| {
                paging::encode(
                    order.name(),
                    &format!("{}|{}", order.key(ticket), ticket.id),
                )
            };
            let (first, last) = (rows.first().map(cursor), rows.last().map(cursor));
            Ok(Page {
                rows,
                edge: Edge::Cursor { more, first, last },
            })
        }
    }
}

pub(crate) fn place(text: &str) -> Option<Place> {
    let (key, id) = text.split_once('|')?;
    Some((key.parse().ok()?, id.parse().ok()?))
}

/// The row shape that a list of side-loads asks for.
pub(crate) fn shape(request: &Request<'_>, includes: &[String], generated: bool) -> Shape {
    let has = |name: &str| includes.iter().any(|include| include == name);
    Shape {
        generated,
        metric_set: has("metric_sets"),
        dates: has("dates"),
        comment_count: has("comment_count"),
        incident_count: has("incident_counts"),
        slas: has("slas"),
        result_type: false,
        at_millis: if generated {
            request.export_millis
        } else {
            i64::MAX
        },
    }
}

fn write(
    request: &Request<'_>,
    key: &str,
    page: &Page<Ticket>,
    includes: &[String],
    generated: bool,
) -> Answer {
    let shape = shape(request, includes, generated);
    paging::reply(
        request,
        key,
        page,
        |ticket, json| request.account.write_ticket(ticket, &shape, json),
        |rows, json| side::of_tickets(request, rows, includes, json),
    )
}

/// `/tickets/show_many`: unknown and deleted ids are dropped without a word, and the order is nobody's.
pub(crate) fn show_many(request: &Request<'_>) -> Answer {
    let includes = request.includes(INCLUDES)?;
    let Some(ids) = request.ids("ids")? else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter ids is required",
        ));
    };
    let snapshot = request.account.snapshot(i64::MAX);
    let mut rows: Vec<Ticket> = ids
        .iter()
        .filter_map(|id| id.parse().ok())
        .filter_map(|id| snapshot.get(id))
        .filter(Ticket::alive)
        .collect();
    rows.sort_unstable_by_key(|ticket| (mix(3, 3, ticket.id.unsigned_abs()), ticket.id));
    rows.dedup_by_key(|ticket| ticket.id);
    let page = Page {
        edge: Edge::All { count: rows.len() },
        rows,
    };
    write(request, "tickets", &page, &includes, false)
}

/// A ticket that exists; children of deleted ones answer 404 as well.
pub(crate) fn existing(request: &Request<'_>, id: &str) -> Result<Ticket, Reply> {
    let id: i64 = id
        .parse()
        .map_err(|_| Reply::described(400, "InvalidValue", "id must be an integer"))?;
    request
        .account
        .current_ticket(id)
        .filter(Ticket::alive)
        .ok_or_else(Reply::record_not_found)
}

/// `/tickets/{id}`
pub(crate) fn show(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(INCLUDES)?;
    let ticket = existing(request, id)?;
    let shape = shape(request, &includes, false);
    let mut json = Json::with_capacity(4_096);
    json.open().key("ticket");
    request.account.write_ticket(&ticket, &shape, &mut json);
    side::of_tickets(request, std::slice::from_ref(&ticket), &includes, &mut json);
    json.close();
    Ok(Reply::json(json.into_bytes(), 1))
}

pub(crate) fn count(request: &Request<'_>, accept: impl Fn(&Ticket) -> bool) -> Answer {
    let account = request.account;
    let value = account
        .snapshot(i64::MAX)
        .walk(Order::Id, false, None)
        .filter(|ticket| ticket.alive() && !ticket.archived(account) && accept(ticket))
        .count();
    Ok(paging::count(value, request.now_millis))
}
