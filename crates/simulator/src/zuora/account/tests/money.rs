//! Amounts add up to the cent: items to invoices, payments and credits to balances, balances to what a customer owes.

use std::collections::BTreeMap;

use super::{Object, Row, Value, cents, items, tenant, text};

/// The sum of a column by a column of text, and how many rows there were.
fn by(tenant: &super::Tenant, object: Object, key: &str, amount: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in tenant.rows(object) {
        *sums.entry(text(&row, key)).or_default() += cents(&row, amount);
    }
    sums
}

fn of(sums: &BTreeMap<String, i64>, row: &Row<'_>) -> i64 {
    sums.get(&text(row, "id")).copied().unwrap_or_default()
}

#[test]
fn an_invoice_is_the_sum_of_its_items_and_their_tax() {
    let tenant = tenant(1, &items(6_007));
    let net = by(&tenant, Object::InvoiceItem, "invoiceid", "chargeamount");
    let tax = by(&tenant, Object::InvoiceItem, "invoiceid", "taxamount");
    for row in tenant.rows(Object::Invoice) {
        assert_eq!(cents(&row, "amountwithouttax"), of(&net, &row));
        assert_eq!(cents(&row, "taxamount"), of(&tax, &row));
        assert_eq!(cents(&row, "amount"), of(&net, &row) + of(&tax, &row));
        assert!(cents(&row, "amount") > 0);
    }
    assert!(net.len() as u32 == tenant.count(Object::Invoice));
}

#[test]
fn an_item_is_its_quantity_times_its_price() {
    let tenant = tenant(2, &items(4_000));
    let mut untiered = 0;
    for row in tenant.rows(Object::InvoiceItem) {
        let Some(Value::Decimal { units: price, .. }) = row.get("unitprice") else {
            continue;
        };
        let Some(Value::Decimal { units, scale: 3 }) = row.get("quantity") else {
            panic!("no quantity");
        };
        assert_eq!(cents(&row, "chargeamount") * 1_000, price * units);
        untiered += 1;
    }
    assert!(untiered > 2_000);
}

#[test]
fn billed_data_is_the_sum_of_the_usage() {
    let tenant = tenant(1, &items(4_000));
    let sum = |object, column| -> i128 {
        let key = if object == Object::Usage {
            "uom"
        } else {
            "chargename"
        };
        let sums = tenant.sums(object, key, column);
        *sums
            .get(&Value::from(if object == Object::Usage {
                "GB"
            } else {
                "Data"
            }))
            .unwrap()
    };
    // Deleted invoices have lost their items, but not the usage.
    let deleted: i128 = tenant
        .rows(Object::InvoiceItem)
        .filter(|row| row.is_deleted() && text(row, "chargename") == "Data")
        .filter_map(|row| row.get("quantity")?.millionths())
        .sum();
    assert_eq!(
        sum(Object::Usage, "quantity"),
        sum(Object::InvoiceItem, "quantity") + deleted
    );
    assert!(deleted > 0);
}

#[test]
fn a_balance_is_what_was_neither_paid_nor_credited() {
    let tenant = tenant(1, &items(6_000));
    let paid = by(
        &tenant,
        Object::PaymentApplication,
        "invoiceid",
        "applyamount",
    );
    let credited = by(
        &tenant,
        Object::CreditMemoApplication,
        "invoiceid",
        "amount",
    );
    let mut balances: BTreeMap<&str, u32> = BTreeMap::new();
    for row in tenant.rows(Object::Invoice) {
        assert_eq!(cents(&row, "paymentamount"), of(&paid, &row));
        assert_eq!(cents(&row, "creditmemoamount"), of(&credited, &row));
        let status = text(&row, "status");
        let left = cents(&row, "amount") - of(&paid, &row) - of(&credited, &row);
        if status == "Canceled" {
            assert_eq!((cents(&row, "balance"), of(&paid, &row)), (0, 0));
        } else {
            assert_eq!(cents(&row, "balance"), left);
            assert!(left >= 0);
        }
        let kind = match (status.as_str(), left) {
            ("Posted", 0) => "paid",
            ("Posted", left) if left < cents(&row, "amount") => "partly",
            ("Posted", _) => "open",
            ("Draft", _) => "draft",
            _ => "canceled",
        };
        *balances.entry(kind).or_default() += 1;
    }
    assert_eq!(balances.len(), 5, "{balances:?}");
    let applied = by(
        &tenant,
        Object::PaymentApplication,
        "paymentid",
        "applyamount",
    );
    for row in tenant.rows(Object::Payment) {
        assert_eq!(cents(&row, "appliedamount"), of(&applied, &row));
        let parts = ["appliedamount", "unappliedamount", "refundamount"];
        let sum: i64 = parts.iter().map(|part| cents(&row, part)).sum();
        match text(&row, "status").as_str() {
            "Processed" => assert_eq!(cents(&row, "amount"), sum),
            _ => assert_eq!(sum, 0),
        }
    }
    let refunds = tenant.sums(Object::Refund, "currency", "amount");
    let refunded = tenant.sums(Object::Payment, "currency", "refundamount");
    for (currency, amount) in &refunded {
        assert_eq!(refunds.get(currency).copied().unwrap_or_default(), *amount);
    }
    assert!(refunds.values().all(|amount| *amount > 0) && !refunds.is_empty());
}

#[test]
fn a_customer_owes_its_posted_invoices() {
    let tenant = tenant(1, &items(6_000));
    let mut owed: BTreeMap<String, i64> = BTreeMap::new();
    for row in tenant.rows(Object::Invoice) {
        if text(&row, "status") == "Posted" {
            *owed.entry(text(&row, "accountid")).or_default() += cents(&row, "balance");
        }
    }
    let unapplied = by(&tenant, Object::Payment, "accountid", "unappliedamount");
    let credit = by(&tenant, Object::CreditMemo, "accountid", "balance");
    for row in tenant.rows(Object::Account) {
        assert_eq!(cents(&row, "totalinvoicebalance"), of(&owed, &row));
        assert_eq!(cents(&row, "unappliedbalance"), of(&unapplied, &row));
        assert_eq!(cents(&row, "unappliedcreditmemoamount"), of(&credit, &row));
        let balance = of(&owed, &row) - of(&unapplied, &row) - of(&credit, &row);
        assert_eq!(cents(&row, "balance"), balance);
    }
    assert!(unapplied.values().any(|amount| *amount > 0));
    assert!(credit.values().any(|amount| *amount > 0));
}

#[test]
fn there_are_several_currencies_and_yen_have_no_fraction() {
    let tenant = tenant(1, &items(6_000));
    let sums = tenant.sums(Object::Invoice, "currency", "amount");
    let codes: Vec<_> = sums.keys().cloned().collect();
    assert_eq!(codes, ["EUR", "GBP", "JPY", "USD"].map(Value::from));
    for (object, amounts) in [
        (
            Object::Invoice,
            &["amount", "taxamount", "balance", "creditmemoamount"][..],
        ),
        (Object::Payment, &["amount", "unappliedamount"]),
        (Object::CreditMemo, &["totalamount", "taxamount"]),
    ] {
        let rows = tenant
            .rows(object)
            .filter(|row| text(row, "currency") == "JPY");
        let mut seen = 0;
        for row in rows {
            for amount in amounts {
                assert_eq!(cents(&row, amount) % 100, 0, "{object:?}.{amount}");
            }
            seen += 1;
        }
        assert!(seen > 0, "{object:?}");
    }
    assert!(
        tenant
            .sums(Object::Invoice, "currency", "nothing")
            .is_empty()
    );
}
