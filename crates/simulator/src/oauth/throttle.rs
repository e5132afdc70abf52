//! The limit of token calls per source address. On loopback every caller has the same one.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

#[derive(Debug)]
pub(crate) struct Throttle {
    most: Option<u32>,
    minute: Duration,
    window: Mutex<Option<(Instant, u32)>>,
}

impl Throttle {
    /// `speed` shrinks the minute and nothing else.
    pub(crate) fn new(most: Option<u32>, speed: f64) -> Self {
        Self {
            most,
            minute: Duration::from_secs_f64(60.0 / speed.clamp(0.01, 60_000.0)),
            window: Mutex::new(None),
        }
    }

    /// Counts a call; a refused one learns the limit and the seconds until it may come again.
    pub(crate) fn count(&self) -> Result<(), (u32, u64)> {
        let Some(most) = self.most else {
            return Ok(());
        };
        let now = Instant::now();
        let mut window = self.window.lock();
        let (start, calls) = match *window {
            Some((start, calls)) if now.duration_since(start) < self.minute => (start, calls + 1),
            _ => (now, 1),
        };
        *window = Some((start, calls));
        if calls <= most {
            return Ok(());
        }
        let left = self.minute.saturating_sub(now.duration_since(start));
        Err((most, left.as_secs_f64().ceil().max(1.0) as u64))
    }
}
