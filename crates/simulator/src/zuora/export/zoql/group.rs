//! Rows to groups. It refuses to keep rows: a group is its keys and what was added up.

use std::collections::BTreeMap;
use std::io;

use super::field::{FINEST, Field, Key};
use super::query::{Emit, Output, Source};
use super::syntax::Function;
use crate::zuora::{Kind, Row, Tenant, Value};

pub(super) struct Groups<'a> {
    by: &'a [Field],
    outputs: &'a [Output],
    groups: BTreeMap<Vec<Option<Key>>, Group>,
}

struct Group {
    /// The cells that the group has in common.
    values: Vec<Value>,
    /// One for each output; those of fields stay empty.
    totals: Vec<Total>,
}

#[derive(Default, Clone)]
struct Total {
    count: i64,
    sum: i128,
    least: Option<(Key, Value)>,
    most: Option<(Key, Value)>,
}

impl<'a> Groups<'a> {
    /// Without fields to group by there is one group, even of no rows.
    pub(super) fn new(by: &'a [Field], outputs: &'a [Output]) -> Self {
        let mut groups = BTreeMap::new();
        if by.is_empty() {
            groups.insert(Vec::new(), Group::new(Vec::new(), outputs));
        }
        Self {
            by,
            outputs,
            groups,
        }
    }

    pub(super) fn add(&mut self, tenant: &Tenant, row: &Row<'_>) {
        let values: Vec<Value> = self
            .by
            .iter()
            .map(|field| field.read(tenant, row))
            .collect();
        let keys = values.iter().map(|value| Key::of(value, false)).collect();
        let group = self
            .groups
            .entry(keys)
            .or_insert_with(|| Group::new(values, self.outputs));
        for (output, total) in self.outputs.iter().zip(&mut group.totals) {
            match &output.source {
                Source::Aggregate(_, None) => total.count += 1,
                Source::Aggregate(_, Some(field)) => total.add(field.read(tenant, row)),
                Source::Field(_) | Source::Deleted { .. } => {}
            }
        }
    }

    pub(super) fn finish(
        self,
        order: &[(Field, bool)],
        skip: usize,
        take: usize,
        emit: Emit<'_>,
    ) -> io::Result<()> {
        let place = |field: &Field| self.by.iter().position(|by| by == field);
        let places: Vec<(usize, bool)> = order
            .iter()
            .filter_map(|(field, descending)| Some((place(field)?, *descending)))
            .collect();
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by(|(left, _), (right, _)| {
            let mut orders = places.iter().map(|(at, descending)| {
                let order = left[*at].cmp(&right[*at]);
                if *descending { order.reverse() } else { order }
            });
            orders
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        for (_, group) in groups.into_iter().skip(skip).take(take) {
            let cells: Vec<Value> = self
                .outputs
                .iter()
                .zip(&group.totals)
                .map(|(output, total)| match &output.source {
                    Source::Field(field) => {
                        place(field).map_or(Value::Null, |at| group.values[at].clone())
                    }
                    Source::Aggregate(function, field) => {
                        total.value(*function, field.as_ref().map(Field::kind))
                    }
                    Source::Deleted { .. } => Value::Null,
                })
                .collect();
            emit(&cells)?;
        }
        Ok(())
    }
}

impl Group {
    fn new(values: Vec<Value>, outputs: &[Output]) -> Self {
        Self {
            values,
            totals: vec![Total::default(); outputs.len()],
        }
    }
}

impl Total {
    fn add(&mut self, value: Value) {
        let Some(key) = Key::of(&value, false) else {
            return;
        };
        self.count += 1;
        if let Key::Number(number) = key {
            self.sum += number;
        }
        if self.least.as_ref().is_none_or(|(least, _)| key < *least) {
            self.least = Some((key.clone(), value.clone()));
        }
        if self.most.as_ref().is_none_or(|(most, _)| key > *most) {
            self.most = Some((key, value));
        }
    }

    fn value(&self, function: Function, kind: Option<Kind>) -> Value {
        let extreme = |found: &Option<(Key, Value)>| {
            found
                .as_ref()
                .map_or(Value::Null, |(_, value)| value.clone())
        };
        match function {
            Function::Count => Value::Integer(self.count),
            Function::Min => extreme(&self.least),
            Function::Max => extreme(&self.most),
            Function::Sum | Function::Average if self.count == 0 => Value::Null,
            Function::Sum if kind == Some(Kind::Integer) => {
                let whole = self.sum / 10_i128.pow(FINEST);
                i64::try_from(whole).map_or(Value::Null, Value::Integer)
            }
            Function::Sum => fine(self.sum),
            Function::Average => fine(self.sum / i128::from(self.count)),
        }
    }
}

/// A number in 10^-12 to six digits behind the point.
fn fine(number: i128) -> Value {
    let units = number / 10_i128.pow(FINEST - 6);
    i64::try_from(units).map_or(Value::Null, |units| Value::Decimal { units, scale: 6 })
}
