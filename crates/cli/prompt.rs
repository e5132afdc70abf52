//! The prompt: asks for statements, one by one, until `;`. A small one; it keeps a history and can be interrupted.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, Config, Editor};
use tokio::runtime::Runtime;
use zuzen_engine::{Error, Kind, may_hold_secret};

use crate::exit::{Failure, report, say};
use crate::session::Session;

const HELP: &str = "\
Write SQL and end it with ;
  SELECT table_name, about FROM system.tables;     what there is
  SELECT * FROM system.columns WHERE table_name = 'tickets';
  EXPLAIN SELECT …;                                which requests it would send
  SELECT * FROM system.requests;                   which requests were sent
  \\chart bar|line|hist [x] [y]                     draws the last result
  COPY (SELECT …) TO 'rows.parquet';               FROM 'rows.csv' reads files
  REFRESH SCHEMA;                                  forgets what Zuora told of its tables
  SET datafusion.execution.time_zone = 'Asia/Tokyo';
Ctrl-C stops a statement or clears the line; quit, exit, \\q or Ctrl-D leave.";

/// Asks until the end of input.
pub(crate) fn run(session: &Session, runtime: &Runtime) -> Result<(), Failure> {
    greet(session, runtime);
    // Rows may go to a file while a person types: the prompt belongs on the terminal, not among them.
    let config = Config::builder().behavior(Behavior::PreferTerm).build();
    let mut editor: Editor<(), FileHistory> =
        Editor::with_config(config).map_err(|error| broken(&error))?;
    let mut history = History::open(&mut editor);
    let mut text = String::new();
    loop {
        let sign = if text.is_empty() {
            "zuzen> "
        } else {
            "   ...> "
        };
        match editor.readline(sign) {
            Ok(line) => {
                if text.is_empty() {
                    match word(&line) {
                        Word::Quit => return Ok(()),
                        Word::Help => {
                            say(HELP);
                            continue;
                        }
                        Word::Chart => {
                            let line = line.trim().trim_end_matches(';');
                            match session.chart(line.trim_start_matches("\\chart")) {
                                Ok(drawn) => io::stdout().lock().write_all(drawn.as_bytes())?,
                                Err(error) => report(&error),
                            }
                            continue;
                        }
                        Word::Nothing => continue,
                        Word::Statement => {}
                    }
                }
                text.push_str(&line);
                text.push('\n');
                if is_complete(&text) {
                    let statements = std::mem::take(&mut text);
                    history.add(&mut editor, statements.trim_end());
                    execute(session, runtime, &statements)?;
                }
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(broken(&error).into()),
        }
    }
}

/// Says who is signed in where; a connection that does not work is better known before the first query.
fn greet(session: &Session, runtime: &Runtime) {
    if session.is_demo() {
        say(
            "A simulated Zendesk account and a Zuora tenant with its customers, connected as `zendesk` and `zuora`.",
        );
    } else {
        for connection in session.engine().connections() {
            match runtime.block_on(connection.test()) {
                Ok(identity) => {
                    let role = identity.role.unwrap_or_else(|| "unknown role".to_owned());
                    let name = identity.name;
                    say(&format!(
                        "{}: signed in as {name} ({role})",
                        connection.name()
                    ));
                }
                Err(error) => {
                    report(&error.with_context("connection", connection.name().to_owned()));
                }
            }
        }
    }
    say("Type help for help.");
}

/// Runs what was typed. Only a stdout that is closed ends the prompt.
fn execute(session: &Session, runtime: &Runtime, text: &str) -> Result<(), Failure> {
    let statements = match session.engine().statements(text) {
        Ok(statements) => statements,
        Err(error) => {
            report(&error);
            return Ok(());
        }
    };
    let outcome = runtime.block_on(async {
        let work = async {
            let mut out = session.destination()?;
            for statement in statements {
                session.run(statement, &mut out).await?;
            }
            out.finish()
        };
        tokio::select! {
            outcome = work => Some(outcome),
            // Dropping the work stops its requests.
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    match outcome {
        None => say("cancelled"),
        Some(Ok(())) => {}
        Some(Err(Failure::Failed(error))) => report(&error),
        Some(Err(closed)) => return Err(closed),
    }
    Ok(())
}

fn broken(error: &ReadlineError) -> Error {
    let reason = format!("the terminal cannot be read: {error}");
    Error::new(Kind::Internal, reason).with_hint("give statements with -c, -f or stdin")
}

/// What a line means where a statement may begin.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Statement,
    Help,
    Chart,
    Quit,
    Nothing,
}

fn word(line: &str) -> Word {
    match line
        .trim()
        .trim_end_matches(';')
        .trim_end()
        .to_ascii_lowercase()
        .as_str()
    {
        "" => Word::Nothing,
        line if line.split_whitespace().next() == Some("\\chart") => Word::Chart,
        "help" | "\\?" | "\\h" | "?" => Word::Help,
        "quit" | "exit" | "\\q" => Word::Quit,
        _ => Word::Statement,
    }
}

/// Whether the text ends with a `;` that is not part of a string, a name or a comment.
fn is_complete(text: &str) -> bool {
    let mut ended = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = if rest.starts_with("--") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            comment_length(rest)
        } else if matches!(character, '\'' | '"') {
            ended = false;
            // A doubled quote ends one text and begins the next, which amounts to the same.
            rest[1..].find(character).map(|place| place + 2)
        } else {
            if !character.is_whitespace() {
                ended = character == ';';
            }
            Some(character.len_utf8())
        };
        match length {
            Some(length) => rest = &rest[length..],
            // A comment up to the end of the line changes nothing, what is open goes on.
            None => return ended && rest.starts_with("--"),
        }
    }
    ended
}

/// The length of a comment, which may hold others, or nothing if it goes on.
fn comment_length(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut place = 0;
    while place < text.len() {
        let rest = &text[place..];
        if rest.starts_with("/*") {
            depth += 1;
            place += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return Some(place);
            }
        } else {
            place += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// What was typed before, in a file that only its owner reads. Without one the prompt still works.
struct History {
    file: Option<PathBuf>,
}

impl History {
    fn open(editor: &mut Editor<(), FileHistory>) -> Self {
        let Some(folder) = state_folder() else {
            return Self { file: None };
        };
        if let Err(error) = create_private(&folder) {
            let folder = folder.display();
            say(&format!("warning: no history is kept: {folder}: {error}"));
            return Self { file: None };
        }
        let file = folder.join("history");
        if file.exists()
            && let Err(error) = editor.load_history(&file)
        {
            let file = file.display();
            say(&format!(
                "warning: the history {file} cannot be read: {error}"
            ));
        }
        Self { file: Some(file) }
    }

    fn add(&mut self, editor: &mut Editor<(), FileHistory>, text: &str) {
        let Some(file) = &self.file else {
            return;
        };
        // Another day, somebody may look over the shoulder of whoever goes back in the history.
        if may_hold_secret(text) {
            return;
        }
        // The file gets mode 0600 from the editor.
        let added = editor.add_history_entry(text);
        if let Err(error) = added.and_then(|_| editor.append_history(file)) {
            let file = file.display();
            say(&format!(
                "warning: the history {file} cannot be written: {error}"
            ));
            self.file = None;
        }
    }
}

/// Where this user's programs keep what they remember.
fn state_folder() -> Option<PathBuf> {
    let given = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    given("XDG_STATE_HOME")
        .or_else(|| given("LOCALAPPDATA"))
        .or_else(|| std::env::home_dir().map(|home| home.join(".local").join("state")))
        .map(|folder| folder.join("zuzen"))
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_its_semicolon() {
        for (text, complete) in [
            ("SELECT 1;", true),
            ("SELECT 1;  \n", true),
            ("SELECT 1", false),
            ("SELECT ';", false),
            ("SELECT ';'", false),
            ("SELECT ';';", true),
            ("SELECT 'it''s;';", true),
            ("SELECT 'it''s;", false),
            ("SELECT \"a;", false),
            ("SELECT 1; -- done", true),
            ("SELECT 1; -- done\n", true),
            ("SELECT 1 -- ;", false),
            ("SELECT 1 -- ;\n;", true),
            ("SELECT /* ; */ 1", false),
            ("SELECT 1; /* so */", true),
            ("SELECT 1; /* so", false),
            ("SELECT /* a /* b */ ; */ 1", false),
            ("SELECT '日本;語';", true),
            ("SELECT 1; SELECT 2", false),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn a_few_words_are_for_the_prompt() {
        for (line, meaning) in [
            ("quit", Word::Quit),
            (" EXIT; ", Word::Quit),
            ("\\chart bar a b;", Word::Chart),
            ("\\q", Word::Quit),
            ("help ;", Word::Help),
            ("  ", Word::Nothing),
            (";", Word::Nothing),
            ("SELECT quit", Word::Statement),
        ] {
            assert_eq!(word(line), meaning, "{line}");
        }
    }
}
