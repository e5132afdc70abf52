//! Paths into JSON as other drivers write them, `[0].grade`, `$.test.data[x]`, `[2..]`, made JSONPath of RFC 9535.

use serde_json_path::JsonPath;

/// A path as it is written, compiled.
///
/// # Errors
/// In words, with the place where the path cannot be read.
pub(super) fn compile(written: &str) -> Result<JsonPath, String> {
    let standard = standard(written);
    JsonPath::parse(&standard).map_err(|error| {
        format!(
            "the path {written} cannot be read: {} at letter {}",
            error.message(),
            error.position() + 1
        )
    })
}

/// The standard's words for it: `$` first, `[*]` for `[x]`, `[2:]` for `[2..]`; what is in quotes stays.
fn standard(written: &str) -> String {
    let written = written.trim();
    let mut path = String::with_capacity(written.len() + 2);
    match written.chars().next() {
        Some('$') => {}
        Some('[' | '.') | None => path.push('$'),
        Some(_) => path.push_str("$."),
    }
    let mut rest = written;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        path.push_str(before);
        let Some(close) = closing(from) else {
            rest = from;
            break;
        };
        path.push_str(&selector(&from[..=close]));
        rest = &from[close + 1..];
    }
    path.push_str(rest);
    path
}

/// The place of the bracket that closes the first one, past texts in quotes and brackets within.
fn closing(from: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_i32, None);
    let mut letters = from.char_indices();
    while let Some((place, letter)) = letters.next() {
        match (quote, letter) {
            (Some(_), '\\') => {
                letters.next();
            }
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(place);
                }
            }
            _ => {}
        }
    }
    None
}

fn selector(bracketed: &str) -> String {
    let inner = bracketed[1..bracketed.len() - 1].trim();
    if inner.eq_ignore_ascii_case("x") {
        return "[*]".to_owned();
    }
    let is_number = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    match inner.split_once("..") {
        // The last one is included there, and excluded in the standard.
        Some((from, to)) if is_number(from) && is_number(to) => {
            let to = to
                .parse::<u64>()
                .map(|to| (to + 1).to_string())
                .unwrap_or_default();
            format!("[{from}:{to}]")
        }
        _ => bracketed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{compile, standard};

    #[test]
    fn paths_are_put_in_the_words_of_the_standard() {
        for (written, expected) in [
            ("[0].grade", "$[0].grade"),
            ("[x].score", "$[*].score"),
            ("$[X]", "$[*]"),
            ("$.test.data[3..]", "$.test.data[3:]"),
            ("$.test.data[..3]", "$.test.data[:4]"),
            ("a[1..12].b", "$.a[1:13].b"),
            ("custom.'x'", "$.custom.'x'"),
            (".a", "$.a"),
            ("$", "$"),
            ("", "$"),
            ("$['x']['a..b']['c]d'][x]", "$['x']['a..b']['c]d'][*]"),
            ("$..id", "$..id"),
            ("$[?@.id == 7].value", "$[?@.id == 7].value"),
            ("$[?@['x'] == 'y'][x]", "$[?@['x'] == 'y'][*]"),
            ("a[0", "$.a[0"),
        ] {
            assert_eq!(standard(written), expected, "{written}");
        }
        let error = compile("$.a[0").unwrap_err();
        assert!(error.contains("$.a[0"), "{error}");
    }
}
