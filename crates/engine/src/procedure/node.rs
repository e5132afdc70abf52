//! A call in a logical plan.
//!
//! Arguments that are constants are checked and put away when the plan is made, so that a plan never prints a secret.
//! Parameters of prepared statements stay expressions until they are bound. It refuses to call anything.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result as DataFusionResult, TableReference};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use super::arguments::Arguments;
use super::declared::{Holds, Parameter};
use super::find::Target;
use super::given::{no_constant, unreadable};
use crate::error::{Error, Kind};

/// One written call. Clones are the same call: a statement that reads it twice makes it once.
#[derive(Clone)]
pub(crate) struct Call {
    target: Arc<Target>,
    arguments: Arguments,
    /// Arguments that are not known yet, by the place of their parameters.
    open: Vec<(usize, Expr)>,
    schema: DFSchemaRef,
}

impl Call {
    /// # Errors
    /// `Sql` for arguments that do not fit, and for missing ones.
    pub(super) fn new(target: Target, given: Vec<(usize, Expr)>) -> DataFusionResult<Self> {
        let procedure = target.procedure;
        // No descriptions: DataFusion takes parameters compared with columns of different metadata for conflicting.
        let results = procedure.results.iter();
        let fields = results.map(|result| Field::new(result.name, result.holds.data_type(), true));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        // As the planner reads names that are typed without quotes.
        let name = procedure.name.to_lowercase();
        let name = TableReference::partial(target.connection.name(), name);
        let call = Self {
            target: Arc::new(target),
            arguments: Arguments::none(procedure),
            open: Vec::new(),
            schema: Arc::new(DFSchema::try_from_qualified_schema(name, &schema)?),
        };
        call.with(given).map_err(Error::into_datafusion)
    }

    pub(super) fn target(&self) -> &Arc<Target> {
        &self.target
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.target, &other.target)
    }

    pub(super) fn row_schema(&self) -> SchemaRef {
        Arc::clone(self.schema.inner())
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Expr> {
        self.open.iter().map(|(_, expr)| expr)
    }

    /// The arguments, if all of them are known.
    ///
    /// # Errors
    /// `Sql` if a parameter of the statement is not bound, or a value is only known while rows are made.
    pub(super) fn settled(&self) -> Result<&Arguments, Error> {
        let Some((place, expr)) = self.open.first() else {
            return Ok(&self.arguments);
        };
        let Some(parameter) = self.target.procedure.parameters.get(*place) else {
            return Ok(&self.arguments);
        };
        match placeholder(expr) {
            None => Err(no_constant(parameter, &self.target)),
            Some(id) => {
                let message = format!(
                    "the argument `{}` of {} is the parameter {id}, which has no value",
                    parameter.name, self.target
                );
                Err(Error::new(Kind::Sql, message).with_hint(
                    "bind it: PREPARE the statement and EXECUTE it with values, or use with_param_values",
                ))
            }
        }
    }

    /// The same call with its open arguments replaced by these.
    pub(super) fn bound(&self, open: &mut impl Iterator<Item = Expr>) -> Result<Self, Error> {
        let places: Vec<usize> = self.open.iter().map(|(place, _)| *place).collect();
        let mut call = self.clone();
        call.open.clear();
        call.with(places.into_iter().zip(open).collect())
    }

    fn with(mut self, given: Vec<(usize, Expr)>) -> Result<Self, Error> {
        for (place, expr) in given {
            let Some(parameter) = self.target.procedure.parameters.get(place) else {
                continue;
            };
            match fold(expr, parameter, &self.target)? {
                Expr::Literal(value, _) => {
                    self.arguments
                        .set(place, &value, &self.target.to_string())?;
                }
                open => self.open.push((place, open)),
            }
        }
        if self.open.is_empty()
            && let Some(parameter) = self.arguments.missing()
        {
            let message = format!("{} needs the argument `{}`", self.target, parameter.name);
            let hint = format!("write {}", self.target.example());
            return Err(Error::new(Kind::Sql, message).with_hint(hint));
        }
        Ok(self)
    }

    /// The call as it is shown: secrets masked, arguments in the declared order.
    pub(super) fn title(&self) -> String {
        let parameters = self.target.procedure.parameters;
        let mut shown: Vec<(usize, String)> = self.arguments.shown().collect();
        shown.extend(self.open.iter().map(|(place, expr)| {
            let is_secret = parameters.get(*place).is_none_or(Parameter::is_secret);
            let value = match is_secret {
                true => "***".to_owned(),
                false => expr.to_string(),
            };
            (*place, value)
        }));
        shown.sort_by_key(|(place, _)| *place);
        let arguments = shown.into_iter().filter_map(|(place, value)| {
            Some(format!("{} => {value}", parameters.get(place)?.name))
        });
        let arguments: Vec<String> = arguments.collect();
        format!("{}({})", self.target, arguments.join(", "))
    }
}

/// The first parameter of the statement in an expression.
fn placeholder(expr: &Expr) -> Option<String> {
    let mut found = None;
    let walked = expr.apply(|part| {
        if let Expr::Placeholder(Placeholder { id, .. }) = part {
            found = Some(id.clone());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.ok().and(found)
}

/// The expression as a literal if it is known by now.
fn fold(expr: Expr, parameter: &Parameter, target: &Target) -> Result<Expr, Error> {
    // Binding a parameter keeps its name as an alias.
    let expr = expr.unalias();
    let mut constant = !expr.is_volatile();
    let walked = expr.apply(|part| {
        let varies = matches!(
            part,
            Expr::Column(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
        );
        constant &= !varies;
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(|error| unreadable(parameter, target, error))?;
    if !constant {
        return Err(no_constant(parameter, target));
    }
    match expr {
        Expr::Literal(..) => Ok(expr),
        Expr::Placeholder(mut bound) => {
            let holds = match parameter.holds {
                Holds::Flag => DataType::Boolean,
                Holds::Text | Holds::Word(_) | Holds::Secret | Holds::Address => DataType::Utf8,
            };
            let field = Field::new(parameter.name, holds, true);
            bound.field.get_or_insert_with(|| Arc::new(field));
            Ok(Expr::Placeholder(bound))
        }
        expr if placeholder(&expr).is_some() => Ok(expr),
        expr => {
            let schema = Arc::new(DFSchema::empty());
            let context = SimplifyContext::builder().with_schema(Arc::clone(&schema));
            let simplifier = ExprSimplifier::new(context.build());
            let known = simplifier
                .coerce(expr, &schema)
                .and_then(|expr| simplifier.simplify(expr));
            known.map_err(|error| unreadable(parameter, target, error))
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ProcedureCall: {}", self.title())
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) && self.open == other.open
    }
}

impl Eq for Call {}

impl PartialOrd for Call {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.target).hash(state);
        self.open.hash(state);
    }
}

impl UserDefinedLogicalNodeCore for Call {
    fn name(&self) -> &str {
        "ProcedureCall"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.open().cloned().collect()
    }

    fn fmt_for_explain(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }

    fn with_exprs_and_inputs(
        &self,
        exprs: Vec<Expr>,
        _inputs: Vec<LogicalPlan>,
    ) -> DataFusionResult<Self> {
        let bound = self.bound(&mut exprs.into_iter());
        bound.map_err(Error::into_datafusion)
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }
}
