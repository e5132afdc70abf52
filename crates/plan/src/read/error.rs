//! Why a read is not taken, and why a table cannot be read at all.

use thiserror::Error;

/// A read that was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// The read's name.
    pub read: String,
    /// Why not.
    pub reason: Reason,
}

/// Why a read was not taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Reason {
    /// The API refused it before.
    #[error("refused: {0}")]
    Refused(String),
    /// Its answer lacks a column.
    #[error("lacks {0}")]
    Lacks(String),
    /// It needs a bound column.
    #[error("needs {0} = …")]
    Needs(String),
    /// A value cannot be said to the API.
    #[error("cannot carry this value of {0}")]
    Value(String),
    /// It needs a filter that it can carry.
    #[error("no filter that it can carry")]
    NoFilter,
    /// It only lists the newest rows, and nothing says that those suffice.
    #[error("{0}")]
    Partial(String),
    /// It is only a fallback.
    #[error("only if a better read is refused")]
    Fallback,
    /// One request for each parent row, without a budget.
    #[error(
        "one request for each row of {parent}: add `WHERE {column} = …`, or set MaxRequests to allow it"
    )]
    FanOut {
        /// The parent table.
        parent: String,
        /// The placeholder.
        column: String,
    },
    /// The connection's property says so.
    #[error("UseIncrementalAPI={0}")]
    Setting(&'static str),
    /// Another costs less.
    #[error("{requests} requests, {seconds:.1} s")]
    Dearer {
        /// Its requests.
        requests: u64,
        /// Its seconds.
        seconds: f64,
    },
    /// Pushdown is off.
    #[error("pushdown is off")]
    PushdownOff,
}

/// No read can serve a scan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// No read applies.
    #[error("no read of {table} can answer this: {}", list(rejected))]
    NoRead {
        /// `connection.table`.
        table: String,
        /// Each read and why not.
        rejected: Vec<Rejected>,
    },
    /// The budget cannot suffice.
    #[error("reading {table} takes at least {at_least} requests; MaxRequests allows {allowed}")]
    TooManyRequests {
        /// `connection.table`.
        table: String,
        /// Requests at the least.
        at_least: u64,
        /// Requests allowed.
        allowed: u64,
    },
}

fn list(rejected: &[Rejected]) -> String {
    rejected
        .iter()
        .map(|no| format!("{} ({})", no.read, no.reason))
        .collect::<Vec<_>>()
        .join(", ")
}

impl PlanError {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        let rejected = match self {
            Self::NoRead { rejected, .. } => rejected,
            Self::TooManyRequests { .. } => {
                return "narrow the statement, or raise MaxRequests".to_owned();
            }
        };
        let needs = rejected.iter().find_map(|no| match &no.reason {
            Reason::Needs(column) | Reason::FanOut { column, .. } => Some(column),
            _ => None,
        });
        let set = rejected
            .iter()
            .any(|no| matches!(no.reason, Reason::Setting(_)));
        if set {
            let or = needs.map_or_else(String::new, |column| {
                format!(", or add `WHERE {column} = …`")
            });
            return format!("set UseIncrementalAPI=Auto{or}");
        }
        match (needs, self.is_refusal()) {
            (Some(column), false) => {
                format!(
                    "add `WHERE {column} = …`, or set MaxRequests to allow one request for each"
                )
            }
            (Some(column), true) => {
                format!("sign in as an administrator, or add `WHERE {column} = …`")
            }
            (None, true) => "sign in with a role that may read it".to_owned(),
            (None, false) => {
                "select fewer columns; system.reads shows what each read needs".to_owned()
            }
        }
    }

    /// Whether a refusal of the API stands behind it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NoRead { rejected, .. }
            if rejected.iter().any(|no| matches!(no.reason, Reason::Refused(_))))
    }
}
