//! The help center's own envelope: numbered pages of thirty with sort keys unless a cursor page is asked for, and no next
//! link on the last page. It refuses to sort cursor pages.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::api::paging::{self, Cut, Edge, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// Rows of a numbered page when nobody says how many.
const UNASKED: usize = 30;

/// Orders of what has a place.
pub(super) const BY_PLACE: &[&str] = &["position", "created_at", "updated_at"];
/// The order of comments.
pub(super) const BY_MOMENT: &[&str] = &["created_at"];

/// A page of these rows. `orders` are the words that `sort_by` takes; the first is that of a list that is not told.
pub(super) fn list<'g>(
    request: &Request<'_>,
    key: &str,
    rows: impl Iterator<Item = &'g Value>,
    orders: &[&str],
) -> Answer {
    let mut rows: Vec<&Value> = rows.collect();
    let mut cut = paging::cut(request, Unasked::Offset)?;
    if let Cut::Offset { size, .. } = &mut cut {
        if !request.parameters.has("per_page") {
            *size = UNASKED;
        }
        sort(request, &mut rows, orders)?;
    }
    let page = paging::window(&cut, rows.len(), &|_| true)?;
    let mut json = Json::with_capacity(page.rows.len() * 700 + 700);
    json.open().key(key).open_list();
    for place in &page.rows {
        json.value(rows[*place]);
    }
    json.close_list();
    match &page.edge {
        Edge::Cursor { more, first, last } => {
            cursors(request, *more, first.as_deref(), last.as_deref(), &mut json);
        }
        Edge::Offset { count, page, size } => {
            numbers(request, *count, *page, *size, orders, &mut json);
        }
        Edge::All { .. } => {}
    }
    json.close();
    Ok(Reply::json(json.into_bytes(), page.rows.len()))
}

fn sort(request: &Request<'_>, rows: &mut [&Value], orders: &[&str]) -> Result<(), Reply> {
    let Some(first) = orders.first() else {
        return Ok(());
    };
    let by = request.parameters.get("sort_by").unwrap_or(first);
    if !orders.contains(&by) {
        return Err(Reply::described(
            400,
            "InvalidValue",
            &format!("sort_by is not valid: {by}"),
        ));
    }
    let column = match by {
        "votes" => "vote_sum",
        "comments" => "comment_count",
        other => other,
    };
    rows.sort_by_key(|row| {
        let value = &row[column];
        (
            value.as_i64(),
            value.as_str().unwrap_or_default().to_lowercase(),
        )
    });
    match request.parameters.get("sort_order") {
        None | Some("asc") => {}
        Some("desc") => rows.reverse(),
        Some(_) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "sort_order must be asc or desc",
            ));
        }
    }
    Ok(())
}

fn cursors(
    request: &Request<'_>,
    more: bool,
    first: Option<&str>,
    last: Option<&str>,
    json: &mut Json,
) {
    let given = request.parameters.get("page[after]").map(str::to_owned);
    // The "stuck" fault: from the second page on, the server hands back the cursor it was given.
    let (more, last) = match given {
        Some(given) if request.faults.stuck => (true, Some(given)),
        _ => (more, last.map(str::to_owned)),
    };
    json.key("meta")
        .open()
        .key("has_more")
        .boolean(more)
        .key("after_cursor")
        .maybe_text(last.as_deref())
        .key("before_cursor")
        .maybe_text(first)
        .close();
    let link = |before: Option<&str>, after: Option<&str>| {
        let link = request.link(&[("page[before]", before), ("page[after]", after)]);
        // Links of the community lead below the help center, and no link has a suffix.
        link.replacen(".json?", "?", 1).replacen(
            "/api/v2/community/",
            "/api/v2/help_center/community/",
            1,
        )
    };
    let next = last.as_deref().filter(|_| more);
    json.key("links")
        .open()
        .key("first")
        .text(&link(None, None))
        .key("last")
        .null()
        .key("prev")
        .maybe_text(first.map(|cursor| link(Some(cursor), None)).as_deref())
        .key("next")
        .maybe_text(next.map(|cursor| link(None, Some(cursor))).as_deref())
        .close();
}

fn numbers(
    request: &Request<'_>,
    count: usize,
    page: usize,
    size: usize,
    orders: &[&str],
    json: &mut Json,
) {
    let size_text = size.to_string();
    let link = |page: usize| {
        request.link(&[
            ("page", Some(&page.to_string())),
            ("per_page", Some(&size_text)),
        ])
    };
    let told = |name: &str| {
        (!orders.is_empty())
            .then(|| request.parameters.get(name))
            .flatten()
    };
    let by = told("sort_by").or(orders.first().copied());
    json.key("count")
        .int(count as i64)
        .key("next_page")
        .maybe_text((page * size < count).then(|| link(page + 1)).as_deref())
        .key("previous_page")
        .maybe_text((page > 1).then(|| link(page - 1)).as_deref())
        .key("page")
        .int(page as i64)
        .key("page_count")
        .int(count.div_ceil(size) as i64)
        .key("per_page")
        .int(size as i64)
        .key("sort_by")
        .maybe_text(by)
        .key("sort_order")
        .text(told("sort_order").unwrap_or("asc"));
}
