//! What hangs below a ticket besides its history: skips, side conversations, task lists, pins, the log of a messaging
//! conversation, mails that were sent. It refuses to know which tickets an endpoint shows.

use serde_json::{Value, json};

use crate::clock::{HOUR, iso_text};
use crate::json::Json;
use crate::random::Dice;
use crate::zendesk::account::text_id::{ulid, uuid};
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::account::{Account, stream, words};

const SKIP_BASE: i64 = 3_300_000_000_000;
const REASONS: &[&str] = &[
    "I have no idea",
    "Out of my league",
    "Kunde spricht 日本語",
    "",
];

impl Account {
    /// The ticket as lists show it, with the stamp that skips carry.
    pub(crate) fn ticket_value(&self, ticket: &Ticket, generated: bool) -> Value {
        let shape = Shape {
            generated,
            at_millis: i64::MAX,
            ..Shape::default()
        };
        let mut json = Json::with_capacity(4_096);
        self.write_ticket(ticket, &shape, &mut json);
        json.into_value()
    }

    fn child_dice(&self, ticket: &Ticket, kind: u64) -> Dice {
        Dice::new(
            self.seed,
            stream::CHILD,
            u64::from(ticket.index) * 16 + kind,
        )
    }

    fn generated(&self, ticket: &Ticket) -> bool {
        ticket.index < self.tickets
    }

    /// Moment within a ticket's life.
    fn moment(ticket: &Ticket, step: i64, steps: i64) -> i64 {
        ticket.created + (ticket.updated - ticket.created) * step / steps
    }

    fn agent(&self, dice: &mut Dice) -> i64 {
        self.user_id(dice.below(u64::from(self.staff)) as u32)
    }

    /// How often agents passed a ticket over.
    pub(crate) fn skip_count(&self, ticket: &Ticket) -> u64 {
        let mut dice = self.child_dice(ticket, 1);
        if self.generated(ticket) && dice.chance(140) {
            1 + dice.below(2)
        } else {
            0
        }
    }

    /// One of those times, the ticket's row inside it.
    pub(crate) fn skip(&self, ticket: &Ticket, number: u64) -> Value {
        let mut dice = self.child_dice(ticket, 2 + number);
        let id = self.sparse_id(
            stream::CHILD,
            SKIP_BASE,
            1_009,
            u64::from(ticket.index) * 2 + number,
        );
        let at = iso_text(Self::moment(ticket, number as i64 + 1, 4));
        json!({"id": id, "ticket_id": ticket.id, "user_id": self.agent(&mut dice), "reason": dice.pick(REASONS), "created_at": at, "updated_at": at,
            "ticket": self.ticket_value(ticket, true)})
    }

    /// Skills that an agent needs for it; most tickets ask for none.
    pub(crate) fn skills_of(&self, ticket: &Ticket) -> Vec<Value> {
        let skills = self.setup().rows("routing_attribute_values");
        let skills = skills.unwrap_or_default().iter().enumerate();
        let asked = |place: usize| (ticket.index as usize + place).is_multiple_of(7);
        skills
            .filter(|(place, _)| asked(*place))
            .map(|(_, skill)| skill.clone())
            .collect()
    }

    /// What is known of a ticket's surroundings; the answer's own members, nothing encloses them.
    pub(crate) fn ticket_related(&self, ticket: &Ticket) -> Value {
        let sources: Vec<String> = (ticket.index % 40 == 3)
            .then(|| Self::ticket_id(ticket.index - 3).to_string())
            .into_iter()
            .collect();
        let issues: &[&str] = if ticket.index % 55 == 20 {
            &["10412"]
        } else {
            &[]
        };
        json!({"topic_id": null, "followup_source_ids": sources, "from_archive": ticket.archived(self), "incidents": self.incident_count(ticket), "jira_issue_ids": issues})
    }

    /// Events of a messaging conversation; other tickets have none.
    pub(crate) fn conversation_log(&self, ticket: &Ticket) -> Vec<Value> {
        if ticket.channel != "native_messaging" {
            return Vec::new();
        }
        let audits = self.audits(ticket.id, i64::MAX);
        audits
            .iter()
            .map(|audit| {
                let id = ulid(audit.at, audit.id.unsigned_abs() & 0xff_ffff_ffff, 5);
                let at = iso_text(audit.at);
                match self.comment(ticket, audit) {
                    Some(comment) => {
                        let text: String = comment.body.chars().take(400).collect();
                        json!({"id": id, "type": "Messages", "created_at": at, "author": {"type": "user", "zen_user_id": comment.author.to_string()},
                            "content": {"type": "text", "text": text}})
                    }
                    None => json!({"id": id, "type": "Changes", "created_at": at, "author": {"type": "system"}}),
                }
            })
            .collect()
    }

