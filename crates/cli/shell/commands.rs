//! The commands of the prompt, as a table. A new one is a line here and a function.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ValueEnum as _;
use zuzen_engine::{Error, Kind};

use super::complete::{Candidate, Completion, complete as complete_sql};
use super::names::Names;
use super::{Shell, look};
use crate::exit::{Failure, say};
use crate::output::Format;

/// A command: `\name takes`.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// What stands behind it, for people.
    takes: &'static str,
    about: &'static str,
    /// What completes its argument.
    completes: Completes,
    act: fn(&mut Shell<'_>, &str) -> Result<(), Failure>,
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Completes {
    Nothing,
    Tables,
    Schemas,
    Procedures,
    Formats,
    Charts,
    OnOff,
    Files,
}

/// All commands, in the order of their help.
pub(crate) const COMMANDS: &[Command] = &[
    command("?", "", "this help", Completes::Nothing, help),
    command(
        "d",
        "[TABLE]",
        "tables; columns of one; \\d tick* lists some",
        Completes::Tables,
        look::tables,
    ),
    command(
        "c",
        "[NAME]",
        "connections; use one's tables without a prefix",
        Completes::Schemas,
        look::connections,
    ),
    command(
        "p",
        "[NAME]",
        "procedures; parameters and results of one",
        Completes::Procedures,
        look::procedures,
    ),
    command(
        "limits",
        "",
        "what is left of rate limits; jobs under way",
        Completes::Nothing,
        look::limits,
    ),
    command(
        "requests",
        "",
        "the API calls of the last statement",
        Completes::Nothing,
        look::requests,
    ),
    command(
        "timing",
        "[on|off]",
        "say what each statement took, or do not",
        Completes::OnOff,
        timing,
    ),
    command(
        "format",
        "[NAME]",
        "how rows are written",
        Completes::Formats,
        format,
    ),
    command(
        "x",
        "",
        "a line for each column, and back",
        Completes::Nothing,
        expand,
    ),
    command(
        "chart",
        "[bar|line|hist [X] [Y]]",
        "draw the last result, of these columns",
        Completes::Charts,
        chart,
    ),
    command(
        "o",
        "[FILE]",
        "rows to this file; alone, to the screen again",
        Completes::Files,
        output,
    ),
    command(
        "i",
        "FILE",
        "run the statements and commands of a file",
        Completes::Files,
        include,
    ),
    command("q", "", "leave, as Ctrl-D does", Completes::Nothing, quit),
];

const fn command(
    name: &'static str,
    takes: &'static str,
    about: &'static str,
    completes: Completes,
    act: fn(&mut Shell<'_>, &str) -> Result<(), Failure>,
) -> Command {
    Command {
        name,
        takes,
        about,
        completes,
        act,
    }
}

/// The command that a line names, and what stands behind it.
fn parse(line: &str) -> (&str, &str) {
    let line = line.trim().trim_start_matches('\\');
    let line = line.trim_end_matches(';').trim_end();
    match line.split_once(char::is_whitespace) {
        Some((name, argument)) => (name, argument.trim()),
        None => (line, ""),
    }
}

fn find(name: &str) -> Option<&'static Command> {
    let name = match name {
        "h" | "help" => "?",
        "quit" | "exit" => "q",
        other => other,
    };
    COMMANDS.iter().find(|command| command.name == name)
}

/// Does what a line says.
pub(crate) fn perform(shell: &mut Shell<'_>, line: &str) -> Result<(), Failure> {
    let (name, argument) = parse(line);
    match find(name) {
        Some(command) => (command.act)(shell, argument),
        None => Err(unknown(name).into()),
    }
}

fn unknown(name: &str) -> Error {
    let shown: String = name.chars().take(40).collect();
    let known = COMMANDS.iter().map(|command| command.name);
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean \\{near}? \\? lists all commands"),
        None => "\\? lists all commands".to_owned(),
    };
    Error::new(Kind::Sql, format!("there is no command \\{shown}")).with_hint(hint)
}

/// The name that is meant in all likelihood.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let far = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    let mut all: Vec<(usize, &str)> = known.into_iter().map(|other| (far(other), other)).collect();
    // One letter is not alike another; what begins alike is.
    all.retain(|(distance, other)| {
        let longest = name.len().max(other.len());
        *distance <= 1 + longest / 4 && *distance < longest
    });
    all.into_iter()
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Whether what is being typed behind the command is the name of a file.
pub(crate) fn takes_file(line: &str) -> bool {
    let line = line.trim_start();
    let is_begun = line.starts_with('\\') && line.contains(char::is_whitespace);
    is_begun && find(parse(line).0).is_some_and(|it| it.completes == Completes::Files)
}

