//! The state of a place for OAuth values, for a report. Looking changes nothing: no folder, no key, no lock is made.

use std::fs;
use std::path::Path;

use super::document::VERSION;
use super::file::{self, SettingsFile};
use super::memory::Shelf;
use super::{Kind, Location, StoreError};

/// How a place for OAuth values is.
#[derive(Debug, Clone)]
pub struct Health {
    /// The place.
    pub location: Location,
    /// Whether there is something.
    pub exists: bool,
    /// Whether what is there can be read, whatever it holds.
    pub readable: bool,
    /// Whether it can be replaced, proved with another file in the same folder.
    pub writable: Result<(), StoreError>,
    /// The file's permission bits, if others than its owner have any. The next save takes them away.
    pub too_open: Option<u32>,
    /// The file's version; memory has none.
    pub version: Option<u64>,
    /// Whose values these are.
    pub connector: Option<String>,
    /// How often they were saved.
    pub generation: Option<u64>,
    /// What opens the file, in its order. A kind stands there once for each key.
    pub openers: Vec<Kind>,
    /// What of it is at hand.
    pub opened_by: Vec<Kind>,
    /// What is wrong with the user's own key, if it is there. Other openers may do.
    pub user_key: Option<StoreError>,
    /// Why the values cannot be loaded.
    pub error: Option<StoreError>,
}

impl Health {
    /// When not even a look was possible.
    pub(super) fn unlooked(location: Location, error: StoreError) -> Self {
        Self {
            writable: Err(error.clone()),
            error: Some(error),
            ..Self::unknown(location)
        }
    }

    fn unknown(location: Location) -> Self {
        Self {
            location,
            exists: false,
            readable: false,
            writable: Ok(()),
            too_open: None,
            version: None,
            connector: None,
            generation: None,
            openers: Vec::new(),
            opened_by: Vec::new(),
            user_key: None,
            error: None,
        }
    }

    pub(super) fn of_memory(location: Location, shelf: &Shelf) -> Self {
        let values = shelf.load();
        Self {
            exists: values.is_some(),
            readable: values.is_some(),
            generation: values.as_ref().map(|values| values.generation),
            connector: values.map(|values| values.connector),
            ..Self::unknown(location)
        }
    }

    pub(super) fn of_file(location: Location, file: &SettingsFile) -> Self {
        let target = match file.target() {
            Ok(target) => target,
            Err(error) => return Self::unlooked(location, error),
        };
        let mut health = Self::unknown(location);
        health.error = health.look(file, &target).err();
        health
    }

    fn look(&mut self, file: &SettingsFile, target: &Path) -> Result<(), StoreError> {
        self.writable = file::probe(target);
        if let Ok(found) = fs::metadata(target) {
            self.exists = true;
            self.too_open = super::private::too_open(&found);
        }
        let document = match file.read(target) {
            Err(error) => {
                self.readable = !matches!(error, StoreError::Unreadable { .. });
                if let StoreError::Newer { version, .. } = error {
                    self.version = Some(version);
                }
                return Err(error);
            }
            Ok(document) => document,
        };
        self.readable = self.exists;
        if let Some(document) = &document {
            self.version = Some(VERSION);
            self.connector = Some(document.connector.clone());
            self.generation = Some(document.generation);
            self.openers = document.openers.iter().map(|wrap| wrap.kind).collect();
        }
        let held = file.held()?;
        self.user_key = held.user_key_fault.clone();
        if let Some(document) = &document {
            self.opened_by = held.openers_of(&document.openers);
            document.open(&file.path, &held)?;
        }
        Ok(())
    }
}
