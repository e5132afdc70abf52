//! Rate limits: learnt from answers, shared by all scans of a connection, honoured before the API has to say 429.
//!
//! There is one bucket for the account and one for every family of endpoints; a request needs room in both. Nothing
//! is assumed before the first answer: documented limits serve planning, headers serve sending.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::HeaderMap;
use tokio::sync::Notify;
use tokio::time::Instant;
use zuzen_plan::table::Family;

use crate::headers::{self, Seen};

/// The family that every request counts against.
pub(crate) const ACCOUNT: &str = "account";

/// Zendesk's limits are per minute; answers of the oldest generation do not say when it ends.
const WINDOW: Duration = Duration::from_secs(60);

/// What is known of a family's limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The family.
    pub family: String,
    /// Requests a minute: learnt, or as documented.
    pub per_minute: Option<u32>,
    /// The API itself has said so.
    pub learnt: bool,
    /// Requests left until the reset, if known.
    pub remaining: Option<u32>,
    /// Time until the reset, if known.
    pub resets_in: Option<Duration>,
}

#[derive(Debug, Default)]
struct Bucket {
    documented: Option<u32>,
    limit: Option<u32>,
    remaining: Option<u32>,
    /// When the window began, as far as we have seen.
    began: Option<Instant>,
    resets_at: Option<Instant>,
    blocked_until: Option<Instant>,
    in_flight: u32,
}

impl Bucket {
    /// How long the next request has to wait.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        if self.resets_at.is_some_and(|reset| reset <= now) {
            self.remaining = self.limit;
            self.resets_at = None;
            self.began = None;
        }
        let reset = match (self.remaining, self.resets_at) {
            (Some(0), Some(reset)) => Some(reset),
            _ => None,
        };
        let until = reset.max(self.blocked_until)?;
        (until > now).then(|| until - now)
    }

    fn take(&mut self) {
        self.in_flight += 1;
        self.remaining = self.remaining.map(|remaining| remaining.saturating_sub(1));
    }

    /// The answer may have been written before requests still under way were counted.
    fn learn(&mut self, seen: Seen, now: Instant) {
        let others = self.in_flight.saturating_sub(1);
        let remaining = seen.remaining.saturating_sub(others);
        if self.began.is_none() || self.remaining.is_some_and(|before| before < remaining) {
            self.began = Some(now);
        }
        self.remaining = Some(remaining);
        self.limit = seen.limit.or(self.limit);
        self.resets_at = match seen.resets {
            Some(resets) => Some(now + resets),
            None => self.began.map(|began| began + WINDOW),
        };
    }

    fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(Some(until));
    }
}

/// The buckets of a connection.
#[derive(Debug)]
pub(crate) struct Limiter {
    families: Vec<Family>,
    buckets: Mutex<HashMap<String, Bucket>>,
    changed: Notify,
}

/// Room for one request; dropping it says that the request is over.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    limiter: &'a Limiter,
    family: &'a str,
}

impl Limiter {
    pub(crate) fn new(families: Vec<Family>) -> Self {
        let mut buckets = HashMap::from([(ACCOUNT.to_owned(), Bucket::default())]);
        for family in &families {
            buckets.entry(family.name.clone()).or_default().documented = Some(family.per_minute);
        }
        Self {
            families,
            buckets: Mutex::new(buckets),
            changed: Notify::new(),
        }
    }

    /// Waits for room; answers how long that took, or the wait if it is longer than `longest`. What `waiting` gives for a
    /// wait is held as long as it lasts.
    pub(crate) async fn admit<'a, T>(
        &'a self,
        family: &'a str,
        longest: Duration,
        waiting: impl Fn(Duration) -> T,
    ) -> Result<(Permit<'a>, Duration), Duration> {
        let began = Instant::now();
        let mut told = false;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let Some(wait) = self.try_take(family) else {
                let waited = if told {
                    began.elapsed()
                } else {
                    Duration::ZERO
                };
                return Ok((
                    Permit {
                        limiter: self,
                        family,
                    },
                    waited,
                ));
            };
            if wait > longest {
                return Err(wait);
            }
            if !told {
                tracing::info!(
                    family,
                    seconds = wait.as_secs_f64(),
                    "waiting for the rate limit"
                );
                told = true;
            }
            let _held = waiting(wait);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    fn try_take(&self, family: &str) -> Option<Duration> {
        let now = Instant::now();
        let mut buckets = self.buckets.lock();
        let names = names(family);
        let wait = names
            .iter()
            .filter_map(|name| buckets.get_mut(*name)?.wait(now))
            .max();
        if wait.is_none() {
            for name in names {
                if let Some(bucket) = buckets.get_mut(name) {
                    bucket.take();
                } else {
                    let mut bucket = Bucket::default();
                    bucket.take();
                    buckets.insert((*name).to_owned(), bucket);
                }
            }
        }
        wait
    }

    /// Learns from the headers of an answer, whichever family it was for.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        let now = Instant::now();
        let mut buckets = self.buckets.lock();
        if let Some(seen) = headers::account(headers)
            && let Some(bucket) = buckets.get_mut(ACCOUNT)
        {
            bucket.learn(seen, now);
        }
        for family in &self.families {
            let seen = family
                .headers
                .iter()
                .find_map(|name| headers::endpoint(headers, name));
            if let Some(seen) = seen
                && let Some(bucket) = buckets.get_mut(&family.name)
            {
                bucket.learn(seen, now);
            }
        }
        drop(buckets);
        self.changed.notify_waiters();
    }

    /// Stops a family, or everything, for a while. A 429 is the account's if it comes from the network edge, or if
    /// the account's allowance is what has run out.
    pub(crate) fn block(&self, family: &str, everything: bool, wait: Duration) {
        let until = Instant::now() + wait;
        let mut buckets = self.buckets.lock();
        let is_empty = |buckets: &HashMap<String, Bucket>, name: &str| {
            buckets
                .get(name)
                .is_some_and(|bucket| bucket.remaining == Some(0))
        };
        let account = everything || (is_empty(&buckets, ACCOUNT) && !is_empty(&buckets, family));
        let name = if account { ACCOUNT } else { family };
        if let Some(bucket) = buckets.get_mut(name) {
            bucket.block(until);
        }
    }

    /// What is known now, by family.
    pub(crate) fn limits(&self) -> Vec<Limit> {
        let now = Instant::now();
        let mut limits: Vec<Limit> = self
            .buckets
            .lock()
            .iter()
            .map(|(family, bucket)| Limit {
                family: family.clone(),
                per_minute: bucket.limit.or(bucket.documented),
                learnt: bucket.limit.is_some(),
                remaining: bucket.remaining,
                resets_in: bucket
                    .resets_at
                    .map(|reset| reset.saturating_duration_since(now)),
            })
            .collect();
        limits.sort_by(|a, b| a.family.cmp(&b.family));
        limits
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut buckets = self.limiter.buckets.lock();
        for name in names(self.family) {
            if let Some(bucket) = buckets.get_mut(name) {
                bucket.in_flight = bucket.in_flight.saturating_sub(1);
            }
        }
    }
}

