//! The account: how big it is, when things happen, which ids exist. Everything in it is a function of (seed, index);
//! only what was written over HTTP is stored. It refuses to speak HTTP.

pub(crate) mod attachment;
mod attachments;
mod census;
pub(crate) mod chat;
pub(crate) mod config;
pub(crate) mod custom;
mod deleted;
mod desk;
pub(crate) mod extras;
pub(crate) mod guide;
pub(crate) mod history;
mod history_row;
pub(crate) mod involved;
mod legacy;
pub(crate) mod memberships;
mod metrics;
pub(crate) mod order;
pub(crate) mod organization;
mod overlay;
mod request_row;
mod rules;
pub(crate) mod setup;
pub(crate) mod snapshot;
mod structure;
mod tags;
pub(crate) mod talk;
mod text_id;
pub(crate) mod ticket;
mod ticket_children;
mod ticket_fate;
pub(crate) mod ticket_row;
mod ticket_text;
mod truth;
mod truth_children;
pub(crate) mod user;
pub(crate) mod views;
pub(crate) mod words;

pub use census::Counted;

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use parking_lot::RwLock;

use crate::clock::DAY;
use crate::random::mix;
use crate::zendesk::account::chat::Chat;
use crate::zendesk::account::config::Config;
use crate::zendesk::account::custom::Additions;
use crate::zendesk::account::guide::Guide;
use crate::zendesk::account::involved::Involved;
use crate::zendesk::account::legacy::Legacy;
use crate::zendesk::account::order::Orders;
use crate::zendesk::account::overlay::Overlay;
use crate::zendesk::account::setup::Setup;
use crate::zendesk::account::talk::Talk;

/// Which account to believe in. Equal options give equal accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountOptions {
    /// Chooses the people, texts and fates.
    pub seed: u64,
    /// Number of tickets, deleted ones included; users, organizations and all else scale with it.
    pub tickets: u32,
    /// The moment up to which the account has a history. Reads happen on the system clock, so this should lie in the past.
    pub anchor: DateTime<Utc>,
}

impl Default for AccountOptions {
    fn default() -> Self {
        let now = Utc::now();
        Self {
            seed: 1,
            tickets: 2_000,
            anchor: now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now),
        }
    }
}

/// A believable Zendesk account: the vendor's database without the vendor's API.
#[derive(Debug)]
pub struct Account {
    pub(crate) seed: u64,
    pub(crate) tickets: u32,
    pub(crate) staff: u32,
    pub(crate) users: u32,
    pub(crate) organizations: u32,
    pub(crate) anchor: i64,
    /// The newest stamp in the generated history: a little before the anchor, so that no generated row is "too recent".
    pub(crate) settled: i64,
    pub(crate) start: i64,
    pub(crate) config: Config,
    pub(crate) orders: Orders,
    pub(crate) overlay: RwLock<Overlay>,
    pub(crate) tag_counts: OnceLock<Vec<(String, i64)>>,
    pub(crate) involved: OnceLock<Involved>,
    pub(crate) guide: OnceLock<Guide>,
    pub(crate) talk: OnceLock<Talk>,
    pub(crate) chat: OnceLock<Chat>,
    pub(crate) legacy: OnceLock<Legacy>,
    pub(crate) setup: OnceLock<Setup>,
    pub(crate) additions: RwLock<Additions>,
    /// How many of the oldest customers one import changed, and the second in which it did.
    pub(crate) imported: OnceLock<(u32, i64)>,
}

/// The independent number streams of an account.
pub(crate) mod stream {
    pub(crate) const TICKET: u64 = 1;
    pub(crate) const TICKET_TEXT: u64 = 2;
    pub(crate) const TICKET_FIELDS: u64 = 3;
    pub(crate) const TICKET_TIME: u64 = 4;
    pub(crate) const INCIDENT: u64 = 5;
    pub(crate) const HISTORY: u64 = 6;
    pub(crate) const COMMENT: u64 = 7;
    pub(crate) const EVENT_ID: u64 = 8;
    pub(crate) const METRIC: u64 = 9;
    pub(crate) const USER: u64 = 20;
    pub(crate) const USER_TEXT: u64 = 21;
    pub(crate) const USER_ID: u64 = 22;
    pub(crate) const IDENTITY: u64 = 23;
    pub(crate) const STAFF: u64 = 24;
    pub(crate) const ORGANIZATION: u64 = 30;
    pub(crate) const ORGANIZATION_ID: u64 = 31;
    pub(crate) const MEMBERSHIP: u64 = 32;
    pub(crate) const CONFIG: u64 = 40;
    pub(crate) const CHILD: u64 = 60;
    pub(crate) const DESK: u64 = 61;
    pub(crate) const STRUCTURE: u64 = 62;
}

const SPAN: i64 = 4 * 365 * DAY;
/// One id in every 98 was never used (imports, spam): ticket ids are dense, with gaps.
const GAP: i64 = 97;
pub(crate) const USER_BASE: i64 = 1_500_000_000_000;
pub(crate) const USER_STRIDE: i64 = 20_000_003;
pub(crate) const ORGANIZATION_BASE: i64 = 360_000_000_000;
pub(crate) const ORGANIZATION_STRIDE: i64 = 9_700_417;

