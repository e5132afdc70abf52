//! Chat and legacy objects: what is read whole, what needs a type, and where bounds and settings lead.

use zuzen_plan::predicate::Predicate;
use zuzen_plan::read::Work;
use zuzen_plan::scan::{Exports, Scan};
use zuzen_plan::value::Value;

use super::{NOW, Planner, equal, since, text};

/// Tables with one read for all rows, and that read.
const WHOLE: [(&str, &str); 15] = [
    ("chat_agent_timeline", "export"),
    ("chat_agents", "list"),
    ("chat_bans", "list"),
    ("chat_conversions", "export"),
    ("chat_department_events", "export"),
    ("chat_departments", "list"),
    ("chat_goals", "list"),
    ("chat_roles", "list"),
    ("chat_routing_settings", "show"),
    ("chat_shortcuts", "list"),
    ("chat_skills", "list"),
    ("chat_triggers", "list"),
    ("chats", "export"),
    ("legacy_object_types", "list"),
    ("legacy_relationship_types", "list"),
];

/// Tables that the API lists by type only, and the column that names it.
pub(super) const BY_TYPE: [(&str, &str); 2] = [
    ("legacy_object_records", "type"),
    ("legacy_relationships", "relationship_type"),
];

/// How many tables stand here.
pub(super) const TABLES: usize = WHOLE.len() + BY_TYPE.len();

fn first(planner: &Planner, table: &str, scan: &Scan) -> String {
    let plan = planner.plan(table, scan).unwrap();
    let Work::Requests(requests) = &plan.work else {
        panic!("{table}: {:?}", plan.work);
    };
    requests[0].to_string()
}

#[test]
fn all_of_it_is_read_whole() {
    let planner = Planner::new();
    for (table, name) in WHOLE {
        let plan = planner.plan(table, &planner.star(table)).unwrap();
        assert_eq!(plan.read.name, name, "{table}");
    }
}

#[test]
fn legacy_records_want_a_type() {
    let planner = Planner::new();
    for (table, column) in BY_TYPE {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        let hint = error.hint();
        assert!(hint.contains(&format!("{column} = ")), "{table}: {hint}");
        let mut scan = planner.star(table);
        scan.predicates = vec![equal(column, text("car"))];
        let plan = planner.plan(table, &scan).unwrap();
        assert_eq!(plan.read.name, "by_type", "{table}");
    }
}

#[test]
fn questions_become_these_requests() {
    let planner = Planner::new();
    let old = since("update_timestamp", 7);
    let begun = since("timestamp", 3);
    let car = || equal("type", text("car"));
    let cases: [(&str, Vec<Predicate>, &str); 9] = [
        (
            "chats",
            vec![],
            "GET /api/v2/chat/incremental/chats?fields=chats%28%2A%29&start_time=0&limit=1000",
        ),
        (
            "chats",
            vec![old, begun],
            "GET /api/v2/chat/incremental/chats?fields=chats%28%2A%29&start_time=1789740800&limit=1000",
        ),
        (
            // More than five minutes have to have passed.
            "chats",
            vec![Predicate::compare(
                "timestamp",
                zuzen_plan::predicate::Comparison::AtLeast,
                Value::Timestamp(NOW),
            )],
            "GET /api/v2/chat/incremental/chats?fields=chats%28%2A%29&start_time=1789999640&limit=1000",
        ),
        (
            "chat_agent_timeline",
            vec![since("start_time", 7)],
            "GET /api/v2/chat/incremental/agent_timeline?fields=agent_timeline%28%2A%29&start_time=1789395200000000&limit=1000",
        ),
        ("chat_bans", vec![], "GET /api/v2/chat/bans?limit=100"),
        (
            "chat_shortcuts",
            vec![equal("id", text("hi"))],
            "GET /api/v2/chat/shortcuts",
        ),
        (
            "legacy_object_records",
            vec![car()],
            "GET /api/sunshine/objects/records?per_page=1000&type=car",
        ),
        (
            "legacy_object_records",
            vec![car(), equal("external_id", text("A 1"))],
            "GET /api/sunshine/objects/records?type=car&external_id=A%201",
        ),
        (
            "legacy_object_records",
            vec![Predicate::in_values("id", vec![text("a"), text("b")])],
            "GET /api/sunshine/objects/records?ids=a,b",
        ),
    ];
    for (table, predicates, expected) in cases {
        let mut scan = planner.star(table);
        scan.predicates = predicates;
        assert_eq!(first(&planner, table, &scan), expected);
    }
}

/// The list of chats is live but slow, and does not tell everything.
#[test]
fn chats_are_listed_where_exports_are_not_wanted() {
    let planner = Planner {
        exports: Exports::Never,
        ..Planner::new()
    };
    let scan = Scan::of(vec!["id".to_owned(), "_raw".to_owned()]);
    assert_eq!(first(&planner, "chats", &scan), "GET /api/v2/chat/chats");
    let error = planner.plan("chats", &planner.star("chats")).unwrap_err();
    assert!(error.to_string().contains("update_timestamp"), "{error}");
    assert!(
        error.hint().contains("UseIncrementalAPI"),
        "{}",
        error.hint()
    );
    let mut refused = Planner::new();
    refused.refuse("chats", "export");
    assert_eq!(first(&refused, "chats", &scan), "GET /api/v2/chat/chats");
}
