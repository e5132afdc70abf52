//! OAuth values that live as long as the process. They are not sealed: whoever reads our memory has the tokens anyway.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use super::{StoreError, Stored};

/// The values kept in memory, by name. Connections that are given clones of one `MemoryStores` share them.
#[derive(Clone, Default)]
pub struct MemoryStores(Arc<Mutex<HashMap<String, Arc<Shelf>>>>);

impl MemoryStores {
    pub(super) fn shelf(&self, name: &str) -> Arc<Shelf> {
        let mut shelves = self.0.lock();
        let shelf = shelves.entry(name.to_owned());
        Arc::clone(shelf.or_default())
    }
}

impl fmt::Debug for MemoryStores {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = self.0.lock().keys().cloned().collect();
        names.sort();
        out.debug_tuple("MemoryStores").field(&names).finish()
    }
}

/// One name's values and their lock.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    lock: Arc<tokio::sync::Mutex<()>>,
    values: Mutex<Option<Stored>>,
}

impl Shelf {
    pub(super) async fn lock(
        &self,
        name: String,
        patience: Duration,
    ) -> Result<OwnedMutexGuard<()>, StoreError> {
        let guard = Arc::clone(&self.lock).lock_owned();
        let guard = tokio::time::timeout(patience, guard).await;
        guard.map_err(|_| StoreError::Busy {
            lock: name,
            waited: patience,
        })
    }

    pub(super) fn load(&self) -> Option<Stored> {
        self.values.lock().clone()
    }

    pub(super) fn save(
        &self,
        name: impl fmt::Display,
        values: &Stored,
        expected: u64,
    ) -> Result<u64, StoreError> {
        let mut kept = self.values.lock();
        let found = kept.as_ref().map_or(0, |values| values.generation);
        if found != expected {
            return Err(StoreError::Changed {
                location: name.to_string(),
                expected,
                found,
            });
        }
        let generation = found.saturating_add(1);
        *kept = Some(Stored {
            generation,
            ..values.clone()
        });
        Ok(generation)
    }

    pub(super) fn delete(&self) {
        *self.values.lock() = None;
    }
}
