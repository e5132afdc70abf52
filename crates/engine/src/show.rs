//! `SHOW …` that DataFusion does not have, as queries of `information_schema` and `system`.
//!
//! `SHOW TABLES` and `SHOW COLUMNS` of their plain forms, `SHOW FUNCTIONS` and `DESCRIBE` are DataFusion's own.

use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{BinaryOperator, Ident};
use datafusion::sql::sqlparser::ast::{
    Expr, Query, SetExpr, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions,
    Statement as Ast, Value,
};

use crate::error::{Error, Kind};
use crate::lenient::known_as;

/// Puts a SHOW in a query's words; any other statement stays as it is.
///
/// # Errors
/// `Unsupported` for an option that has no meaning here.
pub(crate) fn as_query(parsed: &mut Parsed) -> Result<(), Error> {
    let Parsed::Statement(ast) = parsed else {
        return Ok(());
    };
    let new = match ast.as_ref() {
        Ast::ShowVariable { variable } => match variable.as_slice() {
            [name] => match known_as(name).as_str() {
                "limits" => Some(query("SELECT * FROM system.limits")?),
                "requests" => Some(query("SELECT * FROM system.requests")?),
                "jobs" => Some(query("SELECT * FROM system.jobs")?),
                _ => None,
            },
            _ => None,
        },
        Ast::ShowTables { show_options, .. } if is_given(show_options) => Some(filtered(
            "SELECT * FROM information_schema.tables ORDER BY table_schema, table_name",
            show_options,
            "table_schema",
            "table_name",
            "SHOW TABLES",
        )?),
        Ast::ShowSchemas { show_options, .. } | Ast::ShowDatabases { show_options, .. } => {
            Some(filtered(
                "SELECT catalog_name, schema_name FROM information_schema.schemata ORDER BY schema_name",
                show_options,
                "catalog_name",
                "schema_name",
                "SHOW SCHEMAS",
            )?)
        }
        Ast::ShowViews { show_options, .. } => Some(filtered(
            "SELECT * FROM system.views ORDER BY view_name",
            show_options,
            "view_name",
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

/// The query with what `IN`, `LIKE` and `WHERE` ask for: `place` is the column of what `IN` names.
fn filtered(
    sql: &str,
    options: &ShowStatementOptions,
    place: &str,
    name: &str,
    what: &str,
) -> Result<Ast, Error> {
    if options.limit.is_some() || options.limit_from.is_some() || options.starts_with.is_some() {
        let message = format!("{what} takes no LIMIT and no STARTS WITH");
        return Err(Error::new(Kind::Unsupported, message)
            .with_hint("query information_schema.tables instead: it takes every clause"));
    }
    let mut conditions = Vec::new();
    let parent = options
        .show_in
        .as_ref()
        .and_then(|it| it.parent_name.as_ref());
    if let Some(parent) = parent
        && let Some(last) = parent.0.last().and_then(|part| part.as_ident())
    {
        conditions.push(compared(place, BinaryOperator::Eq, known_as(last)));
    }
    let filter = options
        .filter_position
        .as_ref()
        .map(|position| match position {
            ShowStatementFilterPosition::Infix(filter)
            | ShowStatementFilterPosition::Suffix(filter) => filter,
        });
    conditions.extend(filter.map(|filter| match filter {
        ShowStatementFilter::Like(pattern) => like(name, pattern, false),
        ShowStatementFilter::ILike(pattern) => like(name, pattern, true),
        ShowStatementFilter::NoKeyword(pattern) => like(name, pattern, false),
        ShowStatementFilter::Where(condition) => Expr::Nested(Box::new(condition.clone())),
    }));
    let mut ast = query(sql)?;
    if let Ast::Query(shown) = &mut ast {
        restrict(shown, conditions);
    }
    Ok(ast)
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
