//! The settings file on disk: read whole, replaced whole, never written in place.
//!
//! Everything here blocks. Who saves holds the lock; who reads needs none, because a rename is one step.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::cipher::{self, Key};
use super::document::Document;
use super::openers::{Held, Stretched};
use super::{Openers, StoreError, Stored, key_file, private};

/// No sign-in comes near; a longer file is not ours.
const LONGEST: u64 = 4 << 20;

/// As much room as a settings file takes, generously.
const PROBE: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// A settings file and what opens it.
#[derive(Debug)]
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    pub(super) openers: Openers,
    pub(super) stretched: Stretched,
}

impl SettingsFile {
    pub(super) fn new(path: PathBuf, openers: Openers) -> Self {
        Self {
            path,
            openers,
            stretched: Stretched::default(),
        }
    }

    /// The file itself: behind a link, its target, so that the link survives a save and all names share one lock.
    pub(super) fn target(&self) -> Result<PathBuf, StoreError> {
        let unreadable = |error: io::Error| StoreError::unreadable(&self.path, &error);
        let mut path = std::path::absolute(&self.path).map_err(unreadable)?;
        for _ in 0..40 {
            match fs::read_link(&path) {
                Ok(next) => path = folder_of(&path).join(next),
                Err(_) => return Ok(path),
            }
        }
        Err(StoreError::Unreadable {
            path: self.path.clone(),
            reason: "its links go in a circle".to_owned(),
        })
    }

    /// The lock beside the file. Made if need be, folders too, and never deleted: who waits for it has it open.
    pub(super) fn open_lock(&self) -> Result<(PathBuf, File), StoreError> {
        let target = self.target()?;
        let folder = folder_of(&target);
        private::create_folder(folder).map_err(|error| StoreError::unwritable(folder, &error))?;
        let mut path = target.into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        match private::open_or_create(&path) {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(StoreError::unwritable(&path, &error)),
        }
    }

    pub(super) fn held(&self) -> Result<Held<'_>, StoreError> {
        Held::read(&self.path, &self.openers, &self.stretched)
    }

    /// The file's document; None if there is no file.
    pub(super) fn read(&self, target: &Path) -> Result<Option<Document>, StoreError> {
        match read_text(target) {
            Ok(None) => Ok(None),
            Ok(Some(text)) => Document::parse(&self.path, &text).map(Some),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(StoreError::NotSettings {
                path: self.path.clone(),
                reason: error.to_string(),
            }),
            Err(error) => Err(StoreError::unreadable(&self.path, &error)),
        }
    }

    pub(super) fn load(&self) -> Result<Option<Stored>, StoreError> {
        let Some(document) = self.read(&self.target()?)? else {
            return Ok(None);
        };
        let (_, values) = document.open(&self.path, &self.held()?)?;
        Ok(Some(values))
    }

    /// Replaces the file if its generation is the expected one (0: there is none), and returns the new one.
    pub(super) fn save(&self, values: &Stored, expected: u64) -> Result<u64, StoreError> {
        let target = self.target()?;
        let old = self.read(&target)?;
        let found = old.as_ref().map_or(0, |document| document.generation);
        if found != expected {
            return Err(StoreError::Changed {
                location: self.path.display().to_string(),
                expected,
                found,
            });
        }
        let fault = self.ensure_user_key();
        let mut held = self.held()?;
        let failed = || StoreError::NoKey {
            path: self.path.clone(),
        };
        let (key, wraps) = match old {
            Some(document) => (document.open(&self.path, &held)?.0, document.openers),
            None => (Key::new().ok_or_else(failed)?, Vec::new()),
        };
        held.take_client_secret(values.client_secret.as_ref());
        if held.is_empty() {
            return Err(fault.unwrap_or_else(failed));
        }
        let wraps = held.wrap(&wraps, &key)?;
        let generation = found.saturating_add(1);
        let text = Document::seal(values, generation, wraps, &key)
            .and_then(|document| document.to_text())
            .ok_or_else(failed)?;
        let folder = folder_of(&target);
        private::create_folder(folder).map_err(|error| StoreError::unwritable(folder, &error))?;
        sweep(&target);
        let unwritable = |error: io::Error| StoreError::unwritable(&target, &error);
        let draft = draft(&target, &text).map_err(unwritable)?;
        if let Err(error) = fs::rename(&draft, &target) {
            let _ = fs::remove_file(&draft);
            return Err(unwritable(error));
        }
        private::sync_folder(folder);
        Ok(generation)
    }

    /// Proves that a save would succeed, and leaves the file as it is.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        let target = self.target()?;
        let fault = self.ensure_user_key();
        let held = self.held()?;
        match self.read(&target)? {
            Some(document) => drop(document.open(&self.path, &held)?),
            None if held.is_empty() => {
                return Err(fault.unwrap_or_else(|| StoreError::NoKey {
                    path: self.path.clone(),
                }));
            }
            None => {}
        }
        let folder = folder_of(&target);
        private::create_folder(folder).map_err(|error| StoreError::unwritable(folder, &error))?;
        probe(&target)
    }

    /// Removes the file and what killed writers left. That there is none is no error, and a damaged one goes too; a
    /// file that was never ours does not.
    pub(super) fn delete(&self) -> Result<(), StoreError> {
        let target = self.target()?;
        if let Err(error @ (StoreError::NotSettings { .. } | StoreError::Unreadable { .. })) =
            self.read(&target)
        {
            return Err(error);
        }
        sweep(&target);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(StoreError::unwritable(&target, &error))
            }
            _ => {
                private::sync_folder(folder_of(&target));
                Ok(())
            }
        }
    }

    /// Makes the user's own key on first need. Without it other openers may do, so a fault is only told.
    fn ensure_user_key(&self) -> Option<StoreError> {
        let path = self.openers.user_key.as_ref()?;
        let fault = key_file::ensure(path).err()?;
        tracing::warn!(key = %path.display(), "the user's key {fault}; OAuth settings are kept without it");
        Some(StoreError::KeyFile {
            path: path.clone(),
            fault,
        })
    }
}

