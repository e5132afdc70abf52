//! What columns are called that nobody has named.
//!
//! A column goes by its own name, a cast of one as well, and everything else by what is written: `tags[1]`, `sum(amount)`.
//! Names that would be equal are numbered, `id`, `id_2`, because the planner takes each only once. It refuses to name a
//! cast after a column that ORDER BY or HAVING mean: they would mean the cast then.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Select, SelectItem, SetExpr, Visit, VisitMut, VisitorMut, visit_expressions,
};

use super::definition::{arguments, function_name};
use crate::lenient::{each_statement, known_as};

/// What an item of SELECT is called before anything is translated.
pub(super) enum Heading {
    /// By its AS.
    Given(String),
    /// By its column; with what is written.
    Column(String, String),
    /// By the column that it casts; with what is written.
    Cast(String, String),
    /// By what is written.
    Written(String),
    /// A wildcard, or what is best left to the planner.
    Several,
}

/// Where a SELECT stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the statement: columns of one name from several tables may stand side by side.
    Shown,
    /// Its columns are a table's.
    Table,
    /// Nobody sees its names.
    Expression,
}

/// The headings of a SELECT as it is written.
pub(super) fn headings(select: &Select) -> Vec<Heading> {
    select.projection.iter().map(heading).collect()
}

fn heading(item: &SelectItem) -> Heading {
    match item {
        SelectItem::UnnamedExpr(expr) => unnamed(expr),
        SelectItem::ExprWithAlias { alias, .. } => Heading::Given(known_as(alias)),
        _ => Heading::Several,
    }
}

fn unnamed(expr: &Expr) -> Heading {
    let text = expr.to_string();
    match expr {
        // Written as the planner names it, and it would be cast for nothing.
        Expr::Function(_) if text.eq_ignore_ascii_case("count(*)") => {
            Heading::Written("count(*)".to_owned())
        }
        // The fields of a struct get names of their own.
        Expr::Function(_) if unnests(expr) => Heading::Several,
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.as_slice() {
                [only] => match heading(only) {
                    Heading::Given(name) | Heading::Column(name, _) | Heading::Cast(name, _) => {
                        Heading::Written(name)
                    }
                    Heading::Written(text) => Heading::Written(text),
                    Heading::Several => Heading::Written(text),
                },
                _ => Heading::Written(text),
            },
            _ => Heading::Written(text),
        },
        other => match (column(other), bare_cast(other)) {
            (Some(name), _) => Heading::Column(name, text),
            (None, Some(name)) => Heading::Cast(name, text),
            (None, None) => Heading::Written(text),
        },
    }
}

/// The name of the column that an expression is.
fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(known_as(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(known_as),
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}

/// The column that is cast, and nothing else done with it.
fn bare_cast(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Cast { expr, .. } => column(expr).or_else(|| bare_cast(expr)),
        Expr::Nested(inner) => bare_cast(inner),
        _ => None,
    }
}

/// `unnest` of anything but a column.
fn unnests(expr: &Expr) -> bool {
    let inner = arguments(expr).unwrap_or_default();
    function_name(expr).is_some_and(|name| name == "unnest")
        && inner.iter().all(|argument| column(argument).is_none())
}

/// The columns that something mentions by their names alone.
pub(super) fn mentioned<V: Visit>(clause: &V) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(clause, |expr| {
        if let Expr::Identifier(name) = expr {
            names.insert(known_as(name));
        }
        ControlFlow::Continue(())
    });
    names
}

