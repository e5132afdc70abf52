//! The settings file's text: a readable header, and the values sealed with a data key that only openers unwrap.
//!
//! The header is bound to the seal: a changed generation, connector or opener is as fatal as a changed token. An older
//! file put back as a whole cannot be told from a genuine one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cipher::{self, Key};
use super::openers::{Held, Wrap};
use super::{StoreError, Stored, base64_text};

/// The version that this code reads and writes.
pub(super) const VERSION: u64 = 1;

const ABOUT: &str = "The OAuth values of a connection, sealed. zuzen renews them itself; an edit makes the file useless.";

/// A settings file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// Tells a reader what the file is, and us that it is ours.
    zuzen: String,
    version: u64,
    pub(super) connector: String,
    pub(super) generation: u64,
    pub(super) openers: Vec<Wrap>,
    #[serde(with = "base64_text")]
    sealed: Vec<u8>,
}

/// As much of a file as every version has.
#[derive(Deserialize)]
struct Mark {
    #[serde(rename = "zuzen")]
    _about: String,
    version: u64,
}

impl Document {
    /// Reads the text of the file at `path`.
    pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Self, StoreError> {
        let mark = serde_json::from_slice::<Mark>(text).ok();
        if let Some(Mark { version, .. }) = mark
            && version > VERSION
        {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                version,
            });
        }
        match serde_json::from_slice::<Self>(text) {
            Ok(document) if document.version == VERSION => Ok(document),
            _ if mark.is_some() || was_ours(text) => {
                Err(StoreError::tampered(path, "it is cut short or was edited"))
            }
            _ => Err(StoreError::NotSettings {
                path: path.to_owned(),
                reason: match text.trim_ascii().is_empty() {
                    true => "it is empty".to_owned(),
                    false => "it does not begin like one".to_owned(),
                },
            }),
        }
    }

    /// The data key and the values.
    pub(super) fn open(&self, path: &Path, held: &Held<'_>) -> Result<(Key, Stored), StoreError> {
        let key = held.unwrap(&self.openers)?;
        let text = self
            .associated()
            .and_then(|header| cipher::open(&key, &header, &self.sealed))
            .ok_or_else(|| {
                StoreError::tampered(path, "header and contents do not belong together")
            })?;
        let values = Stored::from_plain(&text, self.generation)
            .ok_or_else(|| StoreError::tampered(path, "the contents are malformed"))?;
        Ok((key, values))
    }

    /// Seals values. None only if the system's cipher or its randomness fails.
    pub(super) fn seal(
        values: &Stored,
        generation: u64,
        openers: Vec<Wrap>,
        key: &Key,
    ) -> Option<Self> {
        let mut document = Self {
            zuzen: ABOUT.to_owned(),
            version: VERSION,
            connector: values.connector.clone(),
            generation,
            openers,
            sealed: Vec::new(),
        };
        document.sealed = cipher::seal(key, &document.associated()?, &values.to_plain()?)?;
        Some(document)
    }

    /// The file's text.
    pub(super) fn to_text(&self) -> Option<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self).ok()?;
        text.push(b'\n');
        Some(text)
    }

    /// What the seal is bound to: everything but itself.
    fn associated(&self) -> Option<Vec<u8>> {
        let mut header = self.clone();
        header.sealed.clear();
        serde_json::to_vec(&header).ok()
    }
}

/// Whether a text that is no JSON any more was a document once.
fn was_ours(text: &[u8]) -> bool {
    let mark = b"\"zuzen\"";
    let start = &text[..text.len().min(64)];
    start.windows(mark.len()).any(|part| part == mark)
}
