//! The tickets as of one moment, in any order, from any place: generated rows merged with written versions.
//! It refuses to load more than what is walked over.

use std::collections::BTreeMap;

use crate::zendesk::account::Account;
use crate::zendesk::account::order::{address, pack};
use crate::zendesk::account::ticket::Ticket;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Id,
    Updated,
    Generated,
    Status,
}

impl Order {
    pub(crate) fn key(self, ticket: &Ticket) -> i64 {
        match self {
            Self::Id => 0,
            Self::Updated => ticket.updated,
            Self::Generated => ticket.generated,
            Self::Status => ticket.status as i64,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "nice_id",
            Self::Updated => "updated_at,id",
            Self::Generated => "generated_timestamp,id",
            Self::Status => "status_id,id",
        }
    }
}

/// A place between rows: key and id of the row it lies behind.
pub(crate) type Place = (i64, i64);

/// Every ticket as it was at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot<'a> {
    account: &'a Account,
    changed: BTreeMap<i64, Ticket>,
}

impl Account {
    /// Everything written up to and including this millisecond.
    pub(crate) fn snapshot(&self, until_millis: i64) -> Snapshot<'_> {
        let overlay = self.overlay.read();
        let changed = overlay
            .versions
            .iter()
            .filter_map(|(id, versions)| {
                versions
                    .iter()
                    .rev()
                    .find(|version| version.at_millis <= until_millis)
                    .map(|version| (*id, version.ticket.clone()))
            })
            .collect();
        Snapshot {
            account: self,
            changed,
        }
    }
}

impl<'a> Snapshot<'a> {
    pub(crate) fn get(&self, id: i64) -> Option<Ticket> {
        self.changed.get(&id).cloned().or_else(|| {
            self.account
                .ticket_index(id)
                .map(|index| self.account.generated_ticket(index))
        })
    }

    /// Tickets in order, strictly behind `after` in the direction of walking.
    pub(crate) fn walk<'s>(
        &'s self,
        order: Order,
        descending: bool,
        after: Option<Place>,
    ) -> impl Iterator<Item = Ticket> + 's {
        let account = self.account;
        let beyond = move |place: Place| match after {
            None => true,
            Some(after) if descending => place < after,
            Some(after) => place > after,
        };
        let mut changed: Vec<&Ticket> = self
            .changed
            .values()
            .filter(|ticket| beyond((order.key(ticket), ticket.id)))
            .collect();
        changed.sort_unstable_by_key(|ticket| (order.key(ticket), ticket.id));
        if descending {
            changed.reverse();
        }
        let (length, first) = self.range(order, descending, after);
        let steps = if descending { first } else { length - first };
        let generated = (0..steps)
            .map(move |step| {
                if descending {
                    first - 1 - step
                } else {
                    first + step
                }
            })
            .map(move |position| match sequence(account, order) {
                Some(packed) => address(packed[position]) as u32,
                None => position as u32,
            });
        let mut generated = generated
            .filter(move |index| !self.changed.contains_key(&Account::ticket_id(*index)))
            .map(move |index| account.generated_ticket(index))
            .peekable();
        let mut changed = changed.into_iter().peekable();
        std::iter::from_fn(move || {
            let takes_changed = match (changed.peek(), generated.peek()) {
                (Some(written), Some(made)) => {
                    let (written, made) =
                        ((order.key(written), written.id), (order.key(made), made.id));
                    if descending {
                        written > made
                    } else {
                        written < made
                    }
                }
                (Some(_), None) => true,
                (None, _) => false,
            };
            if takes_changed {
                changed.next().cloned()
            } else {
                generated.next()
            }
        })
    }

    /// Number of generated rows and the position from which to walk (ascending: first row; descending: one past it).
    fn range(&self, order: Order, descending: bool, after: Option<Place>) -> (usize, usize) {
        let account = self.account;
        let length = account.tickets as usize;
        let Some((key, id)) = after else {
            return (length, if descending { length } else { 0 });
        };
        // Position of the first generated ticket whose id is at least (or beyond) the given one.
        let floor =
            |id: i64| partition(length, |position| Account::ticket_id(position as u32) < id);
        let position = match sequence(account, order) {
            None if descending => floor(id),
            None => floor(id.saturating_add(1)),
            Some(packed) => {
                let high = if order == Order::Status {
                    key
                } else {
                    account.since_start(key)
                };
                let bound = floor(if descending { id } else { id.saturating_add(1) });
                if high < 0 {
                    0
                } else {
                    packed.partition_point(|packed| *packed < pack(high, bound as u64))
                }
            }
        };
        (length, position)
    }
}

fn sequence(account: &Account, order: Order) -> Option<&[u64]> {
    match order {
        Order::Id => None,
        Order::Updated => Some(account.tickets_by_updated()),
        Order::Generated => Some(account.tickets_by_generated()),
        Order::Status => Some(account.tickets_by_status()),
    }
}

/// Binary search over positions instead of a slice: the first position that is not below.
fn partition(length: usize, below: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low.midpoint(high);
        if below(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
