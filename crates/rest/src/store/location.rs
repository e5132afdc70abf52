//! Where OAuth values are kept: a file, or this process's memory. Naming a place touches nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::StoreError;

const MEMORY: &str = "memory://";

/// A place for OAuth values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A sealed file.
    File(PathBuf),
    /// Memory, under a name. Connections that are given the same [`MemoryStores`](super::MemoryStores) share it.
    Memory(String),
}

impl Location {
    /// Reads `memory://NAME` or a path, in which a leading `~` is the user's home.
    ///
    /// # Errors
    /// [`StoreError::BadLocation`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        Self::parse_at(text, etcetera::home_dir().ok().as_deref())
    }

    fn parse_at(text: &str, home: Option<&Path>) -> Result<Self, StoreError> {
        let text = text.trim();
        let refuse = |reason| {
            Err(StoreError::BadLocation {
                text: text.to_owned(),
                reason,
            })
        };
        if text.is_empty() {
            return refuse("it is empty");
        }
        let scheme = text.get(..MEMORY.len());
        if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(MEMORY)) {
            let name = &text[MEMORY.len()..];
            if name.is_empty() {
                return refuse("memory:// needs a name behind it");
            }
            return Ok(Self::Memory(name.to_owned()));
        }
        if text.contains("://") {
            return refuse("only memory:// is known");
        }
        if text.ends_with(std::path::is_separator) {
            return refuse("it names a folder, not a file");
        }
        let below = text
            .strip_prefix('~')
            .and_then(|rest| rest.strip_prefix(std::path::is_separator));
        match (below, home) {
            (Some(below), Some(home)) => Ok(Self::File(home.join(below))),
            (Some(_), None) => refuse("this user has no home folder for `~`"),
            (None, _) => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(out),
            Self::Memory(name) => write!(out, "{MEMORY}{name}"),
        }
    }
}

/// Where values are kept if nothing else is said: `zuzen/HOST/OAuthSettings.txt` in the user's data folder.
/// None if the system knows no such folder.
#[must_use]
pub fn default_location(host: &str) -> Option<PathBuf> {
    Some(below(&data_dir()?, host))
}

/// The user's data folder: `$XDG_DATA_HOME` or `~/.local/share`, on Windows `%APPDATA%`.
pub(super) fn data_dir() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.data_dir())
}

fn below(data: &Path, host: &str) -> PathBuf {
    let safe: String = host
        .chars()
        .take(200)
        .enumerate()
        .map(|(place, letter)| match letter.to_ascii_lowercase() {
            '.' if place == 0 => '_',
            letter if letter.is_ascii_alphanumeric() || ".-_".contains(letter) => letter,
            _ => '_',
        })
        .collect();
    let folder = if safe.is_empty() { "_" } else { &safe };
    data.join("zuzen").join(folder).join("OAuthSettings.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path_or_a_name_in_memory() {
        let home = Path::new("/home/ann");
        for (text, expected) in [
            ("memory://a", Location::Memory("a".to_owned())),
            ("Memory://A b", Location::Memory("A b".to_owned())),
            ("/x/Öff.txt", Location::File("/x/Öff.txt".into())),
            (" rel.txt ", Location::File("rel.txt".into())),
            ("~/o/s.txt", Location::File("/home/ann/o/s.txt".into())),
            ("~ann", Location::File("~ann".into())),
        ] {
            assert_eq!(Location::parse_at(text, Some(home)), Ok(expected), "{text}");
        }
        for (text, home, part) in [
            ("", Some(home), "empty"),
            ("memory://", Some(home), "name"),
            ("https://x/y", Some(home), "only memory://"),
            ("/x/", Some(home), "folder"),
            ("~/s.txt", None, "home"),
        ] {
            let message = Location::parse_at(text, home).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
        assert_eq!(Location::Memory("a".to_owned()).to_string(), "memory://a");
    }

    #[test]
    fn a_host_becomes_one_folder() {
        for (host, folder) in [
            ("acme.zendesk.com", "acme.zendesk.com"),
            ("ACME.zendesk.com", "acme.zendesk.com"),
            ("127.0.0.1:8080", "127.0.0.1_8080"),
            ("..", "_."),
            ("../../etc", "_._.._etc"),
            ("[::1]:80", "___1__80"),
            ("", "_"),
        ] {
            let path = below(Path::new("/data"), host);
            let expected = Path::new("/data/zuzen")
                .join(folder)
                .join("OAuthSettings.txt");
            assert_eq!(path, expected, "{host}");
        }
    }
}
