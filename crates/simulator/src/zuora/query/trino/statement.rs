//! A statement as it was written: which of the few kinds it is, how its columns will be called, and where in its text a word
//! stands, for complaints. It refuses everything that Trino's grammar does not have.

use datafusion::sql::sqlparser::ast::{self, Expr, Ident, SelectItem, SetExpr, VisitMut as _};
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::grammar::Grammar;

/// What is asked.
#[derive(Debug)]
pub(in crate::zuora::query) enum Statement {
    Tables,
    Functions,
    /// The columns of a table.
    Columns(String),
    Query(Question),
}

/// A query that has been brought into a form that DataFusion plans.
#[derive(Debug)]
pub(in crate::zuora::query) struct Question {
    pub(super) statement: Box<ast::Statement>,
    /// The names of the columns as they were written; `None` leaves it to the plan.
    pub(super) names: Vec<Option<String>>,
    /// A name that two columns share.
    pub(super) doubled: Option<String>,
    pub(super) words: Words,
}

/// Trino's lexical rules, as far as they differ from those of others.
#[derive(Debug)]
struct Trino;

impl Dialect for Trino {
    fn is_identifier_start(&self, letter: char) -> bool {
        letter.is_ascii_alphabetic() || letter == '_'
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        letter.is_ascii_alphanumeric() || letter == '_'
    }

    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        letter == '"'
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_boolean_literals(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        false
    }
}

/// The words of a text and where they stand.
#[derive(Debug, Default)]
pub(in crate::zuora::query) struct Words(Vec<(String, Location)>);

impl Words {
    fn of(tokens: &[TokenWithSpan]) -> Self {
        let words = tokens.iter().filter_map(|token| match &token.token {
            Token::Word(word) => Some((word.value.to_ascii_lowercase(), token.span.start)),
            _ => None,
        });
        Self(words.collect())
    }

    /// `line 1:8`, of the first such word.
    pub(super) fn place(&self, word: &str) -> String {
        let found = self
            .0
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(word));
        found.map_or_else(|| "line 1:1".to_owned(), |(_, location)| line(*location))
    }
}

/// A place as Trino writes it.
pub(super) fn line(location: Location) -> String {
    format!("line {}:{}", location.line.max(1), location.column.max(1))
}

/// The complaint of Trino's parser.
pub(super) fn mismatched(location: Location, found: &str) -> String {
    format!(
        "{}: mismatched input '{found}'. Expecting: <expression>",
        line(location)
    )
}

/// Reads a statement. `tables` are those that exist, in lower case.
pub(in crate::zuora::query) fn parse(
    sql: &str,
    tables: &[String],
    session: &Session,
) -> Result<Statement, String> {
    let dialect = Trino;
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| {
            format!(
                "{}: mismatched input. {}",
                line(error.location),
                error.message
            )
        })?;
    let plain: Vec<&TokenWithSpan> = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    for token in &plain {
        let alien = match &token.token {
            Token::DoubleEq | Token::SemiColon | Token::DoubleColon => true,
            Token::Number(_, long) => *long,
            _ => false,
        };
        if alien {
            return Err(mismatched(token.span.start, &token.token.to_string()));
        }
    }
    if let Some(statement) = catalog_statement(&plain, tables)? {
        return Ok(statement);
    }
    let words = Words::of(&tokens);
    let mut statements = Parser::new(&dialect)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| complaint(&error))?;
    let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
        return Err("line 1:1: mismatched input '<EOF>'. Expecting: <statement>".to_owned());
    };
    let ast::Statement::Query(mut query) = statement else {
        let found = sql.split_whitespace().next().unwrap_or_default();
        return Err(format!(
            "line 1:1: mismatched input '{found}'. Expecting: 'DESC', 'DESCRIBE', 'SELECT', 'SHOW', 'TABLE', 'VALUES', 'WITH', <query>"
        ));
    };
    let names = match leftmost(&mut query.body) {
        Some(items) => name(items),
        None => Vec::new(),
    };
    let mut grammar = Grammar::new(tables, session);
    if let std::ops::ControlFlow::Break(complaint) = query.visit(&mut grammar) {
        return Err(complaint);
    }
    let mut seen = std::collections::HashSet::new();
    let mut known = names.iter().flatten();
    let doubled = known
        .find(|name| !seen.insert(name.to_ascii_lowercase()))
        .cloned();
    Ok(Statement::Query(Question {
        statement: Box::new(ast::Statement::Query(query)),
        names,
        doubled,
        words,
    }))
}

/// What of the moment and the tenant a statement may name.
#[derive(Debug, Clone)]
pub(in crate::zuora::query) struct Session {
    pub(in crate::zuora::query) time_zone: String,
    pub(in crate::zuora::query) now_millis: i64,
}

