//! Rate limits and waits in response headers: three generations of names are in use at once.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// A limit as an answer reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) limit: Option<u32>,
    pub(crate) remaining: u32,
    pub(crate) resets: Option<Duration>,
}

/// The account's limit. The oldest generation does not say when it resets, so it is asked last.
pub(crate) fn account(headers: &HeaderMap) -> Option<Seen> {
    const GENERATIONS: [(&[&str], &str, &str); 3] = [
        (
            &["ratelimit-limit"],
            "ratelimit-remaining",
            "ratelimit-reset",
        ),
        (
            &["rate-limit", "rate-limit-limit"],
            "rate-limit-remaining",
            "rate-limit-reset",
        ),
        (
            &["x-rate-limit", "x-rate-limit-limit"],
            "x-rate-limit-remaining",
            "x-rate-limit-reset",
        ),
    ];
    let seen = GENERATIONS.iter().filter_map(|(limits, remaining, reset)| {
        Some(Seen {
            limit: limits.iter().find_map(|name| number(headers, name)),
            remaining: number(headers, remaining)?,
            resets: number(headers, reset).map(|seconds| Duration::from_secs(seconds.into())),
        })
    });
    seen.max_by_key(|seen| (seen.resets.is_some(), seen.limit.is_some()))
}

/// An endpoint's limit: `total=100; remaining=99; resets=59`.
pub(crate) fn endpoint(headers: &HeaderMap, name: &str) -> Option<Seen> {
    let text = headers.get(name)?.to_str().ok()?;
    let part = |wanted: &str| {
        text.split([';', ',']).find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| leading_number(value.trim()))
                .flatten()
        })
    };
    Some(Seen {
        limit: part("total"),
        remaining: part("remaining")?,
        resets: part("resets").map(|seconds| Duration::from_secs(seconds.into())),
    })
}

/// `Retry-After` in seconds, fractions allowed. A date is not understood: Zendesk sends none.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

/// The wait that a refusal names: `Retry-After`, or the reset of an allowance that is used up.
pub(crate) fn named_wait(status: u16, headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers).or_else(|| {
        account(headers)
            .filter(|seen| status == 429 && seen.remaining == 0)
            .and_then(|seen| seen.resets)
    })
}

/// The number that the vendor gave the request: its support finds the request by it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    const NAMES: [&str; 3] = ["zuora-request-id", "x-zendesk-request-id", "x-request-id"];
    let found = NAMES.iter().find_map(|name| headers.get(*name))?;
    let text = found.to_str().ok()?.trim();
    // It is repeated to people, so it has to look like a number: nothing else may stand there.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
    let fits = (1..=100).contains(&text.len()) && text.chars().all(is_plain);
    fits.then(|| text.to_owned())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    leading_number(headers.get(name)?.to_str().ok()?.trim())
}

/// `100`, `100;w=60` and `100, 100;w=60`.
fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn map(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::try_from(*name).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn all_generations_are_read() {
        let seen = |limit, remaining, resets: Option<u64>| {
            Some(Seen {
                limit,
                remaining,
                resets: resets.map(Duration::from_secs),
            })
        };
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<Seen>);
        let cases: [Case<'_>; 5] = [
            (
                &[("X-Rate-Limit", "700"), ("X-Rate-Limit-Remaining", "3")],
                seen(Some(700), 3, None),
            ),
            (
                &[
                    ("rate-limit", "400"),
                    ("rate-limit-remaining", "0"),
                    ("rate-limit-reset", "17"),
                    ("X-Rate-Limit", "400"),
                    ("X-Rate-Limit-Remaining", "0"),
                ],
                seen(Some(400), 0, Some(17)),
            ),
            (
                &[
                    ("ratelimit-limit", "200;w=60"),
                    ("ratelimit-remaining", "12"),
                    ("ratelimit-reset", "5"),
                ],
                seen(Some(200), 12, Some(5)),
            ),
            (&[("ratelimit-remaining", "x")], None),
            (&[], None),
        ];
        for (pairs, expected) in cases {
            assert_eq!(account(&map(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn endpoint_limits_are_read() {
        let name = "Zendesk-RateLimit-incremental-exports";
        let headers = map(&[(name, "total=10; remaining=0; resets=59")]);
        assert_eq!(
            endpoint(&headers, "zendesk-ratelimit-incremental-exports"),
            Some(Seen {
                limit: Some(10),
                remaining: 0,
                resets: Some(Duration::from_secs(59))
            })
        );
        assert_eq!(endpoint(&headers, "zendesk-ratelimit-other"), None);
    }

    #[test]
    fn waits_are_read() {
        for (text, expected) in [
            ("7", Some(Duration::from_secs(7))),
            ("0.5", Some(Duration::from_millis(500))),
            ("-1", None),
            ("Wed, 21 Oct 2015 07:28:00 GMT", None),
            ("1e300", None),
        ] {
            assert_eq!(
                retry_after(&map(&[("retry-after", text)])),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_used_up_allowance_names_its_reset() {
        let reset = |remaining| {
            map(&[
                ("ratelimit-limit", "50000, 50000;w=60"),
                ("ratelimit-remaining", remaining),
                ("ratelimit-reset", "9"),
            ])
        };
        let mut both = reset("0");
        both.insert("retry-after", HeaderValue::from_static("3"));
        for (status, headers, expected) in [
            (429, both, Some(3)),
            (429, reset("0"), Some(9)),
            (429, reset("7"), None),
            (503, reset("0"), None),
            (429, map(&[]), None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(named_wait(status, &headers), expected, "{headers:?}");
        }
    }
}
