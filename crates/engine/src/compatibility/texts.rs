//! Texts of other drivers. Places count from 1, but for `CHARINDEX` and `INDEXOF`, which count from 0 and give -1.

use datafusion::sql::sqlparser::ast::Expr;

use super::definition::{Definition, absent, depends, is, text_of};
use super::native::{Cell, Gives, Native, Takes, Value};
use crate::error::{Error, Kind};

pub(super) const DEFINITIONS: &[Definition] = &[
    is("char", &["chr($1)"]),
    is("nchar", &["chr($1)"]),
    is("unicode", &["ascii($1)"]),
    is("charindex", &["indexof($2, $1)", "indexof($2, $1, $3)"]),
    is(
        "locate",
        &["strpos($2, $1)", "(indexof($2, $1, $3 - 1) + 1)"],
    ),
    is("startswith", &["starts_with($1, $2)"]),
    is("endswith", &["ends_with($1, $2)"]),
    is("insert", &["stuff($1, $2, $3, $4)"]),
    is("isnull", &["coalesce($1, $2)"]),
    is("len", &["character_length($1)"]),
    is("lcase", &["lower($1)"]),
    is("ucase", &["upper($1)"]),
    is("replicate", &["repeat($1, $2)"]),
    is("space", &["repeat(' ', $1)"]),
    is("split", &["split_part($1, $2, $3)"]),
    is("tostring", &["coalesce(CAST($1 AS VARCHAR), '')"]),
    is("difference", &["soundex_difference($1, $2)"]),
    depends("hashbytes", hashed),
    absent("filesize", "files of this machine are not read"),
    absent(
        "document",
        "the column _raw of every table is the whole row as JSON",
    ),
];

/// `HASHBYTES('SHA2_256', text)` by the name of the algorithm: the bytes of the text in UTF-8 are hashed.
fn hashed(arguments: &mut [Expr]) -> Result<Option<&'static str>, Error> {
    let wrong = |message: String| {
        Err(Error::new(Kind::Sql, message)
            .with_hint("HASHBYTES('SHA2_256', text); algorithms are MD5, SHA2_256 and SHA2_512"))
    };
    let [algorithm, _] = &*arguments else {
        return wrong(format!(
            "HASHBYTES takes 2 arguments, not {}",
            arguments.len()
        ));
    };
    let Some(name) = text_of(algorithm) else {
        return wrong("HASHBYTES takes the name of an algorithm, in quotes".to_owned());
    };
    match name.to_uppercase().as_str() {
        "MD5" => Ok(Some("digest($2, 'md5')")),
        "SHA2_256" | "SHA256" | "SHA-256" => Ok(Some("digest($2, 'sha256')")),
        "SHA2_512" | "SHA512" | "SHA-512" => Ok(Some("digest($2, 'sha512')")),
        _ => wrong(format!("HASHBYTES knows no algorithm `{name}`")),
    }
}

/// Functions that are a question; other drivers answer 1 and 0.
const QUESTIONS: [&str; 3] = ["contains", "starts_with", "ends_with"];

/// Whether a call answers yes or no.
pub(super) fn is_question(expr: &Expr) -> bool {
    super::definition::function_name(expr).is_some_and(|name| QUESTIONS.contains(&name.as_str()))
}

const T: Takes = Takes::Text;
const W: Takes = Takes::Whole;

pub(super) const NATIVES: &[Native] = &[
    Native {
        name: "indexof",
        takes: &[T, T, W],
        least: 2,
        gives: Gives::Whole,
        call: index,
    },
    Native {
        name: "mask",
        takes: &[T, T, W, W],
        least: 2,
        gives: Gives::Text,
        call: mask,
    },
    Native {
        name: "patindex",
        takes: &[T, T],
        least: 2,
        gives: Gives::Whole,
        call: pattern_index,
    },
    Native {
        name: "quotename",
        takes: &[T, T],
        least: 1,
        gives: Gives::Text,
        call: quote,
    },
    Native {
        name: "soundex",
        takes: &[T],
        least: 1,
        gives: Gives::Text,
        call: sound,
    },
    Native {
        name: "soundex_difference",
        takes: &[T, T],
        least: 2,
        gives: Gives::Whole,
        call: sound_difference,
    },
    Native {
        name: "str",
        takes: &[Takes::Float, W, W],
        least: 1,
        gives: Gives::Text,
        call: number_text,
    },
    Native {
        name: "stuff",
        takes: &[T, W, W, T],
        least: 4,
        gives: Gives::Text,
        call: stuff,
    },
];

