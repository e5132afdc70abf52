//! What a tenant of Zuora or an account of Zendesk has: tables and columns, found out at run time and remembered.
//!
//! Zendesk's own tables are files; what is found out are the custom fields of tickets, users and organizations, and the
//! custom objects. A statement that needs none of them asks for none: they are listed for `*`, for a column that is known
//! to be one of them, and for names that nobody knows.
//!
//! A connection to Zuora begins with the bundled catalogue, which needs no call. A table that a statement names is described
//! once its description is older than `MetadataAge`; a name that nobody knows makes the tenant list its tables, and a
//! column that nobody knows makes it describe the tables of the statement again, so that a new custom field is there
//! at once. What was told is kept in memory and in a file per tenant, and the tables are made of it anew each time.
//!
//! It refuses to fail for want of an answer: without a network or a sign-in a statement goes on with what is known,
//! and the connection gets a warning. What the answers mean for a table is the connector's business
//! (`zuzen_connectors`), how jobs run is that of `zuzen_rest`.

mod ask;
mod discover;
mod kept;
mod place;
mod refresh;
mod search;
mod tables;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Once};

use parking_lot::Mutex;
use zuzen_plan::job::Cap;

pub(crate) use crate::property::Connector as Vendor;
use crate::property::Properties;
pub(crate) use discover::shared;
use kept::Kept;
pub(crate) use place::Place;
pub(crate) use refresh::Known;
pub(crate) use search::{NamedTable, Search, named};
pub(crate) use tables::narrowed;

/// What a connection has been told of its tenant, and how it is asked for more.
#[derive(Debug)]
pub(crate) struct Catalogue {
    vendor: Vendor,
    place: Place,
    /// Milliseconds for which a description holds.
    age: i64,
    recalled: Once,
    kept: Mutex<Kept>,
    asking: Mutex<Asking>,
    /// Statements that exceed a cap of a job, as hashes: they may hold names of customers, and a
    /// statement that is taken for another one is only read in another way.
    oversized: Mutex<HashMap<u64, Cap>>,
}

/// What is being asked, and what came to nothing.
#[derive(Debug, Default)]
struct Asking {
    /// Who asks the same waits for the one who asks already.
    turns: HashMap<Question, Arc<tokio::sync::Mutex<()>>>,
    failed: HashMap<Question, Failure>,
    /// When nobody could be asked anything.
    unreachable: Option<i64>,
}

/// What the tenant is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Question {
    /// Which tables there are.
    Tables,
    /// Which columns this table has.
    Columns(String),
}

/// A question without an answer.
#[derive(Debug, Clone)]
struct Failure {
    at: i64,
    reason: String,
}

impl Catalogue {
    /// Nothing is read before something is asked of it.
    pub(crate) fn new(place: Place, vendor: Vendor, properties: &Properties) -> Self {
        let seconds: i64 = properties.number("MetadataAge").unwrap_or(3_600);
        Self {
            vendor,
            place,
            age: seconds.saturating_mul(1_000),
            recalled: Once::new(),
            kept: Mutex::default(),
            asking: Mutex::default(),
            oversized: Mutex::default(),
        }
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
