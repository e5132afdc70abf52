//! The engine: connections behind one SQL session.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use datafusion::catalog::SchemaProvider;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, Statement as Executed};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;
use zuzen_rest::sign_in::{Browser, Settled, SignIn};
use zuzen_rest::store::MemoryStores;

use crate::catalog::{ConnectionSchema, showing};
use crate::catalogue::{Search, named};
use crate::compatibility::{self, translate};
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::files::{External, LocalFiles, Quoted, refuse_elsewhere, settle_copy, whole_copy};
use crate::lenient::{fold, mend};
use crate::misfit::refuse_misfits;
use crate::opening::{Surroundings, open};
use crate::options::Zuzen;
use crate::parameters;
use crate::procedure::{self, PROCEDURES, Prepared, Procedure, Procedures};
use crate::property::Properties;
use crate::pseudo::{leave_out, missed};
use crate::remote::RawQueries;
use crate::session;
use crate::show;
use crate::statement::{self, Statement, refuse_insert, refuse_writes, set_zone, settle};
use crate::system::{self, SYSTEM, refreshed};
use crate::unknown::explain_error;
use crate::views::Views;

/// Bytes that sorts, joins and aggregates may use before they go to disk, unless told otherwise.
const MEMORY_LIMIT: usize = 1 << 30;

/// How long jobs are waited for that are being cancelled.
const CANCELS: Duration = Duration::from_secs(5);

/// Names of one statement that may be typed in other ways than they are.
const MENDED_NAMES: usize = 100;

/// A SQL engine over its connections. Cheap to share behind an `Arc`; statements run side by side.
pub struct Engine {
    connections: Vec<Arc<Connection>>,
    context: SessionContext,
    procedures: Procedures,
    prepared: Prepared,
    raw: RawQueries,
    pub(crate) views: Arc<Views>,
    files: LocalFiles,
    zone: String,
    clock: Option<Clock>,
}

/// What tells the moment at which a statement begins.
type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self
            .connections
            .iter()
            .map(|connection| connection.name())
            .collect();
        write!(out, "Engine {{ connections: {names:?} }}")
    }
}

/// Puts an [`Engine`] together.
#[derive(Default)]
pub struct EngineBuilder {
    connections: Vec<(String, Result<Properties, Error>)>,
    around: Surroundings,
    time_zone: Option<String>,
    memory_limit: Option<usize>,
    views: Option<PathBuf>,
    files: LocalFiles,
    clock: Option<Clock>,
}

impl std::fmt::Debug for EngineBuilder {
    /// Connection strings hold secrets: only names are shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self
            .connections
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        write!(out, "EngineBuilder {{ connections: {names:?} }}")
    }
}

impl EngineBuilder {
    /// Adds a connection: `name` becomes the schema of its tables, `properties` is a connection string such as
    /// `Connector=Zendesk;URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=…`.
    #[must_use]
    pub fn connection(mut self, name: impl Into<String>, properties: impl Into<String>) -> Self {
        let properties = Properties::parse(&properties.into());
        self.connections.push((name.into(), properties));
        self
    }

    /// Adds a connection whose properties have been checked, such as one of [`crate::config`].
    #[must_use]
    pub fn configured(mut self, name: impl Into<String>, properties: Properties) -> Self {
        self.connections.push((name.into(), Ok(properties)));
        self
    }

    /// Loads table files from this folder, besides and instead of the built-in ones of the same name.
    #[must_use]
    pub fn tables(mut self, folder: impl AsRef<Path>) -> Self {
        self.around.tables = Some(folder.as_ref().to_owned());
        self
    }

    /// How a person is brought to the address where they sign in; by default, the browser of this machine opens it.
    #[must_use]
    pub fn browser(mut self, browser: Browser) -> Self {
        self.around.browser = browser;
        self
    }

    /// The tokens behind `memory://`, to share them with connections of other engines; by default, the connections of
    /// one engine share them.
    #[must_use]
    pub fn memory(mut self, memory: MemoryStores) -> Self {
        self.around.memory = memory;
        self
    }

