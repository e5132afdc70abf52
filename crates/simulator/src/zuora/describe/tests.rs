//! What Describe says, against the tenant's columns.

use super::*;

fn get(path: &str) -> (u16, String) {
    let incoming = Incoming {
        method: "GET".to_owned(),
        path: path.to_owned(),
        host: "localhost".to_owned(),
        ..Incoming::default()
    };
    let reply = answer(&ExportOptions::default(), &incoming).unwrap();
    assert_eq!(reply.content_type, "text/xml; charset=utf-8");
    (reply.status, String::from_utf8(reply.body).unwrap())
}

/// The text between each pair of tags.
fn all<'a>(text: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = text.split(open.as_str()).skip(1);
    parts
        .map(|part| part.split(close.as_str()).next().unwrap())
        .collect()
}

#[test]
fn the_list_has_every_object_and_one_too_many() {
    for path in ["/v1/describe", "/v1/describe/"] {
        let (status, text) = get(path);
        let names = all(&text, "name");
        assert_eq!((status, names.len()), (200, Object::ALL.len() + 1));
        assert!(names.contains(&"Order") && names.contains(&"AccountingPeriod"));
        assert!(text.contains("<object href=\"http://localhost/v1/describe/Account\">"));
    }
}

#[test]
fn every_field_is_described() {
    for object in Object::ALL {
        let (status, text) = get(&format!("/v1/describe/{}", object.api_name()));
        assert_eq!(status, 200);
        let fields = all(&text, "field");
        assert_eq!(fields.len(), object.columns().count());
        for (field, column) in fields.iter().zip(object.columns()) {
            assert_eq!(all(field, "name"), [column.api_name()]);
            assert_eq!(all(field, "custom"), [column.is_custom().to_string()]);
            let kinds: &[&str] = match column.kind() {
                Kind::Text => &["text", "picklist"],
                Kind::Integer => &["integer"],
                Kind::Decimal => &["decimal"],
                Kind::Boolean => &["boolean"],
                Kind::Date => &["date"],
                Kind::Timestamp => &["datetime"],
            };
            assert!(kinds.contains(&all(field, "type")[0]), "{field}");
        }
    }
}

#[test]
fn keys_are_relations_to_the_export() {
    let (_, text) = get("/v1/describe/Invoice");
    let contexts = |name: &str| -> Vec<&str> {
        let fields = all(&text, "field");
        let field = fields.iter().find(|field| all(field, "name") == [name]);
        all(field.unwrap(), "context")
    };
    assert_eq!(contexts("AccountId"), ["soap"]);
    assert_eq!(contexts("InvoiceNumber"), ["soap", "export"]);
    // Refused by the export all the same.
    assert_eq!(contexts("Reversed"), ["soap", "export"]);
    let related = all(&text, "related-objects")[0];
    let paths = all(related, "path");
    assert_eq!(paths[..2], ["Invoice.Account", "Invoice.BillToContact"]);
    assert_eq!(all(related, "direct-relationship")[..2], ["true", "true"]);
    assert!(
        all(related, "cardinality")
            .iter()
            .all(|cardinality| *cardinality == "TO_ONE")
    );
}

#[test]
fn what_is_not_there() {
    assert_eq!(get("/v1/describe/Nobody").0, 404);
    assert_eq!(get("/v1/describe/AccountingPeriod").0, 200);
    assert!(get("/v1/describe/a<b").1.contains("a&lt;b"));
}
