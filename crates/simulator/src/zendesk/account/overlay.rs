//! What was written over HTTP, kept as versions with their times, so that a lagging index can serve yesterday's truth.
//! It refuses to touch the generated account.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::{self, now_millis};
use crate::zendesk::account::Account;
use crate::zendesk::account::history::WrittenAudit;
use crate::zendesk::account::ticket::{KINDS, Priority, Status, Ticket, Written};

const WRITTEN_AUDIT_BASE: i64 = 18_000_000_000_000;

#[derive(Debug, Default)]
pub(crate) struct Overlay {
    pub(crate) versions: BTreeMap<i64, Vec<Version>>,
    pub(crate) audits: Vec<Arc<WrittenAudit>>,
    created: u32,
}

/// A ticket from one moment on.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) at_millis: i64,
    pub(crate) ticket: Ticket,
}

impl Account {
    /// Creates a ticket now, as the administrator; `fields` are those of the API (`subject`, `status`, `tags`, `comment`, …). Gives its id.
    pub fn create_ticket(&self, fields: Value) -> i64 {
        self.create(&fields, self.user_id(0)).id
    }

    /// Changes a ticket now. An unknown or deleted id changes nothing.
    pub fn update_ticket(&self, id: i64, fields: Value) {
        self.update(id, &fields, self.user_id(0));
    }

    /// Soft-deletes a ticket now. An unknown or deleted id changes nothing.
    pub fn delete_ticket(&self, id: i64) {
        self.remove(id, self.user_id(0));
    }

    /// The current version of a ticket, deleted ones included.
    pub(crate) fn current_ticket(&self, id: i64) -> Option<Ticket> {
        self.latest(&self.overlay.read(), id)
    }

    fn latest(&self, overlay: &Overlay, id: i64) -> Option<Ticket> {
        match overlay
            .versions
            .get(&id)
            .and_then(|versions| versions.last())
        {
            Some(version) => Some(version.ticket.clone()),
            None => self
                .ticket_index(id)
                .map(|index| self.generated_ticket(index)),
        }
    }

    pub(crate) fn create(&self, fields: &Value, author: i64) -> Ticket {
        let mut overlay = self.overlay.write();
        let index = self.tickets + overlay.created;
        overlay.created += 1;
        let at_millis = now_millis();
        let now = at_millis.div_euclid(1_000);
        let mut ticket = Ticket {
            index,
            id: Self::ticket_id(index),
            created: now,
            updated: now,
            generated: now,
            status: Status::Open,
            before_deletion: Status::Open,
            custom_status: 0,
            kind: None,
            priority: None,
            requester: Some(author),
            submitter: Some(author),
            assignee: None,
            organization: None,
            group: self.config.group_ids.first().copied(),
            brand: self.config.brand_ids[0],
            form: self.config.form_ids[0],
            problem: None,
            due: None,
            public: true,
            channel: "api",
            ai: false,
            scrubbed: false,
            solved: None,
            closed: None,
            tags: 0,
            external: false,
            rating: None,
            replies: 0,
            written: None,
        };
        let mut written = Written {
            fields: self
                .config
                .fields
                .iter()
                .map(|field| (field.id, Value::Null))
                .collect(),
            ..Written::default()
        };
        let comment = comment(fields);
        written.description = comment.as_ref().map(|comment| comment.0.clone());
        let mut changes = vec![("status".to_owned(), json!("open"), Value::Null)];
        self.apply(fields, &mut ticket, &mut written, &mut changes, now);
        if ticket.organization.is_none() && fields.get("organization_id").is_none() {
            ticket.organization = ticket
                .requester
                .and_then(|id| self.user_index(id))
                .and_then(|user| self.user_organization(user))
                .map(|organization| self.organization_id(organization));
        }
        ticket.written = Some(Arc::new(written));
        let audit = WrittenAudit {
            id: audit_id(&overlay),
            ticket: ticket.id,
            at_millis,
            author,
            first: true,
            comment,
            changes,
        };
        overlay.audits.push(Arc::new(audit));
        overlay
            .versions
            .entry(ticket.id)
            .or_default()
            .push(Version {
                at_millis,
                ticket: ticket.clone(),
            });
        ticket
    }