/// Names the items of a SELECT; `sorted` are columns that the ORDER BY around it mentions.
pub(super) fn name(
    select: &mut Select,
    headings: Vec<Heading>,
    place: Place,
    sorted: &BTreeSet<String>,
) {
    let mut meant = mentioned(&select.having);
    meant.extend(mentioned(&select.qualify));
    meant.extend(mentioned(&select.distinct));
    meant.extend(sorted.iter().cloned());
    let wide = headings.iter().any(|it| matches!(it, Heading::Several));
    let given = |name: &String| {
        headings
            .iter()
            .any(|heading| matches!(heading, Heading::Given(other) if other == name))
    };
    let mut taken: BTreeSet<String> = BTreeSet::new();
    taken.extend(headings.iter().filter_map(|heading| match heading {
        Heading::Given(name) | Heading::Column(name, _) => Some(name.clone()),
        _ => None,
    }));
    let mut columns: Vec<(&String, &String)> = Vec::new();
    let mut aliases: Vec<Option<String>> = headings.iter().map(|_| None).collect();
    // Columns first: they keep their names, for they are meant by them elsewhere.
    for (heading, alias) in headings.iter().zip(&mut aliases) {
        if let Heading::Column(name, text) = heading {
            let mut same = columns.iter().filter(|(other, _)| *other == name);
            let is_second = same.clone().next().is_some();
            let apart = place == Place::Shown && same.all(|(_, written)| *written != text);
            if given(name) || (is_second && !apart) {
                let name = numbered(name, &taken);
                taken.insert(name.clone());
                *alias = Some(name);
            }
            columns.push((name, text));
        }
    }
    for (heading, alias) in headings.iter().zip(&mut aliases) {
        if let Heading::Cast(name, text) = heading {
            let name = match wide || taken.contains(name) {
                true => numbered(name, &taken),
                false if place == Place::Expression => {
                    taken.insert(name.clone());
                    continue;
                }
                false if meant.contains(name) => free(text, &taken),
                false => name.clone(),
            };
            taken.insert(name.clone());
            *alias = Some(name);
        }
    }
    for (heading, alias) in headings.iter().zip(&mut aliases) {
        if let Heading::Written(text) = heading {
            let name = free(text, &taken);
            let is_planners = text == "count(*)" && name == *text;
            if !is_planners && (place != Place::Expression || name != *text) {
                *alias = Some(name.clone());
            }
            taken.insert(name);
        }
    }
    for (item, alias) in select.projection.iter_mut().zip(aliases) {
        if let Some(alias) = alias {
            call(item, alias);
        }
    }
}

fn call(item: &mut SelectItem, alias: String) {
    if let SelectItem::UnnamedExpr(expr) = item {
        *item = SelectItem::ExprWithAlias {
            expr: expr.clone(),
            alias: Ident::with_quote('"', alias),
        };
    }
}

fn free(name: &str, taken: &BTreeSet<String>) -> String {
    match taken.contains(name) {
        true => numbered(name, taken),
        false => name.to_owned(),
    }
}

fn numbered(name: &str, taken: &BTreeSet<String>) -> String {
    let mut number = 2_usize;
    loop {
        let numbered = format!("{name}_{number}");
        if !taken.contains(&numbered) {
            return numbered;
        }
        number += 1;
    }
}

/// Numbers columns that the planner finds twice under one name, which only it can see: `id` beside a `*` that holds
/// it, `t.id` beside `id`. Those of `*` keep their names. `false` if there is nothing to number.
pub(crate) fn number(parsed: &mut Parsed, twice: &str) -> bool {
    let mut walk = Number {
        twice,
        changed: false,
    };
    each_statement(parsed, &mut |ast| {
        let _ = ast.visit(&mut walk);
    });
    walk.changed
}

struct Number<'a> {
    twice: &'a str,
    changed: bool,
}

impl VisitorMut for Number<'_> {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let headings = headings(select);
        let wide = headings.iter().any(|it| matches!(it, Heading::Several));
        let mut taken: BTreeSet<String> = BTreeSet::new();
        taken.insert(self.twice.to_owned());
        taken.extend(headings.iter().filter_map(|heading| match heading {
            Heading::Given(name) => Some(name.clone()),
            _ => None,
        }));
        let mut seen = wide;
        for (item, heading) in select.projection.iter_mut().zip(headings) {
            if let Heading::Column(name, _) = heading
                && name == self.twice
                && std::mem::replace(&mut seen, true)
            {
                let alias = numbered(&name, &taken);
                taken.insert(alias.clone());
                call(item, alias);
                self.changed = true;
            }
        }
        ControlFlow::Continue(())
    }
}
