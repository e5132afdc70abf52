//! The columns of orders, subscriptions and what was subscribed to.

use super::catalogue::{bounds, charge_name, model, percentage, price_format};
use super::{Column, Value, boolean, date, decimal, integer, text};
use crate::zuora::account::Object;
use crate::zuora::account::calendar::day_of;
use crate::zuora::account::catalogue::{
    CHARGES_OF_PLAN, DISCOUNT, FEE, PLAN_NAMES, PLANS_OF_PRODUCT, TIERS_OF_CHARGE, price,
};
use crate::zuora::account::contract::{VERSIONS, Version};
use crate::zuora::account::row::Row;

fn version(row: &Row<'_>) -> Version {
    row.tenant.version(row.index)
}

fn account_id(row: &Row<'_>) -> Value {
    row.tenant.id(Object::Account, version(row).account).into()
}

pub(in super::super) const ORDERS: &[Column] = &[
    text("AccountId", account_id),
    text("OrderNumber", |row| {
        format!("O-{:08}", row.index + 1).into()
    }),
    date("OrderDate", |row| {
        Value::Date(day_of(row.tenant.created(row.object, row.index)))
    }),
    text("Status", |_| "Completed".into()),
    text("State", |_| "Complete".into()),
    text("Category", |row| {
        if version(row).number == 0 {
            "NewSales".into()
        } else {
            Value::Null
        }
    }),
    text("Description", |row| {
        Value::maybe([None, Some(""), Some("Änderung per E-Mail")][row.index as usize % 3])
    }),
    boolean("CreatedByMigration", |row| {
        (version(row).begins == 0).into()
    }),
    boolean("ReversionOrder", |_| false.into()),
];

/// The first day of what a billing run bills.
fn month(row: &Row<'_>, run: u32) -> Value {
    Value::Date(row.tenant.service_start(run))
}

fn cancelled(row: &Row<'_>) -> Value {
    version(row)
        .cancelled
        .map_or(Value::Null, |run| month(row, run))
}

fn first_begin(row: &Row<'_>, version: &Version) -> u32 {
    let first = VERSIONS.first(version.original);
    row.tenant.version(first).begins
}

/// Months in a term.
const TERM: u32 = 12;

/// The last month of the term that a version ends in.
fn term_end(row: &Row<'_>, version: &Version) -> u32 {
    let first = first_begin(row, version);
    first + ((version.begins - first) / TERM + 1) * TERM
}

pub(in super::super) const SUBSCRIPTION: &[Column] = &[
    text("AccountId", account_id),
    text("InvoiceOwnerId", account_id),
    text("Name", |row| version(row).name().into()),
    integer("Version", |row| Value::from(version(row).number + 1)),
    text("Status", |row| version(row).status().into()),
    boolean("IsLatestVersion", |row| version(row).is_latest.into()),
    text("OriginalId", |row| {
        let first = VERSIONS.first(version(row).original);
        row.tenant.id(Object::Subscription, first).into()
    }),
    text("PreviousSubscriptionId", |row| {
        let earlier = (version(row).number > 0).then(|| row.index - 1);
        Value::maybe(earlier.map(|earlier| row.tenant.id(Object::Subscription, earlier)))
    }),
    text("OrderId", |row| {
        row.tenant.id(Object::Orders, row.index).into()
    }),
    text("TermType", |row| {
        if version(row).is_evergreen() {
            "EVERGREEN".into()
        } else {
            "TERMED".into()
        }
    }),
    boolean("AutoRenew", |row| (!version(row).is_evergreen()).into()),
    integer("InitialTerm", |row| {
        Value::maybe((!version(row).is_evergreen()).then_some(TERM))
    }),
    integer("RenewalTerm", |row| {
        Value::maybe((!version(row).is_evergreen()).then_some(TERM))
    }),
    date("SubscriptionStartDate", |row| {
        month(row, first_begin(row, &version(row)))
    }),
    date("ContractEffectiveDate", |row| {
        month(row, first_begin(row, &version(row)))
    }),
    date("TermStartDate", |row| {
        let version = version(row);
        if version.is_evergreen() {
            month(row, first_begin(row, &version))
        } else {
            month(row, term_end(row, &version) - TERM)
        }
    }),
    date("TermEndDate", |row| {
        let version = version(row);
        if version.is_evergreen() {
            Value::Null
        } else {
            month(row, term_end(row, &version))
        }
    }),
    date("CancelledDate", cancelled),
    date("SubscriptionEndDate", cancelled),
    decimal("CMRR", |row| {
        let version = version(row);
        let charge = version.plan * CHARGES_OF_PLAN;
        let currency = row.tenant.currency(version.account);
        match version.status() {
            "Active" => Value::cents(version.seats * price(charge, 0, currency)),
            _ => Value::cents(0),
        }
    }),
    text("Currency", |row| {
        row.tenant.currency(version(row).account).code.into()
    }),
    text("Notes", |row| {
        Value::maybe([None, Some("契約更新済み"), Some("")][row.index as usize % 3])
    }),
    text("Channel__c", |row| {
        Value::maybe([None, Some("Partner"), Some("Web"), Some("直販")][row.index as usize % 4])
    }),
];

