//! `zuzen login`, `logout`, `test` and `doctor`: what has to do with signing in, one connection after the other.
//!
//! A connection that fails does not keep the others from their turn; the first failure gives the exit code.

use std::io::Write;
use std::sync::Arc;

use zuzen_engine::doctor::State;
use zuzen_engine::property::{AuthScheme, Properties};
use zuzen_engine::{Browser, SignInRequest};
use zuzen_engine::{Connection, Engine, Error, Kind};

use crate::arguments::{AccountArguments, DoctorArguments};
use crate::connections::{Named, chosen, nothing};
use crate::exit::{Failure, report, say};
use crate::log;
use crate::opened::Opened;
use crate::output::cell::visible;

/// `zuzen login`: signs in anew, whatever is kept, and keeps what comes of it.
pub(crate) async fn login(
    wanted: &AccountArguments,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut turns = Turns::default();
    for (name, properties) in wanted_of(wanted)? {
        let renews = properties.get("InitiateOAuth") != Some("OFF")
            || properties.auth_scheme() == AuthScheme::OAuthClient;
        let outcome = sign_in(&name, properties, wanted, opened).await;
        if let Some((connection, text)) = turns.take(outcome) {
            writeln!(out, "{}: {}", visible(&name), visible(&text))?;
            warnings(&connection);
            if !renews {
                say(&format!(
                    "note: {name} uses these tokens once it has InitiateOAuth=REFRESH (or GETANDREFRESH)"
                ));
            }
        }
    }
    turns.end()
}

async fn sign_in(
    name: &str,
    properties: Properties,
    wanted: &AccountArguments,
    opened: &Opened,
) -> Result<(Arc<Connection>, String), Error> {
    let connection = open(name, acting(properties)?, wanted.no_browser, opened)?;
    let oauth = connection.rest().sign_in().ok_or_else(|| {
        Error::new(Kind::Config, "it signs in by user and token: there is nothing to log in to")
            .with_hint("give it AuthScheme=OAuth, OAuthClientId and OAuthClientSecret; zuzen test tries it as it is")
            .with_context("connection", name)
    })?;
    oauth
        .sign_in(SignInRequest::default())
        .await
        .map_err(Error::from)?;
    let identity = connection.test().await?;
    let place = match oauth.store() {
        Some(store) => format!("; kept in {}", store.location()),
        None => String::new(),
    };
    let text = format!("signed in as {identity}{place}");
    Ok((connection, text))
}

/// `zuzen logout`: ends the token at the API and forgets what is kept.
pub(crate) async fn logout(
    wanted: &AccountArguments,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut turns = Turns::default();
    for (name, properties) in wanted_of(wanted)? {
        let outcome = sign_out(&name, properties, opened).await;
        if let Some(text) = turns.take(outcome) {
            writeln!(out, "{}: {text}", visible(&name))?;
        }
    }
    turns.end()
}

/// Signing in or out is what was asked for: it is done, and kept, even where a query would not do so by itself. Where
/// nothing of OAuth is given this must not make it a sign-in by OAuth.
fn acting(properties: Properties) -> Result<Properties, Error> {
    let by_oauth = matches!(
        properties.auth_scheme(),
        AuthScheme::OAuth | AuthScheme::OAuthClient
    );
    match properties.get("InitiateOAuth") {
        Some("OFF") if by_oauth => properties.with("InitiateOAuth", "REFRESH"),
        _ => Ok(properties),
    }
}

async fn sign_out(
    name: &str,
    properties: Properties,
    opened: &Opened,
) -> Result<&'static str, Error> {
    let connection = open(name, acting(properties)?, true, opened)?;
    let oauth = connection.rest().sign_in().ok_or_else(|| {
        Error::new(
            Kind::Config,
            "it signs in by user and token: nothing is kept",
        )
        .with_hint("revoke the API token in the vendor's administration")
        .with_context("connection", name)
    })?;
    let ended = oauth.sign_out().await.map_err(Error::from)?;
    Ok(match (ended.revoked, ended.forgotten) {
        (true, true) => "the token was revoked and the kept values are deleted",
        (true, false) => "the token was revoked; nothing was kept",
        (false, true) => {
            "the kept values are deleted; no token was revoked: one that has not ended yet ends by itself"
        }
        (false, false) => "nobody was signed in",
    })
}

