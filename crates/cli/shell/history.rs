//! What was typed before, in a file that only its owner reads. Without one the prompt still works.

use std::io;
use std::path::{Path, PathBuf};

use rustyline::Editor;
use rustyline::history::FileHistory;
use zuzen_engine::may_hold_secret;

use super::editor::Assistant;
use super::tokens::{Kind, Token, tokens};
use crate::exit::say;

/// The history of the prompt.
pub(crate) struct History {
    file: Option<PathBuf>,
}

impl History {
    pub(crate) fn open(editor: &mut Editor<Assistant<'_>, FileHistory>) -> Self {
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

    /// Remembers what was typed, unless it holds a secret: another day, somebody may look over the shoulder of whoever
    /// goes back in the history.
    pub(crate) fn add(&mut self, editor: &mut Editor<Assistant<'_>, FileHistory>, text: &str) {
        if text.trim().is_empty() || is_secret(text) {
            return;
        }
        let Some(file) = &self.file else {
            // It can still be gone back to until the end of the session.
            let _ = editor.add_history_entry(text);
            return;
        };
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

/// Words in the names of what nobody else should read.
const SECRETS: [&str; 7] = [
    "password",
    "passphrase",
    "passwd",
    "secret",
    "token",
    "apikey",
    "credential",
];

/// Whether a text may hold a secret: a call that takes one, a literal that is compared with a name of one, or a literal that
/// looks like a connection string with one.
fn is_secret(text: &str) -> bool {
    if may_hold_secret(text) {
        return true;
    }
    let all = tokens(text);
    let code: Vec<&Token<'_>> = all.iter().filter(|token| token.is_code()).collect();
    let named = |place: usize| {
        let before = code[..place].iter().rev();
        // `name = 'x'`, `name => 'x'`, `name IN ('x'`, `name 'x'`.
        let between = |token: &&&Token<'_>| token.kind == Kind::Mark || token.is_word("IN");
        let mut names = before.skip_while(between);
        names.next().and_then(|token| token.name())
    };
    code.iter().enumerate().any(|(place, token)| {
        token.kind == Kind::Text
            && (holds_secret_property(token.text)
                || named(place).is_some_and(|name| is_name_of_secret(&name)))
    })
}

fn is_name_of_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    SECRETS.iter().any(|secret| name.ends_with(secret))
}

/// Whether a text has `ApiToken=x` in it, or its like.
fn holds_secret_property(text: &str) -> bool {
    let pairs = text.trim_matches('\'').split([';', '&', '?', ' ']);
    let mut names = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once(['=', ':'])?;
        (!value.trim().is_empty()).then_some(name)
    });
    names.any(|name| is_name_of_secret(name.trim()))
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
    fn secrets_are_not_remembered() {
        for text in [
            "CALL desk.RefreshOAuthAccessToken('hush')",
            "SELECT 1 WHERE password = 'hush'",
            "SELECT * FROM x WHERE api_token IN ('hush')",
            "SET some.secret = 'hush'",
            "SELECT f(OAuthClientSecret => 'hush')",
            "SELECT 'URL=https://a.zendesk.com;ApiToken=hush'",
            "SELECT 'https://a.b/c?access_token=hush'",
            "CREATE USER a PASSWORD 'hush'",
        ] {
            assert!(is_secret(text), "{text}");
        }
        for text in [
            "SELECT * FROM oauth_tokens WHERE client_id = 'abc'",
            "SELECT token FROM oauth_tokens WHERE scope = 'read'",
            "SELECT * FROM tickets WHERE subject = 'password: forgotten how to set it'",
            "SELECT * FROM tickets WHERE subject LIKE '%password%'",
            "SELECT status, count(*) FROM tickets GROUP BY 1;",
            "\\d oauth_tokens",
        ] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
