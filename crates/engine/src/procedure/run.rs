//! Where procedures happen: from arguments to the one row of the answer.
//!
//! It refuses to be called by anything but an operator that is executed.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use futures::future::BoxFuture;

use super::arguments::Arguments;
use super::declared::Gives;
use super::find::Target;
use crate::connection::Connection;
use crate::error::{Error, Kind};

/// A procedure's answer: the values of its result columns; those that are left out are NULL.
///
/// It may hold tokens that the caller asked for, so it cannot be printed.
#[derive(Default)]
pub(crate) struct Answer {
    values: Vec<(&'static str, Cell)>,
}

enum Cell {
    Text(String),
    Number(i64),
    Flag(bool),
}

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the bodies below will use it once they sign in")
)]
impl Answer {
    #[must_use]
    pub(crate) fn text(self, column: &'static str, value: Option<String>) -> Self {
        self.with(column, value.map(Cell::Text))
    }

    #[must_use]
    pub(crate) fn number(self, column: &'static str, value: Option<i64>) -> Self {
        self.with(column, value.map(Cell::Number))
    }

    #[must_use]
    pub(crate) fn flag(self, column: &'static str, value: bool) -> Self {
        self.with(column, Some(Cell::Flag(value)))
    }

    fn with(mut self, column: &'static str, value: Option<Cell>) -> Self {
        self.values.extend(value.map(|value| (column, value)));
        self
    }

    fn of(&self, column: &str) -> Option<&Cell> {
        let mut all = self.values.iter();
        all.find(|(name, _)| *name == column).map(|(_, cell)| cell)
    }
}

/// Calls a procedure.
///
/// # Errors
/// Those of the procedure; `Internal` if its answer is not what it declares.
pub(super) async fn run(
    target: &Target,
    arguments: &Arguments,
    schema: SchemaRef,
) -> Result<RecordBatch, Error> {
    let procedure = target.procedure;
    let answer = (procedure.body)(&target.connection, arguments).await;
    let answer = answer.map_err(|error| error.with_context("procedure", target.to_string()))?;
    let columns = procedure.results.iter().map(|result| {
        let column: ArrayRef = match (result.holds, answer.of(result.name)) {
            (Gives::Text, None) => Arc::new(StringArray::from(vec![None::<&str>])),
            (Gives::Text, Some(Cell::Text(text))) => {
                Arc::new(StringArray::from(vec![text.as_str()]))
            }
            (Gives::Number, None) => Arc::new(Int64Array::from(vec![None])),
            (Gives::Number, Some(Cell::Number(number))) => {
                Arc::new(Int64Array::from(vec![*number]))
            }
            (Gives::Flag, None) => Arc::new(BooleanArray::from(vec![None])),
            (Gives::Flag, Some(Cell::Flag(flag))) => Arc::new(BooleanArray::from(vec![*flag])),
            (_, Some(_)) => {
                let message = format!("{target} answers {} as something else", result.name);
                return Err(Error::new(Kind::Internal, message));
            }
        };
        Ok(column)
    });
    let columns = columns.collect::<Result<Vec<_>, Error>>()?;
    RecordBatch::try_new(schema, columns).map_err(|error| {
        Error::new(Kind::Internal, format!("{target} answers something else")).with_source(error)
    })
}

/// What all four say until signing in is here.
fn unsupported<'a>(connection: &Connection, name: &str) -> BoxFuture<'a, Result<Answer, Error>> {
    let message = format!(
        "{name} cannot be done on the connection `{}` yet",
        connection.name()
    );
    let error = Error::new(Kind::Unsupported, message)
        .with_hint("get a token by other means and give it to the connection as OAuthAccessToken");
    Box::pin(std::future::ready(Err(error)))
}

// The bodies. Each takes the connection and the checked arguments, and gives the result columns by name:
// `Answer::default().text("OAuthAccessToken", …).number("ExpiresIn", …)`.

/// `GetOAuthAuthorizationURL`: AuthMode, CallbackURL, State, Scope, Pkce → URL, State, CodeVerifier.
pub(super) fn authorization_url<'a>(
    connection: &'a Connection,
    _arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    unsupported(connection, "GetOAuthAuthorizationURL")
}

/// `GetOAuthAccessToken`: AuthMode, Verifier, CallbackURL, State, Scope, CodeVerifier → OAuthAccessToken,
/// OAuthRefreshToken, ExpiresIn, Scope.
pub(super) fn access_token<'a>(
    connection: &'a Connection,
    _arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    unsupported(connection, "GetOAuthAccessToken")
}

/// `RefreshOAuthAccessToken`: OAuthRefreshToken → OAuthAccessToken, OAuthRefreshToken, ExpiresIn, Scope.
pub(super) fn refresh<'a>(
    connection: &'a Connection,
    _arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    unsupported(connection, "RefreshOAuthAccessToken")
}

/// `RevokeOAuthAccessToken`: OAuthAccessToken → Revoked.
pub(super) fn revoke<'a>(
    connection: &'a Connection,
    _arguments: &'a Arguments,
) -> BoxFuture<'a, Result<Answer, Error>> {
    unsupported(connection, "RevokeOAuthAccessToken")
}
