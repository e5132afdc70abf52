//! Endpoints of the community. Refuses to filter posts by anything but the documented words.

use serde_json::Value;

use super::pages::{BY_MOMENT, list};
use super::{existing, subscriptions, votes};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Request};
use crate::zendesk::api::users;

const POST_ORDERS: &[&str] = &["created_at", "updated_at", "votes", "comments"];
const STATUSES: [&str; 5] = ["planned", "not_planned", "completed", "answered", "none"];

/// `/community/…`
pub(in super::super) fn route(request: &Request<'_>, parts: &[&str]) -> Answer {
    let guide = request.account.guide();
    match parts {
        ["topics"] => list(request, "topics", guide.topics.iter(), &[]),
        ["topics", id, rest] => {
            let id = &existing(&guide.topics, id)?["id"];
            match *rest {
                "posts" => posts(request, |row| row["topic_id"] == *id),
                "subscriptions" => {
                    let rows = subscriptions(guide, "Topic", id);
                    list(request, "subscriptions", rows, &[])
                }
                _ => Err(Reply::invalid_endpoint()),
            }
        }
        ["posts"] => posts(request, |_| true),
        ["posts", id, rest] => {
            let id = &existing(&guide.posts, id)?["id"];
            match *rest {
                "comments" => comments(request, |row| row["post_id"] == *id),
                "votes" => list(request, "votes", votes(guide, "Post", id), &[]),
                "subscriptions" => {
                    let rows = subscriptions(guide, "Post", id);
                    list(request, "subscriptions", rows, &[])
                }
                _ => Err(Reply::invalid_endpoint()),
            }
        }
        ["users", id, "posts"] => {
            let id = users::existing(request, id)?.id;
            let rows = guide.posts.iter().filter(|row| row["author_id"] == id);
            list(request, "posts", rows, POST_ORDERS)
        }
        ["users", id, "comments"] => {
            let id = users::existing(request, id)?.id;
            comments(request, |row| row["author_id"] == id)
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn posts(request: &Request<'_>, among: impl Fn(&Value) -> bool) -> Answer {
    let status = request.parameters.get("filter_by");
    if let Some(status) = status.filter(|status| !STATUSES.contains(status)) {
        return Err(Reply::described(
            400,
            "InvalidValue",
            &format!("filter_by is not valid: {status}"),
        ));
    }
    let rows = request
        .account
        .guide()
        .posts
        .iter()
        .filter(|row| status.is_none_or(|status| row["status"] == status) && among(row));
    list(request, "posts", rows, POST_ORDERS)
}

fn comments(request: &Request<'_>, among: impl Fn(&Value) -> bool) -> Answer {
    let rows = request.account.guide().post_comments.iter();
    list(
        request,
        "comments",
        rows.filter(|row| among(row)),
        BY_MOMENT,
    )
}
