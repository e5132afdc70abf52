//! Endpoints of comments. Refuses to show those of deleted tickets.

use crate::zendesk::account::history::Audit;
use crate::zendesk::api::paging::{self, Cut, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::tickets::existing;

/// `/tickets/{id}/comments`
pub(crate) fn list(request: &Request<'_>, id: &str) -> Answer {
    let includes = request.includes(&["users"])?;
    request.parameters.see("include_inline_images");
    let ticket = existing(request, id)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let mut audits: Vec<Audit> = account
        .audits(ticket.id, i64::MAX)
        .into_iter()
        .filter(|audit| account.comment(&ticket, audit).is_some())
        .collect();
    let descending = match &cut {
        Cut::Cursor { .. } => match request.parameters.get("sort") {
            None | Some("created_at") => false,
            Some("-created_at") => true,
            Some(other) => {
                return Err(Reply::invalid_pagination(&format!(
                    "sort is not valid: {other}"
                )));
            }
        },
        _ => request.parameters.get("sort_order") == Some("desc"),
    };
    if descending {
        audits.reverse();
    }
    let page = paging::window(&cut, audits.len(), &|_| true)?;
    paging::reply(
        request,
        "comments",
        &page,
        |position, json| {
            if let Some(comment) = account.comment(&ticket, &audits[*position]) {
                json.open();
                account.write_comment(&ticket, &audits[*position], &comment, false, json);
                json.close();
            }
        },
        |rows, json| {
            if includes.iter().any(|include| include == "users") {
                side::users(
                    request,
                    rows.iter().map(|position| audits[*position].author),
                    json,
                );
            }
        },
    )
}

pub(crate) fn count(request: &Request<'_>, id: &str) -> Answer {
    let ticket = existing(request, id)?;
    Ok(paging::count(
        request.account.comment_count(&ticket, i64::MAX) as usize,
        request.now_millis,
    ))
}
