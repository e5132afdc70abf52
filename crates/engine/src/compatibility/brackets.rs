//! Names in brackets, `[Ticket Id]`, become names in double quotes; `GETDELETED FROM` becomes a SELECT of nothing, which no
//! one writes and [`super::deleted`] knows again.
//!
//! Brackets are also what DataFusion writes arrays and subscripts with: `[1, 2]`, `tags[1]`. What reads as an expression
//! stays one; what stands where only a name can stand, or reads as nothing but a name, is a name. Texts, comments and
//! names in double quotes are left alone, and so is a statement that cannot be cut into words.

use std::borrow::Cow;

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// What `GETDELETED` is read as; as long as the word, so that errors name the right place.
const SELECTS_NOTHING: &str = "SELECT ALL";

/// After these words a value begins, so a bracket is no subscript.
const BEFORE_VALUES: [&str; 39] = [
    "ALL",
    "AND",
    "ANY",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "HAVING",
    "ILIKE",
    "IN",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LIKE",
    "LIMIT",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "OVER",
    "QUALIFY",
    "RETURNING",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TOP",
    "UNION",
    "USE",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
];

/// After these words relations are named.
const BEFORE_RELATIONS: [&str; 6] = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW"];

/// These words end a list of relations.
const AFTER_RELATIONS: [&str; 17] = [
    "EXCEPT",
    "FETCH",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "LIMIT",
    "OFFSET",
    "ON",
    "ORDER",
    "QUALIFY",
    "SELECT",
    "SET",
    "UNION",
    "USING",
    "VALUES",
    "WHERE",
    "WINDOW",
];

/// The text with names in double quotes and without `GETDELETED`.
pub(crate) fn respell(sql: &str) -> Cow<'_, str> {
    let deletes = sql
        .as_bytes()
        .windows(10)
        .any(|word| word.eq_ignore_ascii_case(b"GETDELETED"));
    if !deletes && !sql.contains('[') {
        return Cow::Borrowed(sql);
    }
    let Ok(tokens) = Tokenizer::new(&GenericDialect, sql).tokenize_with_location() else {
        // The parser says what is wrong.
        return Cow::Borrowed(sql);
    };
    let source = Source::new(sql);
    let kept = |token: &TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::EOF);
    let tokens: Vec<TokenWithSpan> = tokens.into_iter().filter(kept).collect();
    let edits = Walk::new(&tokens, &source).edits();
    if edits.is_empty() {
        return Cow::Borrowed(sql);
    }
    let (mut text, mut from) = (String::with_capacity(sql.len()), 0);
    for edit in edits {
        text.extend(&source.letters[from..edit.from]);
        text.push_str(&edit.new);
        from = edit.to;
    }
    text.extend(&source.letters[from..]);
    Cow::Owned(text)
}

/// The text by places as the tokenizer counts them.
struct Source {
    letters: Vec<char>,
    lines: Vec<usize>,
}

impl Source {
    fn new(sql: &str) -> Self {
        let letters: Vec<char> = sql.chars().collect();
        let ends = letters
            .iter()
            .enumerate()
            .filter(|(_, letter)| **letter == '\n');
        let lines = std::iter::once(0)
            .chain(ends.map(|(place, _)| place + 1))
            .collect();
        Self { letters, lines }
    }

    fn place(&self, at: Location) -> usize {
        let line = usize::try_from(at.line).unwrap_or(1).saturating_sub(1);
        let column = usize::try_from(at.column).unwrap_or(1).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.letters.len());
        (start + column).min(self.letters.len())
    }
}

struct Edit {
    from: usize,
    to: usize,
    new: String,
}

/// What is open at a place of the statement.
#[derive(Default, Clone, Copy)]
struct Frame {
    /// An array or a subscript, not parentheses.
    is_array: bool,
    /// The parentheses of `TOP (n)`.
    is_top: bool,
    /// A query has begun, so FROM names relations; in `EXTRACT(day FROM x)` it does not.
    is_query: bool,
    names_relations: bool,
}

/// What stands before a bracket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Value,
    /// A name that was in brackets.
    Bracketed,
    Dot,
    As,
}

struct Walk<'a> {
    tokens: &'a [TokenWithSpan],
    source: &'a Source,
    frames: Vec<Frame>,
    before: Before,
    edits: Vec<Edit>,
}

impl<'a> Walk<'a> {
    fn new(tokens: &'a [TokenWithSpan], source: &'a Source) -> Self {
        Self {
            tokens,
            source,
            frames: vec![Frame::default()],
            before: Before::Nothing,
            edits: Vec::new(),
        }
    }

