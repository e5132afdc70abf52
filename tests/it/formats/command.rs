//! The built binary over a simulated account.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

/// An account of so many tickets.
pub(super) fn account(tickets: u32) -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed: 5,
        tickets,
        anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
    })
}

pub(super) fn serve(account: &Arc<Account>) -> Simulator {
    let started = Simulator::start(Arc::clone(account), Options::default());
    futures::executor::block_on(started).unwrap()
}

/// The command in a folder, with these arguments.
pub(super) fn zuzen(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("HOME", NO_HOME)
        .env("XDG_CONFIG_HOME", NO_HOME)
        .env("XDG_DATA_HOME", NO_HOME)
        .env("XDG_CACHE_HOME", NO_HOME)
        .env("XDG_STATE_HOME", NO_HOME)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Whoever runs the tests may have connections of their own.
const NO_HOME: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/no_home");

/// A connection that no request is sent to.
pub(super) const NOWHERE: &str = "URL=http://127.0.0.1:1;User=a@b.c;ApiToken=x";

/// Runs it to its end, which has to be a good one.
pub(super) fn done(folder: &Path, arguments: &[&str]) -> Output {
    let output = zuzen(folder, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output
}

/// What a folder holds, hidden files included.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
