//! Endpoints of Talk, and the engagements. Refuses paging parameters where the vendor names none.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::api::incremental::start_time;
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// Rows of one page of an increment, unless more share its last second.
const INCREMENT: usize = 40;
/// Rows of one page of engagements.
const ENGAGEMENTS: usize = 100;

/// `/channels/voice/…`
pub(super) fn voice(request: &Request<'_>, parts: &[&str]) -> Answer {
    let talk = request.account.talk();
    match parts {
        ["phone_numbers"] => numbered(request, "phone_numbers", &talk.phone_numbers),
        ["lines"] => numbered(request, "lines", &talk.lines),
        ["addresses"] => numbered(request, "addresses", &talk.addresses),
        ["greetings"] => numbered(request, "greetings", &talk.greetings),
        ["greeting_categories"] => {
            numbered(request, "greeting_categories", &talk.greeting_categories)
        }
        // The path says one, the answer many.
        ["ivr"] => numbered(request, "ivrs", &talk.ivrs),
        ["settings"] => Ok(one("settings", &talk.settings)),
        ["availabilities", agent] => {
            let agent: i64 = agent.parse().map_err(|_| Reply::record_not_found())?;
            talk.availabilities
                .iter()
                .find(|(id, _)| *id == agent)
                .map(|(_, row)| one("availability", row))
                .ok_or_else(Reply::record_not_found)
        }
        ["stats", "account_overview"] => Ok(one("account_overview", &talk.account_overview)),
        ["stats", "agents_overview"] => Ok(one("agents_overview", &talk.agents_overview)),
        ["stats", "agents_activity"] => numbered(request, "agents_activity", &talk.agents_activity),
        ["stats", "current_queue_activity"] => Ok(one("current_queue_activity", &talk.queue)),
        ["stats", "incremental", "calls"] => increment(request, "calls", &talk.calls),
        ["stats", "incremental", "legs"] => increment(request, "legs", &talk.legs),
        _ => Err(Reply::invalid_endpoint()),
    }
}

/// `/calls/{id}`: what telephones of another vendor have reported. Nothing lists it.
pub(super) fn partner_call(request: &Request<'_>, id: &str) -> Answer {
    let rows = &request.account.talk().partner_calls;
    rows.iter()
        .find(|row| row["id"].as_i64().map(|id| id.to_string()).as_deref() == Some(id))
        .map(|row| one("call", row))
        .ok_or_else(Reply::record_not_found)
}

fn one(key: &str, row: &Value) -> Reply {
    Reply::value(200, &serde_json::json!({key: row}))
}

/// Numbered pages: these lists know no cursors.
fn numbered(request: &Request<'_>, key: &str, rows: &[Value]) -> Answer {
    let cut = paging::cut(request, Unasked::Offset)?;
    if matches!(cut, Cut::Cursor { .. }) {
        return Err(Reply::invalid_pagination("page[size] is not valid here"));
    }
    let page = paging::window(&cut, rows.len(), &|_| true)?;
    let row = |at: &usize, json: &mut Json| {
        json.value(&rows[*at]);
    };
    paging::reply(request, key, &page, row, |_, _| {})
}

/// Rows by the moment of their last change. There is no word for the end: the page after the last is empty, and links
/// nowhere. Pages that are not the last end *at* their last second, which therefore comes again.
fn increment(request: &Request<'_>, key: &str, rows: &[Value]) -> Answer {
    let start = start_time(request)?;
    let until = request.export_millis.div_euclid(1_000);
    let stamp = |row: &Value| {
        let moment = row["updated_at"].as_str().and_then(crate::clock::parse);
        moment.unwrap_or_default()
    };
    let first = rows.partition_point(|row| stamp(row) < start);
    let end = rows.partition_point(|row| stamp(row) <= until);
    let rest = rows.get(first..end).unwrap_or_default();
    let mut size = rest.len().min(INCREMENT);
    while size > 0 && size < rest.len() && stamp(&rest[size]) == stamp(&rest[size - 1]) {
        size += 1;
    }
    let page = &rest[..size];
    let end_time = match page.last() {
        Some(last) if size < rest.len() => stamp(last),
        Some(last) => (stamp(last) + 1).min(until),
        None => start,
    };
    let end_time = if request.faults.stuck {
        start
    } else {
        end_time
    };
    let next = request.link(&[("start_time", Some(&end_time.to_string()))]);
    let mut json = Json::with_capacity(page.len() * 1_600 + 512);
    json.open().key(key).open_list();
    for row in page {
        json.value(row);
    }
    json.close_list()
        .key("count")
        .int(page.len() as i64)
        .key("next_page")
        .maybe_text((!page.is_empty()).then_some(next.as_str()))
        .key("end_time")
        .int(end_time)
        .close();
    Ok(Reply::json(json.into_bytes(), page.len()))
}

/// `/engagements`: the next address holds two cursors, the start and the id of the last row.
pub(super) fn engagements(request: &Request<'_>) -> Answer {
    let rows = &request.account.talk().engagements;
    let parameters = &request.parameters;
    let ticket = parameters.get("ticket_id");
    let after = match (
        parameters.get("start_time_cursor"),
        parameters.get("engagement_id_cursor"),
    ) {
        (None, None) => None,
        (Some(moment), Some(id)) => Some((moment, id)),
        _ => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "start_time_cursor and engagement_id_cursor belong together",
            ));
        }
    };
    let place = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        (text("engagement_start_time"), text("engagement_id"))
    };
    let beyond = |row: &Value| {
        after.is_none_or(|(moment, id)| place(row) > (moment.to_owned(), id.to_owned()))
    };
    let of_ticket = |row: &Value| {
        ticket.is_none_or(|ticket| {
            row["ticket_id"]
                .as_i64()
                .map(|id| id.to_string())
                .as_deref()
                == Some(ticket)
        })
    };
    let mut found: Vec<&Value> = rows
        .iter()
        .filter(|row| beyond(row) && of_ticket(row))
        .take(ENGAGEMENTS + 1)
        .collect();
    let more = found.len() > ENGAGEMENTS;
    found.truncate(ENGAGEMENTS);
    let next = found.last().filter(|_| more).map(|last| {
        let (moment, id) = place(last);
        request.link(&[
            ("start_time_cursor", Some(&moment)),
            ("engagement_id_cursor", Some(&id)),
        ])
    });
    let mut json = Json::with_capacity(found.len() * 800 + 512);
    json.open().key("agent_engagement_data").open_list();
    for row in &found {
        json.value(row);
    }
    json.close_list()
        .key("page_size")
        .int(ENGAGEMENTS as i64)
        .key("has_more")
        .boolean(more)
        .key("next_page_url")
        .maybe_text(next.as_deref())
        .close();
    Ok(Reply::json(json.into_bytes(), found.len()))
}
