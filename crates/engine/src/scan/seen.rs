//! The keys that a scan has emitted, compressed: a row leaves a scan once.

use std::collections::HashSet;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use roaring::RoaringTreemap;

/// A set of keys.
#[derive(Debug, Default)]
pub(super) struct Seen {
    numbers: RoaringTreemap,
    texts: HashSet<Box<str>>,
}

impl Seen {
    /// Adds the keys and says of each whether it is new. Rows without a key are always new.
    pub(super) fn insert(&mut self, keys: &ArrayRef) -> BooleanArray {
        match keys.data_type() {
            DataType::Int64 => keys
                .as_primitive::<Int64Type>()
                .iter()
                .map(|key| Some(key.is_none_or(|key| self.numbers.insert(key.cast_unsigned()))))
                .collect(),
            DataType::Utf8 => keys
                .as_string::<i32>()
                .iter()
                .map(|key| Some(key.is_none_or(|key| self.texts.insert(key.into()))))
                .collect(),
            _ => std::iter::repeat_n(Some(true), keys.len()).collect(),
        }
    }

    /// Says of each key whether it is in the set.
    pub(super) fn contains(&self, keys: &ArrayRef) -> BooleanArray {
        match keys.data_type() {
            DataType::Int64 => keys
                .as_primitive::<Int64Type>()
                .iter()
                .map(|key| Some(key.is_some_and(|key| self.numbers.contains(key.cast_unsigned()))))
                .collect(),
            DataType::Utf8 => keys
                .as_string::<i32>()
                .iter()
                .map(|key| Some(key.is_some_and(|key| self.texts.contains(key))))
                .collect(),
            _ => std::iter::repeat_n(Some(false), keys.len()).collect(),
        }
    }
}
