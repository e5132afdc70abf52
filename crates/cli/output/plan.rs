//! The rows of EXPLAIN, which are texts of many lines.

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;

use super::cell::visible;

/// Whether these are the rows of EXPLAIN.
pub(super) fn is_plan(schema: &Schema) -> bool {
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    names == ["plan_type", "plan"]
}

/// Plans as they are: a box around them would wrap or widen every line. Of a logical and a physical one, which is
/// what EXPLAIN without VERBOSE gives, only the physical one says what will be sent.
pub(super) fn plan(batches: &[RecordBatch]) -> Result<String, ArrowError> {
    let mut plans: Vec<(String, String)> = Vec::new();
    for batch in batches {
        let kinds = texts(batch.column(0))?;
        let bodies = texts(batch.column(1))?;
        let cell = |cells: &StringArray, row: usize| match cells.is_null(row) {
            true => String::new(),
            false => visible(cells.value(row)).trim_end().to_owned(),
        };
        plans.extend((0..batch.num_rows()).map(|row| (cell(&kinds, row), cell(&bodies, row))));
    }
    let kinds: Vec<&str> = plans.iter().map(|(kind, _)| kind.as_str()).collect();
    if kinds == ["logical_plan", "physical_plan"] {
        plans.remove(0);
    }
    if let [(_, body)] = plans.as_slice() {
        return Ok(format!("{body}\n"));
    }
    let blocks: Vec<String> = plans
        .into_iter()
        .map(|(kind, body)| format!("{kind}:\n{body}\n"))
        .collect();
    Ok(blocks.join("\n"))
}

fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let column = cast(column, &DataType::Utf8)?;
    let texts = column.as_any().downcast_ref::<StringArray>();
    texts
        .cloned()
        .ok_or_else(|| ArrowError::CastError("a plan is not text".to_owned()))
}
