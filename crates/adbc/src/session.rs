//! What the handles of one database share, and what those of one connection share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use adbc_core::error::Result;
use zuzen_engine::{Engine, Error as Failure};
use zuzen_simulator::Simulator;

use crate::failure::told;
use crate::runtime::{Threads, leave_to_parent};
use crate::work::{UnderWay, Work, lock};

/// How long the end of a database waits for cancels of remote jobs and renewals of tokens.
const SETTLING: Duration = Duration::from_secs(15);

/// An opened database. The last of its handles closes it.
pub(crate) struct Opened {
    threads: Threads,
    engine: Arc<Engine>,
    /// The demo's servers: they live as long as the database.
    demo: Arc<Vec<Simulator>>,
    /// Its options by name, without secrets.
    options: Vec<(String, String)>,
}

impl Opened {
    pub(crate) fn new(
        threads: Threads,
        engine: Engine,
        demo: Vec<Simulator>,
        options: Vec<(String, String)>,
    ) -> Self {
        Self {
            threads,
            engine: Arc::new(engine),
            demo: Arc::new(demo),
            options,
        }
    }

    /// The value of an option as it may be shown.
    pub(crate) fn shown(&self, key: &str) -> Option<&str> {
        let mut options = self.options.iter();
        options
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn threads(&self) -> &Threads {
        &self.threads
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let process = self.threads.process();
        leave_to_parent(process, &self.engine);
        leave_to_parent(process, &self.demo);
        if !process.is_ours() {
            return;
        }
        let engine = Arc::clone(&self.engine);
        self.threads.wait_at_most(SETTLING, async move {
            // What is held keeps further renewals from beginning; the threads end next.
            drop(engine.settle().await);
        });
    }
}

/// A session over a database: settings, views and the default schema of one connection.
pub(crate) struct Session {
    database: Arc<Opened>,
    engine: Arc<Engine>,
    under_way: UnderWay,
    /// Complaints that were handed out since a statement began last: callers ask again when their buffer was too small.
    told: Mutex<Vec<String>>,
}

impl Session {
    /// # Errors
    /// `InvalidState` after a fork.
    pub(crate) fn begin(database: &Arc<Opened>) -> Result<Self> {
        let process = database.threads().process();
        process.check()?;
        let engine = database
            .engine()
            .session()
            .map_err(|failure| told(&failure))?;
        Ok(Self {
            database: Arc::clone(database),
            engine: Arc::new(engine),
            under_way: UnderWay::of_connection(process),
            told: Mutex::default(),
        })
    }

    pub(crate) fn threads(&self) -> &Threads {
        self.database.threads()
    }

    /// The engine with the session's settings.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The database's own engine, whose settings nobody changes.
    pub(crate) fn base(&self) -> &Arc<Engine> {
        self.database.engine()
    }

    pub(crate) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    /// What vendors have complained about, a line each: those that no session has told yet, and those that this one has
    /// told since its last statement began.
    pub(crate) fn warnings(&self) -> String {
        let mut told = lock(&self.told);
        for connection in self.engine.connections() {
            let fresh = connection.take_warnings().into_iter();
            told.extend(fresh.map(|warning| format!("{}: {warning}", connection.name())));
        }
        told.join("\n")
    }

    /// A statement begins: what was told is not told again.
    pub(crate) fn forget_warnings(&self) {
        lock(&self.told).clear();
    }

    /// Does the work with the session's engine, and waits for it.
    ///
    /// # Errors
    /// Those of the work, and as [`Threads::wait`].
    pub(crate) fn wait<T, W>(&self, entry: &Work, work: impl FnOnce(Arc<Engine>) -> W) -> Result<T>
    where
        T: Send + 'static,
        W: Future<Output = std::result::Result<T, Failure>> + Send + 'static,
    {
        self.threads().wait(entry, work(Arc::clone(&self.engine)))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let process = self.threads().process();
        leave_to_parent(process, &self.engine);
        leave_to_parent(process, &self.database);
    }
}
