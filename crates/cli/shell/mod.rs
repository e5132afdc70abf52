//! The prompt: asks for statements and commands until the end of input.
//!
//! What is typed, pasted, or read from a file goes the same way: [`input`] cuts it into statements and commands,
//! [`commands`] knows the commands, and the session runs the rest.

mod commands;
mod complete;
mod editor;
mod highlight;
mod history;
mod input;
mod look;
mod names;
mod scope;
mod tokens;
mod words;

use std::io;
use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use rustyline::error::ReadlineError;
use tokio::runtime::Runtime;
use zuzen_engine::{Error, Kind, Running};

use self::editor::{Assistant, Prompt};
use self::history::History;
use self::input::Input;
use crate::exit::{Failure, report, say};
use crate::output::{Destination, Format};
use crate::session::Session;

/// The file of a person's own settings, in their home folder.
const RC: &str = ".zuzenrc";

/// Files that read each other end here.
const DEEPEST: usize = 20;

/// How long a cancel is waited for: jobs at a vendor's end by themselves otherwise.
const CANCELS: Duration = Duration::from_secs(5);

/// A session with a person.
pub(crate) struct Shell<'a> {
    pub(crate) session: &'a Session,
    runtime: &'a Runtime,
    /// Where rows go instead of the screen.
    file: Option<Destination>,
    /// The format on the screen, while rows go to a file whose ending tells another.
    before_file: Option<Format>,
    /// The format that `\x` goes back to.
    before_expanded: Option<Format>,
    /// Files that are being read, each by the one before.
    depth: usize,
    /// The person's own file is being read.
    in_rc: bool,
    is_over: bool,
}

/// Asks until the end of input.
pub(crate) fn run(session: &Session, runtime: &Runtime, reads_rc: bool) -> Result<(), Failure> {
    let mut shell = Shell {
        session,
        runtime,
        file: None,
        before_file: None,
        before_expanded: None,
        depth: 0,
        in_rc: false,
        is_over: false,
    };
    // What `-o` says, `\o` takes back.
    let given = session.destination()?;
    if given.file().is_some() {
        shell.before_file = Some(Format::Table);
        shell.file = Some(given);
    }
    if !shell.greet() {
        return Ok(());
    }
    if shell.target().is_some() {
        shell.tell_target();
    }
    if reads_rc {
        shell.read_rc()?;
    }
    let procedures = shell.wait(names::procedures(session.engine()));
    let procedures = match procedures {
        Some(Ok(procedures)) => procedures,
        Some(Err(error)) => {
            report(&error);
            Vec::new()
        }
        None => Vec::new(),
    };
    let assistant = Assistant::new(session.engine(), procedures);
    let mut prompt = Prompt::new(assistant).map_err(|error| broken(&error))?;
    let mut history = History::open(prompt.editor());
    while !shell.is_over {
        match prompt.ask() {
            Ok(text) => {
                history.add(prompt.editor(), text.trim_end());
                shell.feed(&text)?;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(&error).into()),
        }
    }
    shell.close_file()
}

