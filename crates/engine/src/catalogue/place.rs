//! Where what was told is kept: a file per tenant, service and client, or nowhere.
//!
//! The file is only ever replaced as a whole, so that others may read it at any time. It refuses to trust it: what
//! cannot be read, or belongs to somebody else, counts as nothing and is replaced. No secret goes into it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use super::kept::Kept;

/// Changes whenever the file is no longer what it was.
const FORMAT: u32 = 1;

/// A tenant tells a few megabytes at most; a longer file is not ours.
const LONGEST: u64 = 64 << 20;

const MEMORY: &str = "memory://";

/// A place for what was told.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// `None`: nothing is kept.
    path: Option<PathBuf>,
    /// Whose it is.
    of: String,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    of: &'a str,
    kept: &'a Kept,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    of: String,
    kept: Kept,
}

impl Place {
    /// `location` is what the connection says: a folder, or `memory://`; without it, the user's cache folder is taken.
    /// `parts` tell the tenant and what it may tell: different parts have different files.
    pub(crate) fn new(location: Option<&str>, host: &str, parts: &[Option<&str>]) -> Self {
        let parts: Vec<&str> = parts.iter().map(|part| part.unwrap_or_default()).collect();
        let of = parts.join("\n");
        let folder = match location.map(str::trim) {
            Some(text) if is_memory(text) => None,
            Some(text) => Some(from_home(text)),
            None => default_folder(),
        };
        let name = file_name(host, &of);
        Self {
            path: folder.map(|folder| folder.join(name)),
            of,
        }
    }

    /// What is there, if it can be used.
    pub(super) fn read(&self) -> Option<Kept> {
        let path = self.path.as_ref()?;
        let found = fs::metadata(path).ok()?;
        if !found.is_file() || found.len() > LONGEST {
            return None;
        }
        let read: Read = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (read.format == FORMAT && read.of == self.of).then_some(read.kept)
    }

    /// Replaces what is there.
    pub(super) fn write(&self, kept: &Kept) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        create_folder(folder)?;
        let written = Written {
            format: FORMAT,
            of: &self.of,
            kept,
        };
        // A file of tempfile's is its owner's alone from the beginning.
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        draft.write_all(&serde_json::to_vec(&written)?)?;
        draft.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn is_memory(text: &str) -> bool {
    let scheme = text.get(..MEMORY.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(MEMORY))
}

/// A path, in which a leading `~` is the user's home.
fn from_home(text: &str) -> PathBuf {
    let below = text.strip_prefix('~');
    let below = below.and_then(|rest| rest.strip_prefix(std::path::is_separator));
    match (below, etcetera::home_dir()) {
        (Some(below), Ok(home)) => home.join(below),
        _ => PathBuf::from(text),
    }
}

/// `$XDG_CACHE_HOME/zuzen/metadata` or what the system has in its place.
fn default_folder() -> Option<PathBuf> {
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    Some(cache.join("zuzen").join("metadata"))
}

/// A name that people can tell apart and that does not clash: host names are not enough, since a data centre's tenants
/// share one.
fn file_name(host: &str, of: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let safe = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() || letter == '-' => letter,
        '.' => '.',
        _ => '_',
    };
    let host: String = host
        .trim_start_matches('.')
        .chars()
        .take(100)
        .map(safe)
        .collect();
    format!("{host}-{:016x}.json", hasher.finish())
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.recursive(true).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::kept::Listed;

    fn kept() -> Kept {
        let names = vec!["account".to_owned()];
        Kept {
            listed: Some(Listed {
                at: 5,
                names,
                objects: Vec::new(),
            }),
            ..Kept::default()
        }
    }

    fn place(folder: &Path, client: &str) -> Place {
        Place::new(
            folder.to_str(),
            "rest.zuora.com",
            &[Some("https://rest.zuora.com"), Some(client), None],
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a").join("b");
        let own = place(&below, "one");
        assert_eq!(own.read(), None);
        own.write(&kept()).unwrap();
        assert_eq!(own.read(), Some(kept()));
        own.write(&Kept::default()).unwrap();
        assert_eq!(own.read(), Some(Kept::default()));
        assert_eq!(place(&below, "two").read(), None);
        let files: Vec<_> = fs::read_dir(&below).unwrap().flatten().collect();
        assert_eq!(files.len(), 1, "no draft stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = files[0].metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn broken_and_foreign_files_count_as_nothing_and_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (place(folder.path(), "one"), place(folder.path(), "two"));
        other.write(&kept()).unwrap();
        let foreign = fs::read_to_string(other.path.as_ref().unwrap()).unwrap();
        let newer = foreign
            .replace("\"format\":1", "\"format\":2")
            .replace("two", "one");
        for text in [
            "",
            "{",
            "null",
            "[]",
            foreign.as_str(),
            newer.as_str(),
            &foreign[..foreign.len() / 2],
        ] {
            fs::write(own.path.as_ref().unwrap(), text).unwrap();
            assert_eq!(own.read(), None, "{text}");
            own.write(&kept()).unwrap();
            assert_eq!(own.read(), Some(kept()));
        }
    }

    #[test]
    fn memory_keeps_nothing() {
        for text in ["memory://", "Memory://x"] {
            let place = Place::new(Some(text), "h", &[]);
            place.write(&kept()).unwrap();
            assert_eq!((place.read(), place.path), (None, None));
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        for (host, of) in [("../../etc", "a"), ("", "b"), ("a/b", "c"), ("x\\y:z", "d")] {
            let name = file_name(host, of);
            assert!(
                Path::new(&name).components().count() == 1 && !name.starts_with('.'),
                "{name}"
            );
        }
        assert_ne!(file_name("h", "a"), file_name("h", "b"));
    }
}
