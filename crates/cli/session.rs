//! An engine with its connections, for the length of the command.

use std::io::Write;
use std::time::{Duration, Instant};

use zuzen_engine::property::bytes;
use zuzen_engine::{Engine, Error, Kind, Statement};
use zuzen_simulator::{Account, AccountOptions, Options, Simulator};

use crate::arguments::{Format, QueryArguments};
use crate::cell::Zone;
use crate::exit::{Failure, say};
use crate::print::{Printed, print};

/// What statements run in.
pub(crate) struct Session {
    engine: Engine,
    format: Format,
    /// The demo's server: it lives as long as the session.
    demo: Option<Simulator>,
}

impl Session {
    /// Opens what was asked for. Nothing is sent to an API yet.
    pub(crate) async fn open(wanted: &QueryArguments) -> Result<Self, Error> {
        if !wanted.demo && wanted.connect.is_empty() {
            return Err(Error::new(Kind::Config, "there is nothing to connect to").with_hint(
                "try zuzen --demo, or give --connect 'URL=https://<subdomain>.zendesk.com;User=…;ApiToken=…'",
            ));
        }
        let mut builder = Engine::builder();
        let mut demo = None;
        if wanted.demo {
            let account = account(wanted.tickets, wanted.seed);
            let simulator = Simulator::start(account, Options::default());
            let simulator = simulator.await.map_err(|error| no_server(&error))?;
            builder = builder.connection("zendesk", simulator.connection_string());
            demo = Some(simulator);
        }
        for target in &wanted.connect {
            builder = builder.connection(&target.name, &target.properties);
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
        for connection in engine.connections() {
            for notice in connection.rest().notices() {
                say(&format!("warning: {}: {notice}", connection.name()));
            }
        }
        Ok(Self {
            engine,
            format: wanted.format,
            demo,
        })
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether it runs over a simulated account.
    pub(crate) fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Runs one statement: rows to `out`, what it took and what the API had to say to stderr.
    pub(crate) async fn run(
        &self,
        statement: Statement,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let outcome = self.show(statement, out).await;
        for connection in self.engine.connections() {
            for warning in connection.take_warnings() {
                say(&format!("warning: {}: {warning}", connection.name()));
            }
        }
        outcome
    }

    async fn show(&self, statement: Statement, out: &mut impl Write) -> Result<(), Failure> {
        let started = Instant::now();
        let before = self.requests();
        let frame = self.engine.run(statement).await?;
        let schema = std::sync::Arc::clone(frame.schema().inner());
        let rows = frame.execute_stream().await.map_err(Error::from)?;
        let printed = print(&schema, rows, self.format, &self.zone(), out).await?;
        // On a terminal the rows come before what they took.
        out.flush()?;
        let requests = self.requests().saturating_sub(before);
        say(&summary(printed, requests, started.elapsed()));
        Ok(())
    }

    /// The zone that instants are shown in; a statement may have set it.
    fn zone(&self) -> Zone {
        let state = self.engine.context().state();
        Zone::new(state.config_options().execution.time_zone.as_deref())
    }

    /// Requests sent so far by all connections.
    fn requests(&self) -> u64 {
        let connections = self.engine.connections().iter();
        let newest = connections.filter_map(|connection| connection.rest().log().rows().pop());
        // The log is bounded, but its numbers have no gaps.
        newest.map(|row| row.number).sum()
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
