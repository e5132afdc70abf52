//! What can be wrong with stored OAuth values. Every error leaves the file as it was and says what to do next.
//!
//! Errors are texts and paths only: no value of the file, no key, and no library's error that could quote one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Kind;

/// What is wrong with a key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// There is none.
    Missing,
    /// Others may read or change it; its permission bits.
    TooOpen(u32),
    /// It does not hold a key.
    NotAKey,
    /// It cannot be read; the system's reason.
    Unreadable(String),
    /// It cannot be made; the system's reason.
    Unwritable(String),
}

impl fmt::Display for KeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("does not exist"),
            Self::TooOpen(mode) => write!(out, "is open to other users (mode {mode:04o})"),
            Self::NotAKey => out.write_str("does not hold 32 bytes in base64"),
            Self::Unreadable(reason) => write!(out, "cannot be read: {reason}"),
            Self::Unwritable(reason) => write!(out, "cannot be made: {reason}"),
        }
    }
}

/// Why values could not be loaded or saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The location is no path and no `memory://` name.
    #[error("`{text}` is no place for OAuth values: {reason}")]
    BadLocation {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file is there and cannot be read.
    #[error("the OAuth settings file {} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file, its folder or its lock cannot be written.
    #[error("the OAuth settings file cannot be written at {}: {reason}", .path.display())]
    Unwritable {
        /// The file, the folder or the lock file that refused.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file was made by something else.
    #[error("{} is not an OAuth settings file of zuzen: {reason}", .path.display())]
    NotSettings {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: String,
    },
    /// The file was made by a later zuzen.
    #[error("the OAuth settings file {} has version {version}, this zuzen reads version {}", .path.display(), super::VERSION)]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's version.
        version: u64,
    },
    /// The file was changed or cut since zuzen wrote it.
    #[error("the OAuth settings file {} is damaged or was tampered with: {reason}", .path.display())]
    Tampered {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: &'static str,
    },
    /// The file is whole, and nothing that would open it is at hand.
    #[error("nothing at hand opens the OAuth settings file {}; it opens with {}", .path.display(), listed(.kinds, " or "))]
    NoOpener {
        /// The file.
        path: PathBuf,
        /// What would open it.
        kinds: Vec<Kind>,
    },
    /// What was given to open the file is not what sealed it.
    #[error("the OAuth settings file {} does not open with the {} that was given; it opens with {}", .path.display(), listed(.given, " and "), listed(.kinds, " or "))]
    WrongOpener {
        /// The file.
        path: PathBuf,
        /// What was given in vain.
        given: Vec<Kind>,
        /// What would open it.
        kinds: Vec<Kind>,
    },
    /// A new file would have nothing to be sealed with.
    #[error("there is no key to seal the OAuth settings file {} with", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The user's key file or the configured one is not usable.
    #[error("the key file {} {fault}", .path.display())]
    KeyFile {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// Another process or connection keeps the values locked.
    #[error("another process holds the OAuth values: {lock} was still locked after {} s", .waited.as_secs())]
    Busy {
        /// The lock file, or the name in memory.
        lock: String,
        /// How long we waited.
        waited: Duration,
    },
    /// The values are not those that were loaded under this lock.
    #[error(
        "the OAuth values at {location} changed meanwhile (generation {found}, expected {expected}); nothing was written"
    )]
    Changed {
        /// Where.
        location: String,
        /// The generation that was loaded; 0 means none.
        expected: u64,
        /// The generation found; 0 means none.
        found: u64,
    },
    /// The values belong to another connector or account.
    #[error("the OAuth values at {location} belong to {found}, not to {wanted}")]
    OtherAccount {
        /// Where.
        location: String,
        /// Whose they are.
        found: String,
        /// Whose were wanted.
        wanted: String,
    },
}

impl StoreError {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::BadLocation { .. } => {
                "write a path such as ~/zendesk/OAuthSettings.txt, or memory://NAME to keep the values in memory".to_owned()
            }
            Self::Unreadable { .. } => {
                "let this user read the file (chmod 600), or point OAuthSettingsLocation elsewhere".to_owned()
            }
            Self::Unwritable { .. } => {
                "tokens are renewed there: let this user write the file and its folder, or point OAuthSettingsLocation elsewhere".to_owned()
            }
            Self::NotSettings { .. } => {
                "point OAuthSettingsLocation at another path; zuzen does not overwrite files of others".to_owned()
            }
            Self::Newer { .. } => {
                "update zuzen, or point OAuthSettingsLocation elsewhere and sign in again".to_owned()
            }
            Self::Tampered { .. } => {
                "copy the file again from where it came from, or delete it and sign in again".to_owned()
            }
            Self::NoOpener { kinds, .. } | Self::WrongOpener { kinds, .. } => {
                let ways: Vec<&str> = distinct(kinds).map(Kind::way).collect();
                if ways.is_empty() {
                    "delete the file and sign in again".to_owned()
                } else {
                    format!("{}; or delete the file and sign in again", ways.join(", or "))
                }
            }
            Self::NoKey { .. } => {
                "give OAuthClientSecret, a passphrase or a key file, or set HOME so that zuzen can keep a key of its own".to_owned()
            }
            Self::KeyFile { path, fault } => match fault {
                KeyFault::Missing => {
                    "check the key file's path, or make one: head -c 32 /dev/urandom | base64".to_owned()
                }
                KeyFault::TooOpen(_) => format!("chmod 600 {}", path.display()),
                KeyFault::NotAKey => {
                    "restore it from a backup; what only this key opened needs a new sign-in".to_owned()
                }
                KeyFault::Unreadable(_) => "let this user, and nobody else, read it".to_owned(),
                KeyFault::Unwritable(_) => {
                    "let this user write its folder, or give OAuthClientSecret, a passphrase or a key file".to_owned()
                }
            },
            Self::Busy { .. } => {
                "see which process hangs and end it; the lock goes with it, do not delete the lock file".to_owned()
            }
            Self::Changed { .. } => "run the statement again".to_owned(),
            Self::OtherAccount { .. } => {
                "give every connection an OAuthSettingsLocation of its own".to_owned()
            }
        }
    }

    pub(super) fn unreadable(path: &Path, reason: &io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn unwritable(path: &Path, reason: &io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn tampered(path: &Path, reason: &'static str) -> Self {
        Self::Tampered {
            path: path.to_owned(),
            reason,
        }
    }
}

/// Each kind once, in the order of the file: several users' keys are one kind.
fn distinct(kinds: &[Kind]) -> impl Iterator<Item = Kind> {
    kinds
        .iter()
        .enumerate()
        .filter(|(place, kind)| !kinds[..*place].contains(kind))
        .map(|(_, kind)| *kind)
}

fn listed(kinds: &[Kind], last: &str) -> String {
    let names: Vec<String> = distinct(kinds).map(|kind| kind.to_string()).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((name, [])) => name.clone(),
        Some((name, before)) => format!("{}{last}{name}", before.join(", ")),
    }
}
