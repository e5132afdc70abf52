//! What the vendor says of a job, whichever service it runs at, and what a refusal says.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::Trouble;
use crate::host::is_safe;
use crate::refusal::Refusal;

/// A job as its last answer shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The job; a rejected submit has none.
    pub id: Option<String>,
    /// How far it is.
    pub state: State,
    /// The statement, where the answer repeats it.
    pub query: Option<String>,
    /// Rows of the result.
    pub rows: Option<u64>,
    /// Where the result lies.
    pub files: Vec<File>,
    /// Milliseconds of work that the vendor counts.
    pub millis: Option<u64>,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Accepted, and waiting for its turn.
    Queued,
    /// Running, or in a state that we do not know.
    Running,
    /// Done.
    Completed,
    /// It has come to nothing.
    Failed {
        /// What that means.
        trouble: Trouble,
        /// The vendor's words.
        message: String,
    },
    /// Somebody has stopped it.
    Cancelled,
}

/// Where rows lie.
#[derive(Debug, Clone, PartialEq)]
pub enum File {
    /// With a storage provider: to be asked without credentials, and without following redirects.
    Signed(FileAddress),
    /// With the API, under this id: to be asked as any other call.
    Stored(String),
}

/// An address that carries its own permission: whoever has it can read the file. It is never shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct FileAddress(Url);

impl FileAddress {
    /// The address, if nobody can listen in: https, or http to this machine.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        is_safe(&url).then_some(Self(url))
    }

    /// The whole address, for sending only.
    #[must_use]
    pub fn reveal(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for FileAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "FileAddress({}/…)",
            self.0.host_str().unwrap_or_default()
        )
    }
}

/// A call that was refused, or that went without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status; 0 if there was no answer.
    pub status: u16,
    /// The API's words, on one line.
    pub message: String,
    /// The wait that it names.
    pub retry_after: Option<Duration>,
}

impl Refused {
    /// Reads a refusal in any of Zuora's shapes.
    #[must_use]
    pub fn read(
        status: u16,
        retry_after: Option<Duration>,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Self {
        let plain = Refusal::read(status, content_type, body);
        let said = serde_json::from_slice(body)
            .ok()
            .and_then(|json| reasons(&json));
        // Cleaned and cut as any other message.
        let message = match said {
            Some(said) => Refusal::read(status, None, said.as_bytes()).message,
            None => plain.message,
        };
        Self {
            status,
            message,
            retry_after,
        }
    }
}

/// `{"reasons":[{"code","message"}]}` of the newer services, `{"Errors":[{"Code","Message"}]}` of the older ones.
fn reasons(json: &Value) -> Option<String> {
    let (list, code, message) = match (json.get("reasons"), json.get("Errors")) {
        (Some(list), _) => (list, "code", "message"),
        (None, Some(list)) => (list, "Code", "Message"),
        (None, None) => return None,
    };
    let said: Vec<String> = list
        .as_array()?
        .iter()
        .filter_map(|reason| {
            let words = text(reason, message)?;
            Some(match text(reason, code) {
                Some(code) => format!("{words} ({code})"),
                None => words,
            })
        })
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// A text that is not empty, or the digits of a number: Zuora writes codes and counts either way.
pub(super) fn text(json: &Value, key: &str) -> Option<String> {
    match json.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A count.
pub(super) fn count(json: &Value, key: &str) -> Option<u64> {
    text(json, key)?.trim().parse().ok()
}
