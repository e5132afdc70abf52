//! Files that appear under their names only when they are whole.
//!
//! Bytes go into a hidden file beside the target, `.report.csv.Ab12Cd.partial`, which is renamed at the end. Whoever is
//! interrupted leaves no file, whoever is killed leaves one that nobody takes for a finished one, and what had the name
//! before stays until then. Devices and pipes have no such end: they are written to as they are.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::broken;
use crate::error::{Error, Kind};

/// Bytes that are gathered before they go to the system.
const BUFFER: usize = 256 << 10;

/// A file that is being written. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Staged {
    target: PathBuf,
    out: Out,
}

#[derive(Debug)]
enum Out {
    /// Beside the target until it is whole.
    Aside(BufWriter<NamedTempFile>),
    /// A device or a pipe.
    Straight(BufWriter<File>),
}

impl Staged {
    /// Begins a file. What has the name now is replaced when this one is whole; a link is followed.
    ///
    /// # Errors
    /// `Config` if the name is a folder's, or nothing can be written there.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| broken("cannot write", target, &error);
        let resolved = target.canonicalize().unwrap_or_else(|_| target.to_owned());
        let known = std::fs::metadata(&resolved).ok();
        if known.as_ref().is_some_and(std::fs::Metadata::is_dir) || target.ends_with("/") {
            return Err(is_folder(target));
        }
        let out = match known {
            Some(known) if !known.is_file() => {
                let file = File::options().write(true).open(&resolved);
                Out::Straight(BufWriter::with_capacity(BUFFER, file.map_err(failed)?))
            }
            known => {
                let permissions = known.map(|known| known.permissions());
                let file = aside(&resolved, permissions).map_err(failed)?;
                Out::Aside(BufWriter::with_capacity(BUFFER, file))
            }
        };
        Ok(Self {
            target: resolved,
            out,
        })
    }

    /// Puts the file under its name, once it is on the disk.
    ///
    /// # Errors
    /// `Config` if it cannot be written or renamed.
    pub fn finish(self) -> Result<(), Error> {
        let target = self.target;
        let failed = |error: &io::Error| broken("cannot write", &target, error);
        match self.out {
            Out::Straight(mut out) => out.flush().map_err(|error| failed(&error)),
            Out::Aside(out) => {
                let file = out.into_inner().map_err(|error| failed(error.error()))?;
                file.as_file().sync_all().map_err(|error| failed(&error))?;
                let named = file.persist(&target);
                named.map(drop).map_err(|error| failed(&error.error))
            }
        }
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Aside(out) => out.write(bytes),
            Out::Straight(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Aside(out) => out.flush(),
            Out::Straight(out) => out.flush(),
        }
    }
}

/// A folder that is being filled. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(super) struct StagedFolder {
    target: PathBuf,
    folder: TempDir,
}

impl StagedFolder {
    /// Begins a folder.
    ///
    /// # Errors
    /// `Config` if there is something of that name that is no empty folder, or nothing can be written there.
    pub(super) fn create(target: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| broken("cannot write", target, &error);
        // `out/` and `out` are the same folder.
        let target: PathBuf = target.components().collect();
        if target.exists() {
            let mut entries = std::fs::read_dir(&target).map_err(failed)?;
            if entries.next().is_some() {
                let reason = format!("the folder {} is not empty", target.display());
                return Err(Error::new(Kind::Config, reason).with_hint(
                    "files of different runs must not mix: name a new folder, or remove this one first",
                ));
            }
        }
        let (parent, name) = place(&target);
        let mut builder = Builder::new();
        let (prefix, suffix) = (format!(".{name}."), ".partial");
        builder.prefix(&prefix).suffix(suffix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let folder = builder.tempdir_in(parent).map_err(failed)?;
        Ok(Self { target, folder })
    }

    /// A file inside it, whose folders come by themselves.
    pub(super) fn file(&self, path: &Path) -> io::Result<File> {
        let path = self.folder.path().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        File::create_new(path)
    }

    /// Puts the folder under its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        let failed = |error: io::Error| broken("cannot write", &self.target, &error);
        std::fs::rename(self.folder.path(), &self.target).map_err(failed)?;
        // Nothing is left to be removed.
        let _ = self.folder.keep();
        Ok(())
    }
}

fn is_folder(target: &Path) -> Error {
    let reason = format!("{} is a folder", target.display());
    Error::new(Kind::Config, reason).with_hint("name a file in it, such as …/rows.parquet")
}

/// The folder that a file is in, and its name there.
fn place(target: &Path) -> (&Path, String) {
    let parent = target.parent().filter(|it| !it.as_os_str().is_empty());
    let name = target.file_name().map(|name| name.to_string_lossy());
    (
        parent.unwrap_or(Path::new(".")),
        name.unwrap_or_default().into_owned(),
    )
}

fn aside(target: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let (parent, name) = place(target);
    let mut builder = Builder::new();
    let (prefix, suffix) = (format!(".{name}."), ".partial");
    builder.prefix(&prefix).suffix(suffix);
    // Those of any new file; the user's mask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(parent)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_has_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("rows.csv");
        std::fs::write(&target, "before").unwrap();
        let mut file = Staged::create(&target).unwrap();
        file.write_all(b"after").unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "before");
        let hidden: Vec<String> = names(folder.path());
        let hidden = hidden
            .iter()
            .find(|name| name.as_str() != "rows.csv")
            .unwrap();
        assert!(
            hidden.starts_with(".rows.csv.") && hidden.ends_with(".partial"),
            "{hidden}"
        );
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "after");
        assert_eq!(names(folder.path()), ["rows.csv"]);
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Staged::create(&folder.path().join("rows.csv")).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        let filled = StagedFolder::create(&folder.path().join("out")).unwrap();
        filled.file(Path::new("a=1/data_0.csv")).unwrap();
        drop(filled);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn folders_and_missing_places_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (path, part) in [
            (folder.path().to_owned(), "is a folder"),
            (folder.path().join("none/rows.csv"), "cannot write"),
        ] {
            let error = Staged::create(&path).unwrap_err();
            assert!(error.message().contains(part), "{error}");
            assert!(error.hint().is_some());
        }
        std::fs::write(folder.path().join("rows.csv"), "").unwrap();
        let error = StagedFolder::create(folder.path()).unwrap_err();
        assert!(error.message().ends_with("is not empty"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_stay_devices() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (
            folder.path().join("real.csv"),
            folder.path().join("link.csv"),
        );
        std::fs::write(&real, "before").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let mut file = Staged::create(&link).unwrap();
        file.write_all(b"after").unwrap();
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "after");
        assert!(link.is_symlink());
        let mut device = Staged::create(Path::new("/dev/null")).unwrap();
        device.write_all(b"gone").unwrap();
        device.finish().unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
