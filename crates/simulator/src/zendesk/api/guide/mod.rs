//! Endpoints of the help center, the community and what belongs to both. Refuses to show drafts to those who do not
//! manage articles.

mod community;
mod pages;

use serde_json::{Value, json};

use crate::zendesk::account::guide::{DEFAULT_LOCALE, Guide, LOCALES};
use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::{Answer, Caller, Request};
use crate::zendesk::api::small::flag;
use crate::zendesk::api::users;

pub(super) use community::route as community;
use pages::{BY_MOMENT, BY_PLACE, list};

const ARTICLE_ORDERS: &[&str] = &["position", "title", "created_at", "updated_at"];

/// `/help_center/…`
pub(super) fn help_center(request: &Request<'_>, parts: &[&str]) -> Answer {
    let guide = request.account.guide();
    match parts {
        ["articles"] => articles(request, |_| true),
        ["articles", "labels"] => list(request, "labels", guide.labels.iter(), &[]),
        ["articles", id, rest] => article(request, id, rest),
        ["categories"] => list(request, "categories", guide.categories.iter(), BY_PLACE),
        ["categories", id, rest] => category(request, id, rest),
        ["sections"] => list(request, "sections", guide.sections.iter(), BY_PLACE),
        ["sections", id, rest] => section(request, id, rest),
        ["users", id, rest] => of_user(request, id, rest),
        ["votes"] => list(request, "votes", guide.votes.iter(), &[]),
        ["user_segments"] => {
            let built_in = flag(request, "built_in")?;
            let rows = guide.user_segments.iter();
            let rows = rows.filter(|row| built_in.is_none_or(|wanted| row["built_in"] == wanted));
            list(request, "user_segments", rows, &[])
        }
        ["locales"] => Ok(Reply::value(
            200,
            &json!({"locales": LOCALES, "default_locale": DEFAULT_LOCALE}),
        )),
        ["service_catalog", "items"] => {
            let rows = guide.service_catalog_items.iter();
            list(request, "service_catalog_items", rows, &[])
        }
        // The community lies below the help center, too: links of its lists lead there.
        ["community", rest @ ..] => community(request, rest),
        _ => Err(Reply::invalid_endpoint()),
    }
}

/// `/guide/…`
pub(super) fn settings(request: &Request<'_>, parts: &[&str]) -> Answer {
    let guide = request.account.guide();
    let (key, rows) = match parts {
        ["permission_groups"] => ("permission_groups", &guide.permission_groups),
        ["content_tags"] => return content_tags(request),
        ["theming", "themes"] => ("themes", &guide.themes),
        ["redirect_rules"] => ("redirect_rules", &guide.redirect_rules),
        _ => return Err(Reply::invalid_endpoint()),
    };
    list(request, key, rows.iter(), &[])
}

/// Cursor pages only; a tag that is not there is a 404 without any body.
fn content_tags(request: &Request<'_>) -> Answer {
    if !request.parameters.has("page[size]") && request.parameters.has("page") {
        return Err(Reply::invalid_pagination("page is not valid here"));
    }
    let prefix = request.parameters.get("filter[name_prefix]");
    let rows = request.account.guide().content_tags.iter().filter(|row| {
        prefix.is_none_or(|prefix| {
            row["name"]
                .as_str()
                .is_some_and(|name| name.starts_with(prefix))
        })
    });
    list(request, "records", rows, &[])
}

/// Whether the caller manages articles.
fn manages(request: &Request<'_>) -> bool {
    request.caller == Caller::Admin
}

/// The row with this id.
fn existing<'g>(rows: &'g [Value], id: &str) -> Result<&'g Value, Reply> {
    let wanted: i64 = id.parse().map_err(|_| Reply::record_not_found())?;
    rows.iter()
        .find(|row| row["id"] == wanted)
        .ok_or_else(Reply::record_not_found)
}

/// A list of articles, those that the caller may see.
fn articles(request: &Request<'_>, among: impl Fn(&Value) -> bool) -> Answer {
    let since = match request.parameters.get("start_time").map(str::parse::<i64>) {
        None => i64::MIN,
        Some(Ok(since)) => since,
        Some(Err(_)) => {
            return Err(Reply::described(
                400,
                "InvalidValue",
                "start_time must be an integer",
            ));
        }
    };
    let names: Option<Vec<&str>> = request
        .parameters
        .get("label_names")
        .map(|names| names.split(',').collect());
    let all = manages(request);
    let labelled = |row: &Value, name: &str| {
        row["label_names"]
            .as_array()
            .is_some_and(|labels| labels.iter().any(|label| label == name))
    };
    let rows = request.account.guide().articles.iter().filter(|row| {
        let updated = row["updated_at"].as_str().and_then(crate::clock::parse);
        (all || row["draft"] == false)
            && updated.is_some_and(|updated| updated >= since)
            && names
                .as_ref()
                .is_none_or(|names| names.iter().all(|name| labelled(row, name)))
            && among(row)
    });
    list(request, "articles", rows, ARTICLE_ORDERS)
}

