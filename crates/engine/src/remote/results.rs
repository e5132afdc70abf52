//! The result of one job, as record batches.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use futures::StreamExt;
use zuzen_plan::job::{Cap, Trouble};
use zuzen_rest::{JobFailure, JobStream, Piece};

use super::read::{NULL, Output};
use super::service::Service;
use crate::connection::Connection;
use crate::decode::{CsvDecoder, DecodeError, LineDecoder, ResultColumn, arrow_type, fit};
use crate::error::{Error, Kind};

/// Rows in a batch.
const BATCH: usize = 8_192;

/// Why there are no (more) rows.
#[derive(Debug)]
pub(super) enum Failed {
    /// The job asked for too much; nothing has been delivered.
    TooMuch { cap: Cap, message: String },
    /// The export rejects this field; nothing has been delivered.
    Field { name: String, error: Error },
    /// Anything else.
    Error(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failed {
    /// The error, where nothing is done about it.
    pub(super) fn error(self) -> Error {
        match self {
            Self::TooMuch { message, .. } => Error::new(
                Kind::TooExpensive,
                format!("Zuora refuses so many rows in one job: {message}"),
            )
            .with_hint("ask for fewer rows, such as a range of updateddate"),
            Self::Field { error, .. } | Self::Error(error) => error,
        }
    }
}

/// The formats of result files.
#[derive(Debug)]
enum Decoder {
    Lines(Box<LineDecoder>),
    Table(Box<CsvDecoder>),
}

impl Decoder {
    fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        match self {
            Self::Lines(lines) => lines.push(bytes),
            Self::Table(table) => table.push(bytes),
        }
    }

    fn begin_file(&mut self) -> Result<(), DecodeError> {
        match self {
            Self::Lines(_) => Ok(()),
            Self::Table(table) => table.begin_file(),
        }
    }

    fn next_batch(&mut self) -> Option<RecordBatch> {
        match self {
            Self::Lines(lines) => lines.next_batch(),
            Self::Table(table) => table.next_batch(),
        }
    }

    fn finish(&mut self) -> Result<Option<RecordBatch>, DecodeError> {
        match self {
            Self::Lines(lines) => lines.finish(),
            Self::Table(table) => table.finish(),
        }
    }

    fn rows(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.rows(),
            Self::Table(table) => table.rows(),
        }
    }
}

/// Which decoded column an output column is; a missing one is NULL in every row.
pub(super) type Places = Vec<Option<usize>>;

/// A job's rows as they arrive.
pub(super) struct Results {
    stream: JobStream,
    decoder: Decoder,
    places: Places,
    schema: SchemaRef,
    title: String,
    over: bool,
    /// Whom it was asked of, and for which tables.
    asked: Option<(Arc<Connection>, Vec<String>)>,
}

impl std::fmt::Debug for Results {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Results of {}", self.title)
    }
}

impl Results {
    /// # Errors
    /// `Internal` for columns of impossible types.
    pub(super) fn new(
        stream: JobStream,
        service: Service,
        outputs: &[Output],
        places: Places,
        schema: SchemaRef,
        title: String,
    ) -> Result<Self, Error> {
        let columns: Vec<ResultColumn> = outputs
            .iter()
            .map(|output| ResultColumn {
                header: output.header.clone(),
                kind: output.kind.clone(),
            })
            .collect();
        let decoder = match service {
            Service::Export => CsvDecoder::new(&columns, NULL, BATCH)
                .map(Box::new)
                .map(Decoder::Table),
            _ => LineDecoder::new(&columns, BATCH)
                .map(Box::new)
                .map(Decoder::Lines),
        };
        Ok(Self {
            stream,
            decoder: decoder.map_err(|error| unreadable(&title, &error))?,
            places,
            schema,
            title,
            over: false,
            asked: None,
        })
    }

    /// The same; a table that turns out to be closed is remembered by the connection.
    pub(super) fn reporting_to(self, connection: &Arc<Connection>, tables: &[String]) -> Self {
        Self {
            asked: Some((Arc::clone(connection), tables.to_vec())),
            ..self
        }
    }

    fn report(&self, failure: &JobFailure) {
        if let (JobFailure::Job { error, .. }, Some((connection, tables))) = (failure, &self.asked)
            && error.trouble == Trouble::Unavailable
        {
            connection.give_up(tables, &error.message);
        }
    }

