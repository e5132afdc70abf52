//! Where rows go: stdout, or a file that gets its name when all is written.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use zuzen_engine::files::Staged;
use zuzen_engine::{Error, Kind};

use super::Format;
use super::Screen;
use crate::exit::Failure;

/// A place for the rows of statements.
pub(crate) struct Destination {
    out: Out,
    file: Option<PathBuf>,
    /// Results that have begun here.
    results: usize,
}

enum Out {
    Stdout(BufWriter<Stdout>),
    File(Box<Staged>),
}

impl Destination {
    /// Stdout.
    pub(crate) fn stdout() -> Self {
        Self {
            out: Out::Stdout(BufWriter::new(io::stdout())),
            file: None,
            results: 0,
        }
    }

    /// The file of `-o`; `-` is stdout.
    ///
    /// # Errors
    /// `Config` if it cannot be written.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file.filter(|file| file.as_os_str() != "-") else {
            return Ok(Self::stdout());
        };
        Ok(Self {
            out: Out::File(Box::new(Staged::create(file)?)),
            file: Some(file.to_owned()),
            results: 0,
        })
    }

    /// The file that it is.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The terminal that it is.
    pub(crate) fn screen(&self) -> Option<Screen> {
        match self.out {
            Out::Stdout(_) => Screen::of_stdout(),
            Out::File(_) => None,
        }
    }

    /// Lets a result in this format begin. Files and streams that have an end hold one.
    ///
    /// # Errors
    /// `Config` for the second result of such a format, and for bytes that are nothing for a terminal.
    pub(crate) fn begin(&mut self, format: Format) -> Result<(), Error> {
        if format.is_binary() && self.screen().is_some() {
            let reason = format!("{} is nothing for a terminal", format.name());
            let hint = format!("add -o rows.{}, or pipe it to a program", format.ending());
            return Err(Error::new(Kind::Config, reason).with_hint(hint));
        }
        self.results += 1;
        let is_one = format.holds_one() || (self.file.is_some() && format == Format::Json);
        if self.results > 1 && is_one && self.screen().is_none() {
            let where_to = match &self.file {
                Some(file) => file.display().to_string(),
                None => "stdout".to_owned(),
            };
            let reason = format!(
                "{where_to} has a result already, and {} holds one only",
                format.name()
            );
            return Err(Error::new(Kind::Config, reason).with_hint(
                "run one statement with rows for each file, or use csv, tsv or ndjson",
            ));
        }
        Ok(())
    }

    /// Ends it: a file gets its name.
    ///
    /// # Errors
    /// `Config` if it cannot be written.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.out {
            Out::Stdout(mut out) => Ok(out.flush()?),
            Out::File(file) => Ok(file.finish()?),
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Stdout(out) => out.write(bytes),
            Out::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Stdout(out) => out.flush(),
            Out::File(file) => file.flush(),
        }
    }
}
