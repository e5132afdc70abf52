//! The incremental exports in cursor and in time form. They serve whole past seconds only, so that no cursor passes a row.
//! Refuses callers who are not administrators, and start times that are too recent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::history::{Audit, written};
use super::order::{PLACES, address, pack};
use super::people::User;
use super::reply::Reply;
use super::request::{Answer, Request};
use super::side;
use super::snapshot::{Order, Place};
use super::ticket::{Status, Ticket};
use super::tickets_api::{scope, shape};
use crate::json::Json;

const MOST: usize = 1_000;
const TICKET_INCLUDES: &[&str] = &[
    "users",
    "groups",
    "organizations",
    "brands",
    "ticket_forms",
    "sharing_agreements",
    "custom_statuses",
    "metric_sets",
    "dates",
    "incident_counts",
    "comment_count",
];
pub(crate) const USER_INCLUDES: &[&str] = &[
    "organizations",
    "roles",
    "groups",
    "identities",
    "abilities",
    "open_ticket_count",
];

/// Where an export begins: behind a place, in (stamp, id) order.
struct Start {
    behind: Place,
    first: bool,
}

fn start_time(request: &Request<'_>) -> Result<i64, Reply> {
    let Some(text) = request.parameters.get("start_time") else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Missing start_time parameter",
        ));
    };
    let start: i64 = text
        .parse()
        .map_err(|_| Reply::described(400, "InvalidValue", "Invalid start_time parameter"))?;
    if start < 0 {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Invalid start_time parameter",
        ));
    }
    // Rows newer than this are not served, so a start there is an error rather than an empty page.
    if start > request.export_millis.div_euclid(1_000) {
        return Err(Reply::described(
            422,
            "InvalidValue",
            "Too recent start_time. Use a start_time older than 5 minutes",
        ));
    }
    Ok(start)
}

fn cursor_start(request: &Request<'_>) -> Result<Start, Reply> {
    let Some(cursor) = request.parameters.get("cursor") else {
        return Ok(Start {
            behind: (start_time(request)?, i64::MIN),
            first: true,
        });
    };
    let refused = || Reply::described(400, "InvalidValue", "Invalid cursor");
    let text = STANDARD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(refused)?;
    let mut parts = text.split("||");
    let stamp = parts
        .next()
        .and_then(|stamp| stamp.strip_suffix(".0"))
        .and_then(|stamp| stamp.parse().ok())
        .ok_or_else(refused)?;
    let id = parts
        .next()
        .and_then(|id| id.strip_suffix('|').unwrap_or(id).parse().ok())
        .ok_or_else(refused)?;
    Ok(Start {
        behind: (stamp, id),
        first: false,
    })
}

fn cursor_text(place: Place) -> String {
    STANDARD.encode(format!("{}.0||{}|", place.0, place.1))
}

/// Rows of an export page: up to `size` behind the start, with as many repeated ones before them as the fault wants.
struct Exported<R> {
    rows: Vec<R>,
    last: Place,
    end: bool,
}

fn export<R>(
    request: &Request<'_>,
    start: &Start,
    size: usize,
    place: impl Fn(&R) -> Place,
    forward: impl FnOnce(Place) -> Vec<R>,
    backward: impl FnOnce(Place, usize) -> Vec<R>,
) -> Exported<R> {
    if request.faults.no_progress && !start.first {
        return Exported {
            rows: Vec::new(),
            last: start.behind,
            end: false,
        };
    }
    let repeated = if start.first {
        0
    } else {
        request.faults.repeat_rows.min(size.saturating_sub(1))
    };
    let mut rows = if repeated == 0 {
        Vec::new()
    } else {
        backward((start.behind.0, start.behind.1.saturating_add(1)), repeated)
    };
    rows.reverse();
    let fresh = size - rows.len();
    let mut next = forward(start.behind);
    let end = next.len() <= fresh;
    next.truncate(fresh);
    let last = next.last().map_or(start.behind, &place);
    rows.extend(next);
    let stuck = request.faults.stuck && !start.first;
    Exported {
        rows,
        last: if stuck { start.behind } else { last },
        end: end && !stuck,
    }
}

fn cursor_envelope(request: &Request<'_>, last: Place, end: bool, json: &mut Json) {
    let cursor = cursor_text(last);
    let after = request.link(&[("start_time", None), ("cursor", Some(&cursor))]);
    json.key("after_url")
        .text(&after)
        .key("before_url")
        .null()
        .key("after_cursor")
        .text(&cursor)
        .key("before_cursor")
        .null()
        .key("end_of_stream")
        .boolean(end);
}

