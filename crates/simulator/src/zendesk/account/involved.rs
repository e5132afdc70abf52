//! Who has to do with which tickets, by person: an index of the generated tickets, built when it is first asked for.
//! It refuses to decide: a ticket may have been written over since, so callers look at its current version.

use std::collections::HashMap;

use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::user::User;

/// What somebody is to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Requester,
    Assignee,
    /// Copied by e-mail.
    Cc,
    Follower,
    /// Copied or following.
    Collaborator,
}

/// Places of tickets by the ids of those who take part.
#[derive(Debug, Default)]
pub(crate) struct Involved {
    requested: HashMap<i64, Vec<u32>>,
    assigned: HashMap<i64, Vec<u32>>,
    copied: HashMap<i64, Vec<u32>>,
}

impl Account {
    fn involved(&self) -> &Involved {
        self.involved.get_or_init(|| {
            let mut found = Involved::default();
            for index in 0..self.tickets {
                let ticket = self.generated_ticket(index);
                if let Some(id) = ticket.requester {
                    found.requested.entry(id).or_default().push(index);
                }
                if let Some(id) = ticket.assignee {
                    found.assigned.entry(id).or_default().push(index);
                }
                for id in self.ccs(&ticket) {
                    found.copied.entry(id).or_default().push(index);
                }
            }
            found
        })
    }

    /// Existing tickets that a user requested, is assigned to or is copied on, by id.
    pub(crate) fn tickets_of(&self, user: i64, part: Part) -> Vec<Ticket> {
        let index = self.involved();
        let generated = match part {
            Part::Requester => index.requested.get(&user),
            Part::Assignee => index.assigned.get(&user),
            Part::Cc | Part::Follower | Part::Collaborator => index.copied.get(&user),
        };
        let mut ids: Vec<i64> = generated
            .into_iter()
            .flatten()
            .map(|index| Self::ticket_id(*index))
            .chain(self.overlay.read().versions.keys().copied())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter()
            .filter_map(|id| self.current_ticket(id))
            .filter(|ticket| ticket.alive() && self.takes_part(ticket, user, part))
            .collect()
    }

    fn takes_part(&self, ticket: &Ticket, user: i64, part: Part) -> bool {
        match part {
            Part::Requester => ticket.requester == Some(user),
            Part::Assignee => ticket.assignee == Some(user),
            Part::Cc => self.ccs(ticket).contains(&user),
            Part::Follower => self.followers(ticket).contains(&user),
            Part::Collaborator => {
                self.takes_part(ticket, user, Part::Cc)
                    || self.takes_part(ticket, user, Part::Follower)
            }
        }
    }

    /// The people on a ticket who still exist.
    pub(crate) fn people_of(&self, ticket: &Ticket, part: Part) -> Vec<User> {
        let ids = match part {
            Part::Requester => ticket.requester.into_iter().collect(),
            Part::Assignee => ticket.assignee.into_iter().collect(),
            Part::Cc => self.ccs(ticket),
            Part::Follower => self.followers(ticket),
            Part::Collaborator => {
                let mut ids = self.ccs(ticket);
                ids.extend(self.followers(ticket));
                ids
            }
        };
        let mut seen = Vec::with_capacity(ids.len());
        ids.into_iter()
            .filter(|id| {
                let fresh = !seen.contains(id);
                seen.push(*id);
                fresh
            })
            .filter_map(|id| self.user_index(id))
            .map(|index| self.user(index))
            .filter(|user| user.active)
            .collect()
    }
}
