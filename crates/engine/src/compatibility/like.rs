//! `LIKE '%!_%' ESCAPE '!'`: the planner knows the backslash alone, so patterns are written with it.

use datafusion::sql::sqlparser::ast::{Expr, Value};

use crate::error::{Error, Kind};

/// Writes the pattern of a LIKE with another escape by the backslash.
///
/// # Errors
/// `Unsupported` for a pattern that is no text in quotes, `Sql` for an escape that is no single letter or stands before
/// what needs none.
pub(super) fn escape(expr: &mut Expr) -> Result<(), Error> {
    let (Expr::Like {
        pattern,
        escape_char,
        ..
    }
    | Expr::ILike {
        pattern,
        escape_char,
        ..
    }) = expr
    else {
        return Ok(());
    };
    let Some(given) = escape_char.as_ref() else {
        return Ok(());
    };
    let letter = match &given.value {
        Value::SingleQuotedString(text) => {
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (first, None) => Some(first),
                _ => None,
            }
        }
        _ => None,
    };
    let Some(letter) = letter else {
        let message = format!("ESCAPE {given} is not one letter in quotes");
        return Err(Error::new(Kind::Sql, message)
            .with_hint("write ESCAPE '!', or escape with a backslash without ESCAPE"));
    };
    if letter == Some('\\') {
        return Ok(());
    }
    let text = match pattern.as_mut() {
        Expr::Value(value) => match &mut value.value {
            Value::SingleQuotedString(text) => text,
            _ => return Err(computed(pattern)),
        },
        other => return Err(computed(other)),
    };
    *text = with_backslashes(text, letter)?;
    *escape_char = None;
    Ok(())
}

fn computed(pattern: &Expr) -> Error {
    let message = format!("ESCAPE goes with a pattern in quotes, not with {pattern}");
    Error::new(Kind::Unsupported, message)
        .with_hint(r"leave ESCAPE out and put a backslash before % and _ that are meant themselves")
}

fn with_backslashes(pattern: &str, escape: Option<char>) -> Result<String, Error> {
    let mut written = String::with_capacity(pattern.len() + 4);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if Some(letter) == escape {
            match letters.next() {
                Some(next @ ('%' | '_')) => written.extend(['\\', next]),
                Some(next) if Some(next) == escape => written.push(next),
                _ => {
                    let message = format!(
                        "in the pattern '{pattern}', {letter} escapes neither %, _ nor itself"
                    );
                    return Err(Error::new(Kind::Sql, message)
                        .with_hint(format!("write {letter}{letter} for the letter itself")));
                }
            }
        } else if letter == '\\' {
            written.push_str("\\\\");
        } else {
            written.push(letter);
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_with_backslashes() {
        for (pattern, escape, expected) in [
            ("%!_%", Some('!'), r"%\_%"),
            ("a!!b!%", Some('!'), r"a!b\%"),
            (r"c:\x_", Some('!'), r"c:\\x_"),
            (r"\_", None, r"\\_"),
            ("%%50%_", Some('%'), r"\%50\_"),
            ("ends!", Some('!'), ""),
            ("!a", Some('!'), ""),
        ] {
            match with_backslashes(pattern, escape) {
                Ok(written) => assert_eq!(written, expected, "{pattern}"),
                Err(error) => assert!(expected.is_empty() && error.hint().is_some(), "{error}"),
            }
        }
    }
}
