//! The tags of the account and how often they were used lately. It refuses to count what was written over HTTP.

use std::collections::HashMap;

use crate::clock::DAY;
use crate::zendesk::account::Account;
use crate::zendesk::account::order::address;
use crate::zendesk::account::ticket::Ticket;

impl Account {
    /// The most used tags of the last sixty days, most used first.
    pub(crate) fn tag_counts(&self) -> &[(String, i64)] {
        self.tag_counts.get_or_init(|| {
            let mut counts: HashMap<String, i64> = HashMap::new();
            let recent = self
                .tickets_by_updated()
                .iter()
                .rev()
                .map(|entry| self.generated_ticket(address(*entry) as u32))
                .take_while(|ticket| ticket.updated > self.settled - 60 * DAY);
            for ticket in recent.filter(Ticket::alive) {
                for tag in self.tags(&ticket) {
                    *counts.entry(tag.into_owned()).or_default() += 1;
                }
            }
            let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
            counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            counts.truncate(20_000);
            counts
        })
    }
}
