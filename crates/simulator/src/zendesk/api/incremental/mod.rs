//! The incremental exports in cursor and in time form. They serve whole past seconds only, so that no cursor passes a row.
//! Refuses callers who are not administrators, and start times that are too recent.

mod cursor;
mod events;
mod timed;

pub(crate) use cursor::{tickets_by_cursor, users_by_cursor};
pub(crate) use events::{ticket_events, ticket_metric_events};
pub(crate) use timed::{organizations_by_time, tickets_by_time, users_by_time};

use crate::json::Json;
use crate::zendesk::account::user::User;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Request;
use crate::zendesk::api::side;

pub(crate) const MOST: usize = 1_000;
pub(crate) const TICKET_INCLUDES: &[&str] = &[
    "users",
    "groups",
    "organizations",
    "brands",
    "ticket_forms",
    "sharing_agreements",
    "custom_statuses",
    "metric_sets",
    "dates",
    "incident_counts",
    "comment_count",
];
pub(crate) const USER_INCLUDES: &[&str] = &[
    "organizations",
    "roles",
    "groups",
    "identities",
    "abilities",
    "open_ticket_count",
];

pub(crate) fn start_time(request: &Request<'_>) -> Result<i64, Reply> {
    let Some(text) = request.parameters.get("start_time") else {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Missing start_time parameter",
        ));
    };
    let start: i64 = text
        .parse()
        .map_err(|_| Reply::described(400, "InvalidValue", "Invalid start_time parameter"))?;
    if start < 0 {
        return Err(Reply::described(
            400,
            "InvalidValue",
            "Invalid start_time parameter",
        ));
    }
    // Rows newer than this are not served, so a start there is an error rather than an empty page.
    if start > request.export_millis.div_euclid(1_000) {
        return Err(Reply::described(
            422,
            "InvalidValue",
            "Too recent start_time. Use a start_time older than 5 minutes",
        ));
    }
    Ok(start)
}

pub(crate) fn write_users(
    request: &Request<'_>,
    rows: &[User],
    includes: &[String],
    json: &mut Json,
) {
    json.open().key("users").open_list();
    for user in rows {
        json.open();
        request.account.write_user(user, json);
        if includes
            .iter()
            .any(|include| include == "open_ticket_count")
        {
            json.key("open_ticket_count").int(0);
        }
        json.close();
    }
    json.close_list();
    side::of_users(request, rows, includes, json);
}
