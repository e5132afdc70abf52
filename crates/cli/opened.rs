//! The connections that a command has opened, and an end that loses none of their tokens and leaves no job behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use zuzen_engine::Connection;
use zuzen_engine::{Settled, SignIn};

use crate::exit::{Failure, say};

/// How long the end of the command waits for a renewal of a token. One that takes longer has failed in all likelihood.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it waits for jobs to be cancelled at the vendor's, which end by themselves otherwise.
const CANCELS: Duration = Duration::from_secs(5);

/// Connections, in the order in which they were opened.
#[derive(Default)]
pub(crate) struct Opened {
    connections: Mutex<Vec<Arc<Connection>>>,
    settled: Mutex<Vec<Settled>>,
}

impl Opened {
    pub(crate) fn add(&self, connections: &[Arc<Connection>]) {
        let mut known = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.extend(connections.iter().cloned());
    }

    /// Does the work until it is done or somebody ends the program. A renewal of a token that is under way then is
    /// waited for: its refresh token is spent, and only its answer brings another.
    pub(crate) async fn run(
        &self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let outcome = tokio::select! {
            outcome = work => outcome,
            // Dropping the work stops its requests.
            code = ended() => Err(Failure::Interrupted(code)),
        };
        self.settle().await;
        outcome
    }

    /// Waits until jobs that nobody wants any more are cancelled and no token is being renewed, and lets none be renewed
    /// from then on.
    pub(crate) async fn settle(&self) {
        let known = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let jobs = known.iter();
        join_all(jobs.map(|connection| connection.rest().settle_jobs(CANCELS))).await;
        let sign_ins = known
            .iter()
            .filter_map(|connection| connection.rest().sign_in());
        let settled = join_all(sign_ins.map(SignIn::settle));
        match tokio::time::timeout(PATIENCE, settled).await {
            Ok(settled) => {
                let mut held = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
                held.extend(settled);
            }
            Err(_) => say(
                "warning: a renewal of a token did not end; it may be necessary to sign in again",
            ),
        }
    }
}

/// Waits for Ctrl-C, or for what ends programs otherwise; gives the exit code that shells know for it.
#[cfg(unix)]
async fn ended() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
        _ = hangup.recv() => 129,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn ended() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 130,
        Err(_) => std::future::pending().await,
    }
}
