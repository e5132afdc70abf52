//! Finds the subplans that run at Data Query.
//!
//! It looks at the optimized logical plan, right before it becomes a physical one: filters and projections are where
//! they belong by then. From the top, the first subplan that can be said and that is expected to fit the caps, or
//! to be read in ranges that do, becomes a leaf. Of a filter or an aggregate that can be said in part, the part goes.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::logical_expr::expr::Sort as SortKey;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Filter, LogicalPlan, Sort};
use zuzen_plan::value::Type;

use super::average::without_averages;
use super::estimate::{excessive_tables, known_excess, rows};
use super::node::RemoteQuery;
use super::service::Service;
use super::split::{KEY, TIME};
use super::unique::drivers;
use super::writer::{Extra, Written, write};
use crate::decode::kind_of;

/// The plan with leaves in the place of what runs at Data Query.
pub(crate) fn federate(plan: LogicalPlan) -> Result<LogicalPlan> {
    // Subqueries that are no joins are planned by themselves.
    plan.transform_down_with_subqueries(|node| {
        let node = match &node {
            LogicalPlan::Aggregate(aggregate) => without_averages(aggregate)?.unwrap_or(node),
            _ => node,
        };
        if let Some(leaf) = leaf(&node) {
            return Ok(Transformed::yes(leaf));
        }
        match node {
            LogicalPlan::Filter(filter) => parted(filter),
            other => Ok(Transformed::no(other)),
        }
    })
    .data()
}

/// The node as a leaf, if it is to run at Data Query.
fn leaf(node: &LogicalPlan) -> Option<LogicalPlan> {
    // A table alone is its provider's business: how to read a whole one is a question of its own.
    let inner = bare(node);
    if matches!(inner, LogicalPlan::TableScan(_) | LogicalPlan::Extension(_)) {
        return None;
    }
    if !is_ordered(node) {
        return fits(node).then(|| RemoteQuery::of(node.clone()));
    }
    // That a file keeps the order of its statement is documented nowhere: what arrives is sorted again.
    let keys = order(node)?;
    fits(node).then(|| {
        LogicalPlan::Sort(Sort {
            expr: keys.to_vec(),
            input: Arc::new(RemoteQuery::of(node.clone())),
            fetch: None,
        })
    })
}

fn bare(node: &LogicalPlan) -> &LogicalPlan {
    match node {
        LogicalPlan::SubqueryAlias(alias) => bare(&alias.input),
        other => other,
    }
}

/// Whether it can be said, and its result is expected to fit.
fn fits(node: &LogicalPlan) -> bool {
    let decodes = |node: &LogicalPlan| {
        let mut fields = node.schema().fields().iter();
        fields.all(|field| kind_of(field.data_type()).is_some())
    };
    written(node).is_some_and(|written| {
        let (service, caps) = (written.connection.service(), written.connection.caps());
        let fits = rows(node) <= caps.output && known_excess(node).is_none();
        // Where exports may be used, large tables are left to them.
        let is_divided = || service == Service::DataQuery && is_divided(node);
        service.federates() && (fits || is_divided()) && decodes(node)
    })
}

/// Whether ranges of one of its tables make jobs that fit.
fn is_divided(node: &LogicalPlan) -> bool {
    let excessive = excessive_tables(node);
    let mut drivers = drivers(node).into_iter();
    drivers.any(|driver| {
        driver.is(TIME, &Type::Timestamp)
            && driver.is(KEY, &Type::Text)
            && excessive.iter().all(|place| *place == driver.place)
    })
}

fn written(node: &LogicalPlan) -> Option<Written> {
    write(node, &Extra::new())
}

/// The rows leave it in an order.
fn is_ordered(node: &LogicalPlan) -> bool {
    match node {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Limit(limit) => is_ordered(&limit.input),
        LogicalPlan::Projection(projection) => is_ordered(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_ordered(&alias.input),
        _ => false,
    }
}

/// The order of a top-n, if its keys are among its own columns.
fn order(node: &LogicalPlan) -> Option<&[SortKey]> {
    match node {
        LogicalPlan::Sort(sort) if sort.fetch.is_some() => Some(&sort.expr),
        LogicalPlan::Limit(limit) => match limit.input.as_ref() {
            LogicalPlan::Sort(sort) => Some(&sort.expr),
            other => order(other),
        },
        _ => None,
    }
}

/// A filter of which only some conditions can be said: those go below the others.
fn parted(filter: Filter) -> Result<Transformed<LogicalPlan>> {
    let whole = |filter| Ok(Transformed::no(LogicalPlan::Filter(filter)));
    if matches!(filter.input.as_ref(), LogicalPlan::Extension(_))
        || written(&filter.input).is_none()
    {
        return whole(filter);
    }
    let mut said = Vec::new();
    let mut kept = Vec::new();
    for part in split_conjunction_owned(filter.predicate.clone()) {
        let alone = Filter::try_new(part.clone(), Arc::clone(&filter.input))?;
        match written(&LogicalPlan::Filter(alone)) {
            Some(_) => said.push(part),
            None => kept.push(part),
        }
    }
    let (Some(said), Some(kept)) = (conjunction(said), conjunction(kept)) else {
        return whole(filter);
    };
    let below = Filter::try_new(said, filter.input)?;
    let above = Filter::try_new(kept, Arc::new(LogicalPlan::Filter(below)))?;
    Ok(Transformed::yes(LogicalPlan::Filter(above)))
}
