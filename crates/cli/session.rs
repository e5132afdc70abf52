//! An engine with its connections, for the length of the command.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use zuzen_engine::files::Zone;
use zuzen_engine::property::bytes;
use zuzen_engine::{Engine, Error, Kind, Statement};
use zuzen_simulator::{Account, AccountOptions, Options, Simulator, Tenant, TenantOptions};

use crate::account::browser;
use crate::arguments::QueryArguments;
use crate::connections::{chosen, nothing};
use crate::exit::{Failure, say};
use crate::log;
use crate::opened::Opened;
use crate::output::{
    Destination, Format, Kept, Look, Printed, Screen, nothing as no_result, print,
};

/// What statements run in.
pub(crate) struct Session {
    engine: Engine,
    format: Format,
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
        let engine = builder.build()?;
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
            format,
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

    /// Runs one statement: rows to `out`, what it took and what the API had to say to stderr.
    pub(crate) async fn run(
        &self,
        statement: Statement,
        out: &mut Destination,
    ) -> Result<(), Failure> {
        let (text, before, started) = (statement.without_texts(), self.numbers(), Instant::now());
        let outcome = self.show(statement, out).await;
        for (connection, before) in self.engine.connections().iter().zip(&before) {
            log::requests(connection, *before);
        }
        let requests = self.numbers().iter().sum::<u64>() - before.iter().sum::<u64>();
        log::statement(&text, requests, started.elapsed());
        if let Err(Failure::Failed(error)) = &outcome {
            log::failure(error);
        }
        for connection in self.engine.connections() {
            for warning in connection.take_warnings() {
                say(&format!("warning: {}: {warning}", connection.name()));
            }
        }
        outcome
    }

    async fn show(&self, statement: Statement, out: &mut Destination) -> Result<(), Failure> {
        let started = Instant::now();
        let before: u64 = self.numbers().iter().sum();
        let frame = self.engine.run(statement).await?;
        if !frame.schema().fields().is_empty() {
            out.begin(self.format)?;
        }
        let schema = std::sync::Arc::clone(frame.schema().inner());
        let rows = frame.execute_stream().await.map_err(Error::from)?;
        let look = Look {
            format: self.format,
            zone: self.zone(),
            screen: out.screen(),
            file: self.file.clone(),
        };
        if self.keeps && !schema.fields().is_empty() {
            self.kept.replace(Some(Kept::new(&schema, &look.zone)));
        }
        let rows = rows.inspect_ok(|batch| {
            if self.keeps
                && let Some(kept) = &mut *self.kept.borrow_mut()
            {
                kept.add(batch);
            }
        });
        let printed = print(&schema, rows, &look, out).await?;
        // On a terminal the rows come before what they took.
        out.flush()?;
        let requests = self.numbers().iter().sum::<u64>().saturating_sub(before);
        say(&summary(printed, requests, started.elapsed()));
        Ok(())
    }

    /// The zone that instants are shown in; a statement may have set it.
    fn zone(&self) -> Zone {
        let state = self.engine.context().state();
        Zone::new(state.config_options().execution.time_zone.as_deref())
    }

    /// How many requests each connection has sent so far.
    fn numbers(&self) -> Vec<u64> {
        let connections = self.engine.connections().iter();
        let newest = connections.map(|connection| connection.rest().log().rows().pop());
        // The log is bounded, but its numbers have no gaps.
        newest.map(|row| row.map_or(0, |row| row.number)).collect()
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

fn summary(printed: Printed, requests: u64, elapsed: Duration) -> String {
    let counted = |count: u64, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    let took = format!(
        "{}, {:.1} s",
        counted(requests, "request"),
        elapsed.as_secs_f64()
    );
    match printed {
        Printed::Rows(rows) => format!("{}, {took}", counted(rows, "row")),
        Printed::Plan => took,
        Printed::Nothing => format!("done, {took}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_count_in_english() {
        let second = Duration::from_millis(1_040);
        for (printed, requests, text) in [
            (Printed::Rows(1), 1, "1 row, 1 request, 1.0 s"),
            (Printed::Rows(0), 12, "0 rows, 12 requests, 1.0 s"),
            (Printed::Plan, 0, "0 requests, 1.0 s"),
            (Printed::Nothing, 0, "done, 0 requests, 1.0 s"),
        ] {
            assert_eq!(summary(printed, requests, second), text);
        }
    }
}
