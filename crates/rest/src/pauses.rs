//! What the requests of a statement wait for at this moment, so that whoever watches it can be told.

use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

/// A request that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The connection whose API it is for.
    pub connection: String,
    /// The family whose rate limit has run out; `None` is a pause between two attempts.
    pub family: Option<String>,
    /// When it leaves, unless the API says something else until then.
    pub until: SystemTime,
}

impl Pause {
    /// One that ends so much later than now.
    pub(crate) fn of(connection: &str, family: Option<&str>, wait: Duration) -> Self {
        Self {
            connection: connection.to_owned(),
            family: family.map(str::to_owned),
            until: SystemTime::now() + wait,
        }
    }
}

/// The requests of a statement that wait.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: Vec<(u64, Pause)>,
}

impl Pauses {
    pub(crate) fn all(&self) -> Vec<Pause> {
        let state = self.state.lock();
        state.waiting.iter().map(|(_, it)| it.clone()).collect()
    }

    pub(crate) fn begin(&self, pause: Pause) -> Paused<'_> {
        let mut state = self.state.lock();
        state.next += 1;
        let number = state.next;
        state.waiting.push((number, pause));
        Paused { of: self, number }
    }
}

/// A request waits as long as this lives.
#[derive(Debug)]
pub(crate) struct Paused<'a> {
    of: &'a Pauses,
    number: u64,
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state.lock();
        state.waiting.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_as_long_as_whoever_waits() {
        let pauses = Pauses::default();
        let second = Duration::from_secs(1);
        let limited = pauses.begin(Pause::of("desk", Some("exports"), second));
        let failed = pauses.begin(Pause::of("desk", None, second));
        assert_eq!(pauses.all().len(), 2);
        drop(limited);
        let left = pauses.all();
        assert_eq!((left.len(), left[0].family.as_deref()), (1, None));
        drop(failed);
        assert!(pauses.all().is_empty());
    }
}
