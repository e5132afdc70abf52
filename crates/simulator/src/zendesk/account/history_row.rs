//! Audits, comments and export events as JSON rows. It refuses to decide what happened; see `history.rs`.

use serde_json::{Value, json};

use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::attachment::attachment;
use crate::zendesk::account::history::{Audit, Comment, Happening, SYSTEM};
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::ticket_row::channel_via;
use crate::zendesk::account::words;

/// One thing inside an audit: kind, field, value, previous value.
type Event = (&'static str, String, Value, Value);

impl Account {
    /// A comment as a row; exports add what ties it to its ticket.
    pub(crate) fn write_comment(
        &self,
        ticket: &Ticket,
        audit: &Audit,
        comment: &Comment<'_>,
        exported: bool,
        json: &mut Json,
    ) {
        json.key("id")
            .int(comment.id)
            .key("type")
            .text(if comment.voice {
                "VoiceComment"
            } else {
                "Comment"
            })
            .key("author_id")
            .int(comment.author);
        json.key("body")
            .text(&comment.body)
            .key("html_body")
            .text(&words::html(&comment.body))
            .key("plain_body")
            .text(&comment.body)
            .key("public")
            .boolean(comment.public);
        json.key("attachments").open_list();
        for number in 0..i64::from(comment.attachments) {
            let (name, kind) = if number == 0 {
                ("screenshot.png", "image/png")
            } else {
                ("Rechnung äöü.pdf", "application/pdf")
            };
            attachment(
                json,
                comment.id + 5 + number * 2,
                name,
                kind,
                20_480 + comment.id % 9_000,
                (number == 0).then_some((640, 480)),
                number == 0,
            );
        }
        json.close_list()
            .key("audit_id")
            .int(comment.audit)
            .key("via");
        channel_via(
            json,
            if audit.author == SYSTEM {
                "system"
            } else {
                via_of(ticket, audit)
            },
        );
        json.key("created_at")
            .time(comment.at)
            .key("metadata")
            .value(&system_metadata(audit));
        if comment.voice {
            json.key("data").value(&json!({"from": "+4930123456", "to": "+4930654321", "recording_url": format!("https://acme.zendesk.com/api/v2/channels/voice/calls/{}/recording", comment.id),
                "started_at": crate::clock::iso_text(comment.at), "call_duration": comment.id % 900, "answered_by_id": ticket.assignee, "location": "Berlin, Germany"}));
            json.key("formatted_from")
                .text("+49 30 123456")
                .key("formatted_to")
                .text("+49 30 654321")
                .key("transcription_visible")
                .boolean(comment.id % 2 == 0);
        }
        if exported {
            json.key("ticket_id")
                .int(ticket.id)
                .key("via_reference_id")
                .maybe_int((comment.id % 3 == 0).then_some(comment.id % 1_000));
            json.key("event_type")
                .text("Comment")
                .key("timestamp")
                .int(comment.at);
        }
    }

    pub(crate) fn write_audit(&self, ticket: &Ticket, audit: &Audit, json: &mut Json) {
        json.key("id")
            .int(audit.id)
            .key("ticket_id")
            .int(ticket.id)
            .key("created_at")
            .time(audit.at)
            .key("author_id")
            .int(audit.author);
        json.key("metadata")
            .value(&system_metadata(audit))
            .key("via");
        match audit.happening {
            Happening::Closed => {
                json.value(&json!({"channel": "rule", "source": {"to": {}, "from": {"id": self.config.automations.first().map(|rule| &rule["id"]), "title": "Close ticket 4 days after status is set to solved", "deleted": false}, "rel": "automation"}}));
            }
            _ => channel_via(json, via_of(ticket, audit)),
        }
        json.key("events").open_list();
        if let Some(comment) = self.comment(ticket, audit) {
            json.open();
            self.write_comment(ticket, audit, &comment, false, json);
            json.close();
        }
        for (number, (kind, field, value, previous)) in
            self.events(ticket, audit).into_iter().enumerate()
        {
            json.open()
                .key("id")
                .int(audit.id + 2 + number as i64)
                .key("type")
                .text(kind);
            if kind == "Notification" {
                json.key("via").value(&json!({"channel": "rule", "source": {"to": {}, "from": {"id": self.config.triggers.first().map(|rule| &rule["id"]), "title": "Notify requester of new request", "deleted": false, "revision_id": 3}, "rel": "trigger"}}));
                json.key("subject")
                    .text("Request received: {{ticket.title}}")
                    .key("body")
                    .text("Your request has been received.")
                    .key("recipients")
                    .value(&value);
            } else {
                json.key("value")
                    .value(&value)
                    .key("field_name")
                    .text(&field);
                if kind == "Change" {
                    json.key("previous_value").value(&previous);
                }
            }
            json.close();
        }
        json.close_list();
    }

    /// A row of the incremental ticket events; comments only show themselves when asked for.
    pub(crate) fn write_ticket_event(
        &self,
        ticket: &Ticket,
        audit: &Audit,
        with_comments: bool,
        json: &mut Json,
    ) {
        let via = via_title(via_of(ticket, audit));
        let reference = (audit.id % 4 == 0).then_some(audit.id % 500);
        json.key("id")
            .int(audit.id)
            .key("ticket_id")
            .int(ticket.id)
            .key("timestamp")
            .int(audit.at)
            .key("created_at")
            .time(audit.at)
            .key("updater_id")
            .int(audit.author);
        json.key("via")
            .text(via)
            .key("via_reference_id")
            .maybe_int(reference)
            .key("system")
            .value(&system_metadata(audit)["system"])
            .key("metadata")
            .value(&json!({}));
        json.key("event_type").text("Audit");
        if audit.id % 40 == 7 {
            json.key("merged_ticket_ids").ints(&[ticket.id + 1]);
        }
        json.key("child_events").open_list();
        if let Some(comment) = self.comment(ticket, audit) {
            json.open();
            if with_comments {
                self.write_comment(ticket, audit, &comment, true, json);
            } else {
                json.key("id")
                    .int(comment.id)
                    .key("via")
                    .text(via)
                    .key("via_reference_id")
                    .maybe_int(reference)
                    .key("event_type")
                    .text("Comment");
                json.key("comment_present")
                    .boolean(true)
                    .key("comment_public")
                    .boolean(comment.public);
            }
            json.close();
        }
        for (number, (kind, field, value, previous)) in
            self.events(ticket, audit).into_iter().enumerate()
        {
            if kind == "Notification" {
                continue;
            }
            json.open()
                .key("id")
                .int(audit.id + 2 + number as i64)
                .key("via")
                .text(via)
                .key("via_reference_id")
                .maybe_int(reference)
                .key("event_type")
                .text(kind)
                .key(&field)
                .value(&value);
            if kind == "Change" {
                json.key("previous_value").value(&previous);
            }
            json.close();
        }
        json.close_list();
    }

    fn events(&self, ticket: &Ticket, audit: &Audit) -> Vec<Event> {
        let create = |field: &str, value: Value| ("Create", field.to_owned(), value, Value::Null);
        let change = |field: &str, value: Value, previous: Value| {
            ("Change", field.to_owned(), value, previous)
        };
        match &audit.happening {
            Happening::Created => vec![
                create("subject", json!(self.subject(ticket))),
                create("status", json!("new")),
                create(
                    "priority",
                    json!(ticket.priority.map(|priority| priority.name())),
                ),
                create("type", json!(ticket.kind)),
                create(
                    "requester_id",
                    json!(ticket.requester.map(|id| id.to_string())),
                ),
                create("tags", json!(self.tags(ticket))),
                (
                    "Notification",
                    String::new(),
                    json!([ticket.requester]),
                    Value::Null,
                ),
            ],
            Happening::Reply(number) => {
                let (before, after) = (
                    self.status_after(ticket, number - 1),
                    self.status_after(ticket, *number),
                );
                if before == after {
                    Vec::new()
                } else {
                    vec![change("status", json!(after.name()), json!(before.name()))]
                }
            }
            Happening::Touched => vec![change(
                "priority",
                json!(ticket.priority.map(|priority| priority.name())),
                json!("low"),
            )],
            Happening::Solved => {
                let mut events = vec![change(
                    "status",
                    json!("solved"),
                    json!(self.status_after(ticket, ticket.replies).name()),
                )];
                if matches!(ticket.rating, Some("good" | "bad")) {
                    events.push(change(
                        "satisfaction_score",
                        json!(ticket.rating),
                        json!("offered"),
                    ));
                }
                events
            }
            Happening::Closed => vec![change("status", json!("closed"), json!("solved"))],
            Happening::Written(written) => written
                .changes
                .iter()
                .map(|(field, value, previous)| {
                    if written.first {
                        create(field, value.clone())
                    } else {
                        change(field, value.clone(), previous.clone())
                    }
                })
                .collect(),
        }
    }
}

fn via_of(ticket: &Ticket, audit: &Audit) -> &'static str {
    match audit.happening {
        Happening::Created => ticket.channel,
        Happening::Reply(number) if number % 2 == 0 => ticket.channel,
        Happening::Written(_) => "api",
        _ => "web",
    }
}

