//! What a tenant promises: the same rows for the same seed, ids that lead somewhere, cells of their column's kind.

mod money;
mod neighbours;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::DateTime;

use super::{Kind, Object, Row, Tenant, TenantOptions, Value};
use crate::zendesk::{Account, AccountOptions};

fn zendesk(seed: u64) -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed,
        anchor: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        ..AccountOptions::default()
    })
}

fn tenant(seed: u64, options: &TenantOptions) -> Arc<Tenant> {
    Tenant::generate(&zendesk(seed), options)
}

fn items(invoice_items: u32) -> TenantOptions {
    TenantOptions {
        invoice_items,
        ..TenantOptions::default()
    }
}

fn cells(row: &Row<'_>) -> Vec<(String, Value)> {
    row.cells()
        .map(|(column, value)| (column.name(), value))
        .collect()
}

fn text(row: &Row<'_>, name: &str) -> String {
    match row.get(name) {
        Some(Value::Text(text)) => text,
        other => panic!("{:?}.{name} is {other:?}", row.object()),
    }
}

fn cents(row: &Row<'_>, name: &str) -> i64 {
    match row.get(name) {
        Some(Value::Decimal { units, scale: 2 }) => units,
        other => panic!("{:?}.{name} is {other:?}", row.object()),
    }
}

#[test]
fn equal_seeds_give_equal_rows_in_any_order_of_asking() {
    let (one, same) = (tenant(5, &items(900)), tenant(5, &items(900)));
    let other = tenant(6, &items(900));
    for object in Object::ALL {
        let forwards: Vec<_> = one.rows(object).map(|row| cells(&row)).collect();
        let mut backwards: Vec<_> = (0..same.count(object))
            .rev()
            .map(|index| cells(&same.row(object, index).unwrap()))
            .collect();
        backwards.reverse();
        assert_eq!(forwards, backwards, "{object:?}");
        let others: Vec<_> = other.rows(object).map(|row| cells(&row)).collect();
        assert_ne!(forwards, others, "{object:?}");
        assert!(one.row(object, one.count(object)).is_none());
    }
}

#[test]
fn a_tenant_can_be_of_any_size() {
    for size in [0, 1, 2, 3, 19, 20, 21, 59, 1_000] {
        let tenant = tenant(3, &items(size));
        assert_eq!(tenant.count(Object::InvoiceItem), size);
        for object in Object::ALL {
            let mut rows = 0;
            for row in tenant.rows(object) {
                assert_eq!(cells(&row).len(), object.columns().count());
                rows += 1;
            }
            assert_eq!(rows, tenant.count(object), "{object:?} of {size}");
        }
    }
}

#[test]
fn ids_are_unique_ascending_and_lead_back_to_their_row() {
    let tenant = tenant(1, &items(2_000));
    let mut all = BTreeSet::new();
    for object in Object::ALL {
        let mut last = String::new();
        for row in tenant.rows(object) {
            let id = text(&row, "id");
            assert!(id > last && id.len() == 32, "{id} after {last}");
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_eq!(tenant.find(object, &id).unwrap().index(), row.index());
            assert!(all.insert(id.clone()));
            last = id;
        }
        for nobody in ["", "é", "8ad00081zzzzzzzz", &"0".repeat(32), &last[..31]] {
            assert!(tenant.find(object, nobody).is_none(), "{nobody}");
        }
    }
}

