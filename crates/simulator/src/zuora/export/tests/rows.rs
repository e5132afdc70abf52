//! What files hold: every row and cell, in the forms that were asked for.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::zuora::Kind;
use crate::zuora::export::label::heading;
use crate::zuora::export::relation::{is_foreign_key, relations};

/// Whether a cell of a file says what the tenant's does, by reading it back.
fn says(written: &str, value: &Value) -> bool {
    match value {
        Value::Null => written == "<null>",
        Value::Text(text) => written == text,
        Value::Integer(number) => written.parse() == Ok(*number),
        Value::Boolean(value) => written.parse() == Ok(*value),
        Value::Decimal { .. } => {
            let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
            let digits = format!("{whole}{fraction:0<6}");
            digits.parse::<i128>().ok() == value.millionths()
        }
        Value::Date(day) => {
            let date = chrono::NaiveDate::parse_from_str(written, "%Y-%m-%d");
            date.unwrap().to_epoch_days() == *day
        }
        Value::Timestamp(millis) => {
            let moment = DateTime::parse_from_str(written, "%Y-%m-%dT%H:%M:%S%z").unwrap();
            written.ends_with("+0000") && moment.timestamp() == millis.div_euclid(1_000)
        }
    }
}

#[test]
fn every_object_is_exported_whole() {
    let caller = Caller::plain();
    let tenant = tenant();
    for object in Object::ALL {
        let name = object.api_name();
        let rows = caller.rows(&format!("select * from {}", name.to_lowercase()));
        let live: Vec<Row<'_>> = tenant
            .rows(object)
            .filter(|row| !row.is_deleted())
            .collect();
        assert_eq!(rows.len(), live.len(), "{name}");
        let expected: Vec<_> = object
            .columns()
            .filter(|column| !is_foreign_key(object, column))
            .filter(|column| !caller.exports.options.hides(object, column.api_name()))
            .collect();
        for (record, row) in rows.iter().zip(&live) {
            assert_eq!(record.len(), expected.len(), "{name}");
            for column in &expected {
                let cell = &record[&format!("{name}.{}", heading(column.api_name()))];
                let value = column.read(row);
                assert!(
                    says(cell, &value),
                    "{name}.{}: {cell:?} {value:?}",
                    column.api_name()
                );
            }
        }
    }
}

#[test]
fn foreign_keys_are_ids_of_related_objects() {
    let caller = Caller::plain();
    let cases = [
        (Object::Account, "BillToContact", "BillToId"),
        (Object::Account, "SoldToContact", "SoldToId"),
        (Object::Account, "ParentAccount", "ParentId"),
        (
            Object::Account,
            "DefaultPaymentMethod",
            "DefaultPaymentMethodId",
        ),
        (Object::Invoice, "Account", "AccountId"),
        (Object::Invoice, "BillToContact", "BillToContactId"),
        (Object::InvoiceItem, "Invoice", "InvoiceId"),
        (Object::InvoiceItem, "Subscription", "SubscriptionId"),
        (Object::InvoiceItem, "RatePlanCharge", "RatePlanChargeId"),
        (Object::InvoiceItem, "Product", "ProductId"),
        (Object::RatePlan, "Amendment", "AmendmentId"),
        (Object::PaymentApplication, "DebitMemo", "DebitMemoId"),
        (Object::Payment, "PaymentMethod", "PaymentMethodId"),
        (Object::Usage, "RatePlanCharge", "RatePlanChargeId"),
        (Object::Orders, "Account", "AccountId"),
        (Object::ProductRatePlan, "Product", "ProductId"),
    ];
    for (object, related, key) in cases {
        let name = object.api_name();
        let rows = caller.rows(&format!("select Id, {related}.Id from {name}"));
        assert!(!rows.is_empty());
        for record in rows {
            let row = tenant();
            let row = row.find(object, &record[&format!("{name}.Id")]).unwrap();
            let id = text(&row, key).unwrap_or_else(|| "<null>".to_owned());
            assert_eq!(record[&format!("{related}.Id")], id, "{name}.{key}");
        }
    }
}

