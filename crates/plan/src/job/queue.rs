//! The wait in the vendor's queue: when it has lasted long enough for a question about the place there.

use std::time::Duration;

use super::Patience;

/// What is known of a job's waits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Queue {
    /// Since when it has been told to be queued.
    since: Option<Duration>,
    /// When its place was asked for at last, in this wait or an earlier one.
    asked: Option<Duration>,
}

impl Queue {
    /// An answer says that the job is queued: whether to ask for its place now.
    pub(super) fn wait(&mut self, now: Duration, patience: &Patience) -> bool {
        let since = *self.since.get_or_insert(now);
        let first = since.saturating_add(patience.place_after);
        let again = self
            .asked
            .map(|asked| asked.saturating_add(patience.place_again));
        let due = again.map_or(first, |again| again.max(first));
        if now >= due {
            self.asked = Some(now);
        }
        now >= due
    }

    /// The job is not in the queue, or not any more.
    pub(super) fn leave(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_asked_for_late_and_seldom() {
        let patience = Patience::for_data_query();
        let asks = |left: u64| -> Vec<u64> {
            let mut queue = Queue::default();
            (0..60)
                .filter(|second| {
                    if *second == left {
                        queue.leave();
                    }
                    queue.wait(Duration::from_secs(*second), &patience)
                })
                .collect()
        };
        assert_eq!(asks(0), [5, 15, 25, 35, 45, 55]);
        assert_eq!(asks(12), [5, 17, 27, 37, 47, 57]);
        assert_eq!(asks(6), [5, 15, 25, 35, 45, 55]);
    }
}
