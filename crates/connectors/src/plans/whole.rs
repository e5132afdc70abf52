//! Every table read whole, or told what it wants for that; every column.

use zuzen_plan::read::Work;
use zuzen_plan::scan::Scan;
use zuzen_plan::value::Value;

use super::{Planner, chat, equal, guide, text};

#[test]
fn every_table_can_be_read_whole() {
    let planner = Planner::new();
    let expected = [
        ("account_settings", "list"),
        ("activities", "list"),
        ("app_installations", "list"),
        ("approval_requests", "list"),
        ("audit_logs", "list"),
        ("automations", "list"),
        ("bookmarks", "list"),
        ("brand_agents", "list"),
        ("brands", "list"),
        ("custom_objects", "list"),
        ("custom_roles", "list"),
        ("custom_statuses", "list"),
        ("deleted_tickets", "list"),
        ("deleted_users", "list"),
        ("deletion_schedules", "list"),
        ("dynamic_content_items", "list"),
        ("dynamic_content_variants", "list"),
        ("group_memberships", "list"),
        ("group_sla_policies", "list"),
        ("groups", "list"),
        ("itam_asset_types", "list"),
        ("itam_assets", "list"),
        ("itam_locations", "list"),
        ("itam_statuses", "list"),
        ("jira_links", "list"),
        ("job_statuses", "list"),
        ("locales", "list"),
        ("macro_actions", "list"),
        ("macro_categories", "list"),
        ("macros", "list"),
        ("monitored_twitter_handles", "list"),
        ("oauth_clients", "list"),
        ("oauth_global_clients", "list"),
        ("oauth_tokens", "list"),
        ("organization_fields", "list"),
        ("organization_memberships", "list"),
        ("organization_subscriptions", "list"),
        ("organizations", "export"),
        ("owned_apps", "list"),
        ("problems", "list"),
        ("queues", "list"),
        ("recipient_addresses", "list"),
        ("resource_collections", "list"),
        ("routing_attribute_changes", "export"),
        ("routing_attribute_value_changes", "export"),
        ("routing_attributes", "list"),
        ("routing_instance_value_changes", "export"),
        ("satisfaction_ratings", "list"),
        ("satisfaction_reasons", "list"),
        ("schedules", "list"),
        ("security_settings", "list"),
        ("sessions", "list"),
        ("sharing_agreements", "list"),
        ("sla_policies", "list"),
        ("suspended_tickets", "list"),
        ("tags", "list"),
        ("target_failures", "list"),
        ("targets", "list"),
        ("task_list_templates", "list"),
        ("ticket_comments", "events"),
        ("ticket_events", "export"),
        ("ticket_field_options", "list"),
        ("ticket_fields", "list"),
        ("ticket_form_statuses", "list"),
        ("ticket_forms", "list"),
        ("ticket_metric_events", "export"),
        ("ticket_metrics", "export"),
        ("ticket_skips", "list"),
        ("tickets", "export"),
        ("trigger_categories", "list"),
        ("triggers", "list"),
        ("user_fields", "list"),
        ("user_identities", "list"),
        ("users", "export"),
        ("views", "list"),
        ("webhooks", "list"),
        ("workspaces", "list"),
    ];
    for (table, name) in expected {
        let plan = planner.plan(table, &planner.star(table)).unwrap();
        assert_eq!(plan.read.name, name, "{table}");
    }
    // The others have no account-wide read.
    let tables = planner.connector.tables.iter();
    let read = tables.filter(|table| table.child.is_none()).count();
    let bound = BOUND.len() + SET_UP.len();
    assert_eq!(read, expected.len() + bound + guide::TABLES + chat::TABLES);
    for table in SET_UP {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        assert!(error.hint().contains("WHERE "), "{table}: {error}");
    }
    for (table, column, fans_out) in BOUND {
        let error = planner.plan(table, &planner.star(table)).unwrap_err();
        let hint = error.hint();
        assert!(hint.contains(&format!("WHERE {column} = ")), "{error}");
        assert_eq!(hint.contains("MaxRequests"), fans_out, "{table}: {hint}");
    }
}

/// Tables below what an administrator sets up.
const SET_UP: [&str; 13] = [
    "access_rules",
    "custom_object_fields",
    "object_triggers",
    "permission_policies",
    "routing_attribute_values",
    "routing_instance_values",
    "schedule_holidays",
    "task_list_template_tasks",
    "trigger_revisions",
    "view_counts",
    "view_rows",
    "webhook_invocation_attempts",
    "webhook_invocations",
];

/// Tables that answer for a key: the column, and whether a budget allows a request for each row of its table instead.
pub(super) const BOUND: [(&str, &str, bool); 20] = [
    ("attachments", "id", false),
    ("conversation_log", "ticket_id", true),
    ("email_notifications", "ticket_id", false),
    ("incidents", "problem_id", true),
    ("organization_merges", "organization_id", true),
    ("organization_related", "organization_id", true),
    ("request_comments", "request_id", true),
    ("requests", "requester_id", true),
    ("routing_ticket_instance_values", "ticket_id", true),
    ("side_conversation_events", "ticket_id", true),
    ("side_conversations", "ticket_id", true),
    ("ticket_audits", "ticket_id", true),
    ("ticket_collaborators", "ticket_id", true),
    ("ticket_content_pins", "ticket_id", false),
    ("ticket_email_ccs", "ticket_id", true),
    ("ticket_followers", "ticket_id", true),
    ("ticket_related", "ticket_id", true),
    ("ticket_task_lists", "ticket_id", true),
    ("user_entitlements", "user_id", true),
    ("user_related", "user_id", true),
];

/// One of two keys may be filled from the rows of its table, those that the other allows; never both.
#[test]
fn of_two_keys_one_may_be_filled() {
    let mut planner = Planner::new();
    planner.max_requests = Some(1_000);
    let table = "webhook_invocation_attempts";
    let mut scan = planner.star(table);
    let error = planner.plan(table, &scan).unwrap_err();
    assert!(error.hint().contains("WHERE invocation_id = "), "{error}");
    scan.predicates = vec![equal("webhook_id", text("a"))];
    let plan = planner.plan(table, &scan).unwrap();
    let Work::FanOut { parent, column, .. } = &plan.work else {
        panic!("{:?}", plan.work);
    };
    assert_eq!(column, "invocation_id");
    assert!(parent.first().contains("/webhooks/a/invocations?"));
}

#[test]
fn every_column_can_be_read() {
    let mut planner = Planner::new();
    planner.max_requests = Some(u64::MAX);
    let tables = planner.connector.tables.iter();
    for table in tables.filter(|table| table.child.is_none()) {
        for column in &table.columns {
            let mut scan = Scan::of(vec![column.name.clone()]);
            // Only a single ticket tells its SLAs; some tables answer for a key alone.
            let bound = BOUND.iter().find(|bound| bound.0 == table.name);
            if column.name == "slas" || table.name == "calls" {
                scan.predicates = vec![equal("id", Value::Int(1))];
            } else if let Some((_, key, false)) = bound {
                scan.predicates = vec![equal(key, Value::Int(1))];
            }
            if let Some((_, key)) = chat::BY_TYPE.iter().find(|(name, _)| *name == table.name) {
                scan.predicates = vec![equal(key, text("car"))];
            }
            // Two keys make the address of an attempt.
            if table.name == "webhook_invocation_attempts" {
                scan.predicates = vec![
                    equal("webhook_id", text("a")),
                    equal("invocation_id", text("b")),
                ];
            }
            if let Err(error) = planner.plan(&table.name, &scan) {
                panic!("{}.{}: {error}", table.name, column.name);
            }
        }
    }
}
