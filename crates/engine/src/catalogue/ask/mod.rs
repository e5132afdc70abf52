//! How a tenant or an account is asked: what there is, and what a table has.
//!
//! What is asked here waits for planning, so it spends no statement's budget.

mod zendesk;
mod zuora;

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use zuzen_plan::table::Table;
use zuzen_rest::{Error as Failed, Statement, Usage};

use super::Vendor;
use super::kept::{Listed, What};
use crate::connection::Connection;
use crate::error::{Error, Kind};

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) error: Error,
    /// Another question would not be answered either.
    pub(super) unreachable: bool,
}

/// Asks which columns a table has; `None` if there is nobody to ask, or nothing.
pub(super) async fn describe(
    connection: &Connection,
    table: &Table,
    vendor: Vendor,
) -> Option<Result<What, Unanswered>> {
    match vendor {
        Vendor::Zendesk => zendesk::describe(connection, table).await,
        Vendor::Zuora => zuora::describe(connection, table).await,
    }
}

/// Asks which tables there are.
pub(super) async fn list(connection: &Connection, vendor: Vendor) -> Result<Listed, Unanswered> {
    match vendor {
        Vendor::Zendesk => zendesk::list(connection).await,
        Vendor::Zuora => zuora::list(connection).await,
    }
}

fn usage() -> Arc<Usage> {
    Arc::new(Usage::new(Arc::new(Statement::new(0, None))))
}

fn unanswered(error: Failed) -> Unanswered {
    let unreachable = matches!(
        error,
        Failed::Network { .. } | Failed::Auth { .. } | Failed::SignIn { .. } | Failed::Store { .. }
    );
    let error = Error::from(error);
    Unanswered { error, unreachable }
}

fn misread(connection: &Connection, what: &str, error: &dyn Display) -> Unanswered {
    let message = format!(
        "what is told of {}.{what} cannot be read: {error}",
        connection.name()
    );
    Unanswered {
        error: Error::new(Kind::Remote, message),
        unreachable: false,
    }
}

/// A name as one segment of a path.
fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            // Writing to text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
