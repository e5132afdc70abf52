//! The walk through an answer: from its envelope to its items, and every item into the builders.
//!
//! serde drives it, with one seed per level. An item is first collected as the texts of its wanted
//! values, then appended as a row: so keys may come in any order, an item can be dropped before its
//! values are looked at, and an error can quote a value as it was sent.
//!
//! serde's errors cannot carry a path. The walk notes the place on the way out instead.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::builder::Builder;
use super::error::{DecodeError, DecodeErrorKind, cut};
use super::trie::Node;
use super::{Plan, Value, text};

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
    plan: &'p Plan,
    builders: Vec<Builder>,
    bound: Vec<Option<&'p Value>>,
    /// The wanted values of the present item, and of the object that encloses it.
    cells: Vec<Option<&'de str>>,
    outer: Vec<Option<&'de str>>,
    rows: usize,
    /// The member with the items has been seen.
    found: bool,
    /// The index in every list on the way to the present item.
    indices: Vec<Option<usize>>,
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

    fn is_last(&self, depth: usize) -> bool {
        depth + 1 == self.plan.items.len()
    }

    /// The first place blamed is the innermost.
    fn blame(&mut self, depth: usize, path: &'p str) {
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
            path.push('.');
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
    fn append_row<E: serde::de::Error>(&mut self) -> Result<(), E> {
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
    fn append_outer<E: serde::de::Error>(&mut self, first: usize) -> Result<(), E> {
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
    fn append_cell<E: serde::de::Error>(
        &mut self,
        column: usize,
        cell: Option<&'de str>,
        depth: usize,
    ) -> Result<(), E> {
        let builder = &mut self.builders[column];
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
        builder.append(json).map_err(|refused| {
            let mut path = self.path(depth, &self.plan.sources[column].path);
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
    DecodeError::new(
        DecodeErrorKind::Missing,
        String::new(),
        format!("the answer has no `{key}`; it has {instead}"),
    )
}

/// The answer as a whole: only the member with the items is looked at.
struct Envelope<'w, 'p, 'de>(&'w mut Walk<'p, 'de>);

impl<'de> Visitor<'de> for Envelope<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(walk) = self;
        while let Some(is_items) = map.next_key_seed(Key(|key: &str| key == walk.plan.items[0]))? {
            if !is_items {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if std::mem::replace(&mut walk.found, true) {
                walk.blame(0, "");
                return Err(A::Error::custom("the answer has two of it"));
            }
            let read = map.next_value_seed(Spread { walk, depth: 0 });
            read.inspect_err(|_| walk.blame(0, ""))?;
        }
        Ok(())
    }
}

/// What a step of the items path leads to: a list of items, or one.
struct Spread<'w, 'p, 'de> {
    walk: &'w mut Walk<'p, 'de>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Spread<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { walk, depth } = self;
        walk.indices[depth] = None;
        // An item's own text is only to be had before its braces are opened, so a scan that wants it looks first.
        if walk.is_last(depth) && walk.plan.row.cell.is_some() {
            let raw = <&RawValue>::deserialize(deserializer)?.get();
            return if raw.starts_with('{') {
                take_item(walk, raw)
            } else {
                again(raw, Spread { walk, depth })
            };
        }
        deserializer.deserialize_any(Spread { walk, depth })
    }
}

impl<'de> Visitor<'de> for Spread<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list or an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        if self.depth == 0 {
            return Err(E::invalid_type(Unexpected::Unit, &self));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { walk, depth } = self;
        for index in 0.. {
            walk.indices[depth] = Some(index);
            let item = list.next_element_seed(Item { walk, depth });
            if item.inspect_err(|_| walk.blame(depth, ""))?.is_none() {
                break;
            }
        }
        walk.indices[depth] = None;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { walk, depth } = self;
        if walk.is_last(depth) {
            Row { walk, raw: None }.visit_map(map)
        } else {
            Enclosing { walk, depth }.visit_map(map)
        }
    }
}

/// One of a list.
struct Item<'w, 'p, 'de> {
    walk: &'w mut Walk<'p, 'de>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { walk, depth } = self;
        if !walk.is_last(depth) {
            return deserializer.deserialize_any(Enclosing { walk, depth });
        }
        if walk.plan.row.is_leaf() || walk.plan.row.cell.is_some() {
            let raw = <&RawValue>::deserialize(deserializer)?.get();
            return take_item(walk, raw);
        }
        deserializer.deserialize_any(Row { walk, raw: None })
    }
}

/// Takes an item whose text has been cut out.
fn take_item<'de, E: serde::de::Error>(walk: &mut Walk<'_, 'de>, raw: &'de str) -> Result<(), E> {
    if walk.plan.row.is_leaf() && raw.starts_with('{') {
        if let Some(cell) = walk.plan.row.cell {
            walk.cells[cell] = Some(raw);
        }
        return walk.append_row();
    }
    let raw_too = Row {
        walk,
        raw: Some(raw),
    };
    again(raw, raw_too)
}

