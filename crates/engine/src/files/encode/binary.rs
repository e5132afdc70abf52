//! Arrow's IPC and Parquet.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::MetadataVersion;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use datafusion::common::file_options::parquet_writer::ParquetWriterOptions;
use datafusion::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use datafusion::parquet::errors::ParquetError;

use super::Settings;
use crate::error::{Error, Kind};

fn options(settings: &Settings) -> Result<IpcWriteOptions, ArrowError> {
    let options = IpcWriteOptions::try_new(64, false, MetadataVersion::V5)?;
    options.try_with_compression(settings.arrow)
}

/// A stream: each batch can leave as soon as it is there.
pub(super) struct ArrowStream(StreamWriter<Vec<u8>>);

impl ArrowStream {
    pub(super) fn new(schema: &SchemaRef, settings: &Settings) -> Result<Self, ArrowError> {
        let options = options(settings)?;
        StreamWriter::try_new_with_options(Vec::new(), schema, options).map(Self)
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        self.0.write(batch)?;
        Ok(std::mem::take(self.0.get_mut()))
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, ArrowError> {
        self.0.finish()?;
        self.0.into_inner()
    }
}

/// A file, with the places of its batches at the end.
pub(super) struct ArrowFile(FileWriter<Vec<u8>>);

impl ArrowFile {
    pub(super) fn new(schema: &SchemaRef, settings: &Settings) -> Result<Self, ArrowError> {
        let options = options(settings)?;
        FileWriter::try_new_with_options(Vec::new(), schema, options).map(Self)
    }

    /// The writer counts what it has written by itself, so that its bytes may be taken.
    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        self.0.write(batch)?;
        Ok(std::mem::take(self.0.get_mut()))
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, ArrowError> {
        self.0.finish()?;
        self.0.into_inner()
    }
}

/// Parquet, row group by row group.
pub(super) struct Parquet(ArrowWriter<Vec<u8>>);

impl Parquet {
    pub(super) fn new(schema: &SchemaRef, settings: &Settings) -> Result<Self, Error> {
        let mut parquet = settings.parquet.clone();
        let skip = parquet.global.skip_arrow_metadata;
        // It stands in the properties only if it is given to them; the writer makes it of the schema.
        if !skip {
            parquet.arrow_schema(schema);
        }
        let properties = ParquetWriterOptions::try_from(&parquet)?.writer_options;
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(skip);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options);
        writer.map(Self).map_err(unwritable)
    }

    /// The writer counts what it has written by itself, so that its bytes may be taken.
    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        self.0.write(batch).map_err(unwritable)?;
        Ok(std::mem::take(self.0.inner_mut()))
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(unwritable)
    }
}

fn unwritable(error: ParquetError) -> Error {
    let reason = format!("a value cannot be written to Parquet: {error}");
    Error::new(Kind::Unsupported, reason).with_hint("CAST the column to text, or leave it out")
}
