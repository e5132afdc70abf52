//! A file as a table: its format by its name, its columns by what is in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::session_state::SessionState;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use url::Url;

use super::columns::Columns;
use super::csv::Csv;
use super::folders::{self, Folders, Values, values};
use super::ipc;
use super::json::Json;
use super::place::{Place, find};
use super::reason::{shown, unreadable};
use super::whole::Whole;
use crate::error::{Error, Kind};
use crate::files::broken;
use crate::files::format::{Format, Packing, named};

/// Rows that types of columns are told by, where a format has none.
const TELLING_ROWS: usize = 20_000;

/// What programs write for a NULL in the name of a folder.
pub(in crate::files) const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";

/// Opens what a quoted name means.
///
/// # Errors
/// `Config` if it is missing, of no known format, or not what its name says.
pub(super) async fn open(
    name: &str,
    state: &SessionState,
) -> Result<Arc<dyn TableProvider>, Error> {
    let Place { files, root } = find(name)?;
    let ((format, packing), files) = alike(name, files)?;
    let (read, reader) = reader(format, packing, files.first())?;
    let schema = columns(&files, format, &read, &reader, state).await?;
    let files: Vec<(PathBuf, Values)> = files
        .into_iter()
        .map(|file| (file.clone(), values(&root, &file)))
        .collect();
    let told = folders::told(&files)?;
    if told.is_empty() {
        let urls = files.iter().map(|(file, _)| url(file));
        let urls = urls.collect::<Result<Vec<_>, _>>()?;
        let options = ListingOptions::new(reader).with_file_extension("");
        let table = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(schema);
        let table = ListingTable::try_new(table);
        return Ok(Arc::new(
            table.map_err(|error| unreadable(Path::new(name), error))?,
        ));
    }
    let mut objects = Vec::with_capacity(files.len());
    for (file, values) in files {
        objects.push((object(&file, state).await?.1, values));
    }
    Ok(Arc::new(Folders::new(reader, &schema, &told, objects)))
}

/// A file as DataFusion knows it, and where it finds it.
async fn object(
    path: &Path,
    state: &SessionState,
) -> Result<(Arc<dyn ObjectStore>, ObjectMeta), Error> {
    let url = url(path)?;
    let store = state.runtime_env().object_store(&url)?;
    let object = store.head(url.prefix()).await;
    let object = object.map_err(|error| unreadable(path, error.into()))?;
    Ok((store, object))
}

/// The files of a known format, which must be the same for all; others may lie beside them.
fn alike(name: &str, mut files: Vec<PathBuf>) -> Result<(Written, Vec<PathBuf>), Error> {
    files.retain(|file| told(file).is_some());
    let first = files
        .first()
        .and_then(|first| Some((first.clone(), told(first)?)));
    let (first, kind) = first.ok_or_else(|| unknown(name))?;
    if let Some(other) = files.iter().find(|file| told(file) != Some(kind)) {
        let reason = format!(
            "{name} holds files of several formats: {} and {}",
            shown(&first),
            shown(other)
        );
        let ending = first.extension().unwrap_or_default().display();
        return Err(Error::new(Kind::Config, reason).with_hint(format!(
            "a pattern chooses among them: '{}/*.{ending}'",
            name.split_once(['*', '?', '['])
                .map_or(name, |(before, _)| before)
                .trim_end_matches('/')
        )));
    }
    Ok((kind, files))
}

/// The columns of all files together.
async fn columns(
    files: &[PathBuf],
    format: Format,
    read: &Reader,
    reader: &Arc<dyn FileFormat>,
    state: &SessionState,
) -> Result<SchemaRef, Error> {
    let mut columns = Columns::new(format);
    let mut left = TELLING_ROWS;
    for path in files {
        match read {
            Reader::Csv(csv) => {
                let (schema, rows) = csv.columns(path, left)?;
                left = left.saturating_sub(rows);
                columns.add(path, &schema)?;
            }
            Reader::Arrow => {
                not_empty(path)?;
                columns.add(path, ipc::columns(path)?.as_ref())?;
            }
            Reader::Theirs => {
                if format == Format::Parquet {
                    not_empty(path)?;
                }
                let (store, object) = object(path, state).await?;
                let schema = reader.infer_schema(state, &store, &[object]).await;
                let schema = schema.map_err(|error| unreadable(path, error))?;
                columns.add(path, &schema)?;
            }
        }
    }
    Ok(columns.whole())
}

