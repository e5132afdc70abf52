//! Statements that are known before the first one runs: of `-f`, of `-c`, or of a stdin that is no terminal.

use std::io::{self, IsTerminal as _, Read as _, Write};
use std::path::Path;

use clap::Args;
use zuzen_engine::{Engine, Error, Kind, Parameters, Statement};

use crate::arguments::QueryArguments;
use crate::exit::{Failure, report, say};
use crate::session::Session;
use crate::values::{Given, Variable, parameters};

/// What statements are told, and what they may take.
#[derive(Args)]
pub(crate) struct ScriptArguments {
    /// The value of :NAME (or $NAME, @NAME) in the statements; may be repeated
    ///
    /// The value is bound as a parameter and never becomes SQL. 42, 4.20, true, NULL and 2026-01-31 are a number, a
    /// decimal, a boolean, NULL and a day; anything else is text, and so is what stands in single quotes: -v "code='42'".
    #[arg(short = 'v', long = "variable", value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<Variable>,

    /// End at the first statement that fails, as it does by default; takes back an earlier --keep-going
    #[arg(short = '1', long = "stop-on-error", overrides_with = "keep_going")]
    pub(crate) stop_on_error: bool,

    /// Run the other statements, too, after one has failed; the exit code is that of the first failure
    #[arg(long, overrides_with = "stop_on_error")]
    pub(crate) keep_going: bool,

    /// Plan each statement and show the requests that it would send and what they would take, without sending them
    ///
    /// SET, USE and CREATE VIEW take effect for the statements behind them; views are not saved. What is asked is at most
    /// which columns tables have, where that is not known yet.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// No more requests than this for one statement (the property MaxRequests of all connections)
    #[arg(long, value_name = "N")]
    pub(crate) max_requests: Option<u64>,

    /// Values of $1, $2, … in the statements
    #[arg(last = true, value_name = "VALUE")]
    pub(crate) values: Vec<Given>,
}

impl ScriptArguments {
    /// The values of all statements.
    ///
    /// # Errors
    /// `Config` for a variable without a name.
    pub(crate) fn parameters(&self) -> Result<Parameters, Error> {
        if self
            .variables
            .iter()
            .any(|variable| variable.name.is_none())
        {
            return Err(Error::new(Kind::Config, "-v is given something else than NAME=VALUE")
                .with_hint("write -v status=open; a name is letters, digits and _, and begins with no digit"));
        }
        Ok(parameters(&self.variables, &self.values))
    }

    /// Settles what an engine may do in this run.
    ///
    /// # Errors
    /// `Config` if the engine refuses it.
    pub(crate) async fn settle(&self, engine: &Engine) -> Result<(), Error> {
        if let Some(most) = self.max_requests {
            engine
                .sql(&format!("SET zuzen.max_requests = {most}"))
                .await?;
        }
        Ok(())
    }
}

/// The texts of a script, in order.
pub(crate) struct Script {
    texts: Vec<String>,
    parameters: Parameters,
    dry_run: bool,
    keep_going: bool,
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
        Ok(Some(Self {
            texts,
            parameters: wanted.script.parameters()?,
            dry_run: wanted.script.dry_run,
            keep_going: wanted.script.keep_going,
        }))
    }

    /// Runs all statements; the first error ends it, or none does and the first one is given back at the end. All
    /// statements are read, and all values are looked for, before the first one runs; nor does any run if their rows would
    /// not fit into one output.
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut statements = Vec::new();
        for text in &self.texts {
            statements.extend(session.engine().statements(text)?);
        }
        let statements = bound(statements, &self.parameters)?;
        let mut out = session.destination()?;
        let results = statements.iter().filter(|it| surely_has_rows(it)).count();
        out.refuse_more(session.format(), results)?;
        let mut failed = None;
        for statement in statements {
            let outcome = match self.dry_run {
                true => show_price(session, statement, &mut out).await,
                false => session.run(statement, &mut out).await,
            };
            match outcome {
                Ok(()) => {}
                Err(Failure::Failed(error)) if self.keep_going => {
                    out.flush()?;
                    report(&error);
                    failed.get_or_insert(error);
                }
                Err(failure) => return Err(failure),
            }
        }
        match failed {
            Some(first) => {
                // A file does not get its name: what it would hold is not all.
                out.flush()?;
                Err(Failure::Reported(first))
            }
            None => out.finish(),
        }
    }
}

/// Whether it is known of a statement, before it is planned, that it has rows.
fn surely_has_rows(statement: &Statement) -> bool {
    const WORDS: [&str; 9] = [
        "SELECT", "WITH", "VALUES", "TABLE", "FROM", "EXPLAIN", "SHOW", "DESCRIBE", "CALL",
    ];
    let text = statement.to_string();
    let words = text.trim_start_matches(['(', ' ']);
    let first = words.split(|letter: char| !letter.is_ascii_alphabetic());
    let first = first.into_iter().next().unwrap_or_default();
    WORDS.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// The statements with their values.
///
/// # Errors
/// `Sql` if one lacks a value, or if a value is for none of them.
pub(crate) fn bound(
    statements: Vec<Statement>,
    values: &Parameters,
) -> Result<Vec<Statement>, Error> {
    let asked: Vec<String> = statements
        .iter()
        .flat_map(Statement::placeholders)
        .collect();
    if let Some(unused) = values.unused(&asked) {
        let (what, hint) = match unused.parse::<usize>() {
            Ok(place) => (
                format!("value {place} behind --"),
                format!("write ${place} where it belongs, or leave it out"),
            ),
            Err(_) => {
                let asked: Vec<&str> = asked
                    .iter()
                    .filter(|name| name.parse::<usize>().is_err())
                    .map(String::as_str)
                    .collect();
                let hint = match asked.as_slice() {
                    [] => format!(
                        "write :{unused} where its value belongs; a value is no name of a table or a column"
                    ),
                    asked => format!("they use :{}", asked.join(", :")),
                };
                (format!("-v {unused}"), hint)
            }
        };
        return Err(Error::new(Kind::Sql, format!("no statement uses {what}")).with_hint(hint));
    }
    let bind = |statement: Statement| {
        let mine = values.only(&statement.placeholders());
        statement.bind(&mine).map_err(|error| {
            let how = "-v NAME=VALUE gives a value, and those of $1, $2 and ? stand behind --";
            let hint = match error.hint() {
                Some(told) if !told.starts_with("give ") => format!("{told}; {how}"),
                _ => how.to_owned(),
            };
            error.with_hint(hint)
        })
    };
    statements.into_iter().map(bind).collect()
}

/// Shows what a statement would send. What only changes the session happens.
async fn show_price(
    session: &Session,
    statement: Statement,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let priced = session.engine().price(statement).await?;
    let Some(priced) = priced else {
        return Ok(());
    };
    writeln!(out, "{}", priced.plan.trim_end())?;
    out.flush()?;
    say(&priced.to_string());
    Ok(())
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
