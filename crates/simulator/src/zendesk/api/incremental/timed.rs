//! Exports in time form: whole seconds, repeats at the boundary. It refuses to split a second unless the page is full.

use super::{MOST, TICKET_INCLUDES, USER_INCLUDES, start_time, write_users};

use crate::json::Json;
use crate::zendesk::account::order::{address, pack};
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::Status;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::{scope, shape};

/// What a time-form page became: rows, end_time, whether the stream ended.
pub(crate) struct Timed<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) end_time: i64,
    pub(crate) end: bool,
}

/// Cuts a time-form page. Rows sharing the last second are not split unless the page is full, so it may exceed `size`;
/// a full page and the last page end *at* their last stamp (which repeats), the others one second later.
pub(crate) fn timed<R>(
    rows: impl Iterator<Item = R>,
    start: i64,
    size: usize,
    stamp: impl Fn(&R) -> i64,
) -> Timed<R> {
    let mut taken: Vec<R> = Vec::new();
    let mut end = true;
    for row in rows {
        let full = taken.len() >= MOST;
        let split = taken.last().is_some_and(|last| stamp(last) == stamp(&row));
        if full || (taken.len() >= size && !split) {
            end = false;
            break;
        }
        taken.push(row);
    }
    let last = taken.last().map_or(start, stamp);
    let full = taken.len() >= MOST;
    Timed {
        end_time: if end || full { last } else { last + 1 },
        end,
        rows: taken,
    }
}

pub(crate) fn timed_reply(
    request: &Request<'_>,
    mut json: Json,
    count: usize,
    end_time: i64,
    end: Option<bool>,
) -> Answer {
    let end_time = if request.faults.stuck {
        request
            .parameters
            .get("start_time")
            .and_then(|text| text.parse().ok())
            .unwrap_or(end_time)
    } else {
        end_time
    };
    let next = request.link(&[("start_time", Some(&end_time.to_string()))]);
    json.key("count")
        .int(count as i64)
        .key("next_page")
        .text(&next)
        .key("end_time")
        .int(end_time);
    if let Some(end) = end {
        json.key("end_of_stream")
            .boolean(end && !request.faults.stuck);
    }
    json.close();
    Ok(Reply::json(json.into_bytes(), count))
}

/// `/incremental/tickets`
pub(crate) fn tickets_by_time(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(TICKET_INCLUDES)?;
    let size = request.size("per_page", MOST, MOST)?;
    let within = scope(request)?;
    let living = request.parameters.get("exclude_deleted") == Some("true");
    let start = start_time(request)?;
    let snapshot = request.account.snapshot(request.export_millis);
    let rows = snapshot
        .walk(Order::Generated, false, Some((start, i64::MIN)))
        .filter(|ticket| within(ticket) && !(living && ticket.status == Status::Deleted));
    let page = timed(rows, start, size, |ticket| ticket.generated);
    let shape = shape(request, &includes, true);
    let mut json = Json::with_capacity(page.rows.len() * 4_096 + 512);
    json.open().key("tickets").open_list();
    for ticket in &page.rows {
        request.account.write_ticket(ticket, &shape, &mut json);
    }
    json.close_list();
    side::of_tickets(request, &page.rows, &includes, &mut json);
    timed_reply(
        request,
        json,
        page.rows.len(),
        page.end_time,
        Some(page.end),
    )
}

/// `/incremental/users`
pub(crate) fn users_by_time(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(USER_INCLUDES)?;
    let size = request.size("per_page", MOST, MOST)?;
    let start = start_time(request)?;
    let account = request.account;
    let packed = account.users_by_updated();
    let from = packed.partition_point(|entry| *entry < pack(account.people_second(start), 0));
    let page = timed(
        packed[from..]
            .iter()
            .map(|entry| account.user(address(*entry) as u32)),
        start,
        size,
        |user| user.updated,
    );
    let mut json = Json::with_capacity(page.rows.len() * 1_200 + 512);
    write_users(request, &page.rows, &includes, &mut json);
    timed_reply(
        request,
        json,
        page.rows.len(),
        page.end_time,
        Some(page.end),
    )
}

/// `/incremental/organizations`: there is no cursor form.
pub(crate) fn organizations_by_time(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let size = request.size("per_page", MOST, MOST)?;
    let start = start_time(request)?;
    let account = request.account;
    let packed = account.organizations_by_updated();
    let from = packed.partition_point(|entry| *entry < pack(account.people_second(start), 0));
    let page = timed(
        packed[from..]
            .iter()
            .map(|entry| account.organization(address(*entry) as u32)),
        start,
        size,
        |organization| organization.updated,
    );
    let mut json = Json::with_capacity(page.rows.len() * 700 + 512);
    json.open().key("organizations").open_list();
    for organization in &page.rows {
        json.open();
        account.write_organization(organization, &mut json);
        json.key("deleted_at")
            .maybe_time(organization.deleted.then_some(organization.updated))
            .close();
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