    pub(crate) fn update(&self, id: i64, fields: &Value, author: i64) -> Option<Ticket> {
        // The lock comes first: of two writers the second must see what the first did.
        let mut overlay = self.overlay.write();
        let mut ticket = self.latest(&overlay, id).filter(Ticket::alive)?;
        let mut written = self.materialized(&ticket);
        let at_millis = now_millis();
        let now = at_millis.div_euclid(1_000);
        let mut changes = Vec::new();
        self.apply(fields, &mut ticket, &mut written, &mut changes, now);
        ticket.updated = now;
        ticket.generated = now;
        ticket.written = Some(Arc::new(written));
        let audit = WrittenAudit {
            id: audit_id(&overlay),
            ticket: id,
            at_millis,
            author,
            first: false,
            comment: comment(fields),
            changes,
        };
        overlay.audits.push(Arc::new(audit));
        overlay.versions.entry(id).or_default().push(Version {
            at_millis,
            ticket: ticket.clone(),
        });
        Some(ticket)
    }

    pub(crate) fn remove(&self, id: i64, author: i64) -> bool {
        let mut overlay = self.overlay.write();
        let Some(mut ticket) = self.latest(&overlay, id).filter(Ticket::alive) else {
            return false;
        };
        let at_millis = now_millis();
        ticket.before_deletion = ticket.status;
        ticket.status = Status::Deleted;
        ticket.updated = at_millis.div_euclid(1_000);
        ticket.generated = ticket.updated;
        let changes = vec![(
            "status".to_owned(),
            json!("deleted"),
            json!(ticket.before_deletion.name()),
        )];
        let audit = WrittenAudit {
            id: audit_id(&overlay),
            ticket: id,
            at_millis,
            author,
            first: false,
            comment: None,
            changes,
        };
        overlay.audits.push(Arc::new(audit));
        overlay
            .versions
            .entry(id)
            .or_default()
            .push(Version { at_millis, ticket });
        true
    }

    fn materialized(&self, ticket: &Ticket) -> Written {
        if let Some(written) = &ticket.written {
            return written.as_ref().clone();
        }
        Written {
            subject: self.subject(ticket).map(Into::into),
            description: self.description(ticket).map(Into::into),
            tags: self.tags(ticket).into_iter().map(Into::into).collect(),
            fields: self.field_values(ticket),
            external_id: self.external_id(ticket).map(Into::into),
            recipient: self.recipient(ticket).map(Into::into),
            followers: self.followers(ticket),
            ccs: self.ccs(ticket),
        }
    }

