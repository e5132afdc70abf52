//! Aggregates whose value is the same in Trino and in DataFusion. Averages of decimals are not: Trino rounds them to the
//! column's own scale (`crate::remote::average` takes them apart).

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::expr::AggregateFunctionParams;
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable};

use super::block::{Block, Said};
use super::expression::{Family, Scope};
use super::relation::{Writer, is_place, scope};

impl Writer<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Option<Block> {
        let block = self.relation(&aggregate.input)?;
        let mut block = self.unless(block.is_open(), block);
        let scope = scope(aggregate.input.schema(), &block);
        let mut groups = Vec::new();
        for group in &aggregate.group_expr {
            scope.family(group)?;
            groups.push(scope.value(group).filter(|text| !is_place(text))?);
        }
        // Without groups it is the calls that make it one row.
        if groups.is_empty() && aggregate.aggr_expr.is_empty() {
            return None;
        }
        let mut columns: Vec<Said> = groups.iter().cloned().map(Said::plain).collect();
        for call in &aggregate.aggr_expr {
            columns.push(Said::plain(scope.aggregated(call)?));
        }
        block.columns = columns;
        block.groups = Some(groups);
        Some(block)
    }
}

impl Scope<'_> {
    fn aggregated(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Alias(alias) => self.aggregated(&alias.expr),
            Expr::AggregateFunction(call) => self.aggregate_call(call.func.name(), &call.params),
            _ => None,
        }
    }

    fn aggregate_call(&self, name: &str, params: &AggregateFunctionParams) -> Option<String> {
        let AggregateFunctionParams {
            args,
            distinct,
            filter,
            order_by,
            null_treatment,
        } = params;
        (order_by.is_empty() && null_treatment.is_none()).then_some(())?;
        let mut text = self.measured(name, args, *distinct)?;
        if let Some(filter) = filter {
            text.push_str(&format!(" FILTER (WHERE {})", self.condition(filter)?));
        }
        Some(text)
    }

    /// `sum("t1"."amount")`, of groups and of windows.
    pub(super) fn measured(&self, name: &str, args: &[Expr], distinct: bool) -> Option<String> {
        let [argument] = args else {
            return None;
        };
        if let ("count", Expr::Literal(value, _)) = (name, argument) {
            return (!value.is_null() && !distinct).then(|| "count(*)".to_owned());
        }
        if let ("avg", false) = (name, distinct) {
            // Of whole numbers both make a double; the engine says so by a cast.
            let number = match argument {
                Expr::Cast(cast) if *cast.field.data_type() == DataType::Float64 => {
                    cast.expr.as_ref()
                }
                other => other,
            };
            number
                .get_type(self.schema)
                .ok()?
                .is_integer()
                .then_some(())?;
            return Some(format!("avg({})", self.value(number)?));
        }
        let kind = self.family(argument)?;
        let known = match name {
            "count" | "min" | "max" => true,
            "sum" => kind == Family::Number,
            "bool_and" | "bool_or" => kind == Family::Boolean,
            _ => false,
        };
        known.then_some(())?;
        let word = if distinct { "DISTINCT " } else { "" };
        Some(format!("{name}({word}{})", self.value(argument)?))
    }
}
