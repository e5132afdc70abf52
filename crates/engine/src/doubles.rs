//! Doubles beside decimals are compared as doubles.
//!
//! Coercion would turn the double into a decimal of fifteen places, and 558.92 into 558.919999999999959: a number read from
//! a file would not equal itself. Numbers are written as decimals in SQL, so that every comparison of a double with a
//! literal is one of the two. The nearest double of the decimal is what the same digits are read as in a file.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    Expr, ExprSchemable, Join, LogicalPlan, LogicalPlanBuilder, cast, lit,
};
use datafusion::optimizer::AnalyzerRule;

/// Casts decimals that are compared with doubles. It has to go before coercion, which casts the other way.
#[derive(Debug)]
pub(crate) struct AsDoubles;

impl AnalyzerRule for AsDoubles {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|node| {
            let mut schema = DFSchema::empty();
            for input in node.inputs() {
                schema.merge(input.schema());
            }
            if let LogicalPlan::TableScan(_) = node {
                schema.merge(node.schema());
            }
            let names = NamePreserver::new(&node);
            let mapped = node.map_expressions(|expr| {
                let name = names.save(&expr);
                let changed = expr.transform_up(|expr| match expr {
                    Expr::InSubquery(within) => looked_for(within, &schema),
                    expr => Ok(compared(expr, &schema)),
                })?;
                Ok(changed.update_data(|expr| name.restore(expr)))
            })?;
            mapped.transform_data(|node| match node {
                LogicalPlan::Join(join) => Ok(joined(join)),
                other => Ok(Transformed::no(other)),
            })
        })
        .map(|changed| changed.data)
    }

    fn name(&self) -> &'static str {
        "as_doubles"
    }
}

/// The comparison with its decimals as doubles, if there are doubles in it.
fn compared(mut expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let operands: Vec<&mut Expr> = match &mut expr {
        // Which is said of comparisons; arithmetic is done in doubles anyway.
        Expr::BinaryExpr(binary) if binary.op.supports_propagation() => {
            vec![&mut binary.left, &mut binary.right]
        }
        Expr::Between(range) => vec![&mut range.expr, &mut range.low, &mut range.high],
        Expr::InList(list) => std::iter::once(&mut *list.expr)
            .chain(&mut list.list)
            .collect(),
        Expr::Case(case) => match &mut case.expr {
            Some(base) => std::iter::once(&mut **base)
                .chain(case.when_then_expr.iter_mut().map(|(when, _)| &mut **when))
                .collect(),
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut kinds = Vec::with_capacity(operands.len());
    for operand in &operands {
        kinds.push(operand.get_type(schema).unwrap_or(DataType::Null));
    }
    let is_mixed =
        kinds.iter().any(DataType::is_floating) && kinds.iter().any(DataType::is_decimal);
    if !is_mixed {
        return Transformed::no(expr);
    }
    for (operand, kind) in operands.into_iter().zip(&kinds) {
        if kind.is_decimal() {
            *operand = as_double(std::mem::take(operand));
        }
    }
    Transformed::yes(expr)
}

/// `IN (SELECT …)` with its decimals as doubles.
fn looked_for(mut within: InSubquery, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let kind = within.expr.get_type(schema).unwrap_or(DataType::Null);
    let rows = &within.subquery.subquery;
    let column = Expr::from(rows.schema().qualified_field(0));
    let other = rows.schema().field(0).data_type();
    if kind.is_decimal() && other.is_floating() {
        *within.expr = as_double(std::mem::take(&mut within.expr));
    } else if kind.is_floating() && other.is_decimal() {
        let rows = LogicalPlanBuilder::from(Arc::clone(rows)).project([as_double(column)])?;
        within.subquery.subquery = Arc::new(rows.build()?);
    } else {
        return Ok(Transformed::no(Expr::InSubquery(within)));
    }
    Ok(Transformed::yes(Expr::InSubquery(within)))
}

/// The join with keys of one kind. Those of `ON` are still a filter; these come from `USING` and from programs.
fn joined(mut join: Join) -> Transformed<LogicalPlan> {
    let mut changed = false;
    for (left, right) in &mut join.on {
        let kinds = [
            left.get_type(join.left.schema()),
            right.get_type(join.right.schema()),
        ];
        match kinds {
            [Ok(one), Ok(other)] if one.is_floating() && other.is_decimal() => {
                *right = as_double(std::mem::take(right));
            }
            [Ok(one), Ok(other)] if one.is_decimal() && other.is_floating() => {
                *left = as_double(std::mem::take(left));
            }
            _ => continue,
        }
        changed = true;
    }
    match changed {
        true => Transformed::yes(LogicalPlan::Join(join)),
        false => Transformed::no(LogicalPlan::Join(join)),
    }
}

/// A literal is read anew from its digits: a decimal that is divided by a power of ten is not always the nearest double.
fn as_double(expr: Expr) -> Expr {
    let read = |literal: &ScalarValue| literal.to_string().parse::<f64>().ok();
    match &expr {
        Expr::Literal(value, _) if value.is_null() => lit(ScalarValue::Float64(None)),
        Expr::Literal(value, _) => {
            match value.cast_to(&DataType::Utf8).ok().as_ref().and_then(read) {
                Some(double) => lit(double),
                None => cast(expr, DataType::Float64),
            }
        }
        _ => cast(expr, DataType::Float64),
    }
}