/// Visits a value that has been cut out.
fn again<'de, V: Visitor<'de>, E: serde::de::Error>(
    raw: &'de str,
    visitor: V,
) -> Result<V::Value, E> {
    serde_json::Deserializer::from_str(raw)
        .deserialize_any(visitor)
        .map_err(E::custom)
}

/// An item that becomes a row.
struct Row<'w, 'p, 'de> {
    walk: &'w mut Walk<'p, 'de>,
    /// Its text, if a column wants it.
    raw: Option<&'de str>,
}

impl<'de> Visitor<'de> for Row<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { walk, raw } = self;
        let plan = walk.plan;
        walk.cells.fill(None);
        if let Some(cell) = plan.row.cell {
            walk.cells[cell] = raw;
        }
        let mut blame = None;
        let object = Object {
            node: &plan.row,
            cells: &mut walk.cells,
            blame: &mut blame,
        };
        object.visit_map(map).inspect_err(|_| {
            walk.blame(plan.items.len() - 1, blame.unwrap_or_default());
        })?;
        walk.append_row()
    }
}

/// An object on the way to the items, whose own values may be wanted too.
struct Enclosing<'w, 'p, 'de> {
    walk: &'w mut Walk<'p, 'de>,
    depth: usize,
}

impl<'de> Visitor<'de> for Enclosing<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, depth } = self;
        let plan = walk.plan;
        let (step, inner) = (&plan.items[depth + 1], depth + 1);
        let outermost = (depth == 0).then_some(&plan.outermost);
        if depth == 0 {
            walk.outer.fill(None);
        }
        let first = walk.rows;
        let mut stepped = false;
        let find = |key: &str| (key == step, outermost.and_then(|tree| tree.child(key)));
        while let Some((is_step, node)) = map.next_key_seed(Key(find))? {
            let mut blame = None;
            if is_step {
                walk.indices[inner] = None;
                if std::mem::replace(&mut stepped, true) {
                    walk.blame(inner, "");
                    return Err(A::Error::custom("its object has two of it"));
                }
                let depth = inner;
                let read = match node {
                    None => map.next_value_seed(Spread { walk, depth }),
                    // Its text is wanted as well as the items in it.
                    Some(node) => map.next_value::<&RawValue>().and_then(|raw| {
                        take_text(node, &mut walk.outer, &mut blame, raw.get())?;
                        let raw = raw.get();
                        let mut json = serde_json::Deserializer::from_str(raw);
                        let read = Spread { walk, depth }.deserialize(&mut json);
                        read.map_err(A::Error::custom)
                    }),
                };
                read.inspect_err(|_| walk.blame(inner, ""))?;
            } else if let Some(node) = node {
                take_member(node, &mut walk.outer, &mut blame, &mut map)
                    .inspect_err(|_| walk.blame(depth, blame.unwrap_or_default()))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        // Only now: the object's own keys may stand behind its items.
        walk.append_outer(first)
    }
}

/// An object whose wanted values go into cells.
struct Object<'c, 'p, 'de> {
    node: &'p Node,
    cells: &'c mut [Option<&'de str>],
    blame: &'c mut Option<&'p str>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    /// Null has nothing below it.
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { node, cells, blame } = self;
        while let Some(child) = map.next_key_seed(Key(|key: &str| node.child(key)))? {
            match child {
                Some(child) => take_member(child, cells, blame, &mut map)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Takes the value of a wanted key, and what is wanted of the things in it.
fn take_member<'p, 'de, A: MapAccess<'de>>(
    node: &'p Node,
    cells: &mut [Option<&'de str>],
    blame: &mut Option<&'p str>,
    map: &mut A,
) -> Result<(), A::Error> {
    let read = if node.cell.is_some() {
        map.next_value::<&RawValue>()
            .and_then(|raw| take_text(node, cells, blame, raw.get()))
    } else {
        cells[node.cells.clone()].fill(None);
        map.next_value_seed(Object {
            node,
            cells,
            blame: &mut *blame,
        })
    };
    read.inspect_err(|_| {
        blame.get_or_insert(&node.path);
    })
}

/// Takes a value that has been cut out.
fn take_text<'p, 'de, E: serde::de::Error>(
    node: &'p Node,
    cells: &mut [Option<&'de str>],
    blame: &mut Option<&'p str>,
    raw: &'de str,
) -> Result<(), E> {
    if !node.is_leaf() {
        cells[node.cells.clone()].fill(None);
        let object = Object { node, cells, blame };
        again(raw, object)?;
    }
    if let Some(cell) = node.cell {
        cells[cell] = Some(raw);
    }
    Ok(())
}

/// A key, judged without keeping it.
struct Key<F>(F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Key<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Key<F> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    #[inline]
    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<T, E> {
        Ok((self.0)(key))
    }
}
