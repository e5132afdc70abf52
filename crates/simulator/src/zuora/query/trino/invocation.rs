//! Calls in a plan: their arguments become what the function takes, literals become values. It refuses arguments that Trino's
//! functions do not take.

use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, WindowFunction};
use datafusion::logical_expr::{Expr, WindowFunctionDefinition};

use super::analysis::{Analysis, complain};
use super::call::{Conversion, unexpected};
use super::functions;
use super::literal::Literal;
use super::types::Type;

impl Analysis<'_> {
    pub(super) fn call(&self, call: ScalarFunction, schema: &DFSchema) -> Result<Expr> {
        let name = call.func.name().to_owned();
        let kinds = self.kinds(&call.args, schema)?;
        let constant = |at: usize| match call.args.get(at) {
            Some(Expr::Literal(ScalarValue::Utf8(Some(text)), _)) => Some(text.clone()),
            _ => None,
        };
        match name.as_str() {
            "$literal" => {
                let (Some(kind), Some(text)) = (constant(0), constant(1)) else {
                    return complain("a literal is not constant");
                };
                let literal = Literal::parse(&kind, &text).map_err(DataFusionError::Plan)?;
                return Ok(Expr::Literal(literal.value(), None));
            }
            "typeof" => {
                let text = match (call.args.first(), kinds.first()) {
                    (Some(Expr::Literal(ScalarValue::Int64(Some(value)), _)), _)
                        if i32::try_from(*value).is_ok() =>
                    {
                        "integer".to_owned()
                    }
                    (Some(Expr::Literal(ScalarValue::Utf8(Some(text)), _)), _) => {
                        format!("varchar({})", text.chars().count())
                    }
                    (_, Some(kind)) => kind.to_string(),
                    _ => return complain(&unexpected(&kinds, &name)),
                };
                return Ok(Expr::Literal(ScalarValue::Utf8(Some(text)), None));
            }
            "at_timezone" => {
                let Some(zone) = constant(1) else {
                    return complain(
                        "this tenant takes only a constant as the zone of at_timezone",
                    );
                };
                super::cell::zone(&zone)
                    .map_err(|error| DataFusionError::Plan(format!("line 1:1: {error}")))?;
                let (Some(Type::Zoned(digits, _) | Type::Timestamp(digits)), Some(expr)) =
                    (kinds.first(), call.args.first())
                else {
                    return complain(&format!("Unexpected parameters for function {name}"));
                };
                return Ok(Conversion::of(
                    expr.clone(),
                    &Type::Zoned(*digits, zone),
                    false,
                    self.zone,
                ));
            }
            "$convert" => return Ok(Expr::ScalarFunction(call)),
            "date" if kinds.len() == 1 => {
                return self.cast(call.args[0].clone(), &Type::Date, false, schema);
            }
            _ => {}
        }
        let found = functions::all().find(|definition| definition.name == name);
        let resolved = found.and_then(|definition| (definition.resolve)(&kinds));
        let Some((wanted, _)) = resolved else {
            return plan_err!("{}", unexpected(&kinds, &name));
        };
        let args = call.args.into_iter().zip(kinds.iter().zip(&wanted));
        let args = args.map(|(arg, (from, to))| self.widen(arg, from, to));
        Ok(Expr::ScalarFunction(ScalarFunction {
            func: call.func,
            args: args.collect::<Result<_>>()?,
        }))
    }

    /// The arguments of an aggregate, by its name.
    fn aggregated(&self, name: &str, args: Vec<Expr>, schema: &DFSchema) -> Result<Vec<Expr>> {
        let kinds = self.kinds(&args, schema)?;
        let fine = match (name, kinds.as_slice()) {
            ("count", [] | [_]) | ("min" | "max", [_]) => true,
            ("sum" | "avg", [kind]) => kind.is_number(),
            ("bool_and" | "bool_or", [kind]) => *kind == Type::Boolean,
            _ => false,
        };
        if !fine {
            return plan_err!("{}", unexpected(&kinds, name));
        }
        match (name, kinds.first()) {
            // A sum has all the digits there are.
            ("sum", Some(Type::Decimal(_, scale))) => {
                let wide = Type::Decimal(38, *scale);
                args.into_iter()
                    .map(|arg| self.widen_in(arg, &wide, schema))
                    .collect()
            }
            ("avg", Some(Type::Bigint)) => args
                .into_iter()
                .map(|arg| self.widen_in(arg, &Type::Double, schema))
                .collect(),
            _ => Ok(args),
        }
    }

    pub(super) fn aggregate(&self, call: AggregateFunction, schema: &DFSchema) -> Result<Expr> {
        let AggregateFunction { func, mut params } = call;
        params.args = self.aggregated(func.name(), params.args, schema)?;
        if let Some(filter) = &params.filter {
            self.operand(filter, schema, Type::Boolean, "FILTER")?;
        }
        Ok(Expr::AggregateFunction(AggregateFunction { func, params }))
    }

    pub(super) fn window(&self, mut call: WindowFunction, schema: &DFSchema) -> Result<Expr> {
        let args = std::mem::take(&mut call.params.args);
        let name = call.fun.name().to_owned();
        call.params.args = match &call.fun {
            WindowFunctionDefinition::AggregateUDF(_)
                if functions::AGGREGATES.contains(&name.as_str()) =>
            {
                self.aggregated(&name, args, schema)?
            }
            _ => {
                let kinds = self.kinds(&args, schema)?;
                match (name.as_str(), kinds.as_slice()) {
                    ("lag" | "lead", [value, Type::Bigint, default]) => {
                        let Some(common) = value.common(default).filter(|common| common == value)
                        else {
                            return plan_err!("{}", unexpected(&kinds, &name));
                        };
                        let mut args = args;
                        if let Some(last) = args.pop() {
                            args.push(self.widen_in(last, &common, schema)?);
                        }
                        args
                    }
                    ("lag" | "lead", [_] | [_, Type::Bigint])
                    | ("first_value" | "last_value", [_])
                    | ("nth_value", [_, Type::Bigint])
                    | ("ntile", [Type::Bigint])
                    | ("row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist", []) => {
                        args
                    }
                    _ => return plan_err!("{}", unexpected(&kinds, &name)),
                }
            }
        };
        Ok(Expr::WindowFunction(Box::new(call)))
    }
}
