//! The addresses of what an administrator sets up, as data: what each lists, under which key, and how it is paged.
//! It refuses to answer; that is done beside it.

/// How an address hands out its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    /// All in one answer; a page cannot be asked for.
    One,
    /// One object.
    Single,
    /// Numbered pages only.
    Offset,
    /// Numbered pages, or cursors when they are asked for.
    Both,
    /// Cursors only, unasked too.
    Cursor,
    /// Cursors of its own, with those before and after beside the rows.
    Chain,
    /// Cursors of its own that only the link to the next page shows, on the last page too.
    Linked,
}

/// A part of an address that is a key: the column that holds it, and the table it is a key of.
pub(super) type Parent = (&'static str, &'static str);

/// An address that lists rows of a table.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The parts behind `/api/v2/`; `*` takes the key of the next parent.
    pub(super) path: &'static str,
    pub(super) table: &'static str,
    /// The member of the answer that holds the rows.
    pub(super) key: &'static str,
    pub(super) pages: Pages,
    pub(super) parents: &'static [Parent],
    /// Parameters that keep rows whose column holds one of the values, and the columns.
    pub(super) filters: &'static [(&'static str, &'static str)],
    /// What `sort` takes.
    pub(super) sorts: &'static [&'static str],
    pub(super) admin: bool,
}

const fn list(
    path: &'static str,
    table: &'static str,
    key: &'static str,
    pages: Pages,
) -> Endpoint {
    Endpoint {
        path,
        table,
        key,
        pages,
        parents: &[],
        filters: &[],
        sorts: &[],
        admin: false,
    }
}

impl Endpoint {
    const fn below(self, parents: &'static [Parent]) -> Self {
        Self { parents, ..self }
    }

    const fn filtered(self, filters: &'static [(&'static str, &'static str)]) -> Self {
        Self { filters, ..self }
    }

    const fn sorted(self, sorts: &'static [&'static str]) -> Self {
        Self { sorts, ..self }
    }

    const fn for_admins(self) -> Self {
        Self {
            admin: true,
            ..self
        }
    }
}