pub(in super::super) const RATE_PLAN: &[Column] = &[
    text("SubscriptionId", |row| {
        row.tenant.id(Object::Subscription, row.index).into()
    }),
    text("ProductRatePlanId", |row| {
        row.tenant
            .id(Object::ProductRatePlan, version(row).plan)
            .into()
    }),
    text("ProductId", |row| {
        let product = version(row).plan / PLANS_OF_PRODUCT;
        row.tenant.id(Object::Product, product).into()
    }),
    text("Name", |row| {
        PLAN_NAMES[(version(row).plan % PLANS_OF_PRODUCT) as usize].into()
    }),
    text("OriginalRatePlanId", |row| {
        let first = VERSIONS.first(version(row).original);
        row.tenant.id(Object::RatePlan, first).into()
    }),
    text("AmendmentId", |_| Value::Null),
    text("AmendmentType", |_| Value::Null),
];

/// The version that a charge belongs to, and the charge of the catalogue behind it.
fn charge(row: &Row<'_>, index: u32) -> (Version, u32) {
    let version = row.tenant.version(index / CHARGES_OF_PLAN);
    let charge = version.plan * CHARGES_OF_PLAN + index % CHARGES_OF_PLAN;
    (version, charge)
}

pub(in super::super) fn charge_number(version: &Version, place: u32) -> String {
    format!("C-{:08}", version.original * CHARGES_OF_PLAN + place + 1)
}

pub(in super::super) const RATE_PLAN_CHARGE: &[Column] = &[
    text("RatePlanId", |row| {
        let plan = row.index / CHARGES_OF_PLAN;
        row.tenant.id(Object::RatePlan, plan).into()
    }),
    text("SubscriptionId", |row| {
        let subscription = row.index / CHARGES_OF_PLAN;
        row.tenant.id(Object::Subscription, subscription).into()
    }),
    text("ProductRatePlanChargeId", |row| {
        let (_, charge) = charge(row, row.index);
        row.tenant.id(Object::ProductRatePlanCharge, charge).into()
    }),
    text("OriginalId", |row| {
        let (version, _) = charge(row, row.index);
        let first = VERSIONS.first(version.original) * CHARGES_OF_PLAN;
        let original = first + row.index % CHARGES_OF_PLAN;
        row.tenant.id(Object::RatePlanCharge, original).into()
    }),
    text("Name", |row| charge_name(row.index).into()),
    text("ChargeNumber", |row| {
        let (version, _) = charge(row, row.index);
        charge_number(&version, row.index % CHARGES_OF_PLAN).into()
    }),
    text("ChargeType", |row| model(row.index).0.into()),
    text("ChargeModel", |row| model(row.index).1.into()),
    text("BillingPeriod", |row| Value::maybe(model(row.index).2)),
    text("UOM", |row| model(row.index).3),
    decimal("Quantity", |row| match row.index % CHARGES_OF_PLAN {
        FEE => Value::thousandths(charge(row, row.index).0.seats * 1_000),
        _ => Value::Null,
    }),
    decimal("MRR", |row| {
        let (version, charge) = charge(row, row.index);
        let currency = row.tenant.currency(version.account);
        match row.index % CHARGES_OF_PLAN {
            FEE => Value::cents(version.seats * price(charge, 0, currency)),
            _ => Value::cents(0),
        }
    }),
    integer("Version", |row| {
        Value::from(charge(row, row.index).0.number + 1)
    }),
    integer("Segment", |_| Value::Integer(1)),
    boolean("IsLastSegment", |row| {
        charge(row, row.index).0.is_latest.into()
    }),
    date("EffectiveStartDate", |row| {
        month(row, charge(row, row.index).0.begins)
    }),
    date("EffectiveEndDate", |row| {
        let (version, _) = charge(row, row.index);
        version.cancelled.map_or(Value::Null, |run| month(row, run))
    }),
    text("TriggerEvent", |_| "ContractEffective".into()),
    integer("BillCycleDay", |_| Value::Integer(1)),
];

/// The charge that a tier belongs to, as a row and in the catalogue, and the tier's step.
fn tier(row: &Row<'_>) -> (Version, u32, u32, u32) {
    let (index, step) = TIERS_OF_CHARGE.locate(row.index);
    let (version, charge) = charge(row, index);
    (version, index, charge, step)
}

pub(in super::super) const RATE_PLAN_CHARGE_TIER: &[Column] = &[
    text("RatePlanChargeId", |row| {
        row.tenant.id(Object::RatePlanCharge, tier(row).1).into()
    }),
    text("Currency", |row| {
        row.tenant.currency(tier(row).0.account).code.into()
    }),
    integer("Tier", |row| Value::from(tier(row).3 + 1)),
    decimal("Price", |row| {
        let (version, _, charge, step) = tier(row);
        match charge % CHARGES_OF_PLAN {
            DISCOUNT => Value::Null,
            _ => Value::cents(price(charge, step, row.tenant.currency(version.account))),
        }
    }),
    decimal("DiscountPercentage", |row| percentage(tier(row).2)),
    decimal("StartingUnit", |row| {
        let (_, _, charge, step) = tier(row);
        bounds(charge, step).0
    }),
    decimal("EndingUnit", |row| {
        let (_, _, charge, step) = tier(row);
        bounds(charge, step).1
    }),
    text("PriceFormat", |row| price_format(tier(row).2)),
];
