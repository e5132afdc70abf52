//! Work on the runtime that a caller waits for, and that another thread may stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use adbc_core::CancelHandle;
use adbc_core::error::{Error, Result, Status};
use tokio::task::AbortHandle;

use crate::failure::refused;
use crate::runtime::Process;

/// One piece of work: a statement until its last row has left, or a question about metadata.
#[derive(Debug, Default)]
pub(crate) struct Work {
    stopped: AtomicBool,
    ended: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
}

impl Work {
    /// Tells which task does it. One that was stopped before is aborted at once.
    pub(crate) fn is_done_by(&self, task: AbortHandle) {
        *lock(&self.task) = Some(task);
        if self.is_stopped() {
            self.abort();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Nobody waits for it any more, so that nobody can stop it either.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Drops what it is doing: its requests stop, its remote jobs are cancelled.
    pub(crate) fn abort(&self) {
        if let Some(task) = lock(&self.task).as_ref() {
            task.abort();
        }
    }
}

/// The work under way for a statement, or for a connection with all its statements.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    process: Process,
    all: Arc<Mutex<Vec<Weak<Work>>>>,
    /// Those of the connection, for those of a statement.
    beyond: Option<Arc<Mutex<Vec<Weak<Work>>>>>,
}

impl UnderWay {
    /// That of a connection.
    pub(crate) fn of_connection(process: Process) -> Self {
        Self {
            process,
            all: Arc::default(),
            beyond: None,
        }
    }

    /// That of one of its statements.
    pub(crate) fn of_statement(&self) -> Self {
        Self {
            process: self.process,
            all: Arc::default(),
            beyond: Some(Arc::clone(&self.all)),
        }
    }

    /// Begins a piece of work.
    pub(crate) fn begin(&self) -> Arc<Work> {
        let work = Arc::new(Work::default());
        for list in [Some(&self.all), self.beyond.as_ref()]
            .into_iter()
            .flatten()
        {
            let mut list = lock(list);
            list.retain(|other| other.strong_count() > 0);
            list.push(Arc::downgrade(&work));
        }
        work
    }
}

impl CancelHandle for UnderWay {
    fn try_cancel(&self) -> Result<()> {
        self.process.check()?;
        let under_way: Vec<Arc<Work>> = lock(&self.all).iter().filter_map(Weak::upgrade).collect();
        let mut stopped = false;
        for work in under_way {
            if !work.ended.load(Ordering::Acquire) {
                work.stopped.store(true, Ordering::Release);
                work.abort();
                stopped = true;
            }
        }
        if stopped { Ok(()) } else { Err(idle()) }
    }
}

fn idle() -> Error {
    refused(
        Status::InvalidState,
        "there is nothing to cancel",
        "cancel from another thread while a statement runs or its rows are read",
    )
}

/// A lock whose owner panicked is still a lock: what it guards are lists and handles, which are never half changed.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
