//! From the options of a database to its engine. Nothing is sent to a vendor.

use adbc_core::error::{Error, Result, Status};
use adbc_core::options::{OptionDatabase, OptionValue};
use zuzen_engine::config::{Configuration, FILE, Sources, VARIABLE, unnamed};
use zuzen_engine::property::{Properties, bytes};
use zuzen_engine::{Engine, EngineBuilder, Error as Failure, Kind};
use zuzen_simulator::{
    Account, AccountOptions, Options as Served, Simulator, Tenant, TenantOptions,
};

use crate::failure::{refused, told};
use crate::option::{flag, misfit, number, text, unknown};
use crate::runtime::Threads;
use crate::session::Opened;
use crate::work::Work;

/// What options begin with that hold a connection each.
pub(crate) const CONNECTION: &str = "zuzen.connection.";

/// The options of a database, for people who mistype one.
pub(crate) const KNOWN: [&str; 12] = [
    "uri",
    "username",
    "password",
    "zuzen.connection.<name>",
    "zuzen.time_zone",
    "zuzen.memory_limit",
    "zuzen.tables",
    "zuzen.views",
    "zuzen.local_files",
    "zuzen.demo",
    "zuzen.demo.tickets",
    "zuzen.demo.seed",
];

/// What a database is opened with.
#[derive(Default)]
pub(crate) struct Wanted {
    uri: Option<String>,
    user: Option<String>,
    password: Option<String>,
    /// Connection strings, or names of configured connections, by the name that they get.
    named: Vec<(String, String)>,
    time_zone: Option<String>,
    memory_limit: Option<String>,
    tables: Option<String>,
    views: Option<String>,
    local_files: bool,
    demo: bool,
    account: AccountOptions,
}

impl Wanted {
    /// # Errors
    /// `NotImplemented` for an option that is not known, `InvalidArguments` for a value that does not fit.
    pub(crate) fn of(
        options: impl IntoIterator<Item = (OptionDatabase, OptionValue)>,
    ) -> Result<Self> {
        let mut wanted = Self::default();
        for (option, value) in options {
            let key = option.as_ref();
            match key {
                "uri" => wanted.uri = Some(text(key, value)?),
                "username" => wanted.user = Some(text(key, value)?),
                "password" => wanted.password = Some(text(key, value)?),
                "zuzen.time_zone" => wanted.time_zone = Some(text(key, value)?),
                "zuzen.memory_limit" => wanted.memory_limit = Some(text(key, value)?),
                "zuzen.tables" => wanted.tables = Some(text(key, value)?),
                "zuzen.views" => wanted.views = Some(text(key, value)?),
                "zuzen.local_files" => wanted.local_files = flag(key, value)?,
                "zuzen.demo" => wanted.demo = flag(key, value)?,
                "zuzen.demo.tickets" => wanted.account.tickets = number(key, value)?,
                "zuzen.demo.seed" => wanted.account.seed = number(key, value)?,
                _ => match key.strip_prefix(CONNECTION) {
                    Some("") => return Err(misfit(key, "the connection's name in the option")),
                    Some(name) => wanted.named.push((name.to_owned(), text(key, value)?)),
                    None => return Err(unknown(key, "database", &KNOWN)),
                },
            }
        }
        // Options come in no order; connections are listed in that of their names.
        wanted.named.sort();
        Ok(wanted)
    }

    /// Opens it.
    ///
    /// # Errors
    /// `InvalidArguments` for a connection that is not configured or whose properties do not fit.
    pub(crate) fn open(self) -> Result<Opened> {
        let threads = Threads::new();
        let connections = self.connections().map_err(|failure| told(&failure))?;
        let shown = self.shown(&connections);
        let mut builder = Engine::builder().local_files(self.local_files);
        let mut demo = Vec::new();
        if self.demo {
            (builder, demo) = self.with_demo(builder, &threads)?;
        }
        for (name, properties) in connections {
            builder = builder.configured(name, properties);
        }
        if let Some(zone) = self.time_zone {
            builder = builder.time_zone(zone);
        }
        if let Some(folder) = self.tables {
            builder = builder.tables(folder);
        }
        if let Some(folder) = self.views {
            builder = builder.views(folder);
        }
        if let Some(size) = &self.memory_limit {
            builder = builder.memory_limit(bytes(size).map_err(|failure| told(&failure))?);
        }
        let engine = builder.build().map_err(|failure| told(&failure))?;
        Ok(Opened::new(threads, engine, demo, shown))
    }

    fn connections(&self) -> std::result::Result<Vec<(String, Properties)>, Failure> {
        let mut places = Places { read: None };
        let mut chosen = Vec::new();
        for uri in self.uris() {
            let (name, mut properties) = places.find(None, uri)?;
            for (property, value) in [("User", &self.user), ("Password", &self.password)] {
                if let Some(value) = value {
                    properties = properties.with(property, value)?;
                }
            }
            chosen.push((name, properties));
        }
        for (name, value) in &self.named {
            chosen.push(places.find(Some(name), value)?);
        }
        let given = self.user.is_some() || self.password.is_some();
        if given && self.uri.is_none() {
            return Err(Failure::new(
                Kind::Config,
                "`username` and `password` are given without `uri`",
            )
            .with_hint("give the connection's URL in the option `uri`"));
        }
        if chosen.is_empty() && !self.demo {
            let configuration = places.configuration()?;
            let names: Vec<String> = configuration
                .names()
                .into_iter()
                .map(str::to_owned)
                .collect();
            for name in names {
                chosen.push(configuration.connection(&name)?);
            }
            if chosen.is_empty() {
                return Err(nowhere());
            }
        }
        Ok(chosen)
    }

