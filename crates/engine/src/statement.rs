//! The SQL front end: text → logical plan, with the names people type.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::common::{SchemaReference, TableReference};
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, Statement as LogicalStatement};
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Set, Statement as Ast, TableObject, Use, Value,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::catalog::{CATALOG, ConnectionSchema};
use crate::child::ChildTable;
use crate::compatibility::{WEEK_DAYS, respell};
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::files::is_file;
use crate::lenient::known_as;
use crate::options::unknown_setting;
use crate::procedure::{readable, withhold};
use crate::system::{self, SYSTEM};
use crate::table::ApiTable;

/// The schema of names without one, as long as no connection is chosen.
pub(crate) const BARE: &str = "public";

/// The setting that holds the session's time zone.
const ZONE: &str = "datafusion.execution.time_zone";

/// One statement of a script, read but not yet planned.
#[derive(Clone)]
pub struct Statement {
    form: Form,
}

#[derive(Clone)]
enum Form {
    Sql(Box<Parsed>),
    /// `REFRESH SCHEMA`, of one connection or of all.
    Refresh(Option<String>),
}

impl std::fmt::Debug for Statement {
    /// A call's arguments may be secrets: only the kind of statement is shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.to_string();
        let verb = text.split_whitespace().next().unwrap_or_default();
        write!(out, "Statement({verb} …)")
    }
}

impl std::fmt::Display for Statement {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.form {
            Form::Sql(parsed) => parsed.fmt(out),
            Form::Refresh(None) => out.write_str("REFRESH SCHEMA"),
            Form::Refresh(Some(name)) => {
                let name = name.replace('"', "\"\"");
                write!(out, "REFRESH SCHEMA \"{name}\"")
            }
        }
    }
}

/// Reads a script of statements separated by `;`.
pub(crate) fn parse(sql: &str) -> Result<VecDeque<Statement>, Error> {
    let sql = readable(sql);
    let sql = respell(&sql);
    read(&sql).map_err(|error| {
        let error = Error::from(error);
        Error::new(error.kind(), withhold(error.message()))
            .with_hint("check the statement near the place named")
    })
}

fn read(sql: &str) -> Result<VecDeque<Statement>, DataFusionError> {
    let failed = |error| DataFusionError::SQL(Box::new(error), None);
    let mut parser = DFParserBuilder::new(sql).build()?;
    let mut statements = VecDeque::new();
    let mut ended = true;
    loop {
        while parser.parser.consume_token(&Token::SemiColon) {
            ended = true;
        }
        let next = parser.parser.peek_token();
        if next == Token::EOF {
            return Ok(statements);
        }
        if !ended {
            return parser
                .parser
                .expected("end of statement", next)
                .map_err(failed);
        }
        let form = match is_refresh(&mut parser.parser) {
            true => Form::Refresh(match parser.parser.peek_token().token {
                Token::SemiColon | Token::EOF => None,
                _ => Some(known_as(&parser.parser.parse_identifier().map_err(failed)?)),
            }),
            false => Form::Sql(Box::new(parser.parse_statement()?)),
        };
        statements.push_back(Statement { form });
        ended = false;
    }
}

/// Whether `REFRESH SCHEMA` is next; it is passed over then.
fn is_refresh(parser: &mut Parser<'_>) -> bool {
    let is = |token: Token, wanted: &str| match token {
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted),
        _ => false,
    };
    let found =
        is(parser.peek_token().token, "REFRESH") && is(parser.peek_nth_token(1).token, "SCHEMA");
    if found {
        parser.next_token();
        parser.next_token();
    }
    found
}

impl Statement {
    /// The statement for a log: texts may be people's data or a procedure's secrets, so `…` stands for all that is quoted.
    #[must_use]
    pub fn without_texts(&self) -> String {
        let text = self.to_string();
        let Ok(tokens) = Tokenizer::new(&GenericDialect {}, &text).tokenize() else {
            return "…".to_owned();
        };
        let shown = tokens.into_iter().map(|token| match token {
            Token::Word(word) if word.quote_style.is_none() => word.value,
            // Digits may be a code.
            Token::Word(_) | Token::Number(..) => "…".to_owned(),
            Token::Whitespace(_) => " ".to_owned(),
            other => {
                let text = other.to_string();
                let signs =
                    |letter: char| letter.is_ascii_punctuation() && !"'\"$".contains(letter);
                if text.chars().all(signs) {
                    text
                } else {
                    "'…'".to_owned()
                }
            }
        });
        shown.collect()
    }

