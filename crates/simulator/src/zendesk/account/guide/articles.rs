//! The articles and what hangs below them: translations, files, comments. Drafts have no readers, so nothing hangs
//! below those but the text itself.

use serde_json::{Value, json};

use super::content::translations;
use super::{DEFAULT_LOCALE, Guide, Kind, Maker, opinions, page, time, url};
use crate::zendesk::account::words;

const VERBS: [&str; 7] = [
    "Set up",
    "Reset",
    "Update",
    "Pay for",
    "Return",
    "Repair",
    "Understand",
];
const THINGS: [&str; 9] = [
    "your router",
    "the \"Pro\" plan",
    "your password",
    "an invoice",
    "Cloud Storage",
    "Wi-Fi & LAN",
    "error E-17",
    "die Rückgabe",
    "製品の登録",
];

pub(super) fn fill(guide: &mut Guide, maker: &Maker<'_>) {
    let count = (maker.account.tickets / 40).clamp(24, 5_000) as usize;
    for index in 0..count {
        article(guide, maker, index, count);
    }
}

fn article(guide: &mut Guide, maker: &Maker<'_>, index: usize, count: usize) {
    let mut dice = maker.dice(Kind::Article, index);
    let id = maker.id(Kind::Article, index);
    let created = maker.moment(0.05 + 0.9 * index as f64 / count as f64);
    let edited = maker.later(created, &mut dice, 100);
    let updated = maker.later(edited, &mut dice, 30);
    let draft = index % 12 == 7;
    let title = format!("{} {}", dice.pick(&VERBS), dice.pick(&THINGS));
    let body = format!("<p>{}</p>", words::text(&mut dice, 120));
    let section = guide.sections[dice.below(guide.sections.len() as u64) as usize]["id"].clone();
    let mut rows = translations(
        maker,
        100_000 + index * 4,
        "Article",
        id,
        &title,
        Some(&body),
        created,
        1 + dice.below(3) as usize,
    );
    if draft {
        for row in &mut rows {
            row["draft"] = json!(true);
        }
    }
    let outdated_locales: Vec<&Value> = rows
        .iter()
        .filter(|row| row["outdated"] == true)
        .map(|row| &row["locale"])
        .collect();
    let labels: Vec<Value> = if draft {
        Vec::new()
    } else {
        guide
            .labels
            .iter()
            .filter(|_| dice.chance(200))
            .map(|label| label["name"].clone())
            .collect()
    };
    let tags: Vec<Value> = guide
        .content_tags
        .iter()
        .filter(|_| dice.chance(200))
        .map(|tag| tag["id"].clone())
        .collect();
    let segment = match index % 6 {
        4 => guide.user_segments[0]["id"].clone(),
        5 => guide.user_segments[2]["id"].clone(),
        _ => Value::Null,
    };
    let segments: Vec<&Value> = Some(&segment)
        .filter(|segment| !segment.is_null())
        .into_iter()
        .collect();
    let closed = index % 9 == 8;
    let mut row = json!({"id": id, "url": url(&format!("help_center/{DEFAULT_LOCALE}/articles"), id), "html_url": page("articles", id),
        "author_id": maker.writer(index), "comments_disabled": closed, "draft": draft, "promoted": index.is_multiple_of(10), "position": index % 5,
        "section_id": section, "created_at": time(created), "updated_at": time(updated), "edited_at": time(edited),
        "name": title, "title": title, "body": if index % 13 == 12 { Value::Null } else { json!(body) }, "source_locale": DEFAULT_LOCALE, "locale": DEFAULT_LOCALE,
        "outdated": false, "outdated_locales": outdated_locales, "user_segment_id": segment, "user_segment_ids": segments,
        "permission_group_id": guide.permission_groups[index % 2]["id"], "content_tag_ids": tags, "label_names": labels});
    guide.article_translations.extend(rows);
    let (sum, count) = if draft {
        (0, 0)
    } else {
        opinions::vote(guide, maker, "Article", id, created, 6)
    };
    (row["vote_sum"], row["vote_count"]) = (json!(sum), json!(count));
    guide.articles.push(row);
    if draft {
        return;
    }
    attachments(guide, maker, index, id, created);
    if !closed {
        comments(guide, maker, index, id, created);
    }
    opinions::subscribe(guide, maker, "Article", id, created, index % 3);
}

fn attachments(guide: &mut Guide, maker: &Maker<'_>, index: usize, article: i64, created: i64) {
    for number in 0..[1, 0, 2, 0][index % 4] {
        let at = guide.article_attachments.len();
        let id = maker.id(Kind::Attachment, at);
        let inline = at.is_multiple_of(3);
        let (name, kind) = if inline {
            ("screen.png", "image/png")
        } else {
            ("Anleitung (v2).pdf", "application/pdf")
        };
        let mut row = json!({"id": id, "url": url(&format!("help_center/articles/{article}/attachments"), id), "article_id": article, "file_name": name,
            "content_type": kind, "content_url": format!("https://acme.zendesk.com/hc/article_attachments/{id}/{name}"), "size": 10_240 + at * 311,
            "inline": inline, "locale": inline.then_some(DEFAULT_LOCALE), "display_file_name": name, "relative_path": format!("/hc/article_attachments/{id}"),
            "created_at": time(created + i64::from(number) * 60), "updated_at": time(created + i64::from(number) * 60)});
        // Files that were uploaded before the media library came have no such key.
        if !at.is_multiple_of(4) {
            row["guide_media_id"] = json!(format!("01HXMEDIA{id}"));
        }
        guide.article_attachments.push(row);
    }
}

fn comments(guide: &mut Guide, maker: &Maker<'_>, index: usize, article: i64, created: i64) {
    for _ in 0..[0, 2, 0, 1, 3][index % 5] {
        let at = guide.article_comments.len();
        let id = maker.id(Kind::Comment, at);
        let mut dice = maker.dice(Kind::Comment, at);
        let written = maker.later(created, &mut dice, 200);
        let edited = (at % 6 == 2).then(|| maker.later(written, &mut dice, 5));
        let (sum, count) = opinions::vote(guide, maker, "Comment", id, written, 2);
        guide.article_comments.push(json!({"id": id, "url": url(&format!("help_center/{DEFAULT_LOCALE}/articles/{article}/comments"), id),
            "html_url": format!("{}/comments/{id}", page("articles", article)), "body": format!("<p>{}</p>", words::text(&mut dice, 40)),
            "author_id": maker.reader(&mut dice), "source_id": article, "source_type": "Article", "locale": DEFAULT_LOCALE,
            "vote_sum": sum, "vote_count": count, "non_author_editor_id": edited.map(|_| maker.writer(at)), "non_author_updated_at": edited.map(time),
            "created_at": time(written), "updated_at": time(edited.unwrap_or(written))}));
    }
}
