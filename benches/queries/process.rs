//! Time and memory of processes, as Linux tells them; elsewhere CPU time and memory are unknown.

use std::fs::read_to_string;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;

/// CPU time in /proc comes in hundredths of a second on every platform that we know.
const TICK: Duration = Duration::from_millis(10);

/// What something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// CPU time of this process.
    pub(crate) own: Option<Duration>,
    /// CPU time of the server.
    pub(crate) server: Option<Duration>,
}

/// Measures a [`Cost`].
#[derive(Debug)]
pub(crate) struct Stopwatch {
    server: Vec<u32>,
    begun: Instant,
    before: (Option<Duration>, Option<Duration>),
}

impl Stopwatch {
    pub(crate) fn start(server: &[u32]) -> Self {
        let server = server.to_vec();
        let before = spent(&server);
        Self {
            server,
            begun: Instant::now(),
            before,
        }
    }

    pub(crate) fn stop(self) -> Cost {
        let wall = self.begun.elapsed();
        let after = spent(&self.server);
        let between =
            |before: Option<Duration>, after: Option<Duration>| after?.checked_sub(before?);
        Cost {
            wall,
            own: between(self.before.0, after.0),
            server: between(self.before.1, after.1),
        }
    }
}

fn spent(server: &[u32]) -> (Option<Duration>, Option<Duration>) {
    let server = server.iter().map(|process| cpu(&process.to_string()));
    (cpu("self"), server.sum())
}

/// CPU time of a process, in user and kernel mode.
fn cpu(process: &str) -> Option<Duration> {
    let stat = read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces; of the fields behind it, these are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>().ok())
        .sum::<Option<u32>>()?;
    Some(TICK * ticks)
}

/// A process that has ended well.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// The most bytes of memory it ever held.
    pub(crate) peak: Option<u64>,
}

/// Runs a process to its end, its rows to nowhere.
pub(crate) fn run(command: &mut Command) -> Outcome<Run> {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut most = None;
    let status = loop {
        // A process that has ended says no more, so the peak is read all along.
        most = peak(child.id()).or(most);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(Duration::from_millis(1));
    };
    let wall = begun.elapsed();
    if status.success() {
        return Ok(Run { wall, peak: most });
    }
    let mut complaint = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut complaint)?;
    }
    Err(format!("{command:?} ended with {status}: {complaint}").into())
}

fn peak(process: u32) -> Option<u64> {
    let status = read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}