    /// The zone (an IANA name) in which days begin and end; values stay in UTC.
    #[must_use]
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.time_zone = Some(zone.into());
        self
    }

    /// Bytes of memory for sorts, joins and aggregates; beyond it they use the disk. Default 1 GiB.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Keeps views in this folder, a file `NAME.sql` each: `CREATE VIEW` saves one, `DROP VIEW` removes it, and those that are
    /// there can be queried. `CREATE TEMPORARY VIEW` saves nothing. By default, views end with the engine.
    #[must_use]
    pub fn views(mut self, folder: impl AsRef<Path>) -> Self {
        self.views = Some(folder.as_ref().to_owned());
        self
    }

    /// Whether statements may read and write files of this machine: `FROM 'rows.parquet'`, `COPY … TO`, `CREATE EXTERNAL
    /// TABLE`. By default they may not, because who runs an engine for others must not let their SQL reach the disk.
    #[must_use]
    pub fn local_files(mut self, allowed: bool) -> Self {
        self.files = LocalFiles { allowed };
        self
    }

    /// What statements take for the moment at which they begin: `now()`, `current_date` and `L_LAST_WEEK()` go by it, once
    /// for each statement. By default, the clock of this machine. For reports of another day, and for tests. What CREATE TABLE
    /// AS computes goes by the machine's.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(now));
        self
    }

    /// Opens the engine. Nothing is sent yet.
    ///
    /// # Errors
    /// `Config` for a wrong connection string, table file or time zone.
    pub fn build(self) -> Result<Engine, Error> {
        self.build_with(PROCEDURES)
    }

    /// Opens the engine with these procedures.
    pub(crate) fn build_with(self, procedures: &'static [Procedure]) -> Result<Engine, Error> {
        let mut connections: Vec<Arc<Connection>> = Vec::new();
        let clock = self.clock.clone();
        let (mut time_zone, mut memory_limit) = (self.time_zone.clone(), self.memory_limit);
        for (name, properties) in self.connections {
            if name.is_empty()
                || name.eq_ignore_ascii_case(SYSTEM)
                || name.eq_ignore_ascii_case("information_schema")
            {
                return Err(Error::new(
                    Kind::Config,
                    format!("a connection cannot be called `{name}`"),
                )
                .with_hint("choose another name; it becomes the schema of the tables"));
            }
            if connections
                .iter()
                .any(|other| other.name() == name.as_str())
            {
                return Err(Error::new(
                    Kind::Config,
                    format!("there are two connections called `{name}`"),
                )
                .with_hint("give each connection its own name"));
            }
            let in_connection = |error: Error| error.with_context("connection", name.clone());
            let properties = properties.map_err(in_connection)?;
            let opened = open(&name, &properties, &self.around).map_err(in_connection)?;
            // These two belong to the session: what the caller asks for goes first, then the first connection's.
            time_zone = time_zone.or_else(|| properties.time_zone().map(str::to_owned));
            memory_limit = memory_limit.or(properties.memory_limit().map_err(in_connection)?);
            connections.push(Arc::new(opened));
        }
        let zone = crate::zone::parse(time_zone.as_deref())?;
        let procedures = Procedures::new(&connections, procedures);
        let memory = FairSpillPool::new(memory_limit.unwrap_or(MEMORY_LIMIT));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(memory))
            .with_object_store_registry(self.files.stores()?)
            // A folder that COPY has filled meanwhile must be seen.
            .with_object_list_cache_limit(0)
            .build_arc()?;
        Engine::over(
            connections,
            procedures,
            self.views,
            zone,
            self.files,
            clock,
            runtime,
        )
    }
}

