//! The columns of each object, as data: a name, a kind and how a cell is drawn. A tenant has the columns of the features
//! it uses, so these are fewer than the vendor documents. It refuses to compute: what a row is, the tenant knows.

pub(super) mod bill;
pub(super) mod catalogue;
pub(super) mod contract;
pub(super) mod customer;
pub(super) mod settlement;

use super::row::Row;
use super::value::{Kind, Value};

/// A column of an object.
#[derive(Debug)]
pub struct Column {
    name: &'static str,
    kind: Kind,
    read: fn(&Row<'_>) -> Value,
}

impl Column {
    /// The name in AQuA and Describe.
    #[must_use]
    pub fn api_name(&self) -> &'static str {
        self.name
    }

    /// The name in Data Query.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    /// What its cells are.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the tenant made it up.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// The cell of a row of the object this is a column of.
    #[must_use]
    pub fn read(&self, row: &Row<'_>) -> Value {
        (self.read)(row)
    }
}

type Read = fn(&Row<'_>) -> Value;

const fn column(name: &'static str, kind: Kind, read: Read) -> Column {
    Column { name, kind, read }
}

const fn text(name: &'static str, read: Read) -> Column {
    column(name, Kind::Text, read)
}

const fn integer(name: &'static str, read: Read) -> Column {
    column(name, Kind::Integer, read)
}

const fn decimal(name: &'static str, read: Read) -> Column {
    column(name, Kind::Decimal, read)
}

const fn boolean(name: &'static str, read: Read) -> Column {
    column(name, Kind::Boolean, read)
}

const fn date(name: &'static str, read: Read) -> Column {
    column(name, Kind::Date, read)
}

const fn timestamp(name: &'static str, read: Read) -> Column {
    column(name, Kind::Timestamp, read)
}

pub(super) const COMMON: &[Column] = &[
    text("Id", |row| row.tenant.id(row.object, row.index).into()),
    text("CreatedById", |row| {
        row.tenant.clerk(row.object, row.index, 0).into()
    }),
    timestamp("CreatedDate", |row| {
        Value::Timestamp(row.tenant.created(row.object, row.index))
    }),
    text("UpdatedById", |row| {
        row.tenant.clerk(row.object, row.index, 1).into()
    }),
    timestamp("UpdatedDate", |row| {
        Value::Timestamp(row.tenant.updated(row.object, row.index))
    }),
];