    fn apply(
        &self,
        fields: &Value,
        ticket: &mut Ticket,
        written: &mut Written,
        changes: &mut Vec<(String, Value, Value)>,
        now: i64,
    ) {
        let Some(fields) = fields.get("ticket").unwrap_or(fields).as_object() else {
            return;
        };
        for (name, value) in fields {
            let text = value.as_str().map(str::to_owned);
            let number = value.as_i64();
            let previous = match name.as_str() {
                "subject" | "raw_subject" => json!(std::mem::replace(&mut written.subject, text)),
                "description" if written.description.is_none() => {
                    json!(std::mem::replace(&mut written.description, text))
                }
                "external_id" => json!(std::mem::replace(&mut written.external_id, text)),
                "recipient" => json!(std::mem::replace(&mut written.recipient, text)),
                "tags" => {
                    let tags = value
                        .as_array()
                        .map(|tags| {
                            tags.iter()
                                .filter_map(|tag| tag.as_str().map(str::to_owned))
                                .collect()
                        })
                        .unwrap_or_default();
                    json!(std::mem::replace(&mut written.tags, tags))
                }
                "status" => {
                    let Some(status) = text.as_deref().and_then(Status::parse) else {
                        continue;
                    };
                    let before = std::mem::replace(&mut ticket.status, status);
                    ticket.before_deletion = status;
                    ticket.solved =
                        (status >= Status::Solved).then_some(ticket.solved.unwrap_or(now));
                    ticket.closed = (status == Status::Closed).then_some(now);
                    ticket.custom_status = 0;
                    json!(before.name())
                }
                "priority" => json!(
                    std::mem::replace(
                        &mut ticket.priority,
                        text.as_deref().and_then(Priority::parse)
                    )
                    .map(Priority::name)
                ),
                "type" => json!(std::mem::replace(
                    &mut ticket.kind,
                    KINDS
                        .iter()
                        .find(|kind| Some(**kind) == text.as_deref())
                        .copied()
                )),
                "requester_id" => json!(std::mem::replace(&mut ticket.requester, number)),
                "submitter_id" => json!(std::mem::replace(&mut ticket.submitter, number)),
                "assignee_id" => json!(std::mem::replace(&mut ticket.assignee, number)),
                "organization_id" => json!(std::mem::replace(&mut ticket.organization, number)),
                "group_id" => json!(std::mem::replace(&mut ticket.group, number)),
                "problem_id" => json!(std::mem::replace(&mut ticket.problem, number)),
                "brand_id" => {
                    let brand = number.unwrap_or(ticket.brand);
                    json!(std::mem::replace(&mut ticket.brand, brand))
                }
                "ticket_form_id" => {
                    let form = number.unwrap_or(ticket.form);
                    json!(std::mem::replace(&mut ticket.form, form))
                }
                "custom_status_id" => json!(std::mem::replace(
                    &mut ticket.custom_status,
                    number.unwrap_or_default()
                )),
                "due_at" => json!(std::mem::replace(
                    &mut ticket.due,
                    text.as_deref().and_then(clock::parse)
                )),
                "email_cc_ids" | "collaborator_ids" => {
                    json!(std::mem::replace(&mut written.ccs, ids(value)))
                }
                "follower_ids" => json!(std::mem::replace(&mut written.followers, ids(value))),
                "custom_fields" | "fields" => {
                    for entry in value.as_array().into_iter().flatten() {
                        let id = entry.get("id").and_then(Value::as_i64);
                        let set = entry.get("value").cloned().unwrap_or(Value::Null);
                        let known = written.fields.iter_mut();
                        match known.into_iter().find(|field| Some(field.0) == id) {
                            Some(field) => field.1 = set,
                            // The field was made after the account.
                            None => written.fields.extend(id.map(|id| (id, set))),
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            changes.push((name.clone(), value.clone(), previous));
        }
        if ticket.custom_status == 0 {
            let category = if ticket.status == Status::Closed {
                "solved"
            } else {
                ticket.status.name()
            };
            ticket.custom_status = self
                .config
                .statuses
                .iter()
                .find(|status| status.category == category)
                .map(|status| status.id)
                .unwrap_or_default();
        }
    }
}

fn audit_id(overlay: &Overlay) -> i64 {
    WRITTEN_AUDIT_BASE + overlay.audits.len() as i64 * 100
}

fn ids(value: &Value) -> Vec<i64> {
    value
        .as_array()
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default()
}

fn comment(fields: &Value) -> Option<(String, bool)> {
    let fields = fields.get("ticket").unwrap_or(fields);
    let comment = fields.get("comment");
    let body = match comment {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(comment) => comment
            .get("body")
            .or_else(|| comment.get("html_body"))
            .and_then(Value::as_str),
        None => fields.get("description").and_then(Value::as_str),
    };
    let public = comment
        .and_then(|comment| comment.get("public"))
        .and_then(Value::as_bool)
        .unwrap_or(true);
    body.map(|body| (body.to_owned(), public))
}
