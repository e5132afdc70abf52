//! Endpoints of Chat. Lists go on by `since_id` and are bare arrays; exports go on by a moment and, most of them, by the id of
//! the last row.
//!
//! What the vendor leaves open is answered in different ways, so that a client has to take all of them: the row of an id
//! comes again or not, pages hold fewer rows than were asked for, an export has no ids. Refuses parameters that are not
//! documented.

use serde_json::{Value, json};

use crate::zendesk::account::chat::Exported;
use crate::zendesk::api::paging;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// Rows of one page of an export or of the list of chats, however many are asked for.
const PAGE: usize = 40;
/// The most rows that may be asked for.
const MOST: usize = 1_000;
/// Rows of a list without a limit.
const DEFAULT: usize = 10;
/// Seconds that have to have passed.
const AGE: i64 = 300;
const MICROS: i64 = 1_000_000;

/// How an export says where its next page begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// After the row of the id.
    After,
    /// With the row of the id.
    With,
    /// By the moment alone, so that its rows come again.
    Moment,
}

/// `/chat/…`
pub(super) fn read(request: &Request<'_>, parts: &[&str]) -> Answer {
    let chat = request.account.chat();
    match parts {
        ["chats"] => chats(request, &chat.chats),
        ["incremental", "chats"] => export(request, "chats", &chat.chats, 1, Mark::After),
        ["incremental", "agent_timeline"] => {
            let rows = &chat.agent_timeline;
            export(request, "agent_timeline", rows, MICROS, Mark::Moment)
        }
        ["incremental", "conversions"] => {
            export(request, "conversions", &chat.conversions, 1, Mark::With)
        }
        ["incremental", "department_events"] => {
            let rows = &chat.department_events;
            export(request, "department_events", rows, 1, Mark::After)
        }
        ["agents"] => list(request, "agents", &chat.agents),
        ["departments"] => list(request, "departments", &chat.departments),
        ["triggers"] => list(request, "triggers", &chat.triggers),
        ["goals"] => list(request, "goals", &chat.goals),
        ["skills"] => list(request, "skills", &chat.skills),
        ["roles"] => list(request, "roles", &chat.roles),
        ["bans"] => {
            request.admin_only()?;
            bans(request, &chat.bans)
        }
        // Shortcuts are called by name: there is no id to go on by.
        ["shortcuts"] => Ok(Reply::value(200, &json!(chat.shortcuts))),
        ["routing_settings", "account"] => {
            Ok(Reply::value(200, &json!({"data": chat.routing_settings})))
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn number(request: &Request<'_>, name: &str) -> Result<Option<i64>, Reply> {
    let Some(text) = request.parameters.get(name) else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number| *number >= 0);
    number
        .map(Some)
        .ok_or_else(|| Reply::described(400, "InvalidValue", &format!("Invalid {name} parameter")))
}

/// The page of a list that begins with an id, in the order of ids.
fn page<'a>(request: &Request<'_>, rows: &'a [Value]) -> Result<Vec<&'a Value>, Reply> {
    let limit = request.size("limit", DEFAULT, MOST)?;
    let since = number(request, "since_id")?.unwrap_or(0);
    let mut found: Vec<&Value> = rows
        .iter()
        .filter(|row| row["id"].as_i64() >= Some(since))
        .collect();
    found.sort_by_key(|row| row["id"].as_i64());
    found.truncate(limit);
    Ok(found)
}

fn list(request: &Request<'_>, key: &str, rows: &[Value]) -> Answer {
    if request.faults.chat_envelopes {
        return enveloped(request, key, rows);
    }
    Ok(Reply::value(200, &json!(page(request, rows)?)))
}

/// The other form that a list may have: the link alone says where it goes on.
fn enveloped(request: &Request<'_>, key: &str, rows: &[Value]) -> Answer {
    let limit = request.size("limit", DEFAULT, MOST)?.min(PAGE);
    let (rows, next) = cut(request, rows.iter().collect(), limit)?;
    Ok(Reply::value(
        200,
        &json!({key: rows, "count": rows.len(), "next_url": next}),
    ))
}

fn bans(request: &Request<'_>, rows: &[Value]) -> Answer {
    let (found, next) = match request.faults.chat_envelopes {
        true => {
            let limit = request.size("limit", DEFAULT, MOST)?.min(PAGE);
            cut(request, rows.iter().collect(), limit)?
        }
        false => (page(request, rows)?, None),
    };
    let of = |kind: &str| -> Vec<&Value> {
        let found = found.iter().copied();
        found.filter(|row| row["type"] == kind).collect()
    };
    let mut answer = json!({"ip_address": of("ip_address"), "visitor": of("visitor")});
    if request.faults.chat_envelopes {
        answer["next_url"] = json!(next);
    }
    Ok(Reply::value(200, &answer))
}

/// A page by a cursor, and the link to the next one.
fn cut<'a>(
    request: &Request<'_>,
    rows: Vec<&'a Value>,
    size: usize,
) -> Result<(Vec<&'a Value>, Option<String>), Reply> {
    let first = match request.parameters.get("cursor").map(paging::decode) {
        None => 0,
        Some(place) => place?
            .parse::<usize>()
            .map_err(|_| Reply::described(400, "InvalidValue", "Invalid cursor parameter"))?,
    };
    let found: Vec<&Value> = rows.iter().skip(first).take(size).copied().collect();
    let end = first + found.len();
    let next = (end < rows.len()).then(|| {
        let cursor = paging::encode("id", &end.to_string());
        request.link(&[("cursor", Some(&cursor))])
    });
    Ok((found, next))
}

/// `/chat/chats`: the list does not tell when a chat changed.
fn chats(request: &Request<'_>, rows: &[Exported]) -> Answer {
    let rows: Vec<Value> = rows
        .iter()
        .map(|exported| {
            let mut row = exported.row.clone();
            if let Value::Object(members) = &mut row {
                members.remove("update_timestamp");
            }
            row
        })
        .collect();
    let (found, next) = cut(request, rows.iter().collect(), PAGE)?;
    Ok(Reply::value(
        200,
        &json!({"chats": found, "count": rows.len(), "next_url": next}),
    ))
}

/// A page of an export. `unit` is how often the moments of the export count in a second.
fn export(request: &Request<'_>, key: &str, rows: &[Exported], unit: i64, mark: Mark) -> Answer {
    let limit = request.size("limit", MOST, MOST)?.min(PAGE);
    let start = number(request, "start_time")?.unwrap_or(0);
    let until = (request.now_millis.div_euclid(1_000) - AGE) * unit;
    if start > until {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "start_time must be more than five minutes in the past",
        ));
    }
    let id = match mark {
        Mark::Moment => "",
        Mark::After | Mark::With => request.parameters.get("start_id").unwrap_or(""),
    };
    let whole = whole(request, key)?;
    let begins = |row: &Exported| match mark {
        Mark::After if !id.is_empty() => (row.moment, row.id.as_str()) > (start, id),
        _ => (row.moment, row.id.as_str()) >= (start, id),
    };
    let first = rows.partition_point(|row| !begins(row));
    let end = rows.partition_point(|row| row.moment < until);
    let rest = rows.get(first..end).unwrap_or_default();
    let mut size = rest.len().min(limit);
    if mark == Mark::Moment {
        // Rows of one moment stay together.
        while size > 0 && size < rest.len() && rest[size].moment == rest[size - 1].moment {
            size += 1;
        }
    }
    let page = &rest[..size];
    let last = page.last();
    let end_time = match (last, mark) {
        (Some(last), Mark::Moment) if size == rest.len() => last.moment + 1,
        (Some(last), _) => last.moment,
        (None, _) => start,
    };
    let end_time = match request.faults.stuck {
        true => start,
        false => end_time,
    };
    let end_id = last.map_or(id, |last| last.id.as_str());
    let moment = end_time.to_string();
    let mut changes = vec![("start_time", Some(moment.as_str()))];
    let sent: Vec<Value> = page
        .iter()
        .map(|exported| match whole {
            true => exported.row.clone(),
            false => json!({"id": exported.row["id"]}),
        })
        .collect();
    let mut answer = json!({key: sent, "count": page.len(), "end_time": end_time});
    if mark != Mark::Moment {
        changes.push(("start_id", Some(end_id)));
        answer["end_id"] = json!(end_id);
    }
    answer["next_page"] = json!(request.link(&changes));
    Ok(Reply::value(200, &answer))
}

/// Whether `fields` asks for whole rows; without it they are ids.
fn whole(request: &Request<'_>, key: &str) -> Result<bool, Reply> {
    match request.parameters.get("fields") {
        None => Ok(false),
        Some(fields) if fields == format!("{key}(*)") => Ok(true),
        Some(_) => Err(Reply::described(
            400,
            "InvalidValue",
            "Invalid fields parameter",
        )),
    }
}
