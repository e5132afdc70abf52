//! Arrow's files and streams, told apart by how they begin. Columns are found by their names.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};

use super::reason::unreadable;
use crate::error::Error;
use crate::files::broken;

/// How Arrow's file format begins.
const MAGIC: &[u8; 6] = b"ARROW1";

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// # Errors
/// `Config` for a file that cannot be read.
pub(super) fn columns(path: &Path) -> Result<SchemaRef, Error> {
    open(path, None).map(|(schema, _)| schema)
}

/// The rows of a file, with these columns; NULL where it lacks one.
///
/// # Errors
/// `Config` for a file that cannot be read.
pub(super) fn rows(
    path: &Path,
    wanted: &SchemaRef,
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + Send + use<>, Error> {
    let (schema, _) = open(path, None)?;
    let places = wanted.fields().iter();
    let places: Vec<usize> = places
        .filter_map(|field| schema.index_of(field.name()).ok())
        .collect();
    let (_, batches) = open(path, Some(places))?;
    let (path, wanted) = (path.to_owned(), Arc::clone(wanted));
    Ok(batches.map(move |batch| {
        let fit = |batch: RecordBatch| {
            let count = batch.num_rows();
            let columns =
                wanted
                    .fields()
                    .iter()
                    .map(|field| match batch.column_by_name(field.name()) {
                        Some(column) if column.data_type() == field.data_type() => {
                            Ok(Arc::clone(column))
                        }
                        Some(column) => cast(column, field.data_type()),
                        None => Ok(new_null_array(field.data_type(), count)),
                    });
            let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(count));
            RecordBatch::try_new_with_options(Arc::clone(&wanted), columns, &options)
        };
        batch
            .and_then(fit)
            .map_err(|error| unreadable(&path, error.into()))
    }))
}

fn open(path: &Path, places: Option<Vec<usize>>) -> Result<(SchemaRef, Batches), Error> {
    let unread = |error: std::io::Error| broken("cannot read", path, &error);
    let mut file = File::open(path).map_err(unread)?;
    let mut begin = Vec::new();
    let limit = MAGIC.len() as u64;
    file.by_ref()
        .take(limit)
        .read_to_end(&mut begin)
        .map_err(unread)?;
    file.rewind().map_err(unread)?;
    let bytes = BufReader::new(file);
    let opened = if begin == MAGIC {
        FileReader::try_new(bytes, places).map(|it| (it.schema(), Box::new(it) as Batches))
    } else {
        StreamReader::try_new(bytes, places).map(|it| (it.schema(), Box::new(it) as Batches))
    };
    opened.map_err(|error| unreadable(path, error.into()))
}
