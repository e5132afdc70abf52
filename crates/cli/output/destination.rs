//! Where rows go: stdout, or a file that gets its name when all is written.
//!
//! A file of the prompt takes the rows of one statement after the other, and some of them fail: each writes into a draft
//! first, which is kept when the statement is done and given up when it is not.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Stdout, Write};
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
    draft: Option<Draft>,
}

/// What a statement has written that may still fail.
struct Draft {
    out: BufWriter<File>,
    /// Results before it.
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
            draft: None,
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
            draft: None,
        })
    }

    fn told(&self, error: io::Error) -> io::Error {
        match &self.file {
            Some(file) => named(file, error),
            None => error,
        }
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
        self.refuse_more(format, self.results + 1)?;
        self.results += 1;
        Ok(())
    }

    /// Refuses so many results in this format, if there cannot be as many.
    ///
    /// # Errors
    /// `Config` for more than one where one has an end.
    pub(crate) fn refuse_more(&self, format: Format, results: usize) -> Result<(), Error> {
        if results < 2 || !format.holds_one() || self.screen().is_some() {
            return Ok(());
        }
        let place = match &self.file {
            Some(file) => file.display().to_string(),
            None => "stdout".to_owned(),
        };
        let name = format.name();
        let reason = match self.results {
            0 => format!("{place} would get {results} results, and {name} holds one only"),
            _ => format!("{place} has a result already, and {name} holds one only"),
        };
        let hint = match format {
            Format::Json => {
                "use ndjson, csv or tsv, or run one statement with rows for each output"
            }
            _ => "run one statement with rows for each output, or use csv, tsv or ndjson",
        };
        Err(Error::new(Kind::Config, reason).with_hint(hint))
    }

    /// Lets what is written from now on wait until it is kept. What goes to stdout, a device or a pipe cannot be taken back.
    ///
    /// # Errors
    /// `Config` if there is no room for it.
    pub(crate) fn hold(&mut self) -> Result<(), Failure> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if file.metadata().is_ok_and(|known| !known.is_file()) {
            return Ok(());
        }
        let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
        let draft = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")));
        self.draft = Some(Draft {
            out: BufWriter::new(draft.map_err(|error| named(file, error))?),
            results: self.results,
        });
        Ok(())
    }

    /// Puts what was held into the file.
    ///
    /// # Errors
    /// `Config` if it cannot be written; the file may hold half of it then.
    pub(crate) fn keep(&mut self) -> Result<(), Failure> {
        let (Some(file), Some(draft)) = (self.file.clone(), self.draft.take()) else {
            return Ok(());
        };
        let put = || {
            let mut draft = draft.out.into_inner()?;
            draft.rewind()?;
            io::copy(&mut draft, self)
        };
        put().map(drop).map_err(|error| named(&file, error).into())
    }

    /// Throws away what was held, if anything; whether it was something.
    pub(crate) fn give_up(&mut self) -> bool {
        let Some(mut draft) = self.draft.take() else {
            return false;
        };
        self.results = draft.results;
        // One that cannot be flushed holds something, too.
        let length = draft
            .out
            .flush()
            .and_then(|()| draft.out.get_ref().metadata());
        length.map_or(true, |draft| draft.len() > 0)
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
        let written = match (&mut self.draft, &mut self.out) {
            (Some(draft), _) => draft.out.write(bytes),
            (None, Out::Stdout(out)) => return out.write(bytes),
            (None, Out::File(file)) => file.write(bytes),
        };
        written.map_err(|error| self.told(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match (&mut self.draft, &mut self.out) {
            (Some(draft), _) => draft.out.flush(),
            (None, Out::Stdout(out)) => return out.flush(),
            (None, Out::File(file)) => file.flush(),
        };
        flushed.map_err(|error| self.told(error))
    }
}

/// The error of a file, with its name. What has a meaning of its own is left as it is.
fn named(file: &Path, error: io::Error) -> io::Error {
    use io::ErrorKind::{BrokenPipe, Interrupted, StorageFull};
    let kind = error.kind();
    let is_named = error.get_ref().is_some_and(|it| it.is::<Error>());
    if is_named || matches!(kind, BrokenPipe | Interrupted) {
        return error;
    }
    let hint = match kind {
        StorageFull => "make room on the disk, or write to another one",
        _ => "check the file, its folder and its disk",
    };
    let reason = format!("cannot write {}: {error}", file.display());
    io::Error::new(kind, Error::new(Kind::Config, reason).with_hint(hint))
}
