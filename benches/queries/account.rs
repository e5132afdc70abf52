//! The account that is asked: a simulator behind a replay of its answers, each in a process of its own.
//!
//! The simulator draws and compresses a page anew for every request, which takes longer than to read it: measured
//! directly it would hide what its clients cost. The replay sends what it has kept.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use tokio::runtime::Runtime;

use crate::{Outcome, bare, replay};

/// A served account. Dropping it ends its processes.
#[derive(Debug)]
pub(crate) struct Account {
    replay: Ended,
    simulator: Ended,
    url: String,
    properties: String,
}

/// A process that ends with its owner.
#[derive(Debug)]
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // One that has already ended cannot be killed, and that is just as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Account {
    /// Serves an account of so many tickets, deleted ones included.
    pub(crate) fn start(tickets: u32) -> Outcome<Self> {
        let mut simulate = Command::new(env!("CARGO_BIN_EXE_zuzen"));
        simulate.args(["simulate", "--port", "0", "--tickets", &tickets.to_string()]);
        let (simulator, lines) = serve(&mut simulate, "ApiToken=")?;
        let upstream = lines
            .iter()
            .find_map(|line| line.split_once(" at "))
            .map(|(_, url)| url.to_owned())
            .ok_or("the simulator does not say where it is")?;
        let properties = lines.last().ok_or("the simulator says nothing")?;
        let mut repeat = Command::new(std::env::current_exe()?);
        let (replay, lines) = serve(repeat.args(["--replay", &upstream]), "http://")?;
        let url = lines.last().ok_or("the replay says nothing")?.clone();
        Ok(Self {
            properties: properties.replace(&upstream, &url),
            replay,
            simulator,
            url,
        })
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The connection string.
    pub(crate) fn properties(&self) -> &str {
        &self.properties
    }

    /// The processes that answer.
    pub(crate) fn processes(&self) -> [u32; 2] {
        [self.replay.0.id(), self.simulator.0.id()]
    }

    /// Waits so many milliseconds before each answer from now on.
    pub(crate) fn delay(&self, runtime: &Runtime, millis: u64) -> Outcome<()> {
        let address = format!("{}{}{millis}", self.url, replay::DELAY);
        runtime.block_on(bare::fetch(&bare::client()?, &address))?;
        Ok(())
    }
}

/// Starts a server and reads what it prints up to a line that holds `sign`.
fn serve(command: &mut Command, sign: &str) -> Outcome<(Ended, Vec<String>)> {
    let mut server = Ended(
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let printed = server.0.stdout.take().ok_or("a server has no stdout")?;
    let mut lines = Vec::new();
    for line in BufReader::new(printed).lines() {
        let line = line?.trim().to_owned();
        let found = line.contains(sign);
        lines.push(line);
        if found {
            return Ok((server, lines));
        }
    }
    let mut complaint = String::new();
    if let Some(mut stderr) = server.0.stderr.take() {
        stderr.read_to_string(&mut complaint)?;
    }
    Err(format!("{command:?} did not start: {complaint}").into())
}
