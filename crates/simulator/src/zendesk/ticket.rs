//! One ticket as a value: its fate drawn from the dice of its index, or what a write over HTTP made of it.
//! It refuses to hold generated text; that is drawn when a row is written.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};

use super::account::{Account, stream};
use super::words;
use crate::clock::{DAY, HOUR, MINUTE, date_text};
use crate::random::Dice;

/// Natural order of statuses, as search compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    New,
    Open,
    Pending,
    Hold,
    Solved,
    Closed,
    Deleted,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Hold => "hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::New,
            Self::Open,
            Self::Pending,
            Self::Hold,
            Self::Solved,
            Self::Closed,
            Self::Deleted,
        ]
        .into_iter()
        .find(|status| status.name() == text)
    }
}

/// Natural order of priorities, as search compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High, Self::Urgent]
            .into_iter()
            .find(|priority| priority.name() == text)
    }
}

pub(crate) const KINDS: &[&str] = &["problem", "incident", "question", "task"];
pub(crate) const CHANNELS: &[&str] = &[
    "email",
    "web",
    "api",
    "native_messaging",
    "voice",
    "twitter",
    "facebook",
    "chat",
    "sample_ticket",
    "mobile_sdk",
];
pub(crate) const TAGS: &[&str] = &[
    "vip",
    "billing",
    "refund",
    "urgent_customer",
    "beta",
    "日本",
    "follow-up",
    "spam_suspect",
    "mobile",
    "web",
    "api",
    "churn_risk",
    "enterprise",
    "trial",
    "eu",
    "us",
    "a:b",
    "night",
    "escalated",
    "bug",
    "feature",
    "duplicate",
    "angry",
    "thanks",
];

/// A ticket at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) index: u32,
    pub(crate) id: i64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// Moves with every change, system ones included; `updated` does not.
    pub(crate) generated: i64,
    pub(crate) status: Status,
    pub(crate) before_deletion: Status,
    pub(crate) custom_status: i64,
    pub(crate) kind: Option<&'static str>,
    pub(crate) priority: Option<Priority>,
    pub(crate) requester: Option<i64>,
    pub(crate) submitter: Option<i64>,
    pub(crate) assignee: Option<i64>,
    pub(crate) organization: Option<i64>,
    pub(crate) group: Option<i64>,
    pub(crate) brand: i64,
    pub(crate) form: i64,
    pub(crate) problem: Option<i64>,
    pub(crate) due: Option<i64>,
    pub(crate) public: bool,
    pub(crate) channel: &'static str,
    pub(crate) ai: bool,
    pub(crate) scrubbed: bool,
    pub(crate) solved: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) tags: u32,
    pub(crate) external: bool,
    pub(crate) rating: Option<&'static str>,
    pub(crate) replies: u8,
    pub(crate) written: Option<Arc<Written>>,
}

/// The free parts of a ticket that was written over HTTP.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub(crate) subject: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) fields: Vec<(i64, Value)>,
    pub(crate) external_id: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) followers: Vec<i64>,
    pub(crate) ccs: Vec<i64>,
}

impl Ticket {
    pub(crate) fn archived(&self, account: &Account) -> bool {
        self.status == Status::Closed && self.updated < account.anchor - 120 * DAY
    }

    pub(crate) fn alive(&self) -> bool {
        self.status != Status::Deleted
    }

    /// Problems sit at every fiftieth place; what follows may be linked to them.
    pub(crate) fn is_problem_place(index: u32) -> bool {
        index.is_multiple_of(50)
    }
}

impl Account {
    fn linked(&self, index: u32) -> bool {
        !Ticket::is_problem_place(index)
            && self
                .mix(stream::INCIDENT, u64::from(index))
                .is_multiple_of(8)
    }

