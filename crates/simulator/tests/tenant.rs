//! A big tenant costs no memory and little time: rows are drawn when they are read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use zuzen_simulator::{Account, AccountOptions, Object, Tenant, TenantOptions};

/// Kilobytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or_default()
}

#[test]
fn a_million_invoice_items_are_read_without_being_held() {
    let zendesk = Account::generate(&AccountOptions::default());
    let options = TenantOptions {
        invoice_items: 1_300_000,
        same_instant: 600_000,
    };
    let tenant = Tenant::generate(&zendesk, &options);
    let columns =
        ["id", "updateddate", "chargeamount"].map(|name| Object::InvoiceItem.column(name).unwrap());
    let (before, start) = (resident(), Instant::now());
    let mut rows = 0;
    let mut sum = 0;
    for row in tenant.rows(Object::InvoiceItem).take(1_000_000) {
        let [id, updated, amount] = columns.map(|column| column.read(&row));
        assert!(id.kind().is_some() && updated.kind().is_some());
        sum += amount.millionths().unwrap();
        rows += 1;
    }
    let (took, grown) = (start.elapsed(), resident().saturating_sub(before));
    assert_eq!((rows, sum > 0), (1_000_000, true));
    assert!(grown < 8_192, "{grown} kB more for rows that were let go");
    assert!(took < Duration::from_secs(2), "{took:?}");
    // The last row is as near as the first.
    let start = Instant::now();
    assert!(
        tenant
            .row(Object::InvoiceItem, 1_299_999)
            .unwrap()
            .get("id")
            .is_some()
    );
    assert!(tenant.row(Object::InvoiceItem, 1_300_000).is_none());
    assert!(start.elapsed() < Duration::from_millis(100));
}
