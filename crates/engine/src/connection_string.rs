//! Reading connection strings: `Name=Value;Name='a;b';…`.

use crate::error::{Error, Kind};

/// The pairs of a connection string, in order. Quotes (`'` or `"`) protect `;` and are doubled to stand for themselves.
///
/// # Errors
/// `Config` if the text is not of this form; values are never part of the message.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else {
            return Err(Error::new(
                Kind::Config,
                "a connection string is Name=Value pairs separated by `;`",
            )
            .with_hint("for example URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=…"));
        };
        let (value, after) = value(name.trim(), after)?;
        pairs.push((name.trim().to_owned(), value));
        rest = after.trim_start_matches([';', ' ', '\t', '\r', '\n']);
    }
    Ok(pairs)
}

/// The value at the start of `text`, and what follows it.
fn value<'a>(name: &str, text: &'a str) -> Result<(String, &'a str), Error> {
    let text = text.trim_start();
    let Some(quote) = text
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'))
    else {
        return Ok(match text.split_once(';') {
            Some((value, rest)) => (value.trim_end().to_owned(), rest),
            None => (text.trim_end().to_owned(), ""),
        });
    };
    let mut value = String::new();
    let mut rest = text[1..].char_indices().peekable();
    while let Some((place, character)) = rest.next() {
        if character != quote {
            value.push(character);
        } else if rest.next_if(|(_, next)| *next == quote).is_some() {
            value.push(quote);
        } else {
            let after = text[1 + place + 1..].trim_start();
            return match after.strip_prefix(';') {
                Some(after) => Ok((value, after)),
                None if after.is_empty() => Ok((value, "")),
                None => Err(Error::new(
                    Kind::Config,
                    format!("text follows the quoted value of `{name}`"),
                )
                .with_hint("separate properties by `;`; double a quote inside quotes")),
            };
        }
    }
    Err(Error::new(
        Kind::Config,
        format!("the quote of `{name}` is never closed"),
    )
    .with_hint("double a quote inside quotes"))
}