    fn edits(mut self) -> Vec<Edit> {
        let mut place = 0;
        while let Some(token) = self.tokens.get(place) {
            place = match &token.token {
                Token::LBracket => self.bracket(place),
                _ => self.pass(place),
            };
        }
        self.edits
    }

    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn pass(&mut self, place: usize) -> usize {
        self.before = match &self.tokens[place].token {
            Token::LParen => {
                let is_top = place > 0 && self.is_word(place - 1, "TOP");
                self.frames.push(Frame {
                    is_top,
                    ..Frame::default()
                });
                Before::Nothing
            }
            Token::RParen => match self.frames.pop() {
                Some(frame) if frame.is_top => Before::Nothing,
                _ => Before::Value,
            },
            Token::RBracket => {
                self.frames.pop();
                Before::Value
            }
            Token::SemiColon => {
                self.frames = vec![Frame::default()];
                Before::Nothing
            }
            Token::Period => Before::Dot,
            Token::Word(word) if word.quote_style.is_none() => {
                let word = word.value.to_uppercase();
                self.word(place, &word)
            }
            Token::Word(_)
            | Token::Placeholder(_)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_) => Before::Value,
            _ => Before::Nothing,
        };
        place + 1
    }

    fn word(&mut self, place: usize, word: &str) -> Before {
        let begins = place == 0
            || matches!(
                self.tokens[place - 1].token,
                Token::LParen | Token::SemiColon
            );
        let is_distinct_from = word == "FROM" && place > 1 && self.is_word(place - 1, "DISTINCT");
        if word == "GETDELETED"
            && self.is_word(place + 1, "FROM")
            && (begins || self.follows_a_verb(place))
        {
            let from = self.source.place(self.tokens[place].span.start);
            let to = from + word.len();
            self.edits.push(Edit {
                from,
                to,
                new: SELECTS_NOTHING.to_owned(),
            });
            self.top().is_query = true;
            return Before::Nothing;
        }
        let frame = self.top();
        if matches!(word, "SELECT" | "DELETE" | "INSERT" | "CREATE" | "UPDATE")
            || (begins && word == "FROM")
        {
            frame.is_query = true;
        }
        if AFTER_RELATIONS.contains(&word) {
            frame.names_relations = false;
        } else if BEFORE_RELATIONS.contains(&word) && frame.is_query && !is_distinct_from {
            frame.names_relations = true;
        }
        match word {
            "AS" => Before::As,
            word if BEFORE_VALUES.contains(&word) => Before::Nothing,
            _ => Before::Value,
        }
    }

    /// Whether a statement can begin here after a word of another one.
    fn follows_a_verb(&self, place: usize) -> bool {
        ["EXPLAIN", "ANALYZE", "VERBOSE", "AS", "UNION", "ALL"]
            .iter()
            .any(|word| self.is_word(place - 1, word))
    }

    fn is_word(&self, place: usize, word: &str) -> bool {
        matches!(self.tokens.get(place).map(|token| &token.token),
            Some(Token::Word(typed)) if typed.quote_style.is_none() && typed.value.eq_ignore_ascii_case(word))
    }

    /// Passes a bracket: the whole name, or into the array.
    fn bracket(&mut self, place: usize) -> usize {
        let name = self.name_end(place).filter(|end| self.is_name(place, *end));
        let Some(end) = name else {
            self.frames.push(Frame {
                is_array: true,
                ..Frame::default()
            });
            self.before = Before::Nothing;
            return place + 1;
        };
        let (from, to) = (self.start(place), self.end(end));
        let name = self
            .inside(place, end)
            .replace("]]", "]")
            .replace('"', "\"\"");
        self.edits.push(Edit {
            from,
            to,
            new: format!("\"{name}\""),
        });
        self.before = Before::Bracketed;
        end + 1
    }

    /// The place of the bracket that ends a name; `]]` is a bracket of the name.
    fn name_end(&self, place: usize) -> Option<usize> {
        let mut end = place + 1;
        loop {
            match &self.tokens.get(end)?.token {
                Token::LBracket | Token::SemiColon => return None,
                Token::RBracket => {
                    let next = self.tokens.get(end + 1);
                    let doubled = next.is_some_and(|next| next.token == Token::RBracket)
                        && self.end(end) == self.start(end + 1);
                    if !doubled {
                        return Some(end).filter(|end| *end > place + 1);
                    }
                    end += 2;
                }
                _ => end += 1,
            }
        }
    }

    fn is_name(&mut self, place: usize, end: usize) -> bool {
        let dotted = self
            .tokens
            .get(end + 1)
            .is_some_and(|next| next.token == Token::Period);
        if self.before == Before::Dot || dotted {
            return true;
        }
        // A name beside others in an array cannot be told from an array in an array.
        if self.top().is_array {
            return false;
        }
        if self.before == Before::As || self.top().names_relations {
            return true;
        }
        let reads = reads(&self.inside(place, end));
        let apart = place > 0 && self.end(place - 1) < self.start(place);
        match self.before {
            Before::Bracketed => apart && reads != Reads::Expression,
            Before::Value => apart && reads == Reads::Nothing,
            _ => reads != Reads::Expression,
        }
    }

    fn inside(&self, place: usize, end: usize) -> String {
        self.source.letters[self.end(place)..self.start(end)]
            .iter()
            .collect()
    }

    fn start(&self, place: usize) -> usize {
        self.source.place(self.tokens[place].span.start)
    }

    fn end(&self, place: usize) -> usize {
        self.source.place(self.tokens[place].span.end)
    }
}

/// What is in brackets, read as SQL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// One bare name.
    Name,
    Expression,
    /// No expression: `Ticket Id`.
    Nothing,
}

