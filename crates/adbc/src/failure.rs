//! The engine's errors as ADBC's: a status, an SQLSTATE, and details that programs can read.
//!
//! The message is what people read, with the hint in its last line. Details hold the same in parts.

use adbc_core::error::{Error, Status};
use zuzen_engine::{Error as Failure, Kind};

/// The detail with the kind, one of [`name`].
pub(crate) const KIND: &str = "zuzen.kind";

/// The detail with the message alone.
pub(crate) const MESSAGE: &str = "zuzen.message";

/// The detail with the next step.
pub(crate) const HINT: &str = "zuzen.hint";

/// What the details of an error's context begin with.
pub(crate) const CONTEXT: &str = "zuzen.context.";

/// An error of the engine for a caller of the driver.
pub(crate) fn told(failure: &Failure) -> Error {
    let kind = failure.kind();
    let mut details = vec![
        (KIND.to_owned(), name(kind).into()),
        (MESSAGE.to_owned(), failure.message().into()),
    ];
    if let Some(hint) = failure.hint() {
        details.push((HINT.to_owned(), hint.into()));
    }
    for (name, value) in failure.context() {
        details.push((format!("{CONTEXT}{name}"), value.as_str().into()));
    }
    let (status, state) = meaning(kind);
    written(failure.to_string(), status, state, details)
}

/// An error of the driver itself, with the next step.
pub(crate) fn refused(
    status: Status,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Error {
    let (message, hint) = (message.into(), hint.into());
    let details = vec![
        (MESSAGE.to_owned(), message.clone().into_bytes()),
        (HINT.to_owned(), hint.clone().into_bytes()),
    ];
    let state = match status {
        Status::NotImplemented => "0A000",
        Status::Cancelled => "57014",
        Status::InvalidState => "55000",
        Status::Internal => "XX000",
        _ => "22023",
    };
    written(format!("{message}\nhint: {hint}"), status, state, details)
}

/// What somebody stopped.
pub(crate) fn cancelled() -> Error {
    refused(
        Status::Cancelled,
        "the statement was cancelled",
        "execute it again",
    )
}

/// What ended without an answer, because its thread panicked.
pub(crate) fn broken() -> Error {
    refused(
        Status::Internal,
        "the statement ended without an answer",
        "this is a fault of zuzen; please report the statement",
    )
}

fn written(message: String, status: Status, state: &str, details: Vec<(String, Vec<u8>)>) -> Error {
    let mut sqlstate = [0; 5];
    for (place, letter) in sqlstate.iter_mut().zip(state.bytes()) {
        // ASCII in either signedness of C's char.
        *place = letter as _;
    }
    Error {
        // C's texts end at the first NUL, and the exporter would replace the whole message by a complaint about it.
        message: message.replace('\0', "\u{fffd}"),
        status,
        vendor_code: 0,
        sqlstate,
        details: Some(details),
    }
}

/// Status and SQLSTATE of each kind.
pub(crate) fn meaning(kind: Kind) -> (Status, &'static str) {
    match kind {
        Kind::Sql => (Status::InvalidArguments, "42000"),
        Kind::Config => (Status::InvalidArguments, "F0000"),
        Kind::Auth => (Status::Unauthenticated, "28000"),
        Kind::Permission => (Status::Unauthorized, "42501"),
        Kind::NotFound => (Status::NotFound, "42704"),
        Kind::RateLimited => (Status::IO, "53400"),
        Kind::Remote => (Status::IO, "58000"),
        Kind::Network => (Status::IO, "08006"),
        Kind::Decode => (Status::InvalidData, "22000"),
        Kind::TooExpensive => (Status::InvalidState, "54000"),
        Kind::Unsupported => (Status::NotImplemented, "0A000"),
        Kind::Internal => (Status::Internal, "XX000"),
        // The enum grows with the engine; a kind without a row here fails the test below.
        _ => (Status::Unknown, "XX000"),
    }
}

/// A kind as the detail spells it.
pub(crate) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sql => "sql",
        Kind::Config => "config",
        Kind::Auth => "auth",
        Kind::Permission => "permission",
        Kind::NotFound => "not_found",
        Kind::RateLimited => "rate_limited",
        Kind::Remote => "remote",
        Kind::Network => "network",
        Kind::Decode => "decode",
        Kind::TooExpensive => "too_expensive",
        Kind::Unsupported => "unsupported",
        Kind::Internal => "internal",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_status_and_a_name() {
        let kinds = [
            Kind::Sql,
            Kind::Config,
            Kind::Auth,
            Kind::Permission,
            Kind::NotFound,
            Kind::RateLimited,
            Kind::Remote,
            Kind::Network,
            Kind::Decode,
            Kind::TooExpensive,
            Kind::Unsupported,
            Kind::Internal,
        ];
        // What `Kind` lists in its documentation, counted where it is declared: a new one must be added here.
        let declared = include_str!("../../engine/src/error.rs");
        let body = declared.split("pub enum Kind {").nth(1).unwrap();
        let body = body.split('}').next().unwrap();
        let variants = body.lines().filter(|line| line.trim_end().ends_with(','));
        assert_eq!(variants.count(), kinds.len());
        for kind in kinds {
            assert_ne!(meaning(kind).0, Status::Unknown, "{kind:?}");
            assert_ne!(name(kind), "unknown", "{kind:?}");
        }
    }

    #[test]
    fn an_error_is_told_as_a_whole_and_in_parts() {
        let failure = Failure::new(Kind::Remote, "it\0failed")
            .with_context("request", "42")
            .with_hint("try again");
        let error = told(&failure);
        assert_eq!(
            error.message,
            "it\u{fffd}failed\n  request: 42\nhint: try again"
        );
        let details = error.details.unwrap();
        let names: Vec<&str> = details.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [KIND, MESSAGE, HINT, "zuzen.context.request"]);
        assert_eq!(details[3].1, b"42");
    }
}
