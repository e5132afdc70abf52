//! Makes token calls wait at a chosen point until they are released: how a test kills a program in the middle of a renewal.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// Where the token endpoint waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// Nowhere.
    #[default]
    No,
    /// Before doing anything. A caller that goes away has then asked for nothing: its call is dropped.
    BeforeRotation,
    /// After the old pair is dead and the new one exists, before answering.
    AfterRotation,
}

#[derive(Debug)]
pub(crate) struct Gate {
    /// Where to wait, and how often that was changed: a waiter must not miss a release that a new hold follows at once.
    hold: watch::Sender<(Hold, u64)>,
    waiting: AtomicUsize,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            hold: watch::Sender::new((Hold::No, 0)),
            waiting: AtomicUsize::new(0),
        }
    }
}

/// Counts one waiter for as long as it waits, also when its caller goes away.
struct Waiter<'a>(&'a AtomicUsize);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    /// Whoever waits now goes on; who comes later waits as told.
    pub(crate) fn set(&self, hold: Hold) {
        self.hold.send_modify(|state| *state = (hold, state.1 + 1));
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    pub(crate) async fn pass(&self, point: Hold) {
        let mut watched = self.hold.subscribe();
        let (hold, change) = *watched.borrow_and_update();
        if hold != point {
            return;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiter = Waiter(&self.waiting);
        // An error means that the sender is gone, and the server with it.
        let _ = watched.wait_for(|state| state.1 != change).await;
    }
}
