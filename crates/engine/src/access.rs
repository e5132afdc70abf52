//! Which tables an account and its caller's role may read: one row of each is asked for, and nobody else is asked what a
//! plan or a role contains.
//!
//! Tables that are read by the same request share one. A refused read gives way to the table's next best one, as in a
//! statement, so a table counts as readable if a statement could read all of it. It refuses to guess: a table whose reads
//! want a key stays unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, stream};
use zuzen_plan::read::{PlanError, ReadPlan, Reason, Work};
use zuzen_plan::request::{Request, address};
use zuzen_plan::scan::Scan;
use zuzen_plan::table::Table;
use zuzen_rest::{Statement, Usage};

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::options::Zuzen;
use crate::scan::{Asked, refusal};

/// Requests under way at once.
const SIDE_BY_SIDE: usize = 4;

/// Whether a table can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readable {
    /// A row was asked for and not refused.
    Yes,
    /// Every read of the table was refused.
    No,
    /// Nothing was asked, or the answer says nothing of it.
    Unknown,
}

impl std::fmt::Display for Readable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

/// A table, and whether it can be read.
#[derive(Debug, Clone)]
pub struct Access {
    /// The table's name.
    pub table: String,
    /// Whether it can be read.
    pub readable: Readable,
    /// Why, in words.
    pub why: String,
}

/// A request that looks at tables, and the reads that it stands for.
struct Probe {
    request: Request,
    tables: Vec<(Arc<Table>, String)>,
}

/// What a look at a table can begin with.
enum Look {
    Ask(Box<Request>, String),
    Known(Access),
}

impl Connection {
    /// How many requests [`Connection::access`] begins with; each read that is refused may take one more.
    #[must_use]
    pub fn access_requests(&self) -> usize {
        let tables = self.tables();
        let own = tables.iter().filter(|table| table.child.is_none());
        let (probes, _) = self.looks(own);
        probes.len()
    }

    /// Asks for a row of each table that can be read without a key, and says of every table whether it can be read.
    ///
    /// # Errors
    /// What concerns the connection as a whole: `Auth`, `Network`, `NotFound` for an account that does not exist.
    pub async fn access(&self) -> Result<Vec<Access>, Error> {
        let tables = self.tables();
        let mut found: Vec<Access> = Vec::new();
        let own = tables.iter().filter(|table| table.child.is_none());
        let (mut probes, known) = self.looks(own);
        found.extend(known);
        while !probes.is_empty() {
            let asked = probes
                .into_iter()
                .map(|probe| async move { (self.ask(&probe.request).await, probe) });
            let answers: Vec<_> = stream::iter(asked)
                .buffer_unordered(SIDE_BY_SIDE)
                .collect()
                .await;
            let mut again = Vec::new();
            for (answer, probe) in answers {
                again.extend(self.judge(answer, probe, &mut found)?);
            }
            let known;
            (probes, known) = self.looks(again.iter());
            found.extend(known);
        }
        let over_lists = tables.iter().filter_map(|table| as_parent(table, &found));
        found.extend(over_lists.collect::<Vec<_>>());
        found.sort_by(|a, b| a.table.cmp(&b.table));
        Ok(found)
    }

    /// Notes what an answer says of its tables; those whose read was refused are to be looked at again.
    fn judge(
        &self,
        answer: Result<(), zuzen_rest::Error>,
        probe: Probe,
        found: &mut Vec<Access>,
    ) -> Result<Vec<Arc<Table>>, Error> {
        let mut again = Vec::new();
        let refused = answer.as_ref().err().and_then(|error| {
            let mut reads = probe
                .tables
                .iter()
                .filter_map(|(table, read)| Some((table, table.read(read)?)));
            let asked = reads.find_map(|(table, read)| match Asked::of(table, read) {
                Asked::Plainly => None,
                asked => Some(asked),
            });
            refusal(error, asked.unwrap_or(Asked::Plainly))
        });
        for (table, read) in probe.tables {
            match (&answer, refused) {
                (Ok(()), _) => found.push(Access {
                    table: table.name.clone(),
                    readable: Readable::Yes,
                    why: format!("read by `{read}`"),
                }),
                (Err(_), Some(said)) => {
                    self.refuse(&table.name, &read, said.to_owned());
                    again.push(table);
                }
                (Err(error), None) => {
                    let error = Error::from(error.clone());
                    if matches!(error.kind(), Kind::Auth | Kind::Network | Kind::Config) {
                        return Err(error);
                    }
                    found.push(Access {
                        table: table.name.clone(),
                        readable: Readable::Unknown,
                        why: error.message().to_owned(),
                    });
                }
            }
        }
        Ok(again)
    }

