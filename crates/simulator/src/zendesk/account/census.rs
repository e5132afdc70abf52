//! Ids and nothing else of every ticket that exists and of what hangs below it: the oracle of accounts too large for whole rows.

use crate::zendesk::account::Account;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::Ticket;

/// A ticket that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its id.
    pub id: i64,
    /// Lists leave it out.
    pub archived: bool,
    /// The id of its metrics.
    pub metric: i64,
    /// The ids of its comments.
    pub comments: Vec<i64>,
    /// The ids of its audits.
    pub audits: Vec<i64>,
}

impl Account {
    /// Every ticket that exists, archived ones included, deleted ones not, in the order of their ids.
    pub fn census(&self) -> Vec<Counted> {
        let snapshot = self.snapshot(i64::MAX);
        let living = snapshot.walk(Order::Id, false, None).filter(Ticket::alive);
        living
            .map(|ticket| {
                let audits = self.audits(ticket.id, i64::MAX);
                let comments = audits.iter();
                let comments = comments.filter_map(|audit| self.comment(&ticket, audit));
                Counted {
                    id: ticket.id,
                    archived: ticket.archived(self),
                    metric: self.metric_id(&ticket),
                    comments: comments.map(|comment| comment.id).collect(),
                    audits: audits.iter().map(|audit| audit.id).collect(),
                }
            })
            .collect()
    }
}
