//! A ticket as its requester sees it, and what of its conversation is public. It refuses to show private tickets.

use serde_json::{Map, Value, json};

use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::history::Audit;
use crate::zendesk::account::involved::Part;
use crate::zendesk::account::ticket::{Status, Ticket};

const SAME: &[&str] = &[
    "id",
    "status",
    "custom_status_id",
    "priority",
    "type",
    "subject",
    "description",
    "organization_id",
    "via",
    "requester_id",
    "collaborator_ids",
    "email_cc_ids",
    "is_public",
    "due_at",
    "assignee_id",
    "group_id",
    "ticket_form_id",
    "recipient",
    "custom_fields",
    "created_at",
    "updated_at",
];

impl Account {
    /// The public tickets of a requester, by id.
    pub(crate) fn requests_of(&self, user: i64) -> Vec<Ticket> {
        let mut tickets = self.tickets_of(user, Part::Requester);
        tickets.retain(|ticket| ticket.public);
        tickets
    }

    pub(crate) fn request_row(&self, ticket: &Ticket) -> Value {
        let row = self.ticket_value(ticket, false);
        let mut request: Map<String, Value> = SAME
            .iter()
            .map(|name| ((*name).to_owned(), row[*name].clone()))
            .collect();
        let source = (ticket.index % 40 == 3).then(|| Self::ticket_id(ticket.index - 3));
        let unsolved = ticket.status < Status::Solved;
        request.insert(
            "url".to_owned(),
            json!(format!(
                "https://acme.zendesk.com/api/v2/requests/{}.json",
                ticket.id
            )),
        );
        request.insert("solved".to_owned(), json!(!unsolved));
        request.insert(
            "can_be_solved_by_me".to_owned(),
            json!(unsolved && ticket.assignee.is_some()),
        );
        request.insert("followup_source_id".to_owned(), json!(source));
        Value::Object(request)
    }

    /// The public comments of a public ticket, each with its audit.
    pub(crate) fn request_comments(&self, ticket: &Ticket) -> Vec<Value> {
        if !ticket.public {
            return Vec::new();
        }
        let audits = self.audits(ticket.id, i64::MAX);
        audits
            .iter()
            .filter_map(|audit| self.request_comment(ticket, audit))
            .collect()
    }

    fn request_comment(&self, ticket: &Ticket, audit: &Audit) -> Option<Value> {
        let comment = self
            .comment(ticket, audit)
            .filter(|comment| comment.public)?;
        let mut json = Json::default();
        json.open();
        self.write_comment(ticket, audit, &comment, false, &mut json);
        json.close();
        let whole = json.into_value();
        let address = format!(
            "https://acme.zendesk.com/api/v2/requests/{}/comments/{}.json",
            ticket.id, comment.id
        );
        Some(
            json!({"id": comment.id, "url": address, "request_id": ticket.id, "type": whole["type"], "author_id": comment.author, "public": true,
            "body": whole["body"], "html_body": whole["html_body"], "plain_body": whole["plain_body"], "attachments": whole["attachments"], "created_at": whole["created_at"]}),
        )
    }
}
