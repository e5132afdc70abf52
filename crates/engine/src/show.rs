//! `SHOW …` that DataFusion does not have, as queries of `information_schema` and `system`.
//!
//! `SHOW TABLES` and `SHOW COLUMNS` of their plain forms, `SHOW datafusion.…` and `DESCRIBE` are DataFusion's own.

use std::fmt::Write as _;

use datafusion::common::config::ConfigExtension as _;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{BinaryOperator, Ident};
use datafusion::sql::sqlparser::ast::{
    Expr, Query, SetExpr, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions,
    Statement as Ast, Value,
};

use crate::compatibility::names;
use crate::error::{Error, Kind};
use crate::lenient::{fold, known_as};
use crate::options::{Zuzen, unknown_setting};

const INFORMATION: &str = "information_schema";

/// DataFusion lists our settings without their prefix.
const SETTINGS: &str = "SELECT CASE WHEN name LIKE 'datafusion.%' THEN name ELSE 'zuzen.' || name END AS name, value FROM information_schema.df_settings";

const FUNCTIONS: &str = "SELECT * FROM (SELECT DISTINCT r.routine_name AS function_name,
    coalesce(p.return_type, r.data_type) AS return_type, p.parameters, p.parameter_types,
    r.function_type, r.description, r.syntax_example
    FROM information_schema.routines r
    LEFT JOIN (SELECT o.specific_name AS name, o.data_type AS return_type,
        array_agg(i.parameter_name ORDER BY i.ordinal_position) AS parameters,
        array_agg(i.data_type ORDER BY i.ordinal_position) AS parameter_types
        FROM information_schema.parameters o
        LEFT JOIN information_schema.parameters i
          ON i.specific_name = o.specific_name AND i.rid = o.rid AND i.parameter_mode = 'IN'
        WHERE o.parameter_mode = 'OUT' GROUP BY o.specific_name, o.data_type, o.rid) p
      ON p.name = r.routine_name AND r.function_type <> 'TABLE'
    WHERE p.name IS NOT NULL OR r.function_type = 'TABLE'
    UNION ALL SELECT name, NULL, NULL, NULL, 'SCALAR', 'docs/sql-compatibility.md shows it with an example', example FROM";

const OTHERS: &str =
    "WHERE name NOT IN (SELECT specific_name FROM information_schema.parameters)) AS functions";

/// Puts a SHOW in a query's words; any other statement stays as it is.
///
/// # Errors
/// `Unsupported` for an option that has no meaning here, `Sql` for a setting or a schema that there is not.
pub(crate) fn as_query(parsed: &mut Parsed, state: &SessionState) -> Result<(), Error> {
    let Parsed::Statement(ast) = parsed else {
        return Ok(());
    };
    let new = match ast.as_ref() {
        Ast::ShowVariable { variable } => match variable.as_slice() {
            [name] => match known_as(name).as_str() {
                "limits" => Some(query("SELECT * FROM system.limits")?),
                "requests" => Some(query("SELECT * FROM system.requests")?),
                "jobs" => Some(query("SELECT * FROM system.jobs")?),
                "all" => Some(query(&format!("{SETTINGS} ORDER BY 1"))?),
                _ => None,
            },
            [prefix, ..] if known_as(prefix) == Zuzen::PREFIX => Some(setting(variable, state)?),
            _ => None,
        },
        Ast::ShowTables { show_options, .. } if is_given(show_options) => {
            let schema = parent(show_options)
                .map(|named| schema(&named, state))
                .transpose()?;
            Some(filtered(
                "SELECT * FROM information_schema.tables ORDER BY table_schema, table_name",
                show_options,
                schema.map(|schema| compared("table_schema", BinaryOperator::Eq, schema)),
                "table_name",
                "SHOW TABLES",
            )?)
        }
        Ast::ShowFunctions { filter } => {
            let mut shown = query(&functions())?;
            if let Ast::Query(shown) = &mut shown {
                restrict(
                    shown,
                    filter
                        .iter()
                        .map(|it| asked("function_name", it, true))
                        .collect(),
                );
            }
            Some(shown)
        }
        Ast::ShowSchemas { show_options, .. } | Ast::ShowDatabases { show_options, .. } => {
            Some(filtered(
                "SELECT catalog_name, schema_name FROM information_schema.schemata ORDER BY schema_name",
                show_options,
                within("catalog_name", show_options),
                "schema_name",
                "SHOW SCHEMAS",
            )?)
        }
        Ast::ShowViews { show_options, .. } => Some(filtered(
            "SELECT * FROM system.views ORDER BY view_name",
            show_options,
            within("view_name", show_options),
            "view_name",
            "SHOW VIEWS",
        )?),
        _ => None,
    };
    if let Some(new) = new {
        **ast = new;
    }
    Ok(())
}

fn is_given(options: &ShowStatementOptions) -> bool {
    options.show_in.is_some()
        || options.filter_position.is_some()
        || options.limit.is_some()
        || options.limit_from.is_some()
        || options.starts_with.is_some()
}

/// What `IN` or `FROM` names.
fn parent(options: &ShowStatementOptions) -> Option<String> {
    let named = options.show_in.as_ref()?.parent_name.as_ref()?;
    named.0.last()?.as_ident().map(known_as)
}

