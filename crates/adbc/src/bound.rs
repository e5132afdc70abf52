//! Values for the parameters of a statement: a row of a bound batch is one execution.

use adbc_core::error::{Result, Status};
use arrow::array::{RecordBatch, RecordBatchReader};
use zuzen_engine::{Error as Failure, Parameters, ScalarValue};

use crate::failure::refused;

/// Rows of values, in the order in which the statement is to run with them.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    rows: Vec<Parameters>,
}

impl Bound {
    /// # Errors
    /// As [`Bound::add`].
    pub(crate) fn of(batch: &RecordBatch, by_name: bool) -> Result<Self> {
        let mut bound = Self::default();
        bound.add(batch, by_name)?;
        Ok(bound)
    }

    /// Reads a stream to its end: its memory is the caller's, and may be gone when the statement runs.
    ///
    /// # Errors
    /// `InvalidData` if the stream fails, and as [`Bound::add`].
    pub(crate) fn read(reader: impl RecordBatchReader, by_name: bool) -> Result<Self> {
        let mut bound = Self::default();
        for batch in reader {
            let batch = batch.map_err(|error| {
                refused(
                    Status::InvalidData,
                    format!("the stream of parameters fails: {error}"),
                    "bind a stream that can be read to its end",
                )
            })?;
            bound.add(&batch, by_name)?;
        }
        Ok(bound)
    }

    /// Columns are values in order, or the names of their columns say whose values they are.
    ///
    /// # Errors
    /// `NotImplemented` for a value of a type that cannot be a scalar.
    fn add(&mut self, batch: &RecordBatch, by_name: bool) -> Result<()> {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().zip(batch.schema_ref().fields());
            let values: Vec<(String, ScalarValue)> = values
                .map(|(column, field)| {
                    let value = ScalarValue::try_from_array(column, row).map_err(|error| {
                        crate::failure::told(
                            &Failure::from(error).with_context("parameter", field.name().clone()),
                        )
                    })?;
                    Ok((field.name().clone(), value))
                })
                .collect::<Result<_>>()?;
            self.rows.push(match by_name {
                true => Parameters::named(values),
                false => Parameters::positional(values.into_iter().map(|(_, value)| value)),
            });
        }
        Ok(())
    }

    pub(crate) fn into_rows(self) -> Vec<Parameters> {
        self.rows
    }
}