/// What hangs below one article.
fn article(request: &Request<'_>, id: &str, rest: &str) -> Answer {
    let guide = request.account.guide();
    let article = existing(&guide.articles, id)?;
    if article["draft"] == true && !manages(request) {
        return Err(Reply::record_not_found());
    }
    let id = &article["id"];
    match rest {
        "translations" => translations(request, &guide.article_translations, id),
        "attachments" => {
            let rows = guide.article_attachments.iter();
            let rows = rows.filter(|row| row["article_id"] == *id);
            list(request, "article_attachments", rows, &[])
        }
        "labels" => list(request, "labels", guide.labels_of(article), &[]),
        "comments" => {
            let rows = guide.article_comments.iter();
            let rows = rows.filter(|row| row["source_id"] == *id);
            list(request, "comments", rows, BY_MOMENT)
        }
        "votes" => list(request, "votes", votes(guide, "Article", id), &[]),
        "subscriptions" => {
            let rows = subscriptions(guide, "Article", id);
            list(request, "subscriptions", rows, &[])
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn section(request: &Request<'_>, id: &str, rest: &str) -> Answer {
    let guide = request.account.guide();
    let id = &existing(&guide.sections, id)?["id"];
    match rest {
        "articles" => articles(request, |row| row["section_id"] == *id),
        "translations" => translations(request, &guide.section_translations, id),
        "subscriptions" => {
            let rows = subscriptions(guide, "Section", id);
            list(request, "subscriptions", rows, &[])
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn category(request: &Request<'_>, id: &str, rest: &str) -> Answer {
    let guide = request.account.guide();
    let id = &existing(&guide.categories, id)?["id"];
    let inside = |row: &&Value| row["category_id"] == *id;
    match rest {
        "sections" => list(
            request,
            "sections",
            guide.sections.iter().filter(inside),
            BY_PLACE,
        ),
        "articles" => {
            let sections: Vec<&Value> = guide.sections.iter().filter(inside).collect();
            articles(request, |row| {
                sections
                    .iter()
                    .any(|section| section["id"] == row["section_id"])
            })
        }
        "translations" => translations(request, &guide.category_translations, id),
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn of_user(request: &Request<'_>, id: &str, rest: &str) -> Answer {
    let guide = request.account.guide();
    let id = users::existing(request, id)?.id;
    match rest {
        "articles" => articles(request, |row| row["author_id"] == id),
        "comments" => {
            let rows = guide.article_comments.iter();
            list(
                request,
                "comments",
                rows.filter(|row| row["author_id"] == id),
                BY_MOMENT,
            )
        }
        "votes" => {
            let rows = guide.votes.iter().filter(|row| row["user_id"] == id);
            list(request, "votes", rows, &[])
        }
        _ => Err(Reply::invalid_endpoint()),
    }
}

fn translations(request: &Request<'_>, rows: &[Value], source: &Value) -> Answer {
    let (outdated, draft) = (flag(request, "outdated")?, flag(request, "draft")?);
    let locales: Option<Vec<&str>> = request
        .parameters
        .get("locales")
        .map(|locales| locales.split(',').collect());
    let all = manages(request);
    let rows = rows.iter().filter(|row| {
        row["source_id"] == *source
            && (all || row["draft"] == false)
            && outdated.is_none_or(|wanted| row["outdated"] == wanted)
            && draft.is_none_or(|wanted| row["draft"] == wanted)
            && locales
                .as_ref()
                .is_none_or(|locales| locales.iter().any(|locale| row["locale"] == *locale))
    });
    list(request, "translations", rows, &[])
}

/// The votes on one thing.
fn votes<'g>(guide: &'g Guide, kind: &'g str, id: &'g Value) -> impl Iterator<Item = &'g Value> {
    let rows = guide.votes.iter();
    rows.filter(move |row| row["item_id"] == *id && row["item_type"] == kind)
}

/// The subscriptions to one thing.
fn subscriptions<'g>(
    guide: &'g Guide,
    kind: &'g str,
    id: &'g Value,
) -> impl Iterator<Item = &'g Value> {
    let rows = guide.subscriptions.iter();
    rows.filter(move |row| row["content_id"] == *id && row["content_type"] == kind)
}