fn within(place: &str, options: &ShowStatementOptions) -> Option<Expr> {
    parent(options).map(|named| compared(place, BinaryOperator::Eq, named))
}

/// The schema that a name means, in any case as in `USE`.
fn schema(named: &str, state: &SessionState) -> Result<String, Error> {
    let catalog = &state.config_options().catalog.default_catalog;
    let catalog = state.catalog_list().catalog(catalog);
    let mut known = catalog.map(|it| it.schema_names()).unwrap_or_default();
    known.push(INFORMATION.to_owned());
    let exact = known.iter().find(|name| *name == named);
    let mut alike = known.iter().filter(|name| fold(name) == fold(named));
    match exact.or_else(|| alike.next().filter(|_| alike.next().is_none())) {
        Some(schema) => Ok(schema.clone()),
        None => {
            let message = format!("there is no schema `{named}`");
            let hint = format!("schemas: {}", known.join(", "));
            Err(Error::new(Kind::Sql, message).with_hint(hint))
        }
    }
}

/// The query of one setting of ours, `VERBOSE` with what it is for.
fn setting(variable: &[Ident], state: &SessionState) -> Result<Ast, Error> {
    let mut parts: Vec<String> = variable.iter().map(known_as).collect();
    let verbose = parts.last().is_some_and(|last| last == "verbose");
    parts.truncate(parts.len() - usize::from(verbose));
    let name = parts.join(".");
    if let Some(error) = unknown_setting(&name, state.config_options()) {
        return Err(error);
    }
    let settings = match verbose {
        true => SETTINGS.replace("value", "value, description"),
        false => SETTINGS.to_owned(),
    };
    let key = parts.pop().unwrap_or_default().replace('\'', "''");
    query(&format!("{settings} WHERE name = '{key}'"))
}

/// DataFusion's functions with what they take, and those of other drivers that it does not have.
fn functions() -> String {
    let mut rows = String::new();
    for (name, example) in names() {
        let example = example.map_or("NULL".to_owned(), |example| format!("'{example}'"));
        let comma = if rows.is_empty() { "" } else { ", " };
        // Names and examples hold no quotes.
        let _ = write!(rows, "{comma}('{name}', {example})");
    }
    format!("{FUNCTIONS} (VALUES {rows}) AS others(name, example) {OTHERS} ORDER BY 1")
}

/// The query with what `LIKE` and `WHERE` ask for, besides what `IN` does.
fn filtered(
    sql: &str,
    options: &ShowStatementOptions,
    within: Option<Expr>,
    name: &str,
    what: &str,
) -> Result<Ast, Error> {
    if options.limit.is_some() || options.limit_from.is_some() || options.starts_with.is_some() {
        let message = format!("{what} takes no LIMIT and no STARTS WITH");
        return Err(Error::new(Kind::Unsupported, message)
            .with_hint("query information_schema.tables instead: it takes every clause"));
    }
    let mut conditions: Vec<Expr> = within.into_iter().collect();
    let filter = options
        .filter_position
        .as_ref()
        .map(|position| match position {
            ShowStatementFilterPosition::Infix(filter)
            | ShowStatementFilterPosition::Suffix(filter) => filter,
        });
    conditions.extend(filter.map(|filter| asked(name, filter, false)));
    let mut ast = query(sql)?;
    if let Ast::Query(shown) = &mut ast {
        restrict(shown, conditions);
    }
    Ok(ast)
}

fn asked(name: &str, filter: &ShowStatementFilter, any_case: bool) -> Expr {
    match filter {
        ShowStatementFilter::ILike(pattern) => like(name, pattern, true),
        ShowStatementFilter::Like(pattern) | ShowStatementFilter::NoKeyword(pattern) => {
            like(name, pattern, any_case)
        }
        ShowStatementFilter::Where(condition) => Expr::Nested(Box::new(condition.clone())),
    }
}

fn restrict(shown: &mut Query, conditions: Vec<Expr>) {
    let SetExpr::Select(select) = shown.body.as_mut() else {
        return;
    };
    let joined = conditions.into_iter().reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    });
    select.selection = joined;
}

fn compared(column: &str, op: BinaryOperator, text: String) -> Expr {
    Expr::BinaryOp {
        left: Box::new(Expr::Identifier(Ident::new(column))),
        op,
        right: Box::new(Expr::value(Value::SingleQuotedString(text))),
    }
}

fn like(column: &str, pattern: &str, any_case: bool) -> Expr {
    let expr = Box::new(Expr::Identifier(Ident::new(column)));
    let pattern = Box::new(Expr::value(Value::SingleQuotedString(pattern.to_owned())));
    let (negated, any, escape_char) = (false, false, None);
    match any_case {
        true => Expr::ILike {
            negated,
            any,
            expr,
            pattern,
            escape_char,
        },
        false => Expr::Like {
            negated,
            any,
            expr,
            pattern,
            escape_char,
        },
    }
}

fn query(sql: &str) -> Result<Ast, Error> {
    match DFParserBuilder::new(sql).build()?.parse_statement()? {
        Parsed::Statement(ast) => Ok(*ast),
        other => Err(Error::new(Kind::Internal, format!("{other} is no query"))),
    }
}
