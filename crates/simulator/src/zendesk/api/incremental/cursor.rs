//! Exports in cursor form: exact page sizes, a cursor even at the end. It refuses to pass a row of a second that is not over.

use super::{MOST, TICKET_INCLUDES, USER_INCLUDES, start_time, write_users};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::json::Json;
use crate::zendesk::account::order::{address, pack};
use crate::zendesk::account::snapshot::{Order, Place};
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::user::User;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::{scope, shape};

/// Where an export begins: behind a place, in (stamp, id) order.
struct Start {
    behind: Place,
    first: bool,
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
