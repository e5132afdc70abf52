//! Rate limits as the vendor enforces and announces them: fixed minutes per account and per endpoint family.
//! It refuses to announce what it does not enforce.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::reply::Reply;

/// The plan whose limits are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// Nothing is limited and no header says otherwise.
    #[default]
    None,
    /// 200 requests a minute.
    Team,
    /// 400 requests a minute.
    Professional,
    /// 700 requests a minute.
    Enterprise,
}

impl Limits {
    fn per_minute(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Team => Some(200),
            Self::Professional => Some(400),
            Self::Enterprise => Some(700),
        }
    }

    /// The limits of a named plan.
    #[must_use]
    pub fn plan(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "team" => Self::Team,
            "professional" => Self::Professional,
            "enterprise" => Self::Enterprise,
            _ => return None,
        })
    }
}

const ACCOUNT: &str = "account";

/// Counts requests in windows.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    minute: Duration,
    windows: Mutex<Windows>,
}

#[derive(Debug, Default)]
struct Windows {
    open: HashMap<&'static str, (Instant, u64)>,
    refusals: usize,
}

/// What one window says after a request.
#[derive(Debug, Clone, Copy)]
struct Gauge {
    total: u64,
    remaining: u64,
    left: Duration,
    refused: bool,
}

impl Limiter {
    /// `speed` shrinks the minute and nothing else.
    pub(crate) fn new(limits: Limits, speed: f64) -> Self {
        let minute = Duration::from_secs_f64(60.0 / speed.clamp(0.01, 60_000.0));
        Self {
            limits,
            minute,
            windows: Mutex::default(),
        }
    }

    /// Counts a request. Refused requests get their answer; the others get headers to carry.
    pub(crate) fn count(&self, method: &str, path: &str) -> Result<Vec<(String, String)>, Reply> {
        let Some(total) = self.limits.per_minute() else {
            return Ok(Vec::new());
        };
        let mut windows = self.windows.lock();
        let account = self.gauge(&mut windows, ACCOUNT, total);
        let family =
            family(method, path).map(|(name, total)| (name, self.gauge(&mut windows, name, total)));
        let seconds = |gauge: Gauge| gauge.left.as_secs_f64().ceil().max(1.0) as u64;
        let mut headers = Vec::new();
        for (limit, remaining) in [
            ("x-rate-limit", "x-rate-limit-remaining"),
            ("rate-limit", "rate-limit-remaining"),
            ("ratelimit-limit", "ratelimit-remaining"),
        ] {
            headers.push((limit.to_owned(), account.total.to_string()));
            headers.push((remaining.to_owned(), account.remaining.to_string()));
        }
        headers.push(("rate-limit-reset".to_owned(), seconds(account).to_string()));
        headers.push(("ratelimit-reset".to_owned(), seconds(account).to_string()));
        if let Some((name, gauge)) = family {
            // Both spellings of the prefix are in use; which endpoint has which is not documented.
            let prefix = if name.len().is_multiple_of(2) {
                "zendesk-ratelimit-"
            } else {
                "zendesk-rate-limit-"
            };
            headers.push((
                format!("{prefix}{name}"),
                format!(
                    "total={}; remaining={}; resets={}",
                    gauge.total,
                    gauge.remaining,
                    seconds(gauge)
                ),
            ));
        }
        let refused = family
            .map(|(_, gauge)| gauge)
            .filter(|gauge| gauge.refused)
            .or(Some(account).filter(|gauge| gauge.refused));
        let Some(refused) = refused else {
            return Ok(headers);
        };
        windows.refusals += 1;
        let mut reply = throttled(windows.refusals, seconds(refused));
        reply
            .headers
            .extend(headers.into_iter().filter_map(|(name, value)| {
                KNOWN
                    .iter()
                    .find(|known| **known == name)
                    .map(|known| (*known, value))
            }));
        Err(reply)
    }

