//! An engine with its connections, for the length of the command.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures::TryStreamExt as _;
use zuzen_engine::files::Zone;
use zuzen_engine::property::bytes;
use zuzen_engine::{Engine, Error, Kind, Parameters, Running, Statement};
use zuzen_simulator::{Account, AccountOptions, Options, Simulator, Tenant, TenantOptions};

use crate::account::browser;
use crate::arguments::{QueryArguments, Stats};
use crate::connections::{chosen, nothing, views_folder};
use crate::exit::{Failure, say};
use crate::log;
use crate::opened::Opened;
use crate::output::{
    Destination, Format, Kept, Look, Printed, Screen, nothing as no_result, print,
};
use crate::summary::{Asked, Took};
use crate::watch::{Beside, Line, planning, told};

/// What statements run in.
pub(crate) struct Session {
    engine: Engine,
    format: Cell<Format>,
    is_quiet: bool,
    stats: Option<Stats>,
    /// Whether it is said what a statement took.
    timing: Cell<bool>,
    /// Statements that have run.
    statements: Cell<u64>,
    /// What the last of them asked, and when it ended.
    last: RefCell<Option<(Asked, Option<SystemTime>)>>,
    /// The values of statements' parameters.
    parameters: Parameters,
    /// The file of `-o`.
    file: Option<PathBuf>,
    /// The last result, if it is wanted again.
    kept: RefCell<Option<Kept>>,
    keeps: bool,
    /// The demo's servers: they live as long as the session.
    demo: Vec<Simulator>,
}

