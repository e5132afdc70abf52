//! The store against real files, in folders that go after each test. Nothing here looks at the user's own folders.

mod disk;
mod sealing;
mod sharing;
mod tampering;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::*;
use crate::settings::Secret;

/// Every secret of [`values`], for greps.
const SECRETS: [&str; 4] = [
    "hush-client-secret",
    "hush-access-token",
    "hush-refresh-token",
    "hush-passphrase",
];

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text.to_owned()))
}

fn values() -> Stored {
    Stored {
        connector: "zendesk".to_owned(),
        origin: "https://acme.zendesk.com".to_owned(),
        client_id: "the_client".to_owned(),
        client_secret: secret(SECRETS[0]),
        access_token: secret(SECRETS[1]),
        refresh_token: secret(SECRETS[2]),
        issued: UNIX_EPOCH + Duration::from_millis(1_790_000_000_123),
        expires_in: Some(Duration::from_secs(1800)),
        refresh_expires_in: Some(Duration::from_secs(2_592_000)),
        scope: Some("read write".to_owned()),
        seed: Some("salt:fingerprint".to_owned()),
        refused: None,
        grant: "authorization_code".to_owned(),
        token_url: Some("https://acme.zendesk.com/oauth/tokens".to_owned()),
        generation: 0,
    }
}

/// All values as text, secrets too, for comparisons.
fn told(values: &Stored) -> String {
    let shown = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    format!(
        "{values:?} {:?} {:?} {:?}",
        shown(&values.client_secret),
        shown(&values.access_token),
        shown(&values.refresh_token)
    )
}

/// A machine of its own: a home folder with, in time, a user's key.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("data/acme/OAuthSettings.txt")
    }

    /// Nothing but the user's key.
    fn user(&self) -> Openers {
        Openers {
            user_key: Some(self.path("data/key")),
            ..Openers::default()
        }
    }

    fn store(&self, openers: Openers) -> Store {
        store_at(&self.file(), openers)
    }

    /// Puts another machine's file here.
    fn copy_from(&self, other: &Self) {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        fs::copy(other.file(), self.file()).unwrap();
    }
}

fn store_at(path: &Path, openers: Openers) -> Store {
    Store::new(
        Location::File(path.to_owned()),
        openers,
        MemoryStores::default(),
    )
}

/// What opens with the client secret alone.
fn by_client_secret(text: &str) -> Openers {
    Openers {
        client_secret: secret(text),
        ..Openers::default()
    }
}

/// Loads under the lock and saves.
async fn put(store: &Store, values: &Stored) -> Result<u64, StoreError> {
    let mut locked = store.lock().await?;
    locked.load().await?;
    locked.save(values).await
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
