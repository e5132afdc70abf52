//! What each customer owes, from one walk over all invoices when it is first asked for. It refuses to hold more than a
//! few numbers for each customer.

use super::bill::Status;
use super::settlement::{APPLIED_MEMOS, MEMOS, PAYMENTS};
use super::{Object, Tenant};

/// Amounts in hundredths.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ledger {
    pub(super) invoices: i64,
    /// Paid, but not for any invoice.
    pub(super) unapplied: i64,
    /// Credited, but not to any invoice.
    pub(super) credit: i64,
    /// The day of the newest posted invoice.
    pub(super) last: Option<i32>,
}

impl Ledger {
    pub(super) fn balance(&self) -> i64 {
        self.invoices - self.unapplied - self.credit
    }
}

impl Tenant {
    pub(super) fn ledger(&self, account: u32) -> Ledger {
        let ledgers = self.ledgers.get_or_init(|| self.walk());
        ledgers.get(account as usize).copied().unwrap_or_default()
    }

    fn walk(&self) -> Vec<Ledger> {
        let mut ledgers = vec![Ledger::default(); self.sizes.accounts as usize];
        for invoice in 0..self.count(Object::Invoice) {
            let bill = self.bill(invoice);
            if bill.status != Status::Posted {
                continue;
            }
            let ledger = &mut ledgers[bill.version.account as usize];
            ledger.invoices += self.settled(&bill).balance;
            ledger.last = ledger.last.max(Some(bill.day));
            let first = PAYMENTS.first(invoice);
            for payment in first..first + PAYMENTS.size(invoice) {
                ledger.unapplied += self.payment(payment).unapplied;
            }
            let memo = MEMOS.first(invoice);
            if MEMOS.size(invoice) > 0 && APPLIED_MEMOS.size(memo) == 0 {
                ledger.credit += self.memo(memo).total.gross();
            }
        }
        ledgers
    }
}
