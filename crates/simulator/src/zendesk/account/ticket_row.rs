//! A ticket as JSON, in the shapes that lists, exports, search and writes give it. It refuses to choose tickets.

use serde_json::json;

use crate::clock::iso_text;
use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;

/// What an endpoint adds to the plain row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// Exports carry the stamp by which they are ordered; lists do not.
    pub(crate) generated: bool,
    pub(crate) result_type: bool,
    pub(crate) metric_set: bool,
    pub(crate) dates: bool,
    pub(crate) comment_count: bool,
    pub(crate) incident_count: bool,
    pub(crate) slas: bool,
    /// Moment of the state being shown, for counts.
    pub(crate) at_millis: i64,
}

impl Account {
    pub(crate) fn write_ticket(&self, ticket: &Ticket, shape: &Shape, json: &mut Json) {
        let subject = self.subject(ticket);
        json.open()
            .url("tickets", ticket.id)
            .key("id")
            .int(ticket.id)
            .key("external_id")
            .maybe_text(self.external_id(ticket).as_deref())
            .key("via");
        self.write_via(ticket, json);
        json.key("created_at")
            .time(ticket.created)
            .key("updated_at")
            .time(ticket.updated);
        if shape.generated {
            json.key("generated_timestamp").int(ticket.generated);
        }
        json.key("type")
            .maybe_text(ticket.kind)
            .key("subject")
            .maybe_text(subject.as_deref())
            .key("raw_subject")
            .maybe_text(subject.as_deref());
        json.key("description")
            .maybe_text(self.description(ticket).as_deref())
            .key("priority")
            .maybe_text(ticket.priority.map(|priority| priority.name()))
            .key("status")
            .text(ticket.status.name());
        json.key("recipient")
            .maybe_text(self.recipient(ticket).as_deref())
            .key("requester_id")
            .maybe_int(ticket.requester)
            .key("submitter_id")
            .maybe_int(ticket.submitter);
        json.key("assignee_id")
            .maybe_int(ticket.assignee)
            .key("organization_id")
            .maybe_int(ticket.organization)
            .key("group_id")
            .maybe_int(ticket.group);
        let (followers, ccs) = (self.followers(ticket), self.ccs(ticket));
        let mut collaborators = ccs.clone();
        collaborators.extend(&followers);
        json.key("collaborator_ids")
            .ints(&collaborators)
            .key("follower_ids")
            .ints(&followers)
            .key("email_cc_ids")
            .ints(&ccs);
        json.key("forum_topic_id")
            .maybe_int((ticket.index % 331 == 330).then_some(22_334_455))
            .key("problem_id")
            .maybe_int(ticket.problem)
            .key("has_incidents")
            .boolean(self.has_incidents(ticket));
        json.key("is_public")
            .boolean(ticket.public)
            .key("due_at")
            .maybe_time(ticket.due)
            .key("tags")
            .open_list();
        for tag in self.tags(ticket) {
            json.text(&tag);
        }
        json.close_list();
        let values = self.field_values(ticket);
        // Exports always repeat the custom fields under their old name; two of three list rows do not.
        let repeats = shape.generated || ticket.index.is_multiple_of(3);
        for name in ["custom_fields", "fields"]
            .iter()
            .take(1 + usize::from(repeats))
        {
            json.key(name).open_list();
            for (id, value) in &values {
                json.open()
                    .key("id")
                    .int(*id)
                    .key("value")
                    .value(value)
                    .close();
            }
            json.close_list();
        }
        json.key("satisfaction_rating");
        self.write_rating_summary(ticket, json);
        json.key("sharing_agreement_ids")
            .ints(if ticket.index % 97 == 96 {
                &[360_000_111]
            } else {
                &[]
            })
            .key("custom_status_id")
            .int(ticket.custom_status)
            .key("encoded_id")
            .text(&encoded(ticket.id));
        // Keys that real rows only sometimes have.
        if ticket.index % 4 != 3 {
            json.key("followup_ids")
                .ints(if ticket.index.is_multiple_of(83) {
                    &[77]
                } else {
                    &[]
                });
        }
        if ticket.index % 211 == 9 {
            json.key("deleted_ticket_form_id")
                .int(self.config.form_ids[0] + 1);
        }
        if ticket.index % 10 == 6 {
            json.key("satisfaction_probability")
                .value(&json!(f64::from(ticket.index % 1_000) / 1_000.0))
                .key("attribute_value_ids")
                .ints(&[i64::from(ticket.index) + 900]);
        }
        json.key("ticket_form_id")
            .int(ticket.form)
            .key("brand_id")
            .int(ticket.brand)
            .key("allow_channelback")
            .boolean(matches!(ticket.channel, "twitter" | "facebook"));
        json.key("allow_attachments")
            .boolean(ticket.index % 50 != 49)
            .key("from_messaging_channel")
            .boolean(ticket.channel == "native_messaging");
        self.write_extras(ticket, shape, json);
        json.close();
    }

