//! The log that `Logfile` asks for: statements without the texts in them, requests without headers and bodies, what went wrong.
//! Only our own code writes to it; libraries below might log what they send.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use zuzen_engine::{Connection, Error, Kind};

use crate::connections::Named;

/// Begins to log if a connection asks for it; of several the first one decides, since a process has one log.
pub(crate) fn start(connections: &[Named]) -> Result<(), Error> {
    let mut asked = connections.iter().filter_map(|(name, properties)| {
        let verbosity = properties.number("Verbosity").unwrap_or(1);
        Some((name, properties.get("Logfile")?, verbosity))
    });
    let Some((name, path, verbosity)) = asked.next() else {
        return Ok(());
    };
    let file = open(Path::new(path)).map_err(|error| {
        Error::new(
            Kind::Config,
            format!("the log file {path} cannot be written: {error}"),
        )
        .with_context("connection", name.as_str())
        .with_hint("give a Logfile in a folder that you may write to")
    })?;
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives(verbosity)))
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .try_init();
    started.map_err(|error| {
        Error::new(
            Kind::Internal,
            format!("the log cannot be started: {error}"),
        )
        .with_hint("leave out Logfile")
    })
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Names of our crates all begin with `zuzen`, so that nothing below them is let through.
fn directives(verbosity: u8) -> &'static str {
    match verbosity {
        0 | 1 => "zuzen=error,zuzen::statement=info",
        2 => "zuzen=warn,zuzen::statement=info",
        3 => "zuzen=info,zuzen::request=debug",
        4 => "zuzen=debug",
        _ => "zuzen=trace",
    }
}

/// A statement has ended.
pub(crate) fn statement(text: &str, requests: u64, elapsed: Duration) {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "zuzen::statement", requests, millis, "{text}");
}

/// A statement has failed.
pub(crate) fn failure(error: &Error) {
    let message = without_values(&error.to_string()).replace('\n', " ");
    tracing::error!(target: "zuzen::statement", kind = ?error.kind(), "{message}");
}

/// Messages put values of rows and literals between single quotes, and names between backticks.
fn without_values(message: &str) -> String {
    let mut parts = message.split('\'');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), rest) = (parts.next(), parts.next()) {
        text.push_str("'…'");
        text.push_str(rest.unwrap_or_default());
    }
    text
}

/// Requests of a connection after the one of this number.
pub(crate) fn requests(connection: &Connection, after: u64) {
    if !tracing::enabled!(target: "zuzen::request", tracing::Level::DEBUG) {
        return;
    }
    let rows = connection.rest().log().rows().into_iter();
    for row in rows.filter(|row| row.number > after) {
        let millis = u64::try_from(row.elapsed.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(
            target: "zuzen::request",
            connection = connection.name(),
            method = row.method,
            path = row.path,
            query = row.query,
            status = row.status,
            rows = row.rows,
            bytes = row.bytes,
            attempt = row.attempt,
            millis,
            error = row.error,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_below_us_is_let_through() {
        for verbosity in 0..=6 {
            for directive in directives(verbosity).split(',') {
                assert!(directive.starts_with("zuzen"), "{verbosity}: {directive}");
            }
        }
    }
}
