//! Conditions over rows, with three truth values as in SQL. It refuses to know what was written.

use std::collections::HashSet;

use super::field::{Field, Key};
use super::syntax::Operator;
use crate::zuora::export::ExportOptions;
use crate::zuora::{Kind, Row, Tenant, Value};

#[derive(Debug, Clone)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Field, Operator, Key),
    CompareFields(Field, Operator, Field),
    /// A chain of equalities joined by `or`, which are looked up at once.
    OneOf(Field, HashSet<Key>),
    Null {
        field: Field,
        negated: bool,
    },
    Like(Field, Pattern),
}

/// Text with `_` for one letter each, and more of it allowed before or behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    letters: Vec<char>,
    open_start: bool,
    open_end: bool,
}

impl Pattern {
    /// `None` when there is more than one `%`, or one in the middle.
    pub(super) fn parse(text: &str, fold: bool) -> Option<Self> {
        let text = if fold {
            text.to_lowercase()
        } else {
            text.to_owned()
        };
        let (open_start, open_end) = (text.starts_with('%'), text.ends_with('%'));
        let inner = match (open_start, open_end) {
            (true, _) => &text[1..],
            (false, true) => &text[..text.len() - 1],
            (false, false) => &text[..],
        };
        (!inner.contains('%')).then(|| Self {
            letters: inner.chars().collect(),
            open_start,
            open_end: open_end && (!open_start || text.len() == 1),
        })
    }

    fn matches(&self, text: &str) -> bool {
        let letters: Vec<char> = text.chars().collect();
        let Some(surplus) = letters.len().checked_sub(self.letters.len()) else {
            return false;
        };
        if surplus > 0 && !self.open_start && !self.open_end {
            return false;
        }
        let skipped = if self.open_start { surplus } else { 0 };
        letters[skipped..]
            .iter()
            .zip(&self.letters)
            .all(|(letter, wanted)| *wanted == '_' || letter == wanted)
    }
}

/// What a test needs to know besides the row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) options: &'a ExportOptions,
}

impl Test {
    /// Alternatives; equalities of one field become a set.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::new();
        for part in parts {
            let Self::Compare(field, Operator::Equal, key) = part else {
                joined.push(part);
                continue;
            };
            let is_day = matches!(key, Key::Day(_)) && field.kind() == Kind::Timestamp;
            let same = joined.iter_mut().find_map(|test| match test {
                Self::OneOf(of, keys) if *of == field && !is_day => Some(keys),
                _ => None,
            });
            match same {
                Some(keys) => {
                    keys.insert(key);
                }
                None if is_day => joined.push(Self::Compare(field, Operator::Equal, key)),
                None => joined.push(Self::OneOf(field, HashSet::from([key]))),
            }
        }
        Self::Any(joined)
    }

    /// `None` is neither true nor false.
    pub(super) fn holds(&self, scene: Scene<'_>, row: &Row<'_>) -> Option<bool> {
        let fold = scene.options.fold_case;
        match self {
            Self::All(parts) => {
                let mut known = true;
                for part in parts {
                    match part.holds(scene, row) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => known = false,
                    }
                }
                known.then_some(true)
            }
            Self::Any(parts) => {
                let mut known = true;
                for part in parts {
                    match part.holds(scene, row) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => known = false,
                    }
                }
                known.then_some(false)
            }
            Self::Not(inner) => inner.holds(scene, row).map(|holds| !holds),
            Self::Compare(field, operator, key) => {
                let value = field.read(scene.tenant, row);
                let found = match key {
                    Key::Day(_) => Key::day_of(&value, scene.options)?,
                    _ => Key::of(&value, fold)?,
                };
                Some(compare(*operator, &found, key))
            }
            Self::CompareFields(left, operator, right) => {
                let left = Key::of(&left.read(scene.tenant, row), fold)?;
                let right = Key::of(&right.read(scene.tenant, row), fold)?;
                Some(compare(*operator, &left, &right))
            }
            Self::OneOf(field, keys) => {
                let found = Key::of(&field.read(scene.tenant, row), fold)?;
                Some(keys.contains(&found))
            }
            Self::Null { field, negated } => {
                let value = field.read(scene.tenant, row);
                let empty = scene.options.empty_is_null
                    && matches!(&value, Value::Text(text) if text.is_empty());
                Some((value == Value::Null || empty) != *negated)
            }
            Self::Like(field, pattern) => match Key::of(&field.read(scene.tenant, row), fold)? {
                Key::Text(text) => Some(pattern.matches(&text)),
                _ => None,
            },
        }
    }
}

fn compare(operator: Operator, left: &Key, right: &Key) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::Unequal => left != right,
        Operator::Less => left < right,
        Operator::Greater => left > right,
        Operator::LessOrEqual => left <= right,
        Operator::GreaterOrEqual => left >= right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("abc", "abc", Some(true)),
            ("abc", "abcd", Some(false)),
            ("a_c", "aXc", Some(true)),
            ("a_c", "ac", Some(false)),
            ("ab%", "abc", Some(true)),
            ("ab%", "ab", Some(true)),
            ("ab%", "xab", Some(false)),
            ("%bc", "abc", Some(true)),
            ("%bc", "abcd", Some(false)),
            ("%", "", Some(true)),
            ("%", "anything", Some(true)),
            ("_%", "", Some(false)),
            ("", "", Some(true)),
            ("%a%", "a", None),
            ("a%c", "abc", None),
            ("%%", "a", None),
        ];
        for (pattern, text, expected) in cases {
            let found = Pattern::parse(pattern, false).map(|pattern| pattern.matches(text));
            assert_eq!(found, expected, "{pattern} {text}");
        }
    }
}
