//! Text cut into what the prompt does one after the other: statements, and commands on lines of their own.

use super::tokens::{Token, is_complete, tokens};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// `\d tickets`, or a word for the prompt such as `quit`.
    Command(String),
    /// One statement or several, with their semicolons.
    Statements(String),
}

/// What is to be done, and what is left of a statement that does not end.
pub(crate) fn split(text: &str) -> (Vec<Input>, String) {
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut says_nothing = true;
    for line in text.lines() {
        if says_nothing {
            if line.trim().trim_end_matches(';').is_empty() {
                continue;
            }
            if let Some(command) = command(line) {
                rest.clear();
                found.push(Input::Command(command));
                continue;
            }
        }
        rest.push_str(line);
        rest.push('\n');
        // A long text is not looked at anew for each of its lines.
        let ends_comment = line.contains("*/");
        says_nothing = (says_nothing || ends_comment) && is_blank(&rest);
        if (line.contains(';') || ends_comment) && is_complete(&rest) {
            found.push(Input::Statements(std::mem::take(&mut rest)));
            says_nothing = true;
        }
    }
    (found, rest)
}

/// Whether Enter ends what is being typed.
pub(crate) fn is_whole(text: &str) -> bool {
    is_blank(&split(text).1)
}

/// Whether a text says nothing: at most comments that have ended.
fn is_blank(text: &str) -> bool {
    let goes_on = |token: &Token<'_>| token.is_open && token.text.starts_with("/*");
    !tokens(text)
        .iter()
        .any(|token| token.is_code() || goes_on(token))
}

/// The command that a line is, where a statement may begin.
fn command(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with('\\') {
        return Some(line.to_owned());
    }
    let word = line.trim_end_matches(';').trim_end().to_ascii_lowercase();
    match word.as_str() {
        "help" | "?" => Some("\\?".to_owned()),
        "quit" | "exit" => Some("\\q".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_on_lines_of_their_own() {
        let command = |text: &str| Input::Command(text.to_owned());
        let statements = |text: &str| Input::Statements(text.to_owned());
        for (text, inputs, rest) in [
            ("SELECT 1;", vec![statements("SELECT 1;\n")], ""),
            ("SELECT 1", vec![], "SELECT 1\n"),
            (
                "SELECT\n1; SELECT 2;",
                vec![statements("SELECT\n1; SELECT 2;\n")],
                "",
            ),
            ("\\d tickets", vec![command("\\d tickets")], ""),
            (
                "\\x\n\nSELECT 1;\n  \\timing off \n-- so\nSELECT 2",
                vec![
                    command("\\x"),
                    statements("SELECT 1;\n"),
                    command("\\timing off"),
                ],
                "-- so\nSELECT 2\n",
            ),
            // Within a statement nothing is a command.
            (
                "SELECT '\n\\x\n';",
                vec![statements("SELECT '\n\\x\n';\n")],
                "",
            ),
            (" EXIT; ", vec![command("\\q")], ""),
            ("help", vec![command("\\?")], ""),
            ("SELECT quit;", vec![statements("SELECT quit;\n")], ""),
            (" ;; ", vec![], ""),
            ("-- mine\n\\x\n", vec![command("\\x")], ""),
            ("/* mine\n*/\n\\x", vec![command("\\x")], ""),
            (
                "SELECT 1; /* so\non */",
                vec![statements("SELECT 1; /* so\non */\n")],
                "",
            ),
            ("/* mine\n\\x\n*/", vec![], "/* mine\n\\x\n*/\n"),
            ("", vec![], ""),
        ] {
            assert_eq!(split(text), (inputs, rest.to_owned()), "{text}");
        }
        assert!(is_whole("\\q") && is_whole("") && is_whole("SELECT 1;") && is_whole("-- so"));
        assert!(!is_whole("SELECT 1") && !is_whole("/* so") && !is_whole("SELECT 1;\nSELECT"));
    }
}
