//! Which procedure of which connection a name means.
//!
//! Names are taken in any case and with or without underscores, bare or behind the connection's name. It refuses to
//! choose among several connections.

use std::fmt;
use std::sync::Arc;

use datafusion::error::DataFusionError;
use zuzen_plan::nearest::nearest;

use super::declared::{Holds, Parameter, Procedure, Required};
use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::lenient::{fold, missing_table};

/// The procedures of an engine.
#[derive(Debug, Clone)]
pub(crate) struct Procedures {
    connections: Arc<[Arc<Connection>]>,
    declared: &'static [Procedure],
}

/// A procedure of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) connection: Arc<Connection>,
    pub(crate) procedure: &'static Procedure,
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.connection.name(), self.procedure.name)
    }
}

impl Target {
    /// A call of it with what it must be told, as an example.
    pub(crate) fn example(&self) -> String {
        let parameters = self.procedure.parameters;
        let mut told: Vec<String> = Vec::new();
        for parameter in parameters {
            let condition = parameters.iter().find_map(|other| match other.required {
                Required::With(name, word) if name == parameter.name => Some(word),
                _ => None,
            });
            match (condition, parameter.required) {
                (Some(word), _) => told.push(format!("{} => '{word}'", parameter.name)),
                (None, Required::Never) => {}
                (None, _) => told.push(format!("{} => {}", parameter.name, sample(parameter))),
            }
        }
        let connection = self.connection.name();
        let plain = connection
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !connection.starts_with(|c: char| c.is_ascii_digit());
        let connection = match plain {
            true => connection.to_owned(),
            false => format!("\"{}\"", connection.replace('"', "\"\"")),
        };
        let name = self.procedure.name;
        format!("SELECT * FROM {connection}.{name}({})", told.join(", "))
    }
}

fn sample(parameter: &Parameter) -> String {
    match parameter.holds {
        Holds::Flag => "true".to_owned(),
        Holds::Word(words) => format!("'{}'", words.first().copied().unwrap_or_default()),
        Holds::Text | Holds::Secret | Holds::Address => "'…'".to_owned(),
    }
}

impl Procedures {
    pub(crate) fn new(connections: &[Arc<Connection>], declared: &'static [Procedure]) -> Self {
        Self {
            connections: connections.into(),
            declared,
        }
    }

