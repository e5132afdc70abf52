//! A configured connection: a connector's tables, the HTTP connection, and what has been learnt from it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use zuzen_plan::read::{self, PlanError, ReadPlan};
use zuzen_plan::scan::{Known, Scan};
use zuzen_plan::table::{Connector, Table};

use crate::catalogue::{Catalogue, narrowed, shared};
use crate::options::Zuzen;
use crate::property::Properties;
use crate::remote::{Caps, Service};

/// A connection that tables are read through; shared by all statements of an engine.
#[derive(Debug)]
pub struct Connection {
    name: String,
    connector: Connector,
    /// Replaced as a whole when more is learnt of them.
    tables: RwLock<Tables>,
    rest: zuzen_rest::Connection,
    properties: Properties,
    budget: Budget,
    indexed: bool,
    service: Service,
    caps: Caps,
    /// How its tables are found out at run time.
    catalogue: Catalogue,
    learnt: RwLock<Learnt>,
}

/// The tables of a connection at one moment, in the order they are listed.
pub type Tables = Arc<Vec<Arc<Table>>>;

/// Bounds of a connection; statements may have tighter ones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Budget {
    pub(crate) max_requests: Option<u64>,
    pub(crate) max_rows_scanned: Option<u64>,
    pub(crate) page_size: Option<u32>,
}

#[derive(Debug, Default)]
struct Learnt {
    counted: HashMap<String, u64>,
    refused: HashMap<(String, String), String>,
    /// What the API complained about, and whether it has been handed out.
    warnings: Vec<(String, bool)>,
}

impl Connection {
    pub(crate) fn new(
        name: String,
        connector: Connector,
        rest: zuzen_rest::Connection,
        properties: Properties,
        budget: Budget,
        indexed: bool,
        catalogue: Catalogue,
    ) -> Self {
        let (service, caps) = (Service::of(&properties), Caps::of(&properties));
        let tables = connector.tables.iter().cloned();
        let tables = tables.map(|table| Arc::new(narrowed(table, service)));
        Self {
            name,
            tables: RwLock::new(Arc::new(tables.collect())),
            connector,
            rest,
            properties,
            budget,
            indexed,
            service,
            caps,
            catalogue,
            learnt: RwLock::default(),
        }
    }

    /// The name it was given; the SQL schema of its tables.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it connects to.
    #[must_use]
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// What it was opened with, secrets masked.
    #[must_use]
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// The HTTP side: request log and learnt limits.
    #[must_use]
    pub fn rest(&self) -> &zuzen_rest::Connection {
        &self.rest
    }

    /// Its tables as they are known now; those of a remote engine are described when they are first asked for.
    #[must_use]
    pub fn tables(&self) -> Tables {
        self.recall();
        Arc::clone(&self.tables.read())
    }

    /// Whether deleted rows stay in their table, told by a column, and are not listed in another one.
    pub(crate) fn marks_deleted_rows(&self) -> bool {
        !self.is_declared()
    }

    pub(crate) fn table(&self, name: &str) -> Option<Arc<Table>> {
        let tables = self.tables();
        tables.iter().find(|table| table.name == name).cloned()
    }