/// Columns that hold the id of another object's row.
const REFERENCES: &[(Object, &str, Object)] = &[
    (Object::Account, "billtoid", Object::Contact),
    (Object::Account, "soldtoid", Object::Contact),
    (
        Object::Account,
        "defaultpaymentmethodid",
        Object::PaymentMethod,
    ),
    (Object::Account, "parentid", Object::Account),
    (Object::Contact, "accountid", Object::Account),
    (Object::PaymentMethod, "accountid", Object::Account),
    (Object::ProductRatePlan, "productid", Object::Product),
    (
        Object::ProductRatePlanCharge,
        "productrateplanid",
        Object::ProductRatePlan,
    ),
    (
        Object::ProductRatePlanChargeTier,
        "productrateplanchargeid",
        Object::ProductRatePlanCharge,
    ),
    (Object::Orders, "accountid", Object::Account),
    (Object::Subscription, "accountid", Object::Account),
    (Object::Subscription, "invoiceownerid", Object::Account),
    (Object::Subscription, "originalid", Object::Subscription),
    (
        Object::Subscription,
        "previoussubscriptionid",
        Object::Subscription,
    ),
    (Object::Subscription, "orderid", Object::Orders),
    (Object::RatePlan, "subscriptionid", Object::Subscription),
    (
        Object::RatePlan,
        "productrateplanid",
        Object::ProductRatePlan,
    ),
    (Object::RatePlan, "productid", Object::Product),
    (Object::RatePlan, "originalrateplanid", Object::RatePlan),
    (Object::RatePlanCharge, "rateplanid", Object::RatePlan),
    (
        Object::RatePlanCharge,
        "subscriptionid",
        Object::Subscription,
    ),
    (
        Object::RatePlanCharge,
        "productrateplanchargeid",
        Object::ProductRatePlanCharge,
    ),
    (Object::RatePlanCharge, "originalid", Object::RatePlanCharge),
    (
        Object::RatePlanChargeTier,
        "rateplanchargeid",
        Object::RatePlanCharge,
    ),
    (Object::Invoice, "accountid", Object::Account),
    (Object::Invoice, "billtocontactid", Object::Contact),
    (Object::InvoiceItem, "invoiceid", Object::Invoice),
    (Object::InvoiceItem, "accountid", Object::Account),
    (Object::InvoiceItem, "subscriptionid", Object::Subscription),
    (Object::InvoiceItem, "rateplanid", Object::RatePlan),
    (
        Object::InvoiceItem,
        "rateplanchargeid",
        Object::RatePlanCharge,
    ),
    (
        Object::InvoiceItem,
        "productrateplanchargeid",
        Object::ProductRatePlanCharge,
    ),
    (Object::InvoiceItem, "productid", Object::Product),
    (
        Object::InvoiceItem,
        "appliedtoinvoiceitemid",
        Object::InvoiceItem,
    ),
    (Object::Payment, "accountid", Object::Account),
    (Object::Payment, "paymentmethodid", Object::PaymentMethod),
    (Object::PaymentApplication, "accountid", Object::Account),
    (Object::PaymentApplication, "paymentid", Object::Payment),
    (Object::PaymentApplication, "invoiceid", Object::Invoice),
    (Object::InvoicePayment, "paymentid", Object::Payment),
    (Object::InvoicePayment, "invoiceid", Object::Invoice),
    (Object::CreditMemo, "accountid", Object::Account),
    (Object::CreditMemo, "invoiceid", Object::Invoice),
    (Object::CreditMemoApplication, "accountid", Object::Account),
    (
        Object::CreditMemoApplication,
        "creditmemoid",
        Object::CreditMemo,
    ),
    (Object::CreditMemoApplication, "invoiceid", Object::Invoice),
    (Object::Refund, "accountid", Object::Account),
    (Object::Refund, "paymentmethodid", Object::PaymentMethod),
    (Object::Usage, "accountid", Object::Account),
    (Object::Usage, "subscriptionid", Object::Subscription),
    (Object::Usage, "rateplanchargeid", Object::RatePlanCharge),
];

#[test]
fn references_lead_to_rows_that_are_as_alive_and_belong_to_the_same_customer() {
    let tenant = tenant(1, &items(3_000));
    for (object, column, target) in REFERENCES {
        let mut followed = 0;
        for row in tenant.rows(*object) {
            let id = match row.get(column).unwrap() {
                Value::Null => continue,
                Value::Text(id) => id,
                other => panic!("{object:?}.{column} is {other:?}"),
            };
            let found = tenant
                .find(*target, &id)
                .unwrap_or_else(|| panic!("{object:?}.{column} = {id}"));
            followed += 1;
            assert!(
                row.is_deleted() || !found.is_deleted(),
                "{object:?}.{column} = {id} is deleted"
            );
            if let (Some(mine), Some(theirs)) = (row.get("accountid"), found.get("accountid")) {
                assert_eq!(mine, theirs, "{object:?}.{column}");
            }
        }
        assert!(followed > 0, "{object:?}.{column} is always null");
    }
}

#[test]
fn cells_have_the_kind_of_their_column_and_nulls_are_where_they_may_be() {
    let tenant = tenant(1, &items(3_000));
    for object in Object::ALL {
        let mut names = BTreeSet::new();
        for column in object.columns() {
            assert!(names.insert(column.name()), "{object:?}.{}", column.name());
            assert_eq!(object.column(&column.name()).unwrap().kind(), column.kind());
        }
        for row in tenant.rows(object) {
            for (column, value) in row.cells() {
                let kind = value.kind().unwrap_or(column.kind());
                assert_eq!(kind, column.kind(), "{object:?}.{}", column.name());
            }
            for name in [
                "id",
                "createddate",
                "updateddate",
                "createdbyid",
                "updatedbyid",
            ] {
                assert_ne!(row.get(name), Some(Value::Null));
            }
        }
        assert_eq!(
            Object::of_table(&object.table().to_uppercase()),
            Some(object)
        );
        assert_eq!(Object::of_api_name(object.api_name()), Some(object));
    }
    assert_eq!(Object::of_api_name("orders"), None);
    assert_eq!(Object::of_table("order"), None);
    for (object, name) in [
        (Object::Account, "crmid"),
        (Object::Account, "zendeskorganizationid__c"),
        (Object::Subscription, "termenddate"),
        (Object::InvoiceItem, "unitprice"),
        (Object::Payment, "settledon"),
    ] {
        let nulls = tenant
            .rows(object)
            .filter(|row| row.get(name) == Some(Value::Null))
            .count() as u32;
        assert!(
            (1..tenant.count(object)).contains(&nulls),
            "{name}: {nulls}"
        );
    }
    let custom: Vec<_> = Object::ALL
        .into_iter()
        .flat_map(|object| object.columns().filter(|column| column.is_custom()))
        .map(|column| column.name())
        .collect();
    assert_eq!(
        custom,
        [
            "zendeskorganizationid__c",
            "region__c",
            "keyaccount__c",
            "channel__c",
            "costcenter__c"
        ]
    );
}

