//! What Trino's analyser does to a plan: every operator gets operands of types that go together, by Trino's conversions alone, and
//! gives Trino's type. DataFusion's own coercion finds nothing left to do. It refuses what Trino refuses, in Trino's words.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{
    Alias, Between, Case, Cast, InList, InSubquery, ScalarFunction, TryCast,
};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, Projection, Subquery, Union,
};

use super::call::{Call, Conversion};
use super::cast::is_castable;
use super::functions;
use super::types::Type;

/// Checks and completes a plan that nothing has looked at yet.
pub(super) fn analyse(plan: LogicalPlan, zone: &str) -> Result<LogicalPlan> {
    let analysis = Analysis { zone };
    Ok(plan
        .transform_up_with_subqueries(|plan| analysis.node(plan))?
        .data)
}

/// A walk over a plan.
pub(super) struct Analysis<'a> {
    /// The zone of moments that come without one.
    pub(super) zone: &'a str,
}

pub(super) fn complain<T>(text: &str) -> Result<T> {
    plan_err!("line 1:1: {text}")
}

impl Analysis<'_> {
    fn node(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let mut schema = merge_schema(&plan.inputs());
        if let LogicalPlan::TableScan(scan) = &plan {
            schema.merge(&DFSchema::try_from_qualified_schema(
                scan.table_name.clone(),
                &scan.source.schema(),
            )?);
        }
        let names = NamePreserver::new(&plan);
        let plan = plan
            .map_expressions(|expr| {
                let name = names.save(&expr);
                let expr = self.expression(expr, &schema)?;
                Ok(Transformed::yes(name.restore(expr)))
            })?
            .data;
        let plan = match plan {
            LogicalPlan::Filter(filter) => {
                self.boolean(&filter.predicate, &schema, "WHERE clause")?;
                LogicalPlan::Filter(filter)
            }
            LogicalPlan::Join(mut join) => {
                let pairs = std::mem::take(&mut join.on).into_iter();
                join.on = pairs
                    .map(|(left, right)| {
                        let kinds = (
                            Type::of(&left.get_type(join.left.schema())?),
                            Type::of(&right.get_type(join.right.schema())?),
                        );
                        let common = comparable(&kinds.0, Operator::Eq, &kinds.1)?;
                        Ok((
                            self.widen(left, &kinds.0, &common)?,
                            self.widen(right, &kinds.1, &common)?,
                        ))
                    })
                    .collect::<Result<_>>()?;
                if let Some(filter) = &join.filter {
                    self.boolean(filter, &schema, "JOIN ON clause")?;
                }
                LogicalPlan::Join(join)
            }
            LogicalPlan::Union(union) => self.union(union)?,
            other => other,
        };
        Ok(Transformed::yes(plan.recompute_schema()?))
    }

    /// Columns of a union have one type for each place.
    fn union(&self, union: Union) -> Result<LogicalPlan> {
        let Some(first) = union.inputs.first() else {
            return Ok(LogicalPlan::Union(union));
        };
        let mut kinds: Vec<Type> = first
            .schema()
            .fields()
            .iter()
            .map(|field| Type::of(field.data_type()))
            .collect();
        for input in &union.inputs[1..] {
            for (place, (kind, field)) in kinds.iter_mut().zip(input.schema().fields()).enumerate()
            {
                let other = Type::of(field.data_type());
                let Some(common) = kind.common(&other) else {
                    return complain(&format!(
                        "column {} in UNION query has incompatible types: {kind}, {other}",
                        place + 1
                    ));
                };
                *kind = common;
            }
        }
        let inputs = union
            .inputs
            .into_iter()
            .map(|input| {
                let columns = input
                    .schema()
                    .iter()
                    .zip(&kinds)
                    .map(|((relation, field), kind)| {
                        let column = Expr::Column(Column::new(relation.cloned(), field.name()));
                        let wide = self.widen(column, &Type::of(field.data_type()), kind)?;
                        Ok(Expr::Alias(Alias::new(
                            wide,
                            relation.cloned(),
                            field.name(),
                        )))
                    });
                let columns = columns.collect::<Result<Vec<_>>>()?;
                Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(
                    columns, input,
                )?)))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?))
    }

    fn boolean(&self, expr: &Expr, schema: &DFSchema, what: &str) -> Result<()> {
        match self.kind(expr, schema)? {
            Type::Boolean | Type::Unknown => Ok(()),
            kind => complain(&format!(
                "{what} must evaluate to a boolean: actual type {kind}"
            )),
        }
    }

    fn kind(&self, expr: &Expr, schema: &DFSchema) -> Result<Type> {
        Ok(Type::of(&expr.get_type(schema)?))
    }

    pub(super) fn kinds(&self, exprs: &[Expr], schema: &DFSchema) -> Result<Vec<Type>> {
        exprs.iter().map(|expr| self.kind(expr, schema)).collect()
    }

    /// A conversion that Trino makes by itself.
    pub(super) fn widen(&self, expr: Expr, from: &Type, to: &Type) -> Result<Expr> {
        let Some(arrow) = to.arrow().filter(|_| from != to) else {
            return Ok(expr);
        };
        if *from == Type::Unknown {
            return Ok(Expr::Literal(ScalarValue::try_from(&arrow)?, None));
        }
        Ok(if from.is_number() && to.is_number() {
            Expr::Cast(Cast::new(Box::new(expr), arrow))
        } else {
            Conversion::of(expr, to, false, self.zone)
        })
    }

    pub(super) fn widen_in(&self, expr: Expr, to: &Type, schema: &DFSchema) -> Result<Expr> {
        let from = self.kind(&expr, schema)?;
        self.widen(expr, &from, to)
    }

    fn expression(&self, expr: Expr, schema: &DFSchema) -> Result<Expr> {
        Ok(expr
            .transform_up(|expr| self.one(expr, schema).map(Transformed::yes))?
            .data)
    }

    /// One expression whose parts are done.
    fn one(&self, expr: Expr, schema: &DFSchema) -> Result<Expr> {
        match expr {
            Expr::BinaryExpr(binary) => self.binary(binary, schema),
            Expr::Not(inner) => {
                self.operand(&inner, schema, Type::Boolean, "NOT")?;
                Ok(Expr::Not(inner))
            }
            Expr::Negative(inner) => {
                let kind = self.kind(&inner, schema)?;
                if kind.is_number() {
                    Ok(Expr::Negative(inner))
                } else {
                    complain(&format!("Cannot negate {kind}"))
                }
            }
            Expr::Between(between) => self.between(between, schema),
            Expr::InList(list) => self.list(list, schema),
            Expr::InSubquery(query) => self.subquery(query, schema),
            Expr::Case(case) => self.case(case, schema),
            Expr::Cast(Cast { expr, field }) => {
                self.cast(*expr, &Type::of(field.data_type()), false, schema)
            }
            Expr::TryCast(TryCast { expr, field }) => {
                self.cast(*expr, &Type::of(field.data_type()), true, schema)
            }
            Expr::ScalarFunction(call) => self.call(call, schema),
            Expr::AggregateFunction(call) => self.aggregate(call, schema),
            Expr::WindowFunction(call) => self.window(*call, schema),
            other => Ok(other),
        }
    }

    pub(super) fn operand(
        &self,
        expr: &Expr,
        schema: &DFSchema,
        wanted: Type,
        clause: &str,
    ) -> Result<()> {
        let kind = self.kind(expr, schema)?;
        if kind == wanted || kind == Type::Unknown {
            return Ok(());
        }
        complain(&format!(
            "{clause} expression must evaluate to a {wanted} (actual: {kind})"
        ))
    }

    fn binary(&self, binary: BinaryExpr, schema: &DFSchema) -> Result<Expr> {
        let BinaryExpr { left, op, right } = binary;
        let kinds = (self.kind(&left, schema)?, self.kind(&right, schema)?);
        let (left, right) = (*left, *right);
        let both =
            |left, right| Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)));
        match op {
            Operator::And | Operator::Or => {
                self.operand(&left, schema, Type::Boolean, "Logical")?;
                self.operand(&right, schema, Type::Boolean, "Logical")?;
                Ok(both(left, right))
            }
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => {
                let common = comparable(&kinds.0, op, &kinds.1)?;
                Ok(both(
                    self.widen(left, &kinds.0, &common)?,
                    self.widen(right, &kinds.1, &common)?,
                ))
            }
            Operator::Plus | Operator::Minus => match &kinds {
                (Type::Date | Type::Timestamp(_) | Type::Zoned(..), Type::Interval) => {
                    Ok(both(left, right))
                }
                (Type::Interval, Type::Date | Type::Timestamp(_) | Type::Zoned(..))
                    if op == Operator::Plus =>
                {
                    Ok(both(right, left))
                }
                _ => {
                    let common = arithmetic(&kinds.0, op, &kinds.1)?;
                    let (left, right) = match &common {
                        // Arrow finds the scale of a sum by itself.
                        Type::Decimal(..) => {
                            (self.exact(left, &kinds.0)?, self.exact(right, &kinds.1)?)
                        }
                        _ => (
                            self.widen(left, &kinds.0, &common)?,
                            self.widen(right, &kinds.1, &common)?,
                        ),
                    };
                    Ok(both(left, right))
                }
            },
            Operator::Multiply => {
                let common = arithmetic(&kinds.0, op, &kinds.1)?;
                let (Type::Decimal(..), Some((p1, s1)), Some((p2, s2))) =
                    (&common, kinds.0.as_decimal(), kinds.1.as_decimal())
                else {
                    return Ok(both(
                        self.widen(left, &kinds.0, &common)?,
                        self.widen(right, &kinds.1, &common)?,
                    ));
                };
                let product = both(self.exact(left, &kinds.0)?, self.exact(right, &kinds.1)?);
                let kind = Type::Decimal((p1 + p2).min(38), s1 + s2);
                self.widen_in(product, &kind, schema)
            }
            Operator::Divide | Operator::Modulo => {
                arithmetic(&kinds.0, op, &kinds.1)?;
                let name = if op == Operator::Divide {
                    "$divide"
                } else {
                    "mod"
                };
                let found = functions::all().find(|definition| definition.name == name);
                let Some(definition) = found else {
                    return complain(&format!("Function '{name}' not registered"));
                };
                let call = Call::of(definition);
                self.call(
                    ScalarFunction {
                        func: Arc::new(call),
                        args: vec![left, right],
                    },
                    schema,
                )
            }
            _ => complain(&format!("mismatched input '{op}'")),
        }
    }

    /// A whole number among decimals.
    fn exact(&self, expr: Expr, kind: &Type) -> Result<Expr> {
        match kind.as_decimal() {
            Some((precision, scale)) => self.widen(expr, kind, &Type::Decimal(precision, scale)),
            None => Ok(expr),
        }
    }

    fn between(&self, between: Between, schema: &DFSchema) -> Result<Expr> {
        let Between {
            expr,
            negated,
            low,
            high,
        } = between;
        let kind = self.kind(&expr, schema)?;
        let (lowest, highest) = (self.kind(&low, schema)?, self.kind(&high, schema)?);
        let common = kind
            .common(&lowest)
            .and_then(|common| common.common(&highest));
        let Some(common) = common else {
            return complain(&format!(
                "Cannot check if {kind} is BETWEEN {lowest} and {highest}"
            ));
        };
        Ok(Expr::Between(Between::new(
            Box::new(self.widen(*expr, &kind, &common)?),
            negated,
            Box::new(self.widen(*low, &lowest, &common)?),
            Box::new(self.widen(*high, &highest, &common)?),
        )))
    }

    fn list(&self, list: InList, schema: &DFSchema) -> Result<Expr> {
        let InList {
            expr,
            list,
            negated,
        } = list;
        let mut common = self.kind(&expr, schema)?;
        for item in &list {
            let kind = self.kind(item, schema)?;
            let Some(wider) = common.common(&kind) else {
                return complain(&format!(
                    "IN value and list items must be the same type: {common}, {kind}"
                ));
            };
            common = wider;
        }
        let expr = self.widen_in(*expr, &common, schema)?;
        let list = list
            .into_iter()
            .map(|item| self.widen_in(item, &common, schema));
        Ok(Expr::InList(InList::new(
            Box::new(expr),
            list.collect::<Result<_>>()?,
            negated,
        )))
    }

    fn subquery(&self, query: InSubquery, schema: &DFSchema) -> Result<Expr> {
        let InSubquery {
            expr,
            subquery,
            negated,
        } = query;
        let kind = self.kind(&expr, schema)?;
        let plan = Arc::clone(&subquery.subquery);
        let (relation, field) = plan.schema().qualified_field(0);
        let other = Type::of(field.data_type());
        let Some(common) = kind.common(&other) else {
            return complain(&format!(
                "value and result of subquery must be of the same type for IN expression: {kind} vs {other}"
            ));
        };
        let expr = self.widen(*expr, &kind, &common)?;
        let column = Expr::Column(Column::new(relation.cloned(), field.name()));
        let subquery = if other == common {
            subquery
        } else {
            let wide = self.widen(column, &other, &common)?.alias(field.name());
            Subquery {
                subquery: Arc::new(LogicalPlan::Projection(Projection::try_new(
                    vec![wide],
                    plan,
                )?)),
                ..subquery
            }
        };
        Ok(Expr::InSubquery(InSubquery::new(
            Box::new(expr),
            subquery,
            negated,
        )))
    }

    fn case(&self, case: Case, schema: &DFSchema) -> Result<Expr> {
        let Case {
            expr,
            when_then_expr,
            else_expr,
        } = case;
        let mut asked = match &expr {
            Some(expr) => self.kind(expr, schema)?,
            None => Type::Boolean,
        };
        let mut result = match &else_expr {
            Some(otherwise) => self.kind(otherwise, schema)?,
            None => Type::Unknown,
        };
        for (when, then) in &when_then_expr {
            let kind = self.kind(when, schema)?;
            let Some(common) = asked.common(&kind) else {
                return complain(&format!(
                    "CASE operand type does not match WHEN clause operand type: {asked} vs {kind}"
                ));
            };
            asked = common;
            let kind = self.kind(then, schema)?;
            let Some(common) = result.common(&kind) else {
                return complain(&format!(
                    "All CASE results must be the same type: {result}, {kind}"
                ));
            };
            result = common;
        }
        let convert = |expr: Box<Expr>, kind: &Type| -> Result<Box<Expr>> {
            Ok(Box::new(self.widen_in(*expr, kind, schema)?))
        };
        Ok(Expr::Case(Case::new(
            expr.map(|expr| convert(expr, &asked)).transpose()?,
            when_then_expr
                .into_iter()
                .map(|(when, then)| Ok((convert(when, &asked)?, convert(then, &result)?)))
                .collect::<Result<_>>()?,
            else_expr
                .map(|otherwise| convert(otherwise, &result))
                .transpose()?,
        )))
    }

    pub(super) fn cast(
        &self,
        expr: Expr,
        to: &Type,
        lenient: bool,
        schema: &DFSchema,
    ) -> Result<Expr> {
        let from = self.kind(&expr, schema)?;
        if !is_castable(&from, to) {
            return complain(&format!("Cannot cast {from} to {to}"));
        }
        if from == Type::Unknown {
            return self.widen(expr, &from, to);
        }
        Ok(
            if from == *to
                && expr.get_type(schema)? == to.arrow().unwrap_or(arrow::datatypes::DataType::Null)
            {
                expr
            } else {
                Conversion::of(expr, to, lenient, self.zone)
            },
        )
    }
}

fn comparable(left: &Type, op: Operator, right: &Type) -> Result<Type> {
    match left.common(right) {
        Some(common) => Ok(common),
        None => complain(&format!(
            "'{}' cannot be applied to {left}, {right}",
            symbol(op)
        )),
    }
}

fn arithmetic(left: &Type, op: Operator, right: &Type) -> Result<Type> {
    match left.common(right) {
        Some(common) if common.is_number() => Ok(common),
        _ => complain(&format!(
            "'{}' cannot be applied to {left}, {right}",
            symbol(op)
        )),
    }
}

fn symbol(op: Operator) -> String {
    match op {
        Operator::NotEq => "<>".to_owned(),
        Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => "IS DISTINCT FROM".to_owned(),
        other => other.to_string(),
    }
}