    async fn ask(&self, request: &Request) -> Result<(), zuzen_rest::Error> {
        let usage = Arc::new(Usage::new(Arc::new(Statement::new(0, None))));
        let mut pages = self.rest().pages(request.clone(), usage);
        match pages.next().await {
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// The requests that look at these tables, each once, and what is known without any.
    fn looks<'a>(&self, tables: impl Iterator<Item = &'a Arc<Table>>) -> (Vec<Probe>, Vec<Access>) {
        let mut probes: BTreeMap<String, Probe> = BTreeMap::new();
        let mut known = Vec::new();
        for table in tables {
            match self.look(table) {
                Look::Known(access) => known.push(access),
                Look::Ask(request, read) => {
                    let place = address(&request.path, &request.query);
                    let probe = probes.entry(place).or_insert_with(|| Probe {
                        request: *request,
                        tables: Vec::new(),
                    });
                    probe.tables.push((Arc::clone(table), read));
                }
            }
        }
        (probes.into_values().collect(), known)
    }

    fn look(&self, table: &Table) -> Look {
        let known = |readable, why: String| {
            Look::Known(Access {
                table: table.name.clone(),
                readable,
                why,
            })
        };
        if let Some(remote) = &table.remote {
            return match (&remote.unusable, remote.described) {
                (Some(reason), _) => known(Readable::No, reason.clone()),
                (None, true) => known(Readable::Yes, "the tenant describes it".to_owned()),
                (None, false) => known(
                    Readable::Unknown,
                    "not asked: reading a row is a job; a statement that names it finds out"
                        .to_owned(),
                ),
            };
        }
        let scan = Scan::of(table.key.iter().cloned().collect());
        match self.plan(table, &scan, &Zuzen::default()) {
            Ok(plan) => match first(&plan) {
                Some(request) => Look::Ask(Box::new(request), plan.read.name.clone()),
                None => known(
                    Readable::Unknown,
                    "not asked: it is read along with the rows of another table".to_owned(),
                ),
            },
            Err(error @ PlanError::NoRead { .. }) if error.is_refusal() => {
                known(Readable::No, refused(&error))
            }
            Err(error) => {
                let needs = match &table.needs {
                    Some(needs) => format!("; it takes {needs}"),
                    None => String::new(),
                };
                known(
                    Readable::Unknown,
                    format!("not asked: {}{needs}", error.hint()),
                )
            }
        }
    }
}

/// A table over a list is as readable as the table that has the list.
fn as_parent(table: &Table, found: &[Access]) -> Option<Access> {
    let of = &table.child.as_ref()?.of;
    let parent = found.iter().find(|access| access.table == *of)?;
    Some(Access {
        table: table.name.clone(),
        readable: parent.readable,
        why: format!("as {of}: {}", parent.why),
    })
}

/// What was refused, and what it would take.
fn refused(error: &PlanError) -> String {
    let PlanError::NoRead {
        rejected, takes, ..
    } = error
    else {
        return error.to_string();
    };
    let untried = rejected.iter().find_map(|no| match &no.reason {
        Reason::Needs(column) | Reason::FanOut { column, .. } => Some(column),
        _ => None,
    });
    // A plan that the account has not is missed by every read.
    let untried = match untried {
        Some(column) if takes.needs.is_none() => format!("; not tried: `WHERE {column} = …`"),
        _ => String::new(),
    };
    let reasons: Vec<String> = rejected
        .iter()
        .filter(|no| matches!(no.reason, Reason::Refused(_)))
        .map(|no| format!("`{}` {}", no.read, no.reason))
        .collect();
    match takes.words() {
        Some(words) => format!("{}; it takes {words}{untried}", reasons.join(", ")),
        None => format!("{}{untried}", reasons.join(", ")),
    }
}

/// The first request of a plan, for a page of one row.
fn first(plan: &ReadPlan) -> Option<Request> {
    match &plan.work {
        Work::Requests(requests) => requests.first().map(|request| Request {
            page_size: 1,
            ..request.clone()
        }),
        Work::Count { otherwise, .. } => first(otherwise),
        Work::Nothing | Work::Keyed { .. } | Work::FanOut { .. } => None,
    }
}
