//! Where the placeholders of a statement are.
//!
//! `@name` is read by the parser as a name, and so is the parameter of a procedure in `EXEC p @Name = 'x'`: what stands
//! left of `=` among the arguments of a call is no placeholder.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Select,
    SelectItem, Statement as Ast, TableFactor, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use crate::error::{Error, Kind};
use crate::lenient::each_statement;

/// What a placeholder asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// The value of this place, from 1 on.
    Place(usize),
    /// The value of this name.
    Name(String),
}

impl Mark {
    /// As errors name it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Place(place) => format!("${place}"),
            Self::Name(name) => format!("`{name}`"),
        }
    }
}

/// What takes the place of a placeholder.
pub(super) struct Replacement {
    pub(super) value: Expr,
    /// The elements of a list, which it stands for in `IN (…)`.
    pub(super) elements: Option<Vec<Expr>>,
}

/// The placeholders of a statement.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Each where it begins; `?` numbered in the order of the text.
    at: BTreeMap<Location, Mark>,
    pub(super) has_bare: bool,
    has_numbered: bool,
}

impl Marks {
    /// The places that are asked for.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.at.values().filter_map(|mark| match mark {
            Mark::Place(place) => Some(*place),
            Mark::Name(_) => None,
        })
    }

    /// The names that are asked for, each once, in the order of the text.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let mut names: Vec<String> = Vec::new();
        for mark in self.at.values() {
            if let Mark::Name(name) = mark
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
        names.into_iter()
    }

    /// # Errors
    /// `Sql` if some placeholders are counted and others numbered.
    pub(super) fn refuse_mix(&self) -> Result<(), Error> {
        if self.has_bare && self.has_numbered {
            let message = "the statement has parameters written ? and others that have a name";
            return Err(Error::new(Kind::Sql, message).with_hint("write all of them as $1, $2, …"));
        }
        Ok(())
    }
}

/// A placeholder as it is written.
enum Written {
    /// `?`
    Bare,
    /// `$1`, `?1`
    Numbered(usize),
    /// `$name`, `:name`, `@name`
    Named(String),
}

fn written(expr: &Expr) -> Option<(Location, Written)> {
    match expr {
        Expr::Value(value) => {
            let Value::Placeholder(text) = &value.value else {
                return None;
            };
            let mark = match (text.as_str(), text.strip_prefix(['$', '?', ':', '@'])) {
                ("?", _) => Written::Bare,
                (_, Some(rest)) => match rest.parse() {
                    Ok(place) => Written::Numbered(place),
                    Err(_) => Written::Named(rest.to_owned()),
                },
                (_, None) => return None,
            };
            Some((value.span.start, mark))
        }
        Expr::Identifier(name) if name.quote_style.is_none() => {
            let rest = name.value.strip_prefix('@')?;
            // `@@version` is a variable of other databases.
            let is_name = !rest.is_empty() && !rest.starts_with('@');
            is_name.then(|| (name.span.start, Written::Named(rest.to_owned())))
        }
        _ => None,
    }
}

/// The placeholders that a value can be bound to.
pub(super) fn marks(parsed: &mut Parsed) -> Marks {
    collect(parsed, true)
}

fn collect(parsed: &mut Parsed, leave_prepared: bool) -> Marks {
    let mut found: BTreeMap<Location, Written> = BTreeMap::new();
    each_statement(parsed, &mut |ast| {
        if leave_prepared && waits(ast) {
            return;
        }
        let mut walk = Walk::new(|expr: &mut Expr| {
            if let Some((at, written)) = written(expr) {
                found.insert(at, written);
            }
        });
        let ControlFlow::Continue(()) = ast.visit(&mut walk);
    });
    let mut marks = Marks::default();
    let mut count = 0;
    for (at, written) in found {
        let mark = match written {
            Written::Bare => {
                marks.has_bare = true;
                count += 1;
                Mark::Place(count)
            }
            Written::Numbered(place) => {
                marks.has_numbered = true;
                Mark::Place(place)
            }
            Written::Named(name) => Mark::Name(name),
        };
        marks.at.insert(at, mark);
    }
    marks
}

/// Whether the placeholders of a statement are for another one that is made of it.
fn waits(ast: &Ast) -> bool {
    matches!(ast, Ast::Prepare { .. } | Ast::CreateFunction(_))
}

