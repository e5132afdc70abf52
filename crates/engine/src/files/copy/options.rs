//! `OPTIONS (…)` of COPY: DataFusion's for the format, and nothing that it would not use.

use std::collections::{BTreeMap, HashMap};

use arrow::ipc::CompressionType;
use datafusion::common::config::{ConfigFileType, ConfigOptions, TableOptions};
use datafusion::common::parsers::CompressionTypeVariant;

use crate::error::{Error, Kind};
use crate::files::encode::{Settings, table_options};
use crate::files::format::{Format, Packing};
use crate::files::zone::Zone;

/// What the statement is told besides what is written in it.
pub(super) const FORMAT: &str = "zuzen.format";
pub(super) const PACKING: &str = "zuzen.packing";

const KEEP: &str = "execution.keep_partition_by_columns";
const COMPRESSION: &str = "format.compression";

/// Options that tell how a file is read, and do nothing for one that is written.
const READING: [&str; 15] = [
    "terminator",
    "newlines_in_values",
    "schema_infer_max_rec",
    "null_regex",
    "comment",
    "truncated_rows",
    "newline_delimited",
    "enable_page_index",
    "pruning",
    "skip_metadata",
    "metadata_size_hint",
    "pushdown_filters",
    "reorder_filters",
    "schema_force_view_types",
    "binary_as_string",
];

/// What a COPY is to write.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) settings: Settings,
    /// Columns that folders are named after stay in the files too.
    pub(super) keeps_partition_columns: bool,
}

impl Wanted {
    /// # Errors
    /// `Sql` for an option that the format does not have, or a value that does not fit.
    pub(super) fn read(
        written: &HashMap<String, String>,
        session: &ConfigOptions,
    ) -> Result<Self, Error> {
        // Always in the same order, so that of two mistakes the same is told.
        let mut written: BTreeMap<&str, &str> = written
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let format = written.remove(FORMAT).and_then(Format::spelt);
        let format = format.ok_or_else(|| {
            Error::new(Kind::Unsupported, "a COPY without a format")
                .with_hint("statements with it are planned by Engine::sql")
        })?;
        let named = written.remove(PACKING).and_then(Packing::spelt);
        let keeps = match written.remove(KEEP) {
            None => session.execution.keep_partition_by_columns,
            Some(value) => truth(value).ok_or_else(|| unfit(KEEP, value, "it is true or false"))?,
        };
        let mut tables = table_options(session);
        let mut arrow = None;
        let kind = kind(format);
        if let Some(kind) = kind.clone() {
            tables.set_config_format(kind);
        }
        for (name, value) in &written {
            if kind.is_none() && *name == COMPRESSION {
                arrow = buffers(value)?;
                continue;
            }
            let known = known(&tables, format);
            let plain = name.strip_prefix("format.").unwrap_or(name);
            // Options of one column of Parquet are written `compression::subject`.
            let base = plain.split_once("::").map_or(plain, |(base, _)| base);
            if !known.iter().any(|known| known == base) {
                let reason = format!("COPY to {} has no option `{plain}`", format.ending());
                return Err(Error::new(Kind::Sql, reason)
                    .with_hint(format!("its options: {}", known.join(", "))));
            }
            tables
                .set(name, value)
                .map_err(|error| unfit(plain, value, Error::from(error).message()))?;
        }
        let zone = Zone::new(session.execution.time_zone.as_deref());
        let mut settings = Settings::of(&tables, &zone);
        settings.arrow = arrow;
        let asked = written.contains_key(COMPRESSION);
        let (variant, level) = match format {
            Format::Csv | Format::Tsv => (settings.csv.compression, settings.csv.compression_level),
            Format::Json | Format::Ndjson => {
                (settings.json.compression, settings.json.compression_level)
            }
            _ => (CompressionTypeVariant::UNCOMPRESSED, None),
        };
        settings.level = level;
        settings.packing = match (asked, Packing::of(variant)) {
            (false, _) if format.is_text() => named,
            (_, packing) => packing,
        };
        if asked && format.is_text() && named.is_some() && settings.packing != named {
            return Err(unfit(
                "compression",
                written.get(COMPRESSION).copied().unwrap_or_default(),
                "the name of the file ends with another one",
            ));
        }
        if named.is_some() && !format.is_text() {
            let reason = format!("{} compresses by itself", format.ending());
            return Err(Error::new(Kind::Sql, reason).with_hint(
                "leave .gz or .zst out of the name; OPTIONS (compression …) chooses how",
            ));
        }
        Ok(Self {
            format,
            settings,
            keeps_partition_columns: keeps,
        })
    }
}

fn kind(format: Format) -> Option<ConfigFileType> {
    match format {
        Format::Parquet => Some(ConfigFileType::PARQUET),
        Format::Csv | Format::Tsv => Some(ConfigFileType::CSV),
        Format::Json | Format::Ndjson => Some(ConfigFileType::JSON),
        Format::ArrowStream | Format::ArrowFile => None,
    }
}

/// The names of the options that a format has.
fn known(tables: &TableOptions, format: Format) -> Vec<String> {
    let mut names: Vec<String> = match kind(format) {
        None => vec!["compression".to_owned()],
        Some(_) => tables
            .entries()
            .into_iter()
            .filter_map(|entry| Some(entry.key.strip_prefix("format.")?.to_owned()))
            .filter(|name| !READING.contains(&name.as_str()) && !name.contains("::"))
            .collect(),
    };
    names.sort();
    names.dedup();
    names
}

/// How Arrow compresses its buffers.
fn buffers(value: &str) -> Result<Option<CompressionType>, Error> {
    match value.to_lowercase().as_str() {
        "lz4" | "lz4_frame" => Ok(Some(CompressionType::LZ4_FRAME)),
        "zstd" => Ok(Some(CompressionType::ZSTD)),
        "uncompressed" | "none" => Ok(None),
        _ => Err(unfit(
            "compression",
            value,
            "it is lz4, zstd or uncompressed",
        )),
    }
}

fn truth(value: &str) -> Option<bool> {
    match value.trim().to_lowercase().as_str() {
        "true" | "on" | "1" => Some(true),
        "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn unfit(name: &str, value: &str, why: &str) -> Error {
    let reason = format!("the option {name} = `{value}` of COPY does not fit: {why}");
    Error::new(Kind::Sql, reason)
        .with_hint("options are written OPTIONS (compression 'gzip', has_header false)")
}

impl Packing {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }

    fn spelt(word: &str) -> Option<Self> {
        let all = [Self::Gzip, Self::Zstd, Self::Bzip2, Self::Xz];
        all.into_iter().find(|packing| packing.word() == word)
    }

    fn of(variant: CompressionTypeVariant) -> Option<Self> {
        match variant {
            CompressionTypeVariant::GZIP => Some(Self::Gzip),
            CompressionTypeVariant::ZSTD => Some(Self::Zstd),
            CompressionTypeVariant::BZIP2 => Some(Self::Bzip2),
            CompressionTypeVariant::XZ => Some(Self::Xz),
            CompressionTypeVariant::UNCOMPRESSED => None,
        }
    }
}

impl Wanted {
    /// The ending of its files, how they are packed included.
    pub(super) fn ending(&self) -> String {
        let own = self.format.ending();
        match self.settings.packing {
            Some(packing) => format!("{own}.{}", packing.ending()),
            None => own.to_owned(),
        }
    }
}
