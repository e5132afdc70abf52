//! The XML of `/v1/describe`: an object with its fields and related objects, and the list of objects.
//!
//! Order, case, attributes and namespaces differ between versions and do not matter. What is missing takes the
//! meaning it has in versions that do not tell it. An answer that describes no object is an error, never an object
//! without fields.

use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};

use super::DiscoveryError;

/// An object as Describe tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObjectDescription {
    /// The API name.
    pub name: String,
    /// Its own fields.
    pub fields: Vec<DescribedField>,
    /// Objects that an export joins to it.
    pub related: Vec<RelatedObject>,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedField {
    /// The API name.
    pub name: String,
    /// The type in Describe's words: `text`, `picklist`, `decimal`, …
    pub kind: String,
    /// Where it can be used: `soap`, `export`. Old versions tell none.
    pub contexts: Vec<String>,
    /// It can be read.
    pub selectable: bool,
    /// The tenant has added it.
    pub custom: bool,
    /// It can be tested by ZOQL.
    pub filterable: bool,
}

/// An object that an export joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedObject {
    /// Its name in a statement, the last step of its path: `BillToContact`.
    pub name: String,
    /// What it is: `Contact`.
    pub object: String,
    /// How it is reached, if that is told: `Account.BillToContact`.
    pub path: Option<String>,
    /// The described object holds its key; otherwise it is reached through others.
    pub direct: bool,
    /// There may be several for one row.
    pub many: bool,
}

/// Reads the answer of `/v1/describe/<object>`.
///
/// # Errors
/// What is no XML, or holds no object with a name.
pub fn read_describe(xml: &[u8]) -> Result<ObjectDescription, DiscoveryError> {
    let text = decode(xml)?;
    let document = parse(text)?;
    let root = document.root_element();
    let object = root
        .descendants()
        .find(|node| is(*node, "object") && child(*node, "name").is_some())
        .ok_or_else(|| other("object", root))?;
    let mut description = ObjectDescription {
        name: child(object, "name").unwrap_or_default(),
        ..ObjectDescription::default()
    };
    for node in object.descendants() {
        if is(node, "field")
            && let Some(name) = child(node, "name")
        {
            description.fields.push(field(node, name));
        }
        if is(node, "object")
            && node != object
            && let Some(name) = child(node, "name")
        {
            description.related.push(related(node, name));
        }
    }
    Ok(description)
}

/// Reads the answer of `/v1/describe`: the API names of all objects.
///
/// # Errors
/// What is no XML, or no list of objects.
pub fn read_object_list(xml: &[u8]) -> Result<Vec<String>, DiscoveryError> {
    let text = decode(xml)?;
    let document = parse(text)?;
    let root = document.root_element();
    if !is(root, "objects") {
        return Err(other("list of objects", root));
    }
    Ok(root
        .children()
        .filter(|node| is(*node, "object"))
        .filter_map(|node| child(node, "name"))
        .collect())
}

fn field(node: Node<'_, '_>, name: String) -> DescribedField {
    DescribedField {
        name,
        kind: child(node, "type").unwrap_or_else(|| "text".to_owned()),
        contexts: node
            .descendants()
            .filter(|node| is(*node, "context"))
            .filter_map(|node| content(node))
            .collect(),
        selectable: flag(node, "selectable").unwrap_or(true),
        custom: flag(node, "custom").unwrap_or(false),
        filterable: flag(node, "filterable").unwrap_or(true),
    }
}

fn related(node: Node<'_, '_>, name: String) -> RelatedObject {
    let path = child(node, "path");
    let last = |text: &str, at: char| {
        let step = text.trim_end_matches(at).rsplit(at).next();
        step.filter(|step| !step.is_empty()).map(str::to_owned)
    };
    let step = path.as_deref().and_then(|path| last(path, '.'));
    // The address of its own description names the object; the name is that of its role.
    let object = node
        .attributes()
        .find(|attribute| attribute.name().eq_ignore_ascii_case("href"))
        .and_then(|attribute| last(attribute.value().split('?').next()?, '/'));
    let cardinality = child(node, "cardinality").unwrap_or_default();
    RelatedObject {
        object: object.unwrap_or_else(|| name.clone()),
        name: step.unwrap_or(name),
        path,
        direct: flag(node, "direct-relationship").unwrap_or(true),
        many: cardinality.to_ascii_lowercase().contains("many"),
    }
}

fn decode(xml: &[u8]) -> Result<&str, DiscoveryError> {
    let text = std::str::from_utf8(xml).map_err(|error| DiscoveryError::Xml(error.to_string()))?;
    Ok(text.trim_start_matches('\u{feff}').trim())
}

