//! The walk through an answer: what has been read, the rows it became, and where it failed.
//!
//! serde drives it, with one seed per level. An item is first collected as the texts of its wanted
//! values, then appended as a row: so keys may come in any order, an item can be dropped before its
//! values are looked at, and an error can quote a value as it was sent.
//!
//! serde's errors cannot carry a path. The walk notes the place on the way out instead.

use serde::de::{Deserializer as _, Error, IgnoredAny};
use serde_json::error::Category;

use super::builder::Builder;
use super::error::{DecodeError, DecodeErrorKind, cut};
use super::levels::Envelope;
use super::{LISTS, Plan, Value, text};

/// The body as text. Checked at once, which is faster than checking every string.
pub(super) fn text_of(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|error| {
        let (kind, what) = match error.error_len() {
            None => (DecodeErrorKind::Incomplete, "breaks off within a character"),
            Some(_) => (DecodeErrorKind::Malformed, "is not UTF-8"),
        };
        let message = format!("the answer {what} at byte {}", error.valid_up_to());
        DecodeError::new(kind, String::new(), message)
    })
}

/// One decoding of one answer.
pub(super) struct Walk<'p, 'de> {
    pub(super) plan: &'p Plan,
    builders: Vec<Builder>,
    bound: Vec<Option<&'p Value>>,
    /// The wanted values of the present item, and of the object that encloses it.
    pub(super) cells: Vec<Option<&'de str>>,
    pub(super) outer: Vec<Option<&'de str>>,
    pub(super) rows: usize,
    /// The member with the items has been seen.
    pub(super) found: bool,
    /// The index in every list on the way to the present item.
    pub(super) indices: Vec<Option<usize>>,
    /// Where an error happened: how many steps of the items path in, and the path from there.
    blame: Option<(usize, &'p str)>,
    /// An error that is more than serde can say.
    fault: Option<DecodeError>,
}

impl<'p, 'de> Walk<'p, 'de> {
    pub(super) fn new(
        plan: &'p Plan,
        builders: Vec<Builder>,
        bound: Vec<Option<&'p Value>>,
    ) -> Self {
        Self {
            plan,
            builders,
            bound,
            cells: vec![None; plan.row.cells.end],
            outer: vec![None; plan.outermost.cells.end],
            rows: 0,
            found: false,
            indices: vec![None; plan.items.len()],
            blame: None,
            fault: None,
        }
    }

    /// Reads the answer to its end.
    pub(super) fn read(mut self, body: &'de str) -> Result<(Vec<Builder>, usize), DecodeError> {
        let mut json = serde_json::Deserializer::from_str(body);
        if let Err(error) = json.deserialize_any(Envelope(&mut self)) {
            return Err(match self.fault.take() {
                Some(fault) => fault,
                None => self.explain(&error, body),
            });
        }
        if json.end().is_err() {
            return Err(DecodeError::new(
                DecodeErrorKind::Incomplete,
                String::new(),
                "something follows the end of the answer",
            ));
        }
        if !self.found {
            return Err(missing(&self.plan.items[0], body));
        }
        Ok((self.builders, self.rows))
    }

    pub(super) fn is_last(&self, depth: usize) -> bool {
        depth + 1 == self.plan.items.len()
    }

    /// The first place blamed is the innermost.
    pub(super) fn blame(&mut self, depth: usize, path: &'p str) {
        self.blame.get_or_insert((depth, path));
    }

    /// `tickets[17].via.source`
    fn path(&self, depth: usize, inner: &str) -> String {
        let mut path = String::new();
        for (key, index) in self.plan.items.iter().zip(&self.indices).take(depth + 1) {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(key);
            if let Some(index) = index {
                path.push_str(&format!("[{index}]"));
            }
        }
        if !inner.is_empty() {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(inner);
        }
        path
    }

