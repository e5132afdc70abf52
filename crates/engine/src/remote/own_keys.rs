//! The keys that one of several jobs asks for, to be told from what it finds besides.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use zuzen_plan::remote::{Condition, Literal, Test};

/// The keys of one part.
#[derive(Clone)]
pub(super) struct OwnKeys {
    keys: Arc<HashSet<Literally>>,
}

/// A key that can be compared with a cell.
#[derive(PartialEq, Eq, Hash)]
enum Literally {
    Text(String),
    Int(i64),
}

impl OwnKeys {
    /// The keys of a condition, if they are of a type that is looked up in sets.
    pub(super) fn of(part: &Condition) -> Option<Self> {
        let Test::In(values) = &part.test else {
            return None;
        };
        let keys = values.iter().map(|value| match value {
            Literal::Text(text) => Some(Literally::Text(text.clone())),
            Literal::Int(number) => Some(Literally::Int(*number)),
            _ => None,
        });
        Some(Self {
            keys: Arc::new(keys.collect::<Option<_>>()?),
        })
    }

    /// The rows whose key is one of these.
    pub(super) fn kept(&self, batch: &RecordBatch, place: usize) -> Result<RecordBatch> {
        let column = batch.column(place);
        let kept: BooleanArray = if let Some(texts) = column.as_string_opt::<i32>() {
            let is_own = |text: &str| self.keys.contains(&Literally::Text(text.to_owned()));
            texts
                .iter()
                .map(|text| Some(text.is_some_and(is_own)))
                .collect()
        } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            let is_own = |number| self.keys.contains(&Literally::Int(number));
            numbers
                .iter()
                .map(|number| Some(number.is_some_and(is_own)))
                .collect()
        } else {
            let message = "keys of a type that cannot be looked up".to_owned();
            return Err(DataFusionError::Internal(message));
        };
        Ok(filter_record_batch(batch, &kept)?)
    }
}
