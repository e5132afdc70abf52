//! One line of JSON lines: a flat object whose keys come in the order of the line before.
//!
//! A line that does so is cut into its values in one look at each byte, by JSON's grammar to the letter. Any
//! other line (keys in another order, nested values, broken JSON) is none of its business: `lines` reads it
//! with a full parser, which also knows what to say about it.

/// A key and what follows from it.
#[derive(Debug)]
pub(super) struct Slot {
    /// The key as JSON, with its quotes.
    pub(super) key: String,
    /// The column that wants its value.
    pub(super) column: Option<usize>,
}

/// Cuts the line that begins at `at` into cells; gives where the next one begins. `None` if it is not as
/// expected; cells may have been overwritten by then.
#[inline]
pub(super) fn cut_line<'t>(
    layout: &[Slot],
    text: &'t str,
    start: usize,
    cells: &mut [Option<&'t str>],
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = expect(bytes, start, b'{')?;
    for (place, slot) in layout.iter().enumerate() {
        if place > 0 {
            at = expect(bytes, blanks(bytes, at), b',')?;
        }
        at = blanks(bytes, at);
        let key = slot.key.as_bytes();
        if bytes.get(at..at + key.len())? != key {
            return None;
        }
        at = expect(bytes, blanks(bytes, at + key.len()), b':')?;
        at = blanks(bytes, at);
        let end = value_end(bytes, at)?;
        if let Some(column) = slot.column {
            cells[column] = text.get(at..end);
        }
        at = end;
    }
    at = expect(bytes, blanks(bytes, at), b'}')?;
    match bytes.get(at..)? {
        [] => Some(at),
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

#[inline]
fn expect(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (*bytes.get(at)? == byte).then_some(at + 1)
}

#[inline]
fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Where a value ends that is neither an object nor a list.
#[inline]
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at + 1),
        b'-' | b'0'..=b'9' => number_end(bytes, at),
        b'n' => word_end(bytes, at, b"null"),
        b't' => word_end(bytes, at, b"true"),
        b'f' => word_end(bytes, at, b"false"),
        _ => None,
    }
}

fn word_end(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes
        .get(at..)?
        .starts_with(word)
        .then_some(at + word.len())
}

fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        let first = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > first).then_some(at)
    };
    let whole = at + usize::from(bytes.get(at) == Some(&b'-'));
    let mut end = if bytes.get(whole) == Some(&b'0') {
        whole + 1
    } else {
        digits(whole)?
    };
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        end = digits(end + 1 + usize::from(signed))?;
    }
    Some(end)
}

/// Where a string ends, from behind its first quote.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at = escape_end(bytes, at + 1)?,
            // A control character has to be escaped.
            _ => return None,
        }
    }
}

fn escape_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        b'u' => {
            let digits = bytes.get(at + 1..at + 5)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 5)
        }
        _ => None,
    }
}

/// The next quote, backslash or control character, or the end; eight bytes at a time.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*eight);
        // The high bit of the first byte that matches is set, and perhaps some behind it by borrowing.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (below(word, 0x20) | quote | backslash) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Vec<Slot> {
        [
            ("\"a\"", Some(0)),
            ("\"skipped\"", None),
            ("\"b\"", Some(1)),
        ]
        .map(|(key, column)| Slot {
            key: key.to_owned(),
            column,
        })
        .into()
    }

    #[test]
    fn lines_in_the_expected_order() {
        let cases = [
            (r#"{"a":1,"skipped":null,"b":"x"}"#, Some(("1", "\"x\""))),
            (
                r#"{"a":-1.5e+3,"skipped":"\u00e9\"","b":true}"#,
                Some(("-1.5e+3", "true")),
            ),
            (
                r#"{ "a" : 0 , "skipped":false,	"b": "ünï" }"#,
                Some(("0", "\"ünï\"")),
            ),
            (
                r#"{"a":"","skipped":"12345678\\","b":"1234567\""}"#,
                Some(("\"\"", "\"1234567\\\"\"")),
            ),
            (r#"{"b":1,"skipped":null,"a":"x"}"#, None),
            (r#"{"a":1,"skipped":null}"#, None),
            (r#"{"a":1,"skipped":null,"b":2,"c":3}"#, None),
            (r#"{"a":[1],"skipped":null,"b":2}"#, None),
            (r#"{"a":01,"skipped":null,"b":2}"#, None),
            (r#"{"a":1.,"skipped":null,"b":2}"#, None),
            (r#"{"a":-,"skipped":null,"b":2}"#, None),
            (r#"{"a":1e,"skipped":null,"b":2}"#, None),
            (r#"{"a":nul,"skipped":null,"b":2}"#, None),
            (r#"{"a":"\x","skipped":null,"b":2}"#, None),
            (r#"{"a":"\u12g4","skipped":null,"b":2}"#, None),
            ("{\"a\":\"a tab\there\",\"skipped\":null,\"b\":2}", None),
            (r#"{"a":1,"skipped":null,"b":2} x"#, None),
            (r#"{"a":1,"skipped":null,"b":2"#, None),
            (r#"{"a":1,"skipped":null,"b":"2"#, None),
            ("", None),
        ];
        for (line, wanted) in cases {
            for end in ["", "\n", "\r\n"] {
                let text = format!("{line}{end}");
                let mut cells = [None; 2];
                let next = cut_line(&layout(), &text, 0, &mut cells);
                match wanted {
                    Some((a, b)) => {
                        assert_eq!(next, Some(text.len()), "{text}");
                        assert_eq!(cells, [Some(a), Some(b)], "{text}");
                    }
                    None => assert_eq!(next, None, "{text}"),
                }
            }
        }
    }

    #[test]
    fn every_byte_ends_plain_text_or_does_not() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=255_u8 {
                    let mut bytes = vec![b'x'; length];
                    bytes[place] = byte;
                    let ends = byte < 0x20 || byte == b'"' || byte == b'\\';
                    let wanted = if ends { place } else { length };
                    assert_eq!(
                        plain_end(&bytes, 0),
                        wanted,
                        "{byte} at {place} of {length}"
                    );
                }
            }
        }
    }
}