/// Document types are refused by the parser: no entity of the answer's own is ever expanded.
fn parse(text: &str) -> Result<Document<'_>, DiscoveryError> {
    Document::parse(text).map_err(|error| DiscoveryError::Xml(error.to_string()))
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
}

/// The text of the first child of this name.
fn child(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.children()
        .find(|node| is(*node, name))
        .and_then(content)
}

fn content(node: Node<'_, '_>) -> Option<String> {
    let text: String = node
        .children()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn flag(node: Node<'_, '_>, name: &str) -> Option<bool> {
    match child(node, name)?.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn other(wanted: &'static str, root: Node<'_, '_>) -> DiscoveryError {
    let said: Vec<&str> = root
        .descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .flat_map(str::split_whitespace)
        .collect();
    DiscoveryError::Other {
        wanted,
        said: said.join(" ").chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<object href="https://rest.zuora.com/v1/describe/Account">
 <name>Account</name><label>Account</label>
 <fields>
  <field><name>AccountNumber</name><label>Account Number</label><selectable>true</selectable><createable>true</createable>
   <filterable>true</filterable><custom>false</custom><maxlength>50</maxlength><type>text</type>
   <options><option>a &amp; b</option></options><contexts><context>soap</context><context>export</context></contexts></field>
  <Field custom="x"><Type>picklist</Type><Custom>True</Custom><Selectable>False</Selectable><filterable>false</filterable>
   <Contexts><Context>Export</Context></Contexts><Name>Region__c</Name></Field>
 </fields>
 <related-objects>
  <object href="https://rest.zuora.com/v1/describe/Contact"><name>BillToContact</name><label>Bill To</label>
   <cardinality>TO_ONE</cardinality><direct-relationship>true</direct-relationship><path>Account.BillToContact</path></object>
  <object><name>Invoice</name><cardinality>TO_MANY</cardinality><direct-relationship>false</direct-relationship></object>
 </related-objects>
</object>"#;

    #[test]
    fn a_description_is_read() {
        let account = read_describe(ACCOUNT.as_bytes()).unwrap();
        assert_eq!(account.name, "Account");
        let number = DescribedField {
            name: "AccountNumber".into(),
            kind: "text".into(),
            contexts: vec!["soap".into(), "export".into()],
            selectable: true,
            custom: false,
            filterable: true,
        };
        let region = DescribedField {
            name: "Region__c".into(),
            kind: "picklist".into(),
            contexts: vec!["Export".into()],
            selectable: false,
            custom: true,
            filterable: false,
        };
        assert_eq!(account.fields, [number, region]);
        let bill_to = RelatedObject {
            name: "BillToContact".into(),
            object: "Contact".into(),
            path: Some("Account.BillToContact".into()),
            direct: true,
            many: false,
        };
        let invoice = RelatedObject {
            name: "Invoice".into(),
            object: "Invoice".into(),
            path: None,
            direct: false,
            many: true,
        };
        assert_eq!(account.related, [bill_to, invoice]);
    }

    #[test]
    fn versions_and_namespaces_do_not_matter() {
        let xml = "\u{feff}<z:Object xmlns:z=\"urn:z\"><z:fields><z:field><z:name>Id</z:name></z:field></z:fields>\
            <z:NAME>Product</z:NAME><z:related-objects/></z:Object>";
        let product = read_describe(xml.as_bytes()).unwrap();
        assert_eq!(product.name, "Product");
        assert_eq!(product.fields[0].kind, "text");
        assert!(product.fields[0].contexts.is_empty() && product.related.is_empty());
    }

    #[test]
    fn a_list_is_read() {
        let xml = b"<objects><object href='x'><name>Account</name><label>Account</label></object>\
            <object><label>Nameless</label></object><object><name> Order </name></object></objects>";
        assert_eq!(read_object_list(xml).unwrap(), ["Account", "Order"]);
        assert!(read_object_list(b"<objects/>").unwrap().is_empty());
    }

    #[test]
    fn other_answers_are_errors() {
        let cases: [(&[u8], &str); 6] = [
            (b"{\"message\":\"no\"}", "no XML"),
            (b"", "no XML"),
            (b"\xff\xfe", "no XML"),
            (
                b"<!DOCTYPE a [<!ENTITY b \"c\">]><object><name>&b;</name></object>",
                "no XML",
            ),
            (
                b"<security:error xmlns:security='s'>\n not  here</security:error>",
                "holds no object; it says: not here",
            ),
            (b"<object><label>x</label></object>", "holds no object"),
        ];
        for (xml, part) in cases {
            let error = read_describe(xml).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        let error = read_object_list(ACCOUNT.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("no list of objects"), "{error}");
    }
}
