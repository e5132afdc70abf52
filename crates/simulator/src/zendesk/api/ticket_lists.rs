//! Lists of tickets by something: organization, person, problem, deletion. Only the requested and the followed ones reach into the archive.
//! Refuses to show deleted tickets anywhere but in their own list.

use crate::zendesk::account::snapshot::Order;
use crate::zendesk::api::paging::{self, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets::{existing, page, scope, tickets};

/// `/organizations/{id}/tickets`, and what people have to do with tickets. Only the requested and the followed lists reach into the archive.
pub(crate) fn by_organization(request: &Request<'_>, id: i64) -> Answer {
    let account = request.account;
    tickets(request, |ticket| {
        ticket.alive() && !ticket.archived(account) && ticket.organization == Some(id)
    })
}

pub(crate) fn by_user(request: &Request<'_>, id: i64, relation: &str) -> Answer {
    let account = request.account;
    match relation {
        "requested" | "followed" => {
            let archive = request.parameters.get("exclude_archived") != Some("true");
            request.parameters.see("exclude_count");
            let requested = relation == "requested";
            tickets(request, |ticket| {
                ticket.alive()
                    && (archive || !ticket.archived(account))
                    && if requested {
                        ticket.requester == Some(id)
                    } else {
                        account.followers(ticket).contains(&id)
                    }
            })
        }
        "assigned" => tickets(request, |ticket| {
            ticket.alive() && !ticket.archived(account) && ticket.assignee == Some(id)
        }),
        "ccd" => tickets(request, |ticket| {
            ticket.alive() && !ticket.archived(account) && account.ccs(ticket).contains(&id)
        }),
        _ => Err(Reply::invalid_endpoint()),
    }
}

pub(crate) fn problems(request: &Request<'_>) -> Answer {
    let account = request.account;
    tickets(request, |ticket| {
        ticket.alive() && !ticket.archived(account) && ticket.kind == Some("problem")
    })
}

pub(crate) fn incidents(request: &Request<'_>, id: &str) -> Answer {
    let problem = existing(request, id)?;
    tickets(request, |ticket| {
        ticket.alive() && ticket.problem == Some(problem.id)
    })
}

/// `/deleted_tickets`: thirty days, not what was scrubbed or archived.
pub(crate) fn deleted(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let within = scope(request)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let snapshot = account.snapshot(i64::MAX);
    let descending = request.parameters.get("sort_order") == Some("desc");
    let order = match request.parameters.get("sort_by") {
        Some("deleted_at") => Order::Updated,
        _ => Order::Id,
    };
    let page = page(&snapshot, &cut, order, descending, &|ticket| {
        account.listed_as_deleted(ticket) && within(ticket)
    })?;
    paging::reply(
        request,
        "deleted_tickets",
        &page,
        |ticket, json| account.write_deleted_ticket(ticket, json),
        |_, _| {},
    )
}
