//! Functions of text. Positions count characters from 1. They refuse numbers: Trino does not turn them into text by itself.

use super::{Definition, alike, broken, fixed};
use crate::zuora::query::trino::cell::Cell;
use crate::zuora::query::trino::types::Type;

fn texts<const N: usize>(cells: &[Cell]) -> Result<[&str; N], String> {
    let mut texts = [""; N];
    for (place, cell) in texts.iter_mut().zip(cells) {
        match cell {
            Cell::Varchar(text) => *place = text,
            _ => return Err(broken()),
        }
    }
    Ok(texts)
}

fn one(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    fixed(given, &[Type::Varchar], Type::Varchar)
}

fn trimmed(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    one(given).or_else(|| fixed(given, &[Type::Varchar, Type::Varchar], Type::Varchar))
}

fn padded(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    fixed(
        given,
        &[Type::Varchar, Type::Bigint, Type::Varchar],
        Type::Varchar,
    )
}

fn part(given: &[Type]) -> Option<(Vec<Type>, Type)> {
    fixed(given, &[Type::Varchar, Type::Bigint], Type::Varchar).or_else(|| {
        fixed(
            given,
            &[Type::Varchar, Type::Bigint, Type::Bigint],
            Type::Varchar,
        )
    })
}

/// Trino changes each letter by itself; one that would become several stays as it is.
fn by_letter<I: Iterator<Item = char>>(text: &str, change: fn(char) -> I) -> String {
    let letters = text.chars().map(|letter| {
        let mut changed = change(letter);
        match (changed.next(), changed.next()) {
            (Some(changed), None) => changed,
            _ => letter,
        }
    });
    letters.collect()
}

/// Zero is no position; negative ones count from the end; what begins outside is empty.
fn substring(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let [text] = texts(cells)?;
    let Some(Cell::Bigint(start)) = cells.get(1) else {
        return Err(broken());
    };
    let length = match cells.get(2) {
        Some(Cell::Bigint(length)) => *length,
        _ => i64::MAX,
    };
    let count = text.chars().count() as i64;
    let begin = if *start > 0 { start - 1 } else { count + start };
    if *start == 0 || begin < 0 || begin >= count || length <= 0 {
        return Ok(Cell::Varchar(String::new()));
    }
    let taken = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Cell::Varchar(
        text.chars().skip(begin as usize).take(taken).collect(),
    ))
}

fn trim(cells: &[Cell], left: bool, right: bool) -> Result<Cell, String> {
    let [text] = texts(cells)?;
    let set: Vec<char> = match cells.get(1) {
        Some(Cell::Varchar(set)) => set.chars().collect(),
        _ => Vec::new(),
    };
    let drop = |letter: char| {
        if cells.len() > 1 {
            set.contains(&letter)
        } else {
            letter.is_whitespace()
        }
    };
    let mut text = text;
    if left {
        text = text.trim_start_matches(drop);
    }
    if right {
        text = text.trim_end_matches(drop);
    }
    Ok(Cell::Varchar(text.to_owned()))
}

fn pad(cells: &[Cell], left: bool) -> Result<Cell, String> {
    let [
        Cell::Varchar(text),
        Cell::Bigint(size),
        Cell::Varchar(filler),
    ] = cells
    else {
        return Err(broken());
    };
    if filler.is_empty() {
        return Err("Padding string must not be empty".to_owned());
    }
    let size =
        usize::try_from(*size).map_err(|_| "Target length must be in the range [0..2147483647]")?;
    let letters: Vec<char> = text.chars().take(size).collect();
    let missing: String = filler.chars().cycle().take(size - letters.len()).collect();
    let text: String = letters.into_iter().collect();
    Ok(Cell::Varchar(if left {
        missing + &text
    } else {
        text + &missing
    }))
}