    /// The options as they may be shown: a connection string is written anew, without its secrets.
    fn shown(&self, connections: &[(String, Properties)]) -> Vec<(String, String)> {
        let mut shown: Vec<(String, String)> = Vec::new();
        let mut show = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                shown.push((key.to_owned(), value.clone()));
            }
        };
        let uris = self.uris().len();
        let uri = self.uri.as_ref().map(|uri| match connections.first() {
            Some((_, properties)) if uri.contains('=') => masked(properties),
            _ => uri.clone(),
        });
        show("uri", &uri);
        show("username", &self.user);
        show(
            "password",
            &self.password.as_ref().map(|_| "***".to_owned()),
        );
        show("zuzen.time_zone", &self.time_zone);
        show("zuzen.memory_limit", &self.memory_limit);
        show("zuzen.tables", &self.tables);
        show("zuzen.views", &self.views);
        show("zuzen.local_files", &Some(self.local_files.to_string()));
        show("zuzen.demo", &Some(self.demo.to_string()));
        if self.demo {
            show(
                "zuzen.demo.tickets",
                &Some(self.account.tickets.to_string()),
            );
            show("zuzen.demo.seed", &Some(self.account.seed.to_string()));
        }
        for ((name, value), (_, properties)) in self.named.iter().zip(&connections[uris..]) {
            let value = match value.contains('=') {
                true => masked(properties),
                false => value.clone(),
            };
            show(&format!("{CONNECTION}{name}"), &Some(value));
        }
        shown
    }

    /// The connection strings, or names, of the option `uri`: a list of names may stand there, but one string only, because
    /// a comma may be part of a string's values.
    fn uris(&self) -> Vec<&str> {
        match self.uri.as_deref().map(str::trim) {
            None | Some("") => Vec::new(),
            Some(text) if text.contains('=') => vec![text],
            Some(names) => names.split(',').map(str::trim).collect(),
        }
    }

    fn with_demo(
        &self,
        builder: EngineBuilder,
        threads: &Threads,
    ) -> Result<(EngineBuilder, Vec<Simulator>)> {
        let account = Account::generate(&self.account);
        let [zendesk, zuora] = threads.wait(&Work::default(), async move {
            // Both draw what they serve when they are asked for it.
            let tenant = Tenant::generate(&account, &TenantOptions::default());
            let zendesk = Simulator::start(account, Served::default()).await;
            let zuora = Simulator::start_zuora(Served {
                tenant: Some(tenant),
                ..Served::default()
            });
            let zendesk = zendesk.map_err(|error| no_server(&error))?;
            Ok([zendesk, zuora.await.map_err(|error| no_server(&error))?])
        })?;
        // Its address is another each time: what it tells is not worth a file.
        let own = "ZuoraService=DataQuery;MetadataLocation=memory://;";
        let builder = builder
            .connection("zendesk", zendesk.connection_string())
            .connection("zuora", format!("{}{own}", zuora.connection_string()));
        Ok((builder, vec![zendesk, zuora]))
    }
}

/// Where connections are configured, read once it is needed: whoever names all properties depends on no file.
struct Places {
    read: Option<Configuration>,
}

impl Places {
    fn configuration(&mut self) -> std::result::Result<&Configuration, Failure> {
        let read = match self.read.take() {
            Some(read) => read,
            None => Sources::of_process().read()?,
        };
        Ok(self.read.insert(read))
    }

    /// The connection that a text means, under this name if one is given.
    fn find(
        &mut self,
        name: Option<&str>,
        text: &str,
    ) -> std::result::Result<(String, Properties), Failure> {
        let (own, properties) = match text.contains('=') {
            true => unnamed(text).map_err(|failure| match name {
                Some(name) => failure.with_context("connection", name),
                None => failure,
            })?,
            false => {
                let wanted = match (text, name) {
                    ("", Some(name)) => name,
                    _ => text,
                };
                self.configuration()?.connection(wanted)?
            }
        };
        Ok((name.map_or(own, str::to_owned), properties))
    }
}

/// A connection string that says the same without secrets.
fn masked(properties: &Properties) -> String {
    let given = properties
        .shown()
        .filter(|(property, ..)| properties.is_given(property.name));
    let pairs = given.map(|(property, value, _)| {
        let value = value.unwrap_or_default();
        match value.contains([';', '\'', '"']) || value.trim() != value {
            true => format!("{}=\"{}\";", property.name, value.replace('"', "\"\"")),
            false => format!("{}={value};", property.name),
        }
    });
    pairs.collect()
}

fn nowhere() -> Failure {
    Failure::new(Kind::Config, "there is nothing to connect to").with_hint(format!(
        "give the option `uri`, for example 'URL=https://<subdomain>.zendesk.com;User=…;ApiToken=…', \
         {VARIABLE}<NAME> in the environment, or [connections.<NAME>] in {FILE}; zuzen.demo=true opens a simulated account"
    ))
}

fn no_server(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Internal,
        format!("the simulator cannot listen: {error}"),
    )
    .with_hint("it needs a free port of the loopback interface")
}

/// What options cannot be once a database is open.
pub(crate) fn too_late(key: &str) -> Error {
    refused(
        Status::InvalidState,
        format!("the option `{key}` is set before the database is opened"),
        "open another database with it",
    )
}