impl Account {
    /// Makes an account. Nothing big is computed here: orderings of a large account are built when a read first needs them.
    #[must_use]
    pub fn generate(options: &AccountOptions) -> Arc<Self> {
        let tickets = options.tickets;
        let anchor = options.anchor.timestamp();
        let settled = anchor - 120;
        let start = settled - SPAN;
        let staff = (tickets / 150).clamp(8, 500);
        let organizations = (tickets / 40).clamp(12, 60_000);
        let users = staff + (tickets / 5).clamp(40, 300_000);
        Arc::new(Self {
            seed: options.seed,
            tickets,
            staff,
            users,
            organizations,
            anchor,
            settled,
            start,
            config: Config::generate(options.seed, start),
            orders: Orders::default(),
            overlay: RwLock::new(Overlay::default()),
            tag_counts: OnceLock::new(),
            involved: OnceLock::new(),
            guide: OnceLock::new(),
            talk: OnceLock::new(),
            chat: OnceLock::new(),
            legacy: OnceLock::new(),
            setup: OnceLock::new(),
            additions: RwLock::default(),
            imported: OnceLock::new(),
        })
    }

    pub(crate) fn mix(&self, stream: u64, index: u64) -> u64 {
        mix(self.seed, stream, index)
    }

    /// The moment at a fraction of the account's life; recent weeks are busier than old ones.
    pub(crate) fn time_at(&self, fraction: f64) -> i64 {
        let left = (1.0 - fraction.clamp(0.0, 1.0)).powf(1.6);
        self.settled - (left * SPAN as f64) as i64
    }

    pub(crate) fn ticket_created(&self, index: u32) -> i64 {
        // One in eight shares its second with the ticket before it: boundary seconds must occur in every export.
        let shares = index > 0
            && self
                .mix(stream::TICKET_TIME, u64::from(index))
                .is_multiple_of(8);
        let place = if shares { index - 1 } else { index };
        self.time_at((f64::from(place) + 0.5) / f64::from(self.tickets.max(1)))
    }

    pub(crate) fn ticket_id(index: u32) -> i64 {
        i64::from(index) + 1 + i64::from(index) / GAP
    }

    /// The generated ticket with this id, if it is not a gap.
    pub(crate) fn ticket_index(&self, id: i64) -> Option<u32> {
        let place = id.checked_sub(1).filter(|place| *place >= 0)?;
        let (block, within) = (place / (GAP + 1), place % (GAP + 1));
        let index = u32::try_from(block * GAP + within).ok()?;
        (within != GAP && index < self.tickets).then_some(index)
    }

    /// An id that is unique and ascending in `index` but sparse and irregular, as real ids are.
    pub(crate) fn sparse_id(&self, stream: u64, base: i64, stride: i64, index: u64) -> i64 {
        sparse_id(self.seed, stream, base, stride, index)
    }

    pub(crate) fn user_id(&self, index: u32) -> i64 {
        self.sparse_id(stream::USER_ID, USER_BASE, USER_STRIDE, u64::from(index))
    }

    pub(crate) fn user_index(&self, id: i64) -> Option<u32> {
        let index = u32::try_from(id.checked_sub(USER_BASE)?.div_euclid(USER_STRIDE)).ok()?;
        (index < self.users && self.user_id(index) == id).then_some(index)
    }

    pub(crate) fn organization_id(&self, index: u32) -> i64 {
        self.sparse_id(
            stream::ORGANIZATION_ID,
            ORGANIZATION_BASE,
            ORGANIZATION_STRIDE,
            u64::from(index),
        )
    }

    pub(crate) fn organization_index(&self, id: i64) -> Option<u32> {
        let index = u32::try_from(
            id.checked_sub(ORGANIZATION_BASE)?
                .div_euclid(ORGANIZATION_STRIDE),
        )
        .ok()?;
        (index < self.organizations && self.organization_id(index) == id).then_some(index)
    }
}

pub(crate) fn sparse_id(seed: u64, stream: u64, base: i64, stride: i64, index: u64) -> i64 {
    base + index as i64 * stride + (mix(seed, stream, index) % stride.unsigned_abs()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_can_be_inverted() {
        let account = Account::generate(&AccountOptions {
            tickets: 500,
            ..AccountOptions::default()
        });
        let mut last = 0;
        for index in 0..500 {
            let id = Account::ticket_id(index);
            assert!(id > last);
            assert_eq!(account.ticket_index(id), Some(index));
            last = id;
        }
        for gap in [0, -1, 98, 196, last + 1, i64::MAX, i64::MIN] {
            assert_eq!(account.ticket_index(gap), None, "{gap}");
        }
        for index in 0..account.users {
            assert_eq!(account.user_index(account.user_id(index)), Some(index));
            assert_eq!(account.user_index(account.user_id(index) + 1), None);
        }
        for index in 0..account.organizations {
            assert_eq!(
                account.organization_index(account.organization_id(index)),
                Some(index)
            );
        }
    }

    #[test]
    fn history_is_ascending_and_in_the_past() {
        let account = Account::generate(&AccountOptions::default());
        let stamps: Vec<i64> = (0..account.tickets)
            .map(|index| account.ticket_created(index))
            .collect();
        assert!(stamps.is_sorted());
        assert!(stamps.windows(2).filter(|pair| pair[0] == pair[1]).count() > 100);
        assert!(
            stamps
                .iter()
                .all(|stamp| *stamp >= account.start && *stamp <= account.settled)
        );
        let recent = stamps
            .iter()
            .filter(|stamp| **stamp > account.settled - 28 * DAY)
            .count();
        assert!(recent > 100, "{recent}");
    }
}
