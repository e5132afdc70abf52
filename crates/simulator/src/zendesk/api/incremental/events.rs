//! Exports of what happened: ticket events and metric events, in time form. It refuses to tell of deleted tickets.

use super::timed::{timed, timed_reply};
use super::{MOST, start_time};

use crate::json::Json;
use crate::zendesk::account::history::{Audit, written};
use crate::zendesk::account::order::{PLACES, address, pack};
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets::scope;

/// `/incremental/ticket_events`
pub(crate) fn ticket_events(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let with_comments = request
        .includes(&["comment_events"])?
        .iter()
        .any(|include| include == "comment_events");
    let size = request.size("per_page", MOST, MOST)?;
    let within = scope(request)?;
    let start = start_time(request)?;
    let account = request.account;
    let snapshot = account.snapshot(request.export_millis);
    let packed = account.audits_by_time();
    let from = packed.partition_point(|entry| *entry < pack(account.since_start(start), 0));
    let mut late: Vec<Audit> = account
        .overlay
        .read()
        .audits
        .iter()
        .filter(|audit| {
            audit.at_millis <= request.export_millis && audit.at_millis.div_euclid(1_000) >= start
        })
        .map(written)
        .collect();
    late.sort_by_key(|audit| (audit.at, audit.id));
    let generated = packed[from..].iter().map(|entry| {
        let (index, place) = ((address(*entry) / PLACES) as u32, address(*entry) % PLACES);
        let ticket = account.generated_ticket(index);
        account.audit_at(&ticket, place, account.start + (*entry >> 30) as i64)
    });
    // Written events are newer than the generated history, except those of an account whose anchor lies in the future.
    let rows = merge(generated, late, |audit| audit.at).filter_map(|audit| {
        snapshot
            .get(audit.ticket)
            .filter(|ticket| ticket.alive() && within(ticket))
            .map(|ticket| (ticket, audit))
    });
    let page = timed(rows, start, size, |row| row.1.at);
    let mut json = Json::with_capacity(page.rows.len() * 2_048 + 512);
    json.open().key("ticket_events").open_list();
    for (ticket, audit) in &page.rows {
        json.open();
        account.write_ticket_event(ticket, audit, with_comments, &mut json);
        json.close();
    }
    json.close_list();
    timed_reply(
        request,
        json,
        page.rows.len(),
        page.end_time,
        Some(page.end),
    )
}

fn merge<R>(
    first: impl Iterator<Item = R>,
    second: Vec<R>,
    stamp: impl Fn(&R) -> i64,
) -> impl Iterator<Item = R> {
    let mut first = first.peekable();
    let mut second = second.into_iter().peekable();
    std::iter::from_fn(move || match (first.peek(), second.peek()) {
        (Some(one), Some(other)) if stamp(other) < stamp(one) => second.next(),
        (Some(_), _) => first.next(),
        (None, _) => second.next(),
    })
}

/// `/incremental/ticket_metric_events`: the time form knows no end_of_stream; with `page[size]` it pages by cursor.
pub(crate) fn ticket_metric_events(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    request.parameters.see("include_changes");
    let account = request.account;
    let start = start_time(request)?;
    let packed = account.metric_events_by_time();
    let from = packed.partition_point(|entry| *entry < pack(account.since_start(start), 0));
    let write = |position: usize, json: &mut Json| {
        let (index, place) = (
            (address(packed[position]) / PLACES) as u32,
            address(packed[position]) % PLACES,
        );
        json.open();
        account.write_metric_event(&account.generated_ticket(index), place, json);
        json.close();
    };
    let snapshot = account.snapshot(request.export_millis);
    let alive = |position: usize| {
        snapshot
            .get(crate::zendesk::account::Account::ticket_id(
                (address(packed[position]) / PLACES) as u32,
            ))
            .is_some_and(|ticket| ticket.alive())
    };
    if request.parameters.has("page[size]") || request.parameters.has("page[after]") {
        let cut = crate::zendesk::api::paging::cut(
            request,
            crate::zendesk::api::paging::Unasked::Offset,
        )?;
        let page = crate::zendesk::api::paging::window(&cut, packed.len(), &|position| {
            position >= from && alive(position)
        })?;
        return crate::zendesk::api::paging::reply(
            request,
            "ticket_metric_events",
            &page,
            |position, json| write(*position, json),
            |_, _| {},
        );
    }
    let size = request.size("per_page", MOST, MOST)?;
    let page = timed(
        (from..packed.len()).filter(|position| alive(*position)),
        start,
        size,
        |position| account.start + (packed[*position] >> 30) as i64,
    );
    let mut json = Json::with_capacity(page.rows.len() * 256 + 512);
    json.open().key("ticket_metric_events").open_list();
    for position in &page.rows {
        write(*position, &mut json);
    }
    json.close_list();
    timed_reply(request, json, page.rows.len(), page.end_time, None)
}
