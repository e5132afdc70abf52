//! CSV: rows found by the header's names, types told by the first rows, and nothing taken that does not fit.
//!
//! A file is read as RFC 4180 says it: a quoted text may hold line breaks and doubled quotes, a backslash is a letter.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions};
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;

use super::instants::{Told, instants};
use super::quotes::Closed;
use super::reason::{shown, unreadable};
use crate::error::{Error, Kind};
use crate::files::broken;
use crate::files::encode::unique;

/// Records that are looked at together.
const TOGETHER: usize = 1024;

/// How files of CSV are written.
#[derive(Debug, Clone)]
pub(super) struct Csv {
    pub(super) delimiter: u8,
    pub(super) packed: FileCompressionType,
}

impl Csv {
    /// The columns of a file, with the types of its first rows, and how many of them there were.
    ///
    /// # Errors
    /// `Config` for a file that cannot be read, has no header or rows of several lengths, or ends within a quoted text.
    pub(super) fn columns(&self, path: &Path, rows: usize) -> Result<(Schema, usize), Error> {
        let format = Format::default()
            .with_header(true)
            .with_delimiter(self.delimiter);
        let told = format.infer_schema(self.bytes(path)?, Some(rows));
        let (schema, read) = told.map_err(|error| wrong(path, &error, None))?;
        if schema.fields().is_empty() {
            let reason = format!("{} has no header: it is empty", shown(path));
            return Err(Error::new(Kind::Config, reason).with_hint(
                "the first line of a CSV names its columns; was it written to its end?",
            ));
        }
        let mut kinds: Vec<DataType> = schema
            .fields()
            .iter()
            .map(|it| it.data_type().clone())
            .collect();
        self.look_at_instants(path, &mut kinds, read)?;
        let names = unique(&Arc::new(schema));
        let fields = names.fields().iter().zip(kinds);
        let fields: Vec<Field> = fields
            .map(|(named, kind)| Field::new(named.name(), kind, true))
            .collect();
        Ok((Schema::new(fields), read))
    }

    /// Tells those with an offset from others, and where texts only look like instants.
    fn look_at_instants(
        &self,
        path: &Path,
        kinds: &mut [DataType],
        rows: usize,
    ) -> Result<(), Error> {
        let places: Vec<usize> = (0..kinds.len())
            .filter(|place| matches!(kinds.get(*place), Some(DataType::Timestamp(..))))
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let texts = kinds.iter().map(|_| Field::new("", DataType::Utf8, true));
        let texts = Arc::new(Schema::new(texts.collect::<Vec<_>>()));
        let mut told = vec![Told::default(); places.len()];
        let mut left = rows;
        for batch in self.reader(path, texts, places.clone(), TOGETHER)? {
            let batch = batch.map_err(|error| wrong(path, &error, None))?;
            let batch = batch.slice(0, left.min(batch.num_rows()));
            for (told, column) in told.iter_mut().zip(batch.columns()) {
                column
                    .as_string::<i32>()
                    .iter()
                    .flatten()
                    .for_each(|text| told.see(text));
            }
            left -= batch.num_rows();
            if left == 0 {
                break;
            }
        }
        for (place, told) in places.into_iter().zip(told) {
            if let Some(kind) = kinds.get_mut(place) {
                *kind = told.kind();
            }
        }
        Ok(())
    }

