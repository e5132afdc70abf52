//! What is said of names that the planner misses.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use zuzen_plan::nearest::nearest;

use crate::catalog::CATALOG;
use crate::compatibility::names;
use crate::connection::{Connection, declared};
use crate::error::{Error, Kind};
use crate::files::looks_like_file;
use crate::lenient::{fold, instead, missing_table};
use crate::statement::BARE;
use crate::system::{self, SYSTEM};

/// Words a planning error; an unknown name gets the nearest known ones, and never itself.
pub(crate) fn explain_error(
    error: DataFusionError,
    connections: &[Arc<Connection>],
    state: &SessionState,
) -> Error {
    match error.find_root() {
        DataFusionError::Plan(message) => match (missing_table(message), missing_function(message))
        {
            (Some(name), _) => unknown_table(&name, connections),
            (None, Some(name)) => unknown_function(name, state),
            (None, None) => error.into(),
        },
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => match elsewhere(field, valid_fields) {
                Some(hint) => Error::from(error).with_hint(hint),
                None => error.into(),
            },
            _ => error.into(),
        },
        DataFusionError::NotImplemented(message) if message.contains("DROP") => {
            Error::from(error).with_hint("a table, a view or a schema that CREATE made can go")
        }
        _ => error.into(),
    }
}

/// The function that a planning error names as missing.
fn missing_function(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Invalid function '")?;
    rest.split_once('\'').map(|(name, _)| name)
}

fn unknown_function(name: &str, state: &SessionState) -> Error {
    let others = names();
    let mut known: BTreeSet<&str> = others.iter().map(|(name, _)| name.as_str()).collect();
    known.extend(state.scalar_functions().keys().map(String::as_str));
    known.extend(state.aggregate_functions().keys().map(String::as_str));
    known.extend(state.window_functions().keys().map(String::as_str));
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "SHOW FUNCTIONS lists what there is; LIKE '%part%' narrows it".to_owned(),
    };
    Error::new(Kind::Sql, format!("there is no function `{name}`")).with_hint(hint)
}

/// Where a column of the very name is, if there is one that the statement did not mean.
fn elsewhere(field: &Column, valid: &[Column]) -> Option<String> {
    let mut same = valid.iter().filter(|known| known.name == field.name);
    same.clone().next()?;
    let typed = field.flat_name();
    let known: BTreeSet<String> = same.by_ref().map(Column::flat_name).collect();
    let names: Vec<String> = known.into_iter().filter(|name| *name != typed).collect();
    Some(match did_you_mean(&names) {
        Some(hint) => hint,
        None => "it exists, but not at this place of the statement".to_owned(),
    })
}

fn did_you_mean(names: &[String]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("did you mean {}?", names.join(" or ")))
}

fn unknown_table(reported: &str, connections: &[Arc<Connection>]) -> Error {
    let name = reported
        .strip_prefix(CATALOG)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(reported);
    // The schema of what is typed without one, where there are several connections: nobody has written it.
    let name = name
        .strip_prefix(BARE)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(name);
    let (schema, table) = name.rsplit_once('.').unwrap_or(("", name));
    if let Some(hint) = instead(table, connections) {
        return Error::new(Kind::Sql, format!("there is no table `{name}`")).with_hint(hint);
    }
    let all = declared(connections);
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (connection, tables) in &all {
        known.extend(
            tables
                .iter()
                .map(|table| (*connection, table.name.as_str())),
        );
    }
    known.extend(system::names().map(|name| (SYSTEM, name)));
    known.retain(|known| *known != (schema, table));
    let near = nearest(table, known.iter().map(|(_, known)| *known)).map(fold);
    known.retain(|(_, known)| near.as_ref().is_some_and(|near| fold(known) == *near));
    if known.iter().any(|(known, _)| fold(known) == fold(schema)) {
        known.retain(|(known, _)| fold(known) == fold(schema));
    }
    let names: Vec<String> = known
        .iter()
        .map(|(schema, table)| format!("{schema}.{table}"))
        .collect();
    if names.is_empty() && looks_like_file(name) {
        let typed = name.rsplit_once("public.").map_or(name, |(_, typed)| typed);
        return Error::new(Kind::Sql, format!("there is no table `{name}`")).with_hint(format!(
            "a file is written in single quotes: FROM '{typed}'"
        ));
    }
    let hint = did_you_mean(&names).unwrap_or_else(|| {
        "SELECT table_name, about FROM system.tables lists what there is".to_owned()
    });
    Error::new(Kind::Sql, format!("there is no table `{name}`")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::Engine;

    const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

    #[test]
    fn unknown_tables_get_all_that_fit() {
        let engine = Engine::builder()
            .connection("a", URL)
            .connection("b", URL)
            .build()
            .unwrap();
        for (reported, hint) in [
            (
                "zuzen.public.tickets",
                "did you mean `a.tickets` or `b.tickets`?",
            ),
            (
                "zuzen.public.tickts",
                "did you mean `a.tickets` or `b.tickets`?",
            ),
            ("zuzen.b.tickts", "did you mean `b.tickets`?"),
            (
                "zuzen.zuzen.Tickets",
                "did you mean `a.tickets` or `b.tickets`?",
            ),
            ("zuzen.a.tickets", "did you mean `b.tickets`?"),
            ("zuzen.system.request", "did you mean `system.requests`?"),
            (
                "zuzen.public.weather",
                "SELECT table_name, about FROM system.tables lists what there is",
            ),
        ] {
            let error = unknown_table(reported, engine.connections());
            assert_eq!(error.hint(), Some(hint), "{reported}");
        }
    }

    #[test]
    fn unknown_columns_do_not_get_themselves() {
        let state = SessionContext::new().state();
        let column = |name: &str| Column::from_qualified_name(name);
        for (field, valid, hint) in [
            ("x.subject", "t.subject", "did you mean `t.subject`?"),
            (
                "subject",
                "subject",
                "it exists, but not at this place of the statement",
            ),
            ("subjct", "t.subject", "did you mean `subject`?"),
        ] {
            let error = SchemaError::FieldNotFound {
                field: Box::new(column(field)),
                valid_fields: vec![column(valid)],
            };
            let error = DataFusionError::SchemaError(Box::new(error), Box::new(None));
            assert_eq!(
                explain_error(error, &[], &state).hint(),
                Some(hint),
                "{field}"
            );
        }
    }
}
