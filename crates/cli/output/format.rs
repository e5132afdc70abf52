//! The formats of rows, for people and for programs.

use std::path::Path;

use clap::ValueEnum;
use zuzen_engine::files::Format as Encoding;
use zuzen_engine::{Error, Kind};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people; on a terminal it fits the screen
    Table,
    /// A line for each column, values whole
    Expanded,
    /// A table of Markdown
    Markdown,
    /// One header, then lines as rows arrive; NULL is empty
    Csv,
    /// The same with tabs
    Tsv,
    /// One array of objects, as rows arrive
    Json,
    /// One object a line, as rows arrive
    Ndjson,
    /// Arrow's IPC stream; in a file that ends with .arrow or .feather, Arrow's file format
    Arrow,
    /// Parquet, compressed with zstd
    Parquet,
    /// One page without anything from elsewhere: a table to sort, and a chart
    Html,
}

impl Format {
    /// The format of a result: the one asked for, else the one that the file's name tells, else a table.
    ///
    /// # Errors
    /// `Config` for a file whose name tells none.
    pub(crate) fn chosen(asked: Option<Self>, file: Option<&Path>) -> Result<Self, Error> {
        let file = file.filter(|file| file.as_os_str() != "-");
        match (asked, file) {
            (Some(asked), _) => Ok(asked),
            (None, None) => Ok(Self::Table),
            (None, Some(file)) => Self::told_by(file).ok_or_else(|| {
                let reason = format!("the name {} does not tell a format", file.display());
                Error::new(Kind::Config, reason).with_hint(
                    "add --format, or end it with .csv, .tsv, .json, .ndjson, .parquet, .arrow, .html, .md or .txt",
                )
            }),
        }
    }

    /// The format that the ending of a file's name means.
    pub(crate) fn told_by(file: &Path) -> Option<Self> {
        let ending = file.extension()?.to_str()?.to_lowercase();
        match ending.as_str() {
            "html" | "htm" => return Some(Self::Html),
            "md" => return Some(Self::Markdown),
            "txt" => return Some(Self::Table),
            // Compressed text is for COPY, which has options for it.
            "gz" | "zst" | "bz2" | "xz" => return None,
            _ => {}
        }
        Some(match Encoding::of(file)? {
            Encoding::Csv => Self::Csv,
            Encoding::Tsv => Self::Tsv,
            Encoding::Json => Self::Json,
            Encoding::Ndjson => Self::Ndjson,
            Encoding::ArrowStream | Encoding::ArrowFile => Self::Arrow,
            Encoding::Parquet => Self::Parquet,
            _ => return None,
        })
    }

    /// How the engine calls it, for a file of this name; `None` for what only people read.
    pub(crate) fn encoding(self, file: Option<&Path>) -> Option<Encoding> {
        Some(match self {
            Self::Table | Self::Expanded | Self::Markdown | Self::Html => return None,
            Self::Csv => Encoding::Csv,
            Self::Tsv => Encoding::Tsv,
            Self::Json => Encoding::Json,
            Self::Ndjson => Encoding::Ndjson,
            Self::Arrow => match file.and_then(Encoding::of) {
                Some(Encoding::ArrowFile) => Encoding::ArrowFile,
                _ => Encoding::ArrowStream,
            },
            Self::Parquet => Encoding::Parquet,
        })
    }

    /// The word that it is asked for by.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or(String::new(), |value| value.get_name().to_owned())
    }

    pub(super) fn ending(self) -> &'static str {
        self.encoding(None).map_or("txt", Encoding::ending)
    }

    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Arrow | Self::Parquet)
    }

    /// Whether two results, one after the other, would be none.
    pub(super) fn holds_one(self) -> bool {
        matches!(self, Self::Json | Self::Arrow | Self::Parquet | Self::Html)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        for (file, format) in [
            ("a.csv", Some(Format::Csv)),
            ("a.HTML", Some(Format::Html)),
            ("a.md", Some(Format::Markdown)),
            ("a.jsonl", Some(Format::Ndjson)),
            ("a.parquet", Some(Format::Parquet)),
            ("a.arrow", Some(Format::Arrow)),
            ("a.csv.gz", None),
            ("a.xlsx", None),
            ("a", None),
        ] {
            let chosen = Format::chosen(None, Some(Path::new(file)));
            assert_eq!(chosen.ok(), format, "{file}");
            let asked = Format::chosen(Some(Format::Json), Some(Path::new(file)));
            assert_eq!(asked.unwrap(), Format::Json);
        }
        assert_eq!(
            Format::chosen(None, Some(Path::new("-"))).unwrap(),
            Format::Table
        );
    }

    #[test]
    fn arrow_goes_by_the_name_of_the_file() {
        for (file, encoding) in [
            (None, Encoding::ArrowStream),
            (Some("a.arrows"), Encoding::ArrowStream),
            (Some("a.bin"), Encoding::ArrowStream),
            (Some("a.arrow"), Encoding::ArrowFile),
            (Some("a.feather"), Encoding::ArrowFile),
        ] {
            assert_eq!(Format::Arrow.encoding(file.map(Path::new)), Some(encoding));
        }
    }
}
