//! What the planner makes of the real table files: which read answers which question, and that every table
//! can be read at all. It refuses to test the planner; a change here is a change of what users pay.

mod chat;
mod guide;
mod whole;

use std::collections::HashMap;

use zuzen_plan::predicate::{Comparison, Predicate, Test};
use zuzen_plan::read::{PlanError, ReadPlan, Work, read};
use zuzen_plan::scan::{Exports, Keys, Known, Newest, Scan};
use zuzen_plan::table::{Connector, Order, Table};
use zuzen_plan::value::{MICROS, Value};

const NOW: i64 = 1_790_000_000 * MICROS;
const DAY: i64 = 86_400 * MICROS;

/// Plans a scan of a Zendesk table.
struct Planner {
    connector: Connector,
    refused: HashMap<(String, String), String>,
    max_requests: Option<u64>,
    exports: Exports,
}

impl Planner {
    fn new() -> Self {
        Self {
            connector: crate::load("zendesk", None).unwrap(),
            refused: HashMap::new(),
            max_requests: None,
            exports: Exports::Auto,
        }
    }

    fn refuse(&mut self, table: &str, read: &str) {
        self.refused
            .insert((table.into(), read.into()), "role".into());
    }

    fn plan(&self, table: &str, scan: &Scan) -> Result<ReadPlan, PlanError> {
        let known = Known {
            connector: &self.connector,
            connection: "zendesk",
            now: NOW,
            counted: &HashMap::new(),
            refused: &self.refused,
            per_minute: &HashMap::new(),
            indexed: false,
            max_requests: self.max_requests,
            page_size: None,
            exports: self.exports,
        };
        read(self.connector.table(table).unwrap(), scan, &known)
    }

    fn star(&self, table: &str) -> Scan {
        Scan::of(star(self.connector.table(table).unwrap()))
    }
}

fn star(table: &Table) -> Vec<String> {
    let columns = table.columns.iter().filter(|column| !column.pseudo);
    columns.map(|column| column.name.clone()).collect()
}

