//! Endpoints of the small tables. Refuses to sort or filter by what the vendor does not.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::account::Account;
use super::order::address;
use super::paging::{self, Cut, Edge, Page, Unasked};
use super::reply::Reply;
use super::request::{Answer, Request};
use super::snapshot::Order;
use super::ticket::{Priority, Status, Ticket};
use super::tickets_api;
use crate::clock::DAY;

/// A small table as its endpoints describe it.
struct Small<'a> {
    key: &'static str,
    rows: &'a [Value],
    unasked: Unasked,
}

/// How often a rule was used within a period such as `usage_24h`.
fn usage(row: &Value, name: &str) -> i64 {
    row["id"].as_i64().unwrap_or_default() % (name.len() as i64 * 7)
}

/// Adds what `include=` asks for to a row.
pub(crate) fn extend(row: &mut Value, include: &str) {
    row[include] = match include {
        "app_installation" => Value::Null,
        "permissions" => json!({"can_edit": true}),
        "categories" => json!(
            row["title"]
                .as_str()
                .and_then(|title| title.split_once("::"))
                .map(|parts| vec![parts.0])
        ),
        "users" => return,
        name => json!(usage(row, name)),
    };
}

/// Who made a field; shown only on request.
pub(crate) fn with_creator(account: &Account, row: &Value) -> Value {
    let mut row = row.clone();
    row["creator_user_id"] = json!(if row["removable"] == true {
        account.user_id(0)
    } else {
        -1
    });
    row["creator_app_name"] = if row["type"] == "lookup" {
        json!("Relations")
    } else {
        Value::Null
    };
    row
}

fn flag(request: &Request<'_>, name: &'static str) -> Result<Option<bool>, Reply> {
    match request.parameters.get(name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(Reply::described(
            400,
            "InvalidValue",
            &format!("{name} must be true or false"),
        )),
    }
}

impl Small<'_> {
    fn list(
        &self,
        request: &Request<'_>,
        accept: impl Fn(&Value) -> bool,
        edit: impl Fn(&Value) -> Value,
    ) -> Answer {
        let cut = paging::cut(request, self.unasked)?;
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let (by, descending) = match &cut {
            Cut::Cursor { .. } => match request.parameters.get("sort") {
                None => ("id", false),
                Some(sort) => {
                    let name = sort.trim_start_matches('-');
                    if !["id", "created_at", "updated_at", "position"].contains(&name) {
                        return Err(Reply::invalid_pagination(&format!(
                            "sort is not valid: {name}"
                        )));
                    }
                    (name, sort.starts_with('-'))
                }
            },
            _ => (
                request.parameters.get("sort_by").unwrap_or("position"),
                request.parameters.get("sort_order") == Some("desc"),
            ),
        };
        match by {
            "alphabetical" => order.sort_by_key(|at| {
                self.rows[*at]["title"]
                    .as_str()
                    .unwrap_or_default()
                    .to_lowercase()
            }),
            "created_at" | "updated_at" => {
                order.sort_by_key(|at| self.rows[*at][by].as_str().unwrap_or_default().to_owned())
            }
            "position" | "id" => order.sort_by_key(|at| self.rows[*at][by].as_i64()),
            usage_name if usage_name.starts_with("usage_") => {
                order.sort_by_key(|at| usage(&self.rows[*at], usage_name))
            }
            other => {
                return Err(Reply::described(
                    400,
                    "InvalidValue",
                    &format!("sort_by is not valid: {other}"),
                ));
            }
        }
        if descending {
            order.reverse();
        }
        let includes = request.includes(&[
            "usage_1h",
            "usage_24h",
            "usage_7d",
            "usage_30d",
            "app_installation",
            "categories",
            "permissions",
            "users",
        ])?;
        let page = paging::window(&cut, order.len(), &|place| accept(&self.rows[order[place]]))?;
        let row = |place: &usize, json: &mut crate::json::Json| {
            let mut row = edit(&self.rows[order[*place]]);
            for include in &includes {
                extend(&mut row, include);
            }
            json.value(&row);
        };
        paging::reply(request, self.key, &page, row, |_, _| {})
    }

    fn show(&self, id: &str, singular: &str) -> Answer {
        let wanted = id.parse::<i64>().map_err(|_| Reply::record_not_found())?;
        let row = self
            .rows
            .iter()
            .find(|row| row["id"].as_i64() == Some(wanted))
            .ok_or_else(Reply::record_not_found)?;
        Ok(Reply::value(200, &json!({singular: row})))
    }

    fn show_many(&self, request: &Request<'_>, names: &[&str]) -> Answer {
        for name in names {
            if let Some(wanted) = request.ids(name)? {
                let field = if *name == "keys" { "key" } else { "id" };
                let text = |row: &Value| {
                    row[field]
                        .as_i64()
                        .map(|id| id.to_string())
                        .or_else(|| row[field].as_str().map(str::to_owned))
                };
                let rows: Vec<&Value> = self
                    .rows
                    .iter()
                    .rev()
                    .filter(|row| text(row).is_some_and(|id| wanted.contains(&id)))
                    .collect();
                let page = Page {
                    edge: Edge::All { count: rows.len() },
                    rows,
                };
                return paging::reply(
                    request,
                    self.key,
                    &page,
                    |row, json| {
                        json.value(row);
                    },
                    |_, _| {},
                );
            }
        }
        Err(Reply::described(
            400,
            "InvalidValue",
            "Parameter ids is required",
        ))
    }
}

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
                rows: &config.ticket_fields,
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

