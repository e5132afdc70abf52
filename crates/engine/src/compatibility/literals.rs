//! Date literals in comparisons: `created_at = L_LAST_WEEK()` is two comparisons with days.
//!
//! `=` is within the range, `<` before its first day, `>` after its last, `<=` and `>=` up to and from there. It refuses
//! a literal anywhere else: a range is no value.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArguments,
    Statement as Ast, UnaryOperator, Value, visit_expressions,
};

use super::definition::{arguments, call, function_name};
use super::ranges::{DAY_AFTER, FIRST_DAY, nearest, takes_number};
use crate::error::{Error, Kind};

/// A date literal as it is written.
struct Literal {
    name: String,
    count: Option<Expr>,
}

impl Literal {
    /// The literal that an expression is, in however many parentheses.
    fn of(expr: &Expr) -> Option<Self> {
        let inner = bare(expr);
        let name = function_name(inner)?;
        let (counted, arguments) = (takes_number(&name)?, arguments(inner)?);
        match (counted, arguments.as_slice()) {
            (false, []) => Some(Self { name, count: None }),
            (true, [count]) => Some(Self {
                name,
                count: Some(count.clone()),
            }),
            _ => None,
        }
    }

    fn first_day(&self) -> Expr {
        self.end(FIRST_DAY)
    }

    fn day_after(&self) -> Expr {
        self.end(DAY_AFTER)
    }

    fn end(&self, of: &str) -> Expr {
        let name = Expr::value(Value::SingleQuotedString(self.name.clone()));
        call(
            of,
            std::iter::once(name).chain(self.count.clone()).collect(),
        )
    }

    fn compare(&self, value: &Expr, op: &BinaryOperator) -> Option<Expr> {
        use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
        let compared = |op, with| binary(value.clone(), op, with);
        Some(match op {
            Eq => binary(
                compared(GtEq, self.first_day()),
                And,
                compared(Lt, self.day_after()),
            ),
            NotEq => binary(
                compared(Lt, self.first_day()),
                Or,
                compared(GtEq, self.day_after()),
            ),
            Lt => compared(Lt, self.first_day()),
            LtEq => compared(Lt, self.day_after()),
            Gt => compared(GtEq, self.day_after()),
            GtEq => compared(GtEq, self.first_day()),
            _ => return None,
        })
    }
}

/// Rewrites an expression that compares with date literals; any other is left as it is.
pub(super) fn compare(expr: &mut Expr) {
    let new = match expr {
        Expr::BinaryOp { left, op, right } => match (Literal::of(left), Literal::of(right)) {
            (None, Some(literal)) => literal.compare(left, op),
            (Some(literal), None) => turned(op).and_then(|op| literal.compare(right, &op)),
            _ => None,
        },
        Expr::Between {
            expr: value,
            negated,
            low,
            high,
        } => between(value, *negated, low, high),
        Expr::InList {
            expr: value,
            list,
            negated,
        } => listed(value, list, *negated),
        Expr::Case {
            operand,
            conditions,
            ..
        } if conditions
            .iter()
            .any(|case| Literal::of(&case.condition).is_some()) =>
        {
            if let Some(value) = operand.take() {
                for CaseWhen { condition, .. } in conditions {
                    let is = match Literal::of(condition) {
                        Some(literal) => literal.compare(&value, &BinaryOperator::Eq),
                        None => Some(binary(
                            (*value).clone(),
                            BinaryOperator::Eq,
                            condition.clone(),
                        )),
                    };
                    if let Some(is) = is {
                        *condition = is;
                    }
                }
            }
            None
        }
        _ => None,
    };
    if let Some(new) = new {
        *expr = Expr::Nested(Box::new(new));
    }
}

