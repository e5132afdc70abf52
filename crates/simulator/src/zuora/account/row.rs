//! A row as a place: cells are drawn when they are asked for. It refuses to hold any.

use super::columns::Column;
use super::{Object, Tenant, Value};

/// A row of an object.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) object: Object,
    pub(super) index: u32,
}

impl Row<'_> {
    /// The object it is a row of.
    #[must_use]
    pub fn object(&self) -> Object {
        self.object
    }

    /// Its place among the rows of the object, deleted ones included.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// One cell by the name of its column, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.object.column(name).map(|column| column.read(self))
    }

    /// Every cell beside its column.
    pub fn cells(&self) -> impl Iterator<Item = (&'static Column, Value)> {
        self.object
            .columns()
            .map(|column| (column, column.read(self)))
    }

    /// Deleted rows stay readable on request; what refers to one is deleted too.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.tenant.is_deleted(self.object, self.index)
    }
}
