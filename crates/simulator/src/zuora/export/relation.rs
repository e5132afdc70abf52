//! What each data source is pre-joined with, and by which keys. The lists of names are the vendor's and hold more than a
//! tenant has; what cannot be reached by a key of its rows does not exist for it. It refuses to read rows.

use crate::zuora::{Column, Object};

/// A way to a related object: the key of each object on it, and where the key leads. What is no object of the tenant has
/// keys that lead nowhere, and only those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::zuora) struct Relation {
    pub(in crate::zuora) name: &'static str,
    pub(in crate::zuora) hops: Vec<Hop>,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::zuora) struct Hop {
    pub(in crate::zuora) key: &'static Column,
    pub(in crate::zuora) target: Option<Object>,
}

impl PartialEq for Hop {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.key, other.key) && self.target == other.target
    }
}

impl Eq for Hop {}

const CUSTOMER: [&str; 5] = [
    "Account",
    "BillToContact",
    "DefaultPaymentMethod",
    "ParentAccount",
    "SoldToContact",
];

/// Every name that the vendor gives for a data source. It says nothing of orders and product rate plans: they get what
/// their kin have.
fn names(object: Object) -> Vec<&'static str> {
    let catalogue = ["Product", "ProductRatePlan", "ProductRatePlanCharge"];
    let contract = ["Amendment", "RatePlan", "RatePlanCharge", "Subscription"];
    let accounting = [
        "AccountReceivableAccountingCode",
        "AccountingPeriod",
        "JournalEntry",
        "JournalRun",
    ];
    let mut names = vec!["Entity"];
    match object {
        Object::Account => names.extend(&CUSTOMER[1..]),
        Object::Contact | Object::Product => {}
        Object::PaymentMethod => names.push("StoredCredentialProfile"),
        Object::ProductRatePlan => names.push("Product"),
        Object::ProductRatePlanCharge => names.extend(&catalogue[..2]),
        Object::ProductRatePlanChargeTier => names.extend(catalogue),
        Object::Orders => names.extend(CUSTOMER),
        Object::Subscription => {
            names.extend(CUSTOMER);
            names.push("SubscriptionVersionAmendment");
        }
        Object::RatePlan => {
            names.extend(CUSTOMER);
            names.extend(&catalogue[..2]);
            names.extend(["Amendment", "Subscription", "SubscriptionVersionAmendment"]);
        }
        Object::RatePlanCharge => {
            names.extend(CUSTOMER);
            names.extend(catalogue);
            names.extend(["Amendment", "RatePlan", "Subscription"]);
        }
        Object::RatePlanChargeTier => {
            names.extend(catalogue);
            names.extend(contract);
        }
        Object::Invoice => {
            names.extend(CUSTOMER);
            names.extend(["BillToContactSnapshot", "SoldToContactSnapshot"]);
        }
        Object::InvoiceItem => {
            names.extend(CUSTOMER);
            names.extend(["BillToContactSnapshot", "SoldToContactSnapshot", "Invoice"]);
            names.extend(accounting);
            names.extend(catalogue);
            names.extend(contract);
        }
        Object::Payment => {
            names.extend(CUSTOMER);
            names.extend(["PaymentMethod", "PaymentMethodSnapshot"]);
        }
        Object::PaymentApplication => {
            names.extend(CUSTOMER);
            names.extend(accounting);
            names.extend(["ApplicationGroup", "DebitMemo", "Invoice", "Payment"]);
            names.extend(["PaymentMethod", "PaymentMethodSnapshot"]);
        }
        Object::InvoicePayment => {
            names.extend(CUSTOMER);
            names.extend(accounting);
            names.extend(["Invoice", "Payment"]);
            names.extend(["PaymentMethod", "PaymentMethodSnapshot"]);
        }
        Object::CreditMemo => {
            names.extend(CUSTOMER);
            names.push("Invoice");
        }
        Object::CreditMemoApplication => {
            names.extend(CUSTOMER);
            names.extend(["ApplicationGroup", "CreditMemo", "DebitMemo", "Invoice"]);
        }
        Object::Refund => {
            names.extend(CUSTOMER);
            names.push("PaymentMethodSnapshot");
        }
        Object::Usage => {
            names.extend(CUSTOMER);
            names.extend(catalogue);
            names.extend(contract);
        }
    }
    names.sort_unstable();
    names
}

/// The key that an object itself has for a related one.
fn own(object: Object, name: &str) -> Option<Hop> {
    let key = match (object, name) {
        (Object::Account, "BillToContact") => "BillToId".to_owned(),
        (Object::Account, "SoldToContact") => "SoldToId".to_owned(),
        (_, "ParentAccount") => "ParentId".to_owned(),
        _ => format!("{name}Id"),
    };
    let target = match name {
        "BillToContact" | "SoldToContact" => Some(Object::Contact),
        "DefaultPaymentMethod" => Some(Object::PaymentMethod),
        "ParentAccount" => Some(Object::Account),
        other => Object::of_api_name(other),
    };
    object.column(&key).map(|key| Hop { key, target })
}

/// Which related objects lead on to one that an object has no key for.
fn between(name: &str) -> &'static [&'static str] {
    match name {
        "BillToContact" | "SoldToContact" | "DefaultPaymentMethod" | "ParentAccount" => {
            &["Account"]
        }
        "Account" => &["Subscription", "Invoice"],
        "Subscription" => &["RatePlan", "RatePlanCharge"],
        "RatePlan" | "ProductRatePlanCharge" => &["RatePlanCharge"],
        "Product" => &["ProductRatePlan"],
        "ProductRatePlan" => &["RatePlan", "ProductRatePlanCharge"],
        "PaymentMethod" => &["Payment"],
        _ => &[],
    }
}

fn hops(object: Object, name: &str) -> Option<Vec<Hop>> {
    if let Some(hop) = own(object, name) {
        return Some(vec![hop]);
    }
    between(name).iter().find_map(|through| {
        let mut hops = hops(object, through)?;
        hops.push(own(hops.last()?.target?, name)?);
        Some(hops)
    })
}

/// Everything that the rows of a data source can be joined with.
pub(in crate::zuora) fn relations(object: Object) -> Vec<Relation> {
    names(object)
        .into_iter()
        .filter_map(|name| {
            let hops = hops(object, name)?;
            Some(Relation { name, hops })
        })
        .collect()
}

/// The related object with this name, in any case.
pub(super) fn relation(object: Object, name: &str) -> Option<Relation> {
    relations(object)
        .into_iter()
        .find(|relation| relation.name.eq_ignore_ascii_case(name))
}

/// Whether a column is a key that exists only as the `Id` of a related object. Where the vendor gives no list, a key is
/// also a field.
pub(in crate::zuora) fn is_foreign_key(object: Object, column: &Column) -> bool {
    if matches!(object, Object::Orders | Object::ProductRatePlan) {
        return false;
    }
    relations(object)
        .iter()
        .any(|relation| relation.hops.len() == 1 && std::ptr::eq(relation.hops[0].key, column))
}
