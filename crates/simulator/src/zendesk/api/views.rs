//! Endpoints of views: their tickets, lines and counts. They refuse to sort otherwise than the view does.

use serde_json::{Value, json};

use crate::zendesk::account::views;
use crate::zendesk::api::paging::{self, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::tickets;

fn view<'a>(request: &Request<'a>, id: &str) -> Result<&'a Value, Reply> {
    let id = id.parse::<i64>().map_err(|_| Reply::record_not_found())?;
    request
        .account
        .config
        .views
        .iter()
        .find(|row| row["id"] == id)
        .ok_or_else(Reply::record_not_found)
}

pub(crate) fn view_tickets(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    tickets::tickets(request, |ticket| {
        views::in_view(request.account, view, ticket)
    })
}

pub(crate) fn view_count(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    let count = views::view_count(request.account, view);
    Ok(Reply::value(200, &json!({"view_count": count})))
}

/// `/views/count_many`: up to twenty views, those that do not exist left out.
pub(crate) fn count_many(request: &Request<'_>) -> Answer {
    let wanted = request.ids("ids")?.unwrap_or_default();
    if wanted.is_empty() || wanted.len() > 20 {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "ids must be 1 to 20 views",
        ));
    }
    let known = request.account.config.views.iter();
    let counts: Vec<Value> = known
        .filter(|view| wanted.contains(&view["id"].to_string()))
        .map(|view| views::view_count(request.account, view))
        .collect();
    Ok(Reply::value(200, &json!({"view_counts": counts})))
}

/// `/views/{id}/execute`: what the agent sees.
pub(crate) fn execute(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    for name in ["sort_by", "sort_order", "group_by"] {
        request.parameters.see(name);
    }
    let lines = views::lines(request.account, view);
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, lines.len(), &|_| true)?;
    paging::reply(
        request,
        "rows",
        &page,
        |at, json| {
            json.value(&lines[*at]);
        },
        |_, json| {
            json.key("columns").value(&view["execution"]["columns"]);
        },
    )
}
