//! Endpoints of what an administrator sets up. They refuse parameters and ways of paging that the vendor does not state.

mod endpoints;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::zendesk::account::Account;
use crate::zendesk::account::setup::ITEM;
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use endpoints::{AUDIT_LOGS, ENDPOINTS, Endpoint, LINKS, Pages, TOKENS};

/// Where the Jira integration tells its links: it is no part of `/api/v2`.
pub(crate) const JIRA_LINKS: &str = "/api/services/jira/links";

/// Rows of a page whose size cannot be asked for.
const CHAINED: usize = 50;

/// The answer of an address; `None` for an address that is not of these.
pub(crate) fn read(request: &Request<'_>, parts: &[&str]) -> Option<Answer> {
    match parts {
        ["audit_logs"] => return Some(audit_logs(request)),
        ["oauth", "tokens"] => return Some(tokens(request)),
        ["job_statuses", "show_many"] => return Some(show_jobs(request)),
        _ => {}
    }
    let (endpoint, keys) = ENDPOINTS
        .iter()
        .find_map(|endpoint| Some((endpoint, keys(endpoint.path, parts)?)))?;
    Some(answer(request, endpoint, &keys))
}

/// The parts that stand where the path takes keys; `None` if it is another path.
fn keys<'p>(path: &str, parts: &[&'p str]) -> Option<Vec<&'p str>> {
    let pattern: Vec<&str> = path.split('/').collect();
    let fits = pattern.len() == parts.len()
        && pattern
            .iter()
            .zip(parts)
            .all(|(wanted, part)| *wanted == "*" || wanted == part);
    fits.then(|| {
        let pairs = pattern.iter().zip(parts);
        pairs
            .filter(|(wanted, _)| **wanted == "*")
            .map(|(_, part)| *part)
            .collect()
    })
}

fn answer(request: &Request<'_>, endpoint: &Endpoint, keys: &[&str]) -> Answer {
    if endpoint.admin {
        request.admin_only()?;
    }
    for ((_, table), key) in endpoint.parents.iter().zip(keys) {
        if !exists(request.account, table, key) {
            return Err(Reply::record_not_found());
        }
    }
    let of_parents = |row: &Value| {
        let mut parents = endpoint.parents.iter().zip(keys);
        parents.all(|((column, _), key)| text(&row[*column]) == *key)
    };
    listed(request, endpoint, &of_parents)
}

fn exists(account: &Account, table: &str, key: &str) -> bool {
    match table {
        "users" => key.parse().is_ok_and(|id| account.user_index(id).is_some()),
        "triggers" => has(&account.config.triggers, key),
        table => {
            has(account.setup().rows(table).unwrap_or_default(), key)
                || has(&account.added(table), key)
        }
    }
}

fn has(rows: &[Value], key: &str) -> bool {
    rows.iter()
        .any(|row| text(&row["id"]) == key || row["key"] == key)
}

/// A key as it stands in an address.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The rows of an address that `accept` and the parameters take.
fn found<'a>(
    request: &Request<'a>,
    endpoint: &Endpoint,
    added: &'a [Value],
    accept: &dyn Fn(&Value) -> bool,
) -> Vec<&'a Value> {
    let filters: Vec<(&str, Vec<&str>)> = endpoint
        .filters
        .iter()
        .filter_map(|(name, column)| {
            let values = request.parameters.get(name)?;
            Some((*column, values.split(',').collect()))
        })
        .collect();
    let rows = request.account.setup().rows(endpoint.table);
    rows.unwrap_or_default()
        .iter()
        .chain(added)
        .filter(|row| accept(row))
        .filter(|row| {
            let mut filters = filters.iter();
            filters.all(|(column, values)| values.contains(&text(&row[*column]).as_str()))
        })
        .collect()
}

/// The rows of an address that `accept` takes, cut into pages.
fn listed(request: &Request<'_>, endpoint: &Endpoint, accept: &dyn Fn(&Value) -> bool) -> Answer {
    let added = request.account.added(endpoint.table);
    let mut rows = found(request, endpoint, &added, accept);
    let cut = match endpoint.pages {
        Pages::One => Cut::All,
        Pages::Single => {
            let row = rows.first().copied().unwrap_or(&Value::Null);
            return Ok(Reply::value(200, &json!({endpoint.key: row})));
        }
        Pages::Chain | Pages::Linked => return chained(request, endpoint, &rows),
        Pages::Offset if request.parameters.has("page[size]") => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "page must be an integer",
            ));
        }
        Pages::Offset | Pages::Both => paging::cut(request, Unasked::Offset)?,
        Pages::Cursor
            if !request.parameters.has("page[size]") && !request.parameters.has("page[after]") =>
        {
            Cut::Cursor {
                size: 100,
                cursor: None,
                backward: false,
            }
        }
        Pages::Cursor => paging::cut(request, Unasked::Offset)?,
    };
    if !endpoint.sorts.is_empty() {
        sort(request, endpoint, &cut, &mut rows)?;
    }
    let order = match &cut {
        Cut::Cursor { .. } if !endpoint.sorts.is_empty() => {
            request.parameters.get("sort").unwrap_or("id")
        }
        _ => "id",
    };
    let page = paging::window_of(&cut, order, rows.len(), &|_| true)?;
    paging::reply(
        request,
        endpoint.key,
        &page,
        |at, json| {
            json.value(&sent(endpoint, rows[*at]));
        },
        |_, _| {},
    )
}

