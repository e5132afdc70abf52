//! The objects of the tenant: their names in each service, their columns, how many rows they have. It refuses to know
//! what is in a row; `columns` does.

use super::columns::{self, Column};

/// An object, which Data Query shows as a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the vendor's")]
pub enum Object {
    Account,
    Contact,
    PaymentMethod,
    Product,
    ProductRatePlan,
    ProductRatePlanCharge,
    ProductRatePlanChargeTier,
    Orders,
    Subscription,
    RatePlan,
    RatePlanCharge,
    RatePlanChargeTier,
    Invoice,
    InvoiceItem,
    Payment,
    PaymentApplication,
    InvoicePayment,
    CreditMemo,
    CreditMemoApplication,
    Refund,
    Usage,
}

impl Object {
    /// Every object, parents before their children.
    pub const ALL: [Self; 21] = [
        Self::Account,
        Self::Contact,
        Self::PaymentMethod,
        Self::Product,
        Self::ProductRatePlan,
        Self::ProductRatePlanCharge,
        Self::ProductRatePlanChargeTier,
        Self::Orders,
        Self::Subscription,
        Self::RatePlan,
        Self::RatePlanCharge,
        Self::RatePlanChargeTier,
        Self::Invoice,
        Self::InvoiceItem,
        Self::Payment,
        Self::PaymentApplication,
        Self::InvoicePayment,
        Self::CreditMemo,
        Self::CreditMemoApplication,
        Self::Refund,
        Self::Usage,
    ];

    /// The name in AQuA and Describe. Only `Order` differs from the table's by more than its case.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Contact => "Contact",
            Self::PaymentMethod => "PaymentMethod",
            Self::Product => "Product",
            Self::ProductRatePlan => "ProductRatePlan",
            Self::ProductRatePlanCharge => "ProductRatePlanCharge",
            Self::ProductRatePlanChargeTier => "ProductRatePlanChargeTier",
            Self::Orders => "Order",
            Self::Subscription => "Subscription",
            Self::RatePlan => "RatePlan",
            Self::RatePlanCharge => "RatePlanCharge",
            Self::RatePlanChargeTier => "RatePlanChargeTier",
            Self::Invoice => "Invoice",
            Self::InvoiceItem => "InvoiceItem",
            Self::Payment => "Payment",
            Self::PaymentApplication => "PaymentApplication",
            Self::InvoicePayment => "InvoicePayment",
            Self::CreditMemo => "CreditMemo",
            Self::CreditMemoApplication => "CreditMemoApplication",
            Self::Refund => "Refund",
            Self::Usage => "Usage",
        }
    }

    /// The name in Data Query.
    #[must_use]
    pub fn table(self) -> String {
        match self {
            Self::Orders => "orders".to_owned(),
            other => other.api_name().to_ascii_lowercase(),
        }
    }

    /// The object with this Data Query name, in any case.
    #[must_use]
    pub fn of_table(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|object| object.table().eq_ignore_ascii_case(name))
    }

    /// The object with this AQuA name, in any case.
    #[must_use]
    pub fn of_api_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|object| object.api_name().eq_ignore_ascii_case(name))
    }

    /// Its columns, the identity and the stamps that every object has first.
    pub fn columns(self) -> impl Iterator<Item = &'static Column> {
        columns::COMMON.iter().chain(self.own_columns())
    }

    /// The column with this name, in any case; the names of the services differ only by that.
    #[must_use]
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns()
            .find(|column| column.api_name().eq_ignore_ascii_case(name))
    }

    fn own_columns(self) -> &'static [Column] {
        match self {
            Self::Account => columns::customer::ACCOUNT,
            Self::Contact => columns::customer::CONTACT,
            Self::PaymentMethod => columns::customer::PAYMENT_METHOD,
            Self::Product => columns::catalogue::PRODUCT,
            Self::ProductRatePlan => columns::catalogue::PRODUCT_RATE_PLAN,
            Self::ProductRatePlanCharge => columns::catalogue::PRODUCT_RATE_PLAN_CHARGE,
            Self::ProductRatePlanChargeTier => columns::catalogue::PRODUCT_RATE_PLAN_CHARGE_TIER,
            Self::Orders => columns::contract::ORDERS,
            Self::Subscription => columns::contract::SUBSCRIPTION,
            Self::RatePlan => columns::contract::RATE_PLAN,
            Self::RatePlanCharge => columns::contract::RATE_PLAN_CHARGE,
            Self::RatePlanChargeTier => columns::contract::RATE_PLAN_CHARGE_TIER,
            Self::Invoice => columns::bill::INVOICE,
            Self::InvoiceItem => columns::bill::INVOICE_ITEM,
            Self::Payment => columns::settlement::PAYMENT,
            Self::PaymentApplication => columns::settlement::PAYMENT_APPLICATION,
            Self::InvoicePayment => columns::settlement::INVOICE_PAYMENT,
            Self::CreditMemo => columns::settlement::CREDIT_MEMO,
            Self::CreditMemoApplication => columns::settlement::CREDIT_MEMO_APPLICATION,
            Self::Refund => columns::settlement::REFUND,
            Self::Usage => columns::bill::USAGE_COLUMNS,
        }
    }
}
