//! A file as a table: its format by its name, its columns by what is in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::config::CsvOptions;
use datafusion::datasource::ViewTable;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, col, lit};
use url::Url;

use super::csv::Csv;
use super::place::{Place, find};
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
    match find(name)? {
        Place::Files(files) => {
            let told = files.first().and_then(|first| told(first));
            let (format, packing) = told.ok_or_else(|| unknown(name))?;
            let mut files = files;
            // A folder may hold other files beside them.
            files.retain(|file| self::told(file) == Some((format, packing)));
            let reader = reader(format, packing, files.first())?;
            let urls = files
                .iter()
                .map(|file| url(file))
                .collect::<Result<Vec<_>, _>>()?;
            let table = listing(
                urls,
                ListingOptions::new(reader).with_file_extension(""),
                state,
            );
            Ok(Arc::new(
                table.await.map_err(|error| unreadable(name, error))?,
            ))
        }
        Place::Partitions(folder) => {
            let first = first_file(&folder).ok_or_else(|| unknown(name))?;
            let (format, packing) = told(&first).ok_or_else(|| unknown(name))?;
            let reader = reader(format, packing, Some(&first))?;
            let ending = first
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let ending = ending.unwrap_or_default();
            let ending = ending.split_once('.').map_or("", |(_, ending)| ending);
            let folder = url(&folder)?;
            partitions(
                folder,
                ListingOptions::new(reader).with_file_extension(format!(".{ending}")),
                state,
            )
            .await
            .map_err(|error| unreadable(name, error))
        }
    }
}

fn told(path: &Path) -> Option<(Format, Option<Packing>)> {
    named(&path.to_string_lossy())
}

async fn listing(
    urls: Vec<ListingTableUrl>,
    options: ListingOptions,
    state: &SessionState,
) -> Result<ListingTable, DataFusionError> {
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options);
    ListingTable::try_new(config.infer_schema(state).await?)
}

/// A folder of folders: what their names tell are columns, too.
async fn partitions(
    folder: ListingTableUrl,
    options: ListingOptions,
    state: &SessionState,
) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let columns = options.infer_partitions(state, &folder).await?;
    let text = |name: &String| (name.clone(), DataType::Utf8);
    let options = options.with_table_partition_cols(columns.iter().map(text).collect());
    let table = listing(vec![folder], options, state).await?;
    let schema = table.schema();
    let shown = schema.fields().iter().map(|field| {
        let column = col(datafusion::common::Column::from_name(field.name()));
        match columns.contains(field.name()) {
            true => nullif(column, lit(NULL_FOLDER)).alias(field.name()),
            false => column,
        }
    });
    let shown: Vec<Expr> = shown.collect();
    let scan = LogicalPlanBuilder::scan("folder", provider_as_source(Arc::new(table)), None)?;
    Ok(Arc::new(ViewTable::new(
        scan.project(shown)?.build()?,
        None,
    )))
}

fn reader(
    format: Format,
    packing: Option<Packing>,
    sample: Option<&PathBuf>,
) -> Result<Arc<dyn FileFormat>, Error> {
    let packed = match packing {
        None => FileCompressionType::UNCOMPRESSED,
        Some(Packing::Gzip) => FileCompressionType::GZIP,
        Some(Packing::Zstd) => FileCompressionType::ZSTD,
        Some(Packing::Bzip2) => FileCompressionType::BZIP2,
        Some(Packing::Xz) => FileCompressionType::XZ,
    };
    Ok(match format {
        // Text is the type that columns of connections have: keys of joins go through without a cast.
        Format::Parquet => Arc::new(ParquetFormat::new().with_force_view_types(false)),
        Format::Csv | Format::Tsv => {
            let options = CsvOptions::default()
                .with_has_header(true)
                .with_newlines_in_values(true)
                .with_delimiter(if format == Format::Tsv { b'\t' } else { b',' });
            let format = CsvFormat::default().with_options(options);
            Arc::new(Csv::new(format, packed, TELLING_ROWS))
        }
        Format::Json | Format::Ndjson => {
            let lines = match sample {
                Some(file) => !is_array(file, packing)?,
                None => true,
            };
            let format = JsonFormat::default()
                .with_newline_delimited(lines)
                .with_schema_infer_max_rec(TELLING_ROWS);
            Arc::new(format.with_file_compression_type(packed))
        }
        Format::ArrowFile | Format::ArrowStream => Arc::new(ArrowFormat),
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

/// Some file below a folder, which stands for the others.
fn first_file(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| !name.starts_with('.'))
        })
        .collect();
    entries.sort();
    let file = entries
        .iter()
        .find(|path| path.is_file() && told(path).is_some());
    file.cloned().or_else(|| {
        let mut folders = entries.iter().filter(|path| path.is_dir());
        folders.find_map(|folder| first_file(folder))
    })
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

fn unreadable(name: &str, error: DataFusionError) -> Error {
    let reason = Error::from(error);
    let reason = format!("{name} cannot be read: {}", reason.message());
    Error::new(Kind::Config, reason).with_hint("is the file whole, and is it what its ending says?")
}