/// The pattern with `%` and `_`; there is no escape character unless one is given.
fn like(cells: &[Cell], _: &Type) -> Result<Cell, String> {
    let [text, pattern] = texts(cells)?;
    let escape = match cells.get(2) {
        Some(Cell::Varchar(escape)) => {
            let mut letters = escape.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => Some(letter),
                _ => return Err("Escape string must be a single character".to_owned()),
            }
        }
        _ => None,
    };
    let mut wanted = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        wanted.push(match letter {
            letter if Some(letter) == escape => match letters.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => Wanted::Letter(next),
                _ => {
                    return Err("Escape character must be followed by '%', '_' or the escape character itself".to_owned());
                }
            },
            '%' => Wanted::Any,
            '_' => Wanted::One,
            letter => Wanted::Letter(letter),
        });
    }
    let text: Vec<char> = text.chars().collect();
    Ok(Cell::Boolean(matches(&text, &wanted)))
}

enum Wanted {
    Any,
    One,
    Letter(char),
}

fn matches(text: &[char], wanted: &[Wanted]) -> bool {
    let (mut at, mut next) = (0, 0);
    // Where to go on after the last `%` when what follows does not fit.
    let mut again = None;
    while at < text.len() {
        match wanted.get(next) {
            Some(Wanted::Any) => {
                again = Some((next + 1, at));
                next += 1;
            }
            Some(Wanted::One) => (at, next) = (at + 1, next + 1),
            Some(Wanted::Letter(letter)) if *letter == text[at] => (at, next) = (at + 1, next + 1),
            _ => match again {
                Some((after, from)) => {
                    again = Some((after, from + 1));
                    (at, next) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    wanted[next.min(wanted.len())..]
        .iter()
        .all(|rest| matches!(rest, Wanted::Any))
}

fn uuid(cells: &[Cell], hyphens: bool) -> Result<Cell, String> {
    let [text] = texts(cells)?;
    let plain = text.replace('-', "");
    if plain.len() != 32 || !plain.is_ascii() {
        return Err(format!("'{text}' is not an id"));
    }
    Ok(Cell::Varchar(if hyphens {
        let groups = [
            &plain[..8],
            &plain[8..12],
            &plain[12..16],
            &plain[16..20],
            &plain[20..],
        ];
        groups.join("-")
    } else {
        plain
    }))
}

pub(super) const TEXT: &[Definition] = &[
    Definition {
        name: "length",
        resolve: |given| fixed(given, &[Type::Varchar], Type::Bigint),
        apply: |cells, _| texts(cells).map(|[text]| Cell::Bigint(text.chars().count() as i64)),
    },
    Definition {
        name: "substr",
        resolve: part,
        apply: substring,
    },
    Definition {
        name: "substring",
        resolve: part,
        apply: substring,
    },
    Definition {
        name: "strpos",
        resolve: |given| fixed(given, &[Type::Varchar, Type::Varchar], Type::Bigint),
        apply: |cells, _| {
            let [text, part] = texts(cells)?;
            let place = text
                .find(part)
                .map_or(0, |at| text[..at].chars().count() as i64 + 1);
            Ok(Cell::Bigint(place))
        },
    },
    Definition {
        name: "lower",
        resolve: one,
        apply: |cells, _| {
            texts(cells)
                .map(|[text]| Cell::Varchar(by_letter(text, |letter| letter.to_lowercase())))
        },
    },
    Definition {
        name: "upper",
        resolve: one,
        apply: |cells, _| {
            texts(cells)
                .map(|[text]| Cell::Varchar(by_letter(text, |letter| letter.to_uppercase())))
        },
    },
    Definition {
        name: "trim",
        resolve: trimmed,
        apply: |cells, _| trim(cells, true, true),
    },
    Definition {
        name: "ltrim",
        resolve: trimmed,
        apply: |cells, _| trim(cells, true, false),
    },
    Definition {
        name: "rtrim",
        resolve: trimmed,
        apply: |cells, _| trim(cells, false, true),
    },
    Definition {
        name: "lpad",
        resolve: padded,
        apply: |cells, _| pad(cells, true),
    },
    Definition {
        name: "rpad",
        resolve: padded,
        apply: |cells, _| pad(cells, false),
    },
    Definition {
        name: "reverse",
        resolve: one,
        apply: |cells, _| texts(cells).map(|[text]| Cell::Varchar(text.chars().rev().collect())),
    },
    Definition {
        name: "replace",
        resolve: |given| {
            fixed(
                given,
                &[Type::Varchar, Type::Varchar, Type::Varchar],
                Type::Varchar,
            )
            .or_else(|| fixed(given, &[Type::Varchar, Type::Varchar], Type::Varchar))
        },
        apply: |cells, _| {
            let [text, old, new] = texts::<3>(cells)?;
            Ok(Cell::Varchar(text.replace(old, new)))
        },
    },
    Definition {
        name: "starts_with",
        resolve: |given| fixed(given, &[Type::Varchar, Type::Varchar], Type::Boolean),
        apply: |cells, _| texts(cells).map(|[text, head]| Cell::Boolean(text.starts_with(head))),
    },
    Definition {
        name: "split_part",
        resolve: |given| {
            fixed(
                given,
                &[Type::Varchar, Type::Varchar, Type::Bigint],
                Type::Varchar,
            )
        },
        apply: |cells, _| {
            let [text, mark] = texts::<2>(cells)?;
            let Some(Cell::Bigint(place)) = cells.get(2) else {
                return Err(broken());
            };
            let place = usize::try_from(*place)
                .ok()
                .and_then(|place| place.checked_sub(1));
            let place = place.ok_or("Index must be greater than zero")?;
            let found = text.split(mark).nth(place);
            Ok(found.map_or(Cell::Null, |found| Cell::Varchar(found.to_owned())))
        },
    },
    Definition {
        name: "concat",
        resolve: |given| {
            let (wanted, kind) = alike(given)?;
            (given.len() >= 2 && matches!(kind, Type::Varchar | Type::Unknown))
                .then(|| (vec![Type::Varchar; wanted.len()], Type::Varchar))
        },
        apply: |cells, _| {
            let mut whole = String::new();
            for cell in cells {
                let [text] = texts(std::slice::from_ref(cell))?;
                whole.push_str(text);
            }
            Ok(Cell::Varchar(whole))
        },
    },
    Definition {
        name: "$like",
        resolve: |given| {
            fixed(given, &[Type::Varchar, Type::Varchar], Type::Boolean).or_else(|| {
                fixed(
                    given,
                    &[Type::Varchar, Type::Varchar, Type::Varchar],
                    Type::Boolean,
                )
            })
        },
        apply: like,
    },
    Definition {
        name: "to_uuid32",
        resolve: one,
        apply: |cells, _| uuid(cells, false),
    },
    Definition {
        name: "to_uuid36",
        resolve: one,
        apply: |cells, _| uuid(cells, true),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Varchar(text.to_owned())
    }

    #[test]
    fn like_knows_no_escape_unless_told() {
        for (value, pattern, escape, found) in [
            ("abc", "a%", None, true),
            ("abc", "%c", None, true),
            ("abc", "_b_", None, true),
            ("abc", "_b", None, false),
            ("", "%", None, true),
            ("", "_", None, false),
            ("aXbXc", "%X%c", None, true),
            ("mississippi", "%iss%ip%", None, true),
            ("mississippi", "%iss%ix%", None, false),
            (r"a\b", r"a\b", None, true),
            (r"a\%", r"a\%", None, true),
            (r"ab", r"a\%", None, false),
            ("a%", "a#%", Some("#"), true),
            ("ab", "a#%", Some("#"), false),
            ("日本", "日_", None, true),
        ] {
            let mut cells = vec![text(value), text(pattern)];
            cells.extend(escape.map(text));
            let answer = like(&cells, &Type::Boolean).unwrap();
            assert_eq!(answer, Cell::Boolean(found), "{value} LIKE {pattern}");
        }
        assert!(like(&[text("a"), text("#a"), text("#")], &Type::Boolean).is_err());
    }

    #[test]
    fn substrings_count_characters_from_one() {
        for (value, start, length, found) in [
            ("Trino", 1, Some(2), "Tr"),
            ("Trino", -2, None, "no"),
            ("Trino", 0, Some(2), ""),
            ("Trino", -9, Some(9), ""),
            ("Trino", 9, None, ""),
            ("Trino", 2, Some(0), ""),
            ("日本語", 2, Some(1), "本"),
        ] {
            let mut cells = vec![text(value), Cell::Bigint(start)];
            cells.extend(length.map(Cell::Bigint));
            assert_eq!(
                substring(&cells, &Type::Varchar),
                Ok(text(found)),
                "{value} {start}"
            );
        }
    }
}