    /// The rows of a file, with these columns, wherever they stand in it.
    ///
    /// # Errors
    /// `Config` for a file that lacks one of them or cannot be read; in the iteration for a value that does not fit.
    pub(super) fn rows(
        &self,
        path: &Path,
        wanted: &SchemaRef,
        together: usize,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + Send + use<>, Error> {
        let (header, _) = self.columns(path, 0)?;
        let places = wanted.fields().iter().map(|field| {
            header.index_of(field.name()).map_err(|_| {
                let reason = format!("{} has no column `{}` any more", shown(path), field.name());
                Error::new(Kind::Config, reason).with_hint("it has changed meanwhile; ask again")
            })
        });
        let places = places.collect::<Result<Vec<_>, _>>()?;
        // Values that are not asked for are not looked at.
        let mut kinds = vec![DataType::Utf8; header.fields().len()];
        for (place, field) in places.iter().zip(wanted.fields()) {
            if let (Some(kind), false) = (
                kinds.get_mut(*place),
                matches!(field.data_type(), DataType::Timestamp(..)),
            ) {
                *kind = field.data_type().clone();
            }
        }
        let fields = header.fields().iter().zip(kinds);
        let fields: Vec<Field> = fields
            .map(|(field, kind)| field.as_ref().clone().with_data_type(kind))
            .collect();
        let reader = self.reader(path, Arc::new(Schema::new(fields)), places, together)?;
        let (path, wanted) = (path.to_owned(), Arc::clone(wanted));
        let mut before = 1;
        Ok(reader.map(move |batch| {
            let batch = batch.map_err(|error| wrong(&path, &error, Some(&header)))?;
            let columns = wanted.fields().iter().zip(batch.columns());
            let columns = columns.map(|(field, column)| match field.data_type() {
                DataType::Timestamp(unit, zone) => {
                    instants(column.as_string::<i32>(), *unit, zone.as_ref()).map_err(
                        |(row, text, why)| misfit(&path, field.name(), text, before + row + 1, why),
                    )
                }
                _ => Ok(Arc::clone(column)),
            });
            let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
            before += batch.num_rows();
            let count = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(Arc::clone(&wanted), columns, &count)
                .map_err(|error| wrong(&path, &error, Some(&header)))
        }))
    }

    fn reader(
        &self,
        path: &Path,
        schema: SchemaRef,
        places: Vec<usize>,
        together: usize,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + use<>, Error> {
        let reader = ReaderBuilder::new(schema)
            .with_header(true)
            .with_delimiter(self.delimiter)
            .with_batch_size(together)
            .with_projection(places)
            .build(self.bytes(path)?);
        reader.map_err(|error| wrong(path, &error, None))
    }

    fn bytes(&self, path: &Path) -> Result<Closed<Box<dyn Read + Send>>, Error> {
        let file = File::open(path).map_err(|error| broken("cannot read", path, &error))?;
        let bytes = self.packed.convert_read(file);
        let bytes = bytes.map_err(|error| unreadable(path, error))?;
        Ok(Closed::new(bytes, self.delimiter))
    }
}

/// Words what the reader has met.
fn wrong(path: &Path, error: &ArrowError, header: Option<&Schema>) -> Error {
    let message = match error {
        ArrowError::CsvError(message) | ArrowError::ParseError(message) => message.clone(),
        ArrowError::IoError(_, error) => error.to_string(),
        other => other.to_string(),
    };
    if let Some((name, text, record)) = header.and_then(|header| unparsed(&message, header)) {
        return misfit(path, &name, text, record, "");
    }
    let numbers: Vec<&str> = message
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .collect();
    // Both readers count records as lines.
    let counted = match numbers.as_slice() {
        [header, found, record] if message.starts_with("Encountered unequal lengths") => {
            Some((*record, (*found).to_owned(), *header))
        }
        [record, header, found] if message.starts_with("incorrect number of fields") => {
            let more = if message.contains("more than") {
                "more than "
            } else {
                ""
            };
            Some((*record, format!("{more}{found}"), *header))
        }
        _ => None,
    };
    match counted {
        Some((record, found, header)) => {
            let reason = format!(
                "{} cannot be read: its record {record} has {found} values, and the header {header}",
                shown(path)
            );
            Error::new(Kind::Config, reason).with_hint(
                "is the file whole? A value with a comma stands in quotes, and the first record names the columns",
            )
        }
        None => unreadable(path, ArrowError::CsvError(message).into()),
    }
}

/// Column, value and record of a message about a value that is no number, day or truth.
fn unparsed<'a>(message: &'a str, header: &Schema) -> Option<(String, &'a str, usize)> {
    let (value, rest) = match message.strip_prefix("Error while parsing value '") {
        Some(rest) => rest.split_once("' as type '")?,
        None => return None,
    };
    let (_, rest) = rest.split_once(" for column ")?;
    let (place, rest) = rest.split_once(" at line ")?;
    let line: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let field = header.fields().get(place.parse::<usize>().ok()?)?;
    // Rows are counted there, and records here: the header is the first.
    let row: usize = line.parse().ok()?;
    Some((field.name().clone(), value, row + 1))
}

fn misfit(path: &Path, column: &str, text: &str, record: usize, why: &str) -> Error {
    let reason = format!(
        "{}: `{column}` is '{}' in record {record}{why}, which is not of the type that the first rows tell",
        shown(path),
        text.escape_debug()
    );
    Error::new(Kind::Config, reason).with_hint(
        "mend the file, or give the type yourself: CREATE EXTERNAL TABLE t (id VARCHAR, …) STORED AS CSV LOCATION 'file.csv' OPTIONS (has_header true)",
    )
}
