//! The columns of what is sold.

use super::{Column, Value, boolean, date, decimal, integer, text};
use crate::zuora::account::Object;
use crate::zuora::account::calendar::day_of;
use crate::zuora::account::catalogue::{
    CHARGE_NAMES, CHARGES_OF_PLAN, DATA, DISCOUNT, FEE, FIRST_TIER, NAMES, PLAN_NAMES,
    PLANS_OF_PRODUCT, SETUP, discount, is_withdrawn, price, tier,
};
use crate::zuora::account::row::Row;

/// Far enough for a catalogue: the vendor wants an end.
const NEVER: Value = Value::Date(47_481);

fn since(row: &Row<'_>) -> Value {
    Value::Date(day_of(row.tenant.created(row.object, row.index)))
}

pub(in super::super) const PRODUCT: &[Column] = &[
    text("Name", |row| NAMES[row.index as usize].0.into()),
    text("SKU", |row| format!("SKU-{:08}", row.index + 1).into()),
    text("ProductNumber", |row| {
        format!("PC-{:08}", row.index + 1).into()
    }),
    text("Category", |row| Value::maybe(NAMES[row.index as usize].1)),
    text("Description", |row| {
        Value::maybe((row.index % 3 != 1).then_some("Sold per seat; 1 seat = 1 user"))
    }),
    boolean("AllowFeatureChanges", |_| false.into()),
    date("EffectiveStartDate", since),
    date("EffectiveEndDate", |row| {
        if is_withdrawn(row.index) {
            since(row)
        } else {
            NEVER
        }
    }),
];

pub(in super::super) const PRODUCT_RATE_PLAN: &[Column] = &[
    text("ProductId", |row| {
        let product = row.index / PLANS_OF_PRODUCT;
        row.tenant.id(Object::Product, product).into()
    }),
    text("Name", |row| {
        PLAN_NAMES[(row.index % PLANS_OF_PRODUCT) as usize].into()
    }),
    text("ProductRatePlanNumber", |row| {
        format!("PRP-{:08}", row.index + 1).into()
    }),
    text("Description", |row| {
        Value::maybe([None, Some("")][row.index as usize % 2])
    }),
    integer("Grade", |row| {
        Value::Integer(i64::from(row.index % PLANS_OF_PRODUCT))
    }),
    date("EffectiveStartDate", since),
    date("EffectiveEndDate", |_| NEVER),
];

/// What the vendor calls a charge of a plan: its type, model, billing period and unit.
pub(super) fn model(charge: u32) -> (&'static str, &'static str, Option<&'static str>, Value) {
    match charge % CHARGES_OF_PLAN {
        FEE => (
            "Recurring",
            "Per Unit Pricing",
            Some("Month"),
            "Seats".into(),
        ),
        DATA => ("Usage", "Tiered Pricing", Some("Month"), "GB".into()),
        DISCOUNT => (
            "Recurring",
            "Discount-Percentage",
            Some("Month"),
            Value::Null,
        ),
        _ => ("OneTime", "Flat Fee Pricing", None, Value::Null),
    }
}

pub(super) fn charge_name(charge: u32) -> &'static str {
    CHARGE_NAMES[(charge % CHARGES_OF_PLAN) as usize]
}

pub(in super::super) const PRODUCT_RATE_PLAN_CHARGE: &[Column] = &[
    text("ProductRatePlanId", |row| {
        let plan = row.index / CHARGES_OF_PLAN;
        row.tenant.id(Object::ProductRatePlan, plan).into()
    }),
    text("Name", |row| charge_name(row.index).into()),
    text("ProductRatePlanChargeNumber", |row| {
        format!("PRPC-{:08}", row.index + 1).into()
    }),
    text("ChargeType", |row| model(row.index).0.into()),
    text("ChargeModel", |row| model(row.index).1.into()),
    text("BillingPeriod", |row| Value::maybe(model(row.index).2)),
    text("UOM", |row| model(row.index).3),
    text("Description", |_| Value::Null),
    text("TriggerEvent", |_| "ContractEffective".into()),
    integer("BillCycleDay", |_| Value::Null),
    boolean("Taxable", |_| true.into()),
    decimal("DefaultQuantity", |row| {
        if row.index % CHARGES_OF_PLAN == FEE {
            Value::thousandths(1_000)
        } else {
            Value::Null
        }
    }),
];

/// Where a tier begins and ends; only data has two, and the last one has no end.
pub(super) fn bounds(charge: u32, step: u32) -> (Value, Value) {
    match (charge % CHARGES_OF_PLAN, step) {
        (DATA, 0) => (Value::thousandths(0), Value::thousandths(FIRST_TIER)),
        (DATA, _) => (Value::thousandths(FIRST_TIER), Value::Null),
        _ => (Value::Null, Value::Null),
    }
}

pub(super) fn price_format(charge: u32) -> Value {
    match charge % CHARGES_OF_PLAN {
        DISCOUNT => Value::Null,
        SETUP => "Flat Fee".into(),
        _ => "Per Unit".into(),
    }
}

/// The percentage of a charge, if it is a discount.
pub(super) fn percentage(charge: u32) -> Value {
    match charge % CHARGES_OF_PLAN {
        DISCOUNT => Value::cents(discount(charge / CHARGES_OF_PLAN) * 100),
        _ => Value::Null,
    }
}

pub(in super::super) const PRODUCT_RATE_PLAN_CHARGE_TIER: &[Column] = &[
    text("ProductRatePlanChargeId", |row| {
        let charge = tier(row.index).charge;
        row.tenant.id(Object::ProductRatePlanCharge, charge).into()
    }),
    text("Currency", |row| tier(row.index).currency.code.into()),
    integer("Tier", |row| {
        Value::Integer(i64::from(tier(row.index).step) + 1)
    }),
    decimal("Price", |row| {
        let tier = tier(row.index);
        match tier.charge % CHARGES_OF_PLAN {
            DISCOUNT => Value::Null,
            _ => Value::cents(price(tier.charge, tier.step, tier.currency)),
        }
    }),
    decimal("DiscountPercentage", |row| {
        percentage(tier(row.index).charge)
    }),
    decimal("StartingUnit", |row| {
        let tier = tier(row.index);
        bounds(tier.charge, tier.step).0
    }),
    decimal("EndingUnit", |row| {
        let tier = tier(row.index);
        bounds(tier.charge, tier.step).1
    }),
    text("PriceFormat", |row| price_format(tier(row.index).charge)),
    boolean("Active", |_| true.into()),
];
