//! The account itself: the same for the same options, and rich enough that every column has something in it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Account, AccountOptions, Caller, ids, unique};

const TABLES: &[&str] = &[
    "tickets",
    "deleted_tickets",
    "users",
    "organizations",
    "groups",
    "group_memberships",
    "organization_memberships",
    "ticket_fields",
    "ticket_forms",
    "ticket_metrics",
    "ticket_metric_events",
    "ticket_comments",
    "ticket_audits",
    "satisfaction_ratings",
    "brands",
    "macros",
    "views",
    "triggers",
    "automations",
    "custom_statuses",
    "tags",
    "user_identities",
];

/// The tables below tickets and people, and whether their rows have ids.
const BELOW: &[(&str, bool)] = &[
    ("activities", true),
    ("approval_requests", false),
    ("attachments", true),
    ("bookmarks", true),
    ("brand_agents", false),
    ("conversation_log", false),
    ("custom_roles", true),
    ("deleted_users", true),
    ("email_notifications", false),
    ("incidents", true),
    ("organization_fields", true),
    ("organization_merges", false),
    ("organization_related", false),
    ("organization_subscriptions", true),
    ("problems", true),
    ("request_comments", true),
    ("requests", true),
    ("satisfaction_reasons", true),
    ("sessions", true),
    ("side_conversation_events", false),
    ("side_conversations", false),
    ("suspended_tickets", true),
    ("ticket_collaborators", false),
    ("ticket_content_pins", false),
    ("ticket_email_ccs", false),
    ("ticket_events", true),
    ("ticket_followers", false),
    ("ticket_related", false),
    ("ticket_skips", true),
    ("ticket_task_lists", false),
    ("user_entitlements", false),
    ("user_fields", true),
    ("user_related", false),
];

#[test]
fn equal_options_give_equal_accounts() {
    let options = AccountOptions {
        tickets: 200,
        ..AccountOptions::default()
    };
    let (one, two) = (Account::generate(&options), Account::generate(&options));
    let other = Account::generate(&AccountOptions { seed: 2, ..options });
    for table in TABLES {
        assert_eq!(one.truth(table), two.truth(table), "{table}");
    }
    assert_ne!(one.truth("users"), other.truth("users"));
    assert!(one.truth("nonsense").is_empty());
}

#[test]
fn what_hangs_below_has_rows_and_ids() {
    let account = Account::generate(&AccountOptions {
        tickets: 1_000,
        ..AccountOptions::default()
    });
    for (table, numbered) in BELOW {
        let rows = account.truth(table);
        assert!(!rows.is_empty(), "{table}");
        if *numbered {
            assert_eq!(unique(&ids(&rows)).len(), rows.len(), "{table}");
        }
        let texts: BTreeSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        let expected = rows.iter().filter(|row| row["id"].is_string()).count();
        assert_eq!(texts.len(), expected, "{table}");
    }
}

#[test]
fn ids_are_unique() {
    let account = Account::generate(&AccountOptions {
        tickets: 500,
        ..AccountOptions::default()
    });
    for table in TABLES.iter().filter(|table| **table != "tags") {
        let rows = account.truth(table);
        assert!(!rows.is_empty(), "{table}");
        assert_eq!(unique(&ids(&rows)).len(), rows.len(), "{table}");
    }
}

/// Columns that are non-null somewhere, with the keys of the objects below them.
fn filled(rows: &[Value]) -> BTreeSet<String> {
    fn collect(prefix: &str, value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                into.insert(prefix.to_owned());
                for (name, field) in fields {
                    collect(
                        &if prefix.is_empty() {
                            name.clone()
                        } else {
                            format!("{prefix}.{name}")
                        },
                        field,
                        into,
                    );
                }
            }
            Value::Array(items) if items.is_empty() => {}
            _ => {
                into.insert(prefix.to_owned());
            }
        }
    }
    let mut columns = BTreeSet::new();
    for row in rows {
        collect("", row, &mut columns);
    }
    columns
}

