//! Wanted values of one object, taken into cells as the text that was sent.
//!
//! Nothing is interpreted here but the tree of paths: null has nothing below it, and of a repeated key
//! the last one counts with everything in it.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::value::RawValue;

use super::trie::Node;

/// An object whose wanted values go into cells.
pub(super) struct Object<'c, 'p, 'de> {
    pub(super) node: &'p Node,
    pub(super) cells: &'c mut [Option<&'de str>],
    /// The path where an error happened, set on the way out.
    pub(super) blame: &'c mut Option<&'p str>,
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
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { node, cells, blame } = self;
        if !node.listed {
            return Err(A::Error::invalid_type(Unexpected::Seq, &"an object"));
        }
        while let Some((id, value)) = list.next_element_seed(Identified)? {
            let id = id.map(|id| id.trim_matches('"'));
            if let (Some(child), Some(value)) = (id.and_then(|id| node.child(id)), value) {
                take_text(child, cells, blame, value)?;
            }
        }
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

/// An item of a list as the texts of its `id` and its `value`.
struct Identified;

type Texts<'de> = (Option<&'de str>, Option<&'de str>);

impl<'de> DeserializeSeed<'de> for Identified {
    type Value = Texts<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Texts<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Identified {
    type Value = Texts<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts<'de>, A::Error> {
        let (mut id, mut value) = (None, None);
        let which = |key: &str| match key {
            "id" => Some(true),
            "value" => Some(false),
            _ => None,
        };
        while let Some(wanted) = map.next_key_seed(Key(which))? {
            match wanted {
                Some(true) => id = Some(map.next_value::<&RawValue>()?.get()),
                Some(false) => value = Some(map.next_value::<&RawValue>()?.get()),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((id, value))
    }
}

/// Takes the value of a wanted key, and what is wanted of the things in it.
pub(super) fn take_member<'p, 'de, A: MapAccess<'de>>(
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
pub(super) fn take_text<'p, 'de, E: Error>(
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
pub(super) struct Key<F>(pub(super) F);

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
    fn visit_str<E: Error>(self, key: &str) -> Result<T, E> {
        Ok((self.0)(key))
    }
}

/// Visits a value that has been cut out.
pub(super) fn again<'de, V: Visitor<'de>, E: Error>(
    raw: &'de str,
    visitor: V,
) -> Result<V::Value, E> {
    serde_json::Deserializer::from_str(raw)
        .deserialize_any(visitor)
        .map_err(E::custom)
}
