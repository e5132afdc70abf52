//! The other ways to write a call, turned into `SELECT * FROM procedure(…)`:
//!
//! `CALL p(…)`, `{call p(…)}`, `EXEC[UTE] p A = 'x', B = 'y'`, `EXEC p @A = 'x'`, `EXECUTE p('x')`, `EXECUTE p(A => 'x')`.
//!
//! `EXECUTE` belongs to prepared statements too: a name that was prepared wins. It refuses to change a statement that
//! calls nothing.

use std::borrow::Cow;

use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, SetExpr, Statement as Ast,
    TableFactor, TableFunctionArgs,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::find::Procedures;
use super::given::is_named;
use super::prepared::Prepared;
use super::relation::parts_of;
use crate::error::{Error, Kind};
use crate::lenient::known_as;

/// The text with what the parser cannot read said in another way, every other character in its place.
pub(crate) fn readable(sql: &str) -> Cow<'_, str> {
    let may_hold = sql.contains('{')
        || sql
            .as_bytes()
            .windows(4)
            .any(|word| word.eq_ignore_ascii_case(b"exec"));
    if !may_hold {
        return Cow::Borrowed(sql);
    }
    let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location();
    let Ok(tokens) = tokens else {
        // The parser says what is wrong.
        return Cow::Borrowed(sql);
    };
    let tokens: Vec<TokenWithSpan> = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let statements = tokens.split(|token| token.token == Token::SemiColon);
    let edits: Vec<(Location, &str)> = statements.flat_map(respelt).collect();
    if edits.is_empty() {
        return Cow::Borrowed(sql);
    }
    let (mut line, mut column) = (1, 1);
    let mut skip = 0_usize;
    let mut text = String::with_capacity(sql.len());
    for c in sql.chars() {
        let here = edits
            .iter()
            .find(|(at, _)| (at.line, at.column) == (line, column));
        if let Some((_, new)) = here {
            text.push_str(new);
            skip = new.chars().count();
        }
        match skip {
            0 => text.push(c),
            _ => skip -= 1,
        }
        (line, column) = if c == '\n' {
            (line + 1, 1)
        } else {
            (line, column + 1)
        };
    }
    Cow::Owned(text)
}