    /// Conversations that agents led aside of a ticket.
    pub(crate) fn side_conversations(&self, ticket: &Ticket) -> Vec<Value> {
        let mut dice = self.child_dice(ticket, 5);
        if !self.generated(ticket) || !dice.chance(90) {
            return Vec::new();
        }
        (0..1 + dice.below(2))
            .map(|number| {
                let id = uuid(u64::from(ticket.index) * 2 + number, dice.roll());
                let created = Self::moment(ticket, 1 + number as i64, 5);
                json!({"url": format!("https://acme.zendesk.com/api/v2/tickets/{}/side_conversations/{id}", ticket.id), "id": id, "ticket_id": ticket.id,
                    "subject": words::subject(&mut dice), "preview_text": words::text(&mut dice, 50), "state": if ticket.status >= Status::Solved { "closed" } else { "open" },
                    "participants": [{"user_id": self.agent(&mut dice), "name": "Desk", "email": "desk@acme.example"}, {"user_id": null, "name": null, "email": "parts@supplier.example"}],
                    "created_at": iso_text(created).replace('Z', ".453Z"), "updated_at": iso_text(created + HOUR).replace('Z', ".000Z"), "external_ids": {}})
            })
            .collect()
    }

    /// The messages of one of them.
    pub(crate) fn side_events(&self, conversation: &Value) -> Vec<Value> {
        let id = conversation["id"].as_str().unwrap_or_default();
        ["create", "reply"]
            .iter()
            .enumerate()
            .map(|(number, kind)| {
                json!({"id": format!("{}{number}", &id[..id.len().saturating_sub(1)]), "side_conversation_id": id, "ticket_id": conversation["ticket_id"], "type": kind, "via": "support",
                    "actor": conversation["participants"][number], "created_at": conversation[if number == 0 { "created_at" } else { "updated_at" }],
                    "message": {"subject": conversation["subject"], "preview_text": conversation["preview_text"], "to": [conversation["participants"][1 - number]]}})
            })
            .collect()
    }

    /// What is to be done before a task is done.
    pub(crate) fn task_lists(&self, ticket: &Ticket) -> Vec<Value> {
        if ticket.kind != Some("task") {
            return Vec::new();
        }
        let id = ulid(ticket.created, u64::from(ticket.index), 77);
        vec![
            json!({"id": id, "name": "Onboarding", "ticket_id": ticket.id, "created_at": iso_text(ticket.created), "updated_at": iso_text(ticket.updated),
            "tasks": [{"id": format!("{id}-1"), "name": "Send \"hardware\"", "status": "open"}]}),
        ]
    }

    /// Articles that somebody pinned to a ticket.
    pub(crate) fn content_pins(&self, ticket: &Ticket) -> Vec<Value> {
        let mut dice = self.child_dice(ticket, 7);
        if !self.generated(ticket) || !dice.chance(60) {
            return Vec::new();
        }
        vec![
            json!({"id": ulid(ticket.created, u64::from(ticket.index), 3), "ticket_id": ticket.id, "title": "How to reset the router",
            "url": "https://acme.zendesk.com/hc/en-us/articles/900001", "content_type": "article"}),
        ]
    }

    /// Mails that public answers of agents caused.
    pub(crate) fn email_notifications(&self, ticket: &Ticket) -> Vec<Value> {
        if ticket.channel != "email" {
            return Vec::new();
        }
        let audits = self.audits(ticket.id, i64::MAX);
        audits
            .iter()
            .filter_map(|audit| self.comment(ticket, audit))
            .filter(|comment| comment.public && Some(comment.author) != ticket.requester)
            .map(|comment| {
                let id = comment.id + 20;
                json!({"notification_id": id, "ticket_id": ticket.id, "comment_id": comment.id, "email_id": format!("01H{id}"), "message_id": format!("<{id}@acme.example>"),
                    "url": format!("https://acme.zendesk.com/api/v2/email_notifications/{id}"),
                    "recipients": [{"user_id": ticket.requester, "email_address": "customer@mail.example", "delivery_status": {"id": 17, "name": "delivered", "code": null, "message": null}}],
                    "created_at": iso_text(comment.at), "updated_at": iso_text(comment.at)})
            })
            .collect()
    }
}
