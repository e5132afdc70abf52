//! What it means that the API refuses a read: another one may serve, or the account or its caller lacks something.

use zuzen_plan::table::{Read, Table};

use crate::connection::Connection;
use crate::error::{Error, Kind};

/// What a request asked for that not every list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing.
    Plainly,
    /// An order.
    InOrder,
    /// Rows that fit a filter in its body.
    ByFilter,
    /// Rows of a product that may want a sign-in of its own.
    OfOwnSignIn,
}

impl Asked {
    pub(crate) fn of(table: &Table, read: &Read) -> Self {
        match (read.is_posted(), &read.order) {
            (true, _) => Self::ByFilter,
            (false, Some(_)) => Self::InOrder,
            (false, None) => Self::plainly(table),
        }
    }

    fn plainly(table: &Table) -> Self {
        match table.own_sign_in {
            true => Self::OfOwnSignIn,
            false => Self::Plainly,
        }
    }
}

/// What a refusal means for a read, if another one may serve instead.
pub(crate) fn refusal(error: &zuzen_rest::Error, asked: Asked) -> Option<&'static str> {
    match error {
        zuzen_rest::Error::Forbidden { .. } => {
            Some("the caller's role or the account's plan may not")
        }
        zuzen_rest::Error::NotFound { endpoint: true, .. } => {
            Some("the account has no such endpoint")
        }
        zuzen_rest::Error::Auth { .. } if asked == Asked::OfOwnSignIn => {
            Some("the credentials of this connection are none there")
        }
        // Some lists take no sort, and what a filter may say of a field is documented in a guide only; others than those
        // that ask for one of these are broken statements.
        zuzen_rest::Error::Invalid { .. } => match asked {
            Asked::Plainly | Asked::OfOwnSignIn => None,
            Asked::InOrder => Some("the API does not sort it so"),
            Asked::ByFilter => Some("the API does not filter it so"),
        },
        _ => None,
    }
}

/// The error of a read that hangs below one object. A table that does not come with every plan says which plan it takes.
pub(super) fn gated(connection: &Connection, table: &Table, error: zuzen_rest::Error) -> Error {
    let (Some(needs), Some(said)) = (&table.needs, refusal(&error, Asked::plainly(table))) else {
        return error.into();
    };
    let name = format!("{}.{}", connection.name(), table.name);
    Error::new(Kind::Permission, format!("{name} cannot be read: {said}"))
        .with_context("the API said", error.to_string())
        .with_hint(format!(
            "{name} takes {needs}; `zuzen doctor --tables` shows what this account and role may read"
        ))
}
