//! OAuth values between connections: a sealed file, or this process's memory.
//!
//! A refresh token may be good for a single use, so whoever renews takes the [lock](Store::lock), loads what is there
//! now, proves that it [can write](Locked::check_writable), asks the server, and [saves](Locked::save) before it uses
//! what it got. This module knows nothing of HTTP, of OAuth messages or of when to renew.

mod base64_text;
mod cipher;
mod document;
mod error;
mod file;
mod health;
mod key_file;
mod location;
mod lock;
mod memory;
mod openers;
mod private;
mod values;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

pub use error::{KeyFault, StoreError};
pub use health::Health;
pub use location::{Location, default_location};
pub use memory::MemoryStores;
pub use openers::{Kind, Openers};
pub use values::Stored;

use document::VERSION;
use file::SettingsFile;
use memory::Shelf;

/// A place for OAuth values.
#[derive(Debug, Clone)]
pub struct Store {
    location: Location,
    place: Place,
    patience: Duration,
}

#[derive(Debug, Clone)]
enum Place {
    File(Arc<SettingsFile>),
    Memory(Arc<Shelf>),
}

impl Store {
    /// The store at a location. Touches nothing.
    #[must_use]
    pub fn new(location: Location, openers: Openers, memory: MemoryStores) -> Self {
        let place = match &location {
            Location::File(path) => Place::File(Arc::new(SettingsFile::new(path.clone(), openers))),
            Location::Memory(name) => Place::Memory(memory.shelf(name)),
        };
        Self {
            location,
            place,
            patience: lock::PATIENCE,
        }
    }

    /// Where the values are.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The values, or None if there are none yet. Needs no lock: values are replaced in one step.
    ///
    /// # Errors
    /// The file cannot be read, is not ours, is too new, was tampered with, or nothing at hand opens it.
    pub async fn load(&self) -> Result<Option<Stored>, StoreError> {
        match &self.place {
            Place::File(file) => {
                let file = Arc::clone(file);
                aside(&self.location, move || file.load()).await
            }
            Place::Memory(shelf) => Ok(shelf.load()),
        }
    }

    /// As [`load`](Self::load), for callers that cannot wait: it reads the file at once.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn peek(&self) -> Result<Option<Stored>, StoreError> {
        match &self.place {
            Place::File(file) => file.load(),
            Place::Memory(shelf) => Ok(shelf.load()),
        }
    }

    /// Waits up to two and a half minutes until no other process, connection or task holds the values. Dropping what is returned, and
    /// the end of the process, free them. The wait can be cancelled.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after that; [`StoreError::Unwritable`] if the lock file or its folder cannot be made.
    pub async fn lock(&self) -> Result<Locked, StoreError> {
        let hold = match &self.place {
            Place::File(file) => {
                let settings = Arc::clone(file);
                let (path, lock) = aside(&self.location, move || settings.open_lock()).await?;
                Hold::File {
                    file: Arc::clone(file),
                    lock: lock::acquire(path, lock, self.patience).await?,
                }
            }
            Place::Memory(shelf) => Hold::Memory {
                shelf: Arc::clone(shelf),
                _lock: shelf.lock(self.location.to_string(), self.patience).await?,
            },
        };
        Ok(Locked {
            location: self.location.clone(),
            hold,
            loaded: None,
        })
    }

    /// The state of the place, for a report. Changes nothing and takes no lock.
    pub async fn health(&self) -> Health {
        let location = self.location.clone();
        match &self.place {
            Place::File(file) => {
                let file = Arc::clone(file);
                let looked = aside(&self.location, move || Ok(Health::of_file(location, &file)));
                match looked.await {
                    Ok(health) => health,
                    Err(error) => Health::unlooked(self.location.clone(), error),
                }
            }
            Place::Memory(shelf) => Health::of_memory(location, shelf),
        }
    }
}

/// The values, while nobody else can change them.
#[derive(Debug)]
pub struct Locked {
    location: Location,
    hold: Hold,
    /// The generation loaded under this lock; 0 if there was nothing.
    loaded: Option<u64>,
}

#[derive(Debug)]
enum Hold {
    File {
        file: Arc<SettingsFile>,
        lock: Arc<File>,
    },
    Memory {
        shelf: Arc<Shelf>,
        _lock: OwnedMutexGuard<()>,
    },
}

impl Locked {
    /// The values as they are now; another process may have renewed them since they were last loaded.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        let values = self.with_file(SettingsFile::load, Shelf::load).await?;
        self.loaded = Some(values.as_ref().map_or(0, |values| values.generation));
        Ok(values)
    }

    /// Proves that a save would succeed, without changing the values. To be called before something is spent that
    /// only a save preserves: a code, or a refresh token that is good for a single use.
    ///
    /// # Errors
    /// What [`save`](Self::save) would fail with.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        self.with_file(SettingsFile::check_writable, |_| ()).await
    }

    /// Replaces the values in one step, safely on disk when it returns, and returns the new generation. Seals with the
    /// client secret of the values, or else the one at hand, and every other opener at hand; what else opened the
    /// file still does. A save that is no longer awaited still completes, under the lock.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if the values are not those loaded under this lock (or, if none were loaded, not of the
    /// generation of `values`); else why the file cannot be read, opened or written. It is then as it was.
    pub async fn save(&mut self, values: &Stored) -> Result<u64, StoreError> {
        let expected = self.loaded.unwrap_or(values.generation);
        let saved = match &self.hold {
            Hold::File { file, lock } => {
                let (file, lock, values) = (Arc::clone(file), Arc::clone(lock), values.clone());
                aside(&self.location, move || {
                    let saved = file.save(&values, expected);
                    drop(lock);
                    saved
                })
                .await
            }
            Hold::Memory { shelf, .. } => shelf.save(&self.location, values, expected),
        }?;
        self.loaded = Some(saved);
        Ok(saved)
    }

    /// Removes the values, even if the file is damaged or nothing opens it. That there are none is no error.
    ///
    /// # Errors
    /// The file cannot be removed, or it is not ours.
    pub async fn delete(self) -> Result<(), StoreError> {
        self.with_file(SettingsFile::delete, |shelf| {
            shelf.delete();
        })
        .await
    }

    /// Does blocking work on a file aside, work on memory at once. The lock is held until it is done, even if nobody
    /// waits for it any more.
    async fn with_file<T: Send + 'static>(
        &self,
        on_file: fn(&SettingsFile) -> Result<T, StoreError>,
        on_shelf: fn(&Shelf) -> T,
    ) -> Result<T, StoreError> {
        match &self.hold {
            Hold::File { file, lock } => {
                let (file, lock) = (Arc::clone(file), Arc::clone(lock));
                aside(&self.location, move || {
                    let done = on_file(&file);
                    drop(lock);
                    done
                })
                .await
            }
            Hold::Memory { shelf, .. } => Ok(on_shelf(shelf)),
        }
    }
}

/// Runs blocking work where it holds up no task.
async fn aside<T: Send + 'static>(
    location: &Location,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Unreadable {
            path: Path::new(&location.to_string()).to_owned(),
            reason: "the program is ending".to_owned(),
        }),
    }
}
