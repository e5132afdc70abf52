//! A computer of its own: a home folder, a browser or none, and the command run there.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a command has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ended {
    /// The same, if all went well.
    #[track_caller]
    pub(super) fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// What stderr says, if it failed with this code.
    #[track_caller]
    pub(super) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self.err
    }
}

/// A computer.
pub(super) struct Machine {
    home: TempDir,
    has_browser: bool,
    /// Who uses it, if not whoever runs the tests: no permission binds root.
    user: Option<u32>,
}

/// `nobody` on most systems.
const NOBODY: u32 = 65_534;

impl Machine {
    /// One with a browser, which notes the addresses it is told to open.
    pub(super) fn desktop() -> Self {
        let machine = Self {
            home: TempDir::new().unwrap(),
            has_browser: true,
            user: None,
        };
        let script = "#!/bin/sh\nprintf '%s\\n' \"$1\" >> \"$HOME/opened\"\n";
        std::fs::write(machine.path("browser"), script).unwrap();
        #[cfg(unix)]
        machine.permit("browser", 0o755);
        machine
    }

    /// One with neither monitor nor browser.
    pub(super) fn headless() -> Self {
        Self {
            home: TempDir::new().unwrap(),
            has_browser: false,
            user: None,
        }
    }

    /// One without a browser whose user is bound by permissions, as root is not.
    #[cfg(unix)]
    pub(super) fn of_ordinary_user() -> Self {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let mut machine = Self::headless();
        if std::fs::metadata(machine.home()).unwrap().uid() == 0 {
            chown(machine.home(), Some(NOBODY), Some(NOBODY)).unwrap();
            machine.user = Some(NOBODY);
        }
        machine
    }

    /// Sets the permission bits of a path in the home folder.
    #[cfg(unix)]
    pub(super) fn permit(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path(name), permissions).unwrap();
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in the home folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The folder where programs keep their data.
    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The settings files at the usual places.
    pub(super) fn usual(&self) -> Vec<PathBuf> {
        let Ok(folders) = std::fs::read_dir(self.data().join("zuzen")) else {
            return Vec::new();
        };
        let files = folders.map(|folder| folder.unwrap().path().join("OAuthSettings.txt"));
        files.filter(|file| file.exists()).collect()
    }

    /// The address that the browser was told to open; waits for it.
    pub(super) fn opened(&self) -> String {
        let began = Instant::now();
        loop {
            let text = std::fs::read_to_string(self.path("opened")).unwrap_or_default();
            if let Some((address, _)) = text.split_once('\n') {
                return address.to_owned();
            }
            assert!(began.elapsed() < PATIENCE, "no browser was opened");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs the command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// Starts the command.
    pub(super) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
        command
            .args(arguments)
            .current_dir(self.home())
            .env_clear()
            .env("HOME", self.home())
            .env("XDG_DATA_HOME", self.data())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.has_browser {
            command
                .env("PATH", "/usr/bin:/bin")
                .env("BROWSER", self.path("browser"));
        }
        #[cfg(unix)]
        if let Some(user) = self.user {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(user);
        }
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let out = std::thread::spawn(move || {
            let mut out = String::new();
            stdout.read_to_string(&mut out).unwrap();
            out
        });
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // Nobody listens after a failed test.
                let _ = sender.send(line);
            }
        });
        Running {
            child,
            out: Some(out),
            lines,
            err: String::new(),
        }
    }
}

/// A command that runs. It does not outlive its test.
pub(super) struct Running {
    child: Child,
    out: Option<JoinHandle<String>>,
    lines: Receiver<String>,
    err: String,
}

impl Running {
    /// The address that it asks a person to open.
    pub(super) fn address(&mut self) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.err.push_str(&line);
                    self.err.push('\n');
                    if line.trim_start().starts_with("http") {
                        return line.trim().to_owned();
                    }
                }
                Err(_) => panic!("no address to open was shown:\n{}", self.err),
            }
        }
    }

    /// Waits for its end.
    pub(super) fn end(mut self) -> Ended {
        let until = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.err.push_str(&line);
                    self.err.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.err),
            }
        }
        let out = self.out.take().map(|out| out.join().unwrap());
        Ended {
            code: self.child.wait().unwrap().code(),
            out: out.unwrap_or_default(),
            err: std::mem::take(&mut self.err),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on this machine that a browser can be sent back to. Its port lies below those that the system hands out by
/// itself, so that no connection takes it meanwhile.
pub(super) fn callback() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 9_000).unwrap();
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::SeqCst)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return format!("http://localhost:{port}/callback");
        }
    }
}
