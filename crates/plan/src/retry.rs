//! When a call is sent again: one table, looked at after every attempt that failed.
//!
//! | what happened | again? | wait | smaller page |
//! |---|---|---|---|
//! | 429 | yes | `Retry-After` but at least `base`, else 10 s | |
//! | 503 with `Retry-After` (maintenance, moving) | reads | `Retry-After` | |
//! | 409 (lock conflict), 408 | yes | back-off | |
//! | 504, 524, our own time-out | reads | back-off | yes |
//! | other 5xx | reads | back-off | from the second time |
//! | connection reset, answer cut short | reads | back-off | |
//! | no connection at all | yes, but only if the server has answered before | back-off | |
//! | 400, 401, 403, 404, 422, a depth or search limit, everything else | never | | |
//!
//! "Reads" are calls that may be repeated; a write is sent again only where it surely was not carried out.
//! Back-off is `base` doubled for each attempt, at most `cap`; the sender adds jitter. Nothing is sent again after
//! `max_retries`, and nobody waits longer than `longest_wait`.

use std::time::Duration;

use crate::refusal::Kind;

/// The wait after a 429 that does not name one; the vendor's own client does the same.
const UNNAMED_WAIT: Duration = Duration::from_secs(10);

/// How patient a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Attempts after the first.
    pub max_retries: u32,
    /// The first back-off.
    pub base: Duration,
    /// The largest back-off.
    pub cap: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_retries: 5,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(30),
            longest_wait: Duration::from_secs(300),
        }
    }
}

impl Policy {
    /// For the calls of a job, which is patient itself and begins anew where this ends.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self {
            max_retries: self.max_retries.min(2),
            ..self.clone()
        }
    }

    /// For calls that others wait for with a lock in hand: a few attempts, then whoever asked has to decide.
    #[must_use]
    pub fn for_sign_in(&self) -> Self {
        Self {
            max_retries: self.max_retries.min(2),
            base: self.base,
            cap: Duration::from_secs(5),
            longest_wait: Duration::from_secs(10),
        }
    }
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The call may be repeated without changing more than once.
    pub idempotent: bool,
    /// What happened.
    pub outcome: Outcome,
    /// Attempts before this one.
    pub attempt: u32,
    /// The page can be asked for in a smaller size.
    pub can_shrink: bool,
    /// The server has answered something before on this connection.
    pub answered_before: bool,
}

/// What happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An answer that is no success.
    Status {
        /// HTTP status.
        status: u16,
        /// The wait that the server names.
        retry_after: Option<Duration>,
        /// What the body says.
        kind: Kind,
    },
    /// No connection: name not found, refused, TLS. The call was not sent.
    Connect,
    /// The connection broke after the call was sent.
    Transport,
    /// A success whose body is cut short.
    Incomplete,
    /// No answer in time.
    Timeout,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Send it again.
    Again {
        /// The wait.
        after: Duration,
        /// The server named the wait: it must not be shortened by jitter.
        named: bool,
        /// Ask for a smaller page.
        shrink: bool,
    },
    /// Do not.
    GiveUp(Reason),
}

/// Why a call is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It would fail again.
    Permanent,
    /// It might have been carried out.
    Unsafe,
    /// It has been tried often enough.
    Exhausted,
    /// The server asks for a longer wait than we are ready for.
    TooLong(Duration),
}

