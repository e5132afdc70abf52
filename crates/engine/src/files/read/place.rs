//! What a quoted name means on the disk: a file, a folder, or the files that fit a pattern.

use std::path::{Path, PathBuf};

use glob::{MatchOptions, glob_with};
use url::Url;
use zuzen_plan::nearest::nearest;

use crate::error::{Error, Kind};
use crate::files::access::refuse_network;

/// Patterns do as the shell does: `*` stays within a folder, and what is hidden stays so. Files that are being
/// written are hidden.
const LIKE_THE_SHELL: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Files, at least one, in the order of their names.
    pub(super) files: Vec<PathBuf>,
    /// Folders below it tell values: `status=open/`.
    pub(super) root: PathBuf,
}

/// The path that a name means: `~/…` is the user's home.
pub(in crate::files) fn expanded(name: &str) -> Result<PathBuf, Error> {
    refuse_network(name)?;
    if let Ok(address) = Url::parse(name)
        && address.scheme() == "file"
        && let Ok(path) = address.to_file_path()
    {
        return Ok(path);
    }
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    match name.strip_prefix("~/").zip(home()) {
        Some((rest, home)) => Ok(home.join(rest)),
        None => Ok(PathBuf::from(name)),
    }
}

/// Whether there is a file or a folder of the name.
pub(super) fn exists(name: &str) -> bool {
    expanded(name).is_ok_and(|path| path.exists()) && !name.is_empty()
}

/// What columns of the file are called after.
pub(super) fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.is_empty());
    let last = last.unwrap_or_default();
    let stem = last.trim_start_matches('.');
    let stem = stem.split_once('.').map_or(stem, |(stem, _)| stem);
    match stem.is_empty() || has_pattern(stem) {
        true => "files".to_owned(),
        false => stem.to_owned(),
    }
}

fn has_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Looks for it.
///
/// # Errors
/// `Config` if there is nothing, with the name that was perhaps meant.
pub(super) fn find(name: &str) -> Result<Place, Error> {
    let path = expanded(name)?;
    if path.is_dir() {
        return folder(name, &path);
    }
    // A file is what it is called, be there a star in its name or not.
    if path.exists() {
        let root = path.parent().map(Path::to_owned).unwrap_or_default();
        let files = vec![path];
        return Ok(Place { files, root });
    }
    if has_pattern(name) {
        return pattern(name, &path);
    }
    let reason = format!("there is no file {name}");
    Err(
        Error::new(Kind::Config, reason).with_hint(match meant(&path) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("it is looked for in {}", looked_in(&path).display()),
        }),
    )
}

fn pattern(name: &str, path: &Path) -> Result<Place, Error> {
    let found = glob_with(&path.to_string_lossy(), LIKE_THE_SHELL).map_err(|error| {
        let reason = format!("the pattern {name} cannot be read: {error}");
        Error::new(Kind::Config, reason)
            .with_hint("*, ? and [a-z] stand for letters, ** for folders")
    })?;
    let mut files: Vec<PathBuf> = found.filter_map(Result::ok).collect();
    files.retain(|path| path.is_file());
    if files.is_empty() {
        let reason = format!("no file fits {name}");
        return Err(Error::new(Kind::Config, reason)
            .with_hint("the pattern counts from the folder that zuzen was started in"));
    }
    let literal = path
        .components()
        .take_while(|part| !has_pattern(&part.as_os_str().to_string_lossy()));
    let root = literal.collect();
    Ok(Place { files, root })
}

fn folder(name: &str, path: &Path) -> Result<Place, Error> {
    let unreadable = |error: std::io::Error| crate::files::broken("cannot read", path, &error);
    let mut files = Vec::new();
    let mut partitions = false;
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        let shown = entry
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let shown = shown.unwrap_or_default();
        if entry.is_dir() && shown.contains('=') && !shown.starts_with('.') {
            partitions = true;
        }
        if entry.is_file() && !shown.starts_with('.') {
            files.push(entry);
        }
    }
    if partitions {
        files = below(path);
    }
    files.sort();
    if files.is_empty() {
        let reason = format!("the folder {name} has no files");
        return Err(Error::new(Kind::Config, reason)
            .with_hint("a pattern such as 'folder/**/*.parquet' also looks in its folders"));
    }
    let root = path.to_owned();
    Ok(Place { files, root })
}

/// All files below a folder, but for hidden ones.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let shown = entries.filter(|path| {
        let name = path.file_name().unwrap_or_default();
        !name.to_string_lossy().starts_with('.')
    });
    let files = shown.flat_map(|path| match path.is_dir() {
        true => below(&path),
        false => vec![path],
    });
    files.collect()
}

fn looked_in(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::path::absolute(parent).unwrap_or_else(|_| parent.to_owned())
}

/// A file of nearly that name, beside where it would be.
fn meant(path: &Path) -> Option<String> {
    let typed = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(looked_in(path)).ok()?;
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let near = nearest(typed, names.iter().map(String::as_str))?;
    Some(path.with_file_name(near).display().to_string())
}
