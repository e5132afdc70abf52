//! The true rows of what hangs below tickets and people. A row that an answer gives without the key it was asked for has
//! that key here, and the answer's own object under `_item`. It refuses to know pages.

use serde_json::{Value, json};

use crate::zendesk::account::Account;
use crate::zendesk::account::involved::Part;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::truth::object;
use crate::zendesk::account::user::User;

/// The row with the key it was asked for.
fn under(item: Value, key: &str, parent: i64) -> Value {
    let mut row = item.clone();
    row[key] = json!(parent);
    row["_item"] = item;
    row
}

impl Account {
    pub(super) fn truth_of_children(&self, table: &str) -> Vec<Value> {
        match table {
            "ticket_collaborators" => self.people_rows(Part::Collaborator),
            "ticket_followers" => self.people_rows(Part::Follower),
            "ticket_email_ccs" => self.people_rows(Part::Cc),
            "ticket_events" => self.of_tickets(|ticket| {
                let audits = self.audits(ticket.id, i64::MAX);
                audits
                    .iter()
                    .map(|audit| object(|json| self.write_ticket_event(ticket, audit, false, json)))
                    .collect()
            }),
            "ticket_skips" => self.of_tickets(|ticket| {
                (0..self.skips_shown(ticket))
                    .map(|number| self.skip(ticket, number))
                    .collect()
            }),
            "ticket_related" => self.of_tickets(|ticket| {
                let mut row = self.ticket_related(ticket);
                row["ticket_id"] = json!(ticket.id);
                vec![row]
            }),
            "conversation_log" => self.of_tickets(|ticket| {
                let events = self.conversation_log(ticket).into_iter();
                events
                    .map(|event| under(event, "ticket_id", ticket.id))
                    .collect()
            }),
            "side_conversations" => self.of_tickets(|ticket| self.side_conversations(ticket)),
            "side_conversation_events" => self.of_tickets(|ticket| {
                let conversations = self.side_conversations(ticket);
                conversations
                    .iter()
                    .flat_map(|conversation| self.side_events(conversation))
                    .collect()
            }),
            "routing_ticket_instance_values" => self.of_tickets(|ticket| {
                let skills = self.skills_of(ticket).into_iter();
                skills
                    .map(|mut skill| {
                        skill["ticket_id"] = json!(ticket.id);
                        skill
                    })
                    .collect()
            }),
            "ticket_task_lists" => self.of_tickets(|ticket| self.task_lists(ticket)),
            "ticket_content_pins" => self.of_tickets(|ticket| self.content_pins(ticket)),
            "email_notifications" => self.of_tickets(|ticket| self.email_notifications(ticket)),
            "attachments" => self.of_tickets(|ticket| self.attachments_of(ticket)),
            "problems" => self.of_tickets(|ticket| {
                let shown = ticket.kind == Some("problem") && !ticket.archived(self);
                shown
                    .then(|| self.ticket_value(ticket, false))
                    .into_iter()
                    .collect()
            }),
            "incidents" => self.of_tickets(|ticket| {
                let problem = ticket.problem.and_then(|id| self.current_ticket(id));
                let shown = problem.is_some_and(|problem| problem.alive());
                shown
                    .then(|| self.ticket_value(ticket, false))
                    .into_iter()
                    .collect()
            }),
            "requests" => self.of_users(|user| {
                let tickets = self.requests_of(user.id);
                tickets
                    .iter()
                    .map(|ticket| self.request_row(ticket))
                    .collect()
            }),
            "request_comments" => self.of_tickets(|ticket| self.request_comments(ticket)),
            "suspended_tickets" => self.suspended_tickets(),
            "satisfaction_reasons" => self.satisfaction_reasons(),
            "activities" => self.activities_of(&self.user(0)),
            "bookmarks" => self.bookmarks_of(&self.user(0)),
            "approval_requests" => self.approval_requests(),
            other => self.truth_of_structure(other),
        }
    }

    fn truth_of_structure(&self, table: &str) -> Vec<Value> {
        match table {
            "deleted_users" => self.deleted_users(),
            "user_related" => {
                self.of_users(|user| vec![under(self.user_related(user), "user_id", user.id)])
            }
            "user_entitlements" => self.of_users(|user| {
                let rows = self.entitlements_of(user).into_iter();
                rows.map(|row| under(row, "user_id", user.id)).collect()
            }),
            "sessions" => self.of_users(|user| self.sessions_of(user)),
            "user_fields" => self.user_field_rows(),
            "organization_fields" => self.organization_field_rows(),
            "organization_related" => self
                .living_organizations()
                .map(|index| {
                    let id = self.organization_id(index);
                    under(self.organization_related(index), "organization_id", id)
                })
                .collect(),
            "organization_merges" => self
                .living_organizations()
                .flat_map(|index| {
                    let id = self.organization_id(index);
                    let merges = self.organization_merges(index).into_iter();
                    merges.map(move |row| under(row, "organization_id", id))
                })
                .collect(),
            "organization_subscriptions" => self.organization_subscriptions(),
            "custom_roles" => self.custom_roles(),
            "brand_agents" => (0..self.staff)
                .flat_map(|staff| self.brand_agents_of(staff))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn of_tickets(&self, rows: impl Fn(&Ticket) -> Vec<Value>) -> Vec<Value> {
        self.existing().iter().flat_map(rows).collect()
    }

    fn of_users(&self, rows: impl Fn(&User) -> Vec<Value>) -> Vec<Value> {
        (0..self.users)
            .map(|index| self.user(index))
            .filter(|user| user.active)
            .flat_map(|user| rows(&user))
            .collect()
    }

    fn people_rows(&self, part: Part) -> Vec<Value> {
        self.of_tickets(|ticket| {
            let people = self.people_of(ticket, part);
            people
                .iter()
                .map(|user| {
                    let mut row = self.person(user);
                    row["ticket_id"] = json!(ticket.id);
                    row
                })
                .collect()
        })
    }

    /// Skips of archived tickets are not shown.
    pub(crate) fn skips_shown(&self, ticket: &Ticket) -> u64 {
        if ticket.archived(self) {
            0
        } else {
            self.skip_count(ticket)
        }
    }
}
