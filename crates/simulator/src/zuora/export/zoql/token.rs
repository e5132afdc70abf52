//! Text to tokens. It refuses characters that no statement has.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// Between single quotes; a doubled quote stands for one.
    Text(String),
    /// Between double quotes.
    Quoted(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 12] = [
    "!=", "<=", ">=", "<>", "=", "<", ">", "(", ")", ",", ".", "*",
];

/// Splits a statement; an error says what is wrong with it.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first == '\'' || first == '"' {
            let (text, used) = quoted(rest, first).ok_or("a quoted text does not end")?;
            tokens.push(if first == '"' {
                Token::Quoted(text)
            } else {
                Token::Text(text)
            });
            length = used;
        } else if first.is_ascii_digit() || first == '-' {
            let digits = |letter: char| !letter.is_ascii_digit() && letter != '.';
            length = rest[1..].find(digits).map_or(rest.len(), |at| at + 1);
            tokens.push(Token::Number(rest[..length].to_owned()));
        } else if first.is_ascii_alphabetic() || first == '_' {
            let letters = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
            length = rest.find(letters).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| format!("unexpected char: '{first}'"))?;
            length = sign.len();
            tokens.push(Token::Sign(sign));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// What stands between quotes, and how much of the text it takes with them.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            inside.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == quote) {
            inside.push(quote);
            letters.next();
        } else {
            return Some((inside, at + 1));
        }
    }
    None
}
