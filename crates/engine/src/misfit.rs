//! Numbers that are compared with a text that is none: said before anything is sent, with the column.
//!
//! It refuses to judge columns of text: whether `external_id = 5` can be computed depends on the rows.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, ExprSchema as _, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};

use crate::error::{Error, Kind};

const COMPARES: [Operator; 6] = [
    Operator::Eq,
    Operator::NotEq,
    Operator::Lt,
    Operator::LtEq,
    Operator::Gt,
    Operator::GtEq,
];

/// Refuses a comparison of a column of numbers with a text that is no number.
///
/// # Errors
/// `Sql`, with the column and the text.
pub(crate) fn refuse_misfits(plan: &LogicalPlan) -> Result<(), Error> {
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| match misfit(part, node) {
                Some(error) => Err(error.into_datafusion()),
                None => Ok(TreeNodeRecursion::Continue),
            })
        })
    })?;
    Ok(())
}

fn misfit(expr: &Expr, node: &LogicalPlan) -> Option<Error> {
    let compares = |column: &Expr, text: &Expr| match (column, text) {
        (Expr::Column(column), Expr::Literal(ScalarValue::Utf8(Some(text)), _)) => {
            let inputs = node.inputs();
            let mut schemas = inputs.iter().map(|input| input.schema().as_ref());
            schemas.find_map(|schema| unfit(column, text, schema))
        }
        _ => None,
    };
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if COMPARES.contains(op) => {
            compares(left, right).or_else(|| compares(right, left))
        }
        Expr::Between(between) => {
            compares(&between.expr, &between.low).or_else(|| compares(&between.expr, &between.high))
        }
        Expr::InList(list) => list.list.iter().find_map(|text| compares(&list.expr, text)),
        _ => None,
    }
}

fn unfit(column: &Column, text: &str, schema: &DFSchema) -> Option<Error> {
    let kind = schema.field_from_column(column).ok()?.data_type();
    if !kind.is_integer() && !kind.is_floating() {
        return None;
    }
    let value = ScalarValue::Utf8(Some(text.to_owned()));
    value.cast_to(kind).err()?;
    let name = column.flat_name();
    let message = format!("`{name}` is a number ({kind}), and '{text}' is none");
    Some(Error::new(Kind::Sql, message).with_hint(format!(
        "compare with a number, or as text: CAST({name} AS VARCHAR) = '…'"
    )))
}
