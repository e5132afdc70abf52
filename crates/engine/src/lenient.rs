//! Names as people type them: an unknown one is tried again without regard to case and underscores, then as the name that
//! another program gives a table. A column that a SELECT holds twice gets a number.
//!
//! Exact names always go first. Only what the planner reports as unknown is looked for again, and only if exactly one
//! name fits, so a lenient reading never changes the meaning of a statement that has one.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::sql::parser::{CopyToSource, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Statement as Ast, visit_expressions_mut,
    visit_relations_mut,
};
use zuzen_plan::table::Meant;

use crate::compatibility::number;
use crate::connection::{Connection, Tables, declared};
use crate::statement::BARE;
use crate::system::{SYSTEM, sys};

/// Rewrites the name that `error` reports as unknown or as there twice; `false` if nothing fits, or not just one.
pub(crate) fn mend(
    parsed: &mut Parsed,
    error: &DataFusionError,
    connections: &[Arc<Connection>],
) -> bool {
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let wanted = fold(&field.name);
                let fits = valid_fields
                    .iter()
                    .filter(|known| fold(&known.name) == wanted);
                let names: BTreeSet<&str> = fits.map(|known| known.name.as_str()).collect();
                match names.into_iter().collect::<Vec<_>>().as_slice() {
                    [name] if *name != field.name => rename_column(parsed, &field.name, name),
                    _ => false,
                }
            }
            _ => false,
        },
        DataFusionError::Plan(message) => match missing_table(message) {
            Some(name) => mend_table(parsed, &name, connections),
            None => named_twice(message).is_some_and(|name| number(parsed, &name)),
        },
        _ => false,
    }
}

/// The table that a planning error names as missing.
pub(crate) fn missing_table(message: &str) -> Option<String> {
    let rest = message.split_once("table '")?.1;
    let (name, rest) = rest.split_once('\'')?;
    rest.trim_start()
        .starts_with("not found")
        .then(|| name.to_owned())
}

/// The column that a planning error finds twice in one SELECT.
fn named_twice(message: &str) -> Option<String> {
    let (_, second) = message.split_once("require unique expression names")?;
    let name = second.split('"').nth(1)?;
    Some(Column::from_qualified_name(name).name)
}

/// A name without what people type differently.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

/// What the planner reads an identifier as.
pub(crate) fn known_as(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// What serves instead of a table that only another program has.
pub(crate) fn instead(name: &str, connections: &[Arc<Connection>]) -> Option<String> {
    let known = connections.iter().find_map(|it| meant(it, name))?;
    Some(match known {
        Meant::Nothing(instead) => instead.clone(),
        Meant::Table(target) => {
            format!("it is called `{target}` here, and this version does not have it")
        }
    })
}

/// What a name stands for that other programs give a table of this connection.
fn meant<'a>(connection: &'a Connection, name: &str) -> Option<&'a Meant> {
    let aliases = connection.connector().aliases.iter();
    let mut found = aliases.filter(|alias| fold(&alias.name) == fold(name));
    found.next().map(|alias| &alias.meant)
}

/// `cdata.zendesk.tickets`: the table by its last part, the connection by the one before, if it is there.
fn mend_table(parsed: &mut Parsed, missing: &str, connections: &[Arc<Connection>]) -> bool {
    let parts: Vec<String> = missing.split('.').map(fold).collect();
    let Some((table, schemas)) = parts.split_last() else {
        return false;
    };
    let all = declared(connections);
    let mut found: Vec<(&str, &str)> = Vec::new();
    for (connection, tables) in &all {
        let named = schemas
            .last()
            .is_none_or(|schema| fold(connection) == *schema);
        let tables = tables
            .iter()
            .filter(|known| named && fold(&known.name) == *table);
        found.extend(tables.map(|table| (*connection, table.name.as_str())));
    }
    if found.is_empty() {
        for (place, (connection, tables)) in all.iter().enumerate() {
            let named = schemas
                .last()
                .is_none_or(|schema| fold(connection) == *schema);
            let alias = connections.get(place).filter(|_| named);
            if let Some(Meant::Table(target)) = alias.and_then(|it| meant(it, table))
                && let Some(known) = tables.iter().find(|known| known.name == *target)
            {
                found.push((*connection, known.name.as_str()));
            }
        }
    }
    let (connection, name) = match found.as_slice() {
        [(connection, name)] => (*connection, *name),
        [] => match about_connections(table, schemas, &all) {
            Some(found) => found,
            None => return false,
        },
        _ => return false,
    };
    // The planner completes names with the default catalog and schema: what was typed is a tail of what it reports,
    // be it quoted part by part or as a whole.
    let is_it = |typed: &ObjectName| {
        let typed: Vec<String> = typed
            .0
            .iter()
            .filter_map(ObjectNamePart::as_ident)
            .flat_map(|part| part.value.split('.').map(fold))
            .collect();
        !typed.is_empty() && parts.ends_with(&typed)
    };
    let right = ObjectName(vec![
        ObjectNamePart::Identifier(Ident::with_quote('"', connection)),
        ObjectNamePart::Identifier(Ident::with_quote('"', name)),
    ]);
    let mut changed = false;
    each_statement(parsed, &mut |ast| {
        let _: ControlFlow<()> = visit_relations_mut(ast, |relation| {
            if *relation != right && is_it(relation) {
                *relation = right.clone();
                changed = true;
            }
            ControlFlow::Continue(())
        });
    });
    changed
}

/// `sys_tables` and its like: of the connection that is named, or of all of them.
fn about_connections<'a>(
    table: &str,
    schemas: &[String],
    all: &'a [(&'a str, Tables)],
) -> Option<(&'a str, &'static str)> {
    let name = sys::find(table)?;
    let schema = schemas.last();
    let named = all
        .iter()
        .find(|(connection, _)| schema.is_some_and(|schema| fold(connection) == *schema));
    match (named, schema.map(String::as_str)) {
        (Some((connection, _)), _) => Some((connection, name)),
        (None, None | Some(BARE | SYSTEM)) => Some((SYSTEM, name)),
        (None, Some(_)) => None,
    }
}

fn rename_column(parsed: &mut Parsed, from: &str, to: &str) -> bool {
    let mut changed = false;
    let mut rename = |ident: &mut Ident| {
        if known_as(ident) == from {
            *ident = Ident::with_quote('"', to);
            changed = true;
        }
    };
    each_statement(parsed, &mut |ast| {
        let _: ControlFlow<()> = visit_expressions_mut(ast, |expr: &mut Expr| {
            match expr {
                Expr::Identifier(ident) => rename(ident),
                Expr::CompoundIdentifier(parts) => {
                    if let Some(last) = parts.last_mut() {
                        rename(last);
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
    });
    changed
}

pub(crate) fn each_statement(parsed: &mut Parsed, work: &mut dyn FnMut(&mut Ast)) {
    match parsed {
        Parsed::Statement(ast) => work(ast),
        Parsed::Explain(explain) => each_statement(&mut explain.statement, work),
        Parsed::CopyTo(copy) => {
            if let CopyToSource::Query(query) = &mut copy.source {
                let mut ast = Ast::Query(query.clone());
                work(&mut ast);
                if let Ast::Query(mended) = ast {
                    *query = mended;
                }
            }
        }
        _ => {}
    }
}
