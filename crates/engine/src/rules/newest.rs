//! ORDER BY … LIMIT n: reads in the wanted order, so that the first page may be enough.
//!
//! The sort stays where it is; the scan only delivers the likely rows first, and ends when the sort's own filter says
//! that nothing later can matter.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use zuzen_plan::scan::Newest;
use zuzen_plan::table::Order;

use crate::options::Zuzen;
use crate::scan::ApiScan;

/// Reads in the order of a top-n where a table can be read so.
#[derive(Debug)]
pub(super) struct NewestReads;

impl PhysicalOptimizerRule for NewestReads {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !Zuzen::of(config).pushdown || !config.optimizer.enable_topk_dynamic_filter_pushdown {
            return Ok(plan);
        }
        plan.transform_up(|node| {
            let Some(input) = node.downcast_ref::<SortExec>().and_then(order_input) else {
                return Ok(Transformed::no(node));
            };
            let children = vec![input];
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
            Ok(Transformed::yes(node.replace_children(children, options)?))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "NewestReads"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The sort's input with an ordered scan, if there is one for it.
fn order_input(sort: &SortExec) -> Option<Arc<dyn ExecutionPlan>> {
    let rows = sort.fetch()? as u64;
    let first = sort.expr().first();
    let column = first.expr.downcast_ref::<Column>()?;
    ordered(sort.input(), column.index(), first.options.descending, rows)
}

fn ordered(
    plan: &Arc<dyn ExecutionPlan>,
    index: usize,
    descending: bool,
    rows: u64,
) -> Option<Arc<dyn ExecutionPlan>> {
    if let Some(scan) = plan.downcast_ref::<ApiScan>() {
        let column = scan.columns.get(index)?.name.clone();
        let newest = Newest {
            order: Order { column, descending },
            rows,
        };
        return Some(Arc::new(scan.newest(newest)?));
    }
    let (child, index) = if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        (
            projection.input(),
            projection
                .expr()
                .get(index)?
                .expr
                .downcast_ref::<Column>()?
                .index(),
        )
    } else if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let index = match filter.projection() {
            Some(projection) => *projection.get(index)?,
            None => index,
        };
        (filter.input(), index)
    } else if plan.is::<CooperativeExec>() {
        (*plan.children().first()?, index)
    } else {
        return None;
    };
    let child = ordered(child, index, descending, rows)?;
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
    Arc::clone(plan).replace_children(vec![child], options).ok()
}
