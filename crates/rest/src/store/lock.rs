//! One holder at a time, among processes and tasks: an advisory lock on a file that outlives every holder.
//!
//! The system frees the lock of a process that dies. Waiting is asking again after a pause, so that it blocks no
//! thread, can be cancelled, and ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::StoreError;

/// How long the holder of a lock may take: one call to a token endpoint, with its few attempts.
pub(super) const PATIENCE: Duration = Duration::from_secs(150);

/// The longest pause. Twenty waiters then find a freed lock in about a millisecond.
const PAUSE: Duration = Duration::from_millis(25);

/// Waits until the lock is ours.
pub(super) async fn acquire(
    path: PathBuf,
    file: File,
    patience: Duration,
) -> Result<Arc<File>, StoreError> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Arc::new(file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::Unwritable {
                    path,
                    reason: format!("it cannot be locked: {error}"),
                });
            }
        }
        let waited = start.elapsed();
        if waited >= patience {
            return Err(StoreError::Busy {
                lock: path.display().to_string(),
                waited,
            });
        }
        tokio::time::sleep(pause.min(patience.saturating_sub(waited))).await;
        pause = (pause * 3 / 2).min(PAUSE);
    }
}
