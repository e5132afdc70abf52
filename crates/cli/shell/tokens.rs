//! SQL as it is being typed, cut into tokens: for colours, for completion, and to know where a statement ends.
//!
//! It understands what is not finished yet, and refuses to judge whether it will ever be SQL.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a plain name.
    Word,
    /// A name between double quotes.
    Name,
    /// A text between single quotes.
    Text,
    /// A number.
    Number,
    /// `-- …` or `/* … */`.
    Comment,
    /// A mark of its own: `(`, `.`, `=`, `;`.
    Mark,
    /// Blanks and line ends.
    Space,
}

/// A piece of the text; all of them together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// The byte where it begins.
    pub(crate) start: usize,
    /// Its end has not been typed yet.
    pub(crate) is_open: bool,
}

impl Token<'_> {
    /// The byte behind it.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this mark.
    pub(crate) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// Whether it is this keyword, in any case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it says something.
    pub(crate) fn is_code(&self) -> bool {
        !matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// The name that it is, without quotes.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Name => {
                let inner = self.text.strip_prefix('"').unwrap_or(self.text);
                let inner = match self.is_open {
                    true => inner,
                    false => inner.strip_suffix('"').unwrap_or(inner),
                };
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }
}

/// All tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        let is_open = length.is_none();
        let length = length.unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or(rest);
        found.push(Token {
            kind,
            text,
            start,
            is_open,
        });
        start += text.len().max(1);
    }
    found
}

/// What a text begins with, and its length if it has an end.
fn first(text: &str) -> (Kind, Option<usize>) {
    let mut letters = text.chars();
    let Some(letter) = letters.next() else {
        return (Kind::Space, Some(0));
    };
    let run =
        |belongs: &dyn Fn(char) -> bool| text.find(|letter| !belongs(letter)).unwrap_or(text.len());
    match letter {
        _ if text.starts_with("--") => {
            let end = text.find('\n');
            (Kind::Comment, end)
        }
        _ if text.starts_with("/*") => (Kind::Comment, comment(text)),
        '\'' => (Kind::Text, quoted(text, '\'')),
        '"' => (Kind::Name, quoted(text, '"')),
        _ if letter.is_whitespace() => (Kind::Space, Some(run(&char::is_whitespace))),
        _ if letter.is_ascii_digit() => {
            let belongs = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
            (Kind::Number, Some(run(&belongs)))
        }
        _ if letter.is_alphanumeric() || letter == '_' => {
            let belongs = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
            (Kind::Word, Some(run(&belongs)))
        }
        _ => (Kind::Mark, Some(letter.len_utf8())),
    }
}

/// The length of a text between quotes, where a doubled one stands for itself.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut place = 1;
    loop {
        place += text.get(place..)?.find(quote)? + 1;
        if !text.get(place..)?.starts_with(quote) {
            return Some(place);
        }
        place += 1;
    }
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut place = 0;
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            place += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return Some(place);
            }
        } else {
            place += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// Whether the text ends with a `;` that is not part of a text, a name or a comment.
pub(crate) fn is_complete(text: &str) -> bool {
    let all = tokens(text);
    let is_open = |token: &Token<'_>| token.is_open && !token.text.starts_with("--");
    if all.last().is_some_and(is_open) {
        return false;
    }
    let last = all.iter().rev().find(|token| token.is_code());
    last.is_some_and(|token| token.is(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_its_semicolon() {
        for (text, complete) in [
            ("SELECT 1;", true),
            ("SELECT 1;  \n", true),
            ("SELECT 1", false),
            ("SELECT ';", false),
            ("SELECT ';'", false),
            ("SELECT ';';", true),
            ("SELECT 'it''s;';", true),
            ("SELECT 'it''s;", false),
            ("SELECT \"a;", false),
            ("SELECT 1; -- done", true),
            ("SELECT 1; -- done\n", true),
            ("SELECT 1 -- ;", false),
            ("SELECT 1 -- ;\n;", true),
            ("SELECT /* ; */ 1", false),
            ("SELECT 1; /* so */", true),
            ("SELECT 1; /* so", false),
            ("SELECT /* a /* b */ ; */ 1", false),
            ("SELECT '日本;語';", true),
            ("SELECT 1; SELECT 2", false),
            ("", false),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn tokens_are_the_text() {
        for text in [
            "SELECT t.id, 'it''s', \"a \"\"b\"\"\" FROM x WHERE a>=1.5e3 -- so\n;",
            "日本 '語",
            "/* a /* b */ c */ \"open",
            "''",
            "'a'''",
            "a$b ¿? \u{1F600}",
        ] {
            let all = tokens(text);
            let whole: String = all.iter().map(|token| token.text).collect();
            assert_eq!(whole, text);
            for pair in all.windows(2) {
                assert_eq!(pair[0].end(), pair[1].start, "{text}");
            }
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        let kinds = |text: &str| -> Vec<(Kind, bool)> {
            let all = tokens(text);
            let code = all.iter().filter(|token| token.kind != Kind::Space);
            code.map(|token| (token.kind, token.is_open)).collect()
        };
        for (text, first) in [
            ("select", (Kind::Word, false)),
            ("'it''s'", (Kind::Text, false)),
            ("'it''", (Kind::Text, true)),
            ("\"a b\"", (Kind::Name, false)),
            ("\"a", (Kind::Name, true)),
            ("12.5", (Kind::Number, false)),
            ("-- so", (Kind::Comment, true)),
            ("/* so */", (Kind::Comment, false)),
            ("=", (Kind::Mark, false)),
        ] {
            assert_eq!(kinds(text), [first], "{text}");
        }
        let named = |text| tokens(text).first().and_then(Token::name);
        assert_eq!(named("\"a \"\"b\"\"\"").as_deref(), Some("a \"b\""));
        assert_eq!(named("\"a").as_deref(), Some("a"));
    }
}