impl Engine {
    /// Begins to put an engine together.
    ///
    /// ```
    /// use zuzen_engine::Engine;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), zuzen_engine::Error> {
    /// let engine = Engine::builder()
    ///     .connection("zendesk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
    ///     .build()?;
    /// // EXPLAIN shows the requests without sending them.
    /// let plan = engine.sql("EXPLAIN SELECT subject FROM tickets WHERE id IN (1, 2, 3)").await?.to_string().await?;
    /// assert!(plan.contains("GET /api/v2/tickets/show_many?ids=1,2,3"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Another session over the same connections: what they have learnt, their rate limits, saved views and the memory are shared;
    /// settings, other views and prepared statements are its own, and begin as those of a new engine.
    ///
    /// # Errors
    /// `Internal` if DataFusion refuses what it took before.
    pub fn session(&self) -> Result<Self, Error> {
        Self::over(
            self.connections.clone(),
            self.procedures.clone(),
            self.views.folder().map(Path::to_owned),
            self.zone.clone(),
            self.files,
            self.clock.clone(),
            self.context.runtime_env(),
        )
    }

    fn over(
        connections: Vec<Arc<Connection>>,
        procedures: Procedures,
        views: Option<PathBuf>,
        zone: String,
        files: LocalFiles,
        clock: Option<Clock>,
        runtime: Arc<RuntimeEnv>,
    ) -> Result<Self, Error> {
        let raw = RawQueries::new(&connections);
        let views = Arc::new(Views::new(views));
        let system = system::schema(&connections, &procedures, Arc::clone(&views))?;
        let context = session::context(&connections, &procedures, &raw, &zone, runtime, system)?;
        Ok(Self {
            connections,
            context,
            procedures,
            prepared: Prepared::default(),
            raw,
            views,
            files,
            zone,
            clock,
        })
    }

    /// Its connections, in the order they were added.
    #[must_use]
    pub fn connections(&self) -> &[Arc<Connection>] {
        &self.connections
    }

    /// Waits, a few seconds at most, until jobs whose rows nobody wants any more are cancelled at the vendor's, and until
    /// no connection is in the middle of renewing a token; as long as what is returned is held, none
    /// begins. To be called before the process ends, because a refresh token whose answer nobody receives is lost.
    pub async fn settle(&self) -> Vec<Settled> {
        let jobs = self.connections.iter();
        futures::future::join_all(jobs.map(|it| it.rest().settle_jobs(CANCELS))).await;
        let sign_ins = self.connections.iter().filter_map(|it| it.rest().sign_in());
        futures::future::join_all(sign_ins.map(SignIn::settle)).await
    }

    /// The DataFusion session, to register more tables or functions.
    #[must_use]
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Reads a script into its statements.
    ///
    /// # Errors
    /// `Sql` if it cannot be read.
    pub fn statements(&self, sql: &str) -> Result<Vec<Statement>, Error> {
        Ok(statement::parse(sql)?.into())
    }

    /// Plans one statement. Nothing but metadata is asked of an API until its rows are wanted; statements without
    /// rows (`SET`, `CREATE VIEW`) have run when this returns.
    ///
    /// # Errors
    /// `Sql` for a wrong statement, `Unsupported` for a table that needs a filter, and so on.
    pub async fn sql(&self, sql: &str) -> Result<DataFrame, Error> {
        let mut statements = statement::parse(sql)?;
        match (statements.pop_front(), statements.is_empty()) {
            (Some(statement), true) => self.run(statement).await,
            (None, _) => {
                Err(Error::new(Kind::Sql, "there is no statement").with_hint("write SELECT …"))
            }
            (Some(_), false) => Err(Error::new(Kind::Sql, "there are several statements")
                .with_hint("pass them one at a time, or read them with Engine::statements")),
        }
    }

    /// Plans one statement of a script, as [`Engine::sql`] does.
    ///
    /// # Errors
    /// As [`Engine::sql`].
    pub async fn run(&self, statement: Statement) -> Result<DataFrame, Error> {
        self.run_with_views(statement, true).await
    }

