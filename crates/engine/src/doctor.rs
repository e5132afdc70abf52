//! A report on a connection: everything between this machine and a signed-in request, looked at one by one.
//!
//! It mends nothing and changes nothing, and no finding holds a secret.

use std::fmt;
use std::time::{Duration, SystemTime};

use zuzen_rest::store::{Health, Kind as Opener, Location, StoreError};

use crate::catalogue::Known;
use crate::connection::Connection;
use crate::error::Error;
use crate::property::AuthScheme;

/// A clock that is off by more makes tokens look older or younger than they are.
const CLOCK_TOLERANCE: i64 = 30;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// It works, but not for ever, or not for everybody.
    Warning,
    /// It does not work.
    Bad,
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Good => "ok",
            Self::Warning => "warn",
            Self::Bad => "FAIL",
        })
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was looked at.
    pub about: &'static str,
    /// How it is.
    pub state: State,
    /// In words.
    pub text: String,
    /// The next step, if there is one to take.
    pub hint: Option<String>,
    /// The error behind it, for those who act on its kind.
    pub error: Option<Error>,
}

impl Finding {
    fn new(about: &'static str, state: State, text: impl Into<String>) -> Self {
        Self {
            about,
            state,
            text: text.into(),
            hint: None,
            error: None,
        }
    }

    fn failed(about: &'static str, error: Error) -> Self {
        Self {
            hint: error.hint().map(str::to_owned),
            error: Some(error.clone()),
            ..Self::new(about, State::Bad, error.message())
        }
    }

    fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl Connection {
    /// Looks at everything between this machine and a signed-in request. Two requests at most, and whatever the
    /// connection does to have a token: open it with `InitiateOAuth=REFRESH`, and no person is asked.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = self.reachable().await;
        let reachable = findings.iter().all(|finding| finding.state != State::Bad);
        findings.push(self.scheme());
        let health = match self.rest().sign_in().and_then(|sign_in| sign_in.store()) {
            Some(store) => Some(store.health().await),
            None => None,
        };
        findings.extend(health.as_ref().map(settings_file));
        findings.push(tables(&self.known()));
        if reachable {
            findings.push(self.identity().await);
            findings.extend(self.token().await);
            findings.extend(self.allowance());
        }
        findings
    }

    async fn reachable(&self) -> Vec<Finding> {
        let reach = match self.rest().reach().await {
            Ok(reach) => reach,
            Err(error) => return vec![Finding::failed("connection", error.into())],
        };
        let addresses = match reach.addresses.split_first() {
            None => format!("{} is looked up by the proxy", reach.host),
            Some((first, [])) => format!("{} is {first}", reach.host),
            Some((first, others)) => format!("{} is {first} and {} more", reach.host, others.len()),
        };
        let security = if reach.encrypted {
            "over TLS"
        } else {
            "unencrypted, on this machine"
        };
        let way = format!(
            "{} {security}, answered within {} ms",
            reach.protocol,
            reach.elapsed.as_millis()
        );
        vec![
            Finding::new("address", State::Good, addresses),
            Finding::new("connection", State::Good, way),
            clock(reach.ahead),
        ]
    }

    fn scheme(&self) -> Finding {
        let given = self.properties();
        let about = "sign-in";
        match given.auth_scheme() {
            AuthScheme::Basic | AuthScheme::ApiToken if given.is_given("ApiToken") => {
                Finding::new(
                    about,
                    State::Warning,
                    "API token; Zendesk ends all API tokens on 2027-04-30, and those unused for 30 days before",
                )
                .with_hint("register an OAuth client in Admin Center and sign in with it: zuzen login")
            }
            AuthScheme::Basic | AuthScheme::ApiToken => Finding::new(
                about,
                State::Warning,
                "password; Zendesk retired passwords for its API in January 2026",
            )
            .with_hint("sign in with an OAuth client"),
            AuthScheme::OAuth | AuthScheme::OAuthClient => {
                let sign_in = self.rest().sign_in();
                let client = sign_in.is_some_and(|sign_in| {
                    sign_in.given().grant == zuzen_plan::sign_in::Grant::Client
                });
                let text = if client {
                    "OAuth, with the client's own id and secret"
                } else {
                    "OAuth, a person agrees in a browser"
                };
                Finding::new(about, State::Good, text)
            }
        }
    }

    async fn identity(&self) -> Finding {
        match self.test().await {
            Ok(identity) => {
                let role = identity.role.clone();
                let who = identity.to_string();
                match role.as_deref() {
                    Some("agent") => Finding::new("identity", State::Warning, who).with_hint(
                        "full exports are for admins; an agent's tables are read by other, slower requests",
                    ),
                    Some("end-user") => Finding::new("identity", State::Warning, who)
                        .with_hint("an end user sees little more than their own requests"),
                    _ => Finding::new("identity", State::Good, who),
                }
            }
            Err(error) => Finding::failed("identity", error),
        }
    }

