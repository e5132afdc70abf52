//! How many rows a plan of remote tables is expected to have. Rough on purpose: a wrong guess costs a job, never rows.

use datafusion::common::JoinType;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, FetchType, LogicalPlan, Operator, SkipType};

use super::table::of;

/// Rows of a table that nothing is known of.
pub(super) const UNKNOWN: u64 = 10_000;

/// Groups that an aggregate is expected to have at most, for each of its keys.
const GROUPS: u64 = 300;

/// The expected number of rows.
pub(crate) fn rows(plan: &LogicalPlan) -> u64 {
    let below = || plan.inputs().into_iter().map(rows).max().unwrap_or(UNKNOWN);
    match plan {
        LogicalPlan::TableScan(scan) => {
            of(scan).map_or(UNKNOWN, |(connection, table)| connection.rows(&table).0)
        }
        LogicalPlan::Filter(filter) => {
            let kept = split_conjunction(&filter.predicate).into_iter().map(kept);
            let share: f64 = kept.product();
            (rows(&filter.input) as f64 * share).ceil() as u64
        }
        LogicalPlan::Aggregate(aggregate) => {
            let keys = aggregate.group_expr.len();
            let most = GROUPS.saturating_pow(u32::try_from(keys).unwrap_or(u32::MAX));
            rows(&aggregate.input).min(most)
        }
        LogicalPlan::Join(join) => {
            let (left, right) = (rows(&join.left), rows(&join.right));
            match join.join_type {
                JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => left,
                JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => right,
                _ if join.on.is_empty() => left.saturating_mul(right),
                // Keys mostly refer to one row of the other side.
                _ => left.max(right),
            }
        }
        LogicalPlan::Union(union) => union.inputs.iter().map(|input| rows(input)).sum(),
        LogicalPlan::Sort(sort) => {
            let all = rows(&sort.input);
            sort.fetch.map_or(all, |fetch| all.min(fetch as u64))
        }
        LogicalPlan::Limit(limit) => {
            let all = rows(&limit.input);
            match (limit.get_fetch_type(), limit.get_skip_type()) {
                (Ok(FetchType::Literal(fetch)), Ok(SkipType::Literal(skip))) => {
                    let left = all.saturating_sub(skip as u64);
                    fetch.map_or(left, |fetch| left.min(fetch as u64))
                }
                _ => all,
            }
        }
        _ => below(),
    }
}

/// The share of rows that a condition keeps.
fn kept(condition: &Expr) -> f64 {
    match condition {
        Expr::BinaryExpr(BinaryExpr {
            op: Operator::Eq, ..
        }) => 0.05,
        Expr::InList(list) if !list.negated => (0.05 * list.list.len() as f64).min(1.0),
        Expr::BinaryExpr(BinaryExpr {
            op: Operator::NotEq,
            ..
        })
        | Expr::IsNotNull(_) => 0.9,
        Expr::IsNull(_) => 0.1,
        _ => 0.33,
    }
}
