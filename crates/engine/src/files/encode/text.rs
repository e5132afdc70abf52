//! CSV and JSON.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, JsonArray, JsonFormat, LineDelimited, make_encoder};
use arrow::json::{Writer, WriterBuilder};
use datafusion::common::file_options::csv_writer::CsvWriterOptions;

use super::Settings;
use crate::error::Error;
use crate::files::format::Format;
use crate::files::zone::Zone;

/// Lines of values with something between them. Lists and structures, which it has no way to say, are JSON.
pub(super) struct Lines {
    builder: csv::WriterBuilder,
    zone: Zone,
    has_header: bool,
    headed: bool,
}

impl Lines {
    pub(super) fn new(format: Format, settings: &Settings) -> Result<Self, Error> {
        let mut options = settings.csv.clone();
        // A comma is what it is without anybody's wish.
        if format == Format::Tsv && options.delimiter == b',' {
            options.delimiter = b'\t';
        }
        let iso = || settings.zone.iso().to_owned();
        options.timestamp_tz_format.get_or_insert_with(iso);
        Ok(Self {
            builder: CsvWriterOptions::try_from(&options)?.writer_options,
            zone: settings.zone.clone(),
            has_header: options.has_header.unwrap_or(true),
            headed: false,
        })
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let batch = flat(&self.zone.localize(batch)?, &self.zone)?;
        let header = self.has_header && !std::mem::replace(&mut self.headed, true);
        let builder = self.builder.clone().with_header(header);
        let mut writer = builder.build(Vec::new());
        writer.write(&batch)?;
        Ok(writer.into_inner())
    }

    pub(super) fn finish(mut self, schema: &SchemaRef) -> Result<Vec<u8>, ArrowError> {
        if self.headed {
            return Ok(Vec::new());
        }
        self.encode(&RecordBatch::new_empty(Arc::clone(schema)))
    }
}

fn flat(batch: &RecordBatch, zone: &Zone) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<FieldRef> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let flat = Field::new(field.name(), DataType::Utf8, true);
            fields.push(Arc::new(flat));
            columns.push(json_texts(field, column, zone)?);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn json_texts(field: &FieldRef, column: &ArrayRef, zone: &Zone) -> Result<ArrayRef, ArrowError> {
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(zone.iso().to_owned());
    let mut encoder = make_encoder(field, column.as_ref(), &options)?;
    let mut texts: Vec<Option<String>> = Vec::with_capacity(column.len());
    for row in 0..column.len() {
        if encoder.is_null(row) {
            texts.push(None);
            continue;
        }
        let mut text = Vec::new();
        encoder.encode(row, &mut text);
        texts.push(Some(String::from_utf8_lossy(&text).into_owned()));
    }
    Ok(Arc::new(StringArray::from(texts)))
}

/// Objects: a line each, or in one array.
pub(super) struct Json {
    form: JsonForm,
    zone: Zone,
}

enum JsonForm {
    Array(Writer<Vec<u8>, JsonArray>),
    Lines(Writer<Vec<u8>, LineDelimited>),
}

impl Json {
    pub(super) fn array(settings: &Settings) -> Self {
        let zone = settings.zone.clone();
        Self {
            form: JsonForm::Array(builder(&zone).build(Vec::new())),
            zone,
        }
    }

    pub(super) fn lines(settings: &Settings) -> Self {
        let zone = settings.zone.clone();
        Self {
            form: JsonForm::Lines(builder(&zone).build(Vec::new())),
            zone,
        }
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let batch = self.zone.localize(batch)?;
        match &mut self.form {
            JsonForm::Array(writer) => written(writer, &batch),
            JsonForm::Lines(writer) => written(writer, &batch),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ArrowError> {
        match self.form {
            JsonForm::Array(mut writer) => {
                writer.finish()?;
                let mut bytes = writer.into_inner();
                bytes.push(b'\n');
                Ok(bytes)
            }
            JsonForm::Lines(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner())
            }
        }
    }
}

fn written<F: JsonFormat>(
    writer: &mut Writer<Vec<u8>, F>,
    batch: &RecordBatch,
) -> Result<Vec<u8>, ArrowError> {
    writer.write(batch)?;
    Ok(std::mem::take(writer.get_mut()))
}

fn builder(zone: &Zone) -> WriterBuilder {
    WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(zone.iso().to_owned())
}
