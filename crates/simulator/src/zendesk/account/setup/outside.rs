//! What an account is connected with: targets, webhooks and what they sent, applications, Jira. It refuses to send anything.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, sent, url};
use crate::zendesk::account::Account;

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    setup.add("targets", (0..3).map(|at| target(make, at)));
    setup.add("target_failures", (0..4).map(|at| failure(make, at)));
    setup.add("webhooks", (0..WEBHOOKS.len()).map(|at| webhook(make, at)));
    for (at, count) in [INVOCATIONS, 3, 0].into_iter().enumerate() {
        let webhook = make.ulid(Kind::Webhook, at);
        for place in 0..count {
            let number = at * 1_000 + place;
            setup.add("webhook_invocations", [invocation(make, &webhook, number)]);
            for attempt in 0..1 + number % 3 {
                setup.add(
                    "webhook_invocation_attempts",
                    [self::attempt(make, &webhook, number, attempt)],
                );
            }
        }
    }
    setup.add("oauth_clients", (0..3).map(|at| client(make, at)));
    setup.add(
        "oauth_global_clients",
        (0..2).map(|at| global_client(make, at)),
    );
    setup.add("oauth_tokens", (0..7).map(|at| token(make, at)));
    setup.add("app_installations", (0..3).map(|at| installation(make, at)));
    setup.add("owned_apps", (0..2).map(|at| owned_app(make, at)));
    setup.add(
        "monitored_twitter_handles",
        (0..2).map(|at| handle(make, at)),
    );
    setup.add("jira_links", (0..JIRA_LINKS).map(|at| jira_link(make, at)));
}

fn target(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, _)) = (make.id(Kind::Target, at), make.times(Kind::Target, at));
    let mut row = json!({"id": id, "url": url("targets", id), "title": (["Mail to the boss", "CRM", "古い"][at]), "type": (["email_target", "http_target", "url_target"][at]), "active": at < 2, "created_at": created});
    let own = match at {
        0 => json!({"email": "boss@acme.example", "subject": "A ticket: \"{{ticket.title}}\""}),
        1 => {
            json!({"target_url": "https://crm.acme.example/in", "method": "post", "username": null, "content_type": "application/json"})
        }
        _ => {
            json!({"target_url": "https://old.acme.example/?t={{ticket.id}}", "method": "get", "attribute": "note"})
        }
    };
    if let (Value::Object(row), Value::Object(own)) = (&mut row, own) {
        row.extend(own);
    }
    row
}

fn failure(make: &Maker<'_>, at: usize) -> Value {
    let id = make.id(Kind::Failure, at);
    json!({"id": id, "url": url("target_failures", id), "target_name": "CRM", "status_code": 500 + at, "consecutive_failure_count": at + 1, "created_at": make.ago(86_400 * at as i64)})
}

const WEBHOOKS: &[(&str, &str)] = &[
    ("CRM", "active"),
    ("Slack & friends", "active"),
    ("古い", "inactive"),
];

/// Webhooks tell nanoseconds.
fn webhook(make: &Maker<'_>, at: usize) -> Value {
    let (name, status) = WEBHOOKS[at];
    let (created, updated) = make.times(Kind::Webhook, at);
    let precise = |time: &str| {
        time.replace(
            'Z',
            &format!(".{:09}Z", make.noise(Kind::Webhook, at) % 1_000_000_000),
        )
    };
    let mut row = json!({"id": make.ulid(Kind::Webhook, at), "name": name, "status": status, "subscriptions": if at == 1 { json!(["zen:event-type:user.created"]) } else { json!(["conditional_ticket_events"]) },
        "created_at": precise(&created), "created_by": make.staff(at).to_string(), "endpoint": format!("https://hooks.acme.example/{at}"), "http_method": "POST", "request_format": "json"});
    if at == 0 {
        row["description"] = json!("Tells the CRM");
        row["authentication"] =
            json!({"type": "bearer_token", "add_position": "header", "data": {}});
        row["custom_headers"] = json!({"X-Acme": "1"});
        row["external_source"] = json!({"type": "zendesk_app", "data": {"app_id": "7"}});
        row["signing_secret"] = json!({"algorithm": "SHA256"});
        row["updated_at"] = json!(precise(&updated));
        row["updated_by"] = json!(make.staff(at + 1).to_string());
    }
    row
}

