//! Which columns tell the rows of a plan apart, and which of its tables has a row for each of them.

use std::sync::Arc;

use datafusion::common::{Column, JoinType};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};
use zuzen_plan::table::Table;
use zuzen_plan::value::Type;

use super::origin::{bare, tables};
use super::table::of;
use crate::connection::Connection;

/// A table of a plan each row of which makes at most one row of the plan.
pub(super) struct Driver {
    /// Its place in the plan, counted from the left.
    pub(super) place: usize,
    pub(super) connection: Arc<Connection>,
    pub(super) table: Arc<Table>,
}

impl Driver {
    /// Whether Data Query knows this column, of this type.
    pub(super) fn is(&self, column: &str, kind: &Type) -> bool {
        let remote = self.table.remote.as_ref();
        let field = remote.and_then(|remote| remote.fields.get(column));
        let declared = self.table.column(column);
        field.is_some_and(|field| field.data_query.is_some())
            && declared.is_some_and(|column| column.kind == *kind)
    }
}

/// The tables that drive a plan.
pub(super) fn drivers(plan: &LogicalPlan) -> Vec<Driver> {
    let mut found = Vec::new();
    collect(plan, 0, &mut found);
    found
}

fn collect(plan: &LogicalPlan, first: usize, found: &mut Vec<Driver>) {
    match plan {
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
            found.extend(of(scan).map(|(connection, table)| Driver {
                place: first,
                connection,
                table,
            }));
        }
        LogicalPlan::SubqueryAlias(alias) => collect(&alias.input, first, found),
        LogicalPlan::Filter(filter) => collect(&filter.input, first, found),
        LogicalPlan::Projection(projection) => collect(&projection.input, first, found),
        LogicalPlan::Join(join) => {
            let second = first + tables(&join.left);
            let (left, right) = keyed(join);
            match join.join_type {
                JoinType::Inner => {
                    if right {
                        collect(&join.left, first, found);
                    }
                    if left {
                        collect(&join.right, second, found);
                    }
                }
                JoinType::Left if right => collect(&join.left, first, found),
                JoinType::Right if left => collect(&join.right, second, found),
                JoinType::LeftSemi | JoinType::LeftAnti => collect(&join.left, first, found),
                JoinType::RightSemi | JoinType::RightAnti => collect(&join.right, second, found),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Whether a row finds at most one partner on the left of a join, and on the right.
fn keyed(join: &Join) -> (bool, bool) {
    let places = |plan: &LogicalPlan, keys: Vec<&Expr>| -> Vec<usize> {
        let columns = keys.into_iter().filter_map(bare);
        columns.filter_map(|column| place(plan, column)).collect()
    };
    let left = places(&join.left, join.on.iter().map(|(left, _)| left).collect());
    let right = places(
        &join.right,
        join.on.iter().map(|(_, right)| right).collect(),
    );
    (is_unique(&join.left, &left), is_unique(&join.right, &right))
}

/// Whether these output columns tell all rows of a plan apart. NULLs equal each other at most in columns that are keys,
/// which have none.
fn is_unique(plan: &LogicalPlan, columns: &[usize]) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => of(scan).is_some_and(|(_, table)| {
            let fields = scan.projected_schema.fields();
            let mut names = columns.iter().filter_map(|column| fields.get(*column));
            names.any(|field| Some(field.name()) == table.key.as_ref())
        }),
        LogicalPlan::SubqueryAlias(alias) => is_unique(&alias.input, columns),
        LogicalPlan::Filter(filter) => is_unique(&filter.input, columns),
        LogicalPlan::Projection(projection) => {
            let below = columns.iter().filter_map(|column| {
                let column = bare(projection.expr.get(*column)?)?;
                place(&projection.input, column)
            });
            is_unique(&projection.input, &below.collect::<Vec<_>>())
        }
        LogicalPlan::Aggregate(aggregate) => {
            let keys = &aggregate.group_expr;
            let is_plain = !keys.iter().any(|key| matches!(key, Expr::GroupingSet(_)));
            is_plain && (0..keys.len()).all(|key| columns.contains(&key))
        }
        LogicalPlan::Join(join) => {
            let width = join.left.schema().fields().len();
            let (left, right) = keyed(join);
            let on_left: Vec<usize> = columns.iter().copied().filter(|at| *at < width).collect();
            let on_right: Vec<usize> = columns
                .iter()
                .filter_map(|at| at.checked_sub(width))
                .collect();
            match join.join_type {
                JoinType::Inner => {
                    (right && is_unique(&join.left, &on_left))
                        || (left && is_unique(&join.right, &on_right))
                }
                JoinType::Left => right && is_unique(&join.left, &on_left),
                JoinType::Right => left && is_unique(&join.right, &on_right),
                JoinType::LeftSemi | JoinType::LeftAnti => is_unique(&join.left, columns),
                JoinType::RightSemi | JoinType::RightAnti => is_unique(&join.right, columns),
                _ => false,
            }
        }
        _ => false,
    }
}

fn place(plan: &LogicalPlan, column: &Column) -> Option<usize> {
    plan.schema().maybe_index_of_column(column)
}
