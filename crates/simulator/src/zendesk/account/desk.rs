//! What agents find on their desks: suspended mails, activities, bookmarks, approvals, the reasons that customers can give.
//! It refuses to choose whose desk; callers name the person.

use serde_json::{Value, json};

use crate::clock::{DAY, HOUR, MINUTE, iso_text};
use crate::json::Json;
use crate::random::Dice;
use crate::zendesk::account::involved::Part;
use crate::zendesk::account::text_id::ulid;
use crate::zendesk::account::ticket::{Priority, Ticket};
use crate::zendesk::account::user::User;
use crate::zendesk::account::{Account, stream, words};

const SUSPENDED_BASE: i64 = 3_700_000_000_000;
const ACTIVITY_BASE: i64 = 2_800_000_000_000;
const BOOKMARK_BASE: i64 = 2_600_000_000_000;

/// Days that activities are kept.
const ACTIVITY_DAYS: i64 = 30;
/// Days that suspended tickets are kept.
const SUSPENDED_DAYS: i64 = 14;

const CAUSES: &[(i64, &str)] = &[
    (0, "Detected as spam"),
    (5, "Automated response mail"),
    (26, "Sender domain not on allowlist"),
    (42, "Detected email as being from a system user"),
];

impl Account {
    pub(crate) fn suspended_tickets(&self) -> Vec<Value> {
        (0..(self.tickets / 60).max(12))
            .map(|index| self.suspended_ticket(index))
            .collect()
    }

