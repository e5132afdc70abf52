//! Files that hold one random key: the user's own, made on first need, and those that a connection names.
//!
//! A key that others can read is refused, not repaired: it may be known already.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::error::KeyFault;
use super::{cipher, private};

/// Reads a key.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => KeyFault::Missing,
        _ => KeyFault::Unreadable(error.to_string()),
    };
    // Asked first: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(KeyFault::NotAKey);
    }
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if let Some(mode) = private::too_open(&found) {
        return Err(KeyFault::TooOpen(mode));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(1024));
    file.take(1024).read_to_end(&mut text).map_err(unreadable)?;
    let bytes = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new);
    match bytes {
        Ok(bytes) if bytes.len() == 32 => Ok(bytes),
        _ => Err(KeyFault::NotAKey),
    }
}

/// Makes the key unless it is there. Of several processes one makes it and the others find it whole.
pub(super) fn ensure(path: &Path) -> Result<(), KeyFault> {
    match read(path) {
        Err(KeyFault::Missing) => {}
        known => return known.map(drop),
    }
    let unwritable = |error: std::io::Error| KeyFault::Unwritable(error.to_string());
    let no_randomness = || KeyFault::Unwritable("the system has no randomness".to_owned());
    let key = Zeroizing::new(cipher::random::<32>().ok_or_else(no_randomness)?);
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_slice())));
    let folder = path.parent().unwrap_or(Path::new("."));
    private::create_folder(folder).map_err(unwritable)?;
    let name = u64::from_ne_bytes(cipher::random().ok_or_else(no_randomness)?);
    let draft = folder.join(format!(".key.{name:016x}.new"));
    let made = private::create_file(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        // A link refuses to replace, as a rename would not: whoever comes second takes the first one's key.
        .and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match made {
        Ok(()) => private::sync_folder(folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // Some file systems have no hard links. Then others may find the key half written for a moment, and say so.
        Err(_) => match private::create_file(path) {
            Ok(mut file) => {
                let written = file.write_all(text.as_bytes());
                written.and_then(|()| file.sync_all()).map_err(unwritable)?;
                private::sync_folder(folder);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(error)),
        },
    }
    read(path).map(drop)
}
