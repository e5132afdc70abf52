//! The free parts of a ticket: subject, description, tags, custom field values; drawn when asked for, or as written over HTTP.
//! It refuses to decide fates.

use crate::zendesk::account::ticket::{TAGS, Ticket};
use std::borrow::Cow;

use serde_json::{Value, json};

use crate::clock::{DAY, date_text};
use crate::random::Dice;
use crate::zendesk::account::words;
use crate::zendesk::account::{Account, stream};

impl Account {
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
}
