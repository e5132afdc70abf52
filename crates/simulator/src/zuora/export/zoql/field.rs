//! A field that exists: how to get from a row to its cell, and how cells compare. It refuses to know what was written.

use crate::clock::DAY;
use crate::zuora::export::ExportOptions;
use crate::zuora::export::relation::Hop;
use crate::zuora::{Column, Kind, Object, Row, Tenant, Value};

/// A field of a data source or of what it is joined with.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// What stands before the point: the data source or the related object.
    pub(super) owner: &'static str,
    pub(super) name: &'static str,
    pub(super) hops: Vec<Hop>,
    pub(super) column: &'static Column,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        (self.owner, self.name) == (other.owner, other.name)
    }
}

impl Field {
    pub(super) fn own(object: Object, column: &'static Column) -> Self {
        Self {
            owner: object.api_name(),
            name: column.api_name(),
            hops: Vec::new(),
            column,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.column.kind()
    }

    /// The cell; null where the way to it is interrupted.
    pub(super) fn read(&self, tenant: &Tenant, row: &Row<'_>) -> Value {
        let Some((first, rest)) = self.hops.split_first() else {
            return self.column.read(row);
        };
        let follow = |hop: &Hop, row: &Row<'_>| match hop.key.read(row) {
            Value::Text(id) => hop.target.and_then(|target| tenant.find(target, &id)),
            _ => None,
        };
        let mut found = follow(first, row);
        for hop in rest {
            found = found.and_then(|row| follow(hop, &row));
        }
        found.map_or(Value::Null, |row| self.column.read(&row))
    }
}

/// A cell in a form that compares: numbers in 10^-12, moments in whole seconds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Text(String),
    Number(i128),
    Boolean(bool),
    Day(i64),
    Second(i64),
}

/// Digits behind the point that comparisons see.
pub(super) const FINEST: u32 = 12;

impl Key {
    /// `None` is null.
    pub(super) fn of(value: &Value, fold: bool) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Text(text) if fold => Self::Text(text.to_lowercase()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Number(i128::from(*number) * 10_i128.pow(FINEST)),
            Value::Decimal { units, scale } => {
                Self::Number(i128::from(*units) * 10_i128.pow(FINEST - u32::from(*scale)))
            }
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Date(day) => Self::Day(i64::from(*day)),
            Value::Timestamp(millis) => Self::Second(millis.div_euclid(1_000)),
        })
    }

    /// The day a moment falls on in the tenant's zone.
    pub(super) fn day_of(value: &Value, options: &ExportOptions) -> Option<Self> {
        match Self::of(value, false)? {
            Self::Second(second) => {
                let local = second + i64::from(options.zone_seconds);
                Some(Self::Day(local.div_euclid(DAY)))
            }
            other => Some(other),
        }
    }
}
