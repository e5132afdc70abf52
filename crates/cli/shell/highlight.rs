//! Colours of a statement that is being typed. The text stays what it is; only colours are put around it.

use super::tokens::{Kind, Token, tokens};
use super::words::is_keyword;

const KEYWORD: &str = "\x1b[1;34m";
const FUNCTION: &str = "\x1b[36m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[35m";
const COMMENT: &str = "\x1b[2m";
const COMMAND: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// The line with its colours.
pub(crate) fn highlighted(line: &str) -> String {
    if line.trim_start().starts_with('\\') {
        return format!("{COMMAND}{line}{PLAIN}");
    }
    let all = tokens(line);
    let mut shown = String::with_capacity(line.len() * 2);
    for (place, token) in all.iter().enumerate() {
        let next = all[place + 1..].iter().find(|token| token.is_code());
        let before = all[..place].iter().rev().find(|token| token.is_code());
        match colour(token, before, next) {
            // A colour that goes on over the end of a line would colour what the terminal writes there.
            Some(colour) => {
                let lines = token.text.split('\n');
                let lines: Vec<String> =
                    lines.map(|line| format!("{colour}{line}{PLAIN}")).collect();
                shown.push_str(&lines.join("\n"));
            }
            None => shown.push_str(token.text),
        }
    }
    shown
}

fn colour(
    token: &Token<'_>,
    before: Option<&Token<'_>>,
    next: Option<&Token<'_>>,
) -> Option<&'static str> {
    match token.kind {
        Kind::Text => Some(TEXT),
        Kind::Number => Some(NUMBER),
        Kind::Comment => Some(COMMENT),
        // What follows a dot is a name, whatever it is called.
        Kind::Word if before.is_some_and(|before| before.is(".")) => None,
        Kind::Word if is_keyword(token.text) => Some(KEYWORD),
        Kind::Word if next.is_some_and(|next| next.is("(")) => Some(FUNCTION),
        Kind::Word | Kind::Name | Kind::Mark | Kind::Space => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_colours(shown: &str) -> String {
        let mut parts = shown.split('\x1b');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
        }
        text
    }

    #[test]
    fn words_have_the_colour_of_what_they_mean() {
        for (line, shown) in [
            ("select id", "\x1b[1;34mselect\x1b[0m id"),
            ("count (*)", "\x1b[36mcount\x1b[0m (*)"),
            ("a = 'b'", "a = \x1b[32m'b'\x1b[0m"),
            ("'open", "\x1b[32m'open\x1b[0m"),
            ("t.order > 12", "t.order > \x1b[35m12\x1b[0m"),
            ("-- so", "\x1b[2m-- so\x1b[0m"),
            ("\\d tickets", "\x1b[33m\\d tickets\x1b[0m"),
            ("'a\nb'", "\x1b[32m'a\x1b[0m\n\x1b[32mb'\x1b[0m"),
            ("\"select\"", "\"select\""),
        ] {
            assert_eq!(highlighted(line), shown, "{line}");
        }
    }

    #[test]
    fn colours_change_no_letter() {
        for line in [
            "SELECT t.subject, count(*) FROM zendesk.tickets t /* all */ WHERE name = '日本''語' -- so\nAND x = 1.5;",
            "'open text\nof two lines",
            "\\format csv",
            "",
        ] {
            assert_eq!(without_colours(&highlighted(line)), line);
        }
    }
}