#[test]
fn time_runs_forwards_and_to_the_millisecond() {
    let tenant = tenant(1, &items(3_000));
    let stamp = |row: &Row<'_>, name: &str| match row.get(name) {
        Some(Value::Timestamp(millis)) => millis,
        other => panic!("{other:?}"),
    };
    for object in Object::ALL {
        let mut fractions = 0;
        for row in tenant.rows(object) {
            let (created, updated) = (stamp(&row, "createddate"), stamp(&row, "updateddate"));
            assert!(created <= updated, "{object:?} {}", row.index());
            assert!(updated < 1_795_000_000_000, "{object:?} {}", row.index());
            fractions += u32::from(updated % 1_000 != 0);
        }
        assert!(fractions > 0, "{object:?}");
    }
    for row in tenant.rows(Object::Subscription) {
        if let Some(Value::Text(earlier)) = row.get("previoussubscriptionid") {
            let earlier = tenant.find(Object::Subscription, &earlier).unwrap();
            assert!(stamp(&earlier, "createddate") < stamp(&row, "createddate"));
            assert_eq!(earlier.get("name"), row.get("name"));
            assert_eq!(earlier.get("islatestversion"), Some(false.into()));
        }
    }
}

#[test]
fn what_is_billed_lies_within_the_subscription() {
    let tenant = tenant(1, &items(3_000));
    let day = |row: &Row<'_>, name: &str| match row.get(name) {
        Some(Value::Date(day)) => Some(day),
        Some(Value::Timestamp(millis)) => Some(super::calendar::day_of(millis)),
        Some(Value::Null) => None,
        other => panic!("{name} is {other:?}"),
    };
    for (object, from, until) in [
        (Object::InvoiceItem, "servicestartdate", "serviceenddate"),
        (Object::Usage, "startdatetime", "startdatetime"),
    ] {
        let mut cancelled = 0;
        for row in tenant.rows(object) {
            let id = text(&row, "subscriptionid");
            let subscription = tenant.find(Object::Subscription, &id).unwrap();
            assert!(day(&row, from) >= day(&subscription, "subscriptionstartdate"));
            if let Some(end) = day(&subscription, "subscriptionenddate") {
                assert!(day(&row, until) < Some(end), "{object:?} {}", row.index());
                cancelled += 1;
            }
            let account = text(&subscription, "accountid");
            let account = tenant.find(Object::Account, &account).unwrap();
            assert!(account.get("createddate") < subscription.get("createddate"));
        }
        assert!(cancelled > 0, "{object:?}");
    }
}

#[test]
fn one_version_of_each_subscription_is_the_latest() {
    let tenant = tenant(1, &items(3_000));
    let mut latest: BTreeMap<String, u32> = BTreeMap::new();
    for row in tenant.rows(Object::Subscription) {
        let is_latest = row.get("islatestversion") == Some(true.into());
        *latest.entry(text(&row, "name")).or_default() += u32::from(is_latest);
        assert_eq!(is_latest, text(&row, "status") != "Expired");
    }
    assert!(latest.len() > 50 && latest.values().all(|count| *count == 1));
}

#[test]
fn some_rows_are_deleted_and_some_items_share_an_instant() {
    let options = TenantOptions {
        invoice_items: 6_000,
        same_instant: 2_500,
    };
    let tenant = tenant(1, &options);
    for object in [
        Object::Contact,
        Object::Product,
        Object::Invoice,
        Object::InvoiceItem,
    ] {
        let (live, all) = (tenant.live_count(object), tenant.count(object));
        assert!(live < all && live * 10 > all * 7, "{object:?} {live}/{all}");
    }
    assert_eq!(
        tenant.live_count(Object::Usage),
        tenant.count(Object::Usage)
    );
    let mut instants: BTreeMap<Option<Value>, u32> = BTreeMap::new();
    for row in tenant.rows(Object::InvoiceItem) {
        *instants.entry(row.get("updateddate")).or_default() += 1;
    }
    assert_eq!(instants.values().max(), Some(&2_500));
    assert!(instants.len() > 3_000);
}

#[test]
fn kinds_are_those_of_the_service() {
    for (object, name, kind) in [
        (Object::Invoice, "InvoiceDate", Kind::Date),
        (Object::Invoice, "amount", Kind::Decimal),
        (Object::Invoice, "UPDATEDDATE", Kind::Timestamp),
        (Object::Subscription, "version", Kind::Integer),
        (Object::Account, "autopay", Kind::Boolean),
        (Object::Account, "keyaccount__c", Kind::Text),
    ] {
        assert_eq!(object.column(name).unwrap().kind(), kind, "{name}");
    }
    assert!(Object::Invoice.column("accountnumber").is_none());
}
