//! Statements that are known before the first one runs: of `-f`, of `-c`, or of a stdin that is no terminal.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use zuzen_engine::{Error, Kind};

use crate::arguments::QueryArguments;
use crate::exit::Failure;
use crate::session::Session;

/// The texts of a script, in order.
pub(crate) struct Script {
    texts: Vec<String>,
}

impl Script {
    /// Reads what was asked for; `None` if statements are to be asked for one by one.
    pub(crate) fn read(wanted: &QueryArguments) -> Result<Option<Self>, Error> {
        let mut texts = Vec::new();
        match &wanted.file {
            Some(file) if file.as_os_str() != "-" => texts.push(file_text(file)?),
            Some(_) => texts.push(stdin_text()?),
            None if wanted.commands.is_empty() => {
                if io::stdin().is_terminal() {
                    return Ok(None);
                }
                texts.push(stdin_text()?);
            }
            None => {}
        }
        texts.extend(wanted.commands.iter().cloned());
        Ok(Some(Self { texts }))
    }

    /// Runs all statements; the first error ends it. All of them are read before the first one runs.
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut statements = Vec::new();
        for text in &self.texts {
            statements.extend(session.engine().statements(text)?);
        }
        let mut out = session.destination()?;
        for statement in statements {
            session.run(statement, &mut out).await?;
        }
        out.finish()
    }
}

fn file_text(file: &Path) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|error| {
        let reason = format!("the file {} cannot be read: {error}", file.display());
        Error::new(Kind::Config, reason)
            .with_hint("-f takes a file of SQL in UTF-8, or - for stdin")
    })
}

fn stdin_text() -> Result<String, Error> {
    let mut text = String::new();
    match io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let reason = format!("stdin cannot be read: {error}");
            Err(Error::new(Kind::Config, reason).with_hint("stdin takes SQL in UTF-8"))
        }
    }
}
