//! Averages of decimals, taken apart: Trino rounds them to the column's own scale, so it sums and counts, and the
//! division happens here, digit by digit as DataFusion's own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{
    Aggregate, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Projection, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The aggregate with sums and counts instead of averages of decimals, below a projection that divides; `None` if it has
/// none.
pub(crate) fn without_averages(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let input = aggregate.input.schema();
    let is_average = |call: &AggregateFunction| -> bool {
        call.func.name() == "avg"
            && !call.params.distinct
            && call.params.args.first().is_some_and(|argument| {
                matches!(argument.get_type(input), Ok(DataType::Decimal128(..)))
            })
    };
    let averaged = |expr: &Expr| match strip(expr) {
        Expr::AggregateFunction(call) if is_average(call) => Some(call.clone()),
        _ => None,
    };
    if !aggregate
        .aggr_expr
        .iter()
        .any(|expr| averaged(expr).is_some())
    {
        return Ok(None);
    }
    let mut calls: Vec<Expr> = Vec::new();
    // For each output its one call, or sum and count.
    let mut places: Vec<(usize, Option<usize>)> = Vec::new();
    let mut place = |expr: Expr| match calls.iter().position(|known| *known == expr) {
        Some(place) => place,
        None => {
            calls.push(expr);
            calls.len() - 1
        }
    };
    for expr in &aggregate.aggr_expr {
        places.push(match averaged(expr) {
            None => (place(expr.clone()), None),
            Some(AggregateFunction { params, .. }) => {
                let of = |func| {
                    let params = AggregateFunctionParams { ..params.clone() };
                    Expr::AggregateFunction(AggregateFunction { func, params })
                };
                (place(of(sum_udaf())), Some(place(of(count_udaf()))))
            }
        });
    }
    let parts = Aggregate::try_new(
        Arc::clone(&aggregate.input),
        aggregate.group_expr.clone(),
        calls,
    )?;
    let groups = parts.schema.fields().len() - parts.aggr_expr.len();
    let column = |place: usize| Expr::Column(parts.schema.qualified_field(place).into());
    let mut list: Vec<Expr> = (0..groups).map(column).collect();
    for (place, (first, count)) in places.iter().enumerate() {
        let (qualifier, field) = aggregate.schema.qualified_field(groups + place);
        let value = match count {
            None => column(groups + first),
            Some(count) => ScalarUDF::from(DecimalAverage::new(field.data_type().clone()))
                .call(vec![column(groups + first), column(groups + count)]),
        };
        list.push(value.alias_qualified(qualifier.cloned(), field.name()));
    }
    let schema = Arc::clone(&aggregate.schema);
    let below = Arc::new(LogicalPlan::Aggregate(parts));
    Ok(Some(LogicalPlan::Projection(
        Projection::try_new_with_schema(list, below, schema)?,
    )))
}

fn strip(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => strip(&alias.expr),
        other => other,
    }
}

/// Sum divided by count, cut at the scale that DataFusion gives an average.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalAverage {
    signature: Signature,
    result: DataType,
}

impl DecimalAverage {
    fn new(result: DataType) -> Self {
        Self {
            signature: Signature::any(2, Volatility::Immutable),
            result,
        }
    }
}

impl ScalarUDFImpl for DecimalAverage {
    fn name(&self) -> &'static str {
        "average_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.result.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let DataType::Decimal128(precision, scale) = self.result else {
            return exec_err!("an average of decimals is a decimal");
        };
        let [sums, counts] = ColumnarValue::values_to_arrays(&args.args)?
            .try_into()
            .map_err(|_| exec_datafusion_err!("an average has a sum and a count"))?;
        let DataType::Decimal128(_, own) = sums.data_type() else {
            return exec_err!("a sum of decimals is a decimal");
        };
        let finer = 10_i128.pow(u32::try_from(scale - own).unwrap_or_default());
        let (sums, counts) = (
            sums.as_primitive::<Decimal128Type>(),
            counts.as_primitive::<Int64Type>(),
        );
        let overflow = || exec_datafusion_err!("an average has too many digits");
        let mut averages: Vec<Option<i128>> = Vec::with_capacity(sums.len());
        for (sum, count) in sums.iter().zip(counts) {
            averages.push(match (sum, count) {
                (Some(sum), Some(count)) if count != 0 => {
                    let fine = sum.checked_mul(finer).ok_or_else(overflow)?;
                    Some(fine / i128::from(count))
                }
                _ => None,
            });
        }
        let averages =
            Decimal128Array::from(averages).with_precision_and_scale(precision, scale)?;
        averages.validate_decimal_precision(precision)?;
        if averages.len() == 1 && args.number_rows == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &averages, 0,
            )?));
        }
        Ok(ColumnarValue::Array(Arc::new(averages)))
    }
}
