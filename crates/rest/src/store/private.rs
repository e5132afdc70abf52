//! Files and folders that are their owner's alone from the moment they exist, where the system has such permissions.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a new file with mode 0600; fails if there is one.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Opens a file for locking and makes it with mode 0600 if there is none.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    // A lock on a network file system needs a file that is open for writing.
    options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

/// Makes a folder with mode 0700, those above it too; those that are there stay as they are.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.recursive(true).create(path)
}

/// The permission bits, if others than the owner have any.
#[cfg(unix)]
pub(super) fn too_open(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = found.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Elsewhere, permissions are the folder's.
#[cfg(not(unix))]
pub(super) fn too_open(_found: &Metadata) -> Option<u32> {
    None
}

/// Makes a rename last. What it wrote is in place either way, and not every file system can do this.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) {
    if let Err(error) = File::open(path).and_then(|folder| folder.sync_all()) {
        tracing::debug!(folder = %path.display(), %error, "the folder cannot be synchronised");
    }
}

/// Folders cannot be opened like files here.
#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) {}
