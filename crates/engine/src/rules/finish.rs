//! Tells every scan what only the finished plan shows: the statement it belongs to, equal scans, join filters.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use zuzen_rest::Statement;

use crate::connection::Connection;
use crate::options::Zuzen;
use crate::remote::RemoteScan;
use crate::scan::{ApiScan, Shared, Told};

/// Numbers statements, shares equal scans and marks the filters that may be awaited.
#[derive(Debug, Default)]
pub(super) struct FinishScans {
    statements: AtomicU64,
}

impl PhysicalOptimizerRule for FinishScans {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let scans = scans(&plan)?;
        let connections = connections(&plan)?;
        if connections.is_empty() {
            return Ok(plan);
        }
        let options = Zuzen::of(config);
        let number = self.statements.fetch_add(1, Ordering::Relaxed) + 1;
        let budget = connections
            .iter()
            .filter_map(|connection| connection.max_requests(&options))
            .min();
        let statement = Arc::new(Statement::new(number, budget));
        // Terms of a recursive query run many times: what they read cannot be read along.
        let recursive = plan.exists(|node| Ok(node.is::<RecursiveQueryExec>()))?;
        let groups = if options.pushdown && !recursive {
            groups(&scans, &statement)
        } else {
            Vec::new()
        };
        let equal = match options.pushdown && !recursive {
            true => equal(&plan, &statement)?,
            false => Vec::new(),
        };
        let used = Arc::new(Told::Used(Arc::new(used(&plan)?)));
        let awaitable = Arc::new(Told::Awaitable(join_filters(&plan)?));
        let mut place = 0;
        plan.transform_down(|node| {
            if let Some(scan) = node.downcast_ref::<RemoteScan>() {
                let told = tell(&node, Arc::new(Told::Statement(Arc::clone(&statement))));
                let told = tell(&told, Arc::clone(&used));
                let shared = equal.iter().find(|(first, _)| first.equals(scan));
                return Ok(Transformed::yes(match shared {
                    Some((_, shared)) => tell(&told, Arc::new(Told::Shared(Arc::clone(shared)))),
                    None => tell(&told, Arc::clone(&awaitable)),
                }));
            }
            if !node.is::<ApiScan>() {
                return Ok(Transformed::no(node));
            }
            let shared = groups
                .iter()
                .find(|(members, _)| members.contains(&place))
                .map(|(_, shared)| Arc::clone(shared));
            place += 1;
            let mut told = tell(&node, Arc::new(Told::Statement(Arc::clone(&statement))));
            told = match shared {
                Some(shared) => tell(&told, Arc::new(Told::Shared(shared))),
                None => tell(&told, Arc::clone(&awaitable)),
            };
            if let Some(scan) = told.downcast_ref::<ApiScan>() {
                scan.check_bound()?;
            }
            Ok(Transformed::yes(told))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "FinishScans"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn tell(node: &Arc<dyn ExecutionPlan>, told: Arc<Told>) -> Arc<dyn ExecutionPlan> {
    node.with_new_state(told)
        .unwrap_or_else(|| Arc::clone(node))
}

fn scans(plan: &Arc<dyn ExecutionPlan>) -> Result<Vec<ApiScan>> {
    let mut found = Vec::new();
    plan.apply(|node| {
        found.extend(node.downcast_ref::<ApiScan>().cloned());
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// The connections of all scans.
fn connections(plan: &Arc<dyn ExecutionPlan>) -> Result<Vec<Arc<Connection>>> {
    let mut found = Vec::new();
    plan.apply(|node| {
        let api = node.downcast_ref::<ApiScan>().map(|scan| &scan.connection);
        let remote = node.downcast_ref::<RemoteScan>();
        found.extend(api.or(remote.map(|scan| &scan.connection)).cloned());
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// The names of columns that the plan does more with than to hand them on.
fn used(plan: &Arc<dyn ExecutionPlan>) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    plan.apply(|node| {
        let projection = node.downcast_ref::<ProjectionExec>();
        if let Some(projection) = projection {
            for shown in projection.expr() {
                match shown.expr.downcast_ref::<Column>() {
                    Some(column) if column.name() == shown.alias => {}
                    _ => collect(&shown.expr, &mut names),
                }
            }
        } else {
            node.apply_expressions(&mut |expr| {
                collect(expr, &mut names);
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(names)
}

fn collect(expr: &Arc<dyn PhysicalExpr>, names: &mut HashSet<String>) {
    let columns = collect_columns(expr);
    names.extend(columns.iter().map(|column| column.name().to_owned()));
}

/// Remote scans that send the same statement, each with its one read.
fn equal(
    plan: &Arc<dyn ExecutionPlan>,
    statement: &Arc<Statement>,
) -> Result<Vec<(RemoteScan, Arc<Shared>)>> {
    let mut all: Vec<(RemoteScan, usize)> = Vec::new();
    plan.apply(|node| {
        if let Some(scan) = node.downcast_ref::<RemoteScan>() {
            match all.iter_mut().find(|(known, _)| known.equals(scan)) {
                Some((_, readers)) => *readers += 1,
                None => all.push((scan.clone(), 1)),
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let several = all.into_iter().filter(|(_, readers)| *readers > 1);
    Ok(several
        .map(|(scan, readers)| {
            let one = scan.for_statement(statement);
            (scan, Arc::new(Shared::of_statement(one, readers)))
        })
        .collect())
}

/// A shared read and the scans that read along, by their place in the plan.
type Group = (Vec<usize>, Arc<Shared>);

/// Groups of two or more scans that one of them covers, each with its one read.
fn groups(scans: &[ApiScan], statement: &Arc<Statement>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // The widest scans first: they cover the most.
    let mut places: Vec<usize> = (0..scans.len()).collect();
    places.sort_by_key(|place| scans[*place].scan.predicates.len());
    for place in &places {
        let free = |place: &usize| !groups.iter().any(|(members, _)| members.contains(place));
        if !free(place) {
            continue;
        }
        let base = &scans[*place];
        let members: Vec<usize> = places
            .iter()
            .filter(|other| free(other) && base.covers(&scans[**other]))
            .copied()
            .collect();
        if members.len() < 2 {
            continue;
        }
        let covered: Vec<&ApiScan> = members.iter().map(|member| &scans[*member]).collect();
        // Keys that are only known at run time may be few: such scans read along only where another reads all anyway.
        if covered.iter().all(|scan| scan.scan.keys.is_some()) {
            continue;
        }
        // Reading each by its own filter may cost less than reading all of it once.
        let apart: f64 = covered.iter().map(|scan| scan.plan.estimate.seconds).sum();
        if let Some(all) = base
            .widened(&covered, statement)
            .filter(|all| all.plan.estimate.seconds <= apart)
        {
            groups.push((members, Arc::new(Shared::of_table(all, covered.len()))));
        }
    }
    groups
}

/// The filters that hash joins fill before they want the first row of their right side.
fn join_filters(plan: &Arc<dyn ExecutionPlan>) -> Result<HashSet<u64>> {
    let mut ids = HashSet::new();
    plan.apply(|node| {
        if node.is::<HashJoinExec>() {
            ids.extend(
                node.dynamic_expressions_produced()
                    .iter()
                    .filter_map(|filter| filter.expression_id()),
            );
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(ids)
}
