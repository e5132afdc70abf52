//! What goes wrong with a file, told with its name.

use std::path::Path;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::error::{Error, Kind};

/// The file as a person would name it: from the folder that zuzen was started in.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| path.strip_prefix(here).ok());
    let short = short.filter(|it| !it.as_os_str().is_empty());
    short.unwrap_or(path).display().to_string()
}

/// The error with the file's name, unless it is one of ours, which have it.
pub(super) fn unreadable(path: &Path, error: DataFusionError) -> Error {
    let root = error.find_root();
    let (kind, text) = match root {
        DataFusionError::External(own) if own.is::<Error>() => return error.into(),
        DataFusionError::ResourcesExhausted(_) => return error.into(),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::JsonError(message) => (Some("json"), message.clone()),
            ArrowError::CsvError(message) | ArrowError::ParseError(message) => {
                (None, message.clone())
            }
            ArrowError::IoError(_, error) => (None, error.to_string()),
            other => (None, other.to_string()),
        },
        _ => {
            let told = Error::from(error);
            (None, told.message().to_owned())
        }
    };
    let text = text.lines().next().unwrap_or_default();
    // Whoever passes such an error on says so once more.
    let text = text.trim_start_matches("Parquet error: ");
    let reason = format!("{} cannot be read: {text}", shown(path));
    let values = [
        "whilst decoding",
        "Expected ",
        "expected ",
        "Incompatible type",
    ];
    let hint = match kind {
        Some("json") if values.iter().any(|begin| text.starts_with(begin)) => {
            "the values of a key are of one kind in all objects: numbers, texts, lists or objects"
        }
        _ => "is the file whole, and is it what its ending says?",
    };
    Error::new(Kind::Config, reason).with_hint(hint)
}
