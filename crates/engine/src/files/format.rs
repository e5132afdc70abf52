//! The formats of files, by the endings of their names.

use std::path::Path;

/// How rows become bytes.
///
/// Csv and Tsv write NULL as nothing, lists and structures as JSON. Columns of one name get numbers behind it where a format
/// knows columns by name alone (`id`, `id_2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Commas, one header.
    Csv,
    /// Tabs, one header.
    Tsv,
    /// One array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// Arrow's IPC stream, which needs no end to be read.
    ArrowStream,
    /// Arrow's IPC file, which is a stream with a table of contents.
    ArrowFile,
    /// Parquet, compressed with zstd.
    Parquet,
}

/// Endings and what they mean; the first of a format is the one that new files get.
const ENDINGS: [(&str, Format); 12] = [
    ("parquet", Format::Parquet),
    ("pq", Format::Parquet),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("tab", Format::Tsv),
    ("json", Format::Json),
    ("ndjson", Format::Ndjson),
    ("jsonl", Format::Ndjson),
    ("arrow", Format::ArrowFile),
    ("feather", Format::ArrowFile),
    ("ipc", Format::ArrowFile),
    ("arrows", Format::ArrowStream),
];

/// How a whole file of text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

const PACKINGS: [(&str, Packing); 4] = [
    ("gz", Packing::Gzip),
    ("zst", Packing::Zstd),
    ("bz2", Packing::Bzip2),
    ("xz", Packing::Xz),
];

impl Format {
    /// What the name of a file says, such as `report.csv` or `tickets.json.gz`; `None` if it says nothing.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        named(&path.to_string_lossy()).map(|(format, _)| format)
    }

    /// The ending that its files have.
    #[must_use]
    pub fn ending(self) -> &'static str {
        let own = ENDINGS.iter().find(|(_, format)| *format == self);
        own.map_or("", |(ending, _)| ending)
    }

    /// Whether it is text that people can read as it is.
    #[must_use]
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Json | Self::Ndjson)
    }

    /// The format that `STORED AS` names.
    pub(crate) fn spelt(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let known = ENDINGS.iter().find(|(ending, _)| *ending == word);
        known.map(|(_, format)| *format)
    }

    /// The words that [`Self::spelt`] takes.
    pub(crate) fn words() -> String {
        ["parquet", "csv", "tsv", "json", "ndjson", "arrow"].join(", ")
    }
}

impl Packing {
    /// The ending that its files have.
    pub(crate) fn ending(self) -> &'static str {
        let own = PACKINGS.iter().find(|(_, packing)| *packing == self);
        own.map_or("", |(ending, _)| ending)
    }
}

/// The format and the packing that a name tells.
pub(crate) fn named(name: &str) -> Option<(Format, Option<Packing>)> {
    let lower = name.to_lowercase();
    let packing = PACKINGS.iter().find_map(|(ending, packing)| {
        let rest = lower.strip_suffix(ending)?.strip_suffix('.')?;
        Some((rest.to_owned(), *packing))
    });
    let (rest, packing) = match packing {
        Some((rest, packing)) => (rest, Some(packing)),
        None => (lower, None),
    };
    let ending = rest.rsplit_once('.').map(|(_, ending)| ending)?;
    let known = ENDINGS.iter().find(|(known, _)| *known == ending)?;
    Some((known.1, packing))
}

/// The packing that a name ends with.
pub(crate) fn packing_of(name: &str) -> Option<Packing> {
    let lower = name.to_lowercase();
    let known = PACKINGS.iter();
    let mut fits = known.filter(|(ending, _)| lower.ends_with(&format!(".{ending}")));
    fits.next().map(|(_, packing)| *packing)
}

/// Whether a name that is no table's may have been meant for a file.
pub(crate) fn looks_like_file(name: &str) -> bool {
    named(name).is_some() || name.contains("://") || name.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        for (name, told) in [
            ("a.parquet", Some((Format::Parquet, None))),
            ("A.CSV", Some((Format::Csv, None))),
            ("日本/a.b.csv.gz", Some((Format::Csv, Some(Packing::Gzip)))),
            ("a.jsonl.zst", Some((Format::Ndjson, Some(Packing::Zstd)))),
            ("a.json", Some((Format::Json, None))),
            ("a.arrow", Some((Format::ArrowFile, None))),
            ("a.arrows", Some((Format::ArrowStream, None))),
            ("data/*.tsv", Some((Format::Tsv, None))),
            ("a.gz", None),
            ("csv", None),
            ("tickets", None),
            (".csv", Some((Format::Csv, None))),
        ] {
            assert_eq!(named(name), told, "{name}");
        }
    }

    #[test]
    fn every_format_has_an_ending_that_tells_it() {
        for (_, format) in ENDINGS {
            let name = format!("x.{}", format.ending());
            assert_eq!(Format::of(Path::new(&name)), Some(format));
        }
    }
}
