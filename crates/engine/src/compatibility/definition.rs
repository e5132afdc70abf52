//! A function said in terms of others: `LEN(x)` is `character_length(x)`.
//!
//! Most functions of other drivers are written so, before planning: what DataFusion knows of the ones they stand for
//! (types, the session's calendar, what Zuora can compute) is then known of them too.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value, visit_expressions_mut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::error::{Error, Kind};
use crate::lenient::known_as;

/// A function of another driver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    /// In lower case.
    pub(super) name: &'static str,
    pub(super) means: Means,
}

/// How a call is written instead.
#[derive(Debug, Clone, Copy)]
pub(super) enum Means {
    /// With `$1`, `$2`, … for the arguments: one for each number of arguments that the function takes.
    Is(&'static [&'static str]),
    /// The same, said of a call with these arguments, which it may change; none leaves the call to DataFusion.
    Depends(fn(&mut [Expr]) -> Result<Option<&'static str>, Error>),
    /// It is not there; this is what to do instead.
    Absent(&'static str),
}

/// A definition by templates.
pub(super) const fn is(name: &'static str, templates: &'static [&'static str]) -> Definition {
    Definition {
        name,
        means: Means::Is(templates),
    }
}

/// A definition by a look at the arguments.
pub(super) const fn depends(
    name: &'static str,
    on: fn(&mut [Expr]) -> Result<Option<&'static str>, Error>,
) -> Definition {
    Definition {
        name,
        means: Means::Depends(on),
    }
}

/// A function that is not there.
pub(super) const fn absent(name: &'static str, instead: &'static str) -> Definition {
    Definition {
        name,
        means: Means::Absent(instead),
    }
}

impl Definition {
    /// Whether it can be called.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.means, Means::Absent(_))
    }

    /// A call with as many arguments as it takes at least, if that is always the same number.
    pub(super) fn example(&self) -> Option<String> {
        let Means::Is(templates) = self.means else {
            return None;
        };
        let least = templates.iter().map(|template| places(template)).min()?;
        let arguments: Vec<String> = (1..=least)
            .map(|place| format!("argument{place}"))
            .collect();
        Some(format!("{}({})", self.name, arguments.join(", ")))
    }

    /// What a call with these arguments means; none if DataFusion knows it.
    ///
    /// # Errors
    /// `Sql` for a number of arguments that the function does not take, `Unsupported` for one that is not there.
    pub(super) fn apply(&self, mut arguments: Vec<Expr>) -> Result<Option<Expr>, Error> {
        let shown = self.name.to_uppercase();
        let template = match self.means {
            Means::Absent(instead) => {
                return Err(
                    Error::new(Kind::Unsupported, format!("there is no function {shown}"))
                        .with_hint(instead),
                );
            }
            Means::Depends(on) => match on(&mut arguments)? {
                Some(template) => template,
                None => return Ok(None),
            },
            Means::Is(templates) => {
                let fitting = templates
                    .iter()
                    .find(|template| places(template) == arguments.len());
                *fitting.ok_or_else(|| {
                    let numbers: Vec<String> =
                        templates.iter().map(|it| places(it).to_string()).collect();
                    let given = arguments.len();
                    Error::new(
                        Kind::Sql,
                        format!(
                            "{shown} takes {} arguments, not {given}",
                            numbers.join(" or ")
                        ),
                    )
                    .with_hint("docs/sql-compatibility.md shows each function with an example")
                })?
            }
        };
        fill(template, &arguments).map(Some)
    }
}

/// How many arguments a template has.
fn places(template: &str) -> usize {
    (1..=9)
        .rev()
        .find(|place| template.contains(&format!("${place}")))
        .unwrap_or(0)
}

/// A template with its arguments in place.
fn fill(template: &str, arguments: &[Expr]) -> Result<Expr, Error> {
    let parsed = Parser::new(&GenericDialect).try_with_sql(template);
    let parsed = parsed.and_then(|mut parser| parser.parse_expr());
    let mut expr =
        parsed.map_err(|error| Error::new(Kind::Internal, format!("{template}: {error}")))?;
    // From the inside out, so what has been put in is not looked at again.
    let _: ControlFlow<()> = visit_expressions_mut(&mut expr, |expr| {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(name) = &value.value
            && let Some(argument) = name
                .strip_prefix('$')
                .and_then(|place| place.parse::<usize>().ok())
                .and_then(|place| arguments.get(place.checked_sub(1)?))
        {
            *expr = match argument {
                Expr::Value(_)
                | Expr::Identifier(_)
                | Expr::CompoundIdentifier(_)
                | Expr::Function(_)
                | Expr::Cast { .. } => argument.clone(),
                other => Expr::Nested(Box::new(other.clone())),
            };
        }
        ControlFlow::Continue(())
    });
    Ok(match expr {
        Expr::Function(_) | Expr::Cast { .. } | Expr::Case { .. } => expr,
        other => Expr::Nested(Box::new(other)),
    })
}

/// The name of an unqualified function, in lower case.
pub(super) fn function_name(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else {
        return None;
    };
    match function.name.0.as_slice() {
        [name] => name.as_ident().map(|name| known_as(name).to_lowercase()),
        _ => None,
    }
}

/// The arguments of a call that has nothing else: no DISTINCT, no FILTER, no OVER.
pub(super) fn arguments(expr: &Expr) -> Option<Vec<Expr>> {
    let Expr::Function(function) = expr else {
        return None;
    };
    let is_plain = function.over.is_none()
        && function.filter.is_none()
        && function.null_treatment.is_none()
        && function.within_group.is_empty()
        && matches!(function.parameters, FunctionArguments::None);
    let list = match &function.args {
        FunctionArguments::None => return is_plain.then(Vec::new),
        FunctionArguments::List(list) if is_plain => list,
        _ => return None,
    };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let values = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    });
    values.collect()
}

/// `name(arguments)`.
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let unnamed = |value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(unnamed).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// The text that an argument is, if it is one.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => text_of(inner),
        _ => None,
    }
}

/// A text as an expression.
pub(super) fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}
