//! Why a read is not taken, and why a table cannot be read at all.

use thiserror::Error;

use crate::table::Table;

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

/// What an account or its caller has to have where reads were refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Takes {
    /// The plan or product, as the table file words it.
    pub needs: Option<String>,
    /// The roles of the refused reads.
    pub roles: Vec<String>,
}

impl Takes {
    /// What `table` takes, if some of its reads were refused.
    pub(crate) fn of(table: &Table, rejected: &[Rejected]) -> Self {
        let refused = |name: &str| {
            let mut refused = rejected
                .iter()
                .filter(|no| matches!(no.reason, Reason::Refused(_)));
            refused.any(|no| no.read == name)
        };
        let reads = table.reads.iter().filter(|read| refused(&read.name));
        let mut roles: Vec<String> = reads.filter_map(|read| read.role.clone()).collect();
        roles.sort_unstable();
        roles.dedup();
        Self {
            needs: table.needs.clone(),
            roles,
        }
    }

    /// Both in words, to go behind "takes"; `None` if nobody knows.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let role = match self.roles.as_slice() {
            [] => None,
            roles => Some(format!("the role {}", roles.join(" or "))),
        };
        match (&self.needs, role) {
            (Some(needs), Some(role)) => Some(format!("{needs}, and {role}")),
            (needs, role) => needs.clone().or(role),
        }
    }
}

/// The next step for whoever was refused: where to see what may be read.
const CHECK: &str = "`zuzen doctor --tables` shows what this account and role may read";

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
        /// What the account or the caller lacks, if something was refused.
        takes: Takes,
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
        let (table, rejected, takes) = match self {
            Self::NoRead {
                table,
                rejected,
                takes,
            } => (table, rejected, takes),
            Self::TooManyRequests { .. } => {
                return "narrow the statement, or raise MaxRequests".to_owned();
            }
        };
        let needs = rejected.iter().find_map(|no| match &no.reason {
            Reason::Needs(column) | Reason::FanOut { column, .. } => Some(column),
            _ => None,
        });
        let fans_out = rejected
            .iter()
            .any(|no| matches!(no.reason, Reason::FanOut { .. }));
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
            (Some(column), false) if fans_out => {
                format!(
                    "add `WHERE {column} = …`, or set MaxRequests to allow one request for each"
                )
            }
            (Some(column), false) => {
                format!("add `WHERE {column} = …`, or a join that brings its keys")
            }
            // What the account does not have is not there for whoever names a key either.
            (_, true) if takes.needs.is_some() => {
                format!(
                    "{table} takes {}; {CHECK}",
                    takes.words().unwrap_or_default()
                )
            }
            (Some(column), true) => {
                format!("sign in as an administrator, or add `WHERE {column} = …`")
            }
            (None, true) => match takes.words() {
                Some(words) => {
                    format!("sign in with a role that may read it: it takes {words}; {CHECK}")
                }
                None => format!("sign in with a role that may read it; {CHECK}"),
            },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_refused_hears_what_it_takes() {
        let refused = |needs: Option<&str>, roles: &[&str]| PlanError::NoRead {
            table: "desk.logs".into(),
            rejected: vec![Rejected {
                read: "list".into(),
                reason: Reason::Refused("no".into()),
            }],
            takes: Takes {
                needs: needs.map(str::to_owned),
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            },
        };
        let cases = [
            (refused(None, &[]), "sign in with a role that may read it; "),
            (
                refused(None, &["admin"]),
                "sign in with a role that may read it: it takes the role admin; ",
            ),
            (
                refused(Some("the Enterprise plan"), &[]),
                "desk.logs takes the Enterprise plan; ",
            ),
            (
                refused(Some("the Enterprise plan"), &["admin", "manager"]),
                "desk.logs takes the Enterprise plan, and the role admin or manager; ",
            ),
        ];
        for (error, begins) in cases {
            assert!(error.is_refusal());
            assert_eq!(error.hint(), format!("{begins}{CHECK}"));
        }
    }
}