    fn explain(&self, error: &serde_json::Error, body: &str) -> DecodeError {
        let path = self
            .blame
            .map_or(String::new(), |(depth, inner)| self.path(depth, inner));
        let text = error.to_string();
        let reason = text.rfind(" at line ").map_or(&*text, |end| &text[..end]);
        let (kind, message) = match error.classify() {
            // serde calls a number that breaks off at its point or sign an invalid one.
            kind if kind == Category::Eof
                || (kind == Category::Syntax && is_at_end(error, body)) =>
            {
                let message = format!("the answer breaks off after {} bytes", body.len());
                (DecodeErrorKind::Incomplete, message)
            }
            Category::Data => {
                let wrong = reason.strip_prefix("invalid type: ").unwrap_or(reason);
                let message = match wrong.rsplit_once(", expected ") {
                    Some((found, wanted)) => format!("{} is not {wanted}", cut(found)),
                    None => wrong.to_owned(),
                };
                (DecodeErrorKind::Value, message)
            }
            _ => (
                DecodeErrorKind::Malformed,
                format!("the answer is not JSON: {text}"),
            ),
        };
        DecodeError::new(kind, path, message)
    }

    /// Appends the collected item to all columns that lie in it.
    pub(super) fn append_row<E: Error>(&mut self) -> Result<(), E> {
        let dropped = self.plan.keep.iter().any(|(cell, wanted)| {
            !self.cells[*cell].is_some_and(|found| text::says(found, wanted))
        });
        if dropped {
            return Ok(());
        }
        for (column, source) in self.plan.sources.iter().enumerate() {
            if !source.outer {
                self.append_cell(column, self.cells[source.cell], self.plan.items.len() - 1)?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Appends the enclosing object's values to the rows since `first`.
    pub(super) fn append_outer<E: Error>(&mut self, first: usize) -> Result<(), E> {
        for (column, source) in self.plan.sources.iter().enumerate() {
            if source.outer {
                for _ in first..self.rows {
                    self.append_cell(column, self.outer[source.cell], 0)?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn append_cell<E: Error>(
        &mut self,
        column: usize,
        cell: Option<&'de str>,
        depth: usize,
    ) -> Result<(), E> {
        let builder = &mut self.builders[column];
        let source = &self.plan.sources[column];
        let json = match (cell, self.bound[column]) {
            (None | Some("null"), Some(value)) => {
                builder.append_value(value);
                return Ok(());
            }
            (None, None) => {
                builder.append_null();
                return Ok(());
            }
            (Some(json), _) => json,
        };
        let appended = match source.custom {
            true => builder.append_custom(json, &source.labels),
            false => builder.append(json),
        };
        appended.map_err(|refused| {
            let mut path = self.path(depth, &source.path);
            if let Some(item) = refused.item {
                path.push_str(&format!("[{item}]"));
            }
            self.fault = Some(DecodeError::new(
                DecodeErrorKind::Value,
                path,
                refused.to_string(),
            ));
            E::custom("")
        })
    }
}

/// Whether everything was read when the error was found.
fn is_at_end(error: &serde_json::Error, body: &str) -> bool {
    let last = body.rsplit('\n').next().map_or(0, str::len);
    error.line() == body.matches('\n').count() + 1 && error.column() == last
}

/// The error for an answer without its rows, which says what it has instead.
fn missing(key: &str, body: &str) -> DecodeError {
    let members: std::collections::BTreeMap<String, IgnoredAny> =
        serde_json::from_str(body).unwrap_or_default();
    let names: Vec<_> = members.keys().map(|name| format!("`{name}`")).collect();
    let instead = if names.is_empty() {
        "nothing".to_owned()
    } else {
        cut(&names.join(", "))
    };
    let wanted = match key {
        LISTS => "list".to_owned(),
        key => format!("`{key}`"),
    };
    DecodeError::new(
        DecodeErrorKind::Missing,
        String::new(),
        format!("the answer has no {wanted}; it has {instead}"),
    )
}
