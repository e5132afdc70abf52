//! Trino's functions as DataFusion calls them: one shape for all scalar functions, and one for conversions. It refuses to know
//! any of them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::cast::convert;
use super::cell::{Cell, Cells, column};
use super::functions::Definition;
use super::literal::Literal;
use super::types::Type;

/// A function that a statement calls.
#[derive(Debug)]
pub(super) struct Call {
    definition: &'static Definition,
    signature: Signature,
}

impl Call {
    pub(super) fn of(definition: &'static Definition) -> ScalarUDF {
        let signature = Signature::user_defined(Volatility::Immutable);
        ScalarUDF::from(Self {
            definition,
            signature,
        })
    }

    fn resolve(&self, given: &[DataType]) -> Result<(Vec<Type>, Type)> {
        let given: Vec<Type> = given.iter().map(Type::of).collect();
        match (self.definition.resolve)(&given) {
            Some(resolved) => Ok(resolved),
            None => plan_err!("{}", unexpected(&given, self.definition.name)),
        }
    }
}

/// The complaint about arguments that a function does not take.
pub(super) fn unexpected(given: &[Type], name: &str) -> String {
    let given: Vec<String> = given.iter().map(Type::to_string).collect();
    format!(
        "line 1:1: Unexpected parameters ({}) for function {name}",
        given.join(", ")
    )
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl ScalarUDFImpl for Call {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let (wanted, _) = self.resolve(given)?;
        let arrow = wanted.iter().zip(given).map(|(wanted, given)| {
            // What is read as it comes needs no conversion.
            let as_it_is = Type::of(given) == *wanted;
            if as_it_is {
                given.clone()
            } else {
                wanted.arrow().unwrap_or(DataType::Null)
            }
        });
        Ok(arrow.collect())
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let (_, result) = self.resolve(given)?;
        Ok(result.arrow().unwrap_or(DataType::Null))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let given: Vec<DataType> = args
            .arg_fields
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        let constant = |at: usize| match args.scalar_arguments.get(at) {
            Some(Some(ScalarValue::Utf8(Some(text)))) => Some(text.as_str()),
            _ => None,
        };
        let kind = match (self.definition.name, constant(0), constant(1)) {
            ("$literal", Some(kind), Some(text)) => Literal::parse(kind, text)
                .map_err(DataFusionError::Plan)?
                .kind()
                .arrow(),
            ("at_timezone", _, Some(zone)) => match given.first().map(Type::of) {
                Some(Type::Zoned(digits, _) | Type::Timestamp(digits)) => {
                    Type::Zoned(digits, zone.to_owned()).arrow()
                }
                _ => None,
            },
            _ => None,
        };
        let kind = kind.map_or_else(|| self.return_type(&given), Ok)?;
        Ok(Arc::new(Field::new(self.definition.name, kind, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kind = Type::of(args.return_type());
        let apply = self.definition.apply;
        each(&args.args, args.number_rows, &kind, |cells| {
            apply(cells, &kind)
        })
    }
}

/// A conversion that Trino makes by itself or is asked for. DataFusion must not see through it: what it takes away makes a
/// filter one on the bare column again.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Conversion {
    target: Type,
    /// NULL instead of a complaint.
    lenient: bool,
    signature: Signature,
    /// Where the fields of a moment without a zone are read.
    zone: String,
}

impl Conversion {
    pub(super) fn of(expr: Expr, target: &Type, lenient: bool, zone: &str) -> Expr {
        let udf = ScalarUDF::from(Self {
            target: target.clone(),
            lenient,
            signature: Signature::any(1, Volatility::Immutable),
            zone: zone.to_owned(),
        });
        udf.call(vec![expr])
    }
}

impl ScalarUDFImpl for Conversion {
    fn name(&self) -> &'static str {
        "$convert"
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        Ok(format!("{self}({})", args.join(",")))
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args
            .iter()
            .map(|arg| arg.schema_name().to_string())
            .collect();
        Ok(format!("{self}({})", args.join(",")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        match self.target.arrow() {
            Some(arrow) => Ok(arrow),
            None => plan_err!("line 1:1: Unknown type: {}", self.target),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(
            &args.args,
            args.number_rows,
            &self.target,
            |cells| match convert(&cells[0], &self.target, &self.zone) {
                Err(_) if self.lenient => Ok(Cell::Null),
                other => other,
            },
        )
    }
}

impl fmt::Display for Conversion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lenient = if self.lenient { "try_" } else { "" };
        write!(formatter, "{lenient}cast_{}_{}", self.target, self.zone)
    }
}

/// Computes every row; a null among the arguments makes null.
fn each(
    args: &[ColumnarValue],
    rows: usize,
    kind: &Type,
    compute: impl Fn(&[Cell]) -> std::result::Result<Cell, String>,
) -> Result<ColumnarValue> {
    let failed = DataFusionError::Execution;
    let constant = args
        .iter()
        .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { rows };
    let mut columns = Vec::with_capacity(args.len());
    for arg in args {
        // A constant is read once.
        columns.push(match arg {
            ColumnarValue::Array(array) => (Cells::of(array).map_err(failed)?, false),
            ColumnarValue::Scalar(value) => (Cells::of(&value.to_array()?).map_err(failed)?, true),
        });
    }
    let mut results = Vec::with_capacity(rows);
    let mut cells: Vec<Cell> = columns.iter().map(|_| Cell::Null).collect();
    for row in 0..rows {
        for (cell, (column, constant)) in cells.iter_mut().zip(&columns) {
            *cell = column.get(if *constant { 0 } else { row });
        }
        results.push(if cells.contains(&Cell::Null) {
            Cell::Null
        } else {
            compute(&cells).map_err(failed)?
        });
    }
    let array = column(results, kind).map_err(failed)?;
    if constant {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
            &array, 0,
        )?))
    } else {
        Ok(ColumnarValue::Array(array))
    }
}
