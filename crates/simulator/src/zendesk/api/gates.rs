//! Which addresses need which plan or product. They are refused before anything else about them is looked at, as the vendor
//! does it: the answer is the same whether the row exists or not. An address that is not here comes with every plan.

use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Request;
use crate::zendesk::subscription::{Plan, Product};

/// The parts are those behind `/api/v2/`.
pub(crate) fn check(request: &Request<'_>, parts: &[&str]) -> Result<(), Reply> {
    match parts {
        ["satisfaction_ratings", ..] | ["slas", ..] => request.require_plan(Plan::Growth),
        ["group_slas" | "routing" | "queues", ..] | ["incremental", "routing", ..] => {
            request.require_plan(Plan::Professional)
        }
        ["business_hours", ..] => request.require_endpoint(Plan::Professional),
        [
            "audit_logs" | "custom_roles" | "workspaces" | "ticket_form_statuses",
            ..,
        ]
        | ["triggers", _, "revisions", ..] => request.require_plan(Plan::Enterprise),
        ["it_asset_management", ..] | ["help_center", "service_catalog", ..] => {
            request.require_product(Product::Assets)
        }
        ["help_center" | "guide" | "community", ..] => request.require_product(Product::Guide),
        ["channels", "voice", ..] | ["calls", ..] => request.require_product(Product::Talk),
        ["chat", ..] if request.subscription.chat_apart => Err(Reply::invalid_token()),
        ["chat", ..] => request.require_product(Product::Chat),
        _ => Ok(()),
    }
}