    /// Rows that have been read.
    pub(super) fn rows(&self) -> u64 {
        self.decoder.rows()
    }

    /// The next batch.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>, Failed> {
        loop {
            if let Some(batch) = self.decoder.next_batch() {
                return Ok(Some(self.arranged(&batch)?));
            }
            if self.over {
                return Ok(None);
            }
            let read = match self.stream.next().await {
                Some(Ok(Piece::Bytes(bytes))) => self.decoder.push(&bytes),
                Some(Ok(Piece::File)) => self.decoder.begin_file(),
                Some(Err(failure)) => {
                    self.over = true;
                    self.report(&failure);
                    return Err(failed(failure));
                }
                None => {
                    self.over = true;
                    let last = self
                        .decoder
                        .finish()
                        .map_err(|error| self.misread(&error))?;
                    self.check_count()?;
                    return match last {
                        Some(batch) => Ok(Some(self.arranged(&batch)?)),
                        None => Ok(None),
                    };
                }
            };
            read.map_err(|error| self.misread(&error))?;
        }
    }

    fn misread(&self, error: &DecodeError) -> Error {
        unreadable(&self.title, error)
    }

    /// A file that lacks rows must not pass for a whole one.
    fn check_count(&self) -> Result<(), Error> {
        let read = self.decoder.rows();
        match self.stream.rows() {
            Some(counted) if counted != read => {
                let message = format!(
                    "{}: Zuora says that the result has {counted} rows, but its file has {read}",
                    self.title
                );
                Err(Error::new(Kind::Decode, message).with_hint("run it again"))
            }
            _ => Ok(()),
        }
    }

    fn arranged(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let fields = self.schema.fields().iter();
        let columns: Vec<ArrayRef> = fields
            .zip(&self.places)
            .map(|(field, place)| match place {
                Some(place) => Arc::clone(batch.column(*place)),
                None => new_null_array(field.data_type(), batch.num_rows()),
            })
            .collect();
        let own = columns
            .iter()
            .zip(self.schema.fields())
            .map(|(column, field)| {
                field
                    .as_ref()
                    .clone()
                    .with_data_type(column.data_type().clone())
                    .with_nullable(true)
            });
        let own = Schema::new(own.collect::<Vec<_>>());
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(own), columns, &options)
            .map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
        fit(&batch, &self.schema).map_err(|error| unreadable(&self.title, &error))
    }
}

/// The schema of outputs as they are read.
pub(super) fn plain(outputs: &[Output]) -> SchemaRef {
    let fields = outputs
        .iter()
        .map(|output| Field::new(&output.header, arrow_type(&output.kind), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn unreadable(title: &str, error: &DecodeError) -> Error {
    Error::new(Kind::Decode, format!("{title}: {error}"))
        .with_hint("the columns may have changed at Zuora: REFRESH SCHEMA, then run it again")
}

/// What a job's failure is to us.
pub(super) fn failed(failure: JobFailure) -> Failed {
    let hint = failure.hint();
    let worded = |kind, message: String| {
        let error = Error::new(kind, message);
        match &hint {
            Some(hint) => error.with_hint(hint.clone()),
            None => error,
        }
    };
    match failure {
        JobFailure::Split { cap, message } => Failed::TooMuch { cap, message },
        JobFailure::Rest(error) => Failed::Error(error.into()),
        // Less at a time needs less.
        JobFailure::Job { ref error, .. } if error.trouble == Trouble::Memory => Failed::TooMuch {
            cap: Cap::Rows,
            message: error.message.clone(),
        },
        JobFailure::Job {
            ref error, ref job, ..
        } => {
            let kind = match error.trouble {
                Trouble::Busy => Kind::RateLimited,
                Trouble::Forbidden | Trouble::Unavailable => Kind::Permission,
                Trouble::TooMuch(_) | Trouble::TimeLimit | Trouble::Overdue => Kind::TooExpensive,
                Trouble::NoDeleted => Kind::Unsupported,
                _ => Kind::Remote,
            };
            let said = worded(kind, failure.to_string());
            let said = match job {
                Some(number) => said.with_context("job", number),
                None => said,
            };
            match &error.trouble {
                Trouble::UnknownField(name) => Failed::Field {
                    name: name.clone(),
                    error: said,
                },
                _ => Failed::Error(said),
            }
        }
    }
}
