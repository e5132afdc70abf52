//! The levels of an answer, a serde seed or visitor for each: the envelope, lists of items, items, and
//! the objects that enclose them.
//!
//! They know what may stand where; values are taken in `object`, rows appended in `walk`.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::value::RawValue;

use super::object::{Key, Object, again, take_member, take_text};
use super::walk::Walk;

/// The answer as a whole: only the members with the items are looked at.
pub(super) struct Envelope<'w, 'p, 'de>(pub(super) &'w mut Walk<'p, 'de>);

impl<'de> Visitor<'de> for Envelope<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(walk) = self;
        if walk.plan.lists {
            return take_lists(walk, map);
        }
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

/// Takes the items of every member that is a list.
fn take_lists<'de, A: MapAccess<'de>>(
    walk: &mut Walk<'_, 'de>,
    mut map: A,
) -> Result<(), A::Error> {
    while map.next_key::<IgnoredAny>()?.is_some() {
        let raw = map.next_value::<&RawValue>()?.get();
        if raw.starts_with('[') {
            walk.found = true;
            let read = again(raw, Spread { walk, depth: 0 });
            read.inspect_err(|_: &A::Error| walk.blame(0, ""))?;
        }
    }
    Ok(())
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

    fn visit_unit<E: Error>(self) -> Result<(), E> {
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
        if walk.plan.row.is_leaf() || walk.plan.row.cell.is_some() || walk.plan.bare {
            let raw = <&RawValue>::deserialize(deserializer)?.get();
            return take_item(walk, raw);
        }
        deserializer.deserialize_any(Row { walk, raw: None })
    }
}

/// Takes an item whose text has been cut out.
fn take_item<'de, E: Error>(walk: &mut Walk<'_, 'de>, raw: &'de str) -> Result<(), E> {
    if walk.plan.row.is_leaf() && raw.starts_with('{') {
        if let Some(cell) = walk.plan.row.cell {
            walk.cells[cell] = Some(raw);
        }
        return walk.append_row();
    }
    if walk.plan.bare && !raw.starts_with(['{', '[']) && raw != "null" {
        walk.cells.fill(None);
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
        // Only now: the object's own keys may stand behind its items. Those between it and the items have no columns.
        if depth == 0 {
            walk.append_outer(first)?;
        }
        Ok(())
    }
}
