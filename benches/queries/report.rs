//! The figures as a plain table, and what is wrong with them.

use std::io::{Write as _, stdout};
use std::time::Duration;

use crate::Outcome;
use crate::answer::Answer;
use crate::comparison::Comparison;
use crate::process::Run;

const MEGA: f64 = 1e6;

/// Prints as it goes; complains at the end.
#[derive(Debug)]
pub(crate) struct Report {
    /// Whether times are good enough to be judged.
    judges: bool,
    faults: Vec<String>,
    scans: Vec<u64>,
}

impl Report {
    pub(crate) fn new(once: bool) -> Self {
        Self {
            judges: !once && !cfg!(debug_assertions),
            faults: Vec::new(),
            scans: Vec::new(),
        }
    }

    /// What the figures are of.
    pub(crate) fn head(&self, everything: &Answer) -> Outcome<()> {
        let build = if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        };
        let each = everything.bytes() / everything.rows.max(1);
        writeln!(
            stdout(),
            "{} tickets of {each} bytes, gzip on the wire, {build} build
zuzen: Engine::stream to the last row. bare: reqwest drains the very same pages, one after another, bytes only.
x: zuzen's time by bare's (medians of turns taken in turn). A ratio near 1 can mean that the server, or its latency,
was what both waited for: look at its CPU time, the last column. CPU times are means in steps of 10 ms.",
            everything.rows
        )?;
        Ok(())
    }

    /// Sentences follow.
    pub(crate) fn title(&self, title: &str) -> Outcome<()> {
        writeln!(stdout(), "\n{title}")?;
        Ok(())
    }

    /// Rows follow.
    pub(crate) fn section(&self, title: &str) -> Outcome<()> {
        writeln!(
            stdout(),
            "\n{title:<24} {:>8} {:>8} {:>10} {:>9} {:>9} {:>7} {:>9} {:>9} {:>9} {:>6}",
            "rows",
            "requests",
            "MB",
            "zuzen ms",
            "bare ms",
            "x",
            "zuzen CPU",
            "bare CPU",
            "server",
            "turns"
        )?;
        Ok(())
    }

    /// A question and both ways to fetch its pages. A ratio beyond `ceiling` is a fault.
    pub(crate) fn row(
        &mut self,
        name: &str,
        answer: &Answer,
        comparison: &Comparison,
        ceiling: Option<f64>,
    ) -> Outcome<()> {
        let Comparison {
            zuzen,
            bare,
            ratio,
            turns,
        } = comparison;
        let cpu = |time: Option<Duration>| time.map_or_else(|| "-".to_owned(), millis);
        writeln!(
            stdout(),
            "{name:<24} {:>8} {:>8} {:>10.3} {:>9} {:>9} {ratio:>7.2} {:>9} {:>9} {:>9} {turns:>6}",
            answer.rows,
            answer.requests.len(),
            answer.bytes() as f64 / MEGA,
            millis(zuzen.wall),
            millis(bare.wall),
            cpu(zuzen.own),
            cpu(bare.own),
            cpu(zuzen.server),
        )?;
        match ceiling {
            Some(ceiling) if self.judges && *ratio > ceiling => self.faults.push(format!(
                "{name}: {ratio:.2} times the bare client's time, not at most {ceiling}"
            )),
            _ => {}
        }
        Ok(())
    }

    /// A process that scanned so many rows. `limits`: megabytes it may need, and those it is meant to need.
    pub(crate) fn memory(&mut self, rows: u64, run: &Run, limits: (u64, u64)) -> Outcome<()> {
        let (most, goal) = limits;
        let peak = run.peak.map(|peak| peak / 1_000_000);
        let shown = peak.map_or_else(|| "unknown".to_owned(), |peak| format!("{peak} MB"));
        writeln!(
            stdout(),
            "SELECT * as ndjson: {rows} rows, {} ms, peak memory {shown} (goal {goal} MB)",
            millis(run.wall)
        )?;
        let Some(peak) = peak else {
            return Ok(());
        };
        if peak >= most {
            self.faults.push(format!(
                "a scan of {rows} rows held {peak} MB, not under {most} MB"
            ));
        }
        // Below some pages a scan has not yet reached what it needs.
        if rows >= 10_000 {
            self.scans.push(peak);
        }
        if let [first, .., last] = self.scans.as_slice()
            && last * 2 > first * 3
        {
            self.faults.push(format!(
                "memory grows with the table: {first} MB, then {last} MB"
            ));
        }
        Ok(())
    }

    /// A small question from the start of a process to its end.
    pub(crate) fn start(
        &mut self,
        name: &str,
        zuzen: Duration,
        bare: Duration,
        peak: Option<u64>,
    ) -> Outcome<()> {
        let peak = peak.map_or_else(
            || "unknown".to_owned(),
            |peak| format!("{} MB", peak / 1_000_000),
        );
        writeln!(
            stdout(),
            "{name} from process start to end: zuzen {} ms, bare {} ms, peak memory {peak}",
            millis(zuzen),
            millis(bare)
        )?;
        if self.judges && zuzen > Duration::from_millis(100) {
            self.faults.push(format!(
                "{name}: a process took {} ms, not at most 100",
                millis(zuzen)
            ));
        }
        Ok(())
    }

    /// Whether a count is what it has to be.
    pub(crate) fn expect(&mut self, what: &str, found: u64, wanted: u64) {
        if found != wanted {
            self.faults.push(format!("{what}: {found}, not {wanted}"));
        }
    }

    /// Fails if anything was wrong.
    pub(crate) fn end(self) -> Outcome<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(self.faults.join("; ").into())
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}