    /// Each procedure of each connection.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let of = |connection: &Arc<Connection>| {
            let connector = connection.connector().name.clone();
            let connection = Arc::clone(connection);
            let fit = self.declared.iter();
            fit.filter(move |procedure| procedure.connectors.contains(&connector.as_str()))
                .map(move |procedure| Target {
                    connection: Arc::clone(&connection),
                    procedure,
                })
        };
        self.connections.iter().flat_map(of).collect()
    }

    /// Whether there is a procedure of this name, whichever connection may have it.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let name = fold(name);
        self.declared.iter().any(|known| fold(known.name) == name)
    }

    /// What a name means, given part by part; `default` is the schema that bare names are looked for in.
    ///
    /// # Errors
    /// `Sql` if it means nothing, or several things.
    pub(crate) fn find(&self, name: &[String], default: &str) -> Result<Target, Error> {
        let (typed, around) = match name {
            [around @ .., typed] => (typed.as_str(), around.last()),
            [] => ("", None),
        };
        let wanted = fold(typed);
        let mut fits = self.targets();
        fits.retain(|target| fold(target.procedure.name) == wanted);
        let schema = around.map_or(default, String::as_str);
        let same: Vec<&Target> = fits
            .iter()
            .filter(|target| target.connection.name() == schema)
            .collect();
        let alike: Vec<&Target> = fits
            .iter()
            .filter(|target| fold(target.connection.name()) == fold(schema))
            .collect();
        if let ([one], _) | ([], [one]) = (same.as_slice(), alike.as_slice()) {
            return Ok((*one).clone());
        }
        if let Some(connection) = self.connection(schema)
            && alike.is_empty()
            && self.knows(typed)
        {
            return Err(self.lacks(connection, typed, &fits));
        }
        match (around, fits.as_slice()) {
            (None, [one]) => Ok(one.clone()),
            (None, [_, ..]) => {
                let message = format!("several connections have the procedure `{typed}`");
                let names = listed(&fits);
                Err(Error::new(Kind::Sql, message)
                    .with_hint(format!("write {names}, or choose a connection with USE")))
            }
            _ => Err(self.unknown(&name.join("."))),
        }
    }

    fn connection(&self, name: &str) -> Option<&Arc<Connection>> {
        let mut all = self.connections.iter();
        all.find(|connection| fold(connection.name()) == fold(name))
    }

    fn lacks(&self, connection: &Connection, typed: &str, others: &[Target]) -> Error {
        let (name, connector) = (connection.name(), &connection.connector().name);
        let message = format!("the connection `{name}` ({connector}) has no procedure `{typed}`");
        let hint = match others {
            [] => format!(
                "SELECT procedure, about FROM system.procedures WHERE connection = '{name}' lists those it has"
            ),
            others => format!("write {}", listed(others)),
        };
        Error::new(Kind::Sql, message).with_hint(hint)
    }

    /// That there is no such procedure, with the nearest there is.
    pub(crate) fn unknown(&self, typed: &str) -> Error {
        let hint = match self.near(typed) {
            Some(names) => format!("did you mean {names}?"),
            None => "SELECT connection, procedure, call FROM system.procedures lists what there is"
                .to_owned(),
        };
        Error::new(Kind::Sql, format!("there is no procedure `{typed}`")).with_hint(hint)
    }

    /// The procedures nearest to a name, those of the connection it names if it has one.
    fn near(&self, typed: &str) -> Option<String> {
        let (schema, name) = typed.rsplit_once('.').unwrap_or(("", typed));
        let near = nearest(name, self.declared.iter().map(|known| known.name))?;
        let mut fits = self.targets();
        fits.retain(|target| target.procedure.name == near);
        let schema = fold(schema.rsplit('.').next().unwrap_or(schema));
        let named = |target: &Target| fold(target.connection.name()) == schema;
        if fits.iter().any(named) {
            fits.retain(named);
        }
        (!fits.is_empty()).then(|| listed(&fits))
    }

    /// Words a planning error that comes from taking a procedure for a table or a function, or the other way round.
    pub(crate) fn explain(&self, error: &DataFusionError) -> Option<Error> {
        let DataFusionError::Plan(message) = error.find_root() else {
            return None;
        };
        if let Some(name) = missing_table(message) {
            let typed = name.rsplit('.').next().unwrap_or(&name);
            return self
                .knows(typed)
                .then(|| self.misplaced(&name, "call it with parentheses"));
        }
        if let Some(name) = between(message, "table function '", "'") {
            return Some(self.unknown(name));
        }
        let name = between(message, "Invalid function '", "'")?;
        let typed = name.rsplit('.').next().unwrap_or(name);
        self.knows(typed)
            .then(|| self.misplaced(name, "call it in FROM"))
    }

    /// Words the failure of a statement that runs at once: EXECUTE may name what is neither prepared nor a procedure.
    pub(crate) fn explain_execute(&self, error: DataFusionError) -> Error {
        let name = match error.find_root() {
            DataFusionError::Execution(message) => {
                let absent = message.contains("' does not exist");
                between(message, "Prepared statement '", "'").filter(|_| absent)
            }
            _ => None,
        };
        let Some(name) = name else {
            return error.into();
        };
        let message = format!("there is no prepared statement and no procedure `{name}`");
        let hint = match self.near(name) {
            Some(names) => format!("did you mean {names}?"),
            None => format!("prepare it first: PREPARE {name} AS SELECT …"),
        };
        Error::new(Kind::Sql, message).with_hint(hint)
    }

    fn misplaced(&self, name: &str, how: &str) -> Error {
        let parts: Vec<String> = name.split('.').map(str::to_owned).collect();
        let schema = match parts.as_slice() {
            [.., schema, _] => schema.clone(),
            _ => String::new(),
        };
        let typed: Vec<String> = parts.last().cloned().into_iter().collect();
        match self.find(&typed, &schema) {
            Ok(target) => Error::new(Kind::Sql, format!("`{target}` is a procedure"))
                .with_hint(format!("{how}: {}", target.example())),
            Err(error) => error,
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (name, _) = text.split_once(before)?.1.split_once(after)?;
    Some(name)
}

fn listed(targets: &[Target]) -> String {
    let names: Vec<String> = targets.iter().map(|target| format!("`{target}`")).collect();
    names.join(" or ")
}
