//! A strict view of one TOML table: every key must be asked for, every value must have its type.

use std::collections::HashSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Lines, Problem, line_of};

/// Reads the keys of a table and remembers what was wrong.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    table: &'a DeTable<'a>,
    place: String,
    line: usize,
    asked: HashSet<String>,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
    lines: Lines,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str, table: &'a DeTable<'a>) -> Self {
        Self {
            file,
            text,
            table,
            place: String::new(),
            line: 1,
            asked: HashSet::new(),
            known: Vec::new(),
            problems: Vec::new(),
            lines: Lines::new(),
        }
    }

    /// All problems and all lines of this file; keys that nobody asked for are problems.
    pub(crate) fn finish(mut self) -> (Vec<Problem>, Lines) {
        self.refuse_unknown();
        (self.problems, self.lines)
    }

    /// Ends a nested reader: what it found belongs to the outer one.
    pub(crate) fn close(mut self, outer: &mut Self) {
        self.refuse_unknown();
        outer.problems.append(&mut self.problems);
        outer.lines.extend(self.lines);
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<(String, usize)> = self
            .table
            .keys()
            .filter(|key| !self.asked.contains(key.get_ref().as_ref()))
            .map(|key| (key.get_ref().to_string(), key.span().start))
            .collect();
        for (key, offset) in unknown {
            let known = self.known.join(", ");
            let line = line_of(self.text, offset);
            self.report(line, format!("`{key}` is not a word here; known: {known}"));
        }
    }

    fn report(&mut self, line: usize, message: String) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            message,
        });
    }

    /// Reports a problem of the key `key`, or of the table itself if it has no such key.
    pub(crate) fn problem(&mut self, key: &str, message: String) {
        let line = self
            .table
            .get(key)
            .map_or(self.line, |value| line_of(self.text, value.span().start));
        self.report(line, message);
    }

    fn within(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.place)
        }
    }

    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.take(key)
    }

    fn take(&mut self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key.to_owned());
        let (name, value) = self.table.get_key_value(key)?;
        self.lines
            .insert(self.within(key), line_of(self.text, name.span().start));
        Some(value)
    }

    fn wrong<T>(&mut self, key: &str, wanted: &str) -> Option<T> {
        self.problem(key, format!("`{key}` wants {wanted}"));
        None
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        let missing = !self.table.contains_key(key);
        if missing {
            self.problem(key, format!("`{key}` is missing"));
        }
        self.optional_text(key)
    }

    pub(crate) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        match self.get(key)?.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(key, "text"),
        }
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        match self.get(key).map(|value| value.get_ref().as_bool()) {
            None => false,
            Some(Some(flag)) => flag,
            Some(None) => self.wrong(key, "true or false").unwrap_or_default(),
        }
    }

    pub(crate) fn number<T: std::str::FromStr>(&mut self, key: &'static str) -> Option<T> {
        let parsed = self
            .get(key)?
            .get_ref()
            .as_integer()
            .and_then(|number| number.as_str().parse().ok());
        if parsed.is_none() {
            return self.wrong(key, "a whole number that fits");
        }
        parsed
    }

    pub(crate) fn optional_texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let texts: Option<Vec<String>> = value.get_ref().as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect()
        });
        texts
            .or_else(|| self.wrong(key, "a list of texts"))
            .unwrap_or_default()
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.optional_text(key)?;
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => Some(*meaning),
            None => {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.problem(key, format!("`{text}` is not one of {}", known.join(", ")));
                None
            }
        }
    }

    /// A word that must be there.
    pub(crate) fn required_word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.problem(
                key,
                format!("`{key}` is missing: one of {}", known.join(", ")),
            );
        }
        self.word(key, words)
    }

    /// A nested table of closed vocabulary.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(self.nested(key, table, value.span().start)),
            None => self.wrong(key, "a table"),
        }
    }

    /// An array of tables (`[[key]]`).
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            return self
                .wrong(key, "an array of tables: [[…]]")
                .unwrap_or_default();
        };
        let mut readers = Vec::new();
        for (place, item) in items.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(table) => {
                    readers.push(self.nested(&format!("{key}.{place}"), table, item.span().start))
                }
                None => self.problem(key, format!("`{key}` wants tables")),
            }
        }
        readers
    }

    /// All entries of a table whose keys are free (names of columns, of parameters), in file order.
    pub(crate) fn entries(&mut self) -> Vec<(String, &'a Spanned<DeValue<'a>>)> {
        let mut keys: Vec<_> = self
            .table
            .keys()
            .map(|key| (key.span().start, key.get_ref().to_string()))
            .collect();
        keys.sort();
        keys.into_iter()
            .filter_map(|(_, key)| self.take(&key).map(|value| (key, value)))
            .collect()
    }

    /// A reader for the entry `key` if it is a table.
    pub(crate) fn entry(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Self> {
        Some(self.nested(key, value.get_ref().as_table()?, value.span().start))
    }

    fn nested(&self, key: &str, table: &'a DeTable<'a>, offset: usize) -> Self {
        let mut nested = Self::new(self.file, self.text, table);
        nested.place = self.within(key);
        nested.line = line_of(self.text, offset);
        nested.lines.insert(nested.place.clone(), nested.line);
        nested
    }
}