/// `zuzen test`: one signed-in request.
pub(crate) async fn test(
    wanted: &AccountArguments,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut turns = Turns::default();
    for (name, properties) in wanted_of(wanted)? {
        let outcome = async {
            let connection = open(&name, properties, wanted.no_browser, opened)?;
            let tested = connection.test().await;
            let identity = tested.map_err(|error| error.with_context("connection", &name))?;
            Ok((connection, identity.to_string()))
        };
        if let Some((connection, text)) = turns.take(outcome.await) {
            writeln!(out, "{}: signed in as {}", visible(&name), visible(&text))?;
            warnings(&connection);
        }
    }
    turns.end()
}

/// `zuzen doctor`: a report.
pub(crate) async fn doctor(
    wanted: &DoctorArguments,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut turns = Turns::default();
    for (name, properties) in wanted_of(&wanted.account)? {
        let connector = properties.connector();
        // A report must not begin a sign-in.
        let properties = match properties.get("InitiateOAuth") {
            Some("GETANDREFRESH") => properties.with("InitiateOAuth", "REFRESH")?,
            _ => properties,
        };
        let Some(connection) = turns.take(open(&name, properties, true, opened)) else {
            continue;
        };
        writeln!(out, "{} ({connector})", visible(&name))?;
        let mut failed = None;
        for finding in connection.examine().await {
            let text = visible(&finding.text).into_owned();
            writeln!(out, "  {:4}  {:10}  {text}", finding.state, finding.about)?;
            if let Some(hint) = &finding.hint {
                writeln!(out, "{:20}hint: {}", "", visible(hint))?;
            }
            if finding.state == State::Bad && failed.is_none() {
                failed = Some(finding.error.unwrap_or_else(|| {
                    Error::new(Kind::Auth, format!("{name}: {}", finding.about))
                }));
            }
        }
        let healthy = failed.is_none();
        turns.note(failed);
        if wanted.tables && healthy {
            turns.take(tables(&connection, out).await?);
        }
        warnings(&connection);
    }
    out.flush()?;
    turns.end()
}

/// Which tables can be read. A table that cannot is no failure: most accounts lack a product or two.
async fn tables(
    connection: &Connection,
    out: &mut impl Write,
) -> Result<Result<(), Error>, Failure> {
    let name = connection.name();
    say(&format!(
        "note: {name}: {} requests, of a row each, and one more for each read that is refused",
        connection.access_requests()
    ));
    let found = match connection.access().await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.with_context("connection", name))),
    };
    let width = found.iter().map(|it| it.table.len()).max().unwrap_or(0);
    writeln!(out, "  {:7}  {:width$}  why", "reads", "table")?;
    for it in found {
        let (table, why) = (visible(&it.table), visible(&it.why));
        writeln!(out, "  {:7}  {table:width$}  {why}", it.readable)?;
    }
    Ok(Ok(()))
}

fn wanted_of(wanted: &AccountArguments) -> Result<Vec<Named>, Error> {
    let connections = chosen(&wanted.connections)?;
    if connections.is_empty() {
        return Err(nothing());
    }
    log::start(&connections)?;
    Ok(connections)
}

fn open(
    name: &str,
    properties: Properties,
    no_browser: bool,
    opened: &Opened,
) -> Result<Arc<Connection>, Error> {
    let engine = Engine::builder()
        .configured(name, properties)
        .browser(browser(no_browser))
        .build()?;
    opened.add(engine.connections());
    for connection in engine.connections() {
        for notice in connection.rest().notices() {
            say(&format!("warning: {name}: {notice}"));
        }
    }
    match engine.connections() {
        [connection] => Ok(Arc::clone(connection)),
        _ => Err(Error::new(
            Kind::Internal,
            "one connection was opened, and there is not one",
        )),
    }
}

/// The address is always shown: a browser may open on a display that nobody looks at.
pub(crate) fn browser(never: bool) -> Browser {
    Browser::new(move |address| {
        say(&format!(
            "to sign in, open this address in a browser:\n  {address}"
        ));
        if never {
            return Ok(());
        }
        Browser::default().open(address)
    })
}

fn warnings(connection: &Connection) {
    for warning in connection.take_warnings() {
        say(&format!("warning: {}: {warning}", connection.name()));
    }
}

/// Outcomes of one connection after the other.
#[derive(Default)]
struct Turns {
    failed: Option<Error>,
}

impl Turns {
    fn take<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                if self.failed.is_some() {
                    report(&error);
                } else {
                    self.failed = Some(error);
                }
                None
            }
        }
    }

    /// A failure that has been shown already.
    fn note(&mut self, error: Option<Error>) {
        if self.failed.is_none() {
            self.failed = error;
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self.failed {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}
