//! What readers think and want to be told: votes and subscriptions. It refuses to let anybody vote twice on one thing.

use serde_json::{Value, json};

use super::{DEFAULT_LOCALE, Guide, Kind, Maker, time, url};

/// Lets up to `most` people vote on something; the sum and the number of their votes.
pub(super) fn vote(
    guide: &mut Guide,
    maker: &Maker<'_>,
    kind: &str,
    item: i64,
    created: i64,
    most: u64,
) -> (i64, i64) {
    let mut dice = maker.dice(Kind::Vote, guide.votes.len());
    let mut voters: Vec<i64> = (0..dice.below(most + 1))
        .map(|_| maker.reader(&mut dice))
        .collect();
    voters.sort_unstable();
    voters.dedup();
    let (mut sum, mut count) = (0, 0);
    for user in voters {
        let id = maker.id(Kind::Vote, guide.votes.len());
        let value = if dice.chance(720) { 1 } else { -1 };
        let moment = maker.later(created, &mut dice, 90);
        guide.votes.push(json!({"id": id, "url": url("help_center/votes", id), "user_id": user, "value": value,
            "item_id": item, "item_type": kind, "created_at": time(moment), "updated_at": time(moment)}));
        sum += value;
        count += 1;
    }
    (sum, count)
}

/// Lets so many people subscribe to something; how many there are then.
pub(super) fn subscribe(
    guide: &mut Guide,
    maker: &Maker<'_>,
    kind: &str,
    content: i64,
    created: i64,
    count: usize,
) -> usize {
    let mut dice = maker.dice(Kind::Subscription, guide.subscriptions.len());
    let mut people: Vec<i64> = (0..count).map(|_| maker.reader(&mut dice)).collect();
    people.sort_unstable();
    people.dedup();
    for user in &people {
        let id = maker.id(Kind::Subscription, guide.subscriptions.len());
        let moment = maker.later(created, &mut dice, 120);
        let collection = match kind {
            "Article" => "help_center/articles",
            "Section" => "help_center/sections",
            "Post" => "community/posts",
            _ => "community/topics",
        };
        let mut row = json!({"id": id, "url": url(&format!("{collection}/{content}/subscriptions"), id), "user_id": user,
            "content_id": content, "content_type": kind, "locale": DEFAULT_LOCALE, "include_comments": dice.chance(500),
            "created_at": time(moment), "updated_at": time(moment)});
        // Many rows lack the key.
        if id % 2 == 0 {
            row["source_locale"] = Value::from(DEFAULT_LOCALE);
        }
        guide.subscriptions.push(row);
    }
    people.len()
}
