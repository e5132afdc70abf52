//! A query and its run over a tenant: rows are drawn, tested and let go, whatever their number. Only an order keeps something
//! of each row, its keys and its place.

use std::cmp::Ordering;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering as Memory};

use super::field::{Field, Key};
use super::group::Groups;
use super::syntax::{Function, Limit};
use super::test::{Scene, Test};
use crate::random::Dice;
use crate::zuora::export::ExportOptions;
use crate::zuora::{Object, Row, Tenant, Value};

/// A column of the result.
#[derive(Debug, Clone)]
pub(in crate::zuora::export) struct Output {
    pub(in crate::zuora::export) heading: String,
    pub(super) source: Source,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    Field(Field),
    Aggregate(Function, Option<Field>),
    /// Whether the row is deleted, as 0 and 1 or in words.
    Deleted {
        numeric: bool,
    },
}

#[derive(Debug, Clone)]
pub(in crate::zuora::export) struct Query {
    pub(in crate::zuora::export) object: Object,
    pub(in crate::zuora::export) outputs: Vec<Output>,
    pub(super) test: Option<Test>,
    /// Set when rows are aggregated, also when all of them are one group.
    pub(super) group: Option<Vec<Field>>,
    /// True is descending.
    pub(super) order: Vec<(Field, bool)>,
    pub(super) limit: Option<Limit>,
    pub(super) with_deleted: bool,
}

/// Takes the cells of one row.
pub(in crate::zuora::export) type Emit<'a> = &'a mut dyn FnMut(&[Value]) -> io::Result<()>;

impl Query {
    /// Adds deleted rows and the column that says which they are.
    pub(in crate::zuora::export) fn include_deleted(&mut self, column: &str, numeric: bool) {
        self.with_deleted = true;
        self.outputs.push(Output {
            heading: format!("{}.{column}", self.object.api_name()),
            source: Source::Deleted { numeric },
        });
    }

    /// Puts the columns into an order that nobody asked for and adds one that nobody asked for.
    pub(in crate::zuora::export) fn disturb(&mut self, number: u64, extra: Option<Output>) {
        if self.group.is_none()
            && let Some(extra) = extra
        {
            let known = |output: &Output| output.heading == extra.heading;
            if !self.outputs.iter().any(known) {
                self.outputs.push(extra);
            }
        }
        let mut dice = Dice::new(number, 1, 1);
        for place in (1..self.outputs.len()).rev() {
            let other = dice.below(place as u64 + 1) as usize;
            self.outputs.swap(place, other);
        }
    }

    /// Calls `emit` for every row of the result. Ends early, without an error, when it is cancelled.
    pub(in crate::zuora::export) fn run(
        &self,
        tenant: &Tenant,
        options: &ExportOptions,
        cancelled: &AtomicBool,
        emit: Emit<'_>,
    ) -> io::Result<()> {
        let scene = Scene { tenant, options };
        let rows = tenant
            .rows(self.object)
            .take_while(|_| !cancelled.load(Memory::Relaxed))
            .filter(|row| self.holds(scene, row));
        let Limit { offset, count } = self.limit.unwrap_or(Limit {
            offset: 0,
            count: u64::MAX,
        });
        let (skip, take) = (
            usize::try_from(offset).unwrap_or(usize::MAX),
            usize::try_from(count).unwrap_or(usize::MAX),
        );
        if let Some(group) = &self.group {
            let mut groups = Groups::new(group, &self.outputs);
            for row in rows {
                groups.add(tenant, &row);
            }
            return groups.finish(&self.order, skip, take, emit);
        }
        if self.is_natural() {
            for row in rows.skip(skip).take(take) {
                emit(&self.cells(tenant, &row))?;
            }
            return Ok(());
        }
        let mut places: Vec<(Vec<Option<Key>>, u32)> = rows
            .map(|row| (self.keys(tenant, &row), row.index()))
            .collect();
        places.sort_by(|left, right| self.compare(&left.0, &right.0));
        for (_, index) in places.into_iter().skip(skip).take(take) {
            if let Some(row) = tenant.row(self.object, index) {
                emit(&self.cells(tenant, &row))?;
            }
        }
        Ok(())
    }

    fn holds(&self, scene: Scene<'_>, row: &Row<'_>) -> bool {
        (self.with_deleted || !row.is_deleted())
            && self
                .test
                .as_ref()
                .is_none_or(|test| test.holds(scene, row) == Some(true))
    }

    /// Rows come in the order of their ids anyway.
    fn is_natural(&self) -> bool {
        match self.order.first() {
            None => true,
            Some((field, descending)) => {
                !descending && field.hops.is_empty() && field.column.api_name() == "Id"
            }
        }
    }

    fn keys(&self, tenant: &Tenant, row: &Row<'_>) -> Vec<Option<Key>> {
        let key = |(field, _): &(Field, bool)| Key::of(&field.read(tenant, row), false);
        self.order.iter().map(key).collect()
    }

    fn compare(&self, left: &[Option<Key>], right: &[Option<Key>]) -> Ordering {
        let directions = self.order.iter().map(|(_, descending)| *descending);
        for ((left, right), descending) in left.iter().zip(right).zip(directions) {
            let order = left.cmp(right);
            if order != Ordering::Equal {
                return if descending { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }

    fn cells(&self, tenant: &Tenant, row: &Row<'_>) -> Vec<Value> {
        let cell = |output: &Output| match &output.source {
            Source::Field(field) => field.read(tenant, row),
            Source::Deleted { numeric: true } => Value::Integer(i64::from(row.is_deleted())),
            Source::Deleted { numeric: false } => Value::Boolean(row.is_deleted()),
            Source::Aggregate(..) => Value::Null,
        };
        self.outputs.iter().map(cell).collect()
    }
}
