//! The SQL front end: text → logical plan, with the names people type.

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;

use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, Statement as LogicalStatement};
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{Expr, Statement as Ast, Use, visit_expressions};
use zuzen_plan::nearest::nearest;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::lenient::missing_table;
use crate::table::{ApiTable, RAW};

/// One statement of a script, read but not yet planned.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) parsed: Parsed,
}

impl std::fmt::Display for Statement {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parsed.fmt(out)
    }
}

/// Reads a script of statements separated by `;`.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>, Error> {
    let parsed = DFParserBuilder::new(sql)
        .build()
        .and_then(|mut parser| parser.parse_statements());
    let parsed = parsed.map_err(|error| {
        Error::from(error).with_hint("check the statement near the place named")
    })?;
    Ok(parsed
        .into_iter()
        .map(|parsed| Statement { parsed })
        .collect())
}

impl Statement {
    /// The schema that `USE` chooses.
    pub(crate) fn used_schema(&self) -> Option<String> {
        let Parsed::Statement(ast) = &self.parsed else {
            return None;
        };
        let Ast::Use(chosen) = ast.as_ref() else {
            return None;
        };
        let name = match chosen {
            Use::Object(name) | Use::Schema(name) | Use::Database(name) | Use::Catalog(name) => {
                name
            }
            _ => return None,
        };
        name.0
            .last()
            .and_then(|part| part.as_ident())
            .map(|ident| ident.value.clone())
    }

    /// Whether it names a column that is not part of `*`.
    pub(crate) fn names_pseudo_column(&self, connections: &[std::sync::Arc<Connection>]) -> bool {
        let mut pseudo: HashSet<&str> = HashSet::from([RAW]);
        for connection in connections {
            for table in &connection.connector().tables {
                pseudo.extend(
                    table
                        .columns
                        .iter()
                        .filter(|column| column.pseudo)
                        .map(|column| column.name.as_str()),
                );
            }
        }
        let named = |parsed: &Parsed| names_any(parsed, &pseudo);
        named(&self.parsed)
    }
}

fn names_any(parsed: &Parsed, names: &HashSet<&str>) -> bool {
    match parsed {
        Parsed::Statement(ast) => {
            let found = visit_expressions(ast.as_ref(), |expr: &Expr| {
                let ident = match expr {
                    Expr::Identifier(ident) => Some(ident),
                    Expr::CompoundIdentifier(parts) => parts.last(),
                    _ => None,
                };
                match ident.is_some_and(|ident| names.contains(ident.value.to_lowercase().as_str()))
                {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            });
            found.is_break()
        }
        Parsed::Explain(explain) => names_any(&explain.statement, names),
        _ => false,
    }
}

/// Checks what `SET` would accept silently, and reads `on` and `off` as people write them.
pub(crate) fn settle(plan: LogicalPlan) -> Result<LogicalPlan, Error> {
    let LogicalPlan::Statement(LogicalStatement::SetVariable(mut set)) = plan else {
        return Ok(plan);
    };
    if set.variable == "zuzen.pushdown" {
        set.value = match set.value.to_lowercase().as_str() {
            "on" | "true" | "1" => "true".to_owned(),
            "off" | "false" | "0" => "false".to_owned(),
            other => {
                return Err(Error::new(
                    Kind::Config,
                    format!("zuzen.pushdown = `{other}` does not fit"),
                )
                .with_hint("zuzen.pushdown is on or off"));
            }
        };
    }
    if matches!(
        set.variable.as_str(),
        "datafusion.execution.time_zone" | "timezone"
    ) {
        set.value = crate::zone::parse(Some(&set.value))?;
    }
    if set.variable == "zuzen.freshness"
        && !matches!(set.value.to_lowercase().as_str(), "live" | "indexed")
    {
        return Err(Error::new(
            Kind::Config,
            format!("zuzen.freshness = `{}` does not fit", set.value),
        )
        .with_hint("zuzen.freshness is live or indexed"));
    }
    if set.variable.starts_with("zuzen.max_") && set.value.parse::<u64>().is_err() {
        return Err(Error::new(
            Kind::Config,
            format!("{} = `{}` does not fit", set.variable, set.value),
        )
        .with_hint("it takes a whole number"));
    }
    Ok(LogicalPlan::Statement(LogicalStatement::SetVariable(set)))
}

/// Refuses to change tables of a connection: the API is only read.
pub(crate) fn refuse_writes(plan: &LogicalPlan) -> Result<(), Error> {
    let LogicalPlan::Dml(write) = plan else {
        return Ok(());
    };
    let provider = source_as_provider(&write.target)?;
    if provider.downcast_ref::<ApiTable>().is_none() {
        return Ok(());
    }
    let message = format!(
        "{} cannot be changed: zuzen only reads from the API",
        write.table_name
    );
    Err(Error::new(Kind::Unsupported, message).with_hint("make the change in the product itself"))
}

/// Words a planning error; an unknown table gets the nearest known one.
pub(crate) fn explain_error(
    error: DataFusionError,
    connections: &[std::sync::Arc<Connection>],
) -> Error {
    let missing = match error.find_root() {
        DataFusionError::Plan(message) => missing_table(message),
        _ => None,
    };
    let Some(name) = missing else {
        return error.into();
    };
    let table = name.rsplit('.').next().unwrap_or(&name).to_owned();
    let mut known: Vec<String> = Vec::new();
    for connection in connections {
        known.extend(
            connection
                .connector()
                .tables
                .iter()
                .map(|table| format!("{}.{}", connection.name(), table.name)),
        );
    }
    known.extend(["tables", "columns", "reads", "requests"].map(|name| format!("system.{name}")));
    let bare = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
    let names: Vec<String> = known.iter().map(|full| bare(full)).collect();
    let near = nearest(&table, names.iter().map(String::as_str)).map(str::to_owned);
    let hint = match near.and_then(|near| known.iter().find(|full| bare(full) == near)) {
        Some(full) => format!("did you mean `{full}`?"),
        None => "SELECT table_name, about FROM system.tables lists what there is".to_owned(),
    };
    Error::new(
        Kind::Sql,
        format!("there is no table `{}`", name.trim_start_matches("zuzen.")),
    )
    .with_hint(hint)
}
