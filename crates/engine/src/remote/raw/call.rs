//! A call as it is written: which connection it means, and the statement in it.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, TableAlias, TableFactor, Value,
};
use zuzen_plan::trino;

use super::NAME;
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::lenient::fold;

/// The connector that has Data Query.
const ZUORA: &str = "zuora";

/// How a call is written.
const EXAMPLE: &str = "write FROM zuora.data_query('SELECT id FROM account')";

/// A call that means something.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) connection: Arc<Connection>,
    pub(super) text: String,
}

/// The call in FROM, with its alias; `None` if it is none of ours.
///
/// # Errors
/// `Sql` for a name that means no connection or several, and for arguments that are not one statement.
pub(super) fn read(
    relation: &TableFactor,
    connections: &[Arc<Connection>],
    default: &str,
) -> Result<Option<(Written, Option<TableAlias>)>, Error> {
    let (name, arguments, alias) = match relation {
        TableFactor::Table {
            name,
            args: Some(arguments),
            alias,
            ..
        } => (name, arguments.args.as_slice(), alias),
        TableFactor::Function {
            name, args, alias, ..
        } => (name, args.as_slice(), alias),
        TableFactor::TableFunction {
            expr: Expr::Function(function),
            alias,
        } => match &function.args {
            FunctionArguments::List(list) => (&function.name, list.args.as_slice(), alias),
            _ => (&function.name, &[][..], alias),
        },
        _ => return Ok(None),
    };
    let parts: Vec<&str> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|ident| ident.value.as_str())
        .collect();
    let (around, last) = match parts.as_slice() {
        [around @ .., last] => (around.last().copied(), *last),
        [] => return Ok(None),
    };
    if fold(last) != fold(NAME) {
        return Ok(None);
    }
    let connection = Arc::clone(meant(around, connections, default)?);
    let text = statement(arguments)?;
    Ok(Some((Written { connection, text }, alias.clone())))
}

fn meant<'a>(
    named: Option<&str>,
    connections: &'a [Arc<Connection>],
    default: &str,
) -> Result<&'a Arc<Connection>, Error> {
    let has_it = |connection: &&Arc<Connection>| connection.connector().name == ZUORA;
    let fits: Vec<&Arc<Connection>> = connections.iter().filter(has_it).collect();
    let wanted = named.unwrap_or(default);
    let same = |connection: &&&Arc<Connection>| connection.name() == wanted;
    let alike = |connection: &&&Arc<Connection>| fold(connection.name()) == fold(wanted);
    if let Some(found) = fits.iter().find(same).or_else(|| fits.iter().find(alike)) {
        return Ok(found);
    }
    let names: Vec<String> = fits
        .iter()
        .map(|connection| format!("`{}.{NAME}`", connection.name()))
        .collect();
    let (message, hint) = match (named, fits.as_slice()) {
        (None, [only]) => return Ok(only),
        (_, []) => (
            format!("there is no {NAME}: no connection is one to Zuora"),
            "add a connection with Connector=Zuora".to_owned(),
        ),
        (None, _) => (
            format!("several connections have {NAME}"),
            format!("write {}", names.join(" or ")),
        ),
        (Some(named), _) => (
            format!("`{named}` has no {NAME}"),
            format!("did you mean {}?", names.join(" or ")),
        ),
    };
    Err(Error::new(Kind::Sql, message).with_hint(hint))
}

/// The one argument, without the semicolon at its end.
fn statement(arguments: &[FunctionArg]) -> Result<String, Error> {
    let wrong =
        |message: &str| Error::new(Kind::Sql, format!("{NAME} {message}")).with_hint(EXAMPLE);
    let [argument] = arguments else {
        return Err(wrong("takes one argument, a statement in quotes"));
    };
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) = argument else {
        return Err(wrong(
            "takes a statement in quotes, no expression and no name",
        ));
    };
    let text = match &value.value {
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text)
        | Value::NationalStringLiteral(text) => text.as_str(),
        Value::DollarQuotedString(text) => text.value.as_str(),
        Value::Placeholder(_) => {
            return Err(wrong(
                "takes a statement in quotes: its columns must be known before a parameter is",
            ));
        }
        _ => return Err(wrong("takes a statement in quotes")),
    };
    let text = text
        .trim_end_matches(|letter: char| letter.is_whitespace() || letter == ';')
        .trim_start();
    if text.is_empty() {
        return Err(wrong("has an empty statement"));
    }
    if text.len() > trino::LONGEST {
        let message = format!(
            "has a statement of {} bytes, of which Data Query takes {}",
            text.len(),
            trino::LONGEST
        );
        return Err(wrong(&message));
    }
    let word = first_word(text).to_uppercase();
    match word.as_str() {
        "SELECT" | "WITH" | "VALUES" | "TABLE" => Ok(text.to_owned()),
        "SHOW" | "DESCRIBE" | "DESC" | "EXPLAIN" => {
            let message = format!("{NAME} runs queries only, and this is {word}");
            Err(Error::new(Kind::Sql, message).with_hint(
                "SELECT table_name, column_name FROM system.columns lists tables and columns",
            ))
        }
        _ => {
            let message = format!("{NAME} runs queries only: Data Query cannot change anything");
            Err(Error::new(Kind::Sql, message).with_hint(EXAMPLE))
        }
    }
}

/// The first word behind comments and brackets.
fn first_word(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(');
        let comment = match rest {
            line if line.starts_with("--") => line.split_once('\n'),
            block if block.starts_with("/*") => block.split_once("*/"),
            _ => {
                let end = rest.find(|letter: char| !letter.is_ascii_alphabetic());
                return &rest[..end.unwrap_or(rest.len())];
            }
        };
        rest = comment.map_or("", |(_, behind)| behind);
    }
}
