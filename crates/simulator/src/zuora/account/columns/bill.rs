//! The columns of invoices, their items and usage.

use super::catalogue::{charge_name, model};
use super::contract::charge_number;
use super::{Column, Value, boolean, date, decimal, text, timestamp};
use crate::zuora::account::bill::{Bill, ITEMS, Item, Status, USAGE, Usage};
use crate::zuora::account::catalogue::{
    CHARGES_OF_PLAN, DATA, DISCOUNT, FEE, PLANS_OF_PRODUCT, SETUP,
};
use crate::zuora::account::row::Row;
use crate::zuora::account::settlement::Settled;
use crate::zuora::account::{Object, Tenant};

fn bill(row: &Row<'_>) -> Bill {
    row.tenant.bill(row.index)
}

fn settled(row: &Row<'_>) -> Settled {
    row.tenant.settled(&bill(row))
}

/// Whether a charge is among an invoice's items.
fn includes(row: &Row<'_>, place: u32) -> Value {
    (bill(row).items > place).into()
}

pub(in super::super) const INVOICE: &[Column] = &[
    text("AccountId", |row| {
        let account = bill(row).version.account;
        row.tenant.id(Object::Account, account).into()
    }),
    text("InvoiceNumber", |row| {
        format!("INV{:08}", row.index + 1).into()
    }),
    date("InvoiceDate", |row| Value::Date(bill(row).day)),
    date("DueDate", |row| {
        let bill = bill(row);
        let grace = if Tenant::is_charged(bill.version.account) {
            0
        } else {
            30
        };
        Value::Date(bill.day + grace)
    }),
    date("TargetDate", |row| Value::Date(bill(row).day)),
    text("Status", |row| bill(row).status.name().into()),
    text("Currency", |row| bill(row).currency.code.into()),
    decimal("Amount", |row| Value::cents(settled(row).total.gross())),
    decimal("AmountWithoutTax", |row| {
        Value::cents(settled(row).total.net)
    }),
    decimal("TaxAmount", |row| Value::cents(settled(row).total.tax)),
    decimal("TaxExemptAmount", |_| Value::cents(0)),
    decimal("PaymentAmount", |row| Value::cents(settled(row).paid)),
    decimal("CreditMemoAmount", |row| {
        Value::cents(settled(row).credited)
    }),
    decimal("RefundAmount", |_| Value::cents(0)),
    decimal("AdjustmentAmount", |_| Value::cents(0)),
    decimal("Balance", |row| Value::cents(settled(row).balance)),
    timestamp("PostedDate", |row| {
        let bill = bill(row);
        match bill.status {
            Status::Posted => Value::Timestamp(bill.created + 1_537),
            _ => Value::Null,
        }
    }),
    timestamp("LastEmailSentDate", |row| {
        let bill = bill(row);
        let sent = bill.status == Status::Posted && !bill.index.is_multiple_of(3);
        if sent {
            Value::Timestamp(bill.created + 61_003)
        } else {
            Value::Null
        }
    }),
    text("Comments", |row| {
        let comments = [
            None,
            None,
            Some(""),
            Some("Line one\nline two; \"quoted\""),
            Some("ご査収ください"),
        ];
        Value::maybe(comments[row.index as usize % comments.len()])
    }),
    text("BillToContactId", |row| {
        let account = bill(row).version.account;
        row.tenant.contact_id(account, 0).into()
    }),
    text("SourceType", |_| "Subscription".into()),
    text("Source", |_| "BillRun".into()),
    text("SourceId", |row| {
        format!("BR-{:08}", bill(row).run + 1).into()
    }),
    text("TransferredToAccounting", |row| {
        if row.index % 2 == 0 {
            "Yes".into()
        } else {
            "No".into()
        }
    }),
    boolean("AutoPay", |row| {
        Tenant::is_charged(bill(row).version.account).into()
    }),
    boolean("IncludesOneTime", |row| includes(row, SETUP)),
    boolean("IncludesRecurring", |row| includes(row, FEE)),
    boolean("IncludesUsage", |row| includes(row, DATA)),
    boolean("Reversed", |_| false.into()),
    text("CostCenter__c", |row| {
        Value::maybe((row.index % 3 != 2).then(|| format!("KSt {:04}", row.index % 40)))
    }),
];

/// An item beside its invoice and its place there.
fn item(row: &Row<'_>) -> (Bill, u32, Item) {
    let (bill, place) = placed(row);
    let item = row.tenant.item(&bill, place);
    (bill, place, item)
}

fn placed(row: &Row<'_>) -> (Bill, u32) {
    let (invoice, place) = ITEMS.locate(row.index);
    (row.tenant.bill(invoice), place)
}