/// More than a page of them.
const INVOCATIONS: usize = 130;

fn invocation(make: &Maker<'_>, webhook: &str, number: usize) -> Value {
    let id = make.ulid(Kind::Invocation, number);
    let item = json!({"id": id, "status": if number.is_multiple_of(9) { "failed" } else { "success" }, "status_code": if number.is_multiple_of(9) { 503 } else { 200 }, "latest_completed_at": make.ago(3_600 * (number as i64 % 150))});
    sent(json!({"id": id, "webhook_id": webhook}), item)
}

fn attempt(make: &Maker<'_>, webhook: &str, number: usize, attempt: usize) -> Value {
    let id = make.ulid(Kind::Attempt, number * 5 + attempt);
    let item = json!({"id": id, "status": if attempt == 0 && !number.is_multiple_of(3) { "failed" } else { "success" }, "request": {"url": "https://hooks.acme.example", "payload": "{}"}, "response": {"code": 200, "body": "ok"}});
    sent(
        json!({"id": id, "webhook_id": webhook, "invocation_id": make.ulid(Kind::Invocation, number)}),
        item,
    )
}

fn client(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (make.id(Kind::Client, at), make.times(Kind::Client, at));
    json!({"id": id, "url": url("oauth/clients", id), "name": (["Reporting", "CRM", "社内"][at]), "identifier": format!("acme_{at}"), "company": "Acme", "description": null, "redirect_uri": ["https://acme.example/back"],
        "kind": if at == 1 { "public" } else { "confidential" }, "user_id": make.staff(at), "secret": "****", "global": false, "created_at": created, "updated_at": updated})
}

fn global_client(make: &Maker<'_>, at: usize) -> Value {
    let id = make.id(Kind::GlobalClient, at);
    json!({"id": id, "name": (["Zendesk Mobile", "Slack"][at]), "identifier": format!("zdg-{at}"), "company": "Others", "global": true, "logo_url": null})
}

fn token(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, _)) = (make.id(Kind::Token, at), make.times(Kind::Token, at));
    json!({"id": id, "url": url("oauth/tokens", id), "user_id": make.staff(at / 3), "client_id": make.id(Kind::Client, at % 3), "token": format!("{:010x}", make.noise(Kind::Token, at) % (1 << 40)), "refresh_token": null,
        "scopes": ["read"], "created_at": created, "used_at": make.ago(at as i64 * 900), "expires_at": null})
}

fn installation(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::Installation, at);
    json!({"id": make.id(Kind::Installation, at), "app_id": 400 + at, "product": "support", "settings": {"name": (["Time Tracking", "Relations", "翻訳"][at]), "title": "App"}, "enabled": at != 2, "paid": null,
        "created_at": created, "updated_at": updated})
}

fn owned_app(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::Installation, at + 50);
    json!({"id": 400 + at, "name": (["Time Tracking", "翻訳"][at]), "visibility": "private", "owner_id": make.staff(0), "created_at": created, "updated_at": updated})
}

fn handle(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (make.id(Kind::Handle, at), make.times(Kind::Handle, at));
    json!({"id": id, "screen_name": (["acme_help", "acme_jp"][at]), "twitter_user_id": id / 7, "allow_reply": at == 0, "can_reply": false, "created_at": created, "updated_at": updated})
}

/// More than a page of them.
const JIRA_LINKS: usize = 130;

fn jira_link(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::JiraLink, at);
    let ticket = Account::ticket_id((at as u32 * 13) % make.account.tickets);
    json!({"id": make.id(Kind::JiraLink, at), "ticket_id": ticket, "issue_id": (10_000 + at % 40).to_string(), "issue_key": format!("ACME-{}", at % 40), "url": null, "created_at": created, "updated_at": updated})
}