/// What to write where, each as long as what it replaces.
fn respelt(statement: &[TokenWithSpan]) -> Vec<(Location, &'static str)> {
    let rest = &statement[prefix(statement)..];
    match rest {
        [open, call, .., close]
            if open.token == Token::LBrace
                && is_word(call, "CALL")
                && close.token == Token::RBrace =>
        {
            vec![(open.span.start, " "), (close.span.start, " ")]
        }
        [verb, name @ ..] if is_word(verb, "EXEC") || is_word(verb, "EXECUTE") => {
            let name_ends = name
                .iter()
                .position(|token| !matches!(token.token, Token::Word(_) | Token::Period));
            let arguments = name_ends.map_or(&[][..], |end| &name[end..]);
            let new = if is_word(verb, "EXEC") {
                "CALL"
            } else {
                "CALL   "
            };
            match name_ends != Some(0) && is_call(arguments) {
                true => vec![(verb.span.start, new)],
                false => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// The tokens of `EXPLAIN …` or `PREPARE … AS` that stand before the statement proper.
fn prefix(statement: &[TokenWithSpan]) -> usize {
    let place_of = |fits: &dyn Fn(&TokenWithSpan) -> bool| statement.iter().position(fits);
    match statement.first() {
        Some(first) if is_word(first, "PREPARE") => {
            place_of(&|token| is_word(token, "AS")).map_or(0, |place| place + 1)
        }
        Some(first) if is_word(first, "EXPLAIN") => {
            let verbs = ["EXEC", "EXECUTE"];
            let begins = |token: &TokenWithSpan| {
                token.token == Token::LBrace || verbs.iter().any(|verb| is_word(token, verb))
            };
            // In EXPLAIN SELECT, such a word is a name.
            let place = place_of(&|token| begins(token) || is_word(token, "SELECT"));
            place
                .filter(|place| begins(&statement[*place]))
                .unwrap_or(0)
        }
        _ => 0,
    }
}

/// Whether arguments in parentheses are such that a prepared statement cannot have: none, or named ones.
fn is_call(arguments: &[TokenWithSpan]) -> bool {
    let mut depth = 0_i32;
    for (place, token) in arguments.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if place == 1 => return true,
            Token::RParen => depth -= 1,
            Token::RArrow | Token::Assignment if depth == 1 => return true,
            _ => {}
        }
        if depth == 0 {
            return false;
        }
    }
    false
}

fn is_word(token: &TokenWithSpan, word: &str) -> bool {
    match &token.token {
        Token::Word(typed) => typed.quote_style.is_none() && typed.value.eq_ignore_ascii_case(word),
        _ => false,
    }
}

/// What is shorter is shown where it does not fit; codes and tokens are much longer.
pub(super) const SHORTEST_SECRET: usize = 12;

/// No word of SQL, and hardly a name that people type, is as long.
const LONGEST_WORD: usize = 24;

/// What a parser says, without the text in quotes that it may name: it may be a secret in a call. Neither is a word shown
/// that looks like a secret whose quotes were forgotten.
pub(crate) fn withhold(message: &str) -> String {
    let Some((before, rest)) = message.split_once("found: ") else {
        return message.to_owned();
    };
    let (found, place) = match rest.rfind(" at Line: ") {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let length = found.chars().count();
    let has_digit = found.contains(|letter: char| letter.is_ascii_digit());
    let is_long = length >= LONGEST_WORD || length >= SHORTEST_SECRET && has_digit;
    match found.contains(['\'', '"', '$']) {
        true => format!("{before}found: text in quotes{place}"),
        false if is_long => format!("{before}found: a long word{place}"),
        false => message.to_owned(),
    }
}

/// Turns calls into SELECT.
///
/// # Errors
/// `Unsupported` for what a call cannot have.
pub(crate) fn as_select(
    parsed: &mut Parsed,
    procedures: &Procedures,
    prepared: &Prepared,
) -> Result<(), Error> {
    match parsed {
        Parsed::Statement(ast) => select(ast, procedures, prepared),
        Parsed::Explain(explain) => as_select(&mut explain.statement, procedures, prepared),
        _ => Ok(()),
    }
}

fn select(ast: &mut Ast, procedures: &Procedures, prepared: &Prepared) -> Result<(), Error> {
    let new = match ast {
        Ast::Prepare { statement, .. } => return select(statement, procedures, prepared),
        Ast::ShowVariable { variable } if matches!(variable.as_slice(), [name] if known_as(name) == "procedures") => {
            template("SELECT * FROM system.procedures")?
        }
        Ast::Call(function) => {
            let plain = function.over.is_none()
                && function.filter.is_none()
                && function.null_treatment.is_none()
                && function.within_group.is_empty()
                && matches!(function.parameters, FunctionArguments::None);
            let arguments = match &function.args {
                FunctionArguments::None => Some(Vec::new()),
                FunctionArguments::List(list)
                    if list.clauses.is_empty() && list.duplicate_treatment.is_none() =>
                {
                    Some(list.args.clone())
                }
                _ => None,
            };
            match arguments {
                Some(arguments) if plain => from(function.name.clone(), arguments)?,
                _ => {
                    let message = format!("CALL {} has more than arguments", function.name);
                    return Err(Error::new(Kind::Unsupported, message)
                        .with_hint("write CALL procedure(Name => value, …)"));
                }
            }
        }
        Ast::Execute {
            name: Some(name),
            parameters,
            immediate: false,
            into,
            using,
            output: false,
            default: false,
            ..
        } if into.is_empty() && using.is_empty() => {
            let parts: Vec<String> = name
                .0
                .iter()
                .filter_map(|part| part.as_ident())
                .map(known_as)
                .collect();
            let known = parts_of(name)
                .last()
                .is_some_and(|last| procedures.knows(last));
            let is_call = known || parts.len() > 1 || parameters.iter().any(is_named);
            if prepared.holds(&parts.join(".")) || !is_call {
                return Ok(());
            }
            let arguments = parameters
                .iter()
                .map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value.clone())));
            from(name.clone(), arguments.collect())?
        }
        _ => return Ok(()),
    };
    *ast = new;
    Ok(())
}