/// Where a text is in another, from 0; -1 if it is not there.
fn index(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let (text, part, start) = match row {
        [Cell::Text(text), Cell::Text(part)] => (text, part, 0),
        [Cell::Text(text), Cell::Text(part), Cell::Whole(start)] => (text, part, *start),
        _ => return Ok(None),
    };
    let start = usize::try_from(start).unwrap_or(0);
    let from = text
        .char_indices()
        .map(|(place, _)| place)
        .chain([text.len()])
        .nth(start);
    let found = from.and_then(|from| text[from..].find(part).map(|place| from + place));
    let place = found.map(|found| text[..found].chars().count());
    Ok(Some(Value::Whole(
        place
            .and_then(|place| i64::try_from(place).ok())
            .unwrap_or(-1),
    )))
}

/// Letters replaced, but for some at the start and at the end.
fn mask(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let (text, letter, numbers) = match row {
        [Cell::Text(text), Cell::Text(letter), numbers @ ..] => (text, letter, numbers),
        _ => return Ok(None),
    };
    let mut letters = letter.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err("the second argument is one letter to mask with".to_owned());
    };
    let kept = |place: usize| match numbers.get(place) {
        Some(Cell::Whole(kept)) => usize::try_from(*kept).unwrap_or(0),
        _ => 0,
    };
    let length = text.chars().count();
    let shown = kept(0)..length.saturating_sub(kept(1));
    let masked = text.chars().enumerate();
    let masked = masked.map(|(place, own)| if shown.contains(&place) { letter } else { own });
    Ok(Some(Value::Text(masked.collect())))
}

/// Where a pattern with `%` and `_` begins, from 1; 0 if it is not there.
fn pattern_index(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [Cell::Text(pattern), Cell::Text(text)] = row else {
        return Ok(None);
    };
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (floats, pattern) = match pattern.as_slice() {
        ['%'] => return Ok(Some(Value::Whole(1))),
        ['%', rest @ ..] => (true, rest),
        whole => (false, whole),
    };
    let last = if floats { text.len() } else { 0 };
    let found = (0..=last).find(|start| is_like(pattern, &text[*start..]));
    let place = found.and_then(|found| i64::try_from(found + 1).ok());
    Ok(Some(Value::Whole(place.unwrap_or(0))))
}

/// LIKE, by going back to the last `%` where it fails.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('%') => {
                last = Some((at + 1, place));
                at += 1;
            }
            Some(letter) if *letter == '_' || *letter == text[place] => {
                at += 1;
                place += 1;
            }
            _ => match &mut last {
                Some((again, from)) => {
                    *from += 1;
                    (at, place) = (*again, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '%')
}

fn quote(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let (name, mark) = match row {
        [Cell::Text(name)] => (name, "["),
        [Cell::Text(name), Cell::Text(mark)] => (name, *mark),
        _ => return Ok(None),
    };
    let (open, close) = match mark {
        "[" | "]" => ('[', ']'),
        "'" => ('\'', '\''),
        "\"" => ('"', '"'),
        _ => return Err("names are quoted with [, ' or \"".to_owned()),
    };
    // As in SQL Server, whose names have 128 letters.
    if name.chars().count() > 128 {
        return Ok(None);
    }
    let doubled = name.replace(close, &format!("{close}{close}"));
    Ok(Some(Value::Text(format!("{open}{doubled}{close}"))))
}

fn sound(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    Ok(match row {
        [Cell::Text(text)] => Some(Value::Text(soundex(text))),
        _ => None,
    })
}

/// How many letters of two Soundex codes are the same, from 0 to 4.
fn sound_difference(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [Cell::Text(one), Cell::Text(other)] = row else {
        return Ok(None);
    };
    let (one, other) = (soundex(one), soundex(other));
    let same = one
        .chars()
        .zip(other.chars())
        .filter(|(one, other)| one == other)
        .count();
    Ok(i64::try_from(same).ok().map(Value::Whole))
}

/// The American Soundex of the letters a to z; `0000` without any.
fn soundex(text: &str) -> String {
    let digit = |letter: char| match letter {
        'B' | 'F' | 'P' | 'V' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        _ => None,
    };
    let mut letters = text
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_uppercase());
    let Some(first) = letters.next() else {
        return "0000".to_owned();
    };
    let (mut code, mut last) = (String::from(first), digit(first));
    for letter in letters {
        let own = digit(letter);
        if own.is_some() && own != last {
            code.extend(own);
        }
        // H and W do not part letters of one sound; vowels do.
        if !matches!(letter, 'H' | 'W') {
            last = own;
        }
        if code.len() == 4 {
            break;
        }
    }
    format!("{code:0<4}")
}

