//! Endpoints of legacy custom objects, which do not stand below `/api/v2`. Lists of records want to be told what to list;
//! links to other pages have no host. Refuses parameters that are not documented.

use serde_json::{Value, json};

use crate::zendesk::api::paging;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::subscription::Product;

/// Where they stand.
pub(super) const LEGACY: &str = "/api/sunshine/";

/// The most rows of a page.
const MOST: usize = 1_000;
/// Rows of a page when nobody says how many.
const DEFAULT: usize = 100;

/// `/api/sunshine/…`
pub(super) fn read(request: &Request<'_>, path: &str) -> Answer {
    request.require_product(Product::Legacy)?;
    let legacy = request.account.legacy();
    match path {
        "objects/types" => page(request, legacy.object_types.iter().collect()),
        "relationships/types" => page(request, legacy.relationship_types.iter().collect()),
        "objects/records" => records(request),
        "relationships/records" => {
            let kind = kind(request, "relationship type", &legacy.relationship_types)?;
            let rows = legacy.relationships.iter();
            let rows = rows.filter(|row| row["relationship_type"] == kind);
            page(request, rows.collect())
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn refused(detail: &str) -> Reply {
    Reply::coded(400, "InvalidRequest", "Invalid request", detail)
}

/// The type that is asked for. One that there is not is no empty list.
fn kind<'r>(request: &'r Request<'_>, what: &str, types: &[Value]) -> Result<&'r str, Reply> {
    let kind = request
        .parameters
        .get("type")
        .ok_or_else(|| refused("type is required"))?;
    match types.iter().any(|known| known["key"] == kind) {
        true => Ok(kind),
        false => Err(Reply::coded(
            404,
            "NotFound",
            "Not found",
            &format!("There is no {what} {kind}"),
        )),
    }
}

/// By type, by type and external id, or by ids.
fn records(request: &Request<'_>) -> Answer {
    let legacy = request.account.legacy();
    let rows = legacy.records.iter();
    if let Some(ids) = request.ids("ids")? {
        if request.parameters.has("type") || request.parameters.has("external_id") {
            return Err(refused("ids stand alone"));
        }
        let known = |row: &&Value| ids.iter().any(|id| row["id"] == id.as_str());
        return page(request, rows.filter(known).collect());
    }
    let kind = kind(request, "object type", &legacy.object_types)?;
    let external = request.parameters.get("external_id").map(str::to_lowercase);
    let rows = rows.filter(|row| row["type"] == kind);
    let rows = rows.filter(|row| {
        external.as_ref().is_none_or(|wanted| {
            let external = row["external_id"].as_str().map(str::to_lowercase);
            external.as_ref() == Some(wanted)
        })
    });
    page(request, rows.collect())
}

fn page(request: &Request<'_>, rows: Vec<&Value>) -> Answer {
    let size = request.size("per_page", DEFAULT, MOST)?;
    let first = match request.parameters.get("cursor").map(paging::decode) {
        None => 0,
        Some(place) => place?
            .parse::<usize>()
            .map_err(|_| refused("cursor is not valid"))?,
    };
    let found: Vec<&Value> = rows.iter().skip(first).take(size).copied().collect();
    let end = first + found.len();
    let link = |place: usize| {
        let cursor = paging::encode("id", &place.to_string());
        match request.faults.foreign_links {
            true => request.link(&[("cursor", Some(&cursor))]),
            false => {
                let query = request.parameters.with(&[("cursor", Some(&cursor))]);
                format!("{}?{query}", request.path)
            }
        }
    };
    let next = (end < rows.len()).then(|| link(end));
    let previous = (first > 0).then(|| link(first.saturating_sub(size)));
    Ok(Reply::value(
        200,
        &json!({"data": found, "links": {"previous": previous, "next": next}}),
    ))
}