#[test]
fn related_fields_are_those_of_the_row_that_the_keys_lead_to() {
    let caller = Caller::plain();
    let query = "select Id, Invoice.InvoiceNumber, Account.Name, ProductRatePlan.Name, BillToContact.WorkEmail, \
                 ParentAccount.AccountNumber, Subscription.Version, SoldToContact.Id from InvoiceItem";
    let tenant = tenant();
    let mut parents = 0;
    for record in caller.rows(query) {
        let find = |object, id: &str| tenant.find(object, id).unwrap();
        let item = find(Object::InvoiceItem, &record["InvoiceItem.Id"]);
        let follow = |row: &Row<'_>, key: &str, object| find(object, &text(row, key).unwrap());
        let invoice = follow(&item, "InvoiceId", Object::Invoice);
        let account = follow(&item, "AccountId", Object::Account);
        let charge = follow(
            &item,
            "ProductRatePlanChargeId",
            Object::ProductRatePlanCharge,
        );
        let plan = follow(&charge, "ProductRatePlanId", Object::ProductRatePlan);
        let contact = follow(&account, "BillToId", Object::Contact);
        let subscription = follow(&item, "SubscriptionId", Object::Subscription);
        let checks = [
            ("Invoice.InvoiceNumber", get(&invoice, "InvoiceNumber")),
            ("Account.Name", get(&account, "Name")),
            ("ProductRatePlan.Name", get(&plan, "Name")),
            ("BillToContact.WorkEmail", get(&contact, "WorkEmail")),
            ("Subscription.Version", get(&subscription, "Version")),
            ("SoldToContact.Id", get(&account, "SoldToId")),
        ];
        for (name, value) in checks {
            assert!(says(&record[name], &value), "{name} {record:?} {value:?}");
        }
        let parent = text(&account, "ParentId").map(|id| find(Object::Account, &id));
        parents += usize::from(parent.is_some());
        let number = parent.map_or(Value::Null, |parent| get(&parent, "AccountNumber"));
        assert!(says(&record["ParentAccount.AccountNumber"], &number));
    }
    assert!(parents > 0);
}

#[test]
fn relations_lead_to_what_they_are_named_after() {
    for object in Object::ALL {
        for relation in relations(object) {
            let (last, before) = relation.hops.split_last().unwrap();
            assert!(
                before.iter().all(|hop| hop.target.is_some()),
                "{relation:?}"
            );
            assert_eq!(last.key.kind(), Kind::Text);
            if let Some(named) = Object::of_api_name(relation.name) {
                assert_eq!(last.target, Some(named), "{relation:?}");
            }
        }
    }
    let names = |object| -> Vec<&str> {
        let relations = relations(object);
        relations.iter().map(|relation| relation.name).collect()
    };
    assert_eq!(names(Object::Contact), [""; 0]);
    assert_eq!(
        names(Object::RatePlanChargeTier),
        [
            "Product",
            "ProductRatePlan",
            "ProductRatePlanCharge",
            "RatePlan",
            "RatePlanCharge",
            "Subscription"
        ]
    );
}

#[test]
fn deleted_rows_come_with_a_flag() {
    let caller = Caller::plain();
    let tenant = tenant();
    for (format, flags) in [("Boolean", ["false", "true"]), ("Numeric", ["0", "1"])] {
        let mut body = request("select Id from Contact");
        body["queries"][0]["deleted"] =
            json!({"column": "Gone", "format": format, "forceExport": true});
        let rows = caller.export(&body);
        assert_eq!(rows.len(), tenant.count(Object::Contact) as usize);
        let mut gone = 0;
        for record in &rows {
            let row = tenant.find(Object::Contact, &record["Contact.Id"]).unwrap();
            assert_eq!(record["Contact.Gone"], flags[usize::from(row.is_deleted())]);
            gone += usize::from(row.is_deleted());
        }
        assert!(gone > 0 && gone < rows.len());
    }
}