/// Whether a ticket is in a view; views never show the archive.
fn in_view(account: &Account, view: &Value, ticket: &Ticket) -> bool {
    ticket.alive()
        && !ticket.archived(account)
        && view["conditions"]["all"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|condition| {
                let value = condition["value"].as_str().unwrap_or_default();
                match (
                    condition["field"].as_str().unwrap_or_default(),
                    condition["operator"].as_str().unwrap_or_default(),
                ) {
                    ("status", "less_than") => {
                        Status::parse(value).is_some_and(|bound| ticket.status < bound)
                    }
                    ("status", _) => ticket.status.name() == value,
                    ("priority", "greater_than") => Priority::parse(value).is_some_and(|bound| {
                        ticket.priority.is_some_and(|priority| priority > bound)
                    }),
                    ("assignee_id", _) => {
                        ticket.assignee.map(|id| id.to_string()).unwrap_or_default() == value
                    }
                    ("group_id", _) => {
                        ticket.group.map(|id| id.to_string()).unwrap_or_default() == value
                    }
                    ("current_tags", _) => account.tags(ticket).iter().any(|tag| tag == value),
                    _ => false,
                }
            })
}

fn view_tickets(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    tickets_api::tickets(request, |ticket| in_view(request.account, view, ticket))
}

fn view_count(request: &Request<'_>, id: &str) -> Answer {
    let view = view(request, id)?;
    let value = request
        .account
        .snapshot(i64::MAX)
        .walk(Order::Id, false, None)
        .filter(|ticket| in_view(request.account, view, ticket))
        .count();
    Ok(Reply::value(
        200,
        &json!({"view_count": {"view_id": view["id"], "url": view["url"], "value": value, "pretty": value.to_string(), "fresh": true, "active": true}}),
    ))
}

impl Account {
    /// The most used tags of the last sixty days, most used first.
    pub(crate) fn tag_counts(&self) -> &[(String, i64)] {
        self.tag_counts.get_or_init(|| {
            let mut counts: HashMap<String, i64> = HashMap::new();
            let recent = self
                .tickets_by_updated()
                .iter()
                .rev()
                .map(|entry| self.generated_ticket(address(*entry) as u32))
                .take_while(|ticket| ticket.updated > self.settled - 60 * DAY);
            for ticket in recent.filter(Ticket::alive) {
                for tag in self.tags(&ticket) {
                    *counts.entry(tag.into_owned()).or_default() += 1;
                }
            }
            let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
            counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            counts.truncate(20_000);
            counts
        })
    }
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

/// `/account/settings`: where the account's time zone and plan come from.
pub(crate) fn settings() -> Reply {
    Reply::value(
        200,
        &json!({"settings": {"localization": {"locale_ids": [1, 67], "time_zone": "Tokyo", "iana_time_zone": "Asia/Tokyo", "uses_12_hour_clock": false},
        "tickets": {"collaboration": true, "private_attachments": false, "custom_statuses_enabled": true}, "active_features": {"customer_satisfaction": true, "satisfaction_prediction": true, "good_and_bad": true},
        "brands": {"default_brand_id": null, "require_brand_on_new_tickets": false}, "api": {"accepted_api_agreement": true, "api_password_access": "false", "api_token_access": "true"},
        "billing": {"backend": "zuora"}, "plan": {"name": "Suite Enterprise"}, "limits": {"attachment_size": 52_428_800}}}),
    )
}
