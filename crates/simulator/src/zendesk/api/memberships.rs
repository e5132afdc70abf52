//! Endpoints of what ties people together: memberships and identities. Refuses to show what belongs to deleted users.

use crate::zendesk::account::memberships::PER_USER;
use crate::zendesk::account::user::{Role, User};
use crate::zendesk::api::paging::{self, Unasked};
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::side;
use crate::zendesk::api::users::existing;

/// `/group_memberships` and those of a group or user.
pub(crate) fn group_memberships(
    request: &Request<'_>,
    user: Option<u32>,
    group: Option<i64>,
) -> Answer {
    let includes = request.includes(&["users", "groups"])?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let page = paging::window(&cut, (account.staff * PER_USER) as usize, &|position| {
        let (owner, number) = (position as u32 / PER_USER, position as u32 % PER_USER);
        user.is_none_or(|user| user == owner)
            && account
                .staff_groups(owner)
                .get(number as usize)
                .is_some_and(|id| group.is_none_or(|group| group == *id))
    })?;
    paging::reply(
        request,
        "group_memberships",
        &page,
        |position, json| {
            json.open();
            account.write_group_membership(
                (*position as u32 / PER_USER, *position as u32 % PER_USER),
                json,
            );
            json.close();
        },
        |rows, json| {
            if includes.iter().any(|include| include == "users") {
                side::users(
                    request,
                    rows.iter()
                        .map(|position| account.user_id(*position as u32 / PER_USER)),
                    json,
                );
            }
            if includes.iter().any(|include| include == "groups") {
                let ids = rows.iter().filter_map(|position| {
                    account
                        .staff_groups(*position as u32 / PER_USER)
                        .get(position % PER_USER as usize)
                        .copied()
                });
                side::configured(json, "groups", &account.config.groups, ids);
            }
        },
    )
}

pub(crate) fn organization_memberships(
    request: &Request<'_>,
    user: Option<u32>,
    organization: Option<u32>,
) -> Answer {
    let includes = request.includes(&["users", "organizations"])?;
    let cut = paging::cut(request, Unasked::Offset)?;
    let account = request.account;
    let page = paging::window(
        &cut,
        account.users as usize * PER_USER as usize,
        &|position| {
            let (owner, number) = (
                (position / PER_USER as usize) as u32,
                position % PER_USER as usize,
            );
            // Two at most: looking at the other places would only cost time.
            number < 2
                && user.is_none_or(|user| user == owner)
                && account
                    .user_organizations(owner)
                    .get(number)
                    .is_some_and(|index| {
                        organization.is_none_or(|organization| organization == *index)
                    })
                && account.user(owner).active
        },
    )?;
    paging::reply(
        request,
        "organization_memberships",
        &page,
        |position, json| {
            json.open();
            account.write_organization_membership(
                (
                    (*position / PER_USER as usize) as u32,
                    (*position % PER_USER as usize) as u32,
                ),
                json,
            );
            json.close();
        },
        |rows, json| {
            let owners = || {
                rows.iter()
                    .map(|position| (*position / PER_USER as usize) as u32)
            };
            if includes.iter().any(|include| include == "users") {
                side::users(request, owners().map(|owner| account.user_id(owner)), json);
            }
            if includes.iter().any(|include| include == "organizations") {
                side::organizations(
                    request,
                    owners()
                        .flat_map(|owner| account.user_organizations(owner))
                        .map(|index| account.organization_id(index)),
                    json,
                );
            }
        },
    )
}

/// `/users/{id}/identities`
pub(crate) fn identities(request: &Request<'_>, id: &str) -> Answer {
    let user = existing(request, id)?;
    let account = request.account;
    let kinds = request.parameters.all("type[]");
    let rows = account.identities(&user);
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, rows.len(), &|number| {
        kinds.is_empty() || kinds.contains(&rows[number].0)
    })?;
    paging::reply(
        request,
        "identities",
        &page,
        |number, json| {
            json.open();
            account.write_identity(&user, *number as u32, json);
            json.close();
        },
        |_, _| {},
    )
}

/// Whether a user belongs to the staff at all; group lists are about them.
pub(crate) fn is_staff(user: &User) -> bool {
    user.role != Role::EndUser
}
