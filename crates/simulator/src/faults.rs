//! What goes wrong on demand, as values: a deterministic function of the request, never of chance.
//! A transient fault hits a request once and lets its repetition pass; a permanent one never goes away.

use std::collections::HashSet;
use std::time::Duration;

use parking_lot::Mutex;

use crate::zuora::{ExportFaults, QueryFaults};

/// Faults to inject. All are off by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// Waits this long before each answer.
    pub latency: Duration,
    /// Answers every n-th new request with 429 once (0 = never).
    pub throttle_every: u64,
    /// The `Retry-After` of those answers, in seconds.
    pub retry_after: u64,
    /// Answers every n-th new request with a 5xx once (0 = never): 500, 502, 503 with `Retry-After`, 504 in turn.
    pub error_every: u64,
    /// Answers every n-th new request as a proxy does that cannot reach the vendor, once (0 = never): 520 to 524 in turn, as
    /// a page for people.
    pub proxy_every: u64,
    /// Answers every n-th new request as the protection before the vendor does, once (0 = never): 429 with a body of its
    /// own and none of the headers that limits come with.
    pub edge_every: u64,
    /// Answers 504 whenever a page would hold more rows than this.
    pub heavy_rows: Option<usize>,
    /// Breaks the connection in the middle of every n-th new request's body, once (0 = never).
    pub reset_every: u64,
    /// Cuts the JSON of every n-th new request in half with a fitting length, once (0 = never).
    pub truncate_every: u64,
    /// Refuses the first request as if its credentials had expired; its repetition passes.
    pub expired_once: bool,
    /// Refuses every request as if its credentials had expired.
    pub expired: bool,
    /// Repeats this many rows of the previous page at the head of each export page.
    pub repeat_rows: usize,
    /// Hands back the cursor it was given, for ever.
    pub stuck: bool,
    /// Export pages after the first are empty, and there is always more.
    pub no_progress: bool,
    /// Links point to another origin.
    pub foreign_links: bool,
    /// Lists of Chat come in an envelope with a link to the next page, and not as bare lists that go on by id. The vendor's
    /// description leaves both open.
    pub chat_envelopes: bool,
    /// Every API call is redirected to another origin.
    pub api_redirect: bool,
    /// Every token call is redirected to another origin. Nothing has happened to any token then.
    pub token_redirect: bool,
    /// The token endpoint answers 500 once, before doing anything.
    pub token_error_once: bool,
    /// The token endpoint answers 429 with this `Retry-After` in seconds once, before doing anything.
    pub token_throttle_once: Option<u64>,
    /// The token endpoint answers 200 with a page for people, as a proxy that wants a sign-in of its own does. Nothing has
    /// happened to any token then.
    pub token_not_json: bool,
    /// Answers 500 to everything after this many requests.
    pub fail_after: Option<u64>,
    /// Cuts every body in half.
    pub truncate_always: bool,
    /// What goes wrong with the exports of a Zuora tenant.
    pub export: ExportFaults,
    /// What goes wrong with the queries of a Zuora tenant.
    pub query: QueryFaults,
}

impl Faults {
    /// The faults of a named scenario.
    #[must_use]
    pub fn scenario(name: &str) -> Option<Self> {
        let none = Self::default();
        Some(match name {
            "none" => none,
            "slow" => Self {
                latency: Duration::from_millis(50),
                ..none
            },
            "flaky" => Self {
                error_every: 3,
                throttle_every: 7,
                ..none
            },
            "throttled" => Self {
                throttle_every: 2,
                ..none
            },
            "proxied" => Self {
                proxy_every: 3,
                ..none
            },
            "heavy" => Self {
                heavy_rows: Some(150),
                ..none
            },
            "reset" => Self {
                reset_every: 2,
                ..none
            },
            "truncated" => Self {
                truncate_every: 2,
                ..none
            },
            "expired" => Self {
                expired: true,
                ..none
            },
            "expired_once" => Self {
                expired_once: true,
                ..none
            },
            "repeating" => Self {
                repeat_rows: 20,
                ..none
            },
            "stuck" => Self {
                stuck: true,
                ..none
            },
            "idle" => Self {
                no_progress: true,
                ..none
            },
            "foreign" => Self {
                foreign_links: true,
                ..none
            },
            "redirected" => Self {
                api_redirect: true,
                ..none
            },
            "token_redirected" => Self {
                token_redirect: true,
                ..none
            },
            "token_error" => Self {
                token_error_once: true,
                ..none
            },
            "token_throttled" => Self {
                token_throttle_once: Some(1),
                ..none
            },
            "token_not_json" => Self {
                token_not_json: true,
                ..none
            },
            "dying" => Self {
                fail_after: Some(3),
                ..none
            },
            "broken" => Self {
                truncate_always: true,
                ..none
            },
            _ => {
                return QueryFaults::scenario(name).map(|query| Self { query, ..none });
            }
        })
    }