#[test]
fn every_column_has_a_value_somewhere() {
    let caller = Caller::new(2_000);
    let expected: &[(&str, &str)] = &[
        (
            "tickets",
            "id url external_id via.channel via.source.from.address via.source.to.address via.source.rel created_at updated_at generated_timestamp type subject raw_subject description priority status recipient requester_id submitter_id assignee_id organization_id group_id collaborator_ids follower_ids email_cc_ids forum_topic_id problem_id has_incidents is_public due_at tags custom_fields fields satisfaction_rating.score satisfaction_rating.id satisfaction_rating.comment sharing_agreement_ids custom_status_id followup_ids ticket_form_id deleted_ticket_form_id brand_id allow_channelback allow_attachments from_messaging_channel encoded_id attribute_value_ids satisfaction_probability metric_set.id dates.solved_at comment_count incident_count",
        ),
        (
            "deleted_tickets",
            "id subject description actor.id actor.name deleted_at previous_state",
        ),
        (
            "users",
            "id url name email created_at updated_at time_zone iana_time_zone phone shared_phone_number photo.id locale_id locale organization_id role verified external_id tags alias active shared shared_agent last_login_at two_factor_auth_enabled signature details notes role_type custom_role_id moderator ticket_restriction only_private_comments restricted_agent suspended default_group_id report_csv user_fields.plan_tier user_fields.customer_since user_fields.vip agent_brand_ids chat_only",
        ),
        (
            "organizations",
            "id url name shared_tickets shared_comments external_id created_at updated_at domain_names details notes group_id tags organization_fields.region",
        ),
        (
            "groups",
            "id url is_public name description default deleted created_at updated_at",
        ),
        (
            "group_memberships",
            "id url user_id group_id default created_at updated_at",
        ),
        (
            "organization_memberships",
            "id url user_id organization_id default organization_name view_tickets created_at updated_at",
        ),
        (
            "ticket_metrics",
            "id url ticket_id created_at updated_at group_stations assignee_stations reopens replies assignee_updated_at requester_updated_at status_updated_at initially_assigned_at assigned_at solved_at latest_comment_added_at custom_status_updated_at reply_time_in_minutes.calendar reply_time_in_minutes.business reply_time_in_seconds.calendar reply_time_in_seconds.business first_resolution_time_in_minutes.calendar full_resolution_time_in_minutes.business agent_wait_time_in_minutes.calendar requester_wait_time_in_minutes.business on_hold_time_in_minutes.calendar",
        ),
        (
            "ticket_metric_events",
            "id ticket_id metric instance_id type time sla.target sla.business_hours sla.target_in_seconds sla.policy.id sla.policy.title group_sla.policy.id status.calendar status.business deleted",
        ),
        (
            "ticket_comments",
            "id type author_id body html_body plain_body public attachments audit_id via.channel created_at metadata.system.client metadata.system.ip_address metadata.system.message_id metadata.system.latitude metadata.custom.source metadata.flags metadata.trusted data.recording_url formatted_from formatted_to transcription_visible ticket_id via_reference_id event_type timestamp",
        ),
        (
            "ticket_audits",
            "id ticket_id created_at author_id metadata.system via.channel events",
        ),
        (
            "ticket_fields",
            "id url type title raw_title description position active required collapsed_for_agents regexp_for_validation title_in_portal visible_in_portal tag created_at updated_at removable key agent_description agent_can_edit sub_type_id system_field_options custom_field_options custom_statuses relationship_target_type relationship_filter.all",
        ),
        (
            "ticket_forms",
            "id url name display_name end_user_visible position ticket_field_ids active default created_at updated_at deleted_at in_all_brands restricted_brand_ids agent_conditions end_user_conditions",
        ),
        (
            "satisfaction_ratings",
            "id url assignee_id group_id requester_id ticket_id score created_at updated_at comment reason reason_id reason_code",
        ),
        (
            "brands",
            "id url name brand_url subdomain host_mapping has_help_center help_center_state active default is_deleted logo.id ticket_form_ids signature_template created_at updated_at",
        ),
        (
            "macros",
            "id url title raw_title active default position description actions restriction.type restriction.id restriction.ids created_at updated_at",
        ),
        (
            "triggers",
            "id url title raw_title active default description position category_id conditions.all conditions.any actions created_at updated_at",
        ),
        (
            "automations",
            "id url title raw_title active default position conditions.all conditions.any actions created_at updated_at",
        ),
        (
            "views",
            "id url title raw_title active default description position execution.group_by execution.group_order execution.sort_by execution.sort_order execution.group execution.sort execution.columns execution.fields conditions.all restriction.type watchable created_at updated_at",
        ),
        (
            "custom_statuses",
            "id url status_category agent_label raw_agent_label end_user_label raw_end_user_label description raw_description end_user_description raw_end_user_description active default created_at updated_at",
        ),
        ("tags", "name count"),
        (
            "user_identities",
            "id url user_id type value verified primary verified_at verification_method undeliverable_count deliverable_state created_at updated_at",
        ),
    ];
    for (table, columns) in expected {
        let have = filled(&caller.account.truth(table));
        let missing: Vec<&str> = columns
            .split(' ')
            .filter(|column| !have.contains(*column))
            .collect();
        assert!(missing.is_empty(), "{table} lacks {missing:?}");
    }
}

#[test]
fn the_account_is_believable() {
    let caller = Caller::new(2_000);
    let tickets = caller.account.truth("tickets");
    let share = |test: &dyn Fn(&Value) -> bool| {
        tickets.iter().filter(|row| test(row)).count() * 1_000 / tickets.len()
    };
    assert!(
        (10..35).contains(&((2_000 - tickets.len()) * 1_000 / 2_000)),
        "deleted"
    );
    for status in ["new", "open", "pending", "hold", "solved", "closed"] {
        assert!(
            share(&|row| row["status"] == status) > 2,
            "{status}: {}",
            share(&|row| row["status"] == status)
        );
    }
    assert!(
        share(&|row| row["generated_timestamp"].as_i64()
            > crate::clock::parse(row["updated_at"].as_str().unwrap()).map(|at| at + 5))
            > 10
    );
    assert!(
        tickets
            .iter()
            .all(|row| row["created_at"].as_str() <= row["updated_at"].as_str())
    );
    let size = tickets
        .iter()
        .map(|row| row.to_string().len())
        .sum::<usize>()
        / tickets.len();
    assert!((2_500..6_500).contains(&size), "{size}");
    let values: BTreeSet<String> = tickets
        .iter()
        .flat_map(|row| row["custom_fields"].as_array().unwrap())
        .map(|field| match &field["value"] {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Number(number) => if number.is_i64() || number.is_u64() {
                "integer"
            } else {
                "decimal"
            }
            .to_owned(),
            Value::String(_) => "text".to_owned(),
            Value::Array(_) => "list".to_owned(),
            Value::Object(_) => "object".to_owned(),
        })
        .collect();
    assert_eq!(
        values.into_iter().collect::<Vec<_>>(),
        ["bool", "decimal", "integer", "list", "null", "text"]
    );
    assert!(
        tickets.iter().any(|row| row["subject"] == "")
            && tickets.iter().any(|row| row["subject"].is_null())
            && tickets.iter().any(|row| row["description"].is_null())
    );
}
