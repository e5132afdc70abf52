//! The files that a connection is written into: the config file, which is only ever added to, and one for each secret.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zuzen_engine::config::{FILE, Sources};
use zuzen_engine::{Error, Kind};

/// The config file that gets the connection.
pub(super) struct Place {
    pub(super) file: PathBuf,
    folder: PathBuf,
    /// Never in a project, whose files are shared.
    secrets: PathBuf,
}

/// # Errors
/// `Config` if there is no such folder.
pub(super) fn place(here: bool) -> Result<Place, Error> {
    let sources = Sources::of_process();
    let own = sources.user_config.map(|folder| folder.join("zuzen"));
    let folder = match here {
        true => sources.working_directory,
        false => own.clone(),
    };
    let folder = folder.ok_or_else(|| {
        Error::new(Kind::Config, "there is no folder for your configuration")
            .with_hint("set HOME, or write into this folder with --here")
    })?;
    Ok(Place {
        file: folder.join(FILE),
        secrets: own.unwrap_or_else(|| folder.clone()).join("secrets"),
        folder,
    })
}

impl Place {
    /// Where a secret of this connection is kept.
    pub(super) fn secret_file(&self, name: &str, property: &str) -> PathBuf {
        let plain = |letter: char| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        };
        let name: String = name.chars().map(plain).collect();
        self.secrets.join(format!("{name}.{property}"))
    }

    /// Puts it behind what the file holds.
    ///
    /// # Errors
    /// `Config` if it cannot be written.
    pub(super) fn append(&self, section: &str) -> Result<(), Error> {
        let failed = |error: io::Error| {
            let message = format!(
                "the config file {} cannot be written: {error}",
                self.file.display()
            );
            Error::new(Kind::Config, message).with_hint("check the folder and its permissions")
        };
        create_private(&self.folder).map_err(failed)?;
        let held = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let gap = match held.as_str() {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let mut file = private(OpenOptions::new().append(true).create(true))
            .open(&self.file)
            .map_err(failed)?;
        file.write_all(format!("{gap}{section}").as_bytes())
            .map_err(failed)
    }
}

/// Writes a secret into a new file of its owner's.
///
/// # Errors
/// `Config` if there is such a file already, or none can be made.
pub(super) fn keep_secret(file: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: io::Error| {
        let message = format!("the secret cannot be kept in {}: {error}", file.display());
        let hint = match error.kind() {
            io::ErrorKind::AlreadyExists => "remove the file, or name it with --secret-file",
            _ => "check the folder, or name a place with --secret-file or --secret-variable",
        };
        Error::new(Kind::Config, message).with_hint(hint)
    };
    if let Some(folder) = file.parent() {
        create_private(folder).map_err(failed)?;
    }
    let mut new = private(OpenOptions::new().write(true).create_new(true))
        .open(file)
        .map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