/// The display name the event export uses instead of a channel object.
fn via_title(channel: &str) -> &'static str {
    match channel {
        "email" => "Mail",
        "web" => "Web form",
        "api" => "Web service",
        "voice" => "Phone call (inbound)",
        "twitter" => "Twitter",
        "facebook" => "Facebook Message",
        "chat" => "Chat",
        "native_messaging" => "Native messaging",
        "mobile_sdk" => "Mobile SDK",
        _ => "Sample ticket",
    }
}

fn system_metadata(audit: &Audit) -> Value {
    let mut system = json!({"client": "Mozilla/5.0 (X11; Linux x86_64)", "ip_address": format!("203.0.113.{}", audit.id % 250), "location": "Berlin, 16, Germany", "latitude": 52.5167, "longitude": 13.4});
    if audit.id % 5 == 0 {
        system = json!({"message_id": format!("<{}@mail.example>", audit.id), "email_id": format!("01H{}", audit.id), "raw_email_identifier": format!("4/{}.eml", audit.id)});
    }
    let mut metadata = json!({"system": system, "custom": {}});
    if audit.id % 7 == 0 {
        metadata["custom"] = json!({"source": "import \"2024\""});
        metadata["notifications_suppressed_for"] = json!([]);
    }
    if audit.id % 11 == 0 {
        metadata["flags"] = json!([2]);
        metadata["trusted"] = json!(false);
    }
    metadata
}