impl Shell<'_> {
    /// Says who is signed in where; a connection that does not work is better known before the first query. Whether
    /// the person wants to go on.
    fn greet(&self) -> bool {
        if self.session.is_demo() {
            say("A simulated help desk, `zendesk`, and the billing of its customers, `zuora`.");
        } else {
            for connection in self.session.engine().connections() {
                match self.wait(connection.test()) {
                    Some(Ok(identity)) => {
                        let role = identity.role.unwrap_or_else(|| "unknown role".to_owned());
                        let name = identity.name;
                        say(&format!(
                            "{}: signed in as {name} ({role})",
                            connection.name()
                        ));
                    }
                    Some(Err(error)) => {
                        report(&error.with_context("connection", connection.name().to_owned()));
                    }
                    None => return false,
                }
            }
        }
        say("Type \\? for help.");
        true
    }

    /// Runs what stands in the person's own file, if there is one. It runs each time, so its views are the session's.
    fn read_rc(&mut self) -> Result<(), Failure> {
        let Some(file) = std::env::home_dir().map(|home| home.join(RC)) else {
            return Ok(());
        };
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                self.in_rc = true;
                let outcome = self.feed(&text);
                self.in_rc = false;
                outcome
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => {
                let file = file.display();
                say(&format!("warning: {file} cannot be read: {error}"));
                Ok(())
            }
        }
    }

    /// Runs statements and commands, in order. Only a stdout that is closed ends it; errors are told.
    pub(crate) fn feed(&mut self, text: &str) -> Result<(), Failure> {
        let (inputs, rest) = input::split(text);
        for input in inputs {
            let goes_on = match input {
                Input::Command(line) => {
                    let outcome = commands::perform(self, &line);
                    self.told(outcome)?
                }
                Input::Statements(text) => self.execute(&text)?,
            };
            if self.is_over || !goes_on {
                return Ok(());
            }
        }
        // The last statement of a file may stand without its semicolon.
        self.execute(&rest).map(|_| ())
    }

    /// Runs statements. Whether what follows is to be run, which it is not after Ctrl-C.
    fn execute(&mut self, text: &str) -> Result<bool, Failure> {
        let statements = match self.session.engine().statements(text) {
            Ok(statements) => statements,
            Err(error) => {
                report(&error);
                return Ok(true);
            }
        };
        let session = self.session;
        for statement in statements {
            let statement = match self.in_rc {
                true => statement.for_this_session(),
                false => statement,
            };
            let outcome = match self.file.take() {
                Some(mut file) => {
                    let outcome = match file.hold() {
                        Ok(()) => self.wait(session.run(statement, &mut file)),
                        Err(failure) => Some(Err(failure)),
                    };
                    self.keep_file(file, outcome)
                }
                None => self.wait(session.run(statement, &mut Destination::stdout())),
            };
            let Some(outcome) = outcome else {
                return Ok(false);
            };
            // As in a script, what follows may rest on what has failed.
            let failed = outcome.is_err();
            self.told(outcome)?;
            if failed {
                break;
            }
        }
        Ok(true)
    }

    /// Shows the rows of a question that the prompt has for the engine itself.
    pub(crate) fn answer(&mut self, sql: &str) -> Result<(), Failure> {
        let session = self.session;
        let running = async { Running::begin(session.engine().sql(sql).await?).await };
        match self.wait(running) {
            Some(running) => self.show(running?),
            None => Ok(()),
        }
    }

    /// Shows rows, where those of statements go.
    pub(crate) fn show(&mut self, running: Running) -> Result<(), Failure> {
        let session = self.session;
        let outcome = match self.file.take() {
            Some(mut file) => {
                let outcome = match file.hold() {
                    Ok(()) => self.wait(session.answer(running, &mut file)),
                    Err(failure) => Some(Err(failure)),
                };
                self.keep_file(file, outcome)
            }
            None => self.wait(session.answer(running, &mut Destination::stdout())),
        };
        outcome.unwrap_or(Ok(()))
    }

    /// Does the work unless Ctrl-C ends it; then its requests stop and its jobs are cancelled.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let outcome = self.runtime.block_on(async {
            tokio::select! {
                outcome = work => Some(outcome),
                _ = tokio::signal::ctrl_c() => None,
            }
        });
        if outcome.is_none() {
            let connections = self.session.engine().connections().iter();
            let cancels = connections.map(|connection| connection.rest().settle_jobs(CANCELS));
            self.runtime.block_on(join_all(cancels));
            say("cancelled");
        }
        outcome
    }

    /// Tells an error; an output that is closed ends the prompt. Always goes on otherwise.
    fn told(&self, outcome: Result<(), Failure>) -> Result<bool, Failure> {
        match outcome {
            Ok(()) => Ok(true),
            Err(Failure::Failed(error)) => {
                report(&error);
                Ok(true)
            }
            Err(closed) => Err(closed),
        }
    }

    /// Rows go to this file from now on; `None` is the screen again.
    pub(crate) fn redirect(&mut self, to: Option<&Path>) -> Result<(), Failure> {
        // One that cannot be written leaves things as they are.
        let next = to.map(|path| Destination::open(Some(path))).transpose()?;
        self.close_file()?;
        if let Some(format) = to.and_then(Format::told_by) {
            self.before_file = Some(self.session.format());
            self.session.set_format(format);
        }
        self.file = next;
        Ok(())
    }

    /// The file that rows go to.
    fn target(&self) -> Option<&Path> {
        self.file.as_ref().and_then(Destination::file)
    }

    /// Says where rows go.
    pub(crate) fn tell_target(&self) {
        let format = self.session.format().name();
        say(&match self.target().map(Path::display) {
            Some(file) => format!("rows go to {file} as {format} until \\o"),
            None => "rows go to the screen".to_owned(),
        });
    }

    /// Rows are written like this from now on, wherever they go.
    pub(crate) fn choose(&mut self, format: Format) {
        self.before_file = None;
        self.session.set_format(format);
    }

    /// Goes on with a file. What a statement has written into it that failed or was cancelled is not in it; a file that
    /// cannot be written any more is given up.
    fn keep_file(
        &mut self,
        mut file: Destination,
        outcome: Option<Result<(), Failure>>,
    ) -> Option<Result<(), Failure>> {
        let is_whole = matches!(outcome, Some(Ok(())));
        if is_whole && let Err(failure) = file.keep() {
            let _ = self.screen_again();
            say("rows go to the screen: the file is given up, with what it held");
            return Some(Err(failure));
        }
        if file.give_up()
            && let Some(name) = file.file()
        {
            say(&format!("none of these rows are in {}", name.display()));
        }
        self.file = Some(file);
        outcome
    }

    /// Takes the file away, and the format that its ending told.
    fn screen_again(&mut self) -> Option<Destination> {
        if let Some(format) = self.before_file.take() {
            self.session.set_format(format);
        }
        self.file.take()
    }

    fn close_file(&mut self) -> Result<(), Failure> {
        match self.screen_again() {
            Some(file) => file.finish(),
            None => Ok(()),
        }
    }

    /// Runs the statements and commands of a file.
    pub(crate) fn include(&mut self, path: &Path) -> Result<(), Failure> {
        if self.depth >= DEEPEST {
            let reason = format!("{} reads itself over and over", path.display());
            return Err(Error::new(Kind::Config, reason)
                .with_hint("leave out the \\i that leads back to it")
                .into());
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            let reason = format!("the file {} cannot be read: {error}", path.display());
            let hint = match (error.kind(), std::env::current_dir()) {
                (io::ErrorKind::NotFound, Ok(here)) => {
                    format!("names are looked for from {}", here.display())
                }
                _ => "\\i takes a file of SQL in UTF-8".to_owned(),
            };
            Error::new(Kind::Config, reason).with_hint(hint)
        })?;
        self.depth += 1;
        let outcome = self.feed(&text);
        self.depth -= 1;
        outcome
    }

    /// Ends the prompt.
    pub(crate) fn leave(&mut self) {
        self.is_over = true;
    }

    /// Between the format for one row after the other and the one before.
    pub(crate) fn expand(&mut self, expanded: Format) -> Format {
        let now = self.session.format();
        let next = match now == expanded {
            true => self.before_expanded.take().unwrap_or(Format::Table),
            false => {
                self.before_expanded = Some(now);
                expanded
            }
        };
        self.choose(next);
        next
    }
}

fn broken(error: &ReadlineError) -> Error {
    let reason = format!("the terminal cannot be read: {error}");
    Error::new(Kind::Internal, reason).with_hint("give statements with -c, -f or stdin")
}
