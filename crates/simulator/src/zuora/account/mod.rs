//! The tenant: how big it is, which rows exist, which ids they have. Everything in it is a function of (seed, index), so
//! a million rows cost nothing until they are read. Its customers are the organizations of a simulated Zendesk account.
//! It refuses to speak HTTP and to change.

mod bill;
mod calendar;
mod catalogue;
mod columns;
mod contract;
mod customer;
mod cycle;
mod ledger;
mod money;
mod object;
mod row;
mod settlement;
#[cfg(test)]
mod tests;
mod truth;
mod value;

pub use columns::Column;
pub use object::Object;
pub use row::Row;
pub use value::{Kind, Value};

use std::sync::{Arc, OnceLock};

use crate::random::{Dice, mix};
use crate::zendesk::Account;
use calendar::Calendar;
use ledger::Ledger;
use money::Currency;

/// How much there is in a tenant. Equal options over equal Zendesk accounts give equal tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantOptions {
    /// Number of invoice items, deleted ones included; invoices, subscriptions and all else but the customers scale with it.
    pub invoice_items: u32,
    /// How many of the invoice items (the first ones) were last updated in one and the same millisecond.
    pub same_instant: u32,
}

impl Default for TenantOptions {
    fn default() -> Self {
        Self {
            invoice_items: 6_000,
            same_instant: 0,
        }
    }
}

/// A believable Zuora tenant: the vendor's database without the vendor's API.
#[derive(Debug)]
pub struct Tenant {
    zendesk: Arc<Account>,
    seed: u64,
    sizes: Sizes,
    calendar: Calendar,
    same_instant: u32,
    /// Up to two users of each organization.
    people: Vec<[Option<u32>; 2]>,
    /// What each customer pays in; every amount needs it.
    currencies: OnceLock<Vec<&'static Currency>>,
    ledgers: OnceLock<Vec<Ledger>>,
}

/// The counts that all others follow from.
#[derive(Debug)]
struct Sizes {
    /// Customers that are organizations at Zendesk.
    shared: u32,
    /// All customers; those beyond `shared` never wrote to support.
    accounts: u32,
    items: u32,
    invoices: u32,
    /// Invoices of one billing run.
    slots: u32,
    runs: u32,
}

/// The independent number streams of a tenant, apart from those of the Zendesk account.
mod stream {
    pub(super) const ID: u64 = 100;
    pub(super) const UPDATE: u64 = 101;
    pub(super) const ACCOUNT: u64 = 102;
    pub(super) const CONTACT: u64 = 103;
    pub(super) const SUBSCRIPTION: u64 = 104;
    pub(super) const SEATS: u64 = 105;
    pub(super) const SLOT: u64 = 106;
    pub(super) const INVOICE: u64 = 107;
    pub(super) const USAGE: u64 = 108;
    pub(super) const PAYMENT: u64 = 109;
    pub(super) const STAMP: u64 = 110;
}

/// Billing runs in the tenant's life, one a month, unless there are too few invoices for that.
const RUNS: u32 = 36;
/// The table number of users in ids; users themselves are for administrators only.
const CLERKS: u64 = 0x99;

/// The lowest digit of a number.
fn hexadecimal(word: u64) -> char {
    char::from(b"0123456789abcdef"[(word & 15) as usize])
}

impl Tenant {
    /// Makes a tenant whose customers are those of a Zendesk account.
    #[must_use]
    pub fn generate(zendesk: &Arc<Account>, options: &TenantOptions) -> Arc<Self> {
        let shared = customer::shared(zendesk.organizations);
        let invoices = bill::ITEMS.parents(options.invoice_items);
        let slots = invoices.div_ceil(RUNS).max(1);
        let sizes = Sizes {
            shared,
            accounts: shared + shared / 20 + 1,
            items: options.invoice_items,
            invoices,
            slots,
            runs: invoices.div_ceil(slots).max(1),
        };
        Arc::new(Self {
            seed: zendesk.seed,
            calendar: Calendar::until(zendesk.settled, sizes.runs),
            sizes,
            same_instant: options.same_instant,
            people: customer::people(zendesk),
            currencies: OnceLock::new(),
            ledgers: OnceLock::new(),
            zendesk: Arc::clone(zendesk),
        })
    }

    /// The number of rows of an object, deleted ones included.
    #[must_use]
    pub fn count(&self, object: Object) -> u32 {
        let Sizes {
            accounts, invoices, ..
        } = self.sizes;
        let versions = contract::VERSIONS.first(self.sizes.slots * 2);
        match object {
            Object::Account => accounts,
            Object::Contact => customer::CONTACTS.first(accounts),
            Object::PaymentMethod => customer::METHODS.first(accounts),
            Object::Product => catalogue::PRODUCTS,
            Object::ProductRatePlan => catalogue::PLANS,
            Object::ProductRatePlanCharge => catalogue::CHARGES,
            Object::ProductRatePlanChargeTier => catalogue::TIERS,
            Object::Orders | Object::Subscription | Object::RatePlan => versions,
            Object::RatePlanCharge => versions * catalogue::CHARGES_OF_PLAN,
            Object::RatePlanChargeTier => {
                catalogue::TIERS_OF_CHARGE.first(versions * catalogue::CHARGES_OF_PLAN)
            }
            Object::Invoice => invoices,
            Object::InvoiceItem => self.sizes.items,
            Object::Payment => settlement::PAYMENTS.first(invoices),
            Object::PaymentApplication => settlement::APPLICATIONS.first(invoices),
            Object::InvoicePayment => settlement::APPLICATIONS.first(invoices / 3),
            Object::CreditMemo => settlement::MEMOS.first(invoices),
            Object::CreditMemoApplication => {
                settlement::APPLIED_MEMOS.first(self.count(Object::CreditMemo))
            }
            Object::Refund => settlement::REFUNDS.first(invoices),
            Object::Usage => bill::USAGE.first(invoices),
        }
    }