    /// Every scenario there is.
    pub const SCENARIOS: &[&str] = &[
        "none",
        "slow",
        "flaky",
        "throttled",
        "proxied",
        "heavy",
        "reset",
        "truncated",
        "expired",
        "expired_once",
        "repeating",
        "stuck",
        "idle",
        "foreign",
        "redirected",
        "token_redirected",
        "token_error",
        "token_throttled",
        "token_not_json",
        "dying",
        "broken",
        "job_transient",
        "job_broken",
        "job_killed",
        "job_slow",
        "queue_full",
        "submit_lost",
        "poll_flaky",
        "file_expired",
        "file_purged",
        "job_purged",
        "file_error",
        "file_reset",
        "file_truncated",
        "file_short",
        "file_redirected",
        "file_foreign",
        "file_malformed",
        "column_vanished",
    ];
}

/// What shall go wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    Throttle(u64),
    Edge,
    Error(u16),
    Reset,
    Truncate,
    Expired,
}

/// What shall go wrong with one token call, before it does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenMishap {
    Redirect,
    Error,
    Throttle(u64),
    NotJson,
}

/// Remembers which requests have already failed once.
#[derive(Debug, Default)]
pub(crate) struct Mishaps {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Requests that are new, i.e. not the repetition of one that just failed.
    fresh: u64,
    total: u64,
    failed: HashSet<u64>,
    expired: bool,
    errors: usize,
    proxied: usize,
    token_error: bool,
    token_throttle: bool,
}

const ERRORS: [u16; 4] = [500, 502, 503, 504];

/// What a proxy says of an origin: an odd answer, a refusal, no connection, no way, no answer in time.
const PROXIED: [u16; 5] = [520, 521, 522, 523, 524];

impl Mishaps {
    /// Decides for a request with this identity.
    pub(crate) fn next(&self, faults: &Faults, identity: u64) -> Option<Mishap> {
        let mut state = self.state.lock();
        state.total += 1;
        if faults.fail_after.is_some_and(|limit| state.total > limit) {
            return Some(Mishap::Error(500));
        }
        if faults.expired {
            return Some(Mishap::Expired);
        }
        if faults.truncate_always {
            return Some(Mishap::Truncate);
        }
        if state.failed.remove(&identity) {
            return None;
        }
        if faults.expired_once && !state.expired {
            state.expired = true;
            return Some(Mishap::Expired);
        }
        state.fresh += 1;
        let due = |every: u64| every > 0 && state.fresh.is_multiple_of(every);
        let mishap = if due(faults.throttle_every) {
            Mishap::Throttle(faults.retry_after)
        } else if due(faults.edge_every) {
            Mishap::Edge
        } else if due(faults.proxy_every) {
            let status = PROXIED[state.proxied % PROXIED.len()];
            state.proxied += 1;
            Mishap::Error(status)
        } else if due(faults.error_every) {
            let status = ERRORS[state.errors % ERRORS.len()];
            state.errors += 1;
            Mishap::Error(status)
        } else if due(faults.reset_every) {
            Mishap::Reset
        } else if due(faults.truncate_every) {
            Mishap::Truncate
        } else {
            return None;
        };
        state.failed.insert(identity);
        Some(mishap)
    }

    /// Decides for a token call. The other faults spare it: a single-use token that a fault of the data API destroys would
    /// end every run of that fault at once.
    pub(crate) fn next_token(&self, faults: &Faults) -> Option<TokenMishap> {
        if faults.token_redirect {
            return Some(TokenMishap::Redirect);
        }
        let mut state = self.state.lock();
        if faults.token_error_once && !state.token_error {
            state.token_error = true;
            return Some(TokenMishap::Error);
        }
        if let Some(seconds) = faults.token_throttle_once
            && !state.token_throttle
        {
            state.token_throttle = true;
            return Some(TokenMishap::Throttle(seconds));
        }
        faults.token_not_json.then_some(TokenMishap::NotJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_exists() {
        for name in Faults::SCENARIOS {
            assert!(Faults::scenario(name).is_some(), "{name}");
        }
        assert_eq!(Faults::scenario("nonsense"), None);
    }

    #[test]
    fn transient_mishaps_pass_on_repetition() {
        for name in ["flaky", "throttled", "proxied", "reset", "truncated"] {
            let faults = Faults::scenario(name).unwrap();
            let mishaps = Mishaps::default();
            let mut hits = 0;
            for identity in 0..100 {
                if mishaps.next(&faults, identity).is_some() {
                    hits += 1;
                    assert_eq!(mishaps.next(&faults, identity), None, "{name}");
                }
            }
            assert!(hits > 20, "{name}: {hits}");
        }
    }

    #[test]
    fn permanent_mishaps_stay() {
        for name in ["expired", "broken"] {
            let faults = Faults::scenario(name).unwrap();
            let mishaps = Mishaps::default();
            assert!(
                (0..50).all(|_| mishaps.next(&faults, 1).is_some()),
                "{name}"
            );
        }
        let faults = Faults::scenario("dying").unwrap();
        let mishaps = Mishaps::default();
        let outcomes: Vec<bool> = (0..10)
            .map(|_| mishaps.next(&faults, 1).is_some())
            .collect();
        assert_eq!(outcomes.iter().filter(|failed| !**failed).count(), 3);
        assert!(outcomes[3..].iter().all(|failed| *failed));
    }
}