/// The buckets that a request of this family counts against.
fn names(family: &str) -> Vec<&str> {
    if family == ACCOUNT {
        vec![ACCOUNT]
    } else {
        vec![ACCOUNT, family]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn limiter() -> Limiter {
        let family = |name: &str, per_minute, headers: &[&str]| Family {
            name: name.to_owned(),
            per_minute,
            headers: headers.iter().map(|name| (*name).to_owned()).collect(),
        };
        Limiter::new(vec![
            family(ACCOUNT, 200, &[]),
            family("exports", 10, &["zendesk-ratelimit-incremental-exports"]),
        ])
    }

    fn account_says(remaining: u32, resets: Option<u32>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-limit", HeaderValue::from(700));
        headers.insert("ratelimit-remaining", HeaderValue::from(remaining));
        if let Some(resets) = resets {
            headers.insert("ratelimit-reset", HeaderValue::from(resets));
        }
        headers
    }

    #[test]
    fn an_empty_bucket_waits_for_its_reset() {
        let limiter = limiter();
        assert_eq!(limiter.try_take("exports"), None);
        limiter.learn(&account_says(0, Some(20)));
        let wait = limiter.try_take(ACCOUNT).unwrap();
        assert!(wait > Duration::from_secs(18) && wait <= Duration::from_secs(20));
        assert!(limiter.try_take("exports").is_some());
        limiter.learn(&account_says(0, Some(0)));
        assert_eq!(limiter.try_take("exports"), None);
    }

    #[test]
    fn without_a_reset_the_minute_is_assumed() {
        let limiter = limiter();
        limiter.learn(&account_says(0, None));
        let wait = limiter.try_take(ACCOUNT).unwrap();
        assert!(wait > Duration::from_secs(58) && wait <= WINDOW);
    }

    #[test]
    fn a_family_does_not_stop_the_others() {
        let limiter = limiter();
        let mut headers = HeaderMap::new();
        headers.insert(
            "Zendesk-RateLimit-incremental-exports",
            HeaderValue::from_static("total=10; remaining=0; resets=30"),
        );
        limiter.learn(&headers);
        assert!(limiter.try_take("exports").is_some());
        assert_eq!(limiter.try_take(ACCOUNT), None);
        assert_eq!(limiter.try_take("search"), None);
        let exports = limiter
            .limits()
            .into_iter()
            .find(|limit| limit.family == "exports")
            .unwrap();
        assert_eq!((exports.per_minute, exports.learnt), (Some(10), true));
        assert_eq!(exports.remaining, Some(0));
    }

    #[test]
    fn requests_under_way_are_counted() {
        let limiter = limiter();
        assert_eq!(limiter.try_take(ACCOUNT), None);
        assert_eq!(limiter.try_take(ACCOUNT), None);
        limiter.learn(&account_says(2, Some(30)));
        assert_eq!(limiter.try_take(ACCOUNT), None);
        assert!(limiter.try_take(ACCOUNT).is_some());
    }

    #[test]
    fn blocks_hit_what_has_run_out() {
        let minute = Duration::from_secs(60);
        let edge = limiter();
        edge.block("exports", true, minute);
        assert!(edge.try_take(ACCOUNT).is_some());

        let family = limiter();
        family.block("exports", false, minute);
        assert!(family.try_take("exports").is_some());
        assert_eq!(family.try_take(ACCOUNT), None);

        let account = limiter();
        account.learn(&account_says(0, Some(0)));
        account.block("exports", false, minute);
        assert!(account.try_take(ACCOUNT).is_some());
    }

    #[tokio::test]
    async fn waits_end_with_good_news_and_are_bounded() {
        let limiter = limiter();
        limiter.learn(&account_says(0, Some(50)));
        let refused = limiter
            .admit(ACCOUNT, Duration::from_secs(10), |_| ())
            .await;
        assert!(refused.unwrap_err() > Duration::from_secs(48));
        let (admitted, ()) = tokio::join!(limiter.admit(ACCOUNT, WINDOW, |_| ()), async {
            tokio::task::yield_now().await;
            limiter.learn(&account_says(5, Some(50)));
        });
        let (_permit, waited) = admitted.unwrap();
        assert!(waited < Duration::from_secs(5));
    }
}
