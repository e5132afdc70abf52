//! Subscriptions: every change makes a new version, which is a row of its own with its own rate plan, charges and order.
//! It refuses to bill.

use crate::random::mix;

use super::calendar::{DAY_MILLIS, midnight};
use super::cycle::Cycle;
use super::{Tenant, catalogue, stream};

/// Versions of each subscription.
pub(super) const VERSIONS: Cycle = Cycle(&[1, 3, 2]);

/// One version of a subscription.
#[derive(Debug)]
pub(super) struct Version {
    /// The subscription, whatever its version.
    pub(super) original: u32,
    /// 0 for the first.
    pub(super) number: u32,
    pub(super) account: u32,
    pub(super) plan: u32,
    pub(super) seats: i64,
    /// The billing run it begins with.
    pub(super) begins: u32,
    pub(super) is_latest: bool,
    /// The billing run from which on it is cancelled.
    pub(super) cancelled: Option<u32>,
    pub(super) created: i64,
}

impl Version {
    pub(super) fn status(&self) -> &'static str {
        match self.cancelled {
            _ if !self.is_latest => "Expired",
            Some(_) => "Cancelled",
            None => "Active",
        }
    }

    pub(super) fn is_evergreen(&self) -> bool {
        self.original.is_multiple_of(4)
    }

    pub(super) fn name(&self) -> String {
        format!("A-S{:08}", self.original + 1)
    }
}

impl Tenant {
    /// A slot is billed once in every run. Its first subscription is cancelled in this run and another takes its place.
    fn switch(&self, slot: u32) -> u32 {
        let bits = mix(self.seed, stream::SLOT, u64::from(slot));
        1 + (bits % u64::from(self.sizes.runs - 1).max(1)) as u32
    }

    /// The runs in which a subscription is billed.
    fn runs_of(&self, original: u32) -> (u32, u32) {
        let switch = self.switch(original / 2);
        if original.is_multiple_of(2) {
            (0, switch)
        } else {
            (switch, self.sizes.runs.max(switch))
        }
    }

    fn begins(&self, original: u32, number: u32) -> u32 {
        let (from, until) = self.runs_of(original);
        from + (until - from) * number / VERSIONS.size(original)
    }

    pub(super) fn subscriber(&self, original: u32) -> u32 {
        let bits = mix(self.seed, stream::SUBSCRIPTION, u64::from(original));
        (bits % u64::from(self.sizes.accounts)) as u32
    }

    pub(super) fn version(&self, row: u32) -> Version {
        let (original, number) = VERSIONS.locate(row);
        let bits = mix(
            self.seed,
            stream::SUBSCRIPTION,
            u64::from(original) + (1 << 40),
        );
        let begins = self.begins(original, number);
        let (_, until) = self.runs_of(original);
        let is_latest = number + 1 == VERSIONS.size(original);
        let noise = mix(self.seed, stream::SEATS, u64::from(row) + (1 << 40));
        let hours = (noise % DAY_MILLIS.unsigned_abs()) as i64;
        let start = midnight(self.service_start(begins));
        Version {
            original,
            number,
            account: self.subscriber(original),
            plan: (bits % u64::from(catalogue::PLANS - catalogue::PLANS_OF_PRODUCT)) as u32,
            seats: 1 + (mix(self.seed, stream::SEATS, u64::from(row)) % 25) as i64,
            begins,
            is_latest,
            cancelled: (is_latest && original.is_multiple_of(2)).then_some(until),
            // Versions that begin together were made one after the other.
            created: start - (3 - i64::from(number)) * DAY_MILLIS + hours,
        }
    }

    /// The version that a run bills for a slot.
    pub(super) fn billed_version(&self, slot: u32, run: u32) -> u32 {
        let original = slot * 2 + u32::from(run >= self.switch(slot));
        let number = (0..VERSIONS.size(original))
            .rev()
            .find(|number| self.begins(original, *number) <= run)
            .unwrap_or_default();
        VERSIONS.first(original) + number
    }
}