    /// The row at a place, if there is one.
    #[must_use]
    pub fn row(&self, object: Object, index: u32) -> Option<Row<'_>> {
        (index < self.count(object)).then_some(Row {
            tenant: self,
            object,
            index,
        })
    }

    /// Every row in the order of the ids, deleted ones included.
    pub fn rows(&self, object: Object) -> impl Iterator<Item = Row<'_>> {
        (0..self.count(object)).map(move |index| Row {
            tenant: self,
            object,
            index,
        })
    }

    /// The row with this id.
    #[must_use]
    pub fn find(&self, object: Object, id: &str) -> Option<Row<'_>> {
        let index = u32::from_str_radix(id.get(8..16)?, 16).ok()?;
        self.row(object, index)
            .filter(|row| self.id(row.object, row.index) == id)
    }

    /// 32 hexadecimal digits that ascend with the index, as ids with a time in front do.
    fn id(&self, object: Object, index: u32) -> String {
        self.id_of(object as u64, index)
    }

    fn id_of(&self, table: u64, index: u32) -> String {
        let noise = mix(self.seed, stream::ID + (table << 8), u64::from(index));
        let mut id = String::with_capacity(32);
        for word in [
            0x8ad0_0081 | table << 8,
            u64::from(index),
            noise >> 32,
            noise,
        ] {
            id.extend((0..8).rev().map(|digit| hexadecimal(word >> (digit * 4))));
        }
        id
    }

    /// The id of whoever made (0) or last changed (1) a row.
    fn clerk(&self, object: Object, index: u32, occasion: u64) -> String {
        let bits = mix(
            self.seed,
            stream::UPDATE + (object as u64) * 2 + occasion,
            u64::from(index),
        );
        self.id_of(CLERKS, (bits % 3) as u32)
    }

    fn dice(&self, stream: u64, index: u32) -> Dice {
        Dice::new(self.seed, stream, u64::from(index))
    }

    /// When a row was made.
    fn created(&self, object: Object, index: u32) -> i64 {
        let moment = match object {
            Object::Account => self.account_created(index),
            Object::Contact => self.account_created(customer::CONTACTS.locate(index).0) + 1_013,
            Object::PaymentMethod => {
                self.account_created(customer::METHODS.locate(index).0) + 92_417
            }
            Object::Product
            | Object::ProductRatePlan
            | Object::ProductRatePlanCharge
            | Object::ProductRatePlanChargeTier => self.catalogue_created(object, index),
            Object::Orders | Object::Subscription | Object::RatePlan => self.version(index).created,
            Object::RatePlanCharge => self.version(index / catalogue::CHARGES_OF_PLAN).created,
            Object::RatePlanChargeTier => {
                let charge = catalogue::TIERS_OF_CHARGE.locate(index).0;
                self.version(charge / catalogue::CHARGES_OF_PLAN).created
            }
            Object::Invoice => self.bill(index).created,
            Object::InvoiceItem => {
                let (invoice, place) = bill::ITEMS.locate(index);
                self.bill(invoice).created + i64::from(place)
            }
            Object::Payment => self.payment(index).created,
            Object::PaymentApplication | Object::InvoicePayment => self.application(index).created,
            Object::CreditMemo => self.memo(index).created,
            Object::CreditMemoApplication => {
                self.memo(settlement::APPLIED_MEMOS.locate(index).0).created + 411
            }
            Object::Refund => self.refund(index).created,
            Object::Usage => self.usage(index).created,
        };
        moment.min(self.calendar.now)
    }

    /// When a row was last changed; most never were.
    fn updated(&self, object: Object, index: u32) -> i64 {
        if object == Object::InvoiceItem && index < self.same_instant {
            return self.calendar.now;
        }
        let created = self.created(object, index);
        match object {
            // What pays an invoice changes its balance.
            Object::Invoice => self.last_touched(index).max(created),
            _ => {
                let mut dice = Dice::new(
                    self.seed,
                    stream::STAMP + ((object as u64) << 8),
                    u64::from(index),
                );
                if dice.chance(700) {
                    return created;
                }
                let left = (self.calendar.now - created) as f64;
                created + (left * dice.unit() * dice.unit()) as i64
            }
        }
    }

    fn is_deleted(&self, object: Object, index: u32) -> bool {
        match object {
            Object::Contact => customer::CONTACTS.locate(index).1 == 2,
            Object::Product => catalogue::is_withdrawn(index),
            Object::ProductRatePlan => catalogue::is_withdrawn(index / catalogue::PLANS_OF_PRODUCT),
            Object::ProductRatePlanCharge => {
                let plan = index / catalogue::CHARGES_OF_PLAN;
                catalogue::is_withdrawn(plan / catalogue::PLANS_OF_PRODUCT)
            }
            Object::ProductRatePlanChargeTier => {
                let plan = catalogue::tier(index).charge / catalogue::CHARGES_OF_PLAN;
                catalogue::is_withdrawn(plan / catalogue::PLANS_OF_PRODUCT)
            }
            Object::Invoice => self.bill(index).status == bill::Status::Deleted,
            Object::InvoiceItem => {
                self.bill(bill::ITEMS.locate(index).0).status == bill::Status::Deleted
            }
            _ => false,
        }
    }
}
