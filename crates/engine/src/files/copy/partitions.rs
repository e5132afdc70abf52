//! Rows in folders named after their values: `status=open/data_0.parquet`.
//!
//! Rows arrive sorted by those values, so one file is open at a time, however many folders there will be.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::{cast, partition};
use arrow::datatypes::{DataType, SchemaRef};

use super::job::Job;
use crate::error::{Error, Kind};
use crate::files::broken;
use crate::files::encode::Encoder;
use crate::files::read::NULL_FOLDER;
use crate::files::staged::StagedFolder;

/// What means something in a path, here or on other systems, and in such names.
const SPECIAL: &str = "/\\:*?\"<>|%=#[]{}^";

/// The files of a COPY, one after another.
pub(super) struct Partitions<'a> {
    job: &'a Job,
    folder: &'a StagedFolder,
    schema: SchemaRef,
    /// Places of the columns that are written.
    written: Vec<usize>,
    open: Option<Open>,
}

struct Open {
    folder: PathBuf,
    file: BufWriter<File>,
    encoder: Encoder,
}

impl<'a> Partitions<'a> {
    pub(super) fn new(job: &'a Job, folder: &'a StagedFolder, schema: &SchemaRef) -> Self {
        let all = 0..schema.fields().len();
        let kept = job.wanted.keeps_partition_columns;
        let written = all.filter(|place| kept || !job.partition_by.contains(place));
        Self {
            job,
            folder,
            schema: Arc::clone(schema),
            written: written.collect(),
            open: None,
        }
    }

    /// Writes rows, whose like stand together.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let keys: Vec<ArrayRef> = self
            .job
            .partition_by
            .iter()
            .map(|place| Arc::clone(batch.column(*place)))
            .collect();
        let unsorted = |error| Error::from(datafusion::error::DataFusionError::from(error));
        for rows in partition(&keys).map_err(unsorted)?.ranges() {
            let folder = self.name(&keys, &rows)?;
            if self.open.as_ref().is_none_or(|open| open.folder != folder) {
                self.close()?;
                self.open = Some(self.begin(folder)?);
            }
            let Some(open) = &mut self.open else { continue };
            let rows = batch.slice(rows.start, rows.len());
            let rows = rows.project(&self.written).map_err(unsorted)?;
            let bytes = open.encoder.encode(&rows)?;
            let failed = |error| broken("cannot write", &open.folder, &error);
            open.file.write_all(&bytes).map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.close()
    }

    fn begin(&self, folder: PathBuf) -> Result<Open, Error> {
        let schema = self.schema.project(&self.written);
        let schema = schema.map_err(datafusion::error::DataFusionError::from)?;
        let wanted = &self.job.wanted;
        let encoder = Encoder::with(wanted.format, &Arc::new(schema), &wanted.settings)?;
        let ending = wanted.ending();
        let mut number = 0;
        loop {
            // Values that differ may have the same text.
            let path = folder.join(format!("data_{number}.{ending}"));
            match self.folder.file(&path) {
                Ok(file) => {
                    let file = BufWriter::new(file);
                    return Ok(Open {
                        folder,
                        file,
                        encoder,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(broken("cannot write", &path, &error)),
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let bytes = open.encoder.finish()?;
        let failed = |error| broken("cannot write", &open.folder, &error);
        open.file.write_all(&bytes).map_err(failed)?;
        let file = open
            .file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }

    /// The folder of these rows.
    fn name(&self, keys: &[ArrayRef], rows: &Range<usize>) -> Result<PathBuf, Error> {
        let mut path = PathBuf::new();
        for (place, key) in self.job.partition_by.iter().zip(keys) {
            let name = self.schema.field(*place).name();
            let text = cast(&key.slice(rows.start, 1), &DataType::Utf8).map_err(|error| {
                let reason = format!("`{name}` cannot name a folder: {error}");
                Error::new(Kind::Sql, reason).with_hint("partition by text, numbers or days")
            })?;
            let text = text.as_string::<i32>();
            let value = match text.is_null(0) {
                true => NULL_FOLDER.to_owned(),
                false => encoded(text.value(0)),
            };
            let name = encoded(name);
            path = Path::new(&path).join(format!("{name}={value}"));
        }
        Ok(path)
    }
}

/// The text as part of a path. Letters of all languages stay what they are.
fn encoded(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_ascii() && (letter.is_ascii_control() || SPECIAL.contains(letter)) {
            true => name.push_str(&format!("%{:02X}", u32::from(letter))),
            false => name.push(letter),
        }
    }
    name
}
