//! What a test plays on: two accounts, simulators that serve them, and engines connected to those.
//!
//! Connections are named by what goes wrong: `zendesk` is the frozen account, `zendesk_agent` the same seen by an agent
//! who may not export, `zendesk_<scenario>` the same behind a fault; `live` and `live_agent` are an account whose history
//! reaches to now. It refuses to know any table.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use zuzen_engine::{Engine, EngineBuilder, Error};
use zuzen_simulator::{Account, AccountOptions, Faults, Options, Simulator};

/// Added to every connection string, so that retries are quick.
const QUICK: &str = "RetryPause=1;";

/// How far search is behind in `live`: far enough that only a live read sees what was just written.
const SEARCH_LAG: Duration = Duration::from_secs(900);

/// The account that never changes: the same rows on every machine and every day.
pub(crate) fn frozen() -> Arc<Account> {
    static FROZEN: OnceLock<Arc<Account>> = OnceLock::new();
    Arc::clone(FROZEN.get_or_init(|| {
        Account::generate(&AccountOptions {
            seed: 7,
            tickets: 2_000,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        })
    }))
}

/// A small one of the same kind, for tables that take a request for each ticket.
pub(crate) fn small() -> Arc<Account> {
    static SMALL: OnceLock<Arc<Account>> = OnceLock::new();
    Arc::clone(SMALL.get_or_init(|| {
        Account::generate(&AccountOptions {
            seed: 7,
            tickets: 240,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        })
    }))
}

/// An account with a history up to the last full hour.
pub(crate) fn recent(seed: u64, tickets: u32) -> Arc<Account> {
    Account::generate(&AccountOptions {
        seed,
        tickets,
        ..AccountOptions::default()
    })
}

/// A simulator that shrugs nothing off.
fn serve(account: &Arc<Account>, faults: Faults, compression: bool) -> Simulator {
    let options = Options {
        strict: true,
        search_lag: SEARCH_LAG,
        compression,
        faults,
        ..Options::default()
    };
    futures::executor::block_on(Simulator::start(Arc::clone(account), options)).unwrap()
}

/// Simulators, and the connections to them.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    simulators: HashMap<String, Simulator>,
    connections: Vec<(String, String)>,
}

impl Stage {
    /// The connections of these names, each with these further properties.
    pub(crate) fn with<'a>(names: impl IntoIterator<Item = &'a str>, properties: &str) -> Self {
        let mut stage = Self::default();
        for name in names {
            stage.add(name, properties);
        }
        stage
    }

    /// One connection, `zendesk`, to this account, with these further properties.
    pub(crate) fn of(account: &Arc<Account>, faults: Faults, properties: &str) -> Self {
        let mut stage = Self::default();
        // Compressing takes most of the time of a debug build, so only what goes wrong is compressed.
        let compression = faults != Faults::default();
        let simulator = serve(account, faults, compression);
        let text = format!("{}{QUICK}{properties}", simulator.connection_string());
        stage.connections.push(("zendesk".to_owned(), text));
        stage.simulators.insert("zendesk".to_owned(), simulator);
        stage
    }

    fn add(&mut self, name: &str, properties: &str) {
        let (house, rest) = name.split_once('_').unwrap_or((name, ""));
        let scenario = match rest {
            "" | "agent" => "none",
            scenario => scenario,
        };
        let account = match house {
            "live" => recent(7, 2_000),
            _ => frozen(),
        };
        let faults = Faults::scenario(scenario)
            .unwrap_or_else(|| panic!("there is no scenario `{scenario}`"));
        let simulator = self
            .simulators
            .entry(format!("{house}_{scenario}"))
            .or_insert_with(|| serve(&account, faults, false));
        let text = match rest {
            "agent" => simulator.agent_connection_string(),
            _ => simulator.connection_string(),
        };
        self.connections
            .push((name.to_owned(), format!("{text}{QUICK}{properties}")));
    }

    /// The simulator behind a connection of [`Stage::of`].
    pub(crate) fn simulator(&self) -> &Simulator {
        &self.simulators["zendesk"]
    }

    /// An engine to be, whose connection of [`Stage::of`] signs in as the agent.
    pub(crate) fn agent(&self) -> EngineBuilder {
        let text = self.simulator().agent_connection_string();
        Engine::builder().connection("zendesk", format!("{text}{QUICK}"))
    }

    /// An engine to be, whose connection of [`Stage::of`] has these further properties.
    pub(crate) fn with_properties(&self, properties: &str) -> EngineBuilder {
        let text = self.simulator().connection_string();
        Engine::builder().connection("zendesk", format!("{text}{QUICK}{properties}"))
    }

    /// An engine with all connections.
    pub(crate) fn engine(&self) -> Result<Engine, Error> {
        self.builder().build()
    }

    /// The same, to be configured further.
    pub(crate) fn builder(&self) -> EngineBuilder {
        self.connections
            .iter()
            .fold(Engine::builder(), |builder, (name, text)| {
                builder.connection(name, text)
            })
    }
}
