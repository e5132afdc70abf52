//! How far a statement is, on one line of the terminal that is gone when the statement is done.
//!
//! It writes to stderr, and only where a person looks. Rows may share the screen with it: they go through [`Beside`], and
//! the line stays away for as long as they leave one of theirs unfinished.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant, SystemTime};

use zuzen_engine::files::Zone;
use zuzen_engine::progress::{Job, JobState, Pause, Snapshot};

use crate::output::cell::visible;

/// How often it is drawn.
const EVERY: Duration = Duration::from_millis(100);

/// What takes no longer needs no line.
const AT_ONCE: Duration = Duration::from_millis(400);

/// Goes back to the beginning of a line and empties it.
pub(crate) const WIPE: &str = "\r\x1b[K";

/// The line of one statement.
#[derive(Debug)]
pub(crate) struct Line {
    is_wanted: bool,
    began: Instant,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    is_shown: bool,
    /// Nothing on the screen waits for the end of its line.
    is_free: bool,
}

impl Line {
    /// A line that is drawn if it is wanted and somebody can see it.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted: is_wanted && is_visible(),
            began: Instant::now(),
            state: RefCell::new(State {
                is_shown: false,
                is_free: true,
            }),
        }
    }

    /// Does the work, and shows what `told` says until it is done. Dropping it wipes the line, too.
    pub(crate) async fn during<T>(
        &self,
        work: impl Future<Output = T>,
        told: impl Fn() -> String,
    ) -> T {
        if !self.is_wanted {
            return work.await;
        }
        let _wiped = Wiped(self);
        let mut work = std::pin::pin!(work);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = ticks.tick() => self.draw(&told),
            }
        }
    }

    fn draw(&self, told: &impl Fn() -> String) {
        let mut state = self.state.borrow_mut();
        if !state.is_free || self.began.elapsed() < AT_ONCE {
            return;
        }
        let text = cut(&visible(&told()), width(80).saturating_sub(1));
        // Nobody is told about a terminal that is gone.
        let _ = write!(io::stderr().lock(), "\r{text}\x1b[K");
        state.is_shown = true;
    }

    fn wipe(&self) {
        let mut state = self.state.borrow_mut();
        if std::mem::take(&mut state.is_shown) {
            let _ = write!(io::stderr().lock(), "{WIPE}");
        }
    }
}

/// Wipes the line when it is dropped.
struct Wiped<'a>(&'a Line);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// Output on the same screen as the line.
#[derive(Debug)]
pub(crate) struct Beside<'a, W> {
    out: &'a mut W,
    line: &'a Line,
    ends_line: bool,
}

impl<'a, W: Write> Beside<'a, W> {
    pub(crate) fn new(out: &'a mut W, line: &'a Line) -> Self {
        Self {
            out,
            line,
            ends_line: true,
        }
    }
}

impl<W: Write> Write for Beside<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.wipe();
        let written = self.out.write(bytes)?;
        if let Some(last) = bytes.get(..written).and_then(<[u8]>::last) {
            self.ends_line = *last == b'\n';
            // What is buffered may reach the screen at any later write.
            self.line.state.borrow_mut().is_free = false;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.line.wipe();
        self.out.flush()?;
        self.line.state.borrow_mut().is_free = self.ends_line;
        Ok(())
    }
}

/// Whether stderr is a screen on which a line can be wiped.
pub(crate) fn is_visible() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

/// Whether the terminal knows no commands.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// Columns of the terminal, or what is said instead.
pub(crate) fn width(otherwise: usize) -> usize {
    let known = terminal_size::terminal_size_of(io::stderr());
    known.map_or(otherwise, |(width, _)| usize::from(width.0).max(20))
}

/// What is known before the plan is made.
pub(crate) fn planning(requests: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match requests {
        0 => format!("{seconds:.1} s, planning"),
        _ => format!("{seconds:.1} s, planning, {}", counted(requests, "request")),
    }
}

/// How far a statement is.
pub(crate) fn told(now: &Snapshot, moment: SystemTime, zone: &Zone) -> String {
    let mut text = format!("{:.1} s, ", now.elapsed.as_secs_f64());
    let sent = now.requests.sent;
    match now.requests.expected {
        Some(expected) if expected > sent => {
            text.push_str(&format!(
                "{} of about {}",
                grouped(sent),
                counted(expected, "request")
            ));
        }
        _ => text.push_str(&counted(sent, "request")),
    }
    text.push_str(&format!(
        ", {}, {}",
        counted(now.rows_read, "row"),
        size(now.bytes)
    ));
    if let Some(pause) = &now.waiting {
        text.push_str(&format!("; {}", waiting(pause, moment, zone)));
    }
    if let Some(first) = now.jobs.first() {
        text.push_str(&format!("; {}", job(first)));
        if now.jobs.len() > 1 {
            text.push_str(&format!(" and {} more", now.jobs.len() - 1));
        }
    }
    text
}

