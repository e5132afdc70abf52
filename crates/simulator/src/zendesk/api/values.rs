//! Lists of rows that are JSON values already, cut in each of the vendor's ways. A way of paging that an endpoint does not
//! have leaves its parameters unread, so that a strict account refuses them. It refuses to sort or filter.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// How a list can be paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// By cursor or by number; unasked, numbered.
    Both,
    /// By cursor, unasked too.
    Cursor,
    /// Numbered.
    Numbers,
    /// All in one answer.
    Whole,
}

/// The answer of a list.
pub(crate) fn list(request: &Request<'_>, key: &str, rows: &[Value], pages: Pages) -> Answer {
    list_beside(request, key, rows, pages, |_, _| {})
}

/// The same with side-loads beside the rows.
pub(crate) fn list_beside(
    request: &Request<'_>,
    key: &str,
    rows: &[Value],
    pages: Pages,
    beside: impl FnOnce(&[&Value], &mut Json),
) -> Answer {
    let parameters = &request.parameters;
    let by_cursor = ["page[size]", "page[after]", "page[before]"]
        .iter()
        .any(|name| parameters.has(name));
    let first = Cut::Cursor {
        size: 100,
        cursor: None,
        backward: false,
    };
    let cut = match pages {
        Pages::Whole => {
            let mut json = Json::default();
            json.open().key(key).open_list();
            rows.iter().for_each(|row| {
                json.value(row);
            });
            json.close_list().close();
            return Ok(Reply::json(json.into_bytes(), rows.len()));
        }
        Pages::Both => paging::cut(request, Unasked::Offset)?,
        Pages::Cursor if by_cursor => paging::cut(request, Unasked::Offset)?,
        Pages::Cursor => first,
        Pages::Numbers if by_cursor => Cut::Offset { page: 1, size: 100 },
        Pages::Numbers => paging::cut(request, Unasked::Offset)?,
    };
    let page = paging::window(&cut, rows.len(), &|_| true)?;
    paging::reply(
        request,
        key,
        &page,
        |at, json| {
            json.value(&rows[*at]);
        },
        |places, json| {
            let shown: Vec<&Value> = places.iter().map(|at| &rows[*at]).collect();
            beside(&shown, json);
        },
    )
}

/// The answer that holds one object under its name.
pub(crate) fn one(key: &str, row: &Value) -> Reply {
    Reply::value(200, &serde_json::json!({ key: row }))
}
