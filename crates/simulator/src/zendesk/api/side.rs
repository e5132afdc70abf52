//! Side-loads: the arrays that `include=` puts beside the rows. It refuses to add what was not asked for.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::user::User;
use crate::zendesk::api::request::Request;

pub(crate) fn of_tickets(
    request: &Request<'_>,
    rows: &[Ticket],
    includes: &[String],
    json: &mut Json,
) {
    let account = request.account;
    for include in includes {
        match include.as_str() {
            "users" => {
                let ids = rows.iter().flat_map(|ticket| {
                    [ticket.requester, ticket.submitter, ticket.assignee]
                        .into_iter()
                        .flatten()
                        .chain(account.ccs(ticket))
                        .chain(account.followers(ticket))
                });
                users(request, ids, json);
            }
            "groups" => configured(
                json,
                "groups",
                &account.config.groups,
                rows.iter().filter_map(|ticket| ticket.group),
            ),
            "organizations" => organizations(
                request,
                rows.iter().filter_map(|ticket| ticket.organization),
                json,
            ),
            "brands" => configured(
                json,
                "brands",
                &account.config.brands,
                rows.iter().map(|ticket| ticket.brand),
            ),
            "ticket_forms" => configured(
                json,
                "ticket_forms",
                &account.config.ticket_forms,
                rows.iter().map(|ticket| ticket.form),
            ),
            "custom_statuses" => configured(
                json,
                "custom_statuses",
                &account.config.custom_statuses,
                rows.iter().map(|ticket| ticket.custom_status),
            ),
            "sharing_agreements" => {
                json.key("sharing_agreements").open_list().close_list();
            }
            "last_audits" => {
                json.key("last_audits").open_list();
                for ticket in rows {
                    if let Some(audit) = account.audits(ticket.id, i64::MAX).last() {
                        json.open();
                        account.write_audit(ticket, audit, json);
                        json.close();
                    }
                }
                json.close_list();
            }
            _ => {}
        }
    }
}

pub(crate) fn of_users(request: &Request<'_>, rows: &[User], includes: &[String], json: &mut Json) {
    let account = request.account;
    for include in includes {
        match include.as_str() {
            "organizations" => organizations(
                request,
                rows.iter()
                    .flat_map(|user| account.user_organizations(user.index))
                    .map(|index| account.organization_id(index)),
                json,
            ),
            "groups" => configured(
                json,
                "groups",
                &account.config.groups,
                rows.iter()
                    .filter(|user| user.index < account.staff)
                    .flat_map(|user| account.staff_groups(user.index)),
            ),
            "identities" => {
                json.key("identities").open_list();
                for user in rows {
                    for number in 0..account.identities(user).len() as u32 {
                        json.open();
                        account.write_identity(user, number, json);
                        json.close();
                    }
                }
                json.close_list();
            }
            "roles" | "abilities" => {
                json.key(include).open_list().close_list();
            }
            _ => {}
        }
    }
}

pub(crate) fn users(request: &Request<'_>, ids: impl Iterator<Item = i64>, json: &mut Json) {
    let account = request.account;
    json.key("users").open_list();
    for index in ids
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|id| account.user_index(id))
    {
        json.open();
        account.write_user(&account.user(index), json);
        json.close();
    }
    json.close_list();
}

pub(crate) fn organizations(
    request: &Request<'_>,
    ids: impl Iterator<Item = i64>,
    json: &mut Json,
) {
    let account = request.account;
    json.key("organizations").open_list();
    for index in ids
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|id| account.organization_index(id))
    {
        json.open();
        account.write_organization(&account.organization(index), json);
        json.close();
    }
    json.close_list();
}

pub(crate) fn configured(
    json: &mut Json,
    key: &str,
    rows: &[Value],
    ids: impl Iterator<Item = i64>,
) {
    let ids: BTreeSet<i64> = ids.collect();
    json.key(key).open_list();
    for row in rows
        .iter()
        .filter(|row| row["id"].as_i64().is_some_and(|id| ids.contains(&id)))
    {
        json.value(row);
    }
    json.close_list();
}
