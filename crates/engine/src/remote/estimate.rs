//! How many rows a plan of remote tables is expected to have. Rough on purpose: a wrong guess costs a job, never rows.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, FetchType, LogicalPlan, Operator, SkipType};

use zuzen_plan::job::Cap;
use zuzen_plan::table::Table;

use super::origin::tables;
use super::table::of;
use crate::connection::Connection;

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

/// The cap that a job for this plan is known to exceed, and why: its tables have been counted.
pub(super) fn known_excess(plan: &LogicalPlan) -> Option<(Cap, String)> {
    let scans = unfiltered(plan);
    let beyond = scans
        .iter()
        .flatten()
        .find(|scan| scan.rows > scan.most_input());
    if let Some(scan) = beyond {
        let (table, rows, most) = (&scan.table.name, scan.rows, scan.most_input());
        let why = format!("{table} has {rows} rows, and a job reads at most {most} of a table");
        return Some((Cap::Input, why));
    }
    let most = scans.iter().flatten().next()?.connection.caps().output;
    let all = rows(plan);
    let is_whole = scans.iter().all(Option::is_some) && keeps_rows(plan);
    (is_whole && all > most).then(|| {
        let why = format!("it has about {all} rows, and a job returns at most {most}");
        (Cap::Output, why)
    })
}

/// The places of the tables of which a job for this plan is known to read too many rows.
pub(super) fn excessive_tables(plan: &LogicalPlan) -> Vec<usize> {
    let scans = unfiltered(plan).into_iter().enumerate();
    let beyond = scans.filter(|(_, scan)| {
        let scan = scan.as_ref();
        scan.is_some_and(|scan| scan.rows > scan.most_input())
    });
    beyond.map(|(place, _)| place).collect()
}

/// A table that has been counted, and of which a plan reads every row.
struct Counted {
    connection: Arc<Connection>,
    table: Arc<Table>,
    rows: u64,
}

impl Counted {
    fn most_input(&self) -> u64 {
        self.connection.caps().input
    }
}

/// Every table of a plan, from the left; `None` for those that a condition may reduce or that have not been counted.
fn unfiltered(plan: &LogicalPlan) -> Vec<Option<Counted>> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            let counted = of(scan).and_then(|(connection, table)| {
                let rows = connection.counted(&table.name)?;
                Some(Counted {
                    connection,
                    table,
                    rows,
                })
            });
            vec![counted]
        }
        LogicalPlan::Filter(filter) => (0..tables(&filter.input)).map(|_| None).collect(),
        other => other.inputs().into_iter().flat_map(unfiltered).collect(),
    }
}

/// Whether a plan has as many rows as its largest table, if all its joins find one partner.
fn keeps_rows(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {
            plan.inputs().into_iter().all(keeps_rows)
        }
        LogicalPlan::Join(join) => {
            matches!(
                join.join_type,
                JoinType::Inner | JoinType::Left | JoinType::Right
            ) && keeps_rows(&join.left)
                && keeps_rows(&join.right)
        }
        _ => false,
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
