//! The threads of a database: made when the first work comes, joined when the last handle goes.
//!
//! Callers wait on plain channels. Nothing here enters a runtime on a thread of theirs, which may be a worker of their own.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adbc_core::error::{Error, Result, Status};
use tokio::runtime::{Builder, Handle, Runtime};
use zuzen_engine::Error as Failure;

use crate::failure::{broken, cancelled, refused, told};
use crate::work::{Work, lock};

/// How long threads may take to end that are busy when a database is closed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The process that made a handle. A child process inherits the memory of handles but none of their threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_ours(self) -> bool {
        self == Self::current()
    }

    /// # Errors
    /// `InvalidState` in a child process.
    pub(crate) fn check(self) -> Result<()> {
        if self.is_ours() {
            return Ok(());
        }
        Err(refused(
            Status::InvalidState,
            "this handle was made before the process was forked",
            "open a database of its own in each process",
        ))
    }
}

/// Threads that exist once somebody needs them.
pub(crate) struct Threads {
    process: Process,
    runtime: Mutex<Option<Runtime>>,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self {
            process: Process::current(),
            runtime: Mutex::new(None),
        }
    }

    pub(crate) fn process(&self) -> Process {
        self.process
    }

    /// # Errors
    /// `InvalidState` after a fork, `Internal` if the system gives no threads.
    pub(crate) fn handle(&self) -> Result<Handle> {
        self.process.check()?;
        let mut runtime = lock(&self.runtime);
        if let Some(runtime) = runtime.as_ref() {
            return Ok(runtime.handle().clone());
        }
        let made = Builder::new_multi_thread()
            .thread_name("zuzen")
            .enable_all()
            .build()
            .map_err(|error| no_threads(&error))?;
        let handle = made.handle().clone();
        *runtime = Some(made);
        Ok(handle)
    }

    /// Does the work on these threads, and waits for it.
    ///
    /// # Errors
    /// Those of the work, `Cancelled` if another thread stops it, `Internal` if it panics.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        entry: &Work,
        work: impl Future<Output = std::result::Result<T, Failure>> + Send + 'static,
    ) -> Result<T> {
        let handle = self.handle()?;
        let (answer, answered) = channel();
        let task = handle.spawn(async move {
            // Whoever does not wait any more does not want it.
            let _ = answer.send(work.await);
        });
        entry.is_done_by(task.abort_handle());
        let outcome = answered.recv();
        match outcome {
            _ if entry.is_stopped() => Err(cancelled()),
            Ok(outcome) => outcome.map_err(|failure| told(&failure)),
            Err(_) => Err(broken()),
        }
    }

    /// Does the work, and waits for it no longer than this.
    pub(crate) fn wait_at_most(
        &self,
        patience: Duration,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        // Threads that nobody has needed have nothing to finish.
        let handle = lock(&self.runtime)
            .as_ref()
            .map(|runtime| runtime.handle().clone());
        let Some(handle) = handle else { return };
        if is_within(&handle) {
            return;
        }
        let (answer, answered) = channel();
        handle.spawn(async move {
            work.await;
            let _ = answer.send(());
        });
        let _ = answered.recv_timeout(patience);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let Some(runtime) = lock(&self.runtime).take() else {
            return;
        };
        if !self.process.is_ours() {
            // Its threads are not here to be joined, and its locks may be theirs.
            std::mem::forget(runtime);
        } else if is_within(runtime.handle()) {
            // A thread cannot wait for itself.
            runtime.shutdown_background();
        } else {
            // On a thread of its own, because a caller's worker of tokio must not block that way. It is waited for: the
            // library may be unloaded next.
            let ended = std::thread::Builder::new()
                .spawn(move || runtime.shutdown_timeout(PATIENCE))
                .map(std::thread::JoinHandle::join);
            drop(ended);
        }
    }
}

fn is_within(runtime: &Handle) -> bool {
    Handle::try_current().is_ok_and(|current| current.id() == runtime.id())
}

fn no_threads(error: &std::io::Error) -> Error {
    refused(
        Status::Internal,
        format!("no threads can be started: {error}"),
        "raise the limit of threads or memory for this process",
    )
}

/// What a child process must not drop, because a thread of its parent may be in the middle of it.
pub(crate) fn leave_to_parent<T: ?Sized>(process: Process, shared: &Arc<T>) {
    if !process.is_ours() {
        std::mem::forget(Arc::clone(shared));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use adbc_core::CancelHandle as _;

    use super::*;
    use crate::work::UnderWay;

    #[test]
    fn threads_are_made_when_they_are_needed() {
        let threads = Threads::new();
        threads.wait_at_most(PATIENCE, std::future::pending());
        assert!(lock(&threads.runtime).is_none());
        let answer = threads.wait(&Work::default(), async { Ok(7) });
        assert_eq!(answer.unwrap(), 7);
        assert!(lock(&threads.runtime).is_some());
    }

    #[test]
    fn a_panic_is_an_error_and_the_threads_go_on() {
        let threads = Threads::new();
        let panicked = threads.wait(&Work::default(), async {
            if Process::current().is_ours() {
                panic!("as a fault of ours would");
            }
            Ok(())
        });
        assert_eq!(panicked.unwrap_err().status, Status::Internal);
        assert_eq!(threads.wait(&Work::default(), async { Ok(7) }).unwrap(), 7);
    }

    #[test]
    fn work_that_was_stopped_before_it_began_is_not_done() {
        let threads = Threads::new();
        let under_way = UnderWay::of_connection(threads.process());
        let work = under_way.begin();
        under_way.try_cancel().unwrap();
        let never = threads.wait::<()>(&work, std::future::pending());
        assert_eq!(never.unwrap_err().status, Status::Cancelled);
    }

    #[test]
    fn handles_of_another_process_do_nothing() {
        let threads = Threads {
            process: Process(0),
            runtime: Mutex::new(None),
        };
        let refused = threads.wait(&Work::default(), async { Ok(()) });
        assert_eq!(refused.unwrap_err().status, Status::InvalidState);
        let under_way = UnderWay::of_connection(threads.process());
        let _work = under_way.begin();
        assert_eq!(
            under_way.try_cancel().unwrap_err().status,
            Status::InvalidState
        );
    }

    #[test]
    fn waiting_ends_when_patience_does() {
        let threads = Threads::new();
        threads.handle().unwrap();
        let began = Instant::now();
        threads.wait_at_most(Duration::from_millis(50), std::future::pending());
        assert!(began.elapsed() < PATIENCE);
    }
}
