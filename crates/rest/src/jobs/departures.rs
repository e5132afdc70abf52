//! Jobs that nobody waits for any more, until the vendor has been told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The jobs under way, and which of them have been left.
#[derive(Debug, Default)]
pub(super) struct Departures {
    left: Mutex<HashMap<u64, bool>>,
    changed: Notify,
}

/// A job under way; dropping it says that it has ended.
#[derive(Debug)]
pub(super) struct UnderWay {
    departures: Arc<Departures>,
    number: u64,
}

impl Departures {
    pub(super) fn begin(self: &Arc<Self>, number: u64) -> UnderWay {
        self.left.lock().insert(number, false);
        UnderWay {
            departures: Arc::clone(self),
            number,
        }
    }

    /// Nobody waits for this job any more.
    pub(super) fn leave(&self, number: u64) {
        if let Some(left) = self.left.lock().get_mut(&number) {
            *left = true;
        }
    }

    /// Waits until all jobs that have been left have ended, but not longer than `most`.
    pub(super) async fn settle(&self, most: Duration) {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if !self.left.lock().values().any(|left| *left) {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(most, settled).await.is_err() {
            tracing::warn!("jobs may go on at the vendor's: their cancels are not answered");
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.departures.left.lock().remove(&self.number);
        self.departures.changed.notify_waiters();
    }
}