#[test]
fn headers_and_forms_follow_the_request() {
    let caller = Caller::with(ExportOptions {
        extra_column: false,
        carriage_returns: true,
        capital_booleans: true,
        ..at_once()
    });
    let mut body = request(
        "SELECT id, MRR, account.NAME as \"Customer\", IsLastSegment, CreatedDate, Quantity FROM rateplancharge LIMIT 1",
    );
    let job = caller.finish(&body);
    let file = String::from_utf8(caller.fetch(&job["batches"][0]["fileId"])).unwrap();
    let (header, row) = file.split_once("\r\n").unwrap();
    let names: BTreeSet<&str> = header.split(',').collect();
    let expected = [
        "Customer",
        "RatePlanCharge.CreatedDate",
        "RatePlanCharge.Id",
        "RatePlanCharge.IsLastSegment",
        "RatePlanCharge.Mrr",
        "RatePlanCharge.Quantity",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert!(row.contains("True") || row.contains("False"), "{row}");
    body["useQueryLabels"] = json!(false);
    body["nullReplacement"] = json!(null);
    body["dateTimeUtc"] = json!(false);
    let record = &caller.export(&body)[0];
    assert!(record.contains_key("Rate Plan Charge: ID"), "{record:?}");
    let created = &record["Rate Plan Charge: Created Date"];
    assert!(
        created.ends_with("-0800") || created.len() == 10,
        "{created}"
    );
}

#[test]
fn columns_come_in_no_order_and_with_one_nobody_asked_for() {
    let caller = Caller::with(at_once());
    let query =
        "select Id, InvoiceNumber, Amount, DueDate, Status, Currency, Balance from Invoice limit 2";
    let headers: BTreeSet<String> = (0..6)
        .map(|_| {
            let job = caller.finish(&request(query));
            let file = caller.fetch(&job["batches"][0]["fileId"]);
            String::from_utf8_lossy(&file)
                .lines()
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(headers.len() > 3, "{headers:?}");
    let extra = headers
        .iter()
        .filter(|header| header.contains("Invoice.UpdatedById"));
    assert_eq!(extra.count(), 3);
}

#[test]
fn no_rows_are_a_header() {
    let caller = Caller::plain();
    let job = caller.finish(&request("select Id from Invoice where Id = 'nobody'"));
    assert_eq!(job["batches"][0]["recordCount"], 0);
    assert_eq!(caller.fetch(&job["batches"][0]["fileId"]), b"Invoice.Id\n");
}

#[test]
fn null_and_empty_text_are_apart_only_with_a_replacement() {
    let caller = Caller::plain();
    let mut body = request("select Notes from Account");
    let apart = caller.export(&body);
    let count = |rows: &[Record], text: &str| {
        rows.iter()
            .filter(|row| row["Account.Notes"] == text)
            .count()
    };
    let (nulls, empty) = (count(&apart, "<null>"), count(&apart, ""));
    assert!(nulls > 0 && empty > 0);
    body["nullReplacement"] = json!(null);
    assert_eq!(count(&caller.export(&body), ""), nulls + empty);
    assert!(apart.iter().any(|row| row["Account.Notes"].contains('\n')));
    assert!(apart.iter().any(|row| row["Account.Notes"].contains('"')));
}

#[test]
fn a_zipped_file_holds_the_same() {
    let caller = Caller::plain();
    let mut body = request("select Id, Name from Account order by Id");
    let plain = caller.export(&body);
    body["format"] = json!("gzip");
    let job = caller.finish(&body);
    assert_eq!(job["format"], "GZIP");
    let file = caller.fetch(&job["batches"][0]["fileId"]);
    assert_eq!(records(&unzipped(&file).unwrap()), plain);
}
