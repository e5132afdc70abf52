//! Cursor and offset pages with the vendor's envelopes. It refuses to know what a row is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::json::Json;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// What a list answers when nobody asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unasked {
    Offset,
    /// Everything in one answer.
    All,
}

/// How the caller wants the list cut.
#[derive(Debug, Clone)]
pub(crate) enum Cut {
    Cursor {
        size: usize,
        cursor: Option<String>,
        backward: bool,
    },
    Offset {
        page: usize,
        size: usize,
    },
    All,
}

/// A page of rows.
#[derive(Debug)]
pub(crate) struct Page<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) edge: Edge,
}

/// What surrounds a page.
#[derive(Debug)]
pub(crate) enum Edge {
    Cursor {
        more: bool,
        first: Option<String>,
        last: Option<String>,
    },
    Offset {
        count: usize,
        page: usize,
        size: usize,
    },
    All {
        count: usize,
    },
}

/// Rows beyond which offset pages are refused.
const DEPTH: usize = 10_000;

pub(crate) fn cut(request: &Request<'_>, unasked: Unasked) -> Result<Cut, Reply> {
    let parameters = &request.parameters;
    if parameters.has("page[size]")
        || parameters.has("page[after]")
        || parameters.has("page[before]")
    {
        let size = request.size("page[size]", 100, 100)?;
        let (after, before) = (
            parameters.get("page[after]"),
            parameters.get("page[before]"),
        );
        let cursor = before.or(after).map(decode).transpose()?;
        return Ok(Cut::Cursor {
            size,
            cursor,
            backward: before.is_some(),
        });
    }
    if unasked == Unasked::All && !parameters.has("page") && !parameters.has("per_page") {
        return Ok(Cut::All);
    }
    let size = request.size("per_page", 100, 100)?;
    let page = match parameters.get("page").map(str::parse::<usize>) {
        None => 1,
        Some(Ok(page)) if page >= 1 => page,
        Some(_) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "page must be an integer",
            ));
        }
    };
    if page.saturating_sub(1).saturating_mul(size) >= DEPTH || page > 100 {
        return Err(Reply::too_deep());
    }
    Ok(Cut::Offset { page, size })
}

/// Opaque to callers: base64 of a small JSON document, as recorded.
pub(crate) fn encode(order: &str, value: &str) -> String {
    STANDARD.encode(json!({"o": order, "v": value}).to_string())
}

pub(crate) fn decode(cursor: &str) -> Result<String, Reply> {
    let refused = || Reply::invalid_pagination("page[after] is not valid");
    let bytes = STANDARD.decode(cursor).map_err(|_| refused())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| refused())?;
    value["v"].as_str().map(str::to_owned).ok_or_else(refused)
}

/// Cuts a page out of a sequence that never changes: cursors are positions in it.
pub(crate) fn window(
    cut: &Cut,
    length: usize,
    accept: &dyn Fn(usize) -> bool,
) -> Result<Page<usize>, Reply> {
    window_of(cut, "id", length, accept)
}

/// The same for a list with several orders: a cursor of one is refused by the others, where its position means another row.
pub(crate) fn window_of(
    cut: &Cut,
    order: &str,
    length: usize,
    accept: &dyn Fn(usize) -> bool,
) -> Result<Page<usize>, Reply> {
    let mark = if order == "id" {
        String::new()
    } else {
        format!("|{order}")
    };
    match cut {
        Cut::All => {
            let rows: Vec<usize> = (0..length).filter(|position| accept(*position)).collect();
            let count = rows.len();
            Ok(Page {
                rows,
                edge: Edge::All { count },
            })
        }
        Cut::Offset { page, size } => {
            let rows = (0..length)
                .filter(|position| accept(*position))
                .skip((page - 1) * size)
                .take(*size)
                .collect();
            let count = (0..length).filter(|position| accept(*position)).count();
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
            let place = match cursor {
                Some(text) => Some(
                    text.strip_suffix(&mark)
                        .and_then(|position| position.parse::<usize>().ok())
                        .ok_or_else(|| Reply::invalid_pagination("page[after] is not valid"))?,
                ),
                None => None,
            };
            let mut rows: Vec<usize> = if *backward {
                (0..place.unwrap_or(length).min(length))
                    .rev()
                    .filter(|position| accept(*position))
                    .take(size + 1)
                    .collect()
            } else {
                (place.map_or(0, |place| place + 1)..length)
                    .filter(|position| accept(*position))
                    .take(size + 1)
                    .collect()
            };
            let more = rows.len() > *size;
            rows.truncate(*size);
            if *backward {
                rows.reverse();
            }
            let cursor = |position: &usize| encode(order, &format!("{position}{mark}"));
            let (first, last) = (rows.first().map(cursor), rows.last().map(cursor));
            Ok(Page {
                rows,
                edge: Edge::Cursor { more, first, last },
            })
        }
    }
}