    fn gauge(&self, windows: &mut Windows, name: &'static str, total: u64) -> Gauge {
        let now = Instant::now();
        let window = windows.open.entry(name).or_insert((now, 0));
        if now.duration_since(window.0) >= self.minute {
            *window = (now, 0);
        }
        window.1 += 1;
        Gauge {
            total,
            remaining: total.saturating_sub(window.1),
            left: self.minute.saturating_sub(now.duration_since(window.0)),
            refused: window.1 > total,
        }
    }
}

const KNOWN: &[&str] = &[
    "x-rate-limit",
    "x-rate-limit-remaining",
    "rate-limit",
    "rate-limit-remaining",
    "rate-limit-reset",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
];

/// A 429 in one of its three shapes, in turn. Only the edge's shape comes without `Retry-After`.
pub(crate) fn throttled(turn: usize, seconds: u64) -> Reply {
    match turn % 3 {
        1 => Reply::text(429, "Number of allowed API requests per minute exceeded")
            .with("retry-after", seconds.to_string()),
        2 => Reply::described(
            429,
            "APIRateLimitExceeded",
            "Number of allowed API requests per minute exceeded",
        )
        .with("retry-after", seconds.to_string()),
        _ => Reply::value(
            429,
            &serde_json::json!({"detail": "Rate limited by Zendesk edge protection", "status": "429", "title": "Automated response"}),
        ),
    }
}

/// Endpoint families with limits of their own.
fn family(method: &str, path: &str) -> Option<(&'static str, u64)> {
    let path = path.strip_prefix("/api/v2/")?.trim_end_matches(".json");
    match (method, path) {
        ("GET", "incremental/users/cursor") => Some(("incremental-exports-cursor", 20)),
        ("GET", _) if path.starts_with("incremental/") => Some(("incremental-exports", 10)),
        ("GET", "search/export") => Some(("search-export", 100)),
        ("GET", "search" | "search/count") => Some(("search-index", 2_500)),
        ("GET", "deleted_tickets") => Some(("deleted-tickets", 10)),
        ("GET", "ticket_fields") => Some(("ticket-fields-index", 300)),
        ("GET", _) if path.ends_with("/conversation_log") => Some(("conversation-log", 100)),
        ("PUT", _) if path.starts_with("tickets/") => Some(("tickets-update", 100)),
        ("DELETE", _) if path.starts_with("tickets/") => Some(("tickets-delete", 400)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_silent() {
        let limiter = Limiter::new(Limits::None, 1.0);
        assert!((0..10_000).all(|_| {
            limiter
                .count("GET", "/api/v2/tickets")
                .is_ok_and(|headers| headers.is_empty())
        }));
    }

    #[test]
    fn account_and_family_are_enforced_and_announced() {
        let limiter = Limiter::new(Limits::Team, 1.0);
        for expected in (0..10).rev() {
            let headers = limiter
                .count("GET", "/api/v2/incremental/tickets/cursor.json")
                .unwrap();
            let family = headers
                .iter()
                .find(|header| header.0.ends_with("incremental-exports"))
                .unwrap();
            assert!(
                family
                    .1
                    .starts_with(&format!("total=10; remaining={expected}; resets=")),
                "{family:?}"
            );
        }
        let refusal = limiter
            .count("GET", "/api/v2/incremental/organizations")
            .unwrap_err();
        assert_eq!(refusal.status, 429);
        assert!(
            limiter
                .count("GET", "/api/v2/incremental/users/cursor")
                .is_ok()
        );
        let mut passed = 0;
        while limiter.count("GET", "/api/v2/tickets").is_ok() {
            passed += 1;
        }
        assert_eq!(passed, 200 - 12);
    }

    #[test]
    fn speed_shrinks_the_minute() {
        let limiter = Limiter::new(Limits::Team, 6_000.0);
        let passes = || (0..200).all(|_| limiter.count("GET", "/api/v2/tickets").is_ok());
        assert!(passes());
        std::thread::sleep(Duration::from_millis(12));
        assert!(passes());
    }
}
