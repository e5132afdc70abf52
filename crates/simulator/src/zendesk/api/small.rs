//! Listing, sorting and showing a small table. Refuses to sort by what the vendor does not.

use crate::zendesk::account::extras::{extend, usage};

use serde_json::{Value, json};

use crate::zendesk::api::paging::{self, Cut, Edge, Page, Unasked};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};

/// A small table as its endpoints describe it.
pub(crate) struct Small<'a> {
    pub(crate) key: &'static str,
    pub(crate) rows: &'a [Value],
    pub(crate) unasked: Unasked,
}

pub(crate) fn flag(request: &Request<'_>, name: &'static str) -> Result<Option<bool>, Reply> {
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
    pub(crate) fn list(
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

    pub(crate) fn show(&self, id: &str, singular: &str) -> Answer {
        let wanted = id.parse::<i64>().map_err(|_| Reply::record_not_found())?;
        let row = self
            .rows
            .iter()
            .find(|row| row["id"].as_i64() == Some(wanted))
            .ok_or_else(Reply::record_not_found)?;
        Ok(Reply::value(200, &json!({singular: row})))
    }

    pub(crate) fn show_many(&self, request: &Request<'_>, names: &[&str]) -> Answer {
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
