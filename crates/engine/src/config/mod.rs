//! Where connections are configured: `zuzen.toml`, environment variables, and what the caller adds to them.
//!
//! Later sources go before earlier ones, property by property: a config file, `ZUZEN_<NAME>`, the caller. It opens nothing and
//! sends nothing; values that refer to variables or files are only read for the connection that is asked for.

mod file;
mod refer;

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use zuzen_plan::nearest::nearest;

use crate::connection_string;
use crate::error::{Error, Kind};
use crate::property::{Properties, Setting, Source};

/// The name of config files.
pub const FILE: &str = "zuzen.toml";

/// What the name of an environment variable begins with that configures a connection.
pub const VARIABLE: &str = "ZUZEN_";

/// The places that configurations are read from.
#[derive(Clone, Default)]
pub struct Sources {
    /// The folder whose `zuzen.toml` is read first.
    pub working_directory: Option<PathBuf>,
    /// The user's config folder; its `zuzen/zuzen.toml` is read next.
    pub user_config: Option<PathBuf>,
    /// Environment variables, by name and value.
    pub environment: Vec<(String, String)>,
}

impl std::fmt::Debug for Sources {
    /// Environment variables hold secrets: they are left out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sources")
            .field("working_directory", &self.working_directory)
            .field("user_config", &self.user_config)
            .finish_non_exhaustive()
    }
}

impl Sources {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os();
        let in_unicode = variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            working_directory: std::env::current_dir().ok(),
            user_config: etcetera::choose_base_strategy()
                .ok()
                .map(|known| known.config_dir()),
            environment: in_unicode.collect(),
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// `Config` for a file that cannot be read, holds what is not known, or holds a secret that others can read; and for a
    /// variable that is no connection string.
    pub fn read(self) -> Result<Configuration, Error> {
        let mut connections: Vec<Configured> = Vec::new();
        let paths = [
            self.working_directory
                .as_ref()
                .map(|folder| folder.join(FILE)),
            self.user_config
                .as_ref()
                .map(|folder| folder.join("zuzen").join(FILE)),
        ];
        for path in paths.into_iter().flatten() {
            for found in file::read(&path)? {
                // A connection is one file's: its address must not come together with another file's password.
                if !connections.iter().any(|known| known.is_called(&found.name)) {
                    connections.push(found);
                }
            }
        }
        for (variable, text) in &self.environment {
            let Some(name) = variable.strip_prefix(VARIABLE) else {
                continue;
            };
            // Other programs and tests use the prefix as well; what holds no `=` is no connection string.
            if name.is_empty() || !text.contains('=') {
                continue;
            }
            let source = Source::Environment {
                variable: variable.clone(),
            };
            let settings = settings(text, &source)?;
            match connections.iter_mut().find(|known| known.is_called(name)) {
                Some(known) => known.settings.extend(settings),
                None => connections.push(Configured {
                    name: name.to_lowercase(),
                    settings,
                }),
            }
        }
        Ok(Configuration {
            connections,
            environment: self.environment,
        })
    }
}

/// A connection that some source configures.
#[derive(Debug)]
struct Configured {
    name: String,
    settings: Vec<Setting>,
}

impl Configured {
    fn is_called(&self, name: &str) -> bool {
        fold(&self.name) == fold(name)
    }
}

/// Names as variables can spell them: without case, with `_` for `-` and blanks.
fn fold(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

/// The connections that are configured.
pub struct Configuration {
    connections: Vec<Configured>,
    environment: Vec<(String, String)>,
}

impl std::fmt::Debug for Configuration {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Configuration {:?}", self.names())
    }
}

impl Configuration {
    /// The names of all connections, in the order they were found.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let names = self.connections.iter();
        names.map(|connection| connection.name.as_str()).collect()
    }

    /// The properties of the connection of this name, and its name as it is configured. Case does not matter, nor whether
    /// it is `-`, `_` or a blank.
    ///
    /// # Errors
    /// `Config` if there is none, if a value does not fit, or if what it refers to is missing.
    pub fn connection(&self, name: &str) -> Result<(String, Properties), Error> {
        match self.find(name) {
            Some(known) => self.settle(&known.name, known.settings.iter()),
            None => Err(self.unknown(name)),
        }
    }

    /// The same with the properties of a connection string before all others. The connection need not be configured.
    ///
    /// # Errors
    /// `Config` for a wrong connection string, and as [`Configuration::connection`].
    pub fn overridden(&self, name: &str, text: &str) -> Result<(String, Properties), Error> {
        let own = settings(text, &Source::CommandLine)
            .map_err(|error| error.with_context("connection", name))?;
        match self.find(name) {
            Some(known) => self.settle(&known.name, known.settings.iter().chain(&own)),
            None => self.settle(name, own.iter()),
        }
    }

    fn find(&self, name: &str) -> Option<&Configured> {
        self.connections.iter().find(|known| known.is_called(name))
    }

    /// Follows references and checks, once it is known which settings count.
    fn settle<'a>(
        &self,
        name: &str,
        settings: impl Iterator<Item = &'a Setting>,
    ) -> Result<(String, Properties), Error> {
        let mut counting: Vec<&Setting> = Vec::new();
        for setting in settings {
            counting.retain(|earlier| !setting.replaces(earlier));
            counting.push(setting);
        }
        let resolved: Result<Vec<Setting>, Error> = counting
            .into_iter()
            .map(|setting| refer::resolve(setting, &self.environment))
            .collect();
        let properties = resolved.and_then(Properties::of);
        match properties {
            Ok(properties) => Ok((name.to_owned(), properties)),
            Err(error) => Err(error.with_context("connection", name)),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        // A text without `=` may be anything, a password too: only what looks like a name is repeated.
        let plain = name.len() <= 40
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || " _-.".contains(letter));
        let message = if plain {
            format!("no connection `{name}` is configured")
        } else {
            "this is neither the name of a connection nor a connection string".to_owned()
        };
        let names = self.names();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => format!(
                "give its properties, `{VARIABLE}<NAME>` in the environment, or [connections.<NAME>] in {FILE}"
            ),
            None => format!("configured connections: {}", names.join(", ")),
        };
        Error::new(Kind::Config, message).with_hint(hint)
    }
}

/// The connection of a connection string alone, called after what it connects to. Nothing that is configured is added: its
/// password must not travel to an address that somebody just typed.
///
/// # Errors
/// `Config` for a wrong connection string.
pub fn unnamed(text: &str) -> Result<(String, Properties), Error> {
    let properties = Properties::of(settings(text, &Source::CommandLine)?)?;
    Ok((properties.connector().key().to_owned(), properties))
}

fn settings(text: &str, source: &Source) -> Result<Vec<Setting>, Error> {
    let pairs = connection_string::pairs(text).map_err(|error| match source {
        Source::Environment { variable } => error.with_context("given in", variable.clone()),
        _ => error,
    })?;
    let settings = pairs.into_iter().map(|(name, value)| Setting {
        name,
        value,
        source: source.clone(),
    });
    Ok(settings.collect())
}

#[cfg(test)]
mod tests;