    /// Runs it without a look at saved views that it would change; `loading` are those whose files are being read.
    pub(crate) async fn run_once(
        &self,
        statement: Statement,
        loading: &[String],
    ) -> Result<DataFrame, Error> {
        if let Some(schema) = statement.used_schema() {
            return self.choose(&schema).await;
        }
        if let Some(connection) = statement.refreshed() {
            return self.refresh(connection).await;
        }
        let Some((state, plan)) = self.logical(statement, loading).await? else {
            return Err(Error::new(
                Kind::Internal,
                "a statement is of no known form",
            ));
        };
        if let LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) = plan {
            // DataFusion optimizes what is prepared without analyzing it.
            let plan = procedure::calls_first(plan)?;
            let change = Prepared::change(&plan);
            let executes = matches!(plan, LogicalPlan::Statement(Executed::Execute(_)));
            let external = External::of(&plan);
            let done = self.context.execute_logical_plan(plan).await;
            let done = done.map_err(|error| match &external {
                Some(external) => external.explain(error),
                None => self.procedures.explain_execute(error),
            })?;
            self.prepared.follow(change);
            if executes {
                // DataFusion reads the clock again for it.
                return Ok(DataFrame::new(state, done.into_parts().1));
            }
            return Ok(done);
        }
        if let LogicalPlan::Explain(explain) = &plan {
            // DataFusion would put a failure into a row of EXPLAIN's answer.
            state.create_physical_plan(&explain.plan).await?;
        }
        Ok(DataFrame::new(state, plan))
    }

    /// Runs one statement and gives back its rows as they arrive.
    ///
    /// ```
    /// use futures::TryStreamExt as _;
    /// use zuzen_engine::Engine;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder()
    ///     .connection("zendesk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
    ///     .build()?;
    /// let mut rows = engine.stream("SELECT table_name FROM system.tables ORDER BY table_name").await?;
    /// let first = rows.try_next().await?;
    /// assert!(first.is_some_and(|batch| batch.num_rows() > 10));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Engine::sql`]; the stream's errors turn into [`Error`] with `Error::from`.
    pub async fn stream(&self, sql: &str) -> Result<SendableRecordBatchStream, Error> {
        Ok(self.sql(sql).await?.execute_stream().await?)
    }

    /// The tables of a connection for another `SessionContext`:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
    /// use datafusion::prelude::SessionContext;
    /// use zuzen_engine::Engine;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder()
    ///     .connection("zendesk", "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret")
    ///     .build()?;
    /// let mine = SessionContext::new();
    /// let catalog = MemoryCatalogProvider::new();
    /// catalog.register_schema("desk", engine.schema("zendesk").ok_or("no such connection")?)?;
    /// mine.register_catalog("saas", Arc::new(catalog));
    /// assert_eq!(mine.table("saas.desk.tickets").await?.schema().field(0).name(), "id");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn schema(&self, connection: &str) -> Option<Arc<dyn SchemaProvider>> {
        let connection = self
            .connections
            .iter()
            .find(|other| other.name() == connection)?;
        Some(Arc::new(ConnectionSchema::new(Arc::clone(connection))))
    }

    /// The checked plan of a statement; none for `USE` and `REFRESH SCHEMA`, which have none.
    pub(crate) async fn logical(
        &self,
        statement: Statement,
        loading: &[String],
    ) -> Result<Option<(SessionState, LogicalPlan)>, Error> {
        if statement.used_schema().is_some() {
            return Ok(None);
        }
        let Some(mut parsed) = statement.into_sql() else {
            return Ok(None);
        };
        parameters::rename(&mut parsed)?;
        settle_copy(&mut parsed, self.files)?;
        set_zone(&mut parsed)?;
        let settings = self.context.state();
        show::as_query(&mut parsed, &settings)?;
        procedure::as_select(&mut parsed, &self.procedures, &self.prepared)?;
        self.load_views(&parsed, loading).await?;
        refuse_insert(&parsed, &settings)?;
        let default = &settings.config_options().catalog.default_schema;
        let options = Zuzen::of(settings.config_options());
        let session = compatibility::Session {
            connections: &self.connections,
            default_schema: default,
            weeks_begin_on_monday: options.weeks_begin_on_monday(),
        };
        translate(&mut parsed, session)?;
        self.raw.learn(&parsed, default, &options).await?;
        let (state, plan) = self.plan(parsed).await?;
        let plan = settle(plan, &state)?;
        refuse_writes(&plan, &state)?;
        refuse_misfits(&plan)?;
        refuse_elsewhere(&plan, self.files)?;
        let plan = whole_copy(plan, &state)?;
        Ok(Some((state, plan)))
    }

    /// Plans it, and again as long as names that the planner misses can be found.
    async fn plan(&self, mut parsed: Parsed) -> Result<(SessionState, LogicalPlan), Error> {
        let mut shown = BTreeSet::new();
        let mut state = self.state(&shown)?;
        let quoted = Quoted::open(&mut parsed, &state, self.files).await?;
        quoted.attach(&mut state)?;
        let mut search = Search::new();
        for _ in 0..MENDED_NAMES {
            search.ahead(&named(&parsed, &state)).await?;
            // Again, for what has been found out by now.
            let named = named(&parsed, &state);
            let mut asked = parsed.clone();
            if !shown.is_empty() {
                leave_out(&mut asked, &state).await?;
            }
            let error = match state.statement_to_plan(asked).await {
                Ok(plan) => return Ok((state, plan)),
                Err(error) => error,
            };
            let exactly = missed(&error, &named, &shown, |name, typed| name == typed);
            if exactly.is_none() && mend(&mut parsed, &error, &self.connections) {
                continue;
            }
            let alike = |name: &str, typed: &str| fold(name) == fold(typed);
            let wanted = exactly.or_else(|| missed(&error, &named, &shown, alike));
            let Some(name) = wanted else {
                if search.again(&error, &named, &self.connections).await {
                    continue;
                }
                let about_calls = self.procedures.explain(&error);
                let explain = || explain_error(error, &self.connections, &state);
                return Err(about_calls.unwrap_or_else(explain));
            };
            shown.insert(name);
            state = self.state(&shown)?;
            quoted.attach(&mut state)?;
        }
        Err(Error::new(
            Kind::Sql,
            "too many names are typed in other ways than they are",
        )
        .with_hint("SELECT table_name, column_name FROM system.columns lists them"))
    }

    /// Runs `REFRESH SCHEMA`, for one connection or for all.
    async fn refresh(&self, of: Option<&str>) -> Result<DataFrame, Error> {
        let wanted = |name: &str| of.is_none_or(|of| fold(of) == fold(name));
        let all = self.connections.iter();
        let connections: Vec<&Arc<Connection>> = all.filter(|it| wanted(it.name())).collect();
        if connections.is_empty() {
            let known: Vec<&str> = self.connections.iter().map(|it| it.name()).collect();
            let message = format!("there is no connection `{}`", of.unwrap_or_default());
            let hint = format!("connections: {}", known.join(", "));
            return Err(Error::new(Kind::Sql, message).with_hint(hint));
        }
        for connection in &connections {
            self.raw.forget(connection);
        }
        let outcomes = futures::future::join_all(connections.iter().map(|it| it.refresh())).await;
        for outcome in outcomes {
            outcome?;
        }
        Ok(self.context.read_batch(refreshed(&connections)?)?)
    }

    fn state(&self, shown: &BTreeSet<String>) -> Result<SessionState, Error> {
        let mut state = self.context.state();
        if !shown.is_empty() {
            let catalogs = showing(state.catalog_list(), shown)?;
            state.register_catalog_list(catalogs);
        }
        // Once for each statement, so that now() is the same wherever it stands in it.
        state.mark_start_execution();
        if let Some(clock) = &self.clock {
            state.execution_props_mut().query_execution_start_time = Some(clock());
        }
        Ok(state)
    }
}