fn sort(
    request: &Request<'_>,
    endpoint: &Endpoint,
    cut: &Cut,
    rows: &mut [&Value],
) -> Result<(), Reply> {
    let (name, descending) = if matches!(cut, Cut::Cursor { .. }) {
        match request.parameters.get("sort") {
            None => return Ok(()),
            Some(sort) => (sort.trim_start_matches('-'), sort.starts_with('-')),
        }
    } else {
        match request.parameters.get("sort_by") {
            None => return Ok(()),
            Some(name) => (name, request.parameters.get("sort_order") == Some("desc")),
        }
    };
    if !endpoint.sorts.contains(&name) {
        return Err(Reply::invalid_pagination(&format!(
            "sort is not valid: {name}"
        )));
    }
    rows.sort_by(|one, other| {
        let numbers = one[name].as_i64().cmp(&other[name].as_i64());
        numbers.then_with(|| one[name].as_str().cmp(&other[name].as_str()))
    });
    if descending {
        rows.reverse();
    }
    Ok(())
}

/// What the API sends for a row: without the keys that it was asked for with.
fn sent(endpoint: &Endpoint, row: &Value) -> Value {
    if let Some(item) = row.get(ITEM) {
        return item.clone();
    }
    let mut row = row.clone();
    if let Value::Object(members) = &mut row {
        for (column, _) in endpoint.parents {
            members.remove(*column);
        }
    }
    row
}

/// Pages of the services that have cursors of their own.
fn chained(request: &Request<'_>, endpoint: &Endpoint, rows: &[&Value]) -> Answer {
    let refused = || Reply::described(400, "InvalidValue", "Invalid cursor");
    let first: usize = match request.parameters.get("cursor") {
        None => 0,
        Some(cursor) => STANDARD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|place| place.parse().ok())
            .ok_or_else(refused)?,
    };
    let page: Vec<Value> = rows
        .iter()
        .skip(first)
        .take(CHAINED)
        .map(|row| sent(endpoint, row))
        .collect();
    let cursor = |place: usize| STANDARD.encode(place.to_string());
    let link = |cursor: &str| request.link(&[("cursor", Some(cursor))]);
    let next = cursor(first + page.len());
    if endpoint.pages == Pages::Linked {
        let end = request.account.settled;
        return Ok(Reply::value(
            200,
            &json!({endpoint.key: page, "count": page.len(), "end_time": end, "next_page": link(&next)}),
        ));
    }
    let after = (first + page.len() < rows.len()).then_some(next);
    let before = (first > 0).then(|| cursor(first.saturating_sub(CHAINED)));
    Ok(Reply::value(
        200,
        &json!({endpoint.key: page, "count": page.len(), "after_url": after.as_deref().map(link), "after_cursor": after,
            "before_url": before.as_deref().map(link), "before_cursor": before}),
    ))
}

/// `/audit_logs`: newest first unless asked otherwise.
fn audit_logs(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let parameters = &request.parameters;
    if parameters.has("filter[source_id]") && !parameters.has("filter[source_type]") {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "filter[source_id] needs filter[source_type]",
        ));
    }
    let times = parameters.all("filter[created_at]");
    if !matches!(times.len(), 0 | 2) {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "filter[created_at] must be given twice",
        ));
    }
    listed(request, &AUDIT_LOGS, &|row| {
        let time = row["created_at"].as_str().unwrap_or_default();
        match times.as_slice() {
            [from, to] => *from <= time && time <= *to,
            _ => true,
        }
    })
}

/// `/oauth/tokens`: the caller's own, unless all are asked for.
fn tokens(request: &Request<'_>) -> Answer {
    request.admin_only()?;
    let all = request.parameters.get("all") == Some("true");
    let own = request.account.user_id(0);
    listed(request, &TOKENS, &|row| all || row["user_id"] == own)
}

fn show_jobs(request: &Request<'_>) -> Answer {
    let Some(wanted) = request.ids("ids")? else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter ids is required",
        ));
    };
    let jobs = request
        .account
        .setup()
        .rows("job_statuses")
        .unwrap_or_default();
    let found: Vec<&Value> = jobs
        .iter()
        .rev()
        .filter(|job| wanted.contains(&text(&job["id"])))
        .collect();
    Ok(Reply::value(200, &json!({"job_statuses": found})))
}

/// The links of tickets to issues. The rows are called `links`, so the answer has no addresses of other pages.
pub(crate) fn jira_links(request: &Request<'_>) -> Answer {
    let rows = found(request, &LINKS, &[], &|_| true);
    let size = request.size("page[size]", 100, 100)?;
    let after = request.parameters.get("page[after]");
    let first = match after.map(paging::decode).transpose()? {
        None => 0,
        Some(place) => place
            .parse::<usize>()
            .map_err(|_| Reply::invalid_pagination("page[after] is not valid"))?,
    };
    let page: Vec<&Value> = rows.iter().skip(first).take(size).copied().collect();
    let end = first + page.len();
    let cursor = paging::encode("id", &end.to_string());
    Ok(Reply::value(
        200,
        &json!({"links": page, "meta": {"has_more": end < rows.len(), "after_cursor": cursor}}),
    ))
}
