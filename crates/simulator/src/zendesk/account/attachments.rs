//! The files of comments, by comment and by id. It refuses to hold their bytes.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;

impl Account {
    /// The files of a ticket's comments, in the order of the comments.
    pub(crate) fn attachments_of(&self, ticket: &Ticket) -> Vec<Value> {
        let audits = self.audits(ticket.id, i64::MAX);
        audits
            .iter()
            .filter_map(|audit| Some((audit, self.comment(ticket, audit)?)))
            .filter(|(_, comment)| comment.attachments > 0)
            .flat_map(|(audit, comment)| {
                let mut json = Json::default();
                json.open();
                self.write_comment(ticket, audit, &comment, false, &mut json);
                json.close();
                let row = json.into_value();
                row["attachments"].as_array().cloned().unwrap_or_default()
            })
            .collect()
    }

    /// The file with this id, if its ticket exists.
    pub(crate) fn attachment(&self, id: i64) -> Option<Value> {
        let index = self.ticket_of_event(id)?;
        let ticket = self
            .current_ticket(Self::ticket_id(index))
            .filter(Ticket::alive)?;
        self.attachments_of(&ticket)
            .into_iter()
            .find(|row| row["id"] == id)
    }
}
