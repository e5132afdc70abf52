//! `GETDELETED FROM tickets WHERE …`: the deleted rows of a table, wherever the vendor keeps them.
//!
//! Zendesk lists some in a table of their own, `deleted_tickets`; Zuora marks them in the table itself. It refuses a table
//! that has neither: no rows would look like nothing deleted.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Ident, ObjectName, ObjectNamePart, Select, SelectItem,
    TableAlias, TableFactor, WildcardAdditionalOptions,
};
use zuzen_plan::nearest::nearest;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::lenient::{fold, known_as};
use crate::remote::DELETED;

/// What stands before the name of a table of deleted rows.
pub(super) const PREFIX: &str = "deleted_";

/// Makes a SELECT of `GETDELETED`; any other one is left as it is.
///
/// # Errors
/// `Sql` if it reads more than one table, `Unsupported` if there are no deleted rows of the table.
pub(super) fn select(
    select: &mut Select,
    connections: &[Arc<Connection>],
    default_schema: &str,
) -> Result<(), Error> {
    if select.distinct != Some(Distinct::All) || !select.projection.is_empty() {
        return Ok(());
    }
    let relation = match select.from.as_mut_slice() {
        [from] if from.joins.is_empty() => Some(&mut from.relation),
        _ => None,
    };
    let Some(TableFactor::Table {
        name,
        alias,
        args: None,
        ..
    }) = relation
    else {
        return Err(
            Error::new(Kind::Sql, "GETDELETED reads one table").with_hint(
                "to join its rows: SELECT … FROM (GETDELETED FROM tickets) AS gone JOIN …",
            ),
        );
    };
    select.distinct = None;
    let everything = WildcardAdditionalOptions::default();
    select.projection.push(SelectItem::Wildcard(everything));
    let parts: Vec<String> = name
        .0
        .iter()
        .filter_map(ObjectNamePart::as_ident)
        .map(known_as)
        .collect();
    let Some((table, schemas)) = parts.split_last() else {
        return Ok(());
    };
    let Some(connection) = connection_of(connections, schemas.last(), table, default_schema) else {
        // The planner says that there is no such table.
        return Ok(());
    };
    if connection.marks_deleted_rows() {
        let is_deleted = Expr::Identifier(Ident::new(DELETED));
        select.selection = Some(match select.selection.take() {
            None => is_deleted,
            Some(condition) => Expr::BinaryOp {
                left: Box::new(is_deleted),
                op: BinaryOperator::And,
                right: Box::new(Expr::Nested(Box::new(condition))),
            },
        });
        return Ok(());
    }
    let tables = connection.tables();
    let known = |wanted: &str| {
        tables
            .iter()
            .find(|known| fold(&known.name) == fold(wanted))
    };
    let Some(declared) = known(table) else {
        return Ok(());
    };
    let Some(deleted) = known(&format!("{PREFIX}{}", declared.name)) else {
        return Err(none_of(connection, &declared.name));
    };
    if alias.is_none() {
        // What the statement says of the table's columns goes on meaning them.
        *alias = Some(TableAlias {
            explicit: true,
            name: Ident::with_quote('"', &declared.name),
            columns: Vec::new(),
            at: None,
        });
    }
    let quoted = |name: &str| ObjectNamePart::Identifier(Ident::with_quote('"', name));
    *name = ObjectName(vec![quoted(connection.name()), quoted(&deleted.name)]);
    Ok(())
}

/// The connection whose table is meant.
pub(super) fn connection_of<'a>(
    connections: &'a [Arc<Connection>],
    schema: Option<&String>,
    table: &str,
    default_schema: &str,
) -> Option<&'a Arc<Connection>> {
    let named = |name: &str| {
        connections
            .iter()
            .find(|known| fold(known.name()) == fold(name))
    };
    if let Some(schema) = schema {
        return named(schema);
    }
    if let Some(default) = named(default_schema) {
        return Some(default);
    }
    let has_it = |connection: &&Arc<Connection>| {
        connection
            .tables()
            .iter()
            .any(|known| fold(&known.name) == fold(table))
    };
    let mut having = connections.iter().filter(has_it);
    match (having.next(), having.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn none_of(connection: &Connection, table: &str) -> Error {
    let tables = connection.tables();
    let kept: Vec<&str> = tables
        .iter()
        .filter_map(|known| known.name.strip_prefix(PREFIX))
        .collect();
    let own = table.strip_prefix(PREFIX);
    let (message, hint) = match own {
        Some(live) => (
            format!("{table} holds deleted rows already"),
            format!("SELECT * FROM {table}, or GETDELETED FROM {live}"),
        ),
        None => {
            let known = kept.join(", ");
            let near = nearest(table, kept.iter().copied());
            let meant = near
                .map(|near| format!("did you mean {near}? "))
                .unwrap_or_default();
            (
                format!(
                    "{}.{table}: the API does not tell which of its rows were deleted",
                    connection.name()
                ),
                format!(
                    "{meant}GETDELETED reads {known}; of other tables, compare the keys of two reads"
                ),
            )
        }
    };
    Error::new(Kind::Unsupported, message).with_hint(hint)
}
