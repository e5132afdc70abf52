//! How the command ends: errors for people on stderr, a number for scripts.

use std::io::{self, Write as _};
use std::process::ExitCode;

use zuzen_engine::{Error, Kind};

use crate::output::cell::visible;
use crate::watch;

/// What `--help` says about exit codes; [`number`] is the same table.
pub(crate) const CODES: &str = "\
Exit codes:
   0  done
   1  a fault of zuzen, or a stdout that cannot be written
   2  wrong arguments, connection or table file, or a file that cannot be read or written
   3  wrong SQL: syntax, names, types, values that are missing
   4  signing in failed
   5  the caller's role or plan does not allow it
   6  the address does not exist
   7  the rate limit would make it wait too long
   8  the API failed or refused
   9  the API could not be reached
  10  the answer does not fit the table
  11  the statement would exceed its budget
  12  it cannot be done here
 129  hung up
 130  Ctrl-C
 143  terminated";

/// Why the command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something went wrong.
    Failed(Error),
    /// Something went wrong, and it has been said.
    Reported(Error),
    /// The reader of stdout has had enough, as `head` has.
    Closed,
    /// Ctrl-C, or another signal that ends programs; the exit code that shells know for it.
    Interrupted(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Failure {
    /// Only output goes through here: everything that is read words its own errors.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        // A file has named itself.
        let known = error.get_ref().and_then(|it| it.downcast_ref::<Error>());
        if let Some(known) = known {
            return Self::Failed(known.clone());
        }
        let reason = format!("stdout cannot be written: {error}");
        Self::Failed(
            Error::new(Kind::Internal, reason).with_hint("check the disk that stdout goes to"),
        )
    }
}

/// The exit code of a kind of error.
fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Config => 2,
        Kind::Sql => 3,
        Kind::Auth => 4,
        Kind::Permission => 5,
        Kind::NotFound => 6,
        Kind::RateLimited => 7,
        Kind::Remote => 8,
        Kind::Network => 9,
        Kind::Decode => 10,
        Kind::TooExpensive => 11,
        Kind::Unsupported => 12,
        // `Internal`, and kinds that are younger than this table.
        _ => 1,
    }
}

/// Tells how it ended.
pub(crate) fn code(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Interrupted(code)) => {
            say("cancelled");
            ExitCode::from(code)
        }
        Err(Failure::Reported(error)) => ExitCode::from(number(error.kind())),
        Err(Failure::Failed(error)) => {
            report(&error);
            ExitCode::from(number(error.kind()))
        }
    }
}

/// Shows an error on stderr.
pub(crate) fn report(error: &Error) {
    say(&format!("error: {error}"));
}

/// Says something on stderr.
pub(crate) fn say(text: &str) {
    // How far a statement is may stand on the line.
    let wiped = if watch::is_visible() { watch::WIPE } else { "" };
    // Words of an API may hold anything. A stderr that is closed leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{wiped}{}", visible(text));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KINDS: [Kind; 12] = [
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

    #[test]
    fn every_kind_has_a_number_of_its_own_that_the_help_explains() {
        let mut numbers: HashSet<u8> = KINDS.into_iter().map(number).collect();
        assert_eq!(numbers.len(), KINDS.len());
        numbers.extend([129, 130, 143]);
        let explained: HashSet<u8> = CODES
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .filter(|code| *code != 0)
            .collect();
        assert_eq!(numbers, explained);
    }

    #[test]
    fn a_reader_that_has_had_enough_is_no_error() {
        assert!(matches!(
            Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)),
            Failure::Closed
        ));
        assert!(matches!(
            Failure::from(io::Error::from(io::ErrorKind::StorageFull)),
            Failure::Failed(_)
        ));
    }
}
