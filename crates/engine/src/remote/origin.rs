//! Where an output column of a plan comes from: keys of a join become conditions of that table.

use datafusion::common::{Column, JoinType};
use datafusion::logical_expr::{Expr, LogicalPlan};

/// A column of a table of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The table's place in the plan, counted from the left.
    pub(crate) table: usize,
    /// The column's name there.
    pub(crate) column: String,
}

/// The origin of an output column, if dropping rows there by their value drops just those rows of the output: not
/// through limits and windows, and not on the side of an outer join that is padded with NULLs.
pub(crate) fn origin(plan: &LogicalPlan, place: usize) -> Option<Origin> {
    find(plan, place, 0)
}

fn find(plan: &LogicalPlan, place: usize, first: usize) -> Option<Origin> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
            let column = scan.projected_schema.fields().get(place)?.name().clone();
            Some(Origin {
                table: first,
                column,
            })
        }
        LogicalPlan::SubqueryAlias(alias) => find(&alias.input, place, first),
        LogicalPlan::Filter(filter) => find(&filter.input, place, first),
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => find(&sort.input, place, first),
        LogicalPlan::Projection(projection) => {
            let column = bare(projection.expr.get(place)?)?;
            let place = projection.input.schema().maybe_index_of_column(column)?;
            find(&projection.input, place, first)
        }
        LogicalPlan::Aggregate(aggregate) => {
            let column = bare(aggregate.group_expr.get(place)?)?;
            let place = aggregate.input.schema().maybe_index_of_column(column)?;
            find(&aggregate.input, place, first)
        }
        LogicalPlan::Join(join) => {
            let width = join.left.schema().fields().len();
            let right = first + tables(&join.left);
            match join.join_type {
                JoinType::Inner | JoinType::Left if place < width => find(&join.left, place, first),
                JoinType::Inner | JoinType::Right if place >= width => {
                    find(&join.right, place - width, right)
                }
                JoinType::LeftSemi | JoinType::LeftAnti => find(&join.left, place, first),
                JoinType::RightSemi | JoinType::RightAnti => find(&join.right, place, right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Tables below a plan.
pub(crate) fn tables(plan: &LogicalPlan) -> usize {
    match plan {
        LogicalPlan::TableScan(_) => 1,
        other => other.inputs().into_iter().map(tables).sum(),
    }
}

pub(super) fn bare(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        Expr::Column(column) => Some(column),
        _ => None,
    }
}