/// Writes the whole answer of a list: rows, side-loaded extras, envelope.
pub(crate) fn reply<R>(
    request: &Request<'_>,
    key: &str,
    page: &Page<R>,
    mut row: impl FnMut(&R, &mut Json),
    extras: impl FnOnce(&[R], &mut Json),
) -> Answer {
    let mut json = Json::with_capacity(page.rows.len() * 512 + 512);
    json.open().key(key).open_list();
    for item in &page.rows {
        row(item, &mut json);
    }
    json.close_list();
    extras(&page.rows, &mut json);
    envelope(request, &page.edge, &mut json);
    json.close();
    Ok(Reply::json(json.into_bytes(), page.rows.len()))
}

fn envelope(request: &Request<'_>, edge: &Edge, json: &mut Json) {
    match edge {
        Edge::All { count } => {
            json.key("count")
                .int(*count as i64)
                .key("next_page")
                .null()
                .key("previous_page")
                .null();
        }
        Edge::Offset { count, page, size } => {
            let size_text = size.to_string();
            let link = |page: usize| {
                request.link(&[
                    ("page", Some(&page.to_string())),
                    ("per_page", Some(&size_text)),
                ])
            };
            json.key("next_page")
                .maybe_text((page * size < *count).then(|| link(page + 1)).as_deref());
            json.key("previous_page")
                .maybe_text((*page > 1).then(|| link(page - 1)).as_deref())
                .key("count")
                .int(*count as i64);
        }
        Edge::Cursor { more, first, last } => {
            let given = request.parameters.get("page[after]").map(str::to_owned);
            let (mut more, mut last) = (*more, last.clone());
            // The "stuck" fault: from the second page on, the server hands back the cursor it was given.
            if request.faults.stuck && given.is_some() {
                (more, last) = (true, given);
            }
            json.key("meta")
                .open()
                .key("has_more")
                .boolean(more)
                .key("after_cursor")
                .maybe_text(last.as_deref())
                .key("before_cursor")
                .maybe_text(first.as_deref())
                .close();
            let next = last.as_deref().map(|cursor| {
                request.link(&[("page[before]", None), ("page[after]", Some(cursor))])
            });
            let previous = first.as_deref().map(|cursor| {
                request.link(&[("page[after]", None), ("page[before]", Some(cursor))])
            });
            // The next link is there even on the last page; only has_more says that it is the last.
            json.key("links")
                .open()
                .key("prev")
                .maybe_text(previous.as_deref())
                .key("next")
                .maybe_text(next.as_deref())
                .close();
        }
    }
}

/// A count as the vendor spells it: beyond 100,000 it is a cached, pinned number.
pub(crate) fn count(value: usize, now_millis: i64) -> Reply {
    let pinned = value > 100_000;
    let refreshed = if pinned {
        Value::Null
    } else {
        json!(crate::clock::iso_text(now_millis.div_euclid(1_000)))
    };
    Reply::value(
        200,
        &json!({"count": {"value": value.min(100_000), "refreshed_at": refreshed}}),
    )
}
