//! What a Zuora test plays on: tenants, simulators that serve them, and engines connected to those. A tenant's customers are
//! the organizations of the frozen Zendesk account. It refuses to know any table.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use zuzen_engine::{Engine, EngineBuilder, MemoryStores};
use zuzen_simulator::{Faults, Options, QueryFaults, QueryJob, Simulator, Tenant, TenantOptions};

use crate::stage;

/// What reads Zuora, as `ZuoraService` names it.
pub(crate) const DATA_QUERY: &str = "DataQuery";
pub(crate) const EXPORT: &str = "AQuADataExport";
pub(crate) const AUTO: &str = "Auto";

/// Rows whose cells random queries and suites are drawn from: enough to meet every kind, few enough for many queries.
const ITEMS: u32 = 1_500;

/// The tenant that never changes.
pub(crate) fn frozen() -> Arc<Tenant> {
    static FROZEN: OnceLock<Arc<Tenant>> = OnceLock::new();
    Arc::clone(FROZEN.get_or_init(|| sized(ITEMS, 0)))
}

/// A tenant of so many invoice items, the first ones updated in one and the same millisecond.
pub(crate) fn sized(invoice_items: u32, same_instant: u32) -> Arc<Tenant> {
    let options = TenantOptions {
        invoice_items,
        same_instant,
    };
    Tenant::generate(&stage::frozen(), &options)
}

/// Threads for a test that waits for jobs.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// A served tenant.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) simulator: Simulator,
    /// Tokens of each engine apart, and never those of whoever runs the tests.
    memory: MemoryStores,
    engines: AtomicUsize,
}

impl Served {
    /// The frozen tenant, nothing goes wrong.
    pub(crate) fn frozen() -> Self {
        Self::of(&frozen())
    }

    /// This tenant, nothing goes wrong.
    pub(crate) fn of(tenant: &Arc<Tenant>) -> Self {
        Self::with(Options {
            tenant: Some(Arc::clone(tenant)),
            ..quick()
        })
    }

    /// A tenant that behaves like this; the frozen one unless the options name another.
    pub(crate) fn with(options: Options) -> Self {
        let options = Options {
            tenant: options.tenant.or_else(|| Some(frozen())),
            ..options
        };
        let simulator = futures::executor::block_on(Simulator::start_zuora(options)).unwrap();
        Self {
            simulator,
            memory: MemoryStores::default(),
            engines: AtomicUsize::new(0),
        }
    }

    /// The jobs that are no questions about tables and columns.
    pub(crate) fn data_jobs(&self) -> Vec<QueryJob> {
        let mut jobs = self.simulator.query_jobs();
        jobs.retain(|job| job.statement.starts_with("SELECT"));
        jobs
    }

    /// Only Data Query goes wrong like this from now on, once the engine knows the tables of these statements.
    pub(crate) async fn spoil(&self, engine: &Engine, statements: &[&str], query: QueryFaults) {
        for sql in statements {
            let plan = engine.sql(&format!("EXPLAIN {sql}")).await.unwrap();
            plan.collect().await.unwrap();
        }
        self.simulator.set_faults(Faults {
            query,
            ..Faults::default()
        });
    }

    /// The properties of a connection through this service.
    pub(crate) fn connection(&self, service: &str, properties: &str) -> String {
        let own = self.engines.fetch_add(1, Ordering::SeqCst);
        format!(
            "{}RetryPause=1;OAuthSettingsLocation=memory://engine{own};MetadataLocation=memory://;ZuoraService={service};{properties}",
            self.simulator.connection_string()
        )
    }

    /// An engine to be, with one connection `zuora` through this service.
    pub(crate) fn builder(&self, service: &str, properties: &str) -> EngineBuilder {
        Engine::builder()
            .memory(self.memory.clone())
            .connection("zuora", self.connection(service, properties))
    }

    /// An engine with the connections of a Zendesk stage, too.
    pub(crate) fn beside(&self, zendesk: &stage::Stage, service: &str) -> Engine {
        let builder = zendesk.builder().memory(self.memory.clone());
        builder
            .connection("zuora", self.connection(service, ""))
            .build()
            .unwrap()
    }

    /// Such an engine.
    pub(crate) fn engine(&self, service: &str, properties: &str) -> Engine {
        self.builder(service, properties).build().unwrap()
    }
}

/// Options of a simulator whose jobs take as little time as they can.
pub(crate) fn quick() -> Options {
    let mut options = Options {
        strict: true,
        compression: false,
        ..Options::default()
    };
    options.export.job_time = std::time::Duration::from_millis(2);
    options.query.job_delay = std::time::Duration::ZERO;
    options
}

/// Keeps what Data Query was sent, for whoever wants to read it with a grammar: one JSON text a line, in a file of this
/// process below the folder `ZUZEN_STATEMENTS`. Statements that a test has written itself are not the engine's.
impl Drop for Served {
    fn drop(&mut self) {
        let Some(folder) = std::env::var_os("ZUZEN_STATEMENTS").map(PathBuf::from) else {
            return;
        };
        let own = |statement: &str| {
            let first = statement.split(' ').next().unwrap_or_default();
            statement.contains(" AS \"c0\"") || matches!(first, "SHOW" | "DESCRIBE")
        };
        let mut lines = String::new();
        for job in self.simulator.query_jobs() {
            if own(&job.statement) {
                lines.push_str(&serde_json::to_string(&job.statement).unwrap());
                lines.push('\n');
            }
        }
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{}.jsonl", std::process::id()));
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .unwrap();
        file.write_all(lines.as_bytes()).unwrap();
    }
}