    /// The generated ticket at this place, before any write.
    pub(crate) fn generated_ticket(&self, index: u32) -> Ticket {
        let mut dice = Dice::new(self.seed, stream::TICKET, u64::from(index));
        let created = self.ticket_created(index);
        let life = (300.0 * (dice.unit() * 8.5).exp()) as i64;
        let neglected = dice.chance(40);
        let solved_at = created + life;
        let closed_at = solved_at + 4 * DAY + dice.below(3_600) as i64;
        let progress = dice.unit();
        let active = match dice.below(100) {
            0..=17 => Status::New,
            18..=62 => Status::Open,
            63..=84 => Status::Pending,
            _ => Status::Hold,
        };
        let (status, mut updated) = if neglected || solved_at > self.settled {
            let end = if neglected {
                self.settled
            } else {
                solved_at.min(self.settled)
            };
            (active, created + ((end - created) as f64 * progress) as i64)
        } else if closed_at > self.settled {
            (Status::Solved, solved_at)
        } else {
            (Status::Closed, closed_at)
        };
        let solved = (status >= Status::Solved).then_some(solved_at);
        let closed = (status == Status::Closed).then_some(closed_at);
        let replies = if status == Status::New {
            0
        } else {
            (dice.unit() * dice.unit() * 11.0) as u8
        };
        let before_deletion = status;
        let mut now = status;
        if dice.chance(20) {
            now = Status::Deleted;
            let floor = if dice.chance(500) {
                updated.max(self.settled - 28 * DAY)
            } else {
                updated
            };
            updated = floor + ((self.settled - floor) as f64 * dice.unit()) as i64;
        }
        let scrubbed =
            now == Status::Deleted && updated < self.settled - 31 * DAY && dice.chance(400);
        let lateness = dice.below(4) as i64;
        let generated = if scrubbed {
            // Permanent deletion rewrites the row thirty days later and does not touch updated_at.
            updated + 30 * DAY + dice.below(3_600) as i64
        } else if dice.chance(30) {
            updated + ((self.settled - updated) as f64 * dice.unit()) as i64
        } else {
            updated + lateness
        };
        let linked = self.linked(index);
        let kind = if Ticket::is_problem_place(index) {
            Some("problem")
        } else if linked {
            Some("incident")
        } else {
            match dice.below(10) {
                0..=1 => None,
                2..=4 => Some("incident"),
                5..=8 => Some("question"),
                _ => Some("task"),
            }
        };
        let priority = match dice.below(100) {
            0..=24 => None,
            25..=39 => Some(Priority::Low),
            40..=74 => Some(Priority::Normal),
            75..=91 => Some(Priority::High),
            _ => Some(Priority::Urgent),
        };
        let requester = self.draw_requester(&mut dice, index);
        let requester_organization = self
            .user_organization(requester)
            .map(|organization| self.organization_id(organization));
        let assignee = (status != Status::New && !dice.chance(120))
            .then(|| dice.below(u64::from(self.staff)) as u32);
        let group = match assignee {
            Some(staff) => Some(self.staff_groups(staff)[0]),
            None => (!dice.chance(400)).then(|| *dice.pick(&self.config.group_ids)),
        };
        let channel = match dice.below(100) {
            0..=44 => "email",
            45..=66 => "web",
            67..=76 => "api",
            _ => dice.pick(CHANNELS),
        };
        let submitter = if matches!(channel, "api" | "voice") {
            self.user_id(dice.below(u64::from(self.staff)) as u32)
        } else {
            self.user_id(requester)
        };
        let tags = (dice.roll() & dice.roll() & dice.roll()) as u32 & ((1 << TAGS.len()) - 1);
        let statuses = &self.config.statuses;
        let fitting: Vec<i64> = statuses
            .iter()
            .filter(|custom| {
                custom.category == status.name()
                    || (status == Status::Closed && custom.category == "solved")
            })
            .map(|custom| custom.id)
            .collect();
        let custom_status = if dice.chance(700) {
            fitting.first().copied().unwrap_or_default()
        } else {
            *dice.pick(&fitting)
        };
        let rating = match dice.below(100) {
            _ if status < Status::Solved => None,
            0..=9 => Some("good"),
            10..=14 => Some("bad"),
            15..=39 => Some("offered"),
            _ => Some("unoffered"),
        };
        Ticket {
            index,
            id: Self::ticket_id(index),
            created,
            updated,
            generated: generated.min(self.settled),
            status: now,
            before_deletion,
            custom_status,
            kind,
            priority,
            requester: Some(self.user_id(requester)),
            submitter: Some(submitter),
            assignee: assignee.map(|staff| self.user_id(staff)),
            organization: requester_organization.filter(|_| !dice.chance(60)),
            group,
            brand: self.config.brand_ids[usize::from(dice.chance(200))],
            form: self.config.form_ids[usize::from(dice.chance(150))],
            problem: linked.then(|| Self::ticket_id(index / 50 * 50)),
            due: (kind == Some("task"))
                .then(|| created + 3 * DAY + dice.below(200) as i64 * HOUR / 4 * 4),
            public: !dice.chance(50),
            channel,
            ai: dice.chance(8),
            scrubbed,
            solved,
            closed,
            tags: if scrubbed { 0 } else { tags },
            external: dice.chance(150),
            rating,
            replies,
            written: None,
        }
    }

