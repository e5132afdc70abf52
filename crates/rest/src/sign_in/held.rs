//! What is at hand: the values a connection was given, merged with those that were kept.

use std::time::{Duration, SystemTime};

use zuzen_plan::sign_in::{RefreshToken, Situation, Token};

use super::keeping::grant_name;
use super::server::{Application, Granted};
use super::settings::OAuth;
use crate::settings::Secret;
use crate::store::Stored;

/// A token is renewed this long before it ends, or when a tenth of its life is left if that is sooner.
const AHEAD: Duration = Duration::from_secs(60);

/// What a connection has to sign in with.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) application: Option<Application>,
    pub(crate) access: Option<Secret>,
    pub(crate) issued: SystemTime,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) refresh_expires_in: Option<Duration>,
    pub(crate) refresh: Option<Secret>,
    pub(crate) refused: Option<String>,
    pub(crate) scope: Option<String>,
    /// The code that was given, unless it has been exchanged.
    pub(crate) code: Option<Secret>,
    /// Fingerprint of what was given: kept, so that the same values are not taken for new ones next time.
    pub(crate) seed: Option<String>,
    /// How often what is kept had been saved when it was read.
    pub(crate) generation: u64,
    /// What is at hand is not what was kept.
    pub(crate) is_new: bool,
}

impl Held {
    /// Values that were kept win over given ones that led to them; given ones that are new win over what was kept.
    pub(crate) fn merge(given: &OAuth, kept: Option<&Stored>) -> Self {
        let seed = seed(given);
        let same = |given: &Option<Secret>, kept: &Option<Secret>| match (given, kept) {
            (None, _) => true,
            (Some(given), Some(kept)) => given.is(kept),
            (Some(_), None) => false,
        };
        let known = kept.filter(|kept| {
            seed.is_none()
                || kept.seed == seed
                || given.verifier.is_none()
                    && same(&given.access_token, &kept.access_token)
                    && same(&given.refresh_token, &kept.refresh_token)
        });
        let generation = kept.map_or(0, |kept| kept.generation);
        let application = application(given, kept);
        match known {
            Some(kept) => Self {
                application,
                access: kept.access_token.clone(),
                issued: kept.issued,
                expires_in: kept.expires_in,
                refresh_expires_in: kept.refresh_expires_in,
                refresh: kept.refresh_token.clone(),
                refused: kept.refused.clone(),
                scope: kept.scope.clone(),
                code: None,
                seed: seed.or_else(|| kept.seed.clone()),
                generation,
                is_new: false,
            },
            None => Self {
                application,
                access: given.access_token.clone(),
                issued: given.issued.unwrap_or_else(SystemTime::now),
                expires_in: given.expires_in,
                refresh_expires_in: None,
                refresh: given.refresh_token.clone(),
                refused: None,
                scope: None,
                code: given.verifier.clone(),
                seed,
                generation,
                is_new: given.access_token.is_some() || given.refresh_token.is_some(),
            },
        }
    }

    /// Takes what was handed out. A refresh token stays where none comes with the new access token.
    pub(crate) fn take(&mut self, granted: &Granted) {
        self.access = Some(granted.access_token.clone());
        self.issued = granted.issued;
        self.expires_in = granted.expires_in;
        if let Some(refresh) = &granted.refresh_token {
            self.refresh = Some(refresh.clone());
            self.refresh_expires_in = granted.refresh_expires_in;
        }
        if granted.scope.is_some() {
            self.scope = granted.scope.clone();
        }
        self.refused = None;
        self.code = None;
        self.is_new = true;
    }

    /// When the access token ends.
    pub(crate) fn ends(&self) -> Option<SystemTime> {
        self.issued.checked_add(self.expires_in?)
    }

    /// When it is time for another.
    pub(crate) fn renew_at(&self) -> Option<SystemTime> {
        let life = self.expires_in?;
        self.ends()?.checked_sub(AHEAD.min(life / 10))
    }

    pub(crate) fn situation(&self, given: &OAuth, refused: Option<&Secret>) -> Situation {
        let renewable = given.initiate != zuzen_plan::sign_in::Initiate::Off;
        let deadline = if renewable {
            self.renew_at()
        } else {
            self.ends()
        };
        let token = match &self.access {
            None => Token::None,
            Some(access) if refused.is_some_and(|refused| refused.is(access)) => Token::Old,
            Some(_) if deadline.is_some_and(|deadline| deadline <= SystemTime::now()) => Token::Old,
            Some(_) => Token::Good,
        };
        let refresh = match (&self.refresh, &self.refused) {
            (None, _) => RefreshToken::None,
            (Some(_), None) => RefreshToken::Unused,
            (Some(_), Some(_)) => RefreshToken::Refused,
        };
        Situation {
            initiate: given.initiate,
            grant: given.grant,
            token,
            refresh,
            code: self.code.is_some(),
        }
    }

