//! A reader's computer: a home of its own, `zuzen` and `cargo` on the path, and a browser in which somebody agrees.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::home::{Ended, Home, Running};
use crate::requirements::browser::browse;

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Of cargo, a page needs `cargo run --`; what builds and tests the project is what runs this.
const CARGO: &str = "#!/bin/sh\ncase \"$1 $2\" in\n'run --') shift 2; exec zuzen \"$@\" ;;\n\
                     'build --release'|'test ') ;;\n*) echo \"cargo $* is not known here\" >&2; exit 1 ;;\nesac\n";

pub(super) struct Computer(Home);

impl Computer {
    pub(super) fn new() -> Self {
        let home = Home::new();
        let programs = home.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        let release = home.path().join("target/release");
        std::fs::create_dir_all(&release).unwrap();
        for folder in [&programs, &release] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zuzen"), folder.join("zuzen")).unwrap();
        }
        script(&programs.join("cargo"), CARGO);
        let browser = "#!/bin/sh\nprintf '%s\\n' \"$1\" >> \"$HOME/opened\"\n";
        script(&programs.join("browser"), browser);
        Self(home)
    }

    pub(super) fn home(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into the home folder.
    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.home().join(name);
        std::fs::write(&path, text).unwrap();
        // A config file with secrets in it is its owner's alone.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs lines of a shell to their end, which is the first failure; whatever wants a person's consent gets it.
    pub(super) fn run(&self, lines: &str, input: Stdio) -> Ended {
        let programs = self.home().join("bin");
        // What earlier commands have opened is done with.
        let _ = std::fs::remove_file(self.home().join("opened"));
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-e", "-c", lines])
            .current_dir(self.home())
            .env_clear()
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("HOME", self.home())
            .env("BROWSER", programs.join("browser"))
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = Running::start(&mut command);
        let (began, mut seen) = (Instant::now(), 0);
        // What blocks write fits into the pipes.
        while !running.has_ended() {
            let opened = std::fs::read_to_string(self.home().join("opened")).unwrap_or_default();
            let addresses: Vec<&str> = opened.lines().collect();
            for address in &addresses[seen..] {
                browse(address);
            }
            seen = addresses.len();
            if began.elapsed() > PATIENCE {
                running.kill();
                panic!("does not end: {lines}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        running.end()
    }
}

fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