/// `SELECT * FROM name(arguments)`.
fn from(name: ObjectName, arguments: Vec<FunctionArg>) -> Result<Ast, Error> {
    let mut ast = template("SELECT * FROM p()")?;
    if let Ast::Query(query) = &mut ast
        && let SetExpr::Select(select) = query.body.as_mut()
        && let Some(TableFactor::Table {
            name: called, args, ..
        }) = select.from.first_mut().map(|from| &mut from.relation)
    {
        *called = name;
        *args = Some(TableFunctionArgs {
            args: arguments,
            settings: None,
        });
    }
    Ok(ast)
}

fn template(sql: &str) -> Result<Ast, Error> {
    let mut parser = DFParserBuilder::new(sql).build()?;
    match parser.parse_statement()? {
        Parsed::Statement(ast) => Ok(*ast),
        other => Err(DataFusionError::Internal(format!("{other} is no query")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{readable, withhold};

    #[test]
    fn what_the_parser_cannot_read_is_respelt_in_place() {
        for (sql, expected) in [
            ("EXECUTE p(A => 'x')", "CALL    p(A => 'x')"),
            ("exec z.p ( A := 1 )", "CALL z.p ( A := 1 )"),
            ("EXECUTE p()", "CALL    p()"),
            ("{call p('x')}", " call p('x') "),
            ("  -- é\n { CALL p }", "  -- é\n   CALL p  "),
            (
                "SELECT 'é';\nEXECUTE p(\n A => f(1))",
                "SELECT 'é';\nCALL    p(\n A => f(1))",
            ),
            (
                "EXPLAIN ANALYZE EXEC p(A => 1)",
                "EXPLAIN ANALYZE CALL p(A => 1)",
            ),
            (
                "PREPARE q(text) AS EXEC p(A => $1)",
                "PREPARE q(text) AS CALL p(A => $1)",
            ),
        ] {
            assert_eq!(readable(sql), expected, "{sql}");
        }
        for sql in [
            "EXECUTE p",
            "EXECUTE p('x')",
            "EXECUTE p(f(A => 1))",
            "EXECUTE p A = 'x'",
            "EXECUTE (A => 1)",
            "EXEC p @A = ')'",
            "SELECT exec(a => 1)",
            "EXPLAIN SELECT exec, execute(a => 1) FROM t",
            "SELECT '{call p}'",
            "SELECT {'a': 1}",
            "exec 'unterminated",
        ] {
            assert_eq!(readable(sql), sql);
        }
    }

    #[test]
    fn parse_errors_do_not_repeat_text() {
        for (message, expected) in [
            (
                "Expected: ), found: 'se at Line: cret' at Line: 1, Column: 7",
                "Expected: ), found: text in quotes at Line: 1, Column: 7",
            ),
            (
                "Expected: ), found: E'x'",
                "Expected: ), found: text in quotes",
            ),
            (
                "Expected: ), found: $$x$$",
                "Expected: ), found: text in quotes",
            ),
            (
                "Expected: an expression, found: EOF",
                "Expected: an expression, found: EOF",
            ),
            (
                "Expected: end, found: abcdef123456 at Line: 1, Column: 7",
                "Expected: end, found: a long word at Line: 1, Column: 7",
            ),
            (
                "Expected: end, found: abcdefghijklmnopqrstuvwx",
                "Expected: end, found: a long word",
            ),
            (
                "Expected: end, found: abc123",
                "Expected: end, found: abc123",
            ),
            (
                "Expected: end, found: ticket_metric_events",
                "Expected: end, found: ticket_metric_events",
            ),
            ("Unterminated", "Unterminated"),
        ] {
            assert_eq!(withhold(message), expected);
        }
    }
}