    /// As it is kept.
    pub(crate) fn stored(&self, given: &OAuth, account: &str, token_url: &str) -> Stored {
        let application = self.application.as_ref();
        Stored {
            connector: given.connector.clone(),
            origin: account.to_owned(),
            client_id: application
                .map(|known| known.id.clone())
                .unwrap_or_default(),
            client_secret: application.and_then(|known| known.secret.clone()),
            access_token: self.access.clone(),
            refresh_token: self.refresh.clone(),
            issued: self.issued,
            expires_in: self.expires_in,
            refresh_expires_in: self.refresh_expires_in,
            scope: self.scope.clone(),
            seed: self.seed.clone(),
            refused: self.refused.clone(),
            grant: grant_name(given.grant).to_owned(),
            token_url: Some(token_url.to_owned()),
            generation: self.generation,
        }
    }
}

fn application(given: &OAuth, kept: Option<&Stored>) -> Option<Application> {
    let kept_id = kept
        .map(|kept| kept.client_id.as_str())
        .filter(|id| !id.is_empty());
    let id = given.client_id.as_deref().or(kept_id)?;
    let kept_secret = kept
        .filter(|_| kept_id == Some(id))
        .and_then(|kept| kept.client_secret.clone());
    Some(Application {
        id: id.to_owned(),
        secret: given.client_secret.clone().or(kept_secret),
    })
}

/// A fingerprint of the values that a sign-in may begin with; it tells nothing about them.
fn seed(given: &OAuth) -> Option<String> {
    let values = [&given.verifier, &given.access_token, &given.refresh_token];
    if values.iter().all(|value| value.is_none()) {
        return None;
    }
    Some(Secret::fingerprint(&values.map(Option::as_ref)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text.to_owned()))
    }

    fn given() -> OAuth {
        OAuth::new("zendesk")
    }

    fn shown(value: &Option<Secret>) -> &str {
        value.as_ref().map(Secret::reveal).unwrap_or_default()
    }

    /// What is kept after a connection with these values has renewed its token to `access2`.
    fn kept(first: &OAuth) -> Stored {
        let mut held = Held::merge(first, None);
        held.take(&Granted {
            access_token: Secret::new("access2".to_owned()),
            refresh_token: secret("refresh2"),
            issued: SystemTime::now(),
            expires_in: Some(Duration::from_secs(1_800)),
            refresh_expires_in: None,
            scope: None,
        });
        held.stored(
            first,
            "https://acme.zendesk.com",
            "https://acme.zendesk.com/oauth/tokens",
        )
    }

    #[test]
    fn given_values_count_once() {
        let first = OAuth {
            access_token: secret("access1"),
            ..given()
        };
        let kept = kept(&first);
        for (later, access) in [
            (first.clone(), "access2"),
            (given(), "access2"),
            (
                OAuth {
                    access_token: secret("access2"),
                    ..given()
                },
                "access2",
            ),
            (
                OAuth {
                    refresh_token: secret("refresh2"),
                    ..given()
                },
                "access2",
            ),
            (
                OAuth {
                    access_token: secret("access3"),
                    ..given()
                },
                "access3",
            ),
            // Somebody adds what the connection was told to add.
            (
                OAuth {
                    refresh_token: secret("refresh3"),
                    ..first.clone()
                },
                "access1",
            ),
        ] {
            let held = Held::merge(&later, Some(&kept));
            assert_eq!(shown(&held.access), access);
            let refresh = match access {
                "access1" => "refresh3",
                "access2" => "refresh2",
                _ => "",
            };
            assert_eq!(shown(&held.refresh), refresh);
        }
    }

    #[test]
    fn a_code_is_exchanged_once() {
        let first = OAuth {
            verifier: secret("code1"),
            ..given()
        };
        assert_eq!(shown(&Held::merge(&first, None).code), "code1");
        let kept = kept(&first);
        assert_eq!(shown(&Held::merge(&first, Some(&kept)).code), "");
        let other = OAuth {
            verifier: secret("code2"),
            ..given()
        };
        assert_eq!(shown(&Held::merge(&other, Some(&kept)).code), "code2");
    }

    #[test]
    fn tokens_are_renewed_ahead_of_their_end() {
        let first = OAuth {
            initiate: zuzen_plan::sign_in::Initiate::Refresh,
            access_token: secret("a"),
            expires_in: Some(Duration::from_secs(1_800)),
            ..given()
        };
        for (age, token) in [
            (0, Token::Good),
            (1_730, Token::Good),
            (1_750, Token::Old),
            (1_900, Token::Old),
        ] {
            let issued = SystemTime::now().checked_sub(Duration::from_secs(age));
            let held = Held::merge(
                &OAuth {
                    issued,
                    ..first.clone()
                },
                None,
            );
            assert_eq!(held.situation(&first, None).token, token, "{age}");
        }
        let held = Held::merge(&first, None);
        assert_eq!(
            held.situation(&first, secret("a").as_ref()).token,
            Token::Old
        );
        assert_eq!(
            held.situation(&first, secret("b").as_ref()).token,
            Token::Good
        );
    }
}
