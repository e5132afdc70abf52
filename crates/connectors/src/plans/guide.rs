//! The help center, the community, Talk and engagements: what is read whole, what needs a parent, and which read
//! answers which question.

use zuzen_plan::read::Work;
use zuzen_plan::value::Value;

use super::{Planner, equal, since, text};

/// Tables with one read for all rows, and that read.
const WHOLE: [(&str, &str); 30] = [
    ("articles", "list"),
    ("categories", "list"),
    ("content_tags", "list"),
    ("engagements", "list"),
    ("help_center_locales", "list"),
    ("labels", "list"),
    ("permission_groups", "list"),
    ("posts", "list"),
    ("redirect_rules", "list"),
    ("sections", "list"),
    ("service_catalog_items", "list"),
    ("talk_account_overview", "list"),
    ("talk_addresses", "list"),
    ("talk_agents_activity", "list"),
    ("talk_agents_overview", "list"),
    ("talk_calls", "export"),
    ("talk_current_queue_activity", "list"),
    ("talk_greeting_categories", "list"),
    ("talk_greetings", "list"),
    ("talk_ivr_menus", "list"),
    ("talk_ivr_routes", "list"),
    ("talk_ivrs", "list"),
    ("talk_legs", "export"),
    ("talk_lines", "list"),
    ("talk_phone_numbers", "list"),
    ("talk_settings", "list"),
    ("themes", "list"),
    ("topics", "list"),
    ("user_segments", "list"),
    ("votes", "list"),
];

/// Tables that take a request for each parent, the column that says which, and the read.
const BELOW: [(&str, &str, &str); 15] = [
    ("article_attachments", "article_id", "by_article"),
    ("article_comments", "source_id", "by_article"),
    ("article_labels", "article_id", "by_article"),
    ("article_subscriptions", "content_id", "by_article"),
    ("article_translations", "source_id", "by_article"),
    ("article_votes", "item_id", "by_article"),
    ("category_translations", "source_id", "by_category"),
    ("post_comments", "post_id", "by_post"),
    ("post_subscriptions", "content_id", "by_post"),
    ("post_votes", "item_id", "by_post"),
    ("section_subscriptions", "content_id", "by_section"),
    ("section_translations", "source_id", "by_section"),
    ("talk_availabilities", "agent_id", "by_agent"),
    ("topic_subscriptions", "content_id", "by_topic"),
    ("calls", "id", "show"),
];

/// How many tables stand here.
pub(super) const TABLES: usize = WHOLE.len() + BELOW.len();

#[test]
fn lists_are_read_whole() {
    let planner = Planner::new();
    for (table, name) in WHOLE {
        let plan = planner.plan(table, &planner.star(table)).unwrap();
        assert_eq!(plan.read.name, name, "{table}");
    }
}

#[test]
fn what_hangs_below_something_needs_its_key_or_a_budget() {
    let planner = Planner::new();
    for (table, column, name) in BELOW {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        assert!(error.hint().contains(&format!("{column} = ")), "{error}");
        let mut scan = planner.star(table);
        scan.predicates = vec![equal(column, Value::Int(7))];
        let plan = planner.plan(table, &scan).unwrap();
        assert_eq!(
            (plan.read.name.as_str(), plan.estimate.requests),
            (name, 1),
            "{table}"
        );
        let generous = Planner {
            max_requests: Some(1_000_000),
            ..Planner::new()
        };
        let whole = generous.plan(table, &generous.star(table));
        match whole {
            Ok(plan) => assert!(matches!(plan.work, Work::FanOut { .. }), "{table}"),
            // Nothing lists reported calls.
            Err(_) => assert_eq!(table, "calls"),
        }
    }
}

#[test]
fn questions_about_content_take_the_read_meant_for_them() {
    let planner = Planner::new();
    let cases = [
        (
            "articles",
            vec![equal("section_id", Value::Int(7))],
            "by_section",
        ),
        (
            "articles",
            vec![equal("author_id", Value::Int(7))],
            "by_author",
        ),
        (
            "articles",
            vec![equal("category_id", Value::Int(7))],
            "by_category",
        ),
        ("articles", vec![since("updated_at", 7)], "list"),
        (
            "sections",
            vec![equal("category_id", Value::Int(7))],
            "by_category",
        ),
        (
            "article_comments",
            vec![equal("author_id", Value::Int(7))],
            "by_author",
        ),
        ("votes", vec![equal("user_id", Value::Int(7))], "by_user"),
        ("posts", vec![equal("topic_id", Value::Int(7))], "by_topic"),
        (
            "posts",
            vec![equal("author_id", Value::Int(7))],
            "by_author",
        ),
        ("posts", vec![equal("status", text("planned"))], "list"),
        (
            "post_comments",
            vec![equal("author_id", Value::Int(7))],
            "by_author",
        ),
    ];
    for (table, predicates, name) in cases {
        let mut scan = planner.star(table);
        let shown: Vec<String> = predicates.iter().map(ToString::to_string).collect();
        scan.predicates = predicates;
        let plan = planner.plan(table, &scan).unwrap();
        assert_eq!(plan.read.name, name, "{table}: {}", shown.join(" AND "));
    }
}

#[test]
fn filters_of_content_become_parameters() {
    let planner = Planner::new();
    let source = || equal("source_id", Value::Int(7));
    let cases = [
        (
            "articles",
            vec![since("updated_at", 7)],
            "start_time=1789395200",
        ),
        (
            "posts",
            vec![equal("status", text("planned"))],
            "filter_by=planned",
        ),
        (
            "user_segments",
            vec![equal("built_in", Value::Bool(true))],
            "built_in=true",
        ),
        (
            "article_translations",
            vec![source(), equal("locale", text("de"))],
            "locales=de",
        ),
        (
            "article_translations",
            vec![source(), equal("draft", Value::Bool(false))],
            "draft=false",
        ),
        (
            "talk_calls",
            vec![since("created_at", 7)],
            "start_time=1789395200",
        ),
        ("talk_legs", vec![], "start_time=0"),
    ];
    for (table, predicates, parameter) in cases {
        let mut scan = planner.star(table);
        scan.predicates = predicates;
        let plan = planner.plan(table, &scan).unwrap();
        let Work::Requests(requests) = &plan.work else {
            panic!("{table}: {:?}", plan.work);
        };
        let sent = requests[0].to_string();
        assert!(sent.contains(parameter), "{table}: {sent}");
    }
}
