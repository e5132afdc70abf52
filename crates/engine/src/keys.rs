//! The keys inside a hash join's dynamic filter.
//!
//! A filter is an expression that the join has filled with what its build side holds. Only forms that surely
//! limit the column are read; anything else means "not limited".

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, Column, DynamicFilterPhysicalExpr, InListExpr, Literal,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::execution_plan::apply_expression_roots;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use zuzen_plan::value::{Type, Value};

use crate::filter::value;

/// The filters that joins and sorts above a scan fill while the statement runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct JoinFilters {
    all: Vec<Arc<dyn PhysicalExpr>>,
    /// Those of hash joins: complete before the first row is wanted, so they may be awaited.
    awaitable: HashSet<u64>,
}

impl JoinFilters {
    /// Takes what the nodes above offer. Their owners check rows themselves: a scan only learns from them.
    pub(crate) fn learn<T>(
        &self,
        phase: FilterPushdownPhase,
        result: &ChildPushdownResult,
        pushdown: bool,
    ) -> (FilterPushdownPropagation<T>, Option<Self>) {
        let answers = vec![PushedDown::No; result.parent_filters.len()];
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(answers);
        if phase != FilterPushdownPhase::Post || !pushdown || result.parent_filters.is_empty() {
            return (answer, None);
        }
        let mut all = self.all.clone();
        let offered = result.parent_filters.iter();
        all.extend(offered.map(|parent| Arc::clone(&parent.filter)));
        let awaitable = self.awaitable.clone();
        (answer, Some(Self { all, awaitable }))
    }

    /// Shows the filters to whoever fills them.
    pub(crate) fn visit(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.all.iter(), visit)
    }

    /// Remembers which of them may be awaited.
    pub(crate) fn mark(&mut self, ids: &HashSet<u64>) {
        let own = self.all.iter().filter_map(|filter| filter.expression_id());
        self.awaitable = own.filter(|id| ids.contains(id)).collect();
    }

    /// Waits for the joins, then tells the keys of each of these columns that are enumerated.
    pub(crate) async fn keys(&self, columns: &[(String, Type)]) -> Vec<(usize, Vec<Value>)> {
        let mut found = Vec::new();
        for filter in &self.all {
            let Some(join) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() else {
                continue;
            };
            if !join
                .expression_id()
                .is_some_and(|id| self.awaitable.contains(&id))
            {
                continue;
            }
            join.wait_complete().await;
            for (place, (name, kind)) in columns.iter().enumerate() {
                if let Some(values) = keys(filter, name, kind) {
                    found.push((place, values));
                }
            }
        }
        found
    }
}

/// The distinct values that `filter` limits `column` to, or `None` if it does not enumerate them.
pub(crate) fn keys(
    filter: &Arc<dyn PhysicalExpr>,
    column: &str,
    kind: &Type,
) -> Option<Vec<Value>> {
    let found = limit(filter, column, kind)?;
    Some(found.into_iter().map(|key| key.0).collect())
}

/// Orders values, so that a set of them is distinct and deterministic.
#[derive(Debug, Clone, PartialEq)]
struct Key(Value);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0)
    }
}

fn limit(expr: &Arc<dyn PhysicalExpr>, column: &str, kind: &Type) -> Option<BTreeSet<Key>> {
    if let Some(dynamic) = expr.downcast_ref::<DynamicFilterPhysicalExpr>() {
        return limit(&dynamic.current().ok()?, column, kind);
    }
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        return match binary.op() {
            Operator::And => {
                match (
                    limit(binary.left(), column, kind),
                    limit(binary.right(), column, kind),
                ) {
                    (Some(left), Some(right)) => Some(if left.len() <= right.len() {
                        left
                    } else {
                        right
                    }),
                    (left, right) => left.or(right),
                }
            }
            Operator::Or => {
                let mut both = limit(binary.left(), column, kind)?;
                both.extend(limit(binary.right(), column, kind)?);
                Some(both)
            }
            Operator::Eq if is_column(binary.left(), column) => {
                Some(BTreeSet::from([Key(literal(binary.right(), kind)?)]))
            }
            _ => None,
        };
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let field = field(list.expr(), column)?;
        if list.negated() {
            return None;
        }
        let mut values = BTreeSet::new();
        for item in list.list() {
            let scalar = field.pick(item.downcast_ref::<Literal>()?.value())?;
            // A NULL in the list matches no row.
            if !scalar.is_null() {
                values.insert(Key(value(&scalar, kind)?));
            }
        }
        return Some(values);
    }
    if let Some(case) = expr.downcast_ref::<CaseExpr>() {
        // One branch for each partition of the build side: a row can match any of them.
        let mut union = BTreeSet::new();
        for (_, then) in case.when_then_expr() {
            union.extend(limit(then, column, kind)?);
        }
        union.extend(limit(case.else_expr()?, column, kind)?);
        return Some(union);
    }
    match expr.downcast_ref::<Literal>()?.value() {
        ScalarValue::Boolean(Some(false)) => Some(BTreeSet::new()),
        _ => None,
    }
}

