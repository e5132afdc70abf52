//! Names of tables in a view, with the schema in which they were found.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, TableFactor, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::lenient::known_as;

/// Writes the schema in front of bare names of tables, except for those that `keeps` has.
pub(super) fn qualify(query: &mut Query, schema: &str, keeps: &dyn Fn(&str) -> bool) {
    each(query, &mut |name| {
        if let Some(bare) = bare(name)
            && !keeps(&bare)
        {
            let schema = Ident::with_quote('"', schema);
            name.0.insert(0, ObjectNamePart::Identifier(schema));
        }
    });
}

/// Whether the query reads a bare name that fits.
pub(super) fn names_one(query: &Query, fits: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    each(&mut query.clone(), &mut |name| {
        found |= bare(name).is_some_and(|bare| fits(&bare));
    });
    found
}

fn bare(name: &ObjectName) -> Option<String> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(known_as),
        _ => None,
    }
}

/// Shows every relation that is neither a WITH query nor a function.
fn each(query: &mut Query, show: &mut dyn FnMut(&mut ObjectName)) {
    let mut others = Others::default();
    let ControlFlow::Continue(()) = query.visit(&mut others);
    let mut walk = Walk { others, show };
    let ControlFlow::Continue(()) = query.visit(&mut walk);
}

/// What looks like the name of a table and is none.
#[derive(Default)]
struct Others {
    with: BTreeSet<String>,
    functions: BTreeSet<Location>,
}

impl VisitorMut for Others {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        self.with
            .extend(with.map(|table| known_as(&table.alias.name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        if let TableFactor::Table {
            name,
            args: Some(_),
            ..
        }
        | TableFactor::Function { name, .. } = factor
        {
            self.functions.extend(begins(name));
        }
        ControlFlow::Continue(())
    }
}

fn begins(name: &ObjectName) -> Option<Location> {
    Some(name.0.first()?.as_ident()?.span.start)
}

struct Walk<'a> {
    others: Others,
    show: &'a mut dyn FnMut(&mut ObjectName),
}

impl VisitorMut for Walk<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<Self::Break> {
        let is_with = bare(name).is_some_and(|bare| self.others.with.contains(&bare));
        let is_function = begins(name).is_some_and(|at| self.others.functions.contains(&at));
        if !is_with && !is_function {
            (self.show)(name);
        }
        ControlFlow::Continue(())
    }
}