    fn draw_requester(&self, dice: &mut Dice, index: u32) -> u32 {
        let people = self.users - self.staff;
        let grown = 0.1 + 0.9 * f64::from(index) / f64::from(self.tickets.max(1));
        let known = ((f64::from(people) * grown) as u64).clamp(1, u64::from(people));
        // The smaller of two draws: old customers write more often than new ones.
        let (first, second) = (dice.below(known), dice.below(known));
        self.staff
            + if dice.chance(500) {
                first.min(second)
            } else {
                first
            } as u32
    }

    pub(crate) fn has_incidents(&self, ticket: &Ticket) -> bool {
        ticket.index < self.tickets
            && Ticket::is_problem_place(ticket.index)
            && (ticket.index + 1..ticket.index + 50)
                .any(|index| index < self.tickets && self.linked(index))
    }

    pub(crate) fn subject<'a>(&self, ticket: &'a Ticket) -> Option<Cow<'a, str>> {
        if let Some(written) = &ticket.written {
            return written.subject.as_deref().map(Cow::Borrowed);
        }
        if ticket.scrubbed {
            return Some(Cow::Borrowed("SCRUBBED"));
        }
        let mut dice = Dice::new(self.seed, stream::TICKET_TEXT, u64::from(ticket.index) * 2);
        match dice.below(400) {
            0 if ticket.channel != "email" => None,
            1 => Some(Cow::Borrowed("")),
            _ => Some(Cow::Owned(words::subject(&mut dice))),
        }
    }

    /// The first comment.
    pub(crate) fn description<'a>(&self, ticket: &'a Ticket) -> Option<Cow<'a, str>> {
        if let Some(written) = &ticket.written {
            return written.description.as_deref().map(Cow::Borrowed);
        }
        if ticket.scrubbed {
            return Some(Cow::Borrowed("X"));
        }
        let mut dice = Dice::new(
            self.seed,
            stream::TICKET_TEXT,
            u64::from(ticket.index) * 2 + 1,
        );
        if dice.below(500) == 0 {
            return None;
        }
        let length = 250 + (dice.unit() * dice.unit() * 2_600.0) as usize;
        Some(Cow::Owned(words::text(&mut dice, length)))
    }

    pub(crate) fn tags<'a>(&self, ticket: &'a Ticket) -> Vec<Cow<'a, str>> {
        if let Some(written) = &ticket.written {
            return written
                .tags
                .iter()
                .map(|tag| Cow::Borrowed(tag.as_str()))
                .collect();
        }
        let mut tags: Vec<Cow<'a, str>> = TAGS
            .iter()
            .enumerate()
            .filter(|(bit, _)| ticket.tags & (1 << bit) != 0)
            .map(|(_, tag)| Cow::Borrowed(*tag))
            .collect();
        // A drop-down's value is also a tag of the ticket.
        if let Some(product) = self.product(ticket) {
            tags.push(Cow::Borrowed(product));
        }
        tags
    }

    fn product(&self, ticket: &Ticket) -> Option<&'static str> {
        let mut dice = Dice::new(
            self.seed,
            stream::TICKET_FIELDS,
            u64::from(ticket.index) * 32 + 7,
        );
        let options = self.config.fields.get(7)?.options;
        (!ticket.scrubbed && dice.chance(500)).then(|| dice.pick(options).1)
    }

    pub(crate) fn external_id<'a>(&self, ticket: &'a Ticket) -> Option<Cow<'a, str>> {
        match &ticket.written {
            Some(written) => written.external_id.as_deref().map(Cow::Borrowed),
            // Not unique on purpose: the API may return several tickets for one external id.
            None => ticket
                .external
                .then(|| Cow::Owned(format!("CRM-{}", ticket.index / 3 * 7 + 1_000))),
        }
    }

    pub(crate) fn recipient<'a>(&self, ticket: &'a Ticket) -> Option<Cow<'a, str>> {
        match &ticket.written {
            Some(written) => written.recipient.as_deref().map(Cow::Borrowed),
            None => {
                (ticket.channel == "email").then_some(Cow::Borrowed("support@acme.zendesk.com"))
            }
        }
    }

    pub(crate) fn followers(&self, ticket: &Ticket) -> Vec<i64> {
        if let Some(written) = &ticket.written {
            return written.followers.clone();
        }
        let mut dice = Dice::new(
            self.seed,
            stream::TICKET_FIELDS,
            u64::from(ticket.index) * 32 + 30,
        );
        if dice.chance(90) {
            vec![self.user_id(dice.below(u64::from(self.staff)) as u32)]
        } else {
            Vec::new()
        }
    }

    pub(crate) fn ccs(&self, ticket: &Ticket) -> Vec<i64> {
        if let Some(written) = &ticket.written {
            return written.ccs.clone();
        }
        let mut dice = Dice::new(
            self.seed,
            stream::TICKET_FIELDS,
            u64::from(ticket.index) * 32 + 31,
        );
        if !dice.chance(110) {
            return Vec::new();
        }
        let people = u64::from(self.users - self.staff);
        let mut ids: Vec<i64> = (0..=dice.below(3))
            .map(|_| self.user_id(self.staff + dice.below(people) as u32))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Every custom field of the account with this ticket's value.
    pub(crate) fn field_values(&self, ticket: &Ticket) -> Vec<(i64, Value)> {
        if let Some(written) = &ticket.written {
            return written.fields.clone();
        }
        self.config
            .fields
            .iter()
            .enumerate()
            .map(|(place, field)| {
                (
                    field.id,
                    if ticket.scrubbed {
                        Value::Null
                    } else {
                        self.field_value(ticket, place, field.kind, field.options)
                    },
                )
            })
            .collect()
    }

    fn field_value(
        &self,
        ticket: &Ticket,
        place: usize,
        kind: &str,
        options: &[(&str, &'static str)],
    ) -> Value {
        let mut dice = Dice::new(
            self.seed,
            stream::TICKET_FIELDS,
            u64::from(ticket.index) * 32 + place as u64,
        );
        if place == 7 {
            return self.product(ticket).map_or(Value::Null, Value::from);
        }
        if !dice.chance(if kind == "checkbox" { 900 } else { 350 }) {
            return Value::Null;
        }
        match kind {
            "text" if dice.chance(60) => json!(""),
            "text" => json!(format!("AC-{:06}", dice.below(1_000_000))),
            "textarea" => json!(words::text(&mut dice, 40)),
            "checkbox" => json!(dice.chance(300)),
            "date" => json!(date_text(ticket.created - dice.below(90) as i64 * DAY)),
            // Both spellings occur in the wild: a JSON number and the same number as text.
            "integer" if dice.chance(300) => json!(dice.below(500).to_string()),
            "integer" => json!(dice.below(500)),
            "decimal" if dice.chance(300) => {
                json!(format!("{}.{:02}", dice.below(5_000), dice.below(100)))
            }
            "decimal" => json!(dice.below(500_000) as f64 / 100.0),
            "regexp" => json!(format!(
                "{}{}-{:06}",
                char::from(b'A' + dice.below(26) as u8),
                char::from(b'A' + dice.below(26) as u8),
                dice.below(1_000_000)
            )),
            "tagger" => json!(dice.pick(options).1),
            "multiselect" => {
                let bits = dice.below(15) + 1;
                json!(
                    options
                        .iter()
                        .enumerate()
                        .filter(|(bit, _)| bits & (1 << bit) != 0)
                        .map(|(_, option)| option.1)
                        .collect::<Vec<_>>()
                )
            }
            "partialcreditcard" => json!(format!("XXXXXXXXXXXX{:04}", dice.below(10_000))),
            "lookup" => {
                let id = self.user_id(dice.below(u64::from(self.staff)) as u32);
                if dice.chance(500) {
                    json!(id)
                } else {
                    json!(id.to_string())
                }
            }
            _ => Value::Null,
        }
    }

    /// How long an unsolved ticket's first answer took, in minutes; the history and the metrics agree on it.
    pub(crate) fn first_reply_minutes(&self, ticket: &Ticket) -> Option<i64> {
        let end = ticket.solved.unwrap_or(ticket.updated);
        (ticket.replies > 0)
            .then(|| (end - ticket.created) / i64::from(ticket.replies + 1) / MINUTE)
    }
}