const OBJECT: &[Parent] = &[("custom_object_key", "custom_objects")];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    list(
        "recipient_addresses",
        "recipient_addresses",
        "recipient_addresses",
        Pages::Both,
    ),
    list(
        "ticket_form_statuses",
        "ticket_form_statuses",
        "ticket_form_statuses",
        Pages::One,
    )
    .filtered(&[("ticket_form_id", "ticket_form_id")]),
    list("macros/actions", "macro_actions", "actions", Pages::One),
    list(
        "trigger_categories",
        "trigger_categories",
        "trigger_categories",
        Pages::Both,
    )
    .sorted(&["position", "name", "created_at", "updated_at"]),
    list(
        "triggers/*/revisions",
        "trigger_revisions",
        "trigger_revisions",
        Pages::Chain,
    )
    .below(&[("trigger_id", "triggers")]),
    list("slas/policies", "sla_policies", "sla_policies", Pages::One),
    list(
        "group_slas/policies",
        "group_sla_policies",
        "group_sla_policies",
        Pages::One,
    ),
    list(
        "business_hours/schedules",
        "schedules",
        "schedules",
        Pages::One,
    ),
    list(
        "business_hours/schedules/*/holidays",
        "schedule_holidays",
        "holidays",
        Pages::One,
    )
    .below(&[("schedule_id", "schedules")]),
    list("workspaces", "workspaces", "workspaces", Pages::Offset),
    list(
        "deletion_schedules",
        "deletion_schedules",
        "deletion_schedules",
        Pages::One,
    )
    .for_admins(),
    list(
        "task_list_templates",
        "task_list_templates",
        "task_list_templates",
        Pages::Cursor,
    ),
    list(
        "task_list_templates/*/tasks",
        "task_list_template_tasks",
        "tasks",
        Pages::Offset,
    )
    .below(&[("task_list_template_id", "task_list_templates")]),
    list(
        "routing/attributes",
        "routing_attributes",
        "attributes",
        Pages::Offset,
    ),
    list(
        "routing/attributes/*/values",
        "routing_attribute_values",
        "attribute_values",
        Pages::One,
    )
    .below(&[("attribute_id", "routing_attributes")]),
    list(
        "routing/agents/*/instance_values",
        "routing_instance_values",
        "attribute_values",
        Pages::One,
    )
    .below(&[("agent_id", "users")]),
    list(
        "incremental/routing/attributes",
        "routing_attribute_changes",
        "attributes",
        Pages::Linked,
    )
    .for_admins(),
    list(
        "incremental/routing/attribute_values",
        "routing_attribute_value_changes",
        "attribute_values",
        Pages::Linked,
    )
    .for_admins(),
    list(
        "incremental/routing/instance_values",
        "routing_instance_value_changes",
        "instance_values",
        Pages::Linked,
    )
    .for_admins(),
    list("queues", "queues", "queues", Pages::One),
    list("locales", "locales", "locales", Pages::One),
    list(
        "dynamic_content/items",
        "dynamic_content_items",
        "items",
        Pages::Both,
    ),
    list(
        "dynamic_content/items/*/variants",
        "dynamic_content_variants",
        "variants",
        Pages::Both,
    )
    .below(&[("dynamic_content_item_id", "dynamic_content_items")]),
    list(
        "sharing_agreements",
        "sharing_agreements",
        "sharing_agreements",
        Pages::One,
    ),
    list(
        "resource_collections",
        "resource_collections",
        "resource_collections",
        Pages::Offset,
    ),
    list("targets", "targets", "targets", Pages::One),
    list(
        "target_failures",
        "target_failures",
        "target_failures",
        Pages::One,
    ),
    list("webhooks", "webhooks", "webhooks", Pages::Cursor)
        .filtered(&[("filter[status]", "status")]),
    list(
        "webhooks/*/invocations",
        "webhook_invocations",
        "invocations",
        Pages::Cursor,
    )
    .below(&[("webhook_id", "webhooks")]),
    list(
        "webhooks/*/invocations/*/attempts",
        "webhook_invocation_attempts",
        "attempts",
        Pages::Cursor,
    )
    .below(&[
        ("webhook_id", "webhooks"),
        ("invocation_id", "webhook_invocations"),
    ]),
    list("oauth/clients", "oauth_clients", "clients", Pages::Both).for_admins(),
    list(
        "oauth/global_clients",
        "oauth_global_clients",
        "global_clients",
        Pages::Both,
    )
    .for_admins(),
    list(
        "apps/installations",
        "app_installations",
        "installations",
        Pages::One,
    ),
    list("apps/owned", "owned_apps", "apps", Pages::One),
    list(
        "channels/twitter/monitored_twitter_handles",
        "monitored_twitter_handles",
        "monitored_twitter_handles",
        Pages::One,
    ),
    list(
        "security_settings",
        "security_settings",
        "security_settings",
        Pages::Single,
    )
    .for_admins(),
    list(
        "job_statuses",
        "job_statuses",
        "job_statuses",
        Pages::Cursor,
    ),
    list(
        "custom_objects",
        "custom_objects",
        "custom_objects",
        Pages::One,
    ),
    list(
        "custom_objects/*/fields",
        "custom_object_fields",
        "custom_object_fields",
        Pages::Both,
    )
    .below(OBJECT),
    list(
        "custom_objects/*/triggers",
        "object_triggers",
        "triggers",
        Pages::Offset,
    )
    .below(OBJECT),
    list(
        "custom_objects/*/access_rules",
        "access_rules",
        "access_rules",
        Pages::One,
    )
    .below(OBJECT),
    list(
        "custom_objects/*/permission_policies",
        "permission_policies",
        "policies",
        Pages::One,
    )
    .below(OBJECT),
    list(
        "it_asset_management/assets",
        "itam_assets",
        "assets",
        Pages::Cursor,
    ),
    list(
        "it_asset_management/asset_types",
        "itam_asset_types",
        "asset_types",
        Pages::One,
    ),
    list(
        "it_asset_management/locations",
        "itam_locations",
        "locations",
        Pages::Cursor,
    ),
    list(
        "it_asset_management/statuses",
        "itam_statuses",
        "statuses",
        Pages::One,
    ),
];

/// `/oauth/tokens`: what remains of it once the caller's own are told from the others.
pub(super) const TOKENS: Endpoint = list("oauth/tokens", "oauth_tokens", "tokens", Pages::Both)
    .filtered(&[("client_id", "client_id")]);

/// `/audit_logs`: its filters on times and sources are looked at beside it.
pub(super) const AUDIT_LOGS: Endpoint = list("audit_logs", "audit_logs", "audit_logs", Pages::Both)
    .filtered(&[
        ("filter[source_type]", "source_type"),
        ("filter[source_id]", "source_id"),
        ("filter[actor_id]", "actor_id"),
        ("filter[ip_address]", "ip_address"),
        ("filter[action]", "action"),
    ])
    .sorted(&["created_at"]);

/// The links of Jira; their service stands beside the API.
pub(super) const LINKS: Endpoint = list("", "jira_links", "links", Pages::Both).filtered(&[
    ("filter[ticket_id]", "ticket_id"),
    ("filter[issue_id]", "issue_id"),
]);
