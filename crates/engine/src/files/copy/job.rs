//! What a COPY does: where to, in which format, and how rows become files.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt as _;

use super::options::Wanted;
use super::partitions::Partitions;
use crate::error::{Error, Kind};
use crate::files::broken;
use crate::files::encode::Encoder;
use crate::files::staged::{Staged, StagedFolder};

/// One COPY.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) target: PathBuf,
    pub(super) wanted: Wanted,
    /// Places of the columns that folders are named after.
    pub(super) partition_by: Vec<usize>,
    columns: Vec<String>,
}

impl fmt::Display for Job {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = self.wanted.format.ending();
        write!(out, "Copy: {} as {format}", self.target.display())?;
        if !self.columns.is_empty() {
            write!(out, ", a folder for each {}", self.columns.join(", "))?;
        }
        Ok(())
    }
}

impl Job {
    /// # Errors
    /// `Sql` if no column would be left to be written.
    pub(super) fn new(
        target: PathBuf,
        wanted: Wanted,
        columns: Vec<String>,
        schema: &SchemaRef,
    ) -> Result<Self, Error> {
        let partition_by: Vec<usize> = columns
            .iter()
            .filter_map(|name| schema.index_of(name).ok())
            .collect();
        if partition_by.len() == schema.fields().len() && !wanted.keeps_partition_columns {
            let reason = "PARTITIONED BY all columns leaves none to be written";
            return Err(Error::new(Kind::Sql, reason).with_hint(
                "partition by fewer columns, or add OPTIONS (execution.keep_partition_by_columns true)",
            ));
        }
        // What the format refuses is told before anything is asked for.
        Encoder::with(wanted.format, schema, &wanted.settings).map_err(|error| {
            match error.kind() {
                Kind::Config | Kind::Sql => {
                    let told = error.message().trim_start_matches("Parquet error: ");
                    let told = match told == error.message() {
                        true => told.to_owned(),
                        false => format!(
                            "an option of COPY does not fit: {}",
                            told.trim_end_matches('.')
                        ),
                    };
                    Error::new(Kind::Sql, told).with_hint(
                        "OPTIONS of COPY are those of the format; leave out what does not fit",
                    )
                }
                _ => error,
            }
        })?;
        Ok(Self {
            target,
            wanted,
            partition_by,
            columns,
        })
    }

    /// Writes all rows and puts the result under its name; the number of rows.
    ///
    /// # Errors
    /// `Config` for a place that cannot be written, and whatever the rows fail with; nothing is left then.
    pub(super) async fn run(&self, rows: SendableRecordBatchStream) -> Result<u64, Error> {
        match self.partition_by.is_empty() {
            true => self.file(rows).await,
            false => self.folder(rows).await,
        }
    }

    async fn file(&self, mut rows: SendableRecordBatchStream) -> Result<u64, Error> {
        let failed = |error: std::io::Error| broken("cannot write", &self.target, &error);
        // Before anything is asked for: a place that cannot be written must not cost requests.
        let mut file = Staged::create(&self.target)?;
        let schema = rows.schema();
        let mut encoder = Encoder::with(self.wanted.format, &schema, &self.wanted.settings)?;
        let mut count = 0;
        while let Some(batch) = rows.try_next().await? {
            count += batch.num_rows() as u64;
            file.write_all(&encoder.encode(&batch)?).map_err(failed)?;
        }
        file.write_all(&encoder.finish()?).map_err(failed)?;
        file.finish()?;
        Ok(count)
    }

    async fn folder(&self, mut rows: SendableRecordBatchStream) -> Result<u64, Error> {
        let folder = StagedFolder::create(&self.target)?;
        let mut partitions = Partitions::new(self, &folder, &rows.schema());
        let mut count = 0;
        while let Some(batch) = rows.try_next().await? {
            count += batch.num_rows() as u64;
            partitions.write(&batch)?;
        }
        partitions.finish()?;
        folder.finish()?;
        Ok(count)
    }
}
