//! Rows as text, the same for the engine and for the oracle: NULL, ISO times, `[a, b]`, a row on one line.

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How a NULL is written.
pub(crate) const NULL: &str = "NULL";
/// How the empty text is written.
const EMPTY: &str = "(empty)";

/// Each row as its cells.
pub(crate) fn rows(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null(NULL);
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cell = |(column, formatter): (&dyn Array, &ArrayFormatter<'_>)| {
                if column.is_null(row) {
                    return NULL.to_owned();
                }
                let text = formatter.value(row).to_string();
                match text.as_str() {
                    "" => EMPTY.to_owned(),
                    text => text.replace('\n', "\\n").replace('\t', "\\t"),
                }
            };
            let arrays = batch.columns().iter().map(AsRef::as_ref);
            rows.push(arrays.zip(&columns).map(cell).collect());
        }
    }
    rows
}
