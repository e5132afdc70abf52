//! Join keys become requests: the side that can be read by key goes where the keys arrive.
//!
//! A hash join reads its left side first and tells the right one which keys it found. So the side whose key read
//! saves more becomes the right one, in whichever order the statement names the tables.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use zuzen_plan::scan::Keys;

use crate::child::Elements;
use crate::options::Zuzen;
use crate::remote::RemoteScan;
use crate::scan::ApiScan;

/// Chooses which side of a hash join is read by the other's keys.
#[derive(Debug)]
pub(super) struct JoinSides;

impl PhysicalOptimizerRule for JoinSides {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !Zuzen::of(config).pushdown {
            return Ok(plan);
        }
        // From the top: what an outer join tells a scan makes the inner joins' sides clearer.
        plan.transform_down(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else {
                return Ok(Transformed::no(node));
            };
            Ok(match arrange(join)? {
                Some(arranged) => Transformed::yes(arranged),
                None => Transformed::no(node),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "JoinSides"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What a key read of one side would save.
struct Saving {
    seconds: f64,
    keys: Keys,
    /// The way down to the scan.
    path: Vec<usize>,
}

fn arrange(join: &HashJoinExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let right = best(
        join.right(),
        join.left(),
        join.on().iter().map(|(left, right)| (right, left)),
    );
    let left = best(
        join.left(),
        join.right(),
        join.on().iter().map(|(left, right)| (left, right)),
    );
    let right = right.filter(|_| filters_right(*join.join_type()));
    let left = left.filter(|_| filters_right(join.join_type().swap()));
    let swap = match (&left, &right) {
        (Some(left), Some(right)) => left.seconds > right.seconds,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => return Ok(None),
    };
    let Some(saving) = (if swap { left } else { right }) else {
        return Ok(None);
    };
    let told = tell(
        if swap { join.left() } else { join.right() },
        &saving.path,
        &saving.keys,
    )?;
    let children = if swap {
        vec![told, Arc::clone(join.right())]
    } else {
        vec![Arc::clone(join.left()), told]
    };
    let join = join.builder().with_new_children(children)?.build()?;
    if swap {
        let mode = *join.partition_mode();
        return join.swap_inputs(mode).map(Some);
    }
    Ok(Some(Arc::new(join)))
}

/// Whether a join of this type hands its left side's keys to the right one.
fn filters_right(kind: JoinType) -> bool {
    matches!(
        kind,
        JoinType::Inner
            | JoinType::Left
            | JoinType::LeftSemi
            | JoinType::RightSemi
            | JoinType::LeftAnti
            | JoinType::LeftMark
    )
}

fn best<'a>(
    side: &Arc<dyn ExecutionPlan>,
    other: &Arc<dyn ExecutionPlan>,
    on: impl Iterator<Item = (&'a Arc<dyn PhysicalExpr>, &'a Arc<dyn PhysicalExpr>)>,
) -> Option<Saving> {
    let expected = rows(other);
    let mut found: Option<Saving> = None;
    for (key, source) in on {
        let Some(column) = key.downcast_ref::<Column>() else {
            continue;
        };
        let Some(leaf) = leaf(side, column.index()) else {
            continue;
        };
        let source = match source.downcast_ref::<Column>() {
            Some(source) => label(other, source),
            None => source.to_string(),
        };
        let Some(seconds) = leaf.saving(expected) else {
            continue;
        };
        if found.as_ref().is_none_or(|found| seconds > found.seconds) {
            found = Some(Saving {
                seconds,
                keys: Keys {
                    column: leaf.column(),
                    source,
                    expected,
                },
                path: leaf.path,
            });
        }
    }
    found
}

/// A scan that a column comes from unchanged.
struct Leaf<'a> {
    scan: Scan<'a>,
    /// The column's place there.
    place: usize,
    /// Which child to take at each step down to it.
    path: Vec<usize>,
}

/// The scans that keys can go to.
enum Scan<'a> {
    Api(&'a ApiScan),
    Remote(&'a RemoteScan),
}

impl Leaf<'_> {
    /// The column's name.
    fn column(&self) -> String {
        match self.scan {
            Scan::Api(scan) => scan
                .columns
                .get(self.place)
                .map(|column| column.name.clone()),
            Scan::Remote(scan) => scan.origin(self.place).map(|origin| origin.column),
        }
        .unwrap_or_default()
    }

    /// `table.column`, for people.
    fn label(&self) -> Option<String> {
        match self.scan {
            Scan::Api(scan) => Some(format!("{}.{}", scan.table.name, self.column())),
            Scan::Remote(scan) => scan.label(self.place),
        }
    }

    /// What so many keys save, in seconds; `None` if the scan cannot use them.
    fn saving(&self, expected: u64) -> Option<f64> {
        match self.scan {
            Scan::Api(scan) => scan.saving(&self.column(), expected),
            Scan::Remote(scan) => scan.saving(self.place, expected),
        }
    }

    fn below(mut self, child: usize) -> Self {
        self.path.insert(0, child);
        self
    }
}

/// The scan that a column of `plan` comes from, through nodes that hand a filter on it down.
fn leaf(plan: &Arc<dyn ExecutionPlan>, index: usize) -> Option<Leaf<'_>> {
    let api = plan.downcast_ref::<ApiScan>().map(Scan::Api);
    let remote = plan.downcast_ref::<RemoteScan>().map(Scan::Remote);
    if let Some(scan) = api.or(remote) {
        return Some(Leaf {
            scan,
            place: index,
            path: Vec::new(),
        });
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let expr = &projection.expr().get(index)?.expr;
        let index = expr.downcast_ref::<Column>()?.index();
        return leaf(projection.input(), index).map(|leaf| leaf.below(0));
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let index = match filter.projection() {
            Some(projection) => *projection.get(index)?,
            None => index,
        };
        return leaf(filter.input(), index).map(|leaf| leaf.below(0));
    }
    if let Some(elements) = plan.downcast_ref::<Elements>() {
        let index = elements.origin(index)?;
        return leaf(elements.input(), index).map(|leaf| leaf.below(0));
    }
    let join = plan.downcast_ref::<HashJoinExec>()?;
    let index = match &join.projection {
        Some(projection) => *projection.get(index)?,
        None => index,
    };
    let width = join.left().schema().fields().len();
    match join.join_type() {
        JoinType::Inner | JoinType::Left | JoinType::LeftSemi if index < width => {
            leaf(join.left(), index).map(|leaf| leaf.below(0))
        }
        JoinType::Inner | JoinType::Right if index >= width => {
            leaf(join.right(), index - width).map(|leaf| leaf.below(1))
        }
        JoinType::RightSemi => leaf(join.right(), index).map(|leaf| leaf.below(1)),
        _ => None,
    }
}

/// `table.column` of a join key, for people.
fn label(plan: &Arc<dyn ExecutionPlan>, column: &Column) -> String {
    leaf(plan, column.index())
        .and_then(|leaf| leaf.label())
        .unwrap_or_else(|| column.name().to_owned())
}

/// Rows that the largest scan below is expected to contribute.
fn rows(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    if let Some(scan) = plan.downcast_ref::<RemoteScan>() {
        return scan.rows();
    }
    match plan.downcast_ref::<ApiScan>() {
        Some(scan) => scan.plan.estimate.matching,
        None => plan.children().into_iter().map(rows).max().unwrap_or(1_000),
    }
}

/// Makes the scan at the end of `path` show and expect the keys.
fn tell(
    plan: &Arc<dyn ExecutionPlan>,
    path: &[usize],
    keys: &Keys,
) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(scan) = plan.downcast_ref::<ApiScan>() {
        let told = scan.replanned(|scan| scan.keys = Some(keys.clone()));
        return Ok(told.map_or_else(|| Arc::clone(plan), |told| Arc::new(told) as _));
    }
    if let Some(scan) = plan.downcast_ref::<RemoteScan>() {
        return Ok(Arc::new(scan.awaiting(keys.clone())));
    }
    let mut children: Vec<Arc<dyn ExecutionPlan>> = plan.children().into_iter().cloned().collect();
    if let Some((step, rest)) = path.split_first()
        && let Some(child) = children.get_mut(*step)
    {
        *child = tell(child, rest, keys)?;
    }
    Arc::clone(plan).replace_children(
        children,
        ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep),
    )
}