    fn write_extras(&self, ticket: &Ticket, shape: &Shape, json: &mut Json) {
        if shape.result_type {
            json.key("result_type").text("ticket");
        }
        if shape.metric_set {
            json.key("metric_set").open();
            self.write_metric(ticket, json);
            json.close();
        }
        if shape.dates {
            json.key("dates").open();
            self.write_dates(ticket, json);
            json.close();
        }
        if shape.comment_count {
            json.key("comment_count")
                .int(self.comment_count(ticket, shape.at_millis));
        }
        if shape.incident_count {
            json.key("incident_count").int(self.incident_count(ticket));
        }
        if shape.slas {
            let policies = if ticket.priority.is_some() {
                json!([{"breach_at": iso_text(ticket.created + 28_800), "stage": "active", "metric": "next_reply_time", "hours": 8}])
            } else {
                json!([])
            };
            json.key("slas").value(&json!({"policy_metrics": policies}));
        }
    }

    fn write_via(&self, ticket: &Ticket, json: &mut Json) {
        let number = ticket.index;
        let requester = ticket
            .requester
            .and_then(|id| self.user_index(id))
            .map(|index| self.user(index));
        let name = requester
            .as_ref()
            .map(|user| self.user_name(user))
            .unwrap_or_default();
        json.open()
            .key("channel")
            .text(ticket.channel)
            .key("source")
            .open();
        json.key("from").open();
        match ticket.channel {
            "email" => {
                json.key("address")
                    .maybe_text(
                        requester
                            .as_ref()
                            .and_then(|user| self.user_email(user))
                            .as_deref(),
                    )
                    .key("name")
                    .text(&name);
            }
            "web" if number % 40 == 3 => {
                json.key("ticket_id")
                    .int(ticket.id - 1)
                    .key("subject")
                    .text("Earlier ticket")
                    .key("channel")
                    .text("email");
            }
            "voice" => {
                json.key("formatted_phone")
                    .text("+49 30 123456")
                    .key("phone")
                    .text("+4930123456")
                    .key("name")
                    .text(&name);
            }
            "twitter" => {
                json.key("profile_url")
                    .text("https://twitter.com/acme_fan")
                    .key("username")
                    .text("acme_fan")
                    .key("name")
                    .text(&name)
                    .key("twitter_id")
                    .text(&(900_000 + number).to_string());
            }
            "facebook" => {
                json.key("name")
                    .text(&name)
                    .key("profile_url")
                    .text("https://www.facebook.com/1")
                    .key("facebook_id")
                    .text(&(100_000 + number).to_string());
            }
            _ => {}
        }
        json.close().key("to").open();
        match ticket.channel {
            "email" => {
                json.key("name")
                    .text("Acme")
                    .key("address")
                    .text("support@acme.zendesk.com");
            }
            "voice" => {
                json.key("formatted_phone")
                    .text("+49 30 654321")
                    .key("phone")
                    .text("+4930654321")
                    .key("name")
                    .text("Hotline")
                    .key("brand_id")
                    .int(ticket.brand);
            }
            "twitter" => {
                json.key("profile_url")
                    .text("https://twitter.com/acme")
                    .key("username")
                    .text("acme")
                    .key("name")
                    .text("Acme");
            }
            "facebook" => {
                json.key("name")
                    .text("Acme on Facebook")
                    .key("profile_url")
                    .text("https://www.facebook.com/2")
                    .key("facebook_id")
                    .text("2");
            }
            _ => {}
        }
        json.close().key("rel").maybe_text(match ticket.channel {
            "web" if number % 40 == 3 => Some("follow_up"),
            "voice" => Some("voicemail"),
            "twitter" => Some("mention"),
            "facebook" => Some("message"),
            _ => None,
        });
        json.close().close();
    }

    /// A row of the deleted tickets.
    pub(crate) fn write_deleted_ticket(&self, ticket: &Ticket, json: &mut Json) {
        let actor = self.user((u64::from(ticket.index) % u64::from(self.staff)) as u32);
        let stamp = iso_text(ticket.updated);
        // The vendor's own example spells the date without dashes: both spellings must be read.
        let stamp = if ticket.id % 7 == 0 {
            format!(
                "{}{}{}{}",
                &stamp[..4],
                &stamp[5..7],
                &stamp[8..10],
                &stamp[10..]
            )
        } else {
            stamp
        };
        json.open()
            .key("id")
            .int(ticket.id)
            .key("subject")
            .text(&self.subject(ticket).unwrap_or_default())
            .key("description")
            .maybe_text(self.description(ticket).as_deref());
        json.key("actor")
            .open()
            .key("id")
            .int(actor.id)
            .key("name")
            .text(&self.user_name(&actor))
            .close();
        json.key("deleted_at")
            .text(&stamp)
            .key("previous_state")
            .text(ticket.before_deletion.name())
            .close();
    }
}

/// The via object of comments and audits, which carries less than a ticket's.
pub(crate) fn channel_via(json: &mut Json, channel: &str) {
    json.open()
        .key("channel")
        .text(channel)
        .key("source")
        .open()
        .key("from")
        .open()
        .close()
        .key("to")
        .open()
        .close()
        .key("rel")
        .null()
        .close()
        .close();
}

fn encoded(id: i64) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bits = crate::random::mix(0, 99, id.unsigned_abs());
    let mut text = String::with_capacity(12);
    for place in 0..11 {
        if place == 6 {
            text.push('-');
        }
        text.push(char::from(LETTERS[(bits % 32) as usize]));
        bits /= 32;
    }
    text
}