fn waiting(pause: &Pause, moment: SystemTime, zone: &Zone) -> String {
    let left = pause.until.duration_since(moment).unwrap_or_default();
    let seconds = left.as_secs_f64().ceil();
    let connection = &pause.connection;
    match pause.family.as_deref() {
        None => format!("{connection} did not answer well, again in {seconds} s"),
        Some(family) => {
            let family = match family {
                "account" => String::new(),
                family => format!(" ({family})"),
            };
            let until = zone.clock(pause.until);
            format!("waiting for the rate limit of {connection}{family} until {until}, {seconds} s")
        }
    }
}

fn job(job: &Job) -> String {
    let state = match (job.state, job.queue_place) {
        (JobState::Queued, Some(place)) => format!("queued, place {place}"),
        (state, _) => state.to_string(),
    };
    format!(
        "{} of {}: {state}, {} s",
        job.service,
        job.table,
        job.elapsed.as_secs()
    )
}

/// `1 row`, `2,000 rows`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", grouped(count)),
    }
}

/// Digits in threes.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes for people: `812 B`, `12 kB`, `2.1 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        _ if bytes < 1e3 => format!("{bytes} B"),
        _ if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        _ if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.2} GB", bytes / 1e9),
    }
}

/// As much of the text as so many columns hold. Letters outside of ASCII may take two.
fn cut(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = |letter: &char| {
        used += if letter.is_ascii() { 1 } else { 2 };
        used <= columns
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        for (count, text) in [
            (0, "0 rows"),
            (1, "1 row"),
            (999, "999 rows"),
            (1_000, "1,000 rows"),
            (1_234_567, "1,234,567 rows"),
        ] {
            assert_eq!(counted(count, "row"), text);
        }
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (12_345, "12 kB"),
            (2_100_000, "2.1 MB"),
            (3_456_000_000, "3.46 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("日本語", 5), "日本");
    }

    #[test]
    fn the_line_says_what_is_waited_for() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_305_600);
        let zone = Zone::new(Some("Asia/Tokyo"));
        let told = |now: &Snapshot| told(now, moment, &zone);
        let mut now = Snapshot::default();
        now.elapsed = Duration::from_millis(4_210);
        now.requests.sent = 12;
        assert_eq!(told(&now), "4.2 s, 12 requests, 0 rows, 0 B");
        now.requests.expected = Some(40);
        now.rows_read = 3_400;
        now.bytes = 2_100_000;
        assert_eq!(
            told(&now),
            "4.2 s, 12 of about 40 requests, 3,400 rows, 2.1 MB"
        );
        let until = moment + Duration::from_millis(11_200);
        let pause = |family: Option<&str>| Pause {
            connection: "desk".to_owned(),
            family: family.map(str::to_owned),
            until,
        };
        for (family, text) in [
            (
                Some("account"),
                "; waiting for the rate limit of desk until 09:00:11, 12 s",
            ),
            (
                Some("search"),
                "; waiting for the rate limit of desk (search) until 09:00:11, 12 s",
            ),
            (None, "; desk did not answer well, again in 12 s"),
        ] {
            now.waiting = Some(pause(family));
            assert!(told(&now).ends_with(text), "{}", told(&now));
        }
        now.waiting = None;
        let job = Job {
            connection: "zuora".to_owned(),
            service: "DataQuery".to_owned(),
            table: "zuora.account".to_owned(),
            state: JobState::Queued,
            queue_place: Some(2),
            elapsed: Duration::from_secs(3),
        };
        now.jobs = vec![job.clone()];
        assert!(told(&now).ends_with("; DataQuery of zuora.account: queued, place 2, 3 s"));
        now.jobs.push(job);
        assert!(told(&now).ends_with(", 3 s and 1 more"));
    }

    #[test]
    fn rows_wipe_the_line_and_keep_it_away_until_theirs_ends() {
        let line = Line::new(true);
        let is_free = || line.state.borrow().is_free;
        let mut rows = Vec::new();
        let mut out = Beside::new(&mut rows, &line);
        line.state.borrow_mut().is_shown = true;
        out.write_all(b"half a line").ok();
        assert!(!line.state.borrow().is_shown && !is_free());
        out.flush().ok();
        assert!(!is_free());
        out.write_all(b" and the rest\n").ok();
        assert!(!is_free(), "it may still be in a buffer");
        out.flush().ok();
        assert!(is_free());
    }
}
