//! How invoices were settled: payments, what they were applied to, credit memos and refunds. It refuses to change an
//! invoice's amounts; what is paid, applied and left always adds up.

use crate::random::mix;

use super::bill::{Bill, Status, Total};
use super::calendar::DAY_MILLIS;
use super::cycle::Cycle;
use super::{Tenant, stream};

/// Payments for each invoice; of two, the gateway declined the first.
pub(super) const PAYMENTS: Cycle = Cycle(&[1, 1, 0, 2, 1, 1, 1]);
/// Payments that were applied to each invoice.
pub(super) const APPLICATIONS: Cycle = Cycle(&[1, 1, 0, 1, 1, 1, 1]);
/// Credit memos for each invoice: some of those that nobody pays.
pub(super) const MEMOS: Cycle = Cycle(&one_of::<21>(2));
/// Whether each credit memo was applied.
pub(super) const APPLIED_MEMOS: Cycle = Cycle(&[1, 1, 1, 0]);
/// Refunds of payments for each invoice: it was paid twice by mistake.
pub(super) const REFUNDS: Cycle = Cycle(&one_of::<35>(4));

const fn one_of<const LENGTH: usize>(place: usize) -> [u32; LENGTH] {
    let mut pattern = [0; LENGTH];
    pattern[place] = 1;
    pattern
}

/// A payment; amounts in hundredths. `amount` is the sum of the other three unless it was declined.
#[derive(Debug)]
pub(super) struct Payment {
    pub(super) bill: Bill,
    pub(super) declined: bool,
    pub(super) amount: i64,
    pub(super) applied: i64,
    pub(super) unapplied: i64,
    pub(super) refunded: i64,
    pub(super) created: i64,
}

/// A payment's part in an invoice.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) bill: Bill,
    /// The row of the payment.
    pub(super) payment: u32,
    pub(super) amount: i64,
    pub(super) created: i64,
}

/// A credit memo for a part of an invoice.
#[derive(Debug)]
pub(super) struct Memo {
    pub(super) bill: Bill,
    pub(super) total: Total,
    pub(super) applied: bool,
    pub(super) created: i64,
}

/// A refund of a payment that came twice.
#[derive(Debug)]
pub(super) struct Refund {
    pub(super) bill: Bill,
    /// The row of the payment.
    pub(super) payment: u32,
    pub(super) amount: i64,
    pub(super) created: i64,
}

/// What became of an invoice, in hundredths.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Settled {
    pub(super) total: Total,
    pub(super) paid: i64,
    pub(super) credited: i64,
    pub(super) balance: i64,
}

impl Tenant {
    /// The payment that went through for an invoice.
    fn payment_of(&self, invoice: u32) -> u32 {
        PAYMENTS.first(invoice) + PAYMENTS.size(invoice).saturating_sub(1)
    }

    fn payment_bits(&self, invoice: u32) -> u64 {
        mix(self.seed, stream::PAYMENT, u64::from(invoice))
    }

    /// When an invoice was settled: within 25 days, and not in the future.
    fn settled_at(&self, bill: &Bill) -> i64 {
        let left = (self.calendar.now - bill.created).min(25 * DAY_MILLIS);
        let thousandths = (self.payment_bits(bill.index) >> 40) as i64 % 1_000;
        bill.created + (left * thousandths / 1_000).max(1)
    }

    /// What was paid of an invoice that somebody pays: all of it, or some tenths.
    fn paid(&self, bill: &Bill, total: Total) -> i64 {
        let bits = self.payment_bits(bill.index);
        if REFUNDS.size(bill.index) == 0 && bits.is_multiple_of(8) {
            let tenths = 1 + (bits >> 8) as i64 % 9;
            bill.currency.share(total.gross(), tenths, 10)
        } else {
            total.gross()
        }
    }

    pub(super) fn payment(&self, index: u32) -> Payment {
        let (invoice, place) = PAYMENTS.locate(index);
        let bill = self.bill(invoice);
        let total = self.total(&bill);
        let created = self.settled_at(&bill);
        if place + 1 < PAYMENTS.size(invoice) {
            return Payment {
                declined: true,
                amount: total.gross(),
                applied: 0,
                unapplied: 0,
                refunded: 0,
                created: bill.created + (created - bill.created) / 2,
                bill,
            };
        }
        let applied = self.paid(&bill, total);
        let twice = REFUNDS.size(invoice) > 0;
        let refunded = if twice { total.gross() } else { 0 };
        let careless = !twice && (self.payment_bits(invoice) >> 16).is_multiple_of(50);
        let unapplied = if careless { 1_000 } else { 0 };
        Payment {
            declined: false,
            amount: applied + unapplied + refunded,
            applied,
            unapplied,
            refunded,
            created,
            bill,
        }
    }

    pub(super) fn application(&self, index: u32) -> Application {
        let (invoice, _) = APPLICATIONS.locate(index);
        let bill = self.bill(invoice);
        Application {
            payment: self.payment_of(invoice),
            amount: self.paid(&bill, self.total(&bill)),
            created: (self.settled_at(&bill) + 77).min(self.calendar.now),
            bill,
        }
    }

    pub(super) fn memo(&self, index: u32) -> Memo {
        let (invoice, _) = MEMOS.locate(index);
        let bill = self.bill(invoice);
        let total = self.total(&bill);
        let share = |amount| bill.currency.share(amount, 3, 10);
        Memo {
            total: Total {
                net: share(total.net),
                tax: share(total.tax),
            },
            applied: APPLIED_MEMOS.size(index) > 0,
            created: self.settled_at(&bill),
            bill,
        }
    }

    pub(super) fn refund(&self, index: u32) -> Refund {
        let (invoice, _) = REFUNDS.locate(index);
        let bill = self.bill(invoice);
        Refund {
            payment: self.payment_of(invoice),
            amount: self.total(&bill).gross(),
            created: (self.settled_at(&bill) + 3 * DAY_MILLIS).min(self.calendar.now),
            bill,
        }
    }

    /// The newest event of an invoice.
    pub(super) fn last_touched(&self, invoice: u32) -> i64 {
        let bill = self.bill(invoice);
        if APPLICATIONS.size(invoice) + MEMOS.size(invoice) > 0 {
            self.settled_at(&bill)
        } else {
            bill.created
        }
    }

    pub(super) fn settled(&self, bill: &Bill) -> Settled {
        let total = self.total(bill);
        let paid = match APPLICATIONS.size(bill.index) {
            0 => 0,
            _ => self.paid(bill, total),
        };
        let memo = MEMOS.first(bill.index);
        let credited = match MEMOS.size(bill.index) {
            1 if APPLIED_MEMOS.size(memo) > 0 => self.memo(memo).total.gross(),
            _ => 0,
        };
        let balance = match bill.status {
            Status::Posted | Status::Draft => total.gross() - paid - credited,
            Status::Canceled | Status::Deleted => 0,
        };
        Settled {
            total,
            paid,
            credited,
            balance,
        }
    }
}
