//! The columns of customers, their people and what they pay with.

use super::{Column, Value, boolean, date, decimal, integer, text};
use crate::zuora::account::customer::{CONTACTS, METHODS};
use crate::zuora::account::ledger::Ledger;
use crate::zuora::account::row::Row;
use crate::zuora::account::{Object, Tenant};

const NOTES: [Option<&str>; 6] = [
    None,
    Some(""),
    Some("Pays late, but pays."),
    Some("請求書は毎月1日に送付。\n担当：髙橋様"),
    Some("\"Quoted\", with a comma\tand a tab"),
    Some("Ø 30 Tage – Mahnstufe 2 🙂"),
];

fn ledger(row: &Row<'_>) -> Ledger {
    row.tenant.ledger(row.index)
}

pub(in super::super) const ACCOUNT: &[Column] = &[
    text("AccountNumber", |row| {
        format!("A{:08}", row.index + 1).into()
    }),
    text("Name", |row| row.tenant.account_name(row.index).into()),
    text("AdditionalEmailAddresses", |row| match row.index % 4 {
        0 => Value::Null,
        1 => Value::text(""),
        _ => format!("ap{}@finance.example", row.index).into(),
    }),
    boolean("AllowInvoiceEdit", |row| (row.index % 5 == 2).into()),
    boolean("AutoPay", |row| Tenant::is_charged(row.index).into()),
    decimal("Balance", |row| Value::cents(ledger(row).balance())),
    text("Batch", |row| format!("Batch{}", 1 + row.index % 5).into()),
    text("BcdSettingOption", |_| "ManualSet".into()),
    integer("BillCycleDay", |_| Value::Integer(1)),
    text("BillToId", |row| row.tenant.contact_id(row.index, 0).into()),
    text("SoldToId", |row| row.tenant.contact_id(row.index, 1).into()),
    text("CommunicationProfileId", |_| Value::Null),
    decimal("CreditBalance", |_| Value::cents(0)),
    text("CrmId", |row| {
        Value::maybe((row.index % 3 == 0).then(|| format!("0015g00000{:05}AAA", row.index)))
    }),
    text("Currency", |row| row.tenant.currency(row.index).code.into()),
    text("CustomerServiceRepName", |row| {
        Value::maybe((row.index % 4 == 1).then_some("Agatha Admin"))
    }),
    text("DefaultPaymentMethodId", |row| {
        Value::maybe(Tenant::is_charged(row.index).then(|| row.tenant.method_id(row.index)))
    }),
    boolean("InvoiceDeliveryPrefsEmail", |row| {
        (row.index % 7 != 3).into()
    }),
    boolean("InvoiceDeliveryPrefsPrint", |row| {
        (row.index % 7 == 3).into()
    }),
    date("LastInvoiceDate", |row| {
        ledger(row).last.map_or(Value::Null, Value::Date)
    }),
    text("Notes", |row| {
        Value::maybe(NOTES[row.index as usize % NOTES.len()])
    }),
    // A branch is billed for itself; its head office has an account of its own.
    text("ParentId", |row| {
        let parent = (row.index % 8 == 5).then(|| row.index - 1);
        Value::maybe(parent.map(|parent| row.tenant.id(Object::Account, parent)))
    }),
    text("PaymentGateway", |_| Value::Null),
    text("PaymentTerm", |row| {
        if Tenant::is_charged(row.index) {
            "Due Upon Receipt".into()
        } else {
            "Net 30".into()
        }
    }),
    text("PurchaseOrderNumber", |row| {
        Value::maybe((row.index % 9 == 8).then(|| format!("PO-{}/№{}", row.index, row.index % 7)))
    }),
    text("SalesRepName", |row| {
        Value::maybe((row.index % 2 == 0).then_some("Zoë O'Neill"))
    }),
    text("Status", |row| {
        if row.index % 31 == 30 {
            "Canceled".into()
        } else {
            "Active".into()
        }
    }),
    text("TaxExemptStatus", |row| {
        if Tenant::is_tax_exempt(row.index) {
            "Yes".into()
        } else {
            "No".into()
        }
    }),
    decimal("TotalInvoiceBalance", |row| {
        Value::cents(ledger(row).invoices)
    }),
    decimal("UnappliedBalance", |row| {
        Value::cents(ledger(row).unapplied)
    }),
    decimal("UnappliedCreditMemoAmount", |row| {
        Value::cents(ledger(row).credit)
    }),
    text("VATId", |row| {
        Value::maybe((row.index % 3 == 1).then(|| format!("DE{:09}", row.index * 7_919 + 1)))
    }),
    text("ZendeskOrganizationId__c", |row| {
        Value::maybe(row.tenant.organization_id(row.index))
    }),
    text("Region__c", |row| {
        Value::maybe([Some("emea"), Some("apac"), None, Some("")][row.index as usize % 4])
    }),
    // Custom checkboxes are text at Zuora, written with a capital.
    text("KeyAccount__c", |row| {
        if row.index % 5 == 0 {
            "True".into()
        } else {
            "False".into()
        }
    }),
];

