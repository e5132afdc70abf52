//! What an administrator looks at: the audit log, jobs, the account's own settings. It refuses to record what tests do.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, url};

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    setup.add(
        "audit_logs",
        (0..AUDIT_LOGS).rev().map(|at| audit_log(make, at)),
    );
    setup.add("job_statuses", (0..6).map(|at| job(make, at)));
    setup.add(
        "security_settings",
        [json!({"admin_session_timeout": 480, "end_user_session_timeout": 480, "authentication": {"agent": {"zendesk_login": true, "security_policy_id": 400}, "end_user": {"zendesk_login": true}},
            "ip": {"ip_restriction_enabled": false, "ip_ranges": ""}, "two_factor_enforced": true})],
    );
}

/// Three pages of them.
const AUDIT_LOGS: usize = 240;

const ACTIONS: &[(&str, &str, &str, &str)] = &[
    (
        "login",
        "Signed in",
        "user",
        "Successful sign-in using password",
    ),
    (
        "update",
        "Updated",
        "rule",
        "Changed \"active\" from true to false",
    ),
    ("create", "Created", "ticket_field", ""),
    ("destroy", "Deleted", "rule", "削除"),
    ("exported", "Exported", "account", "Tickets as CSV"),
];

/// The system acts too.
fn audit_log(make: &Maker<'_>, at: usize) -> Value {
    let id = make.id(Kind::AuditLog, at);
    let (action, label, source, change) = ACTIONS[at % ACTIONS.len()];
    let system = at.is_multiple_of(7);
    let actor = if system { -1 } else { make.staff(at) };
    let name = if system {
        "Zendesk".to_owned()
    } else {
        make.staff_name(at)
    };
    json!({"id": id, "url": url("audit_logs", id), "action": action, "action_label": label, "actor_id": actor, "actor_name": name,
        "source_id": make.noise(Kind::AuditLog, at) % 1_000_000, "source_type": source, "source_label": format!("{label}: {at}"), "change_description": change,
        "ip_address": (!system).then(|| format!("203.0.113.{}", at % 250)), "created_at": make.ago((AUDIT_LOGS - at) as i64 * 7_200 + 30)})
}

fn job(make: &Maker<'_>, at: usize) -> Value {
    // An id of 32 hex digits.
    let id = make.uuid(Kind::Job, at).replace('-', "");
    let status = [
        "queued",
        "working",
        "completed",
        "completed",
        "failed",
        "killed",
    ][at];
    let results = match status {
        "completed" => {
            json!([{"id": 1, "index": 0, "action": "update", "success": true}, {"index": 1, "error": "TicketUpdate", "id": 2, "details": "ticket is closed"}])
        }
        "failed" => json!({"success": false}),
        _ => Value::Null,
    };
    let mut row = json!({"id": id, "url": url("job_statuses", &id), "total": (at > 0).then_some(2), "progress": (at > 1).then_some(2), "status": status,
        "message": (at > 1).then(|| format!("{} at {}", status, make.ago(600))), "results": results});
    if at.is_multiple_of(2) {
        row["job_type"] = json!("Bulk Update Ticket");
    }
    row
}