    /// Takes these for its tables.
    pub(crate) fn know(&self, tables: Vec<Table>) {
        let own = tables
            .into_iter()
            .map(|table| narrowed(table, self.service));
        let mut known = self.tables.write();
        *known = shared(own.collect(), &known);
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Which of a remote engine's services it reads with.
    pub(crate) fn service(&self) -> Service {
        self.service
    }

    pub(crate) fn caps(&self) -> Caps {
        self.caps
    }

    /// Rows of a table, and where the number comes from.
    pub(crate) fn rows(&self, table: &Table) -> (u64, &'static str) {
        match self.counted(&table.name) {
            Some(rows) => (rows, "counted"),
            None => (table.typical_rows, "typical"),
        }
    }

    /// The rows that a table had when all of them were read or counted.
    #[must_use]
    pub fn counted(&self, table: &str) -> Option<u64> {
        self.learnt.read().counted.get(table).copied()
    }

    /// Asks the API who we are.
    ///
    /// # Errors
    /// `Auth` if the credentials are wrong, `NotFound` if the address is, `Network` if nobody answers.
    pub async fn test(&self) -> Result<zuzen_rest::Identity, crate::Error> {
        Ok(self.rest.test().await?)
    }

    /// Plans a scan with what is known now.
    pub(crate) fn plan(
        &self,
        table: &Table,
        scan: &Scan,
        options: &Zuzen,
    ) -> Result<ReadPlan, PlanError> {
        self.with_known(options, |known| read::read(table, scan, known))
    }

    pub(crate) fn with_known<T>(&self, options: &Zuzen, work: impl FnOnce(&Known<'_>) -> T) -> T {
        let limits = self.rest.limits();
        let per_minute: HashMap<String, u32> = limits
            .into_iter()
            .filter_map(|limit| Some((limit.family, limit.per_minute?)))
            .collect();
        let learnt = self.learnt.read();
        let known = Known {
            connector: &self.connector,
            connection: &self.name,
            now: chrono::Utc::now().timestamp_micros(),
            counted: &learnt.counted,
            refused: &learnt.refused,
            per_minute: &per_minute,
            indexed: self.is_indexed(options),
            max_requests: self.max_requests(options),
            page_size: self.budget.page_size,
            exports: self.properties.exports(),
        };
        work(&known)
    }

    /// Whether lagging reads are left as they are.
    pub(crate) fn is_indexed(&self, options: &Zuzen) -> bool {
        self.indexed || options.is_indexed()
    }

    /// The tighter of the statement's and the connection's bound.
    pub(crate) fn max_requests(&self, options: &Zuzen) -> Option<u64> {
        tighter(options.max_requests, self.budget.max_requests)
    }

    pub(crate) fn max_rows_scanned(&self, options: &Zuzen) -> Option<u64> {
        tighter(options.max_rows_scanned, self.budget.max_rows_scanned)
    }

    /// Rows after which results end.
    pub(crate) fn max_rows(&self, options: &Zuzen) -> Option<u64> {
        let session = options.max_rows.filter(|most| *most > 0);
        tighter(session, self.properties.number("MaxRows"))
    }

    /// Remembers that the API refuses a read, so that the next plan takes another.
    pub(crate) fn refuse(&self, table: &str, read: &str, reason: String) {
        self.learnt
            .write()
            .refused
            .insert((table.to_owned(), read.to_owned()), reason);
    }

    /// Remembers how many rows a complete scan found.
    pub(crate) fn count(&self, table: &str, rows: u64) {
        self.learnt.write().counted.insert(table.to_owned(), rows);
    }

    /// Keeps what the API complained about: a parameter it ignores may mean a filter that did not travel.
    pub(crate) fn warn(&self, warnings: Vec<String>) {
        let mut learnt = self.learnt.write();
        for warning in warnings {
            if !learnt.warnings.iter().any(|(known, _)| *known == warning) {
                learnt.warnings.push((warning, false));
            }
        }
    }

    /// Keeps what is worth saying after each statement that it happens in.
    pub(crate) fn note(&self, note: String) {
        let mut learnt = self.learnt.write();
        learnt.warnings.retain(|(known, _)| *known != note);
        learnt.warnings.push((note, false));
    }

    /// Complaints of the API that have not been handed out yet, each once.
    pub fn take_warnings(&self) -> Vec<String> {
        let signing = self.rest.sign_in().map(|sign_in| sign_in.take_warnings());
        self.warn(signing.unwrap_or_default());
        let mut learnt = self.learnt.write();
        let fresh = learnt.warnings.iter_mut().filter(|(_, told)| !told);
        fresh
            .map(|(warning, told)| {
                *told = true;
                warning.clone()
            })
            .collect()
    }
}

/// The tables of each connection at this moment.
pub(crate) fn declared(connections: &[Arc<Connection>]) -> Vec<(&str, Tables)> {
    let all = connections.iter();
    all.map(|connection| (connection.name(), connection.tables()))
        .collect()
}

fn tighter(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
