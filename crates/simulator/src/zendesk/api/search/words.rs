//! Text as the index sees it: lower-cased words, punctuation gone, endings cut. It refuses exactness on purpose.

/// The words of a text.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() && (letter as u32) < 0x3000 {
            word.extend(letter.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            tokens.push(stem(std::mem::take(&mut word)));
        }
        // Scripts without blanks are indexed letter by letter.
        if letter.is_alphanumeric() {
            tokens.push(letter.to_string());
        }
    }
    if !word.is_empty() {
        tokens.push(stem(word));
    }
    tokens
}

fn stem(mut word: String) -> String {
    if word.is_ascii() {
        for ending in ["ing", "ed", "es", "s"] {
            if word.len() > ending.len() + 2 && word.ends_with(ending) {
                word.truncate(word.len() - ending.len());
                break;
            }
        }
        // "invoice" and "invoices" share a stem.
        if word.len() > 3 && word.ends_with('e') {
            word.pop();
        }
    }
    word
}

/// Whether all words of `wanted` are in the text; in this order and adjacent when it is a phrase; a `*` at the end matches word starts.
pub(crate) fn fits(text: &str, wanted: &str, phrase: bool) -> bool {
    let words = tokens(text);
    if let Some(start) = wanted.strip_suffix('*') {
        let start = start.to_lowercase();
        return text
            .to_lowercase()
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| !word.is_empty() && word.starts_with(&start));
    }
    let wanted = tokens(wanted);
    if wanted.is_empty() {
        return false;
    }
    if phrase {
        return words.windows(wanted.len()).any(|window| window == wanted);
    }
    wanted.iter().all(|word| words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_is_loose() {
        let cases = [
            ("The Printers are PRINTING", "printer", false, true),
            ("a-b test", "a b", true, true),
            ("a test b", "a b", true, false),
            ("refunded orders", "order refund", false, true),
            ("請求書について", "請求", true, true),
            ("hello", "hell", false, false),
            ("hello", "hell*", false, true),
            ("hello", "!!", false, false),
        ];
        for (text, wanted, phrase, expected) in cases {
            assert_eq!(fits(text, wanted, phrase), expected, "{text} / {wanted}");
        }
    }
}
