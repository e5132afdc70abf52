//! Describe: the objects of the tenant, their fields and what they are joined with, as XML. It lies as the vendor's does: it
//! lists a data source that the caller may not read, fields that the export refuses and a relation that breaks every query.

use std::fmt::Write;

use super::export::ExportOptions;
use super::export::label::label;
use super::export::relation::{is_foreign_key, relations};
use super::{Column, Kind, Object};
use crate::incoming::Incoming;
use crate::reply::Reply;

const ROOT: &str = "/v1/describe";

/// Answers what is for Describe; `None` is for others.
pub(super) fn answer(options: &ExportOptions, incoming: &Incoming) -> Option<Reply> {
    let rest = incoming.path.strip_prefix(ROOT)?;
    if incoming.method != "GET" {
        return None;
    }
    let base = format!("http://{}{ROOT}", incoming.host);
    match rest.strip_prefix('/') {
        None if rest.is_empty() => Some(xml(200, &list(&base, options))),
        Some("") => Some(xml(200, &list(&base, options))),
        Some(name) => {
            let mut objects = Object::ALL.into_iter();
            if let Some(object) = objects.find(|object| object.api_name() == name) {
                Some(xml(200, &describe(&base, object)))
            } else if options.listed_only.contains(&name) {
                Some(xml(200, &outline(&base, name)))
            } else {
                let text = format!(
                    "<error><message>Unknown object {}</message></error>",
                    escaped(name)
                );
                Some(xml(404, &text))
            }
        }
        None => None,
    }
}

fn xml(status: u16, body: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n");
    Reply {
        content_type: "text/xml; charset=utf-8",
        ..Reply::text(status, &text)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn list(base: &str, options: &ExportOptions) -> String {
    let mut names: Vec<&str> = Object::ALL
        .iter()
        .map(|object| object.api_name())
        .chain(options.listed_only.iter().copied())
        .collect();
    names.sort_unstable();
    let mut text = String::from("<objects>\n");
    for name in names {
        let _ = writeln!(
            text,
            "  <object href=\"{base}/{name}\">\n    <name>{name}</name>\n    <label>{}</label>\n  </object>",
            label(name)
        );
    }
    text.push_str("</objects>");
    text
}

fn describe(base: &str, object: Object) -> String {
    let name = object.api_name();
    let mut text = head(base, name);
    for column in object.columns() {
        field(&mut text, object, column);
    }
    text.push_str("  </fields>\n  <related-objects>\n");
    for relation in relations(object) {
        related(
            &mut text,
            base,
            name,
            relation.name,
            relation.hops.len() == 1,
        );
    }
    // Joining it breaks the query, as callers of the vendor know.
    if object == Object::Subscription {
        related(&mut text, base, name, "SubscriptionStatusHistory", true);
    }
    text.push_str("  </related-objects>\n</object>");
    text
}

/// What is said of a data source that nobody here may read.
fn outline(base: &str, name: &str) -> String {
    let mut text = head(base, name);
    for field in ["Id", "Name"] {
        raw_field(
            &mut text,
            field,
            false,
            "text",
            32,
            &[],
            &["soap", "export"],
        );
    }
    text.push_str("  </fields>\n  <related-objects>\n  </related-objects>\n</object>");
    text
}

fn head(base: &str, name: &str) -> String {
    format!(
        "<object href=\"{base}/{name}\">\n  <name>{name}</name>\n  <label>{}</label>\n  <fields>\n",
        label(name)
    )
}

fn field(text: &mut String, object: Object, column: &Column) {
    let name = column.api_name();
    let options = options_of(name);
    let kind = match column.kind() {
        Kind::Text if options.is_empty() => "text",
        Kind::Text => "picklist",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Timestamp => "datetime",
    };
    let length = match column.kind() {
        Kind::Text if name.ends_with("Id") => 32,
        Kind::Text => 255,
        _ => 0,
    };
    // A key of another object is for SOAP; the export has the other object's Id instead.
    let contexts: &[&str] = if is_foreign_key(object, column) {
        &["soap"]
    } else {
        &["soap", "export"]
    };
    raw_field(
        text,
        name,
        column.is_custom(),
        kind,
        length,
        options,
        contexts,
    );
}

fn options_of(name: &str) -> &'static [&'static str] {
    match name {
        "Batch" => &["Batch1", "Batch2", "Batch3", "Batch4", "Batch5"],
        "PaymentTerm" => &["Due Upon Receipt", "Net 30", "Net 60"],
        "TaxExemptStatus" | "TransferredToAccounting" => &["No", "Yes"],
        "TermType" => &["EVERGREEN", "TERMED"],
        "ChargeType" => &["OneTime", "Recurring", "Usage"],
        "Region__c" => &["apac", "emea"],
        _ => &[],
    }
}

fn raw_field(
    text: &mut String,
    name: &str,
    custom: bool,
    kind: &str,
    length: u32,
    options: &[&str],
    contexts: &[&str],
) {
    let stamped = matches!(
        name,
        "Id" | "CreatedById" | "CreatedDate" | "UpdatedById" | "UpdatedDate"
    );
    let _ = write!(
        text,
        "    <field>\n      <name>{name}</name>\n      <label>{}</label>\n      <selectable>true</selectable>\n      \
         <createable>{}</createable>\n      <updateable>{}</updateable>\n      <filterable>true</filterable>\n      \
         <custom>{custom}</custom>\n",
        label(name),
        !stamped,
        !stamped,
    );
    if length > 0 {
        let _ = writeln!(text, "      <maxlength>{length}</maxlength>");
    }
    let _ = writeln!(
        text,
        "      <required>false</required>\n      <type>{kind}</type>"
    );
    let listed = |text: &mut String, many: &str, one: &str, names: &[&str]| {
        let inside: String = names
            .iter()
            .map(|name| format!("<{one}>{}</{one}>", escaped(name)))
            .collect();
        let _ = writeln!(text, "      <{many}>{inside}</{many}>");
    };
    if !options.is_empty() {
        listed(text, "options", "option", options);
    }
    listed(text, "contexts", "context", contexts);
    text.push_str("    </field>\n");
}

fn related(text: &mut String, base: &str, object: &str, name: &str, direct: bool) {
    let target = match name {
        "BillToContact" | "SoldToContact" => "Contact",
        "DefaultPaymentMethod" => "PaymentMethod",
        "ParentAccount" => "Account",
        other => other,
    };
    let _ = writeln!(
        text,
        "    <object href=\"{base}/{target}\">\n      <name>{name}</name>\n      <label>{}</label>\n      \
         <cardinality>TO_ONE</cardinality>\n      <direct-relationship>{direct}</direct-relationship>\n      \
         <path>{object}.{name}</path>\n    </object>",
        label(name)
    );
}

#[cfg(test)]
mod tests;