fn between(value: &Expr, negated: bool, low: &Expr, high: &Expr) -> Option<Expr> {
    use BinaryOperator::{And, Gt, GtEq, Lt, LtEq, Or};
    let (from, to) = (Literal::of(low), Literal::of(high));
    if from.is_none() && to.is_none() {
        return None;
    }
    let low = from.map_or_else(|| low.clone(), |literal| literal.first_day());
    let (until, high) = match to {
        Some(literal) => ((Lt, GtEq), literal.day_after()),
        None => ((LtEq, Gt), high.clone()),
    };
    let compared = |op, with| binary(value.clone(), op, with);
    Some(match negated {
        false => binary(compared(GtEq, low), And, compared(until.0, high)),
        true => binary(compared(Lt, low), Or, compared(until.1, high)),
    })
}

fn listed(value: &Expr, list: &[Expr], negated: bool) -> Option<Expr> {
    let literals: Vec<Literal> = list.iter().filter_map(Literal::of).collect();
    if literals.is_empty() {
        return None;
    }
    let others = list
        .iter()
        .filter(|item| Literal::of(item).is_none())
        .cloned();
    let others: Vec<Expr> = others.collect();
    let others = (!others.is_empty()).then(|| Expr::InList {
        expr: Box::new(value.clone()),
        list: others,
        negated: false,
    });
    let within = literals
        .iter()
        .filter_map(|literal| literal.compare(value, &BinaryOperator::Eq));
    let any = within
        .chain(others)
        .reduce(|left, right| binary(left, BinaryOperator::Or, right))?;
    Some(match negated {
        false => any,
        true => Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: Box::new(Expr::Nested(Box::new(any))),
        },
    })
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let joins = |op: &BinaryOperator| matches!(op, BinaryOperator::And | BinaryOperator::Or);
    let apart = |expr| match expr {
        Expr::BinaryOp { op: ref inner, .. } if joins(&op) && !joins(inner) => expr,
        Expr::BinaryOp { .. }
        | Expr::InList { .. }
        | Expr::Between { .. }
        | Expr::UnaryOp { .. } => Expr::Nested(Box::new(expr)),
        expr => expr,
    };
    let (left, right) = (Box::new(apart(left)), Box::new(apart(right)));
    Expr::BinaryOp { left, op, right }
}

/// The same comparison with its sides exchanged.
fn turned(op: &BinaryOperator) -> Option<BinaryOperator> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    Some(match op {
        Eq => Eq,
        NotEq => NotEq,
        Lt => Gt,
        LtEq => GtEq,
        Gt => Lt,
        GtEq => LtEq,
        _ => return None,
    })
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        expr => expr,
    }
}

/// Refuses date literals that are left: those that no comparison has taken.
///
/// # Errors
/// `Sql` with what is wrong: the arguments, the name or the place.
pub(super) fn refuse(ast: &Ast) -> Result<(), Error> {
    let found = visit_expressions(ast, |expr| match refusal(expr) {
        Some(error) => ControlFlow::Break(error),
        None => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn refusal(expr: &Expr) -> Option<Error> {
    let name = function_name(expr)?;
    let shown = name.to_uppercase();
    let Some(counted) = takes_number(&name) else {
        let near = nearest(&name)?.to_uppercase();
        let message = format!("there is no date literal {shown}");
        return Some(Error::new(Kind::Sql, message).with_hint(format!("did you mean {near}?")));
    };
    let (fits, takes) = match (counted, given(expr)) {
        (true, given) => (given == 1, "takes one whole number, such as 7"),
        (false, given) => (given == 0, "takes nothing in its parentheses"),
    };
    Some(match fits {
        false => Error::new(Kind::Sql, format!("{shown} {takes}"))
            .with_hint("L_LAST_N_DAYS(7), L_LAST_N_MONTHS(2), L_LAST_WEEK(), L_TODAY()"),
        true => Error::new(Kind::Sql, format!("{expr} names a range of days, which is no value"))
            .with_hint(format!(
                "compare with it: created_at = {expr}, or with <>, <, <=, >, >=, BETWEEN, IN; the day itself is current_date"
            )),
    })
}

fn given(expr: &Expr) -> usize {
    match expr {
        Expr::Function(function) => match &function.args {
            FunctionArguments::List(list) => {
                let is_value = |argument: &&FunctionArg| {
                    matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)))
                };
                list.args.iter().filter(is_value).count()
            }
            _ => 0,
        },
        _ => 0,
    }
}
