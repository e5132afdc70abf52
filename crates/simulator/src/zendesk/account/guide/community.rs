//! The community: topics, posts and what people answer. It refuses to moderate.

use serde_json::{Value, json};

use super::{Guide, Kind, Maker, opinions, page, time, url};
use crate::zendesk::account::words;

const TOPICS: [(&str, Option<&str>); 5] = [
    ("General discussion", Some("Everything else")),
    ("Feature requests", Some("What should we build?")),
    ("Bugs & workarounds", None),
    ("日本語フォーラム", Some("")),
    ("Partners", Some("Invited people only")),
];

const STATUSES: [&str; 7] = [
    "none",
    "planned",
    "none",
    "answered",
    "completed",
    "not_planned",
    "none",
];

pub(super) fn fill(guide: &mut Guide, maker: &Maker<'_>) {
    let community = maker.id(Kind::Topic, 90_000);
    for (index, (name, description)) in TOPICS.iter().enumerate() {
        let id = maker.id(Kind::Topic, index);
        let created = maker.moment(0.01 + 0.03 * index as f64);
        let followers = opinions::subscribe(guide, maker, "Topic", id, created, index * 2);
        guide.topics.push(json!({"id": id, "url": url("community/topics", id), "html_url": page("community/topics", id), "name": name,
            "description": description, "position": index, "follower_count": followers, "community_id": community,
            "manageable_by": if index == 4 { "staff" } else { "managers" },
            "user_segment_id": if index == 4 { guide.user_segments[2]["id"].clone() } else { Value::Null },
            "created_at": time(created), "updated_at": time(created + 86_400)}));
    }
    let count = (maker.account.tickets / 50).clamp(20, 5_000) as usize;
    for index in 0..count {
        post(guide, maker, index, count);
    }
}

fn post(guide: &mut Guide, maker: &Maker<'_>, index: usize, count: usize) {
    let mut dice = maker.dice(Kind::Post, index);
    let id = maker.id(Kind::Post, index);
    let created = maker.moment(0.15 + 0.84 * index as f64 / count as f64);
    let topic = guide.topics[dice.below(guide.topics.len() as u64) as usize]["id"].clone();
    let edited = (index % 8 == 3).then(|| maker.later(created, &mut dice, 20));
    let tags: Vec<Value> = guide
        .content_tags
        .iter()
        .filter(|_| dice.chance(150))
        .map(|tag| tag["id"].clone())
        .collect();
    let (sum, votes) = opinions::vote(guide, maker, "Post", id, created, 8);
    let followers = opinions::subscribe(guide, maker, "Post", id, created, index % 4);
    let closed = index % 11 == 10;
    let answers = if closed { 0 } else { dice.below(5) };
    let mut updated = edited.unwrap_or(created);
    for _ in 0..answers {
        updated = updated.max(comment(guide, maker, id, created));
    }
    guide.posts.push(json!({"id": id, "url": url("community/posts", id), "html_url": page("community/posts", id), "title": words::subject(&mut dice),
        "details": format!("<p>{}</p>", words::text(&mut dice, 80)), "author_id": maker.reader(&mut dice), "topic_id": topic,
        "pinned": index % 17 == 1, "featured": index % 13 == 2, "closed": closed, "frozen": false, "status": STATUSES[index % STATUSES.len()],
        "vote_sum": sum, "vote_count": votes, "comment_count": answers, "follower_count": followers, "content_tag_ids": tags,
        "non_author_editor_id": edited.map(|_| maker.writer(index)), "non_author_updated_at": edited.map(time),
        "created_at": time(created), "updated_at": time(updated)}));
}

/// Adds an answer; when it was written.
fn comment(guide: &mut Guide, maker: &Maker<'_>, post: i64, created: i64) -> i64 {
    let at = guide.post_comments.len();
    let id = maker.id(Kind::PostComment, at);
    let mut dice = maker.dice(Kind::PostComment, at);
    let written = maker.later(created, &mut dice, 60);
    let edited = (at % 9 == 4).then(|| maker.later(written, &mut dice, 3));
    let official = at % 5 == 1;
    let author = if official {
        maker.writer(at)
    } else {
        maker.reader(&mut dice)
    };
    let (sum, count) = opinions::vote(guide, maker, "PostComment", id, written, 3);
    guide.post_comments.push(json!({"id": id, "url": url(&format!("community/posts/{post}/comments"), id),
        "html_url": format!("{}/comments/{id}", page("community/posts", post)), "body": format!("<p>{}</p>", words::text(&mut dice, 50)),
        "author_id": author, "post_id": post, "official": official, "vote_sum": sum, "vote_count": count,
        "non_author_editor_id": edited.map(|_| maker.writer(at + 1)), "non_author_updated_at": edited.map(time),
        "created_at": time(written), "updated_at": time(edited.unwrap_or(written))}));
    written
}
