//! Trino's `avg`: of decimals it is a decimal of the same type, rounded half up; of all else a double. It refuses DISTINCT, which
//! the planner takes apart before.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue, not_impl_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use super::call::unexpected;
use super::functions::halves_up;
use super::types::Type;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Average {
    signature: Signature,
}

impl Average {
    pub(super) fn function() -> AggregateUDF {
        AggregateUDF::from(Self {
            signature: Signature::user_defined(Volatility::Immutable),
        })
    }
}

impl AggregateUDFImpl for Average {
    fn name(&self) -> &'static str {
        "avg"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [kind @ DataType::Decimal128(..)] => Ok(vec![kind.clone()]),
            [kind] if matches!(Type::of(kind), Type::Bigint | Type::Double | Type::Unknown) => {
                Ok(vec![DataType::Float64])
            }
            _ => {
                let given: Vec<Type> = given.iter().map(Type::of).collect();
                plan_err!("{}", unexpected(&given, "avg"))
            }
        }
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(match given.first() {
            Some(kind @ DataType::Decimal128(..)) => kind.clone(),
            _ => DataType::Float64,
        })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return not_impl_err!("avg(DISTINCT) beside other aggregates");
        }
        Ok(match args.return_field.data_type() {
            DataType::Decimal128(precision, scale) => Box::new(Decimals {
                sum: 0,
                count: 0,
                precision: *precision,
                scale: *scale,
            }),
            _ => Box::new(Doubles::default()),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let sum = match args.return_field.data_type() {
            DataType::Decimal128(_, scale) => DataType::Decimal128(38, *scale),
            _ => DataType::Float64,
        };
        Ok(vec![
            Arc::new(Field::new(format!("{}[sum]", args.name), sum, true)),
            Arc::new(Field::new(
                format!("{}[count]", args.name),
                DataType::Int64,
                true,
            )),
        ])
    }
}

#[derive(Debug)]
struct Decimals {
    sum: i128,
    count: i64,
    precision: u8,
    scale: i8,
}

impl Decimals {
    fn add(&mut self, array: &ArrayRef, sign: i128) -> Result<()> {
        for value in array.as_primitive::<Decimal128Type>().iter().flatten() {
            self.sum = self.sum.checked_add(value * sign).ok_or_else(overflow)?;
            self.count += sign as i64;
        }
        Ok(())
    }
}

fn overflow() -> DataFusionError {
    DataFusionError::Execution("Decimal overflow".to_owned())
}

impl Accumulator for Decimals {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let average = (self.count > 0).then(|| halves_up(self.sum, i128::from(self.count)));
        Ok(ScalarValue::Decimal128(average, self.precision, self.scale))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![
            ScalarValue::Decimal128(Some(self.sum), 38, self.scale),
            ScalarValue::Int64(Some(self.count)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for sum in states[0].as_primitive::<Decimal128Type>().iter().flatten() {
            self.sum = self.sum.checked_add(sum).ok_or_else(overflow)?;
        }
        self.count += states[1]
            .as_primitive::<Int64Type>()
            .iter()
            .flatten()
            .sum::<i64>();
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Doubles {
    sum: f64,
    count: i64,
}

impl Doubles {
    fn add(&mut self, array: &ArrayRef, sign: f64) {
        let values = array.as_primitive::<Float64Type>();
        self.sum += sign * values.iter().flatten().sum::<f64>();
        self.count += sign as i64 * (values.len() - values.null_count()) as i64;
    }
}

impl Accumulator for Doubles {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], 1.0);
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], -1.0);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(
            (self.count > 0).then(|| self.sum / self.count as f64),
        ))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![
            ScalarValue::Float64(Some(self.sum)),
            ScalarValue::Int64(Some(self.count)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.sum += states[0]
            .as_primitive::<Float64Type>()
            .iter()
            .flatten()
            .sum::<f64>();
        self.count += states[1]
            .as_primitive::<Int64Type>()
            .iter()
            .flatten()
            .sum::<i64>();
        Ok(())
    }
}