fn equal(column: &str, value: Value) -> Predicate {
    Predicate::in_values(column, vec![value])
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn since(column: &str, days: i64) -> Predicate {
    let value = Value::Timestamp(NOW - days * DAY);
    Predicate::compare(column, Comparison::AtLeast, value)
}

fn has(column: &str, value: &str) -> Predicate {
    Predicate {
        column: column.into(),
        test: Test::Has(text(value)),
    }
}

fn newest(column: &str, rows: u64) -> Newest {
    let order = Order {
        column: column.into(),
        descending: true,
    };
    Newest {
        order,
        rows,
        loose: false,
    }
}

#[test]
fn questions_take_the_read_meant_for_them() {
    let planner = Planner::new();
    let tickets = "tickets";
    let cases = [
        (tickets, vec![equal("id", Value::Int(7))], "show_many", 1),
        (
            tickets,
            vec![equal("requester_id", Value::Int(7))],
            "search",
            2,
        ),
        (
            tickets,
            vec![equal("organization_id", Value::Int(7))],
            "search",
            2,
        ),
        (tickets, vec![has("tags", "vip")], "search", 6),
        (
            tickets,
            vec![
                equal("status", text("open")),
                equal("priority", text("urgent")),
            ],
            "search",
            6,
        ),
        (
            tickets,
            vec![equal("subject", text("Printer on fire"))],
            "export",
            102,
        ),
        (
            tickets,
            vec![equal("external_id", text("A-1"))],
            "export",
            102,
        ),
        ("users", vec![equal("id", Value::Int(7))], "show_many", 1),
        (
            "users",
            vec![equal("external_id", text("A-1"))],
            "show_many_external",
            1,
        ),
        (
            "users",
            vec![equal("organization_id", Value::Int(7))],
            "by_organization",
            1,
        ),
        (
            "group_memberships",
            vec![equal("group_id", Value::Int(7))],
            "by_group",
            1,
        ),
        (
            "organization_memberships",
            vec![equal("user_id", Value::Int(7))],
            "by_user",
            1,
        ),
        (
            "ticket_metrics",
            vec![equal("ticket_id", Value::Int(7))],
            "by_tickets",
            1,
        ),
        (
            "ticket_comments",
            vec![equal("ticket_id", Value::Int(7))],
            "by_ticket",
            1,
        ),
        (
            "ticket_audits",
            vec![equal("ticket_id", Value::Int(7))],
            "by_ticket",
            1,
        ),
        (
            "user_identities",
            vec![equal("user_id", Value::Int(7))],
            "by_users",
            1,
        ),
        (
            "macros",
            vec![equal("active", Value::Bool(true))],
            "by_active",
            1,
        ),
        (
            "triggers",
            vec![equal("category_id", text("12"))],
            "by_category",
            1,
        ),
        (
            "ticket_skips",
            vec![equal("user_id", Value::Int(7))],
            "by_user",
            1,
        ),
        (
            "ticket_field_options",
            vec![equal("ticket_field_id", Value::Int(7))],
            "by_field",
            1,
        ),
        (
            "view_counts",
            vec![equal("view_id", Value::Int(7))],
            "count_many",
            1,
        ),
        (
            "dynamic_content_variants",
            vec![equal("dynamic_content_item_id", Value::Int(7))],
            "by_item",
            1,
        ),
        (
            "job_statuses",
            vec![equal("id", text("0a"))],
            "show_many",
            1,
        ),
        (
            "jira_links",
            vec![equal("ticket_id", Value::Int(7))],
            "by_ticket",
            1,
        ),
        (
            "ticket_skips",
            vec![equal("user_id", Value::Int(7))],
            "by_user",
            1,
        ),
        (
            "sessions",
            vec![equal("user_id", Value::Int(7))],
            "by_user",
            1,
        ),
        (
            "email_notifications",
            vec![equal("ticket_id", Value::Int(7))],
            "by_ticket",
            1,
        ),
        (
            "email_notifications",
            vec![equal("comment_id", Value::Int(7))],
            "by_comment",
            1,
        ),
        (
            "email_notifications",
            vec![equal("notification_id", Value::Int(7))],
            "by_id",
            1,
        ),
        (
            "requests",
            vec![equal("requester_id", Value::Int(7))],
            "by_requester",
            1,
        ),
        (
            "incidents",
            vec![equal("problem_id", Value::Int(7))],
            "by_problem",
            1,
        ),
        ("attachments", vec![equal("id", Value::Int(7))], "by_id", 1),
        (
            "jira_links",
            vec![equal("issue_id", text("10007"))],
            "by_issue",
            3,
        ),
        ("audit_logs", vec![since("created_at", 1)], "recent", 1),
        (
            "webhook_invocation_attempts",
            vec![
                equal("webhook_id", text("a")),
                equal("invocation_id", text("b")),
            ],
            "by_invocation",
            1,
        ),
    ];
    for (table, predicates, name, requests) in cases {
        let mut scan = planner.star(table);
        let shown: Vec<String> = predicates.iter().map(ToString::to_string).collect();
        scan.predicates = predicates;
        let plan = planner.plan(table, &scan).unwrap();
        let found = (plan.read.name.as_str(), plan.estimate.requests);
        assert_eq!(found, (name, requests), "{table}: {}", shown.join(" AND "));
        assert!(plan.read.lag == 0 || plan.tail.is_some(), "{table}");
    }
}

/// With pushdown off, a table that only answers for a key keeps it, in a path or in a parameter.
#[test]
fn keys_that_a_table_needs_stay_without_pushdown() {
    let planner = Planner::new();
    for (table, column, _) in whole::BOUND {
        let mut scan = planner.star(table);
        scan.pushdown = false;
        assert!(planner.plan(table, &scan).is_err(), "{table}");
        scan.predicates = vec![equal(column, Value::Int(7))];
        let plan = planner.plan(table, &scan).unwrap();
        assert_eq!(plan.estimate.requests, 1, "{table}");
    }
}

#[test]
fn many_keys_come_in_batches_of_a_hundred() {
    let planner = Planner::new();
    let cases = [
        ("tickets", "id", "show_many"),
        ("users", "id", "show_many"),
        ("organizations", "id", "show_many"),
        ("ticket_metrics", "ticket_id", "by_tickets"),
        ("user_identities", "user_id", "by_users"),
    ];
    for (table, column, name) in cases {
        let keys = (1..=250).map(Value::Int).collect();
        let mut scan = planner.star(table);
        scan.predicates = vec![Predicate::in_values(column, keys)];
        let plan = planner.plan(table, &scan).unwrap();
        let Work::Requests(requests) = &plan.work else {
            panic!("{table}: {:?}", plan.work);
        };
        assert_eq!(
            (plan.read.name.as_str(), requests.len()),
            (name, 3),
            "{table}"
        );

        let mut scan = planner.star(table);
        scan.keys = Some(Keys {
            column: column.into(),
            source: "t.key".into(),
            expected: 250,
        });
        let plan = planner.plan(table, &scan).unwrap();
        assert!(
            matches!(plan.work, Work::Keyed { batch: 100, .. }),
            "{table}: {:?}",
            plan.work
        );
    }
}

#[test]
fn the_newest_rows_cost_a_page() {
    let planner = Planner::new();
    let open = || vec![equal("status", text("open"))];
    let cases = [
        ("tickets", vec![], "updated_at", "recent", 1),
        ("tickets", vec![], "created_at", "newest", 2),
        ("tickets", open(), "updated_at", "recent", 1),
        ("tickets", open(), "created_at", "search_newest", 2),
    ];
    for (table, predicates, column, name, requests) in cases {
        let mut scan = planner.star(table);
        scan.predicates = predicates;
        scan.newest = Some(newest(column, 10));
        let plan = planner.plan(table, &scan).unwrap();
        let found = (plan.read.name.as_str(), plan.estimate.requests);
        assert_eq!(found, (name, requests), "{table} by {column}");
    }
}

#[test]
fn a_bound_on_the_change_stamp_starts_the_export() {
    let planner = Planner::new();
    let mut scan = planner.star("tickets");
    scan.predicates = vec![since("updated_at", 7)];
    let plan = planner.plan("tickets", &scan).unwrap();
    let Work::Requests(requests) = &plan.work else {
        panic!("{:?}", plan.work);
    };
    let start = (NOW - 7 * DAY) / MICROS;
    assert!(
        requests[0]
            .query
            .contains(&("start_time".into(), start.to_string()))
    );
}

#[test]
fn who_may_not_export_searches() {
    let mut planner = Planner::new();
    for table in [
        "tickets",
        "users",
        "organizations",
        "ticket_metrics",
        "ticket_comments",
    ] {
        let read = if table == "ticket_comments" {
            "events"
        } else {
            "export"
        };
        planner.refuse(table, read);
    }
    for (table, name) in [
        ("tickets", "search_all"),
        ("users", "list"),
        ("organizations", "list"),
    ] {
        let plan = planner.plan(table, &planner.star(table)).unwrap();
        assert_eq!(plan.read.name, name);
    }
    for table in ["ticket_metrics", "ticket_comments"] {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        assert!(error.is_refusal());
        let mut planner = Planner {
            max_requests: Some(1_000_000),
            ..Planner::new()
        };
        planner.refuse(
            table,
            if table == "ticket_comments" {
                "events"
            } else {
                "export"
            },
        );
        let plan = planner.plan(table, &planner.star(table)).unwrap();
        assert!(matches!(plan.work, Work::FanOut { .. }), "{table}");
    }
}

/// `UseIncrementalAPI` changes which read is taken, and never to one of fewer rows: it is another read of the same rows, or
/// none.
#[test]
fn the_choice_of_exports_is_obeyed() {
    let seven = || vec![equal("ticket_id", Value::Int(7))];
    let open = || vec![equal("status", text("open"))];
    let recent = || vec![since("updated_at", 2)];
    let cases = [
        (Exports::Always, "ticket_metrics", vec![], "export"),
        (Exports::Always, "ticket_metrics", seven(), "by_tickets"),
        (Exports::Never, "ticket_metrics", seven(), "by_tickets"),
        (Exports::Auto, "tickets", open(), "search"),
        (Exports::Always, "tickets", open(), "export"),
        (Exports::Never, "tickets", open(), "search"),
        (Exports::Never, "tickets", vec![], "search_all"),
        (Exports::Auto, "tickets", recent(), "recent"),
        (Exports::Always, "tickets", recent(), "export"),
        (Exports::Auto, "users", vec![], "export"),
        (Exports::Never, "users", vec![], "list"),
        (Exports::Never, "organizations", vec![], "list"),
        (Exports::Always, "groups", vec![], "list"),
        // Nothing but the export holds these.
        (Exports::Never, "ticket_metric_events", vec![], "export"),
    ];
    let mut planner = Planner::new();
    for (exports, table, predicates, expected) in cases {
        planner.exports = exports;
        let mut scan = planner.star(table);
        scan.predicates = predicates;
        let plan = planner.plan(table, &scan).unwrap();
        assert_eq!(plan.read.name, expected, "{exports:?} {table}");
    }
    planner.exports = Exports::Never;
    for table in ["ticket_metrics", "ticket_comments"] {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        assert!(
            error.to_string().contains("UseIncrementalAPI=False"),
            "{error}"
        );
        let hint = "set UseIncrementalAPI=Auto, or add `WHERE ticket_id = …`";
        assert_eq!(error.hint(), hint);
    }
    planner.max_requests = Some(1_000_000);
    let scan = planner.star("ticket_metrics");
    let plan = planner.plan("ticket_metrics", &scan).unwrap();
    let Work::FanOut { parent, .. } = &plan.work else {
        panic!("{:?}", plan.work);
    };
    assert_eq!(parent.read.name, "search_all");
    planner.max_requests = None;
    planner.exports = Exports::Always;
    planner.refuse("ticket_metrics", "export");
    let error = planner.plan("ticket_metrics", &scan).unwrap_err();
    assert!(error.is_refusal(), "{error}");
    assert!(
        error.hint().starts_with("set UseIncrementalAPI=Auto"),
        "{error}"
    );
}
