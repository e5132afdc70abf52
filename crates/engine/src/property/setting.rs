//! One property as somebody has set it, and where. It is neither checked nor shown.

use std::fmt;
use std::path::PathBuf;

/// Where the value of a property comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave one.
    Default,
    /// A connection string of the embedding program.
    ConnectionString,
    /// A connection string of the command line.
    CommandLine,
    /// An environment variable that holds a connection string.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A config file.
    File {
        /// Its path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// What one of the others refers to.
    Reference {
        /// The environment variable or file that holds the value, as it is written there.
        to: String,
        /// Where that is written.
        by: Box<Self>,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::ConnectionString => out.write_str("connection string"),
            Self::CommandLine => out.write_str("command line"),
            Self::Environment { variable } => write!(out, "environment {variable}"),
            Self::File { path, line } => write!(out, "{}:{line}", path.display()),
            Self::Reference { to, by } => write!(out, "{by}, {to}"),
        }
    }
}

/// A property before it is checked. Its value may be a secret.
pub struct Setting {
    /// The name as it is written.
    pub name: String,
    /// The value as it is written.
    pub value: String,
    /// Where.
    pub source: Source,
}

impl Setting {
    /// Whether it is for the same property as another one.
    pub(crate) fn replaces(&self, other: &Self) -> bool {
        match (super::find(&self.name), super::find(&other.name)) {
            (Some(own), Some(others)) => own.name == others.name,
            _ => false,
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which names are secrets is not known before they are checked.
        write!(out, "{}=*** ({})", self.name, self.source)
    }
}
