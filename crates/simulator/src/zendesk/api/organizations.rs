//! Endpoints that give organizations. Refuses to show those that were deleted.

use crate::json::Json;
use crate::random::mix;
use crate::zendesk::account::Account;
use crate::zendesk::api::paging::{self, Cut, Edge, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::users::sort_by_id_only;
use crate::zendesk::api::walk::Walk;

fn write_organizations(request: &Request<'_>, page: &Page<usize>) -> Answer {
    paging::reply(
        request,
        "organizations",
        page,
        |index, json| {
            json.open();
            request
                .account
                .write_organization(&request.account.organization(*index as u32), json);
            json.close();
        },
        |_, _| {},
    )
}

/// `/organizations`
pub(crate) fn all(request: &Request<'_>) -> Answer {
    if !request.sorted_people {
        return list(request, |_| true);
    }
    let cut = paging::cut(request, Unasked::Offset)?;
    let organizations = request.account.organizations;
    let walk = Walk::asked(
        request,
        &cut,
        organizations,
        Account::organizations_by_updated,
    )?;
    walked(request, &cut, &walk, |_| true)
}

/// Some of the organizations.
pub(crate) fn list(request: &Request<'_>, among: impl Fn(u32) -> bool) -> Answer {
    sort_by_id_only(request)?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let walk = Walk::by_id(request.account.organizations);
    walked(request, &cut, &walk, among)
}

fn walked(
    request: &Request<'_>,
    cut: &Cut,
    walk: &Walk<'_>,
    among: impl Fn(u32) -> bool,
) -> Answer {
    let account = request.account;
    let page = walk.page(cut, &|index| {
        !account.organization_deleted(index as u32) && among(index as u32)
    })?;
    write_organizations(request, &page)
}

pub(crate) fn count(request: &Request<'_>) -> Answer {
    let account = request.account;
    Ok(paging::count(
        (0..account.organizations)
            .filter(|index| !account.organization_deleted(*index))
            .count(),
        request.now_millis,
    ))
}

/// `/organizations/search`: exact, but blind to case.
pub(crate) fn search(request: &Request<'_>) -> Answer {
    let (name, external) = (
        request.parameters.get("name").map(str::to_lowercase),
        request.parameters.get("external_id").map(str::to_lowercase),
    );
    if name.is_none() && external.is_none() {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "name or external_id is required",
        ));
    }
    let account = request.account;
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, account.organizations as usize, &|index| {
        let index = index as u32;
        !account.organization_deleted(index)
            && name
                .as_ref()
                .is_none_or(|wanted| account.organization_name(index).to_lowercase() == *wanted)
            && external.as_ref().is_none_or(|wanted| {
                account
                    .organization_external_id(index)
                    .is_some_and(|id| id.to_lowercase() == *wanted)
            })
    })?;
    write_organizations(request, &page)
}

pub(crate) fn autocomplete(request: &Request<'_>) -> Answer {
    let name = request
        .parameters
        .get("name")
        .unwrap_or_default()
        .to_lowercase();
    let account = request.account;
    list(request, |index| {
        account
            .organization_name(index)
            .to_lowercase()
            .contains(&name)
    })
}

pub(crate) fn show_many(request: &Request<'_>) -> Answer {
    let account = request.account;
    let mut rows: Vec<usize> = match (request.ids("ids")?, request.ids("external_ids")?) {
        (Some(ids), None) => ids
            .iter()
            .filter_map(|id| account.organization_index(id.parse().ok()?))
            .map(|index| index as usize)
            .collect(),
        (None, Some(wanted)) => (0..account.organizations)
            .filter(|index| {
                account
                    .organization_external_id(*index)
                    .is_some_and(|id| wanted.contains(&id))
            })
            .map(|index| index as usize)
            .collect(),
        _ => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "Exactly one of ids and external_ids is required",
            ));
        }
    };
    rows.retain(|index| !account.organization_deleted(*index as u32));
    rows.sort_unstable_by_key(|index| (mix(5, 5, *index as u64), *index));
    rows.dedup();
    let page = Page {
        edge: Edge::All { count: rows.len() },
        rows,
    };
    write_organizations(request, &page)
}

pub(crate) fn existing(account: &Account, id: &str) -> Result<u32, Reply> {
    let index = id
        .parse()
        .ok()
        .and_then(|id| account.organization_index(id));
    index
        .filter(|index| !account.organization_deleted(*index))
        .ok_or_else(Reply::record_not_found)
}

pub(crate) fn show(request: &Request<'_>, id: &str) -> Answer {
    let account = request.account;
    let index = existing(account, id)?;
    let mut json = Json::with_capacity(1_024);
    json.open().key("organization").open();
    account.write_organization(&account.organization(index), &mut json);
    json.close().close();
    Ok(Reply::json(json.into_bytes(), 1))
}
