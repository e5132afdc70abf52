//! Which tables a statement names while it is being typed, and which procedure it calls.

use super::tokens::{Kind, Token};
use super::words::is_keyword;

/// A table in FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) alias: Option<String>,
}

impl Named {
    /// What its columns are prefixed with.
    pub(crate) fn known_as(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.table)
    }
}

/// The tables behind FROM and JOIN, wherever in the statement, in order.
pub(crate) fn named_tables(statement: &[Token<'_>]) -> Vec<Named> {
    let code: Vec<&Token<'_>> = statement.iter().filter(|it| it.is_code()).collect();
    let mut found = Vec::new();
    let mut place = 0;
    while place < code.len() {
        let begins = ["FROM", "JOIN", "UPDATE", "INTO"];
        if !begins.iter().any(|word| code[place].is_word(word)) {
            place += 1;
            continue;
        }
        place += 1;
        while let Some((named, next)) = table(&code, place) {
            found.push(named);
            place = next;
            match code.get(place) {
                Some(comma) if comma.is(",") => place += 1,
                _ => break,
            }
        }
    }
    found
}

/// A table with its alias at this place, and the place behind it.
fn table(code: &[&Token<'_>], place: usize) -> Option<(Named, usize)> {
    let mut path = vec![name(code.get(place)?)?];
    let mut next = place + 1;
    while code.get(next).is_some_and(|it| it.is("."))
        && let Some(name) = code.get(next + 1).and_then(|it| it.name())
    {
        path.push(name);
        next += 2;
    }
    if code.get(next).is_some_and(|it| it.is_word("AS")) {
        next += 1;
    }
    let alias = code.get(next).and_then(|it| name(it));
    if alias.is_some() {
        next += 1;
    }
    let table = path.pop()?;
    let schema = path.pop();
    let named = Named {
        schema,
        table,
        alias,
    };
    Some((named, next))
}

/// The name that the token is, unless it is a keyword.
fn name(token: &Token<'_>) -> Option<String> {
    match token.kind {
        Kind::Word if is_keyword(token.text) => None,
        _ => token.name(),
    }
}

/// What WITH gives names to.
pub(crate) fn with_names(statement: &[Token<'_>]) -> Vec<String> {
    let code: Vec<&Token<'_>> = statement.iter().filter(|it| it.is_code()).collect();
    if !code.first().is_some_and(|it| it.is_word("WITH")) {
        return Vec::new();
    }
    let named = code.windows(3).filter_map(|it| match it {
        [name, word, parenthesis] if word.is_word("AS") && parenthesis.is("(") => name.name(),
        _ => None,
    });
    named.collect()
}

/// A call whose arguments are being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) connection: Option<String>,
    pub(crate) name: String,
    /// `CALL a.Name(x => 1` and not `EXECUTE a.Name x = 1`.
    pub(crate) in_parentheses: bool,
    /// An argument begins here.
    pub(crate) begins: bool,
}

/// The call whose arguments stand at the end.
pub(crate) fn call(code: &[Token<'_>]) -> Option<Call> {
    let mut depth = 0;
    for (place, token) in code.iter().enumerate().rev() {
        if token.is(")") {
            depth += 1;
        } else if token.is("(") {
            if depth == 0 {
                return called(code, place.checked_sub(1)?, true);
            }
            depth -= 1;
        }
    }
    let first = code.first()?;
    if !["EXECUTE", "EXEC"].iter().any(|word| first.is_word(word)) {
        return None;
    }
    let mut place = 1;
    while code.get(place + 1).is_some_and(|it| it.is(".")) {
        place += 2;
    }
    called(code, place, false)
}

/// The call of the name at this place.
fn called(code: &[Token<'_>], place: usize, in_parentheses: bool) -> Option<Call> {
    let name = code.get(place)?.name()?;
    let qualified = place >= 2 && code.get(place - 1).is_some_and(|it| it.is("."));
    let connection = match qualified {
        true => code.get(place - 2).and_then(Token::name),
        false => None,
    };
    let last = code.last()?;
    let begins = match in_parentheses {
        true => last.is("(") || last.is(","),
        false => last.is(",") || code.len() == place + 1,
    };
    Some(Call {
        connection,
        name,
        in_parentheses,
        begins,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn tables_are_found_wherever_they_stand() {
        for (text, tables) in [
            ("SELECT  FROM tickets", "tickets"),
            (
                "SELECT * FROM zendesk.tickets AS t JOIN users u ON ",
                "zendesk.tickets t, users u",
            ),
            (
                "select * from a, b c where x in (select y from \"D e\")",
                "a, b c, D e",
            ),
            ("SELECT extract(year FROM ) FROM zuzen.desk.x", "desk.x"),
            ("SELECT * FROM (SELECT 1) x", ""),
            ("SELECT * FROM a JOIN ", "a"),
        ] {
            let shown: Vec<String> = named_tables(&tokens(text))
                .into_iter()
                .map(|it| {
                    let schema = it
                        .schema
                        .map_or(String::new(), |schema| format!("{schema}."));
                    let alias = it.alias.map_or(String::new(), |alias| format!(" {alias}"));
                    format!("{schema}{}{alias}", it.table)
                })
                .collect();
            assert_eq!(shown.join(", "), tables, "{text}");
        }
    }

    #[test]
    fn calls_are_known_by_what_stands_before_their_arguments() {
        for (text, expected) in [
            ("CALL desk.Go(", Some("desk.Go ( begins")),
            ("CALL Go(a => ", Some("Go (")),
            (
                "SELECT * FROM desk.Go(a => f(1), ",
                Some("desk.Go ( begins"),
            ),
            ("EXECUTE desk.Go ", Some("desk.Go begins")),
            ("EXEC Go a = ", Some("Go")),
            ("EXEC Go a = 1, ", Some("Go begins")),
            ("CALL desk.Go", None),
            ("SELECT 1", None),
        ] {
            let all = tokens(text);
            let code: Vec<Token<'_>> = all.into_iter().filter(Token::is_code).collect();
            let found = call(&code).map(|it| {
                let connection = it
                    .connection
                    .map_or(String::new(), |name| format!("{name}."));
                let parenthesis = if it.in_parentheses { " (" } else { "" };
                let begins = if it.begins { " begins" } else { "" };
                format!("{connection}{}{parenthesis}{begins}", it.name)
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn with_gives_names() {
        let text = "WITH a AS (SELECT 1), b AS (SELECT 2) SELECT * FROM ";
        assert_eq!(with_names(&tokens(text)), ["a", "b"]);
        assert!(with_names(&tokens("SELECT 1")).is_empty());
    }
}