/// A number in so many letters, rounded; as many `*` if it does not fit.
fn number_text(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let (number, rest) = match row {
        [Cell::Float(number), rest @ ..] => (number, rest),
        _ => return Ok(None),
    };
    let told = |place: usize, otherwise: usize, most: usize| match rest.get(place) {
        Some(Cell::Whole(told)) => usize::try_from(*told).ok().filter(|told| *told <= most),
        _ => Some(otherwise),
    };
    let (Some(length), Some(digits)) = (told(0, 10, 8_000), told(1, 0, 16)) else {
        return Err(
            "the length goes from 0 to 8000 and the digits behind the point from 0 to 16"
                .to_owned(),
        );
    };
    // Rust rounds halves to even; people expect them to grow.
    let factor = 10_f64.powi(i32::try_from(digits).unwrap_or(16));
    let scaled = number * factor;
    let rounded = if scaled.is_finite() {
        scaled.round() / factor
    } else {
        *number
    };
    let text = format!("{rounded:.digits$}");
    let whole = text.split('.').next().map_or(0, str::len);
    Ok(Some(Value::Text(
        match (text.len() <= length, whole <= length) {
            (true, _) => text,
            (false, true) if whole + 1 >= length => format!("{rounded:.0}"),
            (false, true) => format!("{rounded:.*}", length - whole - 1),
            (false, false) => "*".repeat(length),
        },
    )))
}

/// Some letters of a text replaced, from 1; NULL where there are none.
fn stuff(row: &[Cell<'_>]) -> Result<Option<Value>, String> {
    let [
        Cell::Text(text),
        Cell::Whole(start),
        Cell::Whole(length),
        Cell::Text(new),
    ] = row
    else {
        return Ok(None);
    };
    let letters: Vec<char> = text.chars().collect();
    let (Ok(start), Ok(length)) = (usize::try_from(*start), usize::try_from(*length)) else {
        return Ok(None);
    };
    if start == 0 || start > letters.len() {
        return Ok(None);
    }
    let (before, rest) = letters.split_at(start - 1);
    let after = &rest[length.min(rest.len())..];
    let text = before
        .iter()
        .copied()
        .chain(new.chars())
        .chain(after.iter().copied())
        .collect();
    Ok(Some(Value::Text(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soundex_is_the_american_one() {
        for (text, code) in [
            ("smith", "S530"),
            ("Robert", "R163"),
            ("Rupert", "R163"),
            ("Ashcraft", "A261"),
            ("Tymczak", "T522"),
            ("Pfister", "P236"),
            ("Honeyman", "H555"),
            ("a", "A000"),
            ("", "0000"),
            ("12", "0000"),
        ] {
            assert_eq!(soundex(text), code, "{text}");
        }
    }

    #[test]
    fn patterns_match_as_like_does() {
        for (pattern, text, place) in [
            ("123%", "1234567890", 1),
            ("%890", "1234567890", 8),
            ("%456%", "1234567890", 4),
            ("456", "123456", 0),
            ("%4_6%", "123456", 4),
            ("%a%b%", "xxaxxbxx", 3),
            ("%é%", "café", 4),
            ("%", "abc", 1),
            ("%", "", 1),
            ("", "", 1),
            ("", "a", 0),
            ("%aab", "aaaab", 3),
        ] {
            let row = [Cell::Text(pattern), Cell::Text(text)];
            assert_eq!(
                pattern_index(&row),
                Ok(Some(Value::Whole(place))),
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn numbers_fit_or_are_stars() {
        for (number, sizes, text) in [
            (123.456, &[][..], "123"),
            (123.456, &[2], "**"),
            (123.456, &[10, 2], "123.46"),
            (123.45, &[6, 1], "123.5"),
            (123.456, &[5, 3], "123.5"),
            (123.456, &[3, 3], "123"),
            (-0.5, &[], "-1"),
            (2.5, &[], "3"),
        ] {
            let sizes = sizes.iter().map(|size| Cell::Whole(*size));
            let row: Vec<Cell<'_>> = std::iter::once(Cell::Float(number)).chain(sizes).collect();
            assert_eq!(
                number_text(&row),
                Ok(Some(Value::Text(text.to_owned()))),
                "{row:?}"
            );
        }
        assert!(number_text(&[Cell::Float(1.0), Cell::Whole(-1)]).is_err());
    }
}
