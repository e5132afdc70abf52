//! The help center and the community: their envelope, parents, filters, and who sees drafts.

use serde_json::Value;

use super::{AGENT, Caller, assert_same, ids, unique};
use crate::zendesk::{Product, Subscription};

const TABLES: [&str; 27] = [
    "article_attachments",
    "article_comments",
    "article_labels",
    "article_subscriptions",
    "article_translations",
    "article_votes",
    "articles",
    "categories",
    "category_translations",
    "content_tags",
    "help_center_locales",
    "labels",
    "permission_groups",
    "post_comments",
    "post_subscriptions",
    "post_votes",
    "posts",
    "redirect_rules",
    "section_subscriptions",
    "section_translations",
    "sections",
    "service_catalog_items",
    "themes",
    "topic_subscriptions",
    "topics",
    "user_segments",
    "votes",
];

fn of(rows: &[Value], column: &str, id: &Value) -> Vec<Value> {
    let rows = rows.iter().filter(|row| row[column] == *id);
    rows.cloned().collect()
}

#[test]
fn every_table_has_rows_and_ids_of_its_own() {
    let (one, two) = (Caller::new(600), Caller::new(600));
    for table in TABLES {
        let rows = one.account.truth(table);
        assert!(!rows.is_empty(), "{table}");
        if one.account.anchor == two.account.anchor {
            assert_eq!(rows, two.account.truth(table), "{table}");
        }
        if rows[0]["id"].is_i64() && table != "article_labels" {
            assert_eq!(unique(&ids(&rows)).len(), rows.len(), "{table}");
        }
    }
}

#[test]
fn lists_come_in_thirties_unless_a_cursor_is_asked_for() {
    let caller = Caller::new(2_000);
    let truth = caller.account.truth("articles");
    let first = caller.get("help_center/articles");
    assert_eq!(first["articles"].as_array().unwrap().len(), 30);
    assert_eq!(first["count"], truth.len());
    assert_eq!(first["page_count"], truth.len().div_ceil(30));
    assert_eq!(
        (&first["page"], &first["per_page"], &first["sort_by"]),
        (&Value::from(1), &Value::from(30), &Value::from("position"))
    );
    assert_same(
        caller.by_offset(
            "help_center/articles?sort_by=updated_at&sort_order=desc",
            "articles",
            7,
        ),
        truth.clone(),
        "numbered",
    );
    assert_same(
        caller.by_cursor("help_center/articles.json", "articles", 7),
        truth,
        "cursors",
    );
    let last = caller.get("help_center/categories?page[size]=100");
    assert_eq!(last["meta"]["has_more"], false);
    assert!(last["links"]["next"].is_null(), "{}", last["links"]);
    let moved = caller.get("community/posts.json?page[size]=3");
    let next = moved["links"]["next"].as_str().unwrap();
    assert!(next.contains("/help_center/community/posts?"), "{next}");
    for address in [
        "help_center/articles?page[size]=10&sort_by=updated_at",
        "help_center/votes?sort_by=created_at",
        "help_center/articles?sort_by=votes",
        "help_center/articles?per_page=101",
        "community/posts?filter_by=open",
        "help_center/articles?start_time=yesterday",
    ] {
        assert_eq!(caller.status(address), 400, "{address}");
    }
}

#[test]
fn children_agree_with_the_truth() {
    let caller = Caller::new(1_500);
    let account = &caller.account;
    let cases = [
        (
            "articles",
            "help_center/articles/{}/translations",
            "translations",
            "article_translations",
            "source_id",
        ),
        (
            "articles",
            "help_center/articles/{}/attachments",
            "article_attachments",
            "article_attachments",
            "article_id",
        ),
        (
            "articles",
            "help_center/articles/{}/comments",
            "comments",
            "article_comments",
            "source_id",
        ),
        (
            "articles",
            "help_center/articles/{}/votes",
            "votes",
            "article_votes",
            "item_id",
        ),
        (
            "articles",
            "help_center/articles/{}/subscriptions",
            "subscriptions",
            "article_subscriptions",
            "content_id",
        ),
        (
            "sections",
            "help_center/sections/{}/articles",
            "articles",
            "articles",
            "section_id",
        ),
        (
            "sections",
            "help_center/sections/{}/translations",
            "translations",
            "section_translations",
            "source_id",
        ),
        (
            "sections",
            "help_center/sections/{}/subscriptions",
            "subscriptions",
            "section_subscriptions",
            "content_id",
        ),
        (
            "categories",
            "help_center/categories/{}/sections",
            "sections",
            "sections",
            "category_id",
        ),
        (
            "categories",
            "help_center/categories/{}/translations",
            "translations",
            "category_translations",
            "source_id",
        ),
        (
            "topics",
            "community/topics/{}/posts",
            "posts",
            "posts",
            "topic_id",
        ),
        (
            "topics",
            "community/topics/{}/subscriptions",
            "subscriptions",
            "topic_subscriptions",
            "content_id",
        ),
        (
            "posts",
            "community/posts/{}/comments",
            "comments",
            "post_comments",
            "post_id",
        ),
        (
            "posts",
            "community/posts/{}/votes",
            "votes",
            "post_votes",
            "item_id",
        ),
        (
            "posts",
            "community/posts/{}/subscriptions",
            "subscriptions",
            "post_subscriptions",
            "content_id",
        ),
        (
            "users",
            "help_center/users/{}/votes",
            "votes",
            "votes",
            "user_id",
        ),
        (
            "users",
            "help_center/users/{}/comments",
            "comments",
            "article_comments",
            "author_id",
        ),
        (
            "users",
            "community/users/{}/posts",
            "posts",
            "posts",
            "author_id",
        ),
    ];
    for (parents, address, key, table, column) in cases {
        let truth = account.truth(table);
        let mut found = 0;
        for parent in account.truth(parents) {
            let address = address.replace("{}", &parent["id"].to_string());
            let rows = caller.by_cursor(&address, key, 50);
            found += rows.len();
            assert_same(rows, of(&truth, column, &parent["id"]), &address);
        }
        assert_eq!(found, truth.len(), "{address}: each row has one parent");
        assert_eq!(caller.status(&address.replace("{}", "7")), 404, "{address}");
    }
}

