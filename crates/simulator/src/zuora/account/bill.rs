//! Invoices, their items and the usage they bill. An invoice is the sum of its items and their tax, to the cent.
//! It refuses to know who paid.

use crate::random::mix;

use super::calendar::{DAY_MILLIS, midnight};
use super::contract::Version;
use super::cycle::Cycle;
use super::money::Currency;
use super::{Tenant, catalogue, settlement, stream};

/// Items of each invoice.
pub(super) const ITEMS: Cycle = Cycle(&[1, 3, 2, 4, 1, 4, 2, 3]);
/// Usage records of each invoice: two wherever data is billed.
pub(super) const USAGE: Cycle = Cycle(&[0, 2, 2, 2, 0, 2, 2, 2]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Posted,
    Draft,
    Canceled,
    /// Canceled and then deleted, its items with it.
    Deleted,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Posted => "Posted",
            Self::Draft => "Draft",
            Self::Canceled | Self::Deleted => "Canceled",
        }
    }
}

/// An invoice without its amounts.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) index: u32,
    pub(super) run: u32,
    /// The row of the subscription version that it bills.
    pub(super) subscription: u32,
    pub(super) version: Version,
    pub(super) currency: &'static Currency,
    pub(super) day: i32,
    pub(super) created: i64,
    pub(super) status: Status,
    pub(super) items: u32,
}

/// One item of an invoice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// In thousandths.
    pub(super) quantity: i64,
    /// In hundredths; tiered charges have none.
    pub(super) unit_price: Option<i64>,
    pub(super) amount: i64,
    pub(super) tax: i64,
}

/// The amounts of an invoice in hundredths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) net: i64,
    pub(super) tax: i64,
}

impl Total {
    pub(super) fn gross(self) -> i64 {
        self.net + self.tax
    }
}

/// A usage record.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) bill: Bill,
    /// In thousandths.
    pub(super) quantity: i64,
    pub(super) started: i64,
    pub(super) created: i64,
}

impl Tenant {
    /// The first day of what a run bills: everything is billed for the month that ended.
    pub(super) fn service_start(&self, run: u32) -> i32 {
        self.calendar.month(i64::from(run) - 1)
    }

    pub(super) fn bill(&self, index: u32) -> Bill {
        let (run, slot) = (index / self.sizes.slots, index % self.sizes.slots);
        let subscription = self.billed_version(slot, run);
        let version = self.version(subscription);
        let day = self.calendar.month(i64::from(run));
        // A run takes four hours from two in the morning on.
        let place = i64::from(slot) * 4 * 3_600_000 / i64::from(self.sizes.slots);
        let noise = mix(self.seed, stream::INVOICE, u64::from(index)) % 900;
        let remaining = self.sizes.items.saturating_sub(ITEMS.first(index));
        Bill {
            index,
            run,
            subscription,
            currency: self.currency(version.account),
            version,
            day,
            created: midnight(day) + 2 * 3_600_000 + place + noise as i64,
            status: self.status(index, run),
            items: ITEMS.size(index).min(remaining),
        }
    }

    /// Only what was never paid nor credited can be something else than posted.
    fn status(&self, index: u32, run: u32) -> Status {
        if settlement::APPLICATIONS.size(index) > 0 || settlement::MEMOS.size(index) > 0 {
            return Status::Posted;
        }
        let bits = mix(self.seed, stream::INVOICE, u64::from(index) + (1 << 40));
        match bits % 18 {
            0 => Status::Deleted,
            1 | 2 => Status::Canceled,
            _ if run + 2 >= self.sizes.runs => Status::Draft,
            _ => Status::Posted,
        }
    }

    /// The item at a place within an invoice.
    pub(super) fn item(&self, bill: &Bill, place: u32) -> Item {
        let (plan, currency) = (bill.version.plan, bill.currency);
        let charge = plan * catalogue::CHARGES_OF_PLAN + place;
        let price = catalogue::price(charge, 0, currency);
        let (quantity, unit_price, amount) = match place {
            catalogue::FEE => {
                let seats = bill.version.seats;
                (seats * 1_000, Some(price), seats * price)
            }
            catalogue::DATA => {
                let first = USAGE.first(bill.index);
                let quantity = self.usage_quantity(first) + self.usage_quantity(first + 1);
                let amount = catalogue::data_amount(charge, quantity, currency);
                (quantity, None, amount)
            }
            catalogue::DISCOUNT => {
                let fee = self.item(bill, catalogue::FEE).amount;
                let amount = -currency.share(fee, catalogue::discount(plan), 100);
                (1_000, Some(amount), amount)
            }
            _ => (1_000, Some(price), price),
        };
        let tax = if Self::is_tax_exempt(bill.version.account) {
            0
        } else {
            currency.share(amount, currency.tax, 10_000)
        };
        Item {
            quantity,
            unit_price,
            amount,
            tax,
        }
    }

    pub(super) fn total(&self, bill: &Bill) -> Total {
        let mut total = Total::default();
        for place in 0..bill.items {
            let item = self.item(bill, place);
            total.net += item.amount;
            total.tax += item.tax;
        }
        total
    }

    fn usage_quantity(&self, index: u32) -> i64 {
        1_000 + (mix(self.seed, stream::USAGE, u64::from(index)) % 250_000) as i64
    }

    pub(super) fn usage(&self, index: u32) -> Usage {
        let (invoice, place) = USAGE.locate(index);
        let bill = self.bill(invoice);
        // In the month before the run.
        let noise = mix(self.seed, stream::USAGE, u64::from(index) + (1 << 40));
        let started = midnight(bill.day) - (20 - 10 * i64::from(place)) * DAY_MILLIS
            + (noise % (5 * DAY_MILLIS).unsigned_abs()) as i64;
        Usage {
            quantity: self.usage_quantity(index),
            started,
            created: started + 3_600_000 + (noise >> 40) as i64 % 60_000,
            bill,
        }
    }
}