fn customer(row: &Row<'_>) -> u32 {
    CONTACTS.locate(row.index).0
}

pub(in super::super) const CONTACT: &[Column] = &[
    text("AccountId", |row| {
        row.tenant.id(Object::Account, customer(row)).into()
    }),
    text("FirstName", |row| row.tenant.person(row.index).first.into()),
    text("LastName", |row| row.tenant.person(row.index).last.into()),
    text("WorkEmail", |row| row.tenant.person(row.index).email.into()),
    text("PersonalEmail", |_| Value::Null),
    text("WorkPhone", |row| {
        Value::maybe((row.index % 3 != 0).then(|| format!("+49 221 {:06}", row.index)))
    }),
    text("Address1", |row| {
        format!("{} Main Street", row.index + 1).into()
    }),
    text("Address2", |row| {
        Value::maybe([None, Some(""), Some("c/o O'Malley's, 2ème étage")][row.index as usize % 3])
    }),
    text("City", |row| row.tenant.currency(customer(row)).city.into()),
    text("Country", |row| {
        row.tenant.currency(customer(row)).country.into()
    }),
    text("PostalCode", |row| {
        format!("{:05}", row.index * 37 % 100_000).into()
    }),
    text("State", |row| {
        let country = row.tenant.currency(customer(row)).country;
        Value::maybe((country == "United States").then_some("Illinois"))
    }),
    boolean("AsBillTo", |row| (CONTACTS.locate(row.index).1 == 0).into()),
    boolean("AsSoldTo", |row| (CONTACTS.locate(row.index).1 == 1).into()),
];

fn is_card(row: &Row<'_>) -> bool {
    METHODS.locate(row.index).1 == 0
}

pub(in super::super) const PAYMENT_METHOD: &[Column] = &[
    text("AccountId", |row| {
        let account = METHODS.locate(row.index).0;
        row.tenant.id(Object::Account, account).into()
    }),
    text("Type", |row| {
        if is_card(row) {
            "CreditCard".into()
        } else {
            "ACH".into()
        }
    }),
    text("PaymentMethodStatus", |row| {
        if row.index % 17 == 16 {
            "Closed".into()
        } else {
            "Active".into()
        }
    }),
    boolean("Active", |row| (row.index % 17 != 16).into()),
    boolean("IsSystem", |_| false.into()),
    boolean("UseDefaultRetryRule", |_| true.into()),
    text("CreditCardType", |row| {
        let brand = ["Visa", "MasterCard", "JCB"][row.index as usize % 3];
        Value::maybe(is_card(row).then_some(brand))
    }),
    text("CreditCardMaskNumber", |row| {
        let mask = || format!("************{:04}", row.index * 7 % 10_000);
        Value::maybe(is_card(row).then(mask))
    }),
    text("CreditCardHolderName", |row| {
        let (account, _) = METHODS.locate(row.index);
        let person = row.tenant.person(CONTACTS.first(account));
        Value::maybe(is_card(row).then(|| format!("{} {}", person.first, person.last)))
    }),
    integer("CreditCardExpirationMonth", |row| {
        Value::maybe(is_card(row).then_some(1 + row.index % 12))
    }),
    integer("CreditCardExpirationYear", |row| {
        Value::maybe(is_card(row).then_some(2_027 + row.index % 4))
    }),
    text("AchAccountNumberMask", |row| {
        Value::maybe((!is_card(row)).then(|| format!("*****{:04}", row.index)))
    }),
    text("AchBankName", |row| {
        Value::maybe((!is_card(row)).then_some("Erste Bank & Söhne"))
    }),
];