    /// The connection that `REFRESH SCHEMA` names, or none for all; `None` for any other statement.
    pub(crate) fn refreshed(&self) -> Option<Option<&str>> {
        match &self.form {
            Form::Refresh(connection) => Some(connection.as_deref()),
            Form::Sql(_) => None,
        }
    }

    /// What the parser has read, to change it.
    pub(crate) fn parsed_mut(&mut self) -> Option<&mut Parsed> {
        match &mut self.form {
            Form::Sql(parsed) => Some(parsed),
            Form::Refresh(_) => None,
        }
    }

    /// What DataFusion can plan.
    pub(crate) fn into_sql(self) -> Option<Parsed> {
        match self.form {
            Form::Sql(parsed) => Some(*parsed),
            Form::Refresh(_) => None,
        }
    }

    /// The schema that `USE` chooses.
    pub(crate) fn used_schema(&self) -> Option<String> {
        let Form::Sql(parsed) = &self.form else {
            return None;
        };
        let Parsed::Statement(ast) = parsed.as_ref() else {
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
}

/// `SET TIME ZONE 'Europe/Berlin'` sets the setting of that.
///
/// # Errors
/// `Config` for a zone that is not named.
pub(crate) fn set_zone(parsed: &mut Parsed) -> Result<(), Error> {
    let Parsed::Statement(ast) = parsed else {
        return Ok(());
    };
    let Ast::Set(Set::SetTimeZone { value, .. }) = ast.as_mut() else {
        return Ok(());
    };
    let named = match value {
        Expr::Value(named) => matches!(named.value, Value::SingleQuotedString(_)),
        _ => false,
    };
    if !named {
        let message = format!("`{value}` is no time zone");
        return Err(Error::new(Kind::Config, message)
            .with_hint("name one in quotes: SET TIME ZONE 'Europe/Berlin'"));
    }
    let parts = ZONE.split('.').map(Ident::new).collect::<Vec<_>>();
    **ast = Ast::Set(Set::SingleAssignment {
        scope: None,
        hivevar: false,
        variable: ObjectName::from(parts),
        values: vec![value.clone()],
    });
    Ok(())
}

/// Refuses INSERT into what belongs to a connection, before its values are looked at.
///
/// # Errors
/// `Unsupported`.
pub(crate) fn refuse_insert(parsed: &Parsed, state: &SessionState) -> Result<(), Error> {
    let Parsed::Statement(ast) = parsed else {
        return Ok(());
    };
    let Ast::Insert(insert) = ast.as_ref() else {
        return Ok(());
    };
    let TableObject::TableName(name) = &insert.table else {
        return Ok(());
    };
    let parts = name.0.iter().filter_map(ObjectNamePart::as_ident);
    let parts: Vec<String> = parts.map(known_as).collect();
    let defaults = &state.config_options().catalog;
    let (schema, table) = match parts.as_slice() {
        [table] => (&defaults.default_schema, table),
        [.., schema, table] => (schema, table),
        [] => return Ok(()),
    };
    let schema = schema_of(&defaults.default_catalog, schema, state);
    let ours = schema
        .as_ref()
        .and_then(|schema| schema.downcast_ref::<ConnectionSchema>());
    match ours.filter(|ours| ours.declared(table).is_some()) {
        Some(ours) => Err(unchangeable(&parts.join("."), ours.connection())),
        None => Ok(()),
    }
}

fn unchangeable(table: &str, connection: &Connection) -> Error {
    let why = match connection.properties().flag("Readonly") {
        true => format!("the connection `{}` is Readonly", connection.name()),
        false => "zuzen only reads from the API".to_owned(),
    };
    let message = format!("{table} cannot be changed: {why}");
    Error::new(Kind::Unsupported, message).with_hint("make the change in the product itself")
}

/// Checks what `SET` would accept silently, and reads `on` and `off` as people write them.
pub(crate) fn settle(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan, Error> {
    let LogicalPlan::Statement(LogicalStatement::SetVariable(mut set)) = plan else {
        return Ok(plan);
    };
    if let Some(error) = unknown_setting(&set.variable, state.config_options()) {
        return Err(error);
    }
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
    if matches!(set.variable.as_str(), ZONE | "timezone") {
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
    if set.variable == "zuzen.week_begins"
        && !WEEK_DAYS.contains(&set.value.to_lowercase().as_str())
    {
        return Err(Error::new(
            Kind::Config,
            format!("zuzen.week_begins = `{}` does not fit", set.value),
        )
        .with_hint("zuzen.week_begins is sunday or monday"));
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

/// Refuses to change or drop what belongs to a connection or to `system`: the API is only read.
pub(crate) fn refuse_writes(plan: &LogicalPlan, state: &SessionState) -> Result<(), Error> {
    match plan {
        LogicalPlan::Dml(write) if is_file(&write.table_name) => {
            let message = format!("{} cannot be changed", write.table_name.table());
            Err(Error::new(Kind::Unsupported, message)
                .with_hint("files are read; COPY (SELECT …) TO 'file' writes a new one"))
        }
        LogicalPlan::Dml(write) => {
            let provider = source_as_provider(&write.target)?;
            let api = provider.downcast_ref::<ApiTable>();
            let child = provider.downcast_ref::<ChildTable>();
            let Some(connection) = api
                .map(ApiTable::connection)
                .or(child.map(ChildTable::connection))
            else {
                return Ok(());
            };
            Err(unchangeable(&write.table_name.to_string(), connection))
        }
        LogicalPlan::Ddl(DdlStatement::DropCatalogSchema(drop)) => {
            let (catalog, schema) = match &drop.name {
                SchemaReference::Bare { schema } => (None, schema),
                SchemaReference::Full { schema, catalog } => (Some(catalog), schema),
            };
            refuse_dropped_schema(catalog.map(AsRef::as_ref), schema, state)
        }
        LogicalPlan::Ddl(DdlStatement::DropTable(drop)) => refuse_dropped(&drop.name, state),
        LogicalPlan::Ddl(DdlStatement::DropView(drop)) => refuse_dropped(&drop.name, state),
        LogicalPlan::Ddl(DdlStatement::CreateView(new)) if new.or_replace => {
            refuse_dropped(&new.name, state)
        }
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(new)) if new.or_replace => {
            refuse_dropped(&new.name, state)
        }
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(new)) if new.or_replace => {
            refuse_dropped(&new.name, state)
        }
        _ => Ok(()),
    }
}

/// The schema that a statement names, if it exists.
fn schema_of(catalog: &str, schema: &str, state: &SessionState) -> Option<Arc<dyn SchemaProvider>> {
    state.catalog_list().catalog(catalog)?.schema(schema)
}

fn refuse_dropped_schema(
    catalog: Option<&str>,
    schema: &str,
    state: &SessionState,
) -> Result<(), Error> {
    let catalog = catalog.unwrap_or(&state.config_options().catalog.default_catalog);
    let provider = schema_of(catalog, schema, state);
    let connected = provider.is_some_and(|provider| provider.is::<ConnectionSchema>());
    let (whose, hint) = match (connected, catalog == CATALOG && schema == SYSTEM) {
        (true, _) => (
            "is a connection",
            "to be without it, open the engine without this connection",
        ),
        (_, true) => ("belongs to zuzen", "only schemas that CREATE made can go"),
        _ => return Ok(()),
    };
    let message = format!("the schema `{schema}` {whose} and cannot be dropped");
    Err(Error::new(Kind::Unsupported, message).with_hint(hint))
}

fn refuse_dropped(name: &TableReference, state: &SessionState) -> Result<(), Error> {
    let defaults = &state.config_options().catalog;
    let name = name
        .clone()
        .resolve(&defaults.default_catalog, &defaults.default_schema);
    let provider = schema_of(&name.catalog, &name.schema, state);
    let connection = provider
        .as_ref()
        .and_then(|provider| provider.downcast_ref::<ConnectionSchema>());
    let whose = if connection.is_some_and(|schema| schema.declares(&name.table)) {
        "is a table of the connection"
    } else if *name.catalog == *CATALOG
        && *name.schema == *SYSTEM
        && system::names().any(|own| own == name.table.as_ref())
    {
        "belongs to zuzen"
    } else {
        return Ok(());
    };
    let message = format!(
        "{}.{} {whose} and cannot be dropped",
        name.schema, name.table
    );
    Err(Error::new(Kind::Unsupported, message)
        .with_hint("only what CREATE made can be dropped or replaced; choose another name"))
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::Engine;

    const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

    #[test]
    fn a_log_gets_statements_without_what_is_quoted() {
        for (sql, logged) in [
            (
                "SELECT id, count(*) FROM zendesk.tickets WHERE tags = 'it''s' AND id IN (1, 2) -- hush",
                "SELECT id, count(*) FROM zendesk.tickets WHERE tags = '…' AND id IN (…, …)",
            ),
            (
                "SELECT * FROM zendesk.getoauthaccesstoken(Verifier => 'hush', Code => $$hush$$)",
                "SELECT * FROM zendesk.getoauthaccesstoken(Verifier => '…', Code => '…')",
            ),
            (
                "SELECT \"Hush\", E'hush', X'ab', $1",
                "SELECT …, '…', '…', '…'",
            ),
            ("CALL p(\"hush\")", "CALL p(…)"),
        ] {
            let statement = super::parse(sql).unwrap().pop_front().unwrap();
            assert_eq!(statement.without_texts(), logged);
        }
    }

    #[tokio::test]
    async fn what_belongs_to_others_is_not_dropped() {
        for (sql, message) in [
            (
                "DROP SCHEMA zendesk CASCADE",
                "the schema `zendesk` is a connection",
            ),
            (
                "DROP SCHEMA IF EXISTS zuzen.zendesk",
                "the schema `zendesk` is a connection",
            ),
            (
                "DROP SCHEMA system CASCADE",
                "the schema `system` belongs to zuzen",
            ),
            ("DROP DATABASE zuzen", "Only `DROP"),
            (
                "DROP TABLE tickets",
                "zendesk.tickets is a table of the connection",
            ),
            (
                "DROP TABLE IF EXISTS zendesk.Tickets",
                "zendesk.tickets is a table of the connection",
            ),
            (
                "DROP VIEW tickets",
                "zendesk.tickets is a table of the connection",
            ),
            (
                "DROP VIEW system.requests",
                "system.requests belongs to zuzen",
            ),
            (
                "CREATE OR REPLACE VIEW system.tables AS SELECT 1",
                "system.tables belongs to zuzen",
            ),
            (
                "CREATE OR REPLACE TABLE tickets AS SELECT 1",
                "zendesk.tickets is a table of the connection",
            ),
        ] {
            let engine = Engine::builder()
                .connection("zendesk", URL)
                .build()
                .unwrap();
            let error = engine.sql(sql).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Unsupported, "{sql}: {error}");
            assert!(error.message().starts_with(message), "{sql}: {error}");
            assert!(error.hint().is_some(), "{sql}: {error}");
            engine.sql("SELECT id FROM tickets").await.unwrap();
            engine.sql("SELECT * FROM system.requests").await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_create_made_is_dropped() {
        let engine = Engine::builder()
            .connection("zendesk", URL)
            .build()
            .unwrap();
        for sql in [
            "CREATE VIEW open_tickets AS SELECT *, metric_set FROM tickets WHERE status = 'open'",
            "SELECT metric_set, id FROM open_tickets WHERE comment_count IS NULL OR true",
            "DROP VIEW open_tickets",
            "CREATE SCHEMA mine",
            "CREATE TABLE mine.numbers AS SELECT 1 AS n",
            "SELECT n, _raw FROM mine.numbers, tickets",
            "DROP TABLE mine.numbers",
            "DROP SCHEMA mine",
        ] {
            let outcome = engine.sql(sql).await;
            assert_eq!(outcome.is_err(), sql.contains("OR true"), "{sql}");
        }
    }
}