    async fn token(&self) -> Option<Finding> {
        let state = match self.rest().sign_in()?.state().await {
            Ok(state) => state?,
            Err(error) => return Some(Finding::failed("token", error.into())),
        };
        let scope = match &state.scope {
            Some(scope) => format!("; scope: {scope}"),
            None => String::new(),
        };
        if let Some(reason) = &state.refused {
            let text = format!("its renewal was refused: {reason}");
            return Some(
                Finding::new("token", State::Bad, text)
                    .with_hint(format!("sign in again: zuzen login {}", self.name())),
            );
        }
        let ends = match state.ends {
            None => "nobody says when it ends".to_owned(),
            Some(ends) => match ends.duration_since(SystemTime::now()) {
                Ok(left) => format!("ends in {}", span(left)),
                Err(_) => "has ended".to_owned(),
            },
        };
        let finding = if state.renewable {
            Finding::new(
                "token",
                State::Good,
                format!("{ends}, and is renewed{scope}"),
            )
        } else {
            let text = format!("{ends}, and cannot be renewed{scope}");
            Finding::new("token", State::Warning, text).with_hint(format!(
                "give OAuthRefreshToken with InitiateOAuth=REFRESH, or zuzen login {}",
                self.name()
            ))
        };
        Some(finding)
    }

    fn allowance(&self) -> Option<Finding> {
        let limits = self.rest().limits();
        let limit = limits
            .into_iter()
            .find(|limit| limit.family == "account" && limit.learnt)?;
        let (left, most) = (limit.remaining?, limit.per_minute?);
        let text = format!("{left} of {most} requests a minute are left");
        let state = if left * 10 < most {
            State::Warning
        } else {
            State::Good
        };
        Some(Finding::new("rate limit", state, text))
    }
}

fn clock(ahead: Option<i64>) -> Finding {
    match ahead {
        None => Finding::new(
            "clock",
            State::Good,
            "the host does not say what time it is",
        ),
        Some(ahead) if ahead.abs() <= CLOCK_TOLERANCE => {
            Finding::new("clock", State::Good, "agrees with the host's")
        }
        Some(ahead) => {
            let text = format!(
                "{} s {} the host's",
                ahead.abs(),
                if ahead > 0 { "behind" } else { "ahead of" }
            );
            Finding::new("clock", State::Warning, text)
                .with_hint("set this machine's clock; TLS and tokens depend on it")
        }
    }
}

fn tables(known: &Known) -> Finding {
    let described = match known.described {
        0 => "none described by the tenant yet".to_owned(),
        some => format!("{some} described by the tenant"),
    };
    let text = format!("{} known, {described}", known.tables);
    match known.unusable {
        0 => Finding::new("tables", State::Good, text),
        some => Finding::new(
            "tables",
            State::Warning,
            format!("{text}, {some} cannot be read"),
        )
        .with_hint(
            "SELECT table_name, unusable FROM system.tables WHERE unusable IS NOT NULL says why",
        ),
    }
}

fn settings_file(health: &Health) -> Finding {
    let about = "settings";
    let place = &health.location;
    let from = |error: &StoreError| {
        Finding::new(about, State::Bad, error.to_string()).with_hint(error.hint())
    };
    if let Some(error) = &health.error {
        return from(error);
    }
    if let Err(error) = &health.writable {
        return from(error);
    }
    if !health.exists {
        return Finding::new(
            about,
            State::Good,
            format!("{place}: nothing is kept there yet"),
        );
    }
    if matches!(place, Location::Memory(_)) {
        return Finding::new(
            about,
            State::Good,
            format!("{place}: kept as long as this process"),
        );
    }
    let list = |kinds: &[Opener]| {
        let names: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let text = format!(
        "{place}: saved {}; opens with {}; at hand: {}",
        times(health.generation.unwrap_or_default()),
        list(&health.openers),
        list(&health.opened_by)
    );
    match (&health.user_key, health.too_open) {
        (Some(error), _) => {
            Finding::new(about, State::Warning, format!("{text}; {error}")).with_hint(error.hint())
        }
        (None, Some(mode)) => Finding::new(
            about,
            State::Warning,
            format!("{text}; open to others (mode {mode:04o})"),
        )
        .with_hint("the next save closes it; chmod 600 does it now"),
        (None, None) => Finding::new(about, State::Good, text),
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// A duration as people say it.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_clocks_are_told_as_people_do() {
        for (seconds, text) in [
            (5, "5 s"),
            (61, "1 min"),
            (7_260, "2 h 1 min"),
            (180_000, "2 d 2 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
        for (ahead, state, part) in [
            (None, State::Good, "does not say"),
            (Some(-30), State::Good, "agrees"),
            (Some(90), State::Warning, "90 s behind"),
            (Some(-90), State::Warning, "90 s ahead of"),
        ] {
            let finding = clock(ahead);
            assert_eq!(finding.state, state);
            assert!(finding.text.contains(part), "{}", finding.text);
        }
    }
}