impl Session {
    /// Opens what was asked for. Nothing is sent to an API yet.
    pub(crate) async fn open(wanted: &QueryArguments, opened: &Opened) -> Result<Self, Error> {
        let format = Format::chosen(wanted.format, wanted.output.as_deref())?;
        // The demo stands alone: it needs no configuration, and a broken one must not keep it from starting.
        let connections = if wanted.demo && wanted.connect.is_empty() {
            Vec::new()
        } else {
            chosen(&wanted.connect)?
        };
        if !wanted.demo && connections.is_empty() {
            return Err(nothing());
        }
        log::start(&connections)?;
        let mut builder = Engine::builder().browser(browser(false)).local_files(true);
        let mut demo = Vec::new();
        if wanted.demo {
            let account = account(wanted.tickets, wanted.seed);
            // Both draw what they serve when they are asked for it.
            let tenant = Tenant::generate(&account, &TenantOptions::default());
            let simulator = Simulator::start(account, Options::default());
            let zendesk = simulator.await.map_err(|error| no_server(&error))?;
            let simulator = Simulator::start_zuora(Options {
                tenant: Some(tenant),
                ..Options::default()
            });
            let zuora = simulator.await.map_err(|error| no_server(&error))?;
            // Its address is another each time: what it tells is not worth a file.
            let own = "ZuoraService=DataQuery;MetadataLocation=memory://;";
            let billing = format!("{}{own}", zuora.connection_string());
            builder = builder
                .connection("zendesk", zendesk.connection_string())
                .connection("zuora", billing);
            demo.extend([zendesk, zuora]);
        }
        for (name, properties) in connections {
            builder = builder.configured(name, properties);
        }
        if let Some(folder) = &wanted.tables {
            builder = builder.tables(folder);
        }
        if let Some(zone) = &wanted.time_zone {
            builder = builder.time_zone(zone);
        }
        if let Some(size) = &wanted.memory_limit {
            builder = builder.memory_limit(bytes(size)?);
        }
        if let Some(folder) = views_folder(wanted.demo) {
            builder = builder.views(folder);
        }
        let engine = builder.build()?;
        wanted.script.settle(&engine).await?;
        opened.add(engine.connections());
        for connection in engine.connections() {
            for notice in connection.rest().notices() {
                say(&format!("warning: {}: {notice}", connection.name()));
            }
        }
        for connection in engine.connections() {
            if connection.properties().flag("ConnectOnOpen") {
                let tested = connection.test().await;
                tested.map_err(|error| error.with_context("connection", connection.name()))?;
            }
        }
        Ok(Self {
            engine,
            format: Cell::new(format),
            is_quiet: wanted.quiet,
            stats: wanted.stats,
            timing: Cell::new(true),
            statements: Cell::new(0),
            last: RefCell::new(None),
            parameters: wanted.script.parameters()?,
            file: wanted.output.clone(),
            kept: RefCell::default(),
            keeps: false,
            demo,
        })
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The same, remembering the rows of the last result for [`Session::chart`].
    pub(crate) fn keeping_rows(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// A chart of the last result: `bar status n`.
    ///
    /// # Errors
    /// `Sql` if there is none, or its columns make no such chart.
    pub(crate) fn chart(&self, wish: &str) -> Result<String, Error> {
        let kept = self.kept.borrow();
        kept.as_ref()
            .ok_or_else(no_result)?
            .chart(wish, Screen::of_stdout())
    }

    /// Where its rows go.
    ///
    /// # Errors
    /// `Config` for a file that cannot be written.
    pub(crate) fn destination(&self) -> Result<Destination, Error> {
        Destination::open(self.file.as_deref())
    }

    /// Whether it runs over a simulated account.
    pub(crate) fn is_demo(&self) -> bool {
        !self.demo.is_empty()
    }

    /// How rows are written.
    pub(crate) fn format(&self) -> Format {
        self.format.get()
    }

    pub(crate) fn set_format(&self, format: Format) {
        self.format.set(format);
    }

    /// Whether it is said what a statement took.
    pub(crate) fn timing(&self) -> bool {
        self.timing.get()
    }

    pub(crate) fn set_timing(&self, timing: bool) {
        self.timing.set(timing);
    }

    /// From when to when the last statement ran; one that was cancelled until now.
    pub(crate) fn last(&self) -> Option<(SystemTime, SystemTime)> {
        let last = self.last.borrow();
        let (asked, ended) = last.as_ref()?;
        Some((asked.since, ended.unwrap_or_else(SystemTime::now)))
    }

    /// Runs one statement: rows to `out`, what it took and what the API had to say to stderr.
    pub(crate) async fn run(
        &self,
        statement: Statement,
        out: &mut Destination,
    ) -> Result<(), Failure> {
        let values = self.parameters.only(&statement.placeholders());
        let statement = statement.bind(&values)?;
        let (text, asked) = (statement.without_texts(), Asked::now(&self.engine));
        self.statements.set(self.statements.get() + 1);
        self.last.replace(Some((asked.clone(), None)));
        let mut bytes = 0;
        let outcome = self.show(statement, &asked, &mut bytes, out).await;
        if let Some((_, ended)) = &mut *self.last.borrow_mut() {
            *ended = Some(SystemTime::now());
        }
        let took = asked.took(&self.engine, bytes);
        for (connection, before) in self.engine.connections().iter().zip(asked.numbers()) {
            log::requests(connection, *before);
        }
        log::statement(&text, took.requests, took.elapsed);
        if let Err(Failure::Failed(error)) = &outcome {
            log::failure(error);
        }
        self.summarize(&took, &outcome);
        for connection in self.engine.connections() {
            for warning in connection.take_warnings() {
                say(&format!("warning: {}: {warning}", connection.name()));
            }
        }
        outcome.map(|_| ())
    }

    async fn show(
        &self,
        statement: Statement,
        asked: &Asked,
        bytes: &mut u64,
        out: &mut Destination,
    ) -> Result<Printed, Failure> {
        let line = Line::new(!self.is_quiet);
        let planned = || planning(asked.requests(&self.engine), asked.elapsed());
        let started = self.engine.start(statement);
        let running = line.during(started, planned).await?;
        let progress = running.progress();
        let printed = self.write(running, &line, self.keeps, out).await;
        *bytes = progress.snapshot().bytes;
        printed
    }

    /// Writes the rows of something that is no statement of its own, such as an answer of the prompt.
    pub(crate) async fn answer(
        &self,
        running: Running,
        out: &mut Destination,
    ) -> Result<(), Failure> {
        let line = Line::new(!self.is_quiet);
        self.write(running, &line, false, out).await.map(|_| ())
    }

    async fn write(
        &self,
        running: Running,
        line: &Line,
        keeps: bool,
        out: &mut Destination,
    ) -> Result<Printed, Failure> {
        let (schema, progress) = (running.schema(), running.progress());
        let format = self.format();
        if !schema.fields().is_empty() {
            out.begin(format)?;
        }
        let look = Look {
            format,
            zone: self.zone(),
            screen: out.screen(),
            file: out.file().map(Path::to_owned),
        };
        let keeps = keeps && !schema.fields().is_empty();
        if keeps {
            self.kept.replace(Some(Kept::new(&schema, &look.zone)));
        }
        let rows = running.into_rows().inspect_ok(|batch| {
            if keeps && let Some(kept) = &mut *self.kept.borrow_mut() {
                kept.add(batch);
            }
        });
        let mut beside = Beside::new(out, line);
        let printed = print(&schema, rows, &look, &mut beside);
        let told = || told(&progress.snapshot(), SystemTime::now(), &look.zone);
        let printed = line.during(printed, told).await?;
        // On a terminal the rows come before what they took.
        out.flush()?;
        Ok(printed)
    }

    fn summarize(&self, took: &Took, outcome: &Result<Printed, Failure>) {
        if let Some(Stats::Json) = self.stats {
            let outcome = match outcome {
                Ok(printed) => Ok(*printed),
                Err(Failure::Failed(error)) => Err(Some(error)),
                Err(_) => Err(None),
            };
            say(&took.object(self.statements.get(), outcome).to_string());
        } else if let Ok(printed) = outcome
            && !self.is_quiet
            && self.timing()
        {
            say(&took.line(*printed));
        }
    }

    /// The zone that instants are shown in; a statement may have set it.
    fn zone(&self) -> Zone {
        let state = self.engine.context().state();
        Zone::new(state.config_options().execution.time_zone.as_deref())
    }
}

/// The account that both the demo and `simulate` serve.
pub(crate) fn account(tickets: Option<u32>, seed: Option<u64>) -> std::sync::Arc<Account> {
    let mut options = AccountOptions::default();
    options.tickets = tickets.unwrap_or(options.tickets);
    options.seed = seed.unwrap_or(options.seed);
    Account::generate(&options)
}

/// A simulator that does not start.
pub(crate) fn no_server(error: &std::io::Error) -> Error {
    let reason = format!("the simulated account cannot be served: {error}");
    Error::new(Kind::Config, reason).with_hint("choose another port; --port 0 takes any free one")
}