/// Proves that the file can be replaced: it takes writes, and its folder takes files. Folders are not made.
pub(super) fn probe(target: &Path) -> Result<(), StoreError> {
    // Replacing needs no permission on the file itself; we honour its owner's wish all the same.
    match OpenOptions::new().append(true).open(target) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(StoreError::unwritable(target, &error));
        }
        _ => {}
    }
    let above = folder_of(target).ancestors();
    let folder = above.into_iter().find(|folder| folder.exists());
    let folder = folder.unwrap_or(Path::new("."));
    let file = folder.join(target.file_name().unwrap_or_default());
    match draft(&file, &PROBE) {
        Ok(draft) => {
            let _ = fs::remove_file(draft);
            Ok(())
        }
        Err(error) => Err(StoreError::unwritable(folder, &error)),
    }
}

/// A complete new version of the file beside it, safely on disk.
pub(super) fn draft(target: &Path, text: &[u8]) -> io::Result<PathBuf> {
    let name = cipher::random().map(u64::from_ne_bytes);
    let name = name.ok_or_else(|| io::Error::other("the system has no randomness"))?;
    let mut path = draft_prefix(target);
    path.push(format!("{name:016x}{DRAFT}"));
    let path = folder_of(target).join(path);
    let written = private::create_file(&path).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

const DRAFT: &str = ".new";

fn draft_prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Removes the drafts of killed writers. Only the lock's holder drafts, so under the lock none is in use.
fn sweep(target: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(target)) else {
        return;
    };
    let prefix = draft_prefix(target);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let middle = name
            .as_encoded_bytes()
            .strip_prefix(prefix.as_encoded_bytes())
            .and_then(|rest| rest.strip_suffix(DRAFT.as_bytes()));
        if middle
            .is_some_and(|middle| middle.len() == 16 && middle.iter().all(u8::is_ascii_hexdigit))
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The file's bytes; None if there is none. What cannot be a settings file is `InvalidInput`.
fn read_text(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let strange = |reason| Err(io::Error::new(ErrorKind::InvalidInput, reason));
    // Asked first: opening a pipe would wait for its writer.
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        return strange("it is a folder");
    }
    if !found.is_file() {
        return strange("it is no ordinary file");
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST {
        return strange("it is far too long");
    }
    Ok(Some(text))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