/// The table at the head of this module.
#[must_use]
pub fn decide(attempt: &Attempt, policy: &Policy) -> Decision {
    let back_off = policy
        .base
        .saturating_mul(2_u32.saturating_pow(attempt.attempt))
        .min(policy.cap);
    let again = |after, named, shrink| Decision::Again {
        after,
        named,
        shrink: shrink && attempt.can_shrink,
    };
    let wanted = match &attempt.outcome {
        Outcome::Status {
            kind: Kind::PaginationDepth | Kind::SearchLimit | Kind::TooRecent,
            ..
        } => return Decision::GiveUp(Reason::Permanent),
        Outcome::Status {
            status,
            retry_after,
            ..
        } => match (status, retry_after) {
            (429, Some(wait)) => again((*wait).max(policy.base), true, false),
            (429, None) => again(UNNAMED_WAIT, true, false),
            (408 | 409, _) => again(back_off, false, false),
            (500..=599, _) if !attempt.idempotent => return Decision::GiveUp(Reason::Unsafe),
            (503, Some(wait)) => again(*wait, true, false),
            (504 | 524, _) => again(back_off, false, true),
            (500..=599, _) => again(back_off, false, attempt.attempt > 0),
            _ => return Decision::GiveUp(Reason::Permanent),
        },
        // A misspelt host or a wrong port should not keep anybody waiting.
        Outcome::Connect if !attempt.answered_before => {
            return Decision::GiveUp(Reason::Permanent);
        }
        Outcome::Connect => again(back_off, false, false),
        Outcome::Transport | Outcome::Incomplete | Outcome::Timeout if !attempt.idempotent => {
            return Decision::GiveUp(Reason::Unsafe);
        }
        Outcome::Transport | Outcome::Incomplete => again(back_off, false, false),
        Outcome::Timeout => again(back_off, false, true),
    };
    if attempt.attempt >= policy.max_retries {
        return Decision::GiveUp(Reason::Exhausted);
    }
    match wanted {
        Decision::Again { after, .. } if after > policy.longest_wait => {
            Decision::GiveUp(Reason::TooLong(after))
        }
        wanted => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, retry_after: Option<u64>) -> Outcome {
        Outcome::Status {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            kind: Kind::Other,
        }
    }

    fn first(outcome: Outcome) -> Attempt {
        Attempt {
            idempotent: true,
            outcome,
            attempt: 0,
            can_shrink: true,
            answered_before: true,
        }
    }

    fn again(millis: u64, named: bool, shrink: bool) -> Decision {
        Decision::Again {
            after: Duration::from_millis(millis),
            named,
            shrink,
        }
    }

    #[test]
    fn the_table_holds() {
        let never = Decision::GiveUp(Reason::Permanent);
        let cases = [
            (status(429, Some(7)), again(7_000, true, false)),
            (status(429, Some(0)), again(250, true, false)),
            (status(429, None), again(10_000, true, false)),
            (
                status(429, Some(301)),
                Decision::GiveUp(Reason::TooLong(Duration::from_secs(301))),
            ),
            (status(503, Some(3)), again(3_000, true, false)),
            (status(503, None), again(250, false, false)),
            (status(409, None), again(250, false, false)),
            (status(500, None), again(250, false, false)),
            (status(520, None), again(250, false, false)),
            (status(504, None), again(250, false, true)),
            (status(524, None), again(250, false, true)),
            (Outcome::Timeout, again(250, false, true)),
            (Outcome::Transport, again(250, false, false)),
            (Outcome::Incomplete, again(250, false, false)),
            (Outcome::Connect, again(250, false, false)),
            (status(400, None), never.clone()),
            (status(401, None), never.clone()),
            (status(403, None), never.clone()),
            (status(404, None), never.clone()),
            (status(422, Some(1)), never.clone()),
            (status(302, None), never.clone()),
            (
                Outcome::Status {
                    status: 429,
                    retry_after: None,
                    kind: Kind::PaginationDepth,
                },
                never,
            ),
        ];
        for (outcome, expected) in cases {
            let attempt = first(outcome);
            assert_eq!(
                decide(&attempt, &Policy::default()),
                expected,
                "{attempt:?}"
            );
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let policy = Policy {
            cap: Duration::from_secs(1),
            ..Policy::default()
        };
        let waits: Vec<Decision> = (0..6)
            .map(|attempt| {
                let attempt = Attempt {
                    attempt,
                    ..first(status(502, None))
                };
                decide(&attempt, &policy)
            })
            .collect();
        assert_eq!(
            waits,
            [
                again(250, false, false),
                again(500, false, true),
                again(1_000, false, true),
                again(1_000, false, true),
                again(1_000, false, true),
                Decision::GiveUp(Reason::Exhausted),
            ]
        );
    }

    #[test]
    fn writes_are_repeated_only_if_not_carried_out() {
        let cases = [
            (status(429, Some(1)), again(1_000, true, false)),
            (status(409, None), again(250, false, false)),
            (Outcome::Connect, again(250, false, false)),
            (status(500, None), Decision::GiveUp(Reason::Unsafe)),
            (status(503, Some(1)), Decision::GiveUp(Reason::Unsafe)),
            (Outcome::Timeout, Decision::GiveUp(Reason::Unsafe)),
            (Outcome::Transport, Decision::GiveUp(Reason::Unsafe)),
        ];
        for (outcome, expected) in cases {
            let attempt = Attempt {
                idempotent: false,
                ..first(outcome)
            };
            assert_eq!(
                decide(&attempt, &Policy::default()),
                expected,
                "{attempt:?}"
            );
        }
    }

    #[test]
    fn a_server_that_never_answered_is_not_waited_for() {
        let attempt = Attempt {
            answered_before: false,
            ..first(Outcome::Connect)
        };
        assert_eq!(
            decide(&attempt, &Policy::default()),
            Decision::GiveUp(Reason::Permanent)
        );
    }
}
