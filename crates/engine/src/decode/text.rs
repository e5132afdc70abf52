//! JSON string literals as text.
//!
//! The literals come from a parser that has already checked their grammar; what remains to refuse
//! here is half of a surrogate pair, which JSON lets pass and UTF-8 cannot hold.

use std::borrow::Cow;
use std::fmt::Write;

use super::error::Misfit;

/// The characters between the quotes of a string literal, escapes untouched; `None` if it is none.
pub(super) fn literal(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

/// The text of a literal; borrowed unless it has escapes.
pub(super) fn plain(literal: &str) -> Result<Cow<'_, str>, Misfit> {
    if !literal.as_bytes().contains(&b'\\') {
        return Ok(Cow::Borrowed(literal));
    }
    let mut text = String::with_capacity(literal.len());
    unescape(literal, &mut text)?;
    Ok(Cow::Owned(text))
}

/// Whether a JSON value is this text: a string with these characters, or a number or truth value so written.
pub(super) fn says(json: &str, text: &str) -> bool {
    match literal(json) {
        Some(literal) => plain(literal).is_ok_and(|found| found == text),
        None => json == text,
    }
}

/// Writes the text of a literal that has escapes.
pub(super) fn unescape(literal: &str, out: &mut impl Write) -> Result<(), Misfit> {
    let mut rest = literal;
    // Writing into memory does not fail; a writer that does would make the text wrong, so it is an error all the same.
    let put = |out: &mut dyn Write, piece: &str| out.write_str(piece).map_err(|_| Misfit::Text);
    while let Some(at) = rest.find('\\') {
        put(out, &rest[..at])?;
        let mut escape = rest[at + 1..].chars();
        let character = match escape.next().ok_or(Misfit::Text)? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => unicode(&mut escape)?,
            other => other,
        };
        put(out, character.encode_utf8(&mut [0; 4]))?;
        rest = escape.as_str();
    }
    put(out, rest)
}

/// The character of `\uXXXX`, or of the pair `\uD83D\uDE00`, after its first `u`.
fn unicode(escape: &mut std::str::Chars<'_>) -> Result<char, Misfit> {
    let high = unit(escape.as_str())?;
    advance(escape, 4);
    if !(0xD800..0xE000).contains(&high) {
        return char::from_u32(high).ok_or(Misfit::Surrogate);
    }
    let low = escape
        .as_str()
        .strip_prefix("\\u")
        .ok_or(Misfit::Surrogate)
        .and_then(unit)?;
    if !(0xD800..0xDC00).contains(&high) || !(0xDC00..0xE000).contains(&low) {
        return Err(Misfit::Surrogate);
    }
    advance(escape, 6);
    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(Misfit::Surrogate)
}

fn unit(text: &str) -> Result<u32, Misfit> {
    text.get(..4)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .ok_or(Misfit::Surrogate)
}

fn advance(characters: &mut std::str::Chars<'_>, count: usize) {
    for _ in 0..count {
        characters.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_characters() {
        let cases: [(&str, Result<&str, Misfit>); 16] = [
            (r#""""#, Ok("")),
            (r#""plain ünïcode""#, Ok("plain ünïcode")),
            (r#""a\"b\\c\/d""#, Ok("a\"b\\c/d")),
            (r#""\b\f\n\r\t""#, Ok("\u{8}\u{c}\n\r\t")),
            (r#""\u0041\u00e9\u3042""#, Ok("Aéあ")),
            (r#""\uD83D\uDE00!""#, Ok("😀!")),
            (r#""\ud83d\ude00\ud83d\ude00""#, Ok("😀😀")),
            (r#""\\u0041""#, Ok("\\u0041")),
            (r#""\u0000""#, Ok("\0")),
            (r#""日\n本""#, Ok("日\n本")),
            (r#""\uDBFF\uDFFF""#, Ok("\u{10FFFF}")),
            (r#""\uD83D""#, Err(Misfit::Surrogate)),
            (r#""\uD83Dx""#, Err(Misfit::Surrogate)),
            (r#""\uD83D\u0041""#, Err(Misfit::Surrogate)),
            (r#""\uDE00\uD83D""#, Err(Misfit::Surrogate)),
            (r#""\uD83D\n""#, Err(Misfit::Surrogate)),
        ];
        for (json, wanted) in cases {
            let found = plain(literal(json).unwrap()).map(Cow::into_owned);
            assert_eq!(found, wanted.map(str::to_owned), "{json}");
            if let Ok(text) = wanted {
                assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
            }
        }
    }

    #[test]
    fn a_value_says_its_text() {
        let cases = [
            (r#""Comment""#, "Comment", true),
            (r#""Comm\u0065nt""#, "Comment", true),
            (r#""comment""#, "Comment", false),
            ("5", "5", true),
            ("true", "true", true),
            ("null", "", false),
        ];
        for (json, text, wanted) in cases {
            assert_eq!(says(json, text), wanted, "{json} {text}");
        }
    }
}