    fn suspended_ticket(&self, index: u32) -> Value {
        let mut dice = Dice::new(self.seed, stream::DESK, u64::from(index));
        let id = self.sparse_id(stream::DESK, SUSPENDED_BASE, 1_013, u64::from(index));
        let at = self.settled - dice.below((SUSPENDED_DAYS * DAY) as u64) as i64;
        let (cause_id, cause) = CAUSES[index as usize % CAUSES.len()];
        let known = (index.is_multiple_of(3))
            .then(|| self.user(self.staff + index % (self.users - self.staff)))
            .filter(|user| user.active);
        let sender = match &known {
            Some(user) => self.user_email(user),
            None => None,
        }
        .unwrap_or_else(|| format!("sender{index}@bulk.example"));
        let name = words::person(&mut dice);
        let mut row = json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/suspended_tickets/{id}.json"),
            "author": {"id": known.map(|user| user.id), "name": name, "email": sender}, "subject": words::subject(&mut dice), "content": words::text(&mut dice, 300),
            "cause": cause, "ticket_id": (index % 5 == 4).then(|| Self::ticket_id(index % self.tickets.max(1))), "recipient": "support@acme.example",
            "created_at": iso_text(at), "updated_at": iso_text(at), "brand_id": self.config.brand_ids[0],
            "via": {"channel": "email", "source": {"from": {"address": sender, "name": name}, "to": {"address": "support@acme.example", "name": "Acme"}, "rel": null}}});
        // Older rows lack these keys.
        if index % 4 != 3 {
            row["cause_id"] = json!(cause_id);
            row["message_id"] = json!(format!("<{id}@bulk.example>"));
            row["attachments"] = json!([]);
            row["error_messages"] = if index % 8 == 2 {
                json!([{"title": "Requester", "message": "is suspended"}])
            } else {
                Value::Null
            };
        }
        row
    }

    /// What happened to somebody's tickets within thirty days, oldest first.
    pub(crate) fn activities_of(&self, user: &User) -> Vec<Value> {
        let since = self.settled - ACTIVITY_DAYS * DAY;
        let mut rows: Vec<(i64, Value)> = Vec::new();
        for ticket in self.tickets_of(user.id, Part::Assignee) {
            if ticket.updated < since {
                continue;
            }
            let actor = ticket.requester.unwrap_or(user.id);
            let mut push = |place: i64, at: i64, verb: &str, title: String, object: Value| {
                if at >= since && at <= self.settled {
                    let id = ACTIVITY_BASE + i64::from(ticket.index) * 101 + place;
                    rows.push((
                        at,
                        self.activity(&ticket, user, id, at, verb, &title, actor, object),
                    ));
                }
            };
            let subject = self.subject(&ticket).unwrap_or_default().into_owned();
            let about = json!({"ticket": {"id": ticket.id, "subject": subject}});
            push(
                0,
                (ticket.created + 15 * MINUTE).min(ticket.updated),
                "tickets.assignment",
                format!("Ticket #{} was assigned to you.", ticket.id),
                about.clone(),
            );
            if ticket.priority >= Some(Priority::High) {
                push(
                    1,
                    (ticket.created + HOUR).min(ticket.updated),
                    "tickets.priority_increase",
                    format!("Priority of ticket #{} was raised.", ticket.id),
                    about,
                );
            }
            for (place, audit) in self.audits(ticket.id, i64::MAX).iter().enumerate() {
                if let Some(comment) = self
                    .comment(&ticket, audit)
                    .filter(|comment| comment.author != user.id)
                {
                    let value: String = comment.body.chars().take(80).collect();
                    let object = json!({"comment": {"id": comment.id, "value": value, "public": comment.public}});
                    push(
                        2 + place as i64,
                        comment.at,
                        "tickets.comment",
                        format!("New comment on ticket #{}.", ticket.id),
                        object,
                    );
                }
            }
        }
        rows.sort_by_key(|(at, row)| (*at, row["id"].as_i64()));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    #[expect(clippy::too_many_arguments, reason = "each is a member of the row")]
    fn activity(
        &self,
        ticket: &Ticket,
        user: &User,
        id: i64,
        at: i64,
        verb: &str,
        title: &str,
        actor: i64,
        object: Value,
    ) -> Value {
        let person = |id: i64| {
            self.user_index(id)
                .map(|index| self.person(&self.user(index)))
        };
        json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/activities/{id}.json"), "title": title, "verb": verb, "user_id": user.id, "actor_id": actor,
            "created_at": iso_text(at), "updated_at": iso_text(at), "object": object, "target": {"ticket": {"id": ticket.id, "subject": self.subject(ticket)}},
            "user": person(user.id), "actor": person(actor)})
    }

    /// A user's row as JSON.
    pub(crate) fn person(&self, user: &User) -> Value {
        let mut json = Json::default();
        json.open();
        self.write_user(user, &mut json);
        json.close();
        json.into_value()
    }

    /// Tickets that a member of staff keeps at hand; archived ones fall out.
    pub(crate) fn bookmarks_of(&self, user: &User) -> Vec<Value> {
        let marked = |index: u32| {
            self.mix(stream::DESK, u64::from(index) + (1 << 40)) % 61 == u64::from(user.index)
        };
        (0..self.tickets)
            .filter(|index| marked(*index))
            .filter_map(|index| self.current_ticket(Self::ticket_id(index)))
            .filter(|ticket| ticket.alive() && !ticket.archived(self))
            .map(|ticket| {
                let id = BOOKMARK_BASE + i64::from(ticket.index) * 103 + i64::from(user.index % 97);
                json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/bookmarks/{id}.json"), "created_at": iso_text(ticket.updated), "ticket": self.ticket_value(&ticket, false)})
            })
            .collect()
    }

    /// Questions whether something may be done, by ticket.
    pub(crate) fn approval_requests(&self) -> Vec<Value> {
        let asked = |index: &u32| {
            self.mix(stream::DESK, u64::from(*index) + (1 << 41))
                .is_multiple_of(23)
        };
        (0..self.tickets)
            .filter(asked)
            .filter_map(|index| self.current_ticket(Self::ticket_id(index)))
            .filter(Ticket::alive)
            .map(|ticket| self.approval_request(&ticket))
            .collect()
    }

    fn approval_request(&self, ticket: &Ticket) -> Value {
        let mut dice = Dice::new(self.seed, stream::DESK, u64::from(ticket.index) + (1 << 42));
        let agent = |dice: &mut Dice| self.user_id(dice.below(u64::from(self.staff)) as u32);
        let by_group = dice.chance(400);
        let (group, user) = (*dice.pick(&self.config.group_ids), agent(&mut dice));
        let statuses = ["active", "approved", "rejected", "withdrawn"];
        json!({"id": ulid(ticket.created, u64::from(ticket.index), dice.roll()), "ticket_id": ticket.id, "status": dice.pick(&statuses), "subject": words::subject(&mut dice),
            "message": words::text(&mut dice, 120), "assignee_user_id": (!by_group).then_some(user), "assignee_group_id": by_group.then_some(group),
            "created_by_id": agent(&mut dice), "origination_type": dice.pick(&["API_ORIGINATION", "UI_ORIGINATION"]), "created_at": iso_text(ticket.created + HOUR)})
    }

    /// Why a customer may be unhappy.
    pub(crate) fn satisfaction_reasons(&self) -> Vec<Value> {
        let reasons = [
            (1_000, "No reason provided"),
            (1_003, "The issue took too long to resolve"),
            (1_004, "The issue was not resolved"),
            (1_005, "The agent's knowledge is unsatisfactory"),
            (1_006, "The agent's attitude is unsatisfactory"),
        ];
        reasons
            .iter()
            .map(|(code, text)| {
                let id = 360_000_000_000_i64 + code;
                json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/satisfaction_reasons/{id}.json"), "reason_code": code, "value": text, "raw_value": text,
                    "created_at": iso_text(self.start), "updated_at": iso_text(self.start), "deleted_at": null})
            })
            .collect()
    }
}