#[test]
fn sums_fit_what_they_sum_up() {
    let account = Caller::new(1_000).account;
    let votes = account.truth("votes");
    for table in ["articles", "article_comments", "posts", "post_comments"] {
        for row in account.truth(table) {
            let own = of(&votes, "item_id", &row["id"]);
            let sum: i64 = own.iter().map(|vote| vote["value"].as_i64().unwrap()).sum();
            assert_eq!(
                (row["vote_sum"].as_i64(), row["vote_count"].as_u64()),
                (Some(sum), Some(own.len() as u64))
            );
        }
    }
    let (comments, followers) = (
        account.truth("post_comments"),
        account.truth("post_subscriptions"),
    );
    for post in account.truth("posts") {
        assert_eq!(
            post["comment_count"],
            of(&comments, "post_id", &post["id"]).len()
        );
        assert_eq!(
            post["follower_count"],
            of(&followers, "content_id", &post["id"]).len()
        );
    }
}

#[test]
fn filters_keep_what_they_say() {
    let caller = Caller::new(1_500);
    let articles = caller.account.truth("articles");
    let label = &articles
        .iter()
        .find(|row| row["label_names"][0].is_string())
        .unwrap()["label_names"][0];
    let labelled = caller.by_cursor(
        &format!(
            "help_center/articles?label_names={}",
            label.as_str().unwrap()
        ),
        "articles",
        100,
    );
    assert!(!labelled.is_empty() && labelled.len() < articles.len());
    assert!(
        labelled
            .iter()
            .all(|row| row["label_names"].as_array().unwrap().contains(label))
    );
    let middle =
        crate::clock::parse(articles[articles.len() / 2]["updated_at"].as_str().unwrap()).unwrap();
    let since =
        |row: &Value| crate::clock::parse(row["updated_at"].as_str().unwrap()).unwrap() >= middle;
    assert_same(
        caller.by_cursor(
            &format!("help_center/articles?start_time={middle}"),
            "articles",
            100,
        ),
        articles.iter().filter(|row| since(row)).cloned().collect(),
        "start_time",
    );
    let planned = caller.by_cursor("community/posts?filter_by=planned", "posts", 100);
    assert!(!planned.is_empty() && planned.iter().all(|row| row["status"] == "planned"));
    let built_in = caller.by_cursor(
        "help_center/user_segments?built_in=false",
        "user_segments",
        100,
    );
    assert!(!built_in.is_empty() && built_in.iter().all(|row| row["built_in"] == false));
}

#[test]
fn drafts_are_for_managers() {
    let mut caller = Caller::new(1_500);
    let articles = caller.account.truth("articles");
    let (drafts, published): (Vec<Value>, Vec<Value>) =
        articles.into_iter().partition(|row| row["draft"] == true);
    assert!(!drafts.is_empty());
    let below = format!("help_center/articles/{}/translations", drafts[0]["id"]);
    assert_eq!(caller.status(&below), 200);
    caller.credentials = Some(AGENT.to_owned());
    assert_same(
        caller.by_cursor("help_center/articles", "articles", 100),
        published,
        "published",
    );
    assert_eq!(caller.status(&below), 404);
}

#[test]
fn a_help_center_that_is_off_is_not_there() {
    let mut caller = Caller::new(100);
    caller.behaviour.subscription = Subscription::without(Product::Guide);
    for address in [
        "help_center/sections",
        "community/posts",
        "guide/permission_groups",
    ] {
        let refused = caller.send("GET", address, "");
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (404, &Value::from("InvalidEndpoint")),
            "{address}"
        );
    }
    caller.behaviour.subscription = Subscription::without(Product::Assets);
    assert_eq!(caller.status("help_center/service_catalog/items"), 404);
    assert_eq!(caller.status("help_center/sections"), 200);
}