/// `/incremental/tickets/cursor`
pub(crate) fn tickets_by_cursor(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(TICKET_INCLUDES)?;
    let size = request.size("per_page", MOST, MOST)?;
    let within = scope(request)?;
    let living = request.parameters.get("exclude_deleted") == Some("true");
    let start = cursor_start(request)?;
    let snapshot = request.account.snapshot(request.export_millis);
    let fits = |ticket: &Ticket| within(ticket) && !(living && ticket.status == Status::Deleted);
    let page = export(
        request,
        &start,
        size,
        |ticket: &Ticket| (ticket.generated, ticket.id),
        |behind| {
            snapshot
                .walk(Order::Generated, false, Some(behind))
                .filter(fits)
                .take(size + 1)
                .collect()
        },
        |before, count| {
            snapshot
                .walk(Order::Generated, true, Some(before))
                .filter(fits)
                .take(count)
                .collect()
        },
    );
    let shape = shape(request, &includes, true);
    let mut json = Json::with_capacity(page.rows.len() * 4_096 + 512);
    json.open().key("tickets").open_list();
    for ticket in &page.rows {
        request.account.write_ticket(ticket, &shape, &mut json);
    }
    json.close_list();
    side::of_tickets(request, &page.rows, &includes, &mut json);
    cursor_envelope(request, page.last, page.end, &mut json);
    json.close();
    Ok(Reply::json(json.into_bytes(), page.rows.len()))
}

/// `/incremental/users/cursor`
pub(crate) fn users_by_cursor(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let includes = request.includes(USER_INCLUDES)?;
    let size = request.size("per_page", MOST, MOST)?;
    let start = cursor_start(request)?;
    let account = request.account;
    let packed = account.users_by_updated();
    let position = |place: Place| {
        let index = packed_people(
            request,
            place,
            |id| account.user_index(id),
            |index| account.user_id(index),
            account.users,
        );
        packed.partition_point(|entry| *entry < index)
    };
    let page = export(
        request,
        &start,
        size,
        |user: &User| (user.updated, user.id),
        |behind| {
            packed[position((behind.0, behind.1.saturating_add(1)))..]
                .iter()
                .take(size + 1)
                .map(|entry| account.user(address(*entry) as u32))
                .collect()
        },
        |before, count| {
            packed[..position(before)]
                .iter()
                .rev()
                .take(count)
                .map(|entry| account.user(address(*entry) as u32))
                .collect()
        },
    );
    let mut json = Json::with_capacity(page.rows.len() * 1_200 + 512);
    write_users(request, &page.rows, &includes, &mut json);
    cursor_envelope(request, page.last, page.end, &mut json);
    json.close();
    Ok(Reply::json(json.into_bytes(), page.rows.len()))
}

fn write_users(request: &Request<'_>, rows: &[User], includes: &[String], json: &mut Json) {
    json.open().key("users").open_list();
    for user in rows {
        json.open();
        request.account.write_user(user, json);
        if includes
            .iter()
            .any(|include| include == "open_ticket_count")
        {
            json.key("open_ticket_count").int(0);
        }
        json.close();
    }
    json.close_list();
    side::of_users(request, rows, includes, json);
}

/// The packed key of the first person at or behind a place.
fn packed_people(
    request: &Request<'_>,
    place: Place,
    index_of: impl Fn(i64) -> Option<u32>,
    id_of: impl Fn(u32) -> i64,
    length: u32,
) -> u64 {
    let second = request.account.people_second(place.0);
    if second < 0 {
        return 0;
    }
    let index = index_of(place.1).unwrap_or_else(|| {
        let (mut low, mut high) = (0, length);
        while low < high {
            let middle = low.midpoint(high);
            if id_of(middle) < place.1 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    });
    pack(second, u64::from(index))
}

/// What a time-form page became: rows, end_time, whether the stream ended.
struct Timed<R> {
    rows: Vec<R>,
    end_time: i64,
    end: bool,
}

/// Cuts a time-form page. Rows sharing the last second are not split unless the page is full, so it may exceed `size`;
/// a full page and the last page end *at* their last stamp (which repeats), the others one second later.
fn timed<R>(
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

fn timed_reply(
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
        let cut = super::paging::cut(request, super::paging::Unasked::Offset)?;
        let page = super::paging::window(&cut, packed.len(), &|position| {
            position >= from && alive(position)
        })?;
        return super::paging::reply(
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
