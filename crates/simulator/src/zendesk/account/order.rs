//! Orderings of the generated rows, packed into one number each and built when a read first needs them: eight bytes
//! per entry is what a million tickets may cost. It refuses to know writes; snapshots merge those in.

use std::sync::OnceLock;

use crate::zendesk::account::Account;

/// Sorted keys, built lazily.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    tickets_generated: OnceLock<Vec<u64>>,
    tickets_updated: OnceLock<Vec<u64>>,
    tickets_status: OnceLock<Vec<u64>>,
    users_updated: OnceLock<Vec<u64>>,
    organizations_updated: OnceLock<Vec<u64>>,
    audits: OnceLock<Vec<u64>>,
    metric_events: OnceLock<Vec<u64>>,
}

/// Bits of the row address (ticket index and place within the ticket) below the packed time.
const ADDRESS: u32 = 30;

/// A time (or another small number) above, a row address below. Seconds are counted from the account's start.
pub(crate) fn pack(high: i64, address: u64) -> u64 {
    (high.max(0) as u64) << ADDRESS | address
}

pub(crate) fn address(packed: u64) -> u64 {
    packed & ((1 << ADDRESS) - 1)
}

/// Places within one ticket (audits, metric events) that an address can tell apart.
pub(crate) const PLACES: u64 = 64;

impl Account {
    pub(crate) fn since_start(&self, epoch: i64) -> i64 {
        epoch - self.start
    }

    pub(crate) fn tickets_by_generated(&self) -> &[u64] {
        self.orders.tickets_generated.get_or_init(|| {
            sorted((0..self.tickets).map(|index| {
                pack(
                    self.since_start(self.generated_ticket(index).generated),
                    u64::from(index),
                )
            }))
        })
    }

    pub(crate) fn tickets_by_updated(&self) -> &[u64] {
        self.orders.tickets_updated.get_or_init(|| {
            sorted((0..self.tickets).map(|index| {
                pack(
                    self.since_start(self.generated_ticket(index).updated),
                    u64::from(index),
                )
            }))
        })
    }

    pub(crate) fn tickets_by_status(&self) -> &[u64] {
        self.orders.tickets_status.get_or_init(|| {
            sorted(
                (0..self.tickets).map(|index| {
                    pack(self.generated_ticket(index).status as i64, u64::from(index))
                }),
            )
        })
    }

    /// Users may be older than the account's first ticket, so their seconds are shifted by ten years.
    pub(crate) fn users_by_updated(&self) -> &[u64] {
        self.orders.users_updated.get_or_init(|| {
            sorted((0..self.users).map(|index| {
                pack(
                    self.people_second(self.user(index).updated),
                    u64::from(index),
                )
            }))
        })
    }

    pub(crate) fn organizations_by_updated(&self) -> &[u64] {
        self.orders.organizations_updated.get_or_init(|| {
            sorted((0..self.organizations).map(|index| {
                pack(
                    self.people_second(self.organization(index).updated),
                    u64::from(index),
                )
            }))
        })
    }

    pub(crate) fn people_second(&self, epoch: i64) -> i64 {
        epoch - self.start + 10 * 365 * crate::clock::DAY
    }

    /// Every audit of every generated ticket that still exists, by time.
    pub(crate) fn audits_by_time(&self) -> &[u64] {
        self.orders.audits.get_or_init(|| {
            sorted((0..self.tickets).flat_map(|index| {
                let ticket = self.generated_ticket(index);
                let times = if ticket.alive() {
                    self.audit_times(&ticket)
                } else {
                    Vec::new()
                };
                times.into_iter().enumerate().map(move |(place, at)| {
                    pack(
                        self.since_start(at),
                        u64::from(index) * PLACES + place as u64,
                    )
                })
            }))
        })
    }

    pub(crate) fn metric_events_by_time(&self) -> &[u64] {
        self.orders.metric_events.get_or_init(|| {
            sorted((0..self.tickets).flat_map(|index| {
                let ticket = self.generated_ticket(index);
                let times = if ticket.alive() {
                    self.metric_event_times(&ticket)
                } else {
                    Vec::new()
                };
                times.into_iter().enumerate().map(move |(place, at)| {
                    pack(
                        self.since_start(at),
                        u64::from(index) * PLACES + place as u64,
                    )
                })
            }))
        })
    }
}

fn sorted(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys
}
