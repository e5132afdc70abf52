//! Rows → the bytes of a format, batch by batch.

mod binary;
mod packing;
mod settings;
mod text;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

use self::binary::{ArrowFile, ArrowStream, Parquet};
use self::packing::Packer;
pub(super) use self::settings::{Settings, table_options};
use self::text::{Json, Lines};
use super::format::Format;
#[cfg(test)]
use super::format::Packing;
use super::zone::Zone;
use crate::error::{Error, Kind};

/// Writes batches in a [`Format`]. It holds no more than what the format needs: a row group of Parquet, nothing of the others.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch};
/// use zuzen_engine::files::{Encoder, Format, Zone};
///
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// let batch = RecordBatch::try_from_iter([("id", ids)])?;
/// let mut encoder = Encoder::new(Format::Csv, &batch.schema(), &Zone::new(None))?;
/// let mut bytes = encoder.encode(&batch)?;
/// bytes.extend(encoder.finish()?);
/// assert_eq!(bytes, b"id\n1\n2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Encoder {
    form: Form,
    /// The schema with names that are unique, where the format needs it.
    schema: SchemaRef,
    packer: Option<Packer>,
}

enum Form {
    Lines(Lines),
    Json(Json),
    ArrowStream(ArrowStream),
    ArrowFile(ArrowFile),
    Parquet(Box<Parquet>),
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = match &self.form {
            Form::Lines(_) => "Lines",
            Form::Json(_) => "Json",
            Form::ArrowStream(_) => "ArrowStream",
            Form::ArrowFile(_) => "ArrowFile",
            Form::Parquet(_) => "Parquet",
        };
        write!(out, "Encoder({form})")
    }
}

impl Encoder {
    /// Begins a result of this schema, with instants of text formats in this zone.
    ///
    /// # Errors
    /// `Unsupported` for a type that the format does not have.
    pub fn new(format: Format, schema: &SchemaRef, zone: &Zone) -> Result<Self, Error> {
        Self::with(format, schema, &Settings::usual(zone))
    }

    pub(super) fn with(
        format: Format,
        schema: &SchemaRef,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let named = match format {
            // Their readers go by place.
            Format::Csv | Format::Tsv => Arc::clone(schema),
            _ => unique(schema),
        };
        let form = match format {
            Format::Csv | Format::Tsv => Form::Lines(Lines::new(format, settings)?),
            Format::Json => Form::Json(Json::array(settings)),
            Format::Ndjson => Form::Json(Json::lines(settings)),
            Format::ArrowStream => {
                Form::ArrowStream(ArrowStream::new(&named, settings).map_err(unwritable)?)
            }
            Format::ArrowFile => {
                Form::ArrowFile(ArrowFile::new(&named, settings).map_err(unwritable)?)
            }
            Format::Parquet => Form::Parquet(Box::new(Parquet::new(&named, settings)?)),
        };
        let packer = settings
            .packing
            .map(|packing| Packer::new(packing, settings.level));
        Ok(Self {
            form,
            schema: named,
            packer: packer.transpose()?,
        })
    }

    /// The bytes that can leave now that these rows have come; there may be none yet.
    ///
    /// # Errors
    /// `Unsupported` for a value that the format does not have.
    pub fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
        let columns = batch.columns().to_vec();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(unwritable)?;
        let bytes = match &mut self.form {
            Form::Lines(lines) => lines.encode(&batch).map_err(unwritable)?,
            Form::Json(json) => json.encode(&batch).map_err(unwritable)?,
            Form::ArrowStream(stream) => stream.encode(&batch).map_err(unwritable)?,
            Form::ArrowFile(file) => file.encode(&batch).map_err(unwritable)?,
            Form::Parquet(parquet) => parquet.encode(&batch)?,
        };
        match &mut self.packer {
            Some(packer) => packer.pack(&bytes),
            None => Ok(bytes),
        }
    }

    /// The bytes that end the result, and those that were held back.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        let bytes = match self.form {
            Form::Lines(lines) => lines.finish(&self.schema).map_err(unwritable)?,
            Form::Json(json) => json.finish().map_err(unwritable)?,
            Form::ArrowStream(stream) => stream.finish().map_err(unwritable)?,
            Form::ArrowFile(file) => file.finish().map_err(unwritable)?,
            Form::Parquet(parquet) => parquet.finish()?,
        };
        match self.packer {
            Some(packer) => packer.finish(&bytes),
            None => Ok(bytes),
        }
    }
}

/// Two columns of a join may share their name; most readers would keep only the last of them.
pub(in crate::files) fn unique(schema: &SchemaRef) -> SchemaRef {
    let own: HashSet<&str> = schema
        .fields()
        .iter()
        .map(|it| it.name().as_str())
        .collect();
    if own.len() == schema.fields().len() {
        return Arc::clone(schema);
    }
    let mut taken = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        let name = std::iter::once(field.name().clone())
            .chain((2..).map(|number| format!("{}_{number}", field.name())))
            .find(|name| taken.insert(name.clone()));
        let name = name.unwrap_or_else(|| field.name().clone());
        Arc::new(Field::clone(field).with_name(name))
    });
    let fields: Vec<FieldRef> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn unwritable(error: ArrowError) -> Error {
    let reason = format!("a value cannot be written: {error}");
    Error::new(Kind::Unsupported, reason).with_hint("CAST the column to text, or leave it out")
}

#[cfg(test)]
mod tests;