/// What could stand at this byte of a line with a command.
pub(crate) fn complete(line: &str, place: usize, names: &Names) -> Completion {
    let before = line.get(..place).unwrap_or(line);
    let begin = before.len() - before.trim_start().len();
    let Some(argument) = before[begin..].find(char::is_whitespace) else {
        let typed = before[begin..].trim_start_matches('\\');
        let fitting = COMMANDS.iter().filter(|it| it.name.starts_with(typed));
        let candidates = fitting.map(|it| {
            let space = if it.takes.is_empty() { "" } else { " " };
            Candidate {
                shown: format!("\\{}", it.name),
                text: format!("\\{}{space}", it.name),
            }
        });
        return Completion {
            start: begin,
            candidates: candidates.collect(),
        };
    };
    let start = before.rfind(char::is_whitespace).map_or(0, |it| it + 1);
    let typed = &before[start..];
    let completes = find(parse(before).0).map_or(Completes::Nothing, |it| it.completes);
    let words = |words: Vec<String>| Completion {
        start,
        candidates: words
            .into_iter()
            .filter(|word| word.to_lowercase().starts_with(&typed.to_lowercase()))
            .map(|word| Candidate {
                shown: word.clone(),
                text: word,
            })
            .collect(),
    };
    match completes {
        Completes::Nothing | Completes::Files => Completion::default(),
        Completes::Tables | Completes::Schemas => {
            // The same names stand behind words of SQL.
            let verb = match completes {
                Completes::Tables => "DESCRIBE ",
                _ => "USE ",
            };
            let skipped = begin + argument + 1;
            let sql = format!("{verb}{}", &before[skipped..]);
            let mut found = complete_sql(&sql, sql.len(), names);
            found.start = (found.start + skipped).saturating_sub(verb.len());
            found
        }
        Completes::Procedures => words(names.procedures.iter().map(|it| it.name.clone()).collect()),
        Completes::Formats => words(formats()),
        Completes::Charts => words(["bar", "line", "hist"].map(str::to_owned).to_vec()),
        Completes::OnOff => words(vec!["on".to_owned(), "off".to_owned()]),
    }
}

fn help(_: &mut Shell<'_>, _: &str) -> Result<(), Failure> {
    say(&help_text());
    Ok(())
}

fn help_text() -> String {
    let usage = |command: &Command| format!("\\{} {}", command.name, command.takes);
    let width = COMMANDS
        .iter()
        .map(|it| usage(it).len())
        .max()
        .unwrap_or_default();
    let lines = COMMANDS
        .iter()
        .map(|it| format!("  {:width$} {}\n", usage(it), it.about));
    let commands: String = lines.collect();
    format!("Write SQL and end it with ; or a command:\n{commands}{STATEMENTS}")
}

const STATEMENTS: &str = "\
Statements to begin with:
  SELECT status, count(*) FROM zendesk.tickets GROUP BY status;
  EXPLAIN SELECT …;               which requests it would send, and why
  EXPLAIN ANALYZE SELECT …;       which it did
  COPY (SELECT …) TO 'a.parquet'; and SELECT … FROM 'a.csv' reads files
  REFRESH SCHEMA;                 forgets what was found out about tables
  SET datafusion.execution.time_zone = 'Asia/Tokyo';
Tab completes, Ctrl-R finds what was typed before, Ctrl-C stops a statement or
clears the line, Ctrl-D leaves. ~/.zuzenrc is run before the first prompt.";

fn timing(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    let wanted = match argument.to_ascii_lowercase().as_str() {
        "" => !shell.session.timing(),
        "on" => true,
        "off" => false,
        _ => {
            let reason = format!("\\timing is on or off, not `{argument}`");
            return Err(Error::new(Kind::Sql, reason)
                .with_hint("\\timing alone turns it")
                .into());
        }
    };
    shell.session.set_timing(wanted);
    say(if wanted {
        "timing is on"
    } else {
        "timing is off"
    });
    Ok(())
}

fn formats() -> Vec<String> {
    let names = Format::value_variants()
        .iter()
        .filter_map(|it| it.to_possible_value());
    names.map(|it| it.get_name().to_owned()).collect()
}

fn name_of(format: Format) -> String {
    let name = format.to_possible_value();
    name.map_or(String::new(), |name| name.get_name().to_owned())
}

