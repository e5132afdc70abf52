//! The columns of payments, credit memos and refunds.

use super::{Column, Value, date, decimal, text, timestamp};
use crate::zuora::account::Object;
use crate::zuora::account::bill::Bill;
use crate::zuora::account::calendar::day_of;
use crate::zuora::account::row::Row;
use crate::zuora::account::settlement::{
    APPLIED_MEMOS, Application, Memo, PAYMENTS, Payment, Refund,
};

fn created_day(row: &Row<'_>) -> Value {
    Value::Date(day_of(row.tenant.created(row.object, row.index)))
}

fn account_id(row: &Row<'_>, bill: &Bill) -> Value {
    row.tenant.id(Object::Account, bill.version.account).into()
}

fn method_id(row: &Row<'_>, bill: &Bill) -> Value {
    row.tenant.method_id(bill.version.account).into()
}

fn invoice_id(row: &Row<'_>, bill: &Bill) -> Value {
    row.tenant.id(Object::Invoice, bill.index).into()
}

fn payment(row: &Row<'_>) -> Payment {
    row.tenant.payment(row.index)
}

pub(in super::super) const PAYMENT: &[Column] = &[
    text("AccountId", |row| account_id(row, &payment(row).bill)),
    text("PaymentMethodId", |row| method_id(row, &payment(row).bill)),
    text("PaymentNumber", |row| {
        format!("P-{:08}", row.index + 1).into()
    }),
    text("Status", |row| {
        if payment(row).declined {
            "Error".into()
        } else {
            "Processed".into()
        }
    }),
    text("Type", |_| "Electronic".into()),
    text("Currency", |row| payment(row).bill.currency.code.into()),
    decimal("Amount", |row| Value::cents(payment(row).amount)),
    decimal("AppliedAmount", |row| Value::cents(payment(row).applied)),
    decimal("UnappliedAmount", |row| {
        Value::cents(payment(row).unapplied)
    }),
    decimal("RefundAmount", |row| Value::cents(payment(row).refunded)),
    date("EffectiveDate", created_day),
    text("Gateway", |_| "Test Gateway".into()),
    text("GatewayState", |row| {
        if payment(row).declined {
            "NotSubmitted".into()
        } else {
            "Settled".into()
        }
    }),
    text("GatewayResponse", |row| {
        Value::maybe(payment(row).declined.then_some("Card declined: \"51\""))
    }),
    text("GatewayResponseCode", |row| {
        Value::maybe(payment(row).declined.then_some("51"))
    }),
    timestamp("SettledOn", |row| {
        let payment = payment(row);
        if payment.declined {
            Value::Null
        } else {
            Value::Timestamp(payment.created)
        }
    }),
    text("ReferenceId", |row| {
        let (invoice, _) = PAYMENTS.locate(row.index);
        Value::maybe((invoice % 4 != 0).then(|| format!("ch_{:012x}", row.index * 31 + 7)))
    }),
    text("Comment", |row| {
        Value::maybe([None, Some(""), Some("振込手数料込み")][row.index as usize % 3])
    }),
];

fn application(row: &Row<'_>) -> Application {
    row.tenant.application(row.index)
}

pub(in super::super) const PAYMENT_APPLICATION: &[Column] = &[
    text("AccountId", |row| account_id(row, &application(row).bill)),
    text("PaymentId", |row| {
        row.tenant
            .id(Object::Payment, application(row).payment)
            .into()
    }),
    text("InvoiceId", |row| invoice_id(row, &application(row).bill)),
    text("DebitMemoId", |_| Value::Null),
    decimal("ApplyAmount", |row| Value::cents(application(row).amount)),
    date("EffectiveDate", created_day),
    text("PaymentApplicationStatus", |_| "Processed".into()),
];

/// From before invoices were settled by applications: the oldest third has both.
pub(in super::super) const INVOICE_PAYMENT: &[Column] = &[
    text("InvoiceId", |row| invoice_id(row, &application(row).bill)),
    text("PaymentId", |row| {
        row.tenant
            .id(Object::Payment, application(row).payment)
            .into()
    }),
    decimal("Amount", |row| Value::cents(application(row).amount)),
    decimal("RefundAmount", |_| Value::cents(0)),
];

fn memo(row: &Row<'_>) -> Memo {
    row.tenant.memo(row.index)
}

pub(in super::super) const CREDIT_MEMO: &[Column] = &[
    text("AccountId", |row| account_id(row, &memo(row).bill)),
    text("InvoiceId", |row| invoice_id(row, &memo(row).bill)),
    text("MemoNumber", |row| format!("CM{:08}", row.index + 1).into()),
    date("MemoDate", created_day),
    text("Status", |_| "Posted".into()),
    text("ReasonCode", |row| {
        let reasons = ["Correcting invoice error", "Customer Satisfaction"];
        reasons[row.index as usize % reasons.len()].into()
    }),
    text("Currency", |row| memo(row).bill.currency.code.into()),
    decimal("TotalAmount", |row| Value::cents(memo(row).total.gross())),
    decimal("TotalAmountWithoutTax", |row| {
        Value::cents(memo(row).total.net)
    }),
    decimal("TaxAmount", |row| Value::cents(memo(row).total.tax)),
    decimal("AppliedAmount", |row| {
        let memo = memo(row);
        Value::cents(if memo.applied { memo.total.gross() } else { 0 })
    }),
    decimal("Balance", |row| {
        let memo = memo(row);
        Value::cents(if memo.applied { 0 } else { memo.total.gross() })
    }),
    decimal("RefundAmount", |_| Value::cents(0)),
    text("SourceType", |_| "Invoice".into()),
    text("Comments", |row| {
        Value::maybe([Some("Kulanz – l'échange"), None][row.index as usize % 2])
    }),
];

fn applied_memo(row: &Row<'_>) -> (u32, Memo) {
    let (index, _) = APPLIED_MEMOS.locate(row.index);
    (index, row.tenant.memo(index))
}

pub(in super::super) const CREDIT_MEMO_APPLICATION: &[Column] = &[
    text("AccountId", |row| {
        account_id(row, &applied_memo(row).1.bill)
    }),
    text("CreditMemoId", |row| {
        row.tenant
            .id(Object::CreditMemo, applied_memo(row).0)
            .into()
    }),
    text("InvoiceId", |row| {
        invoice_id(row, &applied_memo(row).1.bill)
    }),
    text("DebitMemoId", |_| Value::Null),
    decimal("Amount", |row| {
        Value::cents(applied_memo(row).1.total.gross())
    }),
    date("EffectiveDate", created_day),
];

fn refund(row: &Row<'_>) -> Refund {
    row.tenant.refund(row.index)
}

pub(in super::super) const REFUND: &[Column] = &[
    text("AccountId", |row| account_id(row, &refund(row).bill)),
    text("PaymentMethodId", |row| method_id(row, &refund(row).bill)),
    text("AssociatedTransactionNumber", |row| {
        format!("P-{:08}", refund(row).payment + 1).into()
    }),
    text("RefundNumber", |row| {
        format!("R-{:08}", row.index + 1).into()
    }),
    date("RefundDate", created_day),
    text("Status", |_| "Processed".into()),
    text("Type", |_| "Electronic".into()),
    text("SourceType", |_| "Payment".into()),
    text("ReasonCode", |_| "Payment Reversal".into()),
    text("Currency", |row| refund(row).bill.currency.code.into()),
    decimal("Amount", |row| Value::cents(refund(row).amount)),
    text("Comment", |row| {
        Value::maybe([None, Some("二重払い")][row.index as usize % 2])
    }),
];
