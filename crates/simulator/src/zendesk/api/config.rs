//! Endpoints of the small tables an administrator fills. Refuses to filter by what the vendor does not.

use crate::zendesk::account::extras::with_creator;
use crate::zendesk::account::setup::{account_settings, macro_categories};
use crate::zendesk::api::setup;
use crate::zendesk::api::small::{Small, flag};
use crate::zendesk::api::views::{count_many, execute, view_count, view_tickets};

use serde_json::{Value, json};

use crate::zendesk::api::paging::{self, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

fn restriction_fits(request: &Request<'_>, row: &Value) -> bool {
    let access = match request.parameters.get("access") {
        Some("personal") => row["restriction"]["type"] == "User",
        Some("agents" | "account") => row["restriction"].is_null(),
        Some("shared") => row["restriction"]["type"] != "User",
        _ => true,
    };
    access
        && request
            .parameters
            .get("group_id")
            .and_then(|id| id.parse::<i64>().ok())
            .is_none_or(|id| {
                row["restriction"]["type"] == "Group"
                    && row["restriction"]["ids"]
                        .as_array()
                        .is_some_and(|ids| ids.contains(&json!(id)))
            })
}

/// Routes below a small table's name; `None` when the path is not one of them.
pub(crate) fn route(request: &Request<'_>, path: &[&str]) -> Option<Answer> {
    let config = &request.account.config;
    let (table, rest) = path.split_first()?;
    let ticket_fields_now: Vec<Value> = match *table {
        "ticket_fields" => request.account.ticket_fields(),
        _ => Vec::new(),
    };
    let same = Value::clone;
    let (small, singular) = match *table {
        "groups" => (
            Small {
                key: "groups",
                rows: &config.groups,
                unasked: Unasked::Offset,
            },
            "group",
        ),
        "brands" => (
            Small {
                key: "brands",
                rows: &config.brands,
                unasked: Unasked::Offset,
            },
            "brand",
        ),
        "custom_statuses" => (
            Small {
                key: "custom_statuses",
                rows: &config.custom_statuses,
                unasked: Unasked::All,
            },
            "custom_status",
        ),
        "ticket_fields" => (
            Small {
                key: "ticket_fields",
                rows: &ticket_fields_now,
                unasked: Unasked::All,
            },
            "ticket_field",
        ),
        "ticket_forms" => (
            Small {
                key: "ticket_forms",
                rows: &config.ticket_forms,
                unasked: Unasked::All,
            },
            "ticket_form",
        ),
        "macros" => (
            Small {
                key: "macros",
                rows: &config.macros,
                unasked: Unasked::Offset,
            },
            "macro",
        ),
        "views" => (
            Small {
                key: "views",
                rows: &config.views,
                unasked: Unasked::Offset,
            },
            "view",
        ),
        "triggers" => (
            Small {
                key: "triggers",
                rows: &config.triggers,
                unasked: Unasked::Offset,
            },
            "trigger",
        ),
        "automations" => (
            Small {
                key: "automations",
                rows: &config.automations,
                unasked: Unasked::Offset,
            },
            "automation",
        ),
        _ => return None,
    };
    let answer = match (*table, rest) {
        ("groups", []) => flag(request, "exclude_deleted").and_then(|exclude| {
            small.list(
                request,
                |row| exclude != Some(true) || row["deleted"] == false,
                same,
            )
        }),
        ("groups", ["assignable"]) => small.list(request, |row| row["deleted"] == false, same),
        ("groups", ["count"]) => Ok(paging::count(config.group_ids.len(), request.now_millis)),
        ("custom_statuses", []) => custom_statuses(request, &small),
        ("ticket_fields", []) => ticket_fields(request, &small),
        ("ticket_fields", ["count"]) => Ok(paging::count(
            config.ticket_fields.len(),
            request.now_millis,
        )),
        ("ticket_fields", ["show_many"]) => small.show_many(request, &["ids", "keys"]),
        ("ticket_fields", [id, "options"]) => options(request, id),
        ("ticket_forms", []) => ticket_forms(request, &small),
        ("ticket_forms" | "views", ["show_many"]) => small.show_many(request, &["ids"]),
        ("macros" | "views" | "triggers" | "automations", []) => ruled(request, &small, None),
        ("macros" | "views" | "triggers" | "automations", ["active"]) => {
            ruled(request, &small, Some(true))
        }
        ("macros", ["categories"]) => Ok(Reply::value(
            200,
            &json!({"categories": macro_categories(&config.macros)}),
        )),
        ("macros", ["actions"]) => setup::read(request, &["macros", "actions"])?,
        ("triggers", [_, "revisions"]) => setup::read(request, path)?,
        ("views", ["compact"]) => ruled(request, &small, Some(true)),
        ("macros" | "views" | "triggers" | "automations", ["search"]) => {
            let query = request
                .parameters
                .get("query")
                .unwrap_or_default()
                .to_lowercase();
            small.list(
                request,
                |row| {
                    row["title"]
                        .as_str()
                        .is_some_and(|title| title.to_lowercase().contains(&query))
                },
                same,
            )
        }
        ("views", ["count_many"]) => count_many(request),
        ("views", [id, "execute"]) => execute(request, id),
        ("views", [id, "tickets"]) => view_tickets(request, id),
        ("views", [id, "count"]) => view_count(request, id),
        ("brands", []) => small.list(request, |_| true, same),
        (_, [id]) => small.show(id, singular),
        _ => return None,
    };
    Some(answer)
}

fn custom_statuses(request: &Request<'_>, small: &Small<'_>) -> Answer {
    let (active, default) = (flag(request, "active")?, flag(request, "default")?);
    let categories: Option<Vec<&str>> = request
        .parameters
        .get("status_categories")
        .map(|list| list.split(',').collect());
    small.list(
        request,
        |row| {
            active.is_none_or(|wanted| row["active"] == wanted)
                && default.is_none_or(|wanted| row["default"] == wanted)
                && categories.as_ref().is_none_or(|wanted| {
                    row["status_category"]
                        .as_str()
                        .is_some_and(|category| wanted.contains(&category))
                })
        },
        Value::clone,
    )
}

fn ticket_fields(request: &Request<'_>, small: &Small<'_>) -> Answer {
    let creator = flag(request, "creator")? == Some(true);
    request.parameters.see("locale");
    let account = request.account;
    small.list(
        request,
        |_| true,
        |row| {
            if creator {
                with_creator(account, row)
            } else {
                row.clone()
            }
        },
    )
}

fn options(request: &Request<'_>, id: &str) -> Answer {
    let field = id
        .parse::<i64>()
        .ok()
        .and_then(|id| {
            request
                .account
                .config
                .ticket_fields
                .iter()
                .find(|row| row["id"] == id)
        })
        .ok_or_else(Reply::record_not_found)?;
    let rows = field["custom_field_options"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, rows.len(), &|_| true)?;
    paging::reply(
        request,
        "custom_field_options",
        &page,
        |at, json| {
            json.value(&rows[*at]);
        },
        |_, _| {},
    )
}

fn ticket_forms(request: &Request<'_>, small: &Small<'_>) -> Answer {
    let (active, visible) = (flag(request, "active")?, flag(request, "end_user_visible")?);
    for ignored in ["fallback_to_default", "form_type", "associated_to_brand"] {
        request.parameters.see(ignored);
    }
    small.list(
        request,
        |row| {
            active.is_none_or(|wanted| row["active"] == wanted)
                && visible.is_none_or(|wanted| row["end_user_visible"] == wanted)
        },
        Value::clone,
    )
}

fn ruled(request: &Request<'_>, small: &Small<'_>, always: Option<bool>) -> Answer {
    let active = flag(request, "active")?.or(always);
    let category = (small.key == "triggers")
        .then(|| request.parameters.get("category_id"))
        .flatten();
    let restricted = matches!(small.key, "macros" | "views");
    let prefix = (small.key == "macros")
        .then(|| request.parameters.get("category"))
        .flatten();
    if restricted {
        for name in ["access", "group_id", "only_viewable"] {
            request.parameters.see(name);
        }
    }
    small.list(
        request,
        |row| {
            active.is_none_or(|wanted| row["active"] == wanted)
                && category.is_none_or(|wanted| row["category_id"] == wanted)
                && prefix.is_none_or(|wanted| {
                    row["title"]
                        .as_str()
                        .is_some_and(|title| title.starts_with(&format!("{wanted}::")))
                })
                && (!restricted || restriction_fits(request, row))
        },
        Value::clone,
    )
}

pub(crate) fn tags(request: &Request<'_>) -> Answer {
    let counts = request.account.tag_counts();
    let cut = paging::cut(request, Unasked::Offset)?;
    let page = paging::window(&cut, counts.len(), &|_| true)?;
    paging::reply(
        request,
        "tags",
        &page,
        |at, json| {
            json.open()
                .key("name")
                .text(&counts[*at].0)
                .key("count")
                .int(counts[*at].1)
                .close();
        },
        |_, _| {},
    )
}

/// `/account/settings`: one object.
pub(crate) fn settings(request: &Request<'_>) -> Reply {
    Reply::value(
        200,
        &json!({"settings": account_settings(request.subscription.plan)}),
    )
}
