//! Questions to a person on the terminal; what is typed as a secret is not shown.

use std::io::{self, BufRead as _, Write as _};

use zuzen_engine::{Error, Kind};

/// Asks a person on the terminal, or refuses where there is none.
pub(super) struct Questions {
    pub(super) asks: bool,
}

impl Questions {
    /// # Errors
    /// `Config` if it was not said beforehand and there is nobody to ask.
    pub(super) fn ask(
        &self,
        given: Option<&str>,
        option: &str,
        question: &str,
        usual: Option<&str>,
    ) -> Result<String, Error> {
        if let Some(given) = given {
            return Ok(given.trim().to_owned());
        }
        if !self.asks {
            return match usual {
                Some(usual) => Ok(usual.to_owned()),
                None => Err(Error::new(Kind::Config, format!("{option} is missing, and there is no terminal to ask on"))
                    .with_hint("give --url, --user and --secret-variable or --secret-file; zuzen init --help explains them")),
            };
        }
        loop {
            let usually = usual.map_or(String::new(), |usual| format!(" [{usual}]"));
            let answer = line(&format!("{question}{usually}: "))?;
            match (answer.trim(), usual) {
                ("", Some(usual)) => return Ok(usual.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    /// # Errors
    /// As [`Questions::ask`].
    pub(super) fn ask_secret(&self, question: &str) -> Result<String, Error> {
        if !self.asks {
            return Err(Error::new(
                Kind::Config,
                "the secret is missing, and there is no terminal to ask on",
            )
            .with_hint("give --secret-variable or --secret-file"));
        }
        loop {
            let typed = rpassword::prompt_password(format!("{question}: "))
                .map_err(|error| unread(&error))?;
            if !typed.trim().is_empty() {
                return Ok(typed.trim().to_owned());
            }
        }
    }
}

/// One line from the terminal.
fn line(question: &str) -> Result<String, Error> {
    let mut err = io::stderr().lock();
    let asked = err
        .write_all(question.as_bytes())
        .and_then(|()| err.flush());
    asked.map_err(|error| unread(&error))?;
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Err(unread(&io::Error::from(io::ErrorKind::UnexpectedEof))),
        Ok(_) => Ok(answer),
        Err(error) => Err(unread(&error)),
    }
}

fn unread(error: &io::Error) -> Error {
    Error::new(
        Kind::Config,
        format!("the answer cannot be read: {error}; nothing was written"),
    )
    .with_hint("zuzen init --help shows what can be given beforehand")
}
