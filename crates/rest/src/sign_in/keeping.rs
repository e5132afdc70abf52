//! Where values are kept between connections, seen from a sign-in: whose they are, and that they are on disk in time.

use zuzen_plan::sign_in::Grant;

use super::SignIn;
use super::held::Held;
use super::server::Application;
use crate::error::Error;
use crate::store::{Locked, StoreError, Stored};

impl SignIn {
    /// Whether values wait in memory for a store that could not be written.
    pub(super) fn is_unkept(&self) -> bool {
        self.store().is_some() && self.shared.unkept.lock().is_some()
    }

    pub(super) async fn lock(&self) -> Result<Option<Locked>, Error> {
        match self.store() {
            Some(store) => Ok(Some(
                store.lock().await.map_err(|error| self.kept_badly(error))?,
            )),
            None => Ok(None),
        }
    }

    /// What was kept, as long as it belongs to this connection.
    pub(super) async fn kept(&self) -> Result<Option<Stored>, Error> {
        let kept = match self.store() {
            Some(store) => store.load().await.map_err(|error| self.kept_badly(error))?,
            None => None,
        };
        self.own(self.newest(kept))
    }

    pub(super) async fn reload(
        &self,
        locked: Option<&mut Locked>,
    ) -> Result<Option<Stored>, Error> {
        let kept = match locked {
            Some(locked) => locked
                .load()
                .await
                .map_err(|error| self.kept_badly(error))?,
            None => None,
        };
        self.own(self.newest(kept))
    }

    /// Values that could not be kept go before those in the store, until somebody else has written there.
    fn newest(&self, kept: Option<Stored>) -> Option<Stored> {
        let mut unkept = self.shared.unkept.lock();
        let generation = kept.as_ref().map_or(0, |kept| kept.generation);
        match unkept.as_ref() {
            Some(own) if own.generation == generation => Some(own.clone()),
            _ => {
                *unkept = None;
                kept
            }
        }
    }

    /// Tokens go to the account, the client and the token endpoint that they came from, and nowhere else.
    fn own(&self, kept: Option<Stored>) -> Result<Option<Stored>, Error> {
        let Some(stored) = &kept else {
            return Ok(None);
        };
        let given = self.given();
        let client = given.client_id.as_deref().unwrap_or(&stored.client_id);
        let token_url = self.shared.server.token_url.as_str();
        let found = [
            stored.connector.as_str(),
            stored.origin.as_str(),
            stored.client_id.as_str(),
            stored.grant.as_str(),
            stored.token_url.as_deref().unwrap_or(token_url),
        ];
        let wanted = [
            given.connector.as_str(),
            self.shared.account.as_str(),
            client,
            grant_name(given.grant),
            token_url,
        ];
        let mut different = found.iter().zip(&wanted).enumerate();
        if different
            .all(|(place, (found, wanted))| found == wanted || place == 2 && found.is_empty())
        {
            return Ok(kept);
        }
        let say = |[connector, account, client, grant, token_url]: [&str; 5]| {
            format!(
                "{connector} at {account}, client `{client}`, grant {grant}, tokens from {token_url}"
            )
        };
        let location = self.store().map(|store| store.location().to_string());
        Err(self.kept_badly(StoreError::OtherAccount {
            location: location.unwrap_or_default(),
            found: say(found),
            wanted: say(wanted),
        }))
    }

    pub(super) async fn prepare(&self, locked: Option<&Locked>) -> Result<(), Error> {
        match locked {
            Some(locked) => locked
                .check_writable()
                .await
                .map_err(|error| self.kept_badly(error)),
            None => Ok(()),
        }
    }

    /// Keeps what is held; where it cannot be kept, memory has it for the time being.
    pub(super) async fn keep(
        &self,
        locked: &mut Option<Locked>,
        held: &mut Held,
    ) -> Result<(), Error> {
        let token_url = self.shared.server.token_url.as_str();
        let stored = held.stored(self.given(), &self.shared.account, token_url);
        let saved = match locked {
            Some(locked) => locked.save(&stored).await,
            None => {
                *self.shared.unkept.lock() = Some(stored);
                held.is_new = false;
                return Ok(());
            }
        };
        match saved {
            Ok(generation) => {
                *self.shared.unkept.lock() = None;
                held.generation = generation;
                held.is_new = false;
                Ok(())
            }
            Err(error) => {
                *self.shared.unkept.lock() = Some(stored);
                Err(self.kept_badly(error))
            }
        }
    }

    pub(super) fn application<'a>(&self, held: &'a Held) -> Result<&'a Application, Error> {
        let known = held.application.as_ref().ok_or_else(|| {
            self.stop(
                "no OAuthClientId is known",
                "give OAuthClientId (and OAuthClientSecret) of the application registered with the vendor, \
                 or the OAuthSettingsLocation of a file that holds them",
            )
        })?;
        if self.given().grant == Grant::Client && known.secret.is_none() {
            return Err(self.stop(
                "no OAuthClientSecret is known",
                "a client that signs in by itself needs its secret: give OAuthClientSecret",
            ));
        }
        Ok(known)
    }
}

/// As it is kept.
pub(super) fn grant_name(grant: Grant) -> &'static str {
    match grant {
        Grant::Code => "code",
        Grant::Client => "client",
    }
}
