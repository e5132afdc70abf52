//! What kinds of tables there are.

use std::sync::Arc;

use adbc_core::schemas::GET_TABLE_TYPES_SCHEMA;
use arrow::array::{RecordBatch, RecordBatchIterator, StringArray};
use arrow::error::ArrowError;

use crate::connection::Reader;

/// A table of a vendor, or one that a session made.
pub(crate) const TABLE: &str = "TABLE";

/// A view of a session.
pub(crate) const VIEW: &str = "VIEW";

/// A table of the schema `system`.
pub(crate) const SYSTEM_TABLE: &str = "SYSTEM TABLE";

/// The kinds, a row each.
///
/// # Errors
/// None that is known.
pub(crate) fn types() -> Result<Reader, ArrowError> {
    let kinds = StringArray::from(vec![TABLE, VIEW, SYSTEM_TABLE]);
    one(RecordBatch::try_new(
        Arc::clone(&GET_TABLE_TYPES_SCHEMA),
        vec![Arc::new(kinds)],
    )?)
}

/// One batch as a stream.
///
/// # Errors
/// None; it is a result because what it is called with is one.
pub(crate) fn one(batch: RecordBatch) -> Result<Reader, ArrowError> {
    let schema = batch.schema();
    Ok(Box::new(RecordBatchIterator::new([Ok(batch)], schema)))
}
