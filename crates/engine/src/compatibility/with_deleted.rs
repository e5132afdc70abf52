//! `_deleted`: a SELECT that names this column of a table reads the deleted rows too, which the column tells apart.
//!
//! The vendor lists them in a table of their own, `deleted_tickets`; both are read as one. A statement that does not name the
//! column is left as it is, and so is a table of whose deleted rows nothing is told: the planner then says that there is no
//! such column. Zuora marks its rows itself.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectNamePart, Query, Select, SetExpr, Statement, TableAlias, TableFactor, Visit,
    Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::deleted::{PREFIX, connection_of};
use crate::connection::Connection;
use crate::lenient::{fold, known_as};

/// The column.
const COLUMN: &str = "_deleted";

/// Reads the tables of a SELECT whose `_deleted` it names together with their deleted rows. `hidden` are names that mean
/// something else here.
pub(super) fn select(
    select: &mut Select,
    connections: &[Arc<Connection>],
    default_schema: &str,
    hidden: &BTreeSet<String>,
) {
    let mut mentions = Mentions::default();
    let _: ControlFlow<()> = select.visit(&mut mentions);
    if mentions.of.is_empty() {
        return;
    }
    for from in &mut select.from {
        let joined = from.joins.iter_mut().map(|join| &mut join.relation);
        for relation in std::iter::once(&mut from.relation).chain(joined) {
            if let Some(both) = both(relation, connections, default_schema, hidden, &mentions) {
                *relation = both;
            }
        }
    }
}

/// The tables whose column a SELECT names itself, and not in a query within.
#[derive(Default)]
struct Mentions {
    /// What stands before the column; nothing where any table may be meant.
    of: BTreeSet<Option<String>>,
    depth: usize,
}

impl Visitor for Mentions {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let parts = match expr {
            Expr::Identifier(name) => std::slice::from_ref(name),
            Expr::CompoundIdentifier(parts) => parts.as_slice(),
            _ => &[],
        };
        if self.depth == 0
            && let Some((column, tables)) = parts.split_last()
            && known_as(column).eq_ignore_ascii_case(COLUMN)
        {
            self.of.insert(tables.last().map(|it| fold(&known_as(it))));
        }
        ControlFlow::Continue(())
    }
}

/// The table and that of its deleted rows as one, if it is meant and there is one.
fn both(
    relation: &TableFactor,
    connections: &[Arc<Connection>],
    default_schema: &str,
    hidden: &BTreeSet<String>,
    mentions: &Mentions,
) -> Option<TableFactor> {
    let TableFactor::Table {
        name,
        alias,
        args: None,
        ..
    } = relation
    else {
        return None;
    };
    let parts = name.0.iter().filter_map(ObjectNamePart::as_ident);
    let parts: Vec<String> = parts.map(known_as).collect();
    let (table, schemas) = parts.split_last()?;
    if schemas.is_empty() && hidden.contains(&fold(table)) {
        return None;
    }
    let called = alias
        .as_ref()
        .map_or(table.clone(), |it| known_as(&it.name));
    let is_meant = [None, Some(fold(&called))];
    if !is_meant.iter().any(|it| mentions.of.contains(it)) {
        return None;
    }
    let connection = connection_of(connections, schemas.last(), table, default_schema)?;
    if connection.marks_deleted_rows() {
        return None;
    }
    let tables = connection.tables();
    let known = |wanted: &str| tables.iter().find(|it| fold(&it.name) == fold(wanted));
    let declared = known(table)?;
    let deleted = known(&format!("{PREFIX}{}", declared.name))?;
    let quoted = |name: &str| Ident::with_quote('"', name);
    let (schema, live) = (quoted(connection.name()), quoted(&declared.name));
    let gone = quoted(&deleted.name);
    let text = format!(
        "SELECT * FROM (SELECT *, false AS {COLUMN} FROM {schema}.{live} \
         UNION ALL BY NAME SELECT *, true AS {COLUMN} FROM {schema}.{gone})"
    );
    let parsed = Parser::parse_sql(&GenericDialect {}, &text).ok()?.pop()?;
    let Statement::Query(query) = parsed else {
        return None;
    };
    let SetExpr::Select(outer) = *query.body else {
        return None;
    };
    let mut relation = outer.from.into_iter().next()?.relation;
    if let TableFactor::Derived { alias: given, .. } = &mut relation {
        *given = Some(alias.clone().unwrap_or(TableAlias {
            explicit: true,
            name: live,
            columns: Vec::new(),
            at: None,
        }));
    }
    Some(relation)
}
