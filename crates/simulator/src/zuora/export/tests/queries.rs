//! Conditions, orders, limits and aggregates, against the same question put to the tenant's rows.

use std::collections::BTreeMap;

use super::*;

type Check = fn(&Row<'_>) -> bool;

fn number(row: &Row<'_>, name: &str) -> Option<i128> {
    get(row, name).millionths()
}

fn second(row: &Row<'_>, name: &str) -> Option<i64> {
    match get(row, name) {
        Value::Timestamp(millis) => Some(millis.div_euclid(1_000)),
        _ => None,
    }
}

fn day(row: &Row<'_>, name: &str) -> i32 {
    match get(row, name) {
        Value::Date(day) => day,
        other => panic!("{name}: {other:?}"),
    }
}

fn is(row: &Row<'_>, name: &str, expected: &str) -> bool {
    text(row, name).as_deref() == Some(expected)
}

#[test]
fn conditions_hold_for_the_rows_they_hold_for() {
    let caller = Caller::plain();
    let cases: [(Object, &str, Check); 21] = [
        (Object::Account, "Currency = 'EUR'", |row| {
            is(row, "Currency", "EUR")
        }),
        (Object::Account, "Currency = 'eur'", |_| false),
        (Object::Account, "Region__c != 'emea'", |row| {
            text(row, "Region__c").is_some_and(|region| region != "emea")
        }),
        (Object::Account, "not (Region__c = 'emea')", |row| {
            text(row, "Region__c").is_some_and(|region| region != "emea")
        }),
        (Object::Account, "Region__c is null", |row| {
            text(row, "Region__c").is_none()
        }),
        (Object::Account, "Region__c is not null", |row| {
            text(row, "Region__c").is_some()
        }),
        (Object::Account, "Region__c = null", |row| {
            text(row, "Region__c").is_none()
        }),
        (Object::Account, "Region__c = ''", |row| {
            is(row, "Region__c", "")
        }),
        (Object::Account, "AutoPay = true", |row| {
            get(row, "AutoPay") == Value::Boolean(true)
        }),
        (
            Object::Account,
            "AutoPay != 'TRUE' AND Batch='Batch2'",
            |row| get(row, "AutoPay") == Value::Boolean(false) && is(row, "Batch", "Batch2"),
        ),
        (
            Object::Account,
            "Batch = 'Batch1' or Batch = 'Batch3' or Currency = 'USD'",
            |row| {
                is(row, "Batch", "Batch1")
                    || is(row, "Batch", "Batch3")
                    || is(row, "Currency", "USD")
            },
        ),
        (Object::Account, "SalesRepName = 'Zoë O''Neill'", |row| {
            is(row, "SalesRepName", "Zoë O'Neill")
        }),
        (Object::Account, "Name like '%s'", |row| {
            text(row, "Name").is_some_and(|name| name.ends_with('s'))
        }),
        (Object::Account, "AccountNumber like 'A0000001_'", |row| {
            text(row, "AccountNumber").is_some_and(|number| number.starts_with("A0000001"))
        }),
        (
            Object::Account,
            "BillToContact.Id is null or ParentAccount.Id is not null",
            |row| text(row, "ParentId").is_some(),
        ),
        (
            Object::Invoice,
            "Amount >= 100 and Amount < '500.50'",
            |row| {
                number(row, "Amount")
                    .is_some_and(|amount| (100_000_000..500_500_000).contains(&amount))
            },
        ),
        (Object::Invoice, "Amount = Balance", |row| {
            number(row, "Amount") == number(row, "Balance")
        }),
        (Object::Invoice, "InvoiceDate > '2025-06-01'", |row| {
            day(row, "InvoiceDate") > 20_240
        }),
        (
            Object::Invoice,
            "CreatedDate >= '2025-06-01T00:00:00Z'",
            |row| second(row, "CreatedDate").unwrap() >= 1_748_736_000,
        ),
        (
            Object::Invoice,
            "PostedDate < '2025-06-01T02:00:00+02:00'",
            |row| second(row, "PostedDate").is_some_and(|posted| posted < 1_748_736_000),
        ),
        (
            Object::Invoice,
            "Account.Currency = 'EUR' and Status = 'Posted'",
            |row| is(row, "Currency", "EUR") && is(row, "Status", "Posted"),
        ),
    ];
    for (object, condition, check) in cases {
        let query = format!("select Id from {} where {condition}", object.api_name());
        assert_eq!(caller.column(&query), ids(object, check), "{query}");
    }
}

/// Makes every case above one that can fail.
#[test]
fn the_same_questions_have_some_answers_and_not_all() {
    let caller = Caller::plain();
    let total = caller.column("select Id from Invoice").len();
    for condition in [
        "InvoiceDate > '2025-06-01'",
        "PostedDate < '2025-06-01T02:00:00+02:00'",
        "Amount = Balance",
        "Amount >= 100 and Amount < '500.50'",
    ] {
        let found = caller.column(&format!("select Id from Invoice where {condition}"));
        assert!(!found.is_empty() && found.len() < total, "{condition}");
    }
}

#[test]
fn a_day_is_the_whole_day_in_the_zone_of_the_tenant() {
    let caller = Caller::plain();
    let tenant = tenant();
    let row = tenant.row(Object::Invoice, 40).unwrap();
    let local = second(&row, "CreatedDate").unwrap() - 8 * 3_600;
    let day = local.div_euclid(86_400);
    let written = crate::clock::date_text(local);
    for (operator, check) in [
        ("=", (|left, right| left == right) as fn(i64, i64) -> bool),
        (">", |left, right| left > right),
        ("<=", |left, right| left <= right),
        ("!=", |left, right| left != right),
    ] {
        let query = format!("select Id from Invoice where CreatedDate {operator} '{written}'");
        let expected = ids(Object::Invoice, |row| {
            let local = second(row, "CreatedDate").unwrap() - 8 * 3_600;
            check(local.div_euclid(86_400), day)
        });
        assert!(!expected.is_empty());
        assert_eq!(caller.column(&query), expected, "{query}");
    }
}

#[test]
fn moments_compare_in_whole_seconds() {
    let caller = Caller::plain();
    let tenant = tenant();
    let row = tenant
        .rows(Object::Account)
        .find(|row| !matches!(get(row, "UpdatedDate"), Value::Timestamp(millis) if millis % 1_000 == 0))
        .unwrap();
    let (id, at) = (
        text(&row, "Id").unwrap(),
        second(&row, "UpdatedDate").unwrap(),
    );
    let literal = crate::clock::iso_text(at);
    for (operator, found) in [
        ("=", true),
        ("<=", true),
        (">=", true),
        (">", false),
        ("<", false),
    ] {
        let query = format!(
            "select Id from Account where Id = '{id}' and UpdatedDate {operator} '{literal}'"
        );
        assert_eq!(caller.column(&query).len(), usize::from(found), "{query}");
    }
}

#[test]
fn unconfirmed_rules_of_text_can_be_chosen() {
    let caller = Caller::with(ExportOptions {
        extra_column: false,
        fold_case: true,
        empty_is_null: true,
        ..at_once()
    });
    let euros = ids(Object::Account, |row| is(row, "Currency", "EUR"));
    assert!(!euros.is_empty());
    for condition in [
        "Currency = 'eur'",
        "Currency like 'eU_'",
        "Currency = 'eur' or Currency = 'xxx'",
    ] {
        let query = format!("select Id from Account where {condition}");
        assert_eq!(caller.column(&query), euros, "{query}");
    }
    let empty = ids(Object::Account, |row| {
        text(row, "Region__c").is_none_or(|region| region.is_empty())
    });
    assert_eq!(
        caller.column("select Id from Account where Region__c is null"),
        empty
    );
}

#[test]
fn orders_and_limits() {
    let caller = Caller::plain();
    let tenant = tenant();
    let mut expected: Vec<(Option<i128>, String)> = tenant
        .rows(Object::Invoice)
        .filter(|row| !row.is_deleted())
        .map(|row| (number(&row, "Amount"), text(&row, "Id").unwrap()))
        .collect();
    expected.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let page = |query: &str| -> Vec<String> {
        let rows = caller.rows(query);
        rows.iter().map(|row| row["Invoice.Id"].clone()).collect()
    };
    let found = page("select Id from Invoice order by Amount desc, Id limit 3, 5");
    let wanted: Vec<String> = expected[3..8].iter().map(|pair| pair.1.clone()).collect();
    assert_eq!(found, wanted);
    // By keyset, as callers read big objects.
    let all = ids(Object::Invoice, |_| true);
    let mut read = Vec::new();
    loop {
        let last = read.last().cloned().unwrap_or_default();
        let next = page(&format!(
            "select Id from Invoice where Id > '{last}' order by Id limit 40"
        ));
        if next.is_empty() {
            break;
        }
        read.extend(next);
    }
    assert_eq!(read, all);
}

#[test]
fn aggregates_are_those_of_the_tenant() {
    let caller = Caller::plain();
    let tenant = tenant();
    let rows = caller.rows(
        "select Currency, sum(Amount) as total, count(*) as many, max(InvoiceDate) as latest from Invoice \
         group by Currency order by Currency desc",
    );
    let found: BTreeMap<Value, i128> = rows
        .iter()
        .map(|row| {
            let (whole, fraction) = row["total"].split_once('.').unwrap_or((&row["total"], ""));
            let total = format!("{whole}{fraction:0<6}").parse().unwrap();
            (Value::Text(row["Invoice.Currency"].clone()), total)
        })
        .collect();
    assert_eq!(found, tenant.sums(Object::Invoice, "Currency", "Amount"));
    let many: u32 = rows
        .iter()
        .map(|row| row["many"].parse::<u32>().unwrap())
        .sum();
    assert_eq!(many, tenant.live_count(Object::Invoice));
    let order: Vec<&String> = rows.iter().map(|row| &row["Invoice.Currency"]).collect();
    assert!(order.is_sorted_by(|left, right| left > right), "{order:?}");
    let nobody =
        caller.rows("select count(Id) as many, min(Id) as least from Invoice where Id = 'x'");
    assert_eq!(nobody[0]["many"], "0");
    assert_eq!(nobody[0]["least"], "<null>");
}
