//! The built binary on a terminal of its own: keys in, what the screen was told out. `script` of util-linux makes the
//! terminal; it refuses to know any SQL.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PROMPT: &str = "zuzen> ";
pub(crate) const CTRL_C: &str = "\x03";
pub(crate) const CTRL_D: &str = "\x04";
pub(crate) const CTRL_R: &str = "\x12";
pub(crate) const ENTER: &str = "\r";
pub(crate) const TAB: &str = "\t";

/// A person's home folder.
pub(crate) fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A terminal with the prompt on it.
pub(crate) struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    /// What has been looked at.
    seen: usize,
}

impl Terminal {
    /// The command with these arguments and variables, at home in this folder.
    pub(crate) fn open(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let quoted = |word: &&str| format!("'{}'", word.replace('\'', "'\\''"));
        let words: Vec<String> = arguments.iter().map(quoted).collect();
        let line = format!(
            "stty rows 50 cols 140; exec '{}' {}",
            env!("CARGO_BIN_EXE_zuzen"),
            words.join(" ")
        );
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(home)
            .env("TERM", "xterm-256color")
            .env("HOME", home)
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for folder in ["STATE", "DATA", "CACHE", "CONFIG"] {
            let own = home.join(folder.to_lowercase());
            command.env(format!("XDG_{folder}_HOME"), own);
        }
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut out = child.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                written.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            child,
            keys,
            screen,
            seen: 0,
        }
    }

    /// The same, once it waits for input.
    pub(crate) fn ready(home: &Path, arguments: &[&str]) -> Self {
        let mut terminal = Self::open(home, arguments, &[]);
        terminal.until(PROMPT);
        terminal
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Types a line and ends it.
    pub(crate) fn enter(&mut self, line: &str) {
        self.press(&format!("{line}{ENTER}"));
    }

    /// Waits for this on what has come since the last look; gives all of it, as it was written, up to there.
    #[track_caller]
    pub(crate) fn raw_until(&mut self, wanted: &str) -> String {
        let begun = Instant::now();
        loop {
            let all = self.screen.lock().unwrap().clone();
            let fresh = &all[self.seen..];
            let holds =
                |length: usize| plain(&String::from_utf8_lossy(&fresh[..length])).contains(wanted);
            if holds(fresh.len()) {
                let lengths: Vec<usize> = (0..fresh.len()).collect();
                let length = lengths.partition_point(|length| !holds(*length));
                self.seen += length;
                return String::from_utf8_lossy(&fresh[..length]).into_owned();
            }
            let shown = plain(&String::from_utf8_lossy(fresh));
            assert!(
                begun.elapsed() < PATIENCE,
                "`{wanted}` never came:\n{shown}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The same without colours and movements.
    #[track_caller]
    pub(crate) fn until(&mut self, wanted: &str) -> String {
        plain(&self.raw_until(wanted))
    }

    /// Waits for the next prompt, on a line of its own; gives what has come until then, the echo of what was typed among it.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        let begun = Instant::now();
        loop {
            let all = self.screen.lock().unwrap().clone();
            let shown = plain(&String::from_utf8_lossy(&all[self.seen..]));
            if shown
                .rsplit_once('\n')
                .is_some_and(|(_, last)| last == PROMPT)
            {
                self.seen = all.len();
                return shown;
            }
            assert!(begun.elapsed() < PATIENCE, "no prompt came:\n{shown}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs a line, waits for this of what it brings and then for the next prompt, and gives all of that.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str, wanted: &str) -> String {
        self.enter(line);
        let shown = self.until(wanted);
        shown + &self.until(PROMPT)
    }

    /// Gives up the line that is being typed.
    pub(crate) fn clear(&mut self) {
        self.press(CTRL_C);
        let mut before = 0;
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let now = self.screen.lock().unwrap().len();
            if now == before {
                self.seen = now;
                return;
            }
            before = now;
        }
    }

    /// Waits for its end, and gives the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A text without what steers the terminal.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\x1b' if letters.peek() == Some(&'[') => {
                letters.next();
                while letters.next().is_some_and(|it| !('@'..='~').contains(&it)) {}
            }
            '\r' => {}
            other => shown.push(other),
        }
    }
    shown
}