/// SHOW and DESCRIBE.
fn catalog_statement(
    tokens: &[&TokenWithSpan],
    tables: &[String],
) -> Result<Option<Statement>, String> {
    let word = |at: usize| match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        _ => String::new(),
    };
    let from = match (word(0).as_str(), word(1).as_str()) {
        ("SHOW", "TABLES") => return finished(tokens, 2, Statement::Tables).map(Some),
        ("SHOW", "FUNCTIONS") => return finished(tokens, 2, Statement::Functions).map(Some),
        ("SHOW", "COLUMNS") if ["FROM", "IN"].contains(&word(2).as_str()) => 3,
        ("DESC" | "DESCRIBE", _) => 1,
        ("SHOW", _) => {
            let found = tokens
                .get(1)
                .map_or("<EOF>".to_owned(), |token| token.token.to_string());
            let place = tokens
                .get(1)
                .map_or_else(Location::empty, |token| token.span.start);
            return Err(mismatched(place, &found));
        }
        _ => return Ok(None),
    };
    let mut parts = Vec::new();
    let mut at = from;
    while let Some(Token::Word(word)) = tokens.get(at).map(|token| &token.token) {
        parts.push(word.value.to_ascii_lowercase());
        at += 1;
        if !matches!(
            tokens.get(at).map(|token| &token.token),
            Some(Token::Period)
        ) {
            break;
        }
        at += 1;
    }
    let place = tokens
        .get(from)
        .map_or_else(Location::empty, |token| token.span.start);
    if parts.is_empty() {
        return Err(mismatched(place, "<EOF>"));
    }
    let table = table_of(&parts).filter(|table| tables.contains(table));
    let table = table.ok_or_else(|| missing(place, &parts))?;
    finished(tokens, at, Statement::Columns(table)).map(Some)
}

fn finished(
    tokens: &[&TokenWithSpan],
    at: usize,
    statement: Statement,
) -> Result<Statement, String> {
    match tokens.get(at) {
        Some(token) if token.token != Token::EOF => {
            Err(mismatched(token.span.start, &token.token.to_string()))
        }
        _ => Ok(statement),
    }
}

/// The table that a name of up to three parts means.
pub(super) fn table_of(parts: &[String]) -> Option<String> {
    match parts {
        [table] => Some(table.clone()),
        [schema, table] if schema == "data" => Some(table.clone()),
        [catalog, schema, table] if catalog == "owl" && schema == "data" => Some(table.clone()),
        _ => None,
    }
}

pub(super) fn missing(place: Location, parts: &[String]) -> String {
    let table = parts.last().map_or("", String::as_str);
    format!("{}: Table owl.data.{table} does not exist", line(place))
}

/// The items of the first SELECT, which name the columns.
fn leftmost(body: &mut SetExpr) -> Option<&mut Vec<SelectItem>> {
    match body {
        SetExpr::Select(select) => Some(&mut select.projection),
        SetExpr::Query(query) => leftmost(&mut query.body),
        SetExpr::SetOperation { left, .. } => leftmost(left),
        _ => None,
    }
}

/// The name of each column, which an expression without one gets from its place.
fn name(items: &mut [SelectItem]) -> Vec<Option<String>> {
    let mut names = Vec::new();
    let mut wild = false;
    for (place, item) in items.iter_mut().enumerate() {
        let given = match item {
            SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.value.clone()),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                parts.last().map(|part| part.value.clone())
            }
            SelectItem::UnnamedExpr(expr) => {
                let alias = format!("_col{place}");
                let expr = expr.clone();
                *item = SelectItem::ExprWithAlias {
                    expr,
                    alias: Ident::with_quote('"', &alias),
                };
                Some(alias)
            }
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
            _ => {
                wild = true;
                None
            }
        };
        names.push(given);
    }
    // Behind a star nothing stands where it is counted.
    if wild { Vec::new() } else { names }
}

fn complaint(error: &ParserError) -> String {
    let message = match error {
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
            message.as_str()
        }
        ParserError::RecursionLimitExceeded => {
            "statement is too large (stack overflow during analysis)"
        }
    };
    let number = |after: &str| -> u64 {
        let rest = message.rsplit_once(after).map_or("", |(_, rest)| rest);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(1)
    };
    let place = Location {
        line: number("Line: "),
        column: number("Column: "),
    };
    let head = message.split(" at Line").next().unwrap_or(message);
    match head
        .strip_prefix("Expected: ")
        .and_then(|rest| rest.split_once(", found: "))
    {
        Some((wanted, found)) => {
            let found = if found == "EOF" { "<EOF>" } else { found };
            format!(
                "{}: mismatched input '{found}'. Expecting: {wanted}",
                line(place)
            )
        }
        None => format!("{}: mismatched input. {head}", line(place)),
    }
}