fn reads(text: &str) -> Reads {
    let parser = Parser::new(&GenericDialect).try_with_sql(text);
    let Ok(mut parser) = parser else {
        return Reads::Expression;
    };
    let listed = parser.parse_comma_separated(Parser::parse_expr);
    if parser.peek_token().token != Token::EOF {
        return match text.contains(['\'', '(']) {
            true => Reads::Expression,
            false => Reads::Nothing,
        };
    }
    match listed.as_deref() {
        Ok([Expr::Identifier(name)]) if name.quote_style.is_none() => Reads::Name,
        Ok(_) => Reads::Expression,
        Err(_) => Reads::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::respell;

    #[test]
    fn names_in_brackets_are_quoted() {
        for (sql, expected) in [
            (
                "SELECT [id] FROM [tickets]",
                "SELECT \"id\" FROM \"tickets\"",
            ),
            (
                "SELECT [t].[Ticket Id], [sub-total] FROM [zendesk].[tickets] [t] WHERE [t].[sub-total] > 1",
                "SELECT \"t\".\"Ticket Id\", [sub-total] FROM \"zendesk\".\"tickets\" \"t\" WHERE \"t\".\"sub-total\" > 1",
            ),
            (
                "SELECT TOP 5 [a], id AS [First-reply, h], b [Two words] FROM tickets [x], users [y] JOIN [z] ON [x].a = [y].b",
                "SELECT TOP 5 \"a\", id AS \"First-reply, h\", b \"Two words\" FROM tickets \"x\", users \"y\" JOIN \"z\" ON \"x\".a = \"y\".b",
            ),
            ("SELECT TOP (5) [a]", "SELECT TOP (5) \"a\""),
            (
                "SELECT [a]]b], [say \"x\"]",
                "SELECT \"a]b\", \"say \"\"x\"\"\"",
            ),
            (
                "SELECT count([id]), max([a]) AS [m]",
                "SELECT count(\"id\"), max(\"a\") AS \"m\"",
            ),
            (
                "WHERE [a] IN ([b], [c]) AND NOT [d]",
                "WHERE \"a\" IN (\"b\", \"c\") AND NOT \"d\"",
            ),
            (
                "SELECT 'é [x]', [ü] -- [y]\nFROM [t] /* [z] */",
                "SELECT 'é [x]', \"ü\" -- [y]\nFROM \"t\" /* [z] */",
            ),
            (
                "SELECT [tags][1], [x] [y]",
                "SELECT \"tags\"[1], \"x\" \"y\"",
            ),
            (
                "CREATE VIEW [my view] AS SELECT 1",
                "CREATE VIEW \"my view\" AS SELECT 1",
            ),
            ("SELECT 1; SELECT [a]", "SELECT 1; SELECT \"a\""),
            (
                "DESCRIBE [Tickets]; DROP VIEW [v]",
                "DESCRIBE \"Tickets\"; DROP VIEW \"v\"",
            ),
        ] {
            assert_eq!(respell(sql), expected, "{sql}");
        }
    }

    #[test]
    fn arrays_and_subscripts_stay() {
        for sql in [
            "SELECT [1, 2], [1], ['a'], [a, b], [a + 1], [], [f(x)], [true], [null], [current_date]",
            "SELECT tags[1], tags[i], tags [1], tags[1:2], f(x)[1], (a)[i], 'x'[1], t.a[1], \"a\"[b]",
            "SELECT [[a], [1]], [[1, 2], [3]], a[b[1]], a[[1][1]]",
            "SELECT ARRAY[a], CAST(x AS INT[]), ARRAY[]::text[]",
            "SELECT EXTRACT(day FROM x[i]), trim(both 'a' FROM x[1]), a IS DISTINCT FROM b[1] FROM t",
            "SELECT unnest([a, b]) FROM unnest([1, 2])",
            "SELECT '[a]', \"[b]\", $$[c]$$ -- [d]",
            "SELECT ['unterminated",
            "SELECT a[1], b[2] FROM t WHERE x[1] = 1 GROUP BY a[1] ORDER BY b[2]",
        ] {
            assert_eq!(respell(sql), sql);
        }
    }

    #[test]
    fn getdeleted_selects() {
        for (sql, expected) in [
            ("GETDELETED FROM tickets", "SELECT ALL FROM tickets"),
            (
                "getdeleted from [Tickets] [t]",
                "SELECT ALL from \"Tickets\" \"t\"",
            ),
            (
                "EXPLAIN GETDELETED FROM t; GETDELETED\nFROM u",
                "EXPLAIN SELECT ALL FROM t; SELECT ALL\nFROM u",
            ),
            (
                "SELECT 1 FROM (GETDELETED FROM t) d",
                "SELECT 1 FROM (SELECT ALL FROM t) d",
            ),
        ] {
            assert_eq!(respell(sql), expected, "{sql}");
        }
        for sql in [
            "SELECT getdeleted FROM t",
            "SELECT 'GETDELETED FROM t'",
            "SELECT getdeleted(1) FROM t",
        ] {
            assert_eq!(respell(sql), sql);
        }
    }
}
