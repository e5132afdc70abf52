//! Why an answer of discovery could not be read. It says what is wrong with the answer, not who asked for it.

use thiserror::Error;

/// An answer that is not what discovery asked for.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// A line of a Data Query result is no JSON object.
    #[error("line {line} of the result is no JSON object: {source}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// A row of a Data Query result lacks what the statement gives.
    #[error("line {line} of the result has no `{key}`")]
    Missing {
        /// The line, from 1.
        line: usize,
        /// The column of the result.
        key: &'static str,
    },
    /// A description is no XML.
    #[error("the description is no XML: {0}")]
    Xml(String),
    /// XML that describes no object or lists none, e.g. an error.
    #[error("the answer holds no {wanted}; it says: {said}")]
    Other {
        /// What was looked for.
        wanted: &'static str,
        /// The beginning of its text.
        said: String,
    },
}
