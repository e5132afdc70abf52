//! What the tenant sells: products, their plans, the charges of each plan and the prices in every currency.
//! It refuses to know who bought it.

use crate::random::mix;

use super::calendar::{DAY_MILLIS, midnight};
use super::cycle::Cycle;
use super::money::{CURRENCIES, Currency};
use super::{Object, Tenant, stream};

/// Names and categories; the first ones are those that tickets are about.
pub(super) const NAMES: [(&str, Option<&str>); 8] = [
    ("Router X1", Some("Base Products")),
    ("Phone::Pro 5", Some("Base Products")),
    ("Cloud Storage", Some("Add On Services")),
    ("Zubehör", Some("Miscellaneous Products")),
    ("製品・その他", None),
    ("Support \"24/7\", worldwide", Some("Add On Services")),
    ("Analytics\nAdd-on", Some("")),
    ("旧プラン", None),
];
pub(super) const PLAN_NAMES: [&str; 3] = ["Basic", "Plus", "企業プラン (Enterprise)"];
pub(super) const CHARGE_NAMES: [&str; 4] = ["Monthly fee", "Data", "Loyalty discount", "Setup"];

pub(super) const PRODUCTS: u32 = NAMES.len() as u32;
pub(super) const PLANS_OF_PRODUCT: u32 = PLAN_NAMES.len() as u32;
pub(super) const PLANS: u32 = PRODUCTS * PLANS_OF_PRODUCT;
pub(super) const CHARGES_OF_PLAN: u32 = CHARGE_NAMES.len() as u32;
pub(super) const CHARGES: u32 = PLANS * CHARGES_OF_PLAN;
/// Price tiers of each charge of a plan, in one currency.
pub(super) const TIERS_OF_CHARGE: Cycle = Cycle(&[1, 2, 1, 1]);
const TIERS_OF_PLAN: u32 = 5;
pub(super) const TIERS: u32 = PLANS * TIERS_OF_PLAN * CURRENCIES.len() as u32;

/// Which of a plan's charges it is.
pub(super) const FEE: u32 = 0;
pub(super) const DATA: u32 = 1;
pub(super) const DISCOUNT: u32 = 2;
pub(super) const SETUP: u32 = 3;

/// Where the cheaper tier of data begins, in thousandths of a gigabyte.
pub(super) const FIRST_TIER: i64 = 100_000;

/// The newest product was taken back before anybody bought it.
pub(super) fn is_withdrawn(product: u32) -> bool {
    product == PRODUCTS - 1
}

/// A price tier of the catalogue.
#[derive(Debug)]
pub(super) struct Tier {
    pub(super) charge: u32,
    /// 0 for the first.
    pub(super) step: u32,
    pub(super) currency: &'static Currency,
}

/// The tier at a place: all of one currency for a plan, then those of the next.
pub(super) fn tier(index: u32) -> Tier {
    let currencies = CURRENCIES.len() as u32;
    let plan = index / (TIERS_OF_PLAN * currencies);
    let within = index % (TIERS_OF_PLAN * currencies);
    let (charge, step) = TIERS_OF_CHARGE.locate(within % TIERS_OF_PLAN);
    Tier {
        charge: plan * CHARGES_OF_PLAN + charge,
        step,
        currency: &CURRENCIES[(within / TIERS_OF_PLAN) as usize],
    }
}

/// The price of one unit in a tier, in hundredths. A discount has a percentage instead.
pub(super) fn price(charge: u32, step: u32, currency: &Currency) -> i64 {
    let plan = i64::from(charge / CHARGES_OF_PLAN);
    let (product, size) = (plan / 3, plan % 3);
    let home = match charge % CHARGES_OF_PLAN {
        FEE => 999 + product * 1_250 + size * 2_045,
        DATA if step == 0 => 17 + product * 6 - size * 2,
        DATA => 11 + product * 5 - size * 2,
        SETUP => 4_950 + product * 1_005,
        _ => return 0,
    };
    currency.price(home)
}

/// The per cent that a plan's discount takes off its fee.
pub(super) fn discount(plan: u32) -> i64 {
    5 + i64::from(plan % PLANS_OF_PRODUCT) * 5
}

/// What an amount of data costs, in hundredths.
pub(super) fn data_amount(charge: u32, thousandths: i64, currency: &Currency) -> i64 {
    let first = thousandths.min(FIRST_TIER);
    let first_amount = first * price(charge, 0, currency);
    let rest_amount = (thousandths - first) * price(charge, 1, currency);
    currency.share(first_amount + rest_amount, 1, 1_000)
}

impl Tenant {
    pub(super) fn catalogue_created(&self, object: Object, index: u32) -> i64 {
        let spread = mix(self.seed, stream::STAMP + object as u64, u64::from(index));
        midnight(self.calendar.month(0)) - 600 * DAY_MILLIS
            + (spread % 86_400_000) as i64
            + i64::from(index) * 60_000
    }
}