/// Files of these formats have marks at both ends, even without a row.
fn not_empty(path: &Path) -> Result<(), Error> {
    let found = std::fs::metadata(path).map_err(|error| broken("cannot read", path, &error))?;
    if found.len() > 0 {
        return Ok(());
    }
    let reason = format!("{} cannot be read: it is empty", shown(path));
    Err(Error::new(Kind::Config, reason)
        .with_hint("was it written to its end? A file without rows is not empty"))
}

/// What the name of a file tells.
type Written = (Format, Option<Packing>);

fn told(path: &Path) -> Option<Written> {
    named(&path.to_string_lossy())
}

/// Who finds out the columns of a file.
enum Reader {
    Csv(Csv),
    Arrow,
    Theirs,
}

fn reader(
    format: Format,
    packing: Option<Packing>,
    sample: Option<&PathBuf>,
) -> Result<(Reader, Arc<dyn FileFormat>), Error> {
    let packed = match packing {
        None => FileCompressionType::UNCOMPRESSED,
        Some(Packing::Gzip) => FileCompressionType::GZIP,
        Some(Packing::Zstd) => FileCompressionType::ZSTD,
        Some(Packing::Bzip2) => FileCompressionType::BZIP2,
        Some(Packing::Xz) => FileCompressionType::XZ,
    };
    Ok(match format {
        // Text is the type that columns of connections have: keys of joins go through without a cast.
        Format::Parquet => {
            let format = ParquetFormat::new().with_force_view_types(false);
            (Reader::Theirs, Arc::new(format))
        }
        Format::Csv | Format::Tsv => {
            let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
            let csv = Csv { delimiter, packed };
            (Reader::Csv(csv.clone()), Arc::new(Whole::Csv(csv)))
        }
        Format::Json | Format::Ndjson => {
            let lines = match sample {
                Some(file) => !is_array(file, packing)?,
                None => true,
            };
            // A key may occur in the last object for the first time.
            let format = JsonFormat::default()
                .with_newline_delimited(lines)
                .with_schema_infer_max_rec(usize::MAX)
                .with_file_compression_type(packed);
            (Reader::Theirs, Arc::new(Json(format)))
        }
        Format::ArrowFile | Format::ArrowStream => (Reader::Arrow, Arc::new(Whole::Arrow)),
    })
}

/// Whether a file of JSON begins as an array does; `.json` files are both that and objects line by line.
fn is_array(path: &Path, packing: Option<Packing>) -> Result<bool, Error> {
    let unreadable = |error: std::io::Error| broken("cannot read", path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes: Box<dyn Read> = match packing {
        None => Box::new(file),
        Some(Packing::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(file)),
        Some(Packing::Zstd) => Box::new(zstd::Decoder::new(file).map_err(unreadable)?),
        // Lines are what is compressed as a rule.
        Some(Packing::Bzip2 | Packing::Xz) => return Ok(false),
    };
    let mut buffer = [0; 256];
    loop {
        let count = bytes.read(&mut buffer).map_err(unreadable)?;
        let read = buffer.get(..count).unwrap_or_default();
        let mut solid = read.iter().filter(|byte| !byte.is_ascii_whitespace());
        if let Some(first) = solid.next() {
            return Ok(*first == b'[');
        }
        if count == 0 {
            return Ok(false);
        }
    }
}

fn url(path: &Path) -> Result<ListingTableUrl, Error> {
    let unnamed = || {
        let reason = format!("{} cannot be named as a file", path.display());
        Error::new(Kind::Config, reason).with_hint("move it to a plainer place")
    };
    let path = std::path::absolute(path).map_err(|error| broken("cannot read", path, &error))?;
    let url = match path.is_dir() {
        true => Url::from_directory_path(&path),
        false => Url::from_file_path(&path),
    };
    Ok(ListingTableUrl::try_new(
        url.map_err(|()| unnamed())?,
        None,
    )?)
}

fn unknown(name: &str) -> Error {
    let reason = format!("it cannot be told what kind of file {name} is");
    Error::new(Kind::Config, reason).with_hint(format!(
        "names of files end with their format: {}; .gz and .zst may follow",
        Format::words()
    ))
}