/// Puts these in the places of placeholders; those that have none stay.
pub(super) fn replace(
    parsed: &mut Parsed,
    marks: &Marks,
    replacements: &BTreeMap<Mark, Replacement>,
) {
    let of = |expr: &Expr| {
        let (at, _) = written(expr)?;
        replacements.get(marks.at.get(&at)?)
    };
    each_statement(parsed, &mut |ast| {
        if waits(ast) {
            return;
        }
        let mut walk = Walk::new(|expr: &mut Expr| {
            if let Expr::InList { list, .. } = expr {
                let spread = list.drain(..).flat_map(|element| {
                    let elements = of(&element).and_then(|new| new.elements.clone());
                    elements.unwrap_or_else(|| vec![element])
                });
                *list = spread.collect();
            } else if let Some(new) = of(expr) {
                *expr = new.value.clone();
            }
        });
        walk.heads = true;
        let ControlFlow::Continue(()) = ast.visit(&mut walk);
    });
}

/// Writes placeholders as the planner reads them: `$1`, `$2`, … and `$name`.
///
/// # Errors
/// `Sql` if `?` and `$1` are mixed.
pub(crate) fn rename(parsed: &mut Parsed) -> Result<(), Error> {
    let marks = collect(parsed, false);
    marks.refuse_mix()?;
    if marks.at.is_empty() {
        return Ok(());
    }
    each_statement(parsed, &mut |ast| {
        let mut walk = Walk::new(|expr: &mut Expr| {
            let Some((at, _)) = written(expr) else {
                return;
            };
            let name = match marks.at.get(&at) {
                Some(Mark::Place(place)) => format!("${place}"),
                Some(Mark::Name(name)) => format!("${name}"),
                None => return,
            };
            *expr = Expr::Value(Value::Placeholder(name).with_span(Span::new(at, at)));
        });
        let ControlFlow::Continue(()) = ast.visit(&mut walk);
    });
    Ok(())
}

/// Shows every expression that may be a placeholder, from the outside in.
struct Walk<F> {
    show: F,
    /// Where names of arguments are, which are no placeholders.
    names: Vec<Location>,
    /// Whether columns without a name get what was written for their heading.
    heads: bool,
    headings: Vec<Vec<Option<String>>>,
}

impl<F: FnMut(&mut Expr)> Walk<F> {
    fn new(show: F) -> Self {
        Self {
            show,
            names: Vec::new(),
            heads: false,
            headings: Vec::new(),
        }
    }

    fn pass_names(&mut self, arguments: &[FunctionArg]) {
        for argument in arguments {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.pass_name(expr),
                FunctionArg::ExprNamed {
                    name: Expr::Identifier(name),
                    ..
                } => self.names.push(name.span.start),
                _ => {}
            }
        }
    }

    fn pass_name(&mut self, argument: &Expr) {
        if let Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            ..
        } = argument
            && let Expr::Identifier(name) = left.as_ref()
        {
            self.names.push(name.span.start);
        }
    }
}

impl<F: FnMut(&mut Expr)> VisitorMut for Walk<F> {
    type Break = std::convert::Infallible;

    fn pre_visit_statement(&mut self, ast: &mut Ast) -> ControlFlow<Self::Break> {
        match ast {
            Ast::Call(function) => {
                if let FunctionArguments::List(list) = &function.args {
                    self.pass_names(&list.args);
                }
            }
            Ast::Execute { parameters, .. } => {
                for argument in parameters {
                    self.pass_name(argument);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table {
                args: Some(arguments),
                ..
            } => self.pass_names(&arguments.args),
            TableFactor::Function { args, .. } => self.pass_names(args),
            TableFactor::TableFunction {
                expr: Expr::Function(function),
                ..
            } => {
                if let FunctionArguments::List(list) = &function.args {
                    self.pass_names(&list.args);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if self.heads {
            let headings = select.projection.iter().map(|item| match item {
                SelectItem::UnnamedExpr(expr) => Some(expr.to_string()),
                _ => None,
            });
            self.headings.push(headings.collect());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if !self.heads {
            return ControlFlow::Continue(());
        }
        let headings = self.headings.pop().unwrap_or_default();
        for (item, heading) in select.projection.iter_mut().zip(headings) {
            if let (SelectItem::UnnamedExpr(expr), Some(heading)) = (&*item, heading)
                && expr.to_string() != heading
            {
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias: Ident::with_quote('"', heading),
                };
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let is_name =
            matches!(expr, Expr::Identifier(name) if self.names.contains(&name.span.start));
        if !is_name {
            (self.show)(expr);
        }
        ControlFlow::Continue(())
    }
}
