//! The line editor: rustyline with our completion, colours, and ends of statements.

use std::borrow::Cow;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, ColorMode, CompletionType, Config, Context, Editor, Helper};
use zuzen_engine::Engine;

use super::commands;
use super::complete::{Completion, complete};
use super::highlight::highlighted;
use super::input::is_whole;
use super::names::{Names, Procedure};

const SIGN: &str = "zuzen> ";
const COLOURED: &str = "\x1b[1mzuzen>\x1b[0m ";

/// What helps a person type.
pub(crate) struct Assistant<'a> {
    engine: &'a Engine,
    procedures: Vec<Procedure>,
    files: FilenameCompleter,
}

impl<'a> Assistant<'a> {
    pub(crate) fn new(engine: &'a Engine, procedures: Vec<Procedure>) -> Self {
        Self {
            engine,
            procedures,
            files: FilenameCompleter::new(),
        }
    }
}

impl Completer for Assistant<'_> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        place: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        if commands::takes_file(line) {
            return self.files.complete_path(line, place);
        }
        // What the engine knows grows with every statement.
        let names = Names::of(self.engine, &self.procedures);
        let Completion { start, candidates } = match line.trim_start().starts_with('\\') {
            true => commands::complete(line, place, &names),
            false => complete(line, place, &names),
        };
        let pairs = candidates.into_iter().map(|candidate| Pair {
            display: candidate.shown,
            replacement: candidate.text,
        });
        Ok((start, pairs.collect()))
    }
}

impl Hinter for Assistant<'_> {
    type Hint = String;
}

impl Highlighter for Assistant<'_> {
    fn highlight<'l>(&self, line: &'l str, _place: usize) -> Cow<'l, str> {
        Cow::Owned(highlighted(line))
    }

    fn highlight_char(&self, _line: &str, _place: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Assistant<'_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Helper for Assistant<'_> {}

/// What asks the person.
pub(crate) struct Prompt<'a> {
    editor: Editor<Assistant<'a>, FileHistory>,
}

impl<'a> Prompt<'a> {
    pub(crate) fn new(assistant: Assistant<'a>) -> Result<Self, ReadlineError> {
        let colours = match has_colours() {
            true => ColorMode::Enabled,
            false => ColorMode::Disabled,
        };
        let config = Config::builder()
            // Rows may go to a file while a person types: the prompt belongs on the terminal, not among them.
            .behavior(Behavior::PreferTerm)
            .color_mode(colours)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .history_ignore_space(true)
            .history_ignore_dups(true)?
            .max_history_size(10_000)?
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(assistant));
        Ok(Self { editor })
    }

    /// What was typed: statements or a command.
    pub(crate) fn ask(&mut self) -> Result<String, ReadlineError> {
        match has_colours() {
            true => self.editor.readline(&(SIGN, COLOURED)),
            false => self.editor.readline(SIGN),
        }
    }

    pub(crate) fn editor(&mut self) -> &mut Editor<Assistant<'a>, FileHistory> {
        &mut self.editor
    }
}

/// Whether a person wants colours: <https://no-color.org>.
fn has_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|text| text.is_empty()) && !crate::watch::is_dumb()
}
