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
use crate::remote::RemoteScan;
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
    let rows = sort.fetch()?;
    let first = sort.expr().first();
    let column = first.expr.downcast_ref::<Column>()?;
    let wanted = Wanted {
        descending: first.options.descending,
        nulls_first: first.options.nulls_first,
        rows,
        loose: sort.expr().len() > 1,
        filtered: false,
    };
    ordered(sort.input(), column.index(), wanted)
}

/// What a sort wants of the scan below it.
#[derive(Clone, Copy)]
struct Wanted {
    descending: bool,
    nulls_first: bool,
    rows: usize,
    loose: bool,
    /// A filter stands in between.
    filtered: bool,
}

fn ordered(
    plan: &Arc<dyn ExecutionPlan>,
    index: usize,
    wanted: Wanted,
) -> Option<Arc<dyn ExecutionPlan>> {
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep);
    if let Some(scan) = plan.downcast_ref::<ApiScan>() {
        let column = scan.columns.get(index)?.name.clone();
        let order = Order {
            column,
            descending: wanted.descending,
        };
        let newest = Newest {
            order,
            rows: wanted.rows as u64,
            loose: wanted.loose,
        };
        return Some(Arc::new(scan.newest(newest)?));
    }
    if let Some(scan) = plan.downcast_ref::<RemoteScan>() {
        // A remote engine delivers these rows and no more: every one of them has to count.
        let exact = !wanted.loose && !wanted.filtered;
        let first = || {
            scan.first(
                index,
                wanted.descending,
                wanted.nulls_first,
                wanted.rows as u64,
            )
        };
        return exact.then(first).flatten().map(|scan| Arc::new(scan) as _);
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let index = projection
            .expr()
            .get(index)?
            .expr
            .downcast_ref::<Column>()?
            .index();
        let child = ordered(projection.input(), index, wanted)?;
        return Arc::clone(plan).replace_children(vec![child], options).ok();
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let index = match filter.projection() {
            Some(projection) => *projection.get(index)?,
            None => index,
        };
        let child = ordered(
            filter.input(),
            index,
            Wanted {
                loose: true,
                filtered: true,
                ..wanted
            },
        )?;
        // A filter collects rows up to its batch size: with a small one the sort learns after each page whether it
        // has enough.
        let prompt: Arc<dyn ExecutionPlan> =
            Arc::new(filter.with_batch_size(wanted.rows.max(1)).ok()?);
        return prompt.replace_children(vec![child], options).ok();
    }
    if plan.is::<CooperativeExec>() {
        let child = ordered(plan.children().first()?, index, wanted)?;
        return Arc::clone(plan).replace_children(vec![child], options).ok();
    }
    None
}