fn format(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    let known = formats();
    if argument.is_empty() {
        let now = name_of(shell.session.format());
        say(&format!("format is {now}; there are {}", known.join(", ")));
        return Ok(());
    }
    let Ok(format) = Format::from_str(argument, true) else {
        let near = nearest(argument, known.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!("did you mean {near}? "));
        let reason = format!("there is no format `{argument}`");
        let hint = format!("{near}there are {}", known.join(", "));
        return Err(Error::new(Kind::Sql, reason).with_hint(hint).into());
    };
    shell.choose(format);
    say(&format!("format is {}", name_of(format)));
    Ok(())
}

fn expand(shell: &mut Shell<'_>, _: &str) -> Result<(), Failure> {
    let Ok(expanded) = Format::from_str("expanded", true) else {
        let reason = "rows cannot be expanded";
        return Err(Error::new(Kind::Unsupported, reason)
            .with_hint("\\format lists what there is")
            .into());
    };
    let now = shell.expand(expanded);
    say(&format!("format is {}", name_of(now)));
    Ok(())
}

fn chart(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    let drawn = shell.session.chart(argument)?;
    Ok(io::stdout().lock().write_all(drawn.as_bytes())?)
}

/// The file that an argument names; `~` is the home folder.
fn file(argument: &str) -> PathBuf {
    let argument = argument.trim_matches(['\'', '"']);
    match (argument.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(argument),
    }
}

fn output(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    let target = (!argument.is_empty()).then(|| file(argument));
    shell.redirect(target.as_deref())?;
    shell.tell_target();
    Ok(())
}

fn include(shell: &mut Shell<'_>, argument: &str) -> Result<(), Failure> {
    if argument.is_empty() {
        let error = Error::new(Kind::Sql, "\\i needs a file").with_hint("\\i report.sql");
        return Err(error.into());
    }
    shell.include(&file(argument))
}

fn quit(shell: &mut Shell<'_>, _: &str) -> Result<(), Failure> {
    shell.leave();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::names::{Schema, Table};
    use super::*;

    #[test]
    fn help_names_every_command_within_a_screen() {
        let help = help_text();
        for command in COMMANDS {
            assert!(
                help.contains(&format!("  \\{} ", command.name)),
                "{}",
                command.name
            );
        }
        // A screen of 24 lines of 80 letters, the last of them the prompt's.
        assert!(
            help.lines().count() < 24 && help.lines().all(|line| line.chars().count() <= 80),
            "{help}"
        );
    }

    #[test]
    fn lines_are_commands_with_arguments() {
        for (line, parsed) in [
            ("\\d tickets", ("d", "tickets")),
            (" \\d  zendesk.tickets ; ", ("d", "zendesk.tickets")),
            ("\\q;", ("q", "")),
            ("\\o a file.csv", ("o", "a file.csv")),
            ("\\", ("", "")),
        ] {
            assert_eq!(parse(line), parsed, "{line}");
        }
        assert!(find("h").is_some_and(|it| it.name == "?"));
        assert!(find("dt").is_none());
    }

    #[test]
    fn unknown_commands_name_the_nearest() {
        for (name, near) in [
            ("dt", Some("d")),
            ("formt", Some("format")),
            ("timng", Some("timing")),
            ("request", Some("requests")),
            ("z", None),
            ("weather", None),
            ("", None),
        ] {
            assert_eq!(
                nearest(name, COMMANDS.iter().map(|it| it.name)),
                near,
                "{name}"
            );
        }
        let error = unknown("formt").to_string();
        assert!(
            error.contains("no command \\formt") && error.contains("did you mean \\format?"),
            "{error}"
        );
    }

    #[test]
    fn commands_and_their_arguments_complete() {
        let names = Names {
            default_schema: "desk".to_owned(),
            schemas: vec![Schema {
                name: "desk".to_owned(),
                tables: vec![Table {
                    name: "tickets".to_owned(),
                    columns: Vec::new(),
                }],
            }],
            ..Names::default()
        };
        for (line, start, texts) in [
            ("\\f", 0, vec!["\\format "]),
            ("\\re", 0, vec!["\\requests"]),
            ("\\d ti", 3, vec!["tickets"]),
            ("\\d desk.ti", 8, vec!["tickets"]),
            ("\\c de", 3, vec!["desk"]),
            ("\\format cs", 8, vec!["csv"]),
            ("\\timing ", 8, vec!["on", "off"]),
            ("\\nosuch a", 0, vec![]),
        ] {
            let found = complete(line, line.len(), &names);
            let shown: Vec<&str> = found.candidates.iter().map(|it| it.text.as_str()).collect();
            assert_eq!((found.start, shown), (start, texts), "{line}");
        }
        assert!(takes_file("\\i rep") && takes_file("\\o ") && !takes_file("\\i"));
        assert!(!takes_file("\\d x"));
    }
}
