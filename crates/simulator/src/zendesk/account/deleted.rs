//! Which deleted tickets are still listed as such. It refuses to restore them.

use super::Account;
use super::ticket::{Status, Ticket};
use crate::clock::DAY;

impl Account {
    /// Deleted within thirty days, neither scrubbed nor archived when it was deleted. Days are counted from the anchor,
    /// so that a frozen account does not change with the calendar.
    pub(crate) fn listed_as_deleted(&self, ticket: &Ticket) -> bool {
        let archived = ticket.before_deletion == Status::Closed
            && ticket
                .closed
                .is_some_and(|closed| closed < ticket.updated - 120 * DAY);
        !ticket.alive() && !ticket.scrubbed && !archived && ticket.updated >= self.anchor - 30 * DAY
    }
}
