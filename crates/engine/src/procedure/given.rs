//! The arguments of a call as they are written, each at the parameter it is for.
//!
//! `Name => value`, `Name := value`, `Name = value` and `@Name = value` name one; what has no name is taken in the
//! declared order, before all named ones. It refuses to say what is in an argument whose parameter is a secret.

use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr as Written, FunctionArg, FunctionArgExpr,
};
use zuzen_plan::nearest::nearest;

use super::declared::Parameter;
use super::find::Target;
use crate::error::{Error, Kind};
use crate::lenient::fold;

/// The arguments by the place of their parameters.
///
/// # Errors
/// `Sql` for names that are unknown or given twice, too many arguments, and what is no constant.
pub(super) fn given(
    arguments: &[FunctionArg],
    target: &Target,
    context: &mut dyn RelationPlannerContext,
) -> Result<Vec<(usize, Expr)>, Error> {
    let parameters = target.procedure.parameters;
    let mut placed: Vec<(usize, Expr)> = Vec::new();
    let mut naming = false;
    for (position, argument) in arguments.iter().enumerate() {
        let (name, written) = split(argument);
        let place = match &name {
            Some(name) => place_of(name, target)?,
            None if naming => return Err(behind_named(target)),
            None if position < parameters.len() => position,
            None => return Err(too_many(target, arguments.len())),
        };
        naming |= name.is_some();
        let Some(parameter) = parameters.get(place) else {
            continue;
        };
        if placed.iter().any(|(taken, _)| *taken == place) {
            let message = format!(
                "the argument `{}` of {target} is given twice",
                parameter.name
            );
            return Err(Error::new(Kind::Sql, message).with_hint("leave one of them out"));
        }
        let FunctionArgExpr::Expr(written) = written else {
            return Err(no_constant(parameter, target));
        };
        let expr = context.sql_to_expr(written, &DFSchema::empty());
        let expr = expr.map_err(|error| unreadable(parameter, target, error))?;
        placed.push((place, expr));
    }
    Ok(placed)
}

/// Whether an expression names what it is given for, as in `Name = value`.
pub(super) fn is_named(written: &Written) -> bool {
    matches!(
        written,
        Written::BinaryOp { left, op: BinaryOperator::Eq, .. } if matches!(**left, Written::Identifier(_))
    )
}

fn split(argument: &FunctionArg) -> (Option<String>, FunctionArgExpr) {
    match argument {
        FunctionArg::Named { name, arg, .. } => (Some(name.value.clone()), arg.clone()),
        FunctionArg::ExprNamed { name, arg, .. } => {
            let name = match name {
                Written::Identifier(name) => name.value.clone(),
                other => other.to_string(),
            };
            (Some(name), arg.clone())
        }
        // A comparison with a column is never a constant, so it can only mean a name.
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Written::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        })) if matches!(**left, Written::Identifier(_)) => {
            let name = left.to_string();
            let name = name.trim_matches('"').to_owned();
            (Some(name), FunctionArgExpr::Expr((**right).clone()))
        }
        FunctionArg::Unnamed(written) => (None, written.clone()),
    }
}

fn place_of(typed: &str, target: &Target) -> Result<usize, Error> {
    let parameters = target.procedure.parameters;
    let bare = typed.trim_start_matches('@');
    let wanted = fold(bare);
    let place = parameters
        .iter()
        .position(|parameter| fold(parameter.name) == wanted);
    place.ok_or_else(|| {
        let names = parameters.iter().map(|parameter| parameter.name);
        let hint = match nearest(bare, names.clone()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if parameters.is_empty() => "it takes no arguments".to_owned(),
            None => format!("it takes {}", names.collect::<Vec<_>>().join(", ")),
        };
        Error::new(Kind::Sql, format!("{target} has no argument `{bare}`")).with_hint(hint)
    })
}

fn behind_named(target: &Target) -> Error {
    let message = format!("an argument of {target} without a name stands behind one with a name");
    Error::new(Kind::Sql, message).with_hint("put those without names first, or name all of them")
}

fn too_many(target: &Target, count: usize) -> Error {
    let names: Vec<&str> = target
        .procedure
        .parameters
        .iter()
        .map(|it| it.name)
        .collect();
    let arguments = match names.len() {
        1 => "argument",
        _ => "arguments",
    };
    let message = format!("{target} takes {} {arguments}, not {count}", names.len());
    let hint = match names.as_slice() {
        [] => "call it without arguments".to_owned(),
        names => format!("in this order: {}", names.join(", ")),
    };
    Error::new(Kind::Sql, message).with_hint(hint)
}

/// That an argument must be known before rows are.
pub(super) fn no_constant(parameter: &Parameter, target: &Target) -> Error {
    let name = parameter.name;
    let message = format!("the argument `{name}` of {target} is no constant");
    Error::new(Kind::Sql, message).with_hint(
        "write a value (text in single quotes) or a parameter such as $1; columns and subqueries cannot be arguments",
    )
}

/// That an argument cannot be made sense of; why is said only if nothing secret can be in it.
pub(super) fn unreadable(parameter: &Parameter, target: &Target, error: DataFusionError) -> Error {
    if let DataFusionError::SchemaError(..) = error.find_root() {
        return no_constant(parameter, target);
    }
    let name = parameter.name;
    let reason = match parameter.is_secret() {
        true => String::new(),
        false => format!(": {}", Error::from(error).message()),
    };
    let message = format!("the argument `{name}` of {target} cannot be computed{reason}");
    Error::new(Kind::Sql, message).with_hint("write the value itself")
}