pub(in super::super) const INVOICE_ITEM: &[Column] = &[
    text("InvoiceId", |row| {
        let invoice = ITEMS.locate(row.index).0;
        row.tenant.id(Object::Invoice, invoice).into()
    }),
    text("AccountId", |row| {
        let account = placed(row).0.version.account;
        row.tenant.id(Object::Account, account).into()
    }),
    text("SubscriptionId", |row| {
        let subscription = placed(row).0.subscription;
        row.tenant.id(Object::Subscription, subscription).into()
    }),
    text("SubscriptionNumber", |row| {
        placed(row).0.version.name().into()
    }),
    text("RatePlanId", |row| {
        let subscription = placed(row).0.subscription;
        row.tenant.id(Object::RatePlan, subscription).into()
    }),
    text("RatePlanChargeId", |row| {
        let (bill, place) = placed(row);
        let charge = bill.subscription * CHARGES_OF_PLAN + place;
        row.tenant.id(Object::RatePlanCharge, charge).into()
    }),
    text("ProductRatePlanChargeId", |row| {
        let (bill, place) = placed(row);
        let charge = bill.version.plan * CHARGES_OF_PLAN + place;
        row.tenant.id(Object::ProductRatePlanCharge, charge).into()
    }),
    text("ProductId", |row| {
        let product = placed(row).0.version.plan / PLANS_OF_PRODUCT;
        row.tenant.id(Object::Product, product).into()
    }),
    // What a discount takes from is the fee of the same invoice.
    text("AppliedToInvoiceItemId", |row| {
        let (invoice, place) = ITEMS.locate(row.index);
        let fee = (place == DISCOUNT).then(|| ITEMS.first(invoice));
        Value::maybe(fee.map(|fee| row.tenant.id(Object::InvoiceItem, fee)))
    }),
    text("ChargeName", |row| {
        charge_name(ITEMS.locate(row.index).1).into()
    }),
    text("ChargeNumber", |row| {
        let (bill, place) = placed(row);
        charge_number(&bill.version, place).into()
    }),
    text("ProcessingType", |row| match ITEMS.locate(row.index).1 {
        DISCOUNT => "Discount".into(),
        _ => "Charge".into(),
    }),
    text("UOM", |row| model(ITEMS.locate(row.index).1).3),
    text("SKU", |row| {
        let product = placed(row).0.version.plan / PLANS_OF_PRODUCT;
        format!("SKU-{:08}", product + 1).into()
    }),
    decimal("Quantity", |row| Value::thousandths(item(row).2.quantity)),
    decimal("UnitPrice", |row| {
        item(row).2.unit_price.map_or(Value::Null, Value::cents)
    }),
    decimal("ChargeAmount", |row| Value::cents(item(row).2.amount)),
    decimal("TaxAmount", |row| Value::cents(item(row).2.tax)),
    decimal("TaxExemptAmount", |_| Value::cents(0)),
    date("ServiceStartDate", |row| {
        Value::Date(row.tenant.service_start(placed(row).0.run))
    }),
    date("ServiceEndDate", |row| Value::Date(placed(row).0.day - 1)),
    timestamp("ChargeDate", |row| {
        Value::Timestamp(row.tenant.created(row.object, row.index))
    }),
    text("AccountingCode", |row| {
        let codes = [
            Some("Subscription Revenue"),
            Some("Usage Revenue"),
            None,
            Some(""),
        ];
        Value::maybe(codes[ITEMS.locate(row.index).1 as usize % codes.len()])
    }),
    text("Description", |row| {
        Value::maybe([None, Some(""), Some("月額料金 – mensuel")][row.index as usize % 3])
    }),
];

fn usage(row: &Row<'_>) -> Usage {
    row.tenant.usage(row.index)
}

pub(in super::super) const USAGE_COLUMNS: &[Column] = &[
    text("AccountId", |row| {
        let account = usage(row).bill.version.account;
        row.tenant.id(Object::Account, account).into()
    }),
    text("AccountNumber", |row| {
        format!("A{:08}", usage(row).bill.version.account + 1).into()
    }),
    text("SubscriptionId", |row| {
        let subscription = usage(row).bill.subscription;
        row.tenant.id(Object::Subscription, subscription).into()
    }),
    text("RatePlanChargeId", |row| {
        let charge = usage(row).bill.subscription * CHARGES_OF_PLAN + DATA;
        row.tenant.id(Object::RatePlanCharge, charge).into()
    }),
    text("UOM", |_| "GB".into()),
    decimal("Quantity", |row| Value::thousandths(usage(row).quantity)),
    timestamp("StartDateTime", |row| Value::Timestamp(usage(row).started)),
    timestamp("EndDateTime", |_| Value::Null),
    timestamp("SubmissionDateTime", |row| {
        Value::Timestamp(usage(row).created)
    }),
    text("RbeStatus", |row| {
        // An invoice that was cut short has not billed its data.
        let bill = row.tenant.bill(USAGE.locate(row.index).0);
        if bill.items > DATA {
            "Processed".into()
        } else {
            "Pending".into()
        }
    }),
    text("SourceType", |_| "API".into()),
    text("Description", |row| {
        Value::maybe((row.index % 5 == 0).then_some("转移 | transfer"))
    }),
    text("UniqueKey", |_| Value::Null),
];