/// Which part of a list's items is the column: all of it, or one field of a composite key.
enum Field {
    Whole,
    Part(usize),
}

impl Field {
    fn pick(&self, item: &ScalarValue) -> Option<ScalarValue> {
        match (self, item) {
            (Self::Whole, item) => Some(item.clone()),
            (Self::Part(place), ScalarValue::Struct(fields)) => {
                ScalarValue::try_from_array(fields.columns().get(*place)?, 0).ok()
            }
            (Self::Part(_), _) => None,
        }
    }
}

fn field(expr: &Arc<dyn PhysicalExpr>, column: &str) -> Option<Field> {
    if is_column(expr, column) {
        return Some(Field::Whole);
    }
    let composite = expr
        .downcast_ref::<ScalarFunctionExpr>()
        .filter(|call| call.name() == "struct")?;
    composite
        .args()
        .iter()
        .position(|part| is_column(part, column))
        .map(Field::Part)
}

fn is_column(expr: &Arc<dyn PhysicalExpr>, column: &str) -> bool {
    expr.downcast_ref::<Column>()
        .is_some_and(|found| found.name() == column)
}

fn literal(expr: &Arc<dyn PhysicalExpr>, kind: &Type) -> Option<Value> {
    value(expr.downcast_ref::<Literal>()?.value(), kind)
}

#[cfg(test)]
mod tests {
    use datafusion::physical_expr::expressions::{binary, in_list, lit};

    use super::*;

    /// A filter, and the ids it limits a scan to.
    type Case = (Arc<dyn PhysicalExpr>, Option<Vec<i64>>);

    #[test]
    fn only_what_surely_limits_is_read() {
        use datafusion::arrow::datatypes::{DataType, Field, Schema};
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("other", DataType::Int64, true),
        ]);
        let id = || Arc::new(Column::new("id", 0)) as Arc<dyn PhysicalExpr>;
        let other = || Arc::new(Column::new("other", 1)) as Arc<dyn PhysicalExpr>;
        let list = |values: &[i64]| {
            in_list(
                id(),
                values.iter().map(|value| lit(*value)).collect(),
                &false,
                &schema,
            )
            .unwrap()
        };
        let join = |left, op, right| binary(left, op, right, &schema).unwrap();
        let bound = || join(id(), Operator::GtEq, lit(5_i64));
        let cases: Vec<Case> = vec![
            (list(&[7, 5, 7]), Some(vec![5, 7])),
            (
                join(bound(), Operator::And, list(&[5, 9])),
                Some(vec![5, 9]),
            ),
            (join(bound(), Operator::Or, list(&[5, 9])), None),
            (join(list(&[1]), Operator::Or, list(&[2])), Some(vec![1, 2])),
            (bound(), None),
            (lit(false), Some(vec![])),
            (lit(true), None),
            (join(other(), Operator::Eq, lit(1_i64)), None),
            (
                in_list(id(), vec![lit(1_i64)], &true, &schema).unwrap(),
                None,
            ),
        ];
        for (expr, expected) in cases {
            let expected =
                expected.map(|values| values.into_iter().map(Value::Int).collect::<Vec<_>>());
            assert_eq!(keys(&expr, "id", &Type::Int64), expected, "{expr}");
        }
    }
}
