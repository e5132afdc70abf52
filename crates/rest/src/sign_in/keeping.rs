//! Where values are kept between connections, seen from a sign-in: whose they are, and that they are on disk in time.

use zuzen_plan::sign_in::{Grant, Missing};

use super::SignIn;
use super::held::Held;
use super::server::Application;
use crate::error::Error;
use crate::settings::Secret;
use crate::store::{Locked, StoreError, Stored};

impl SignIn {
    pub(super) fn keeps(&self) -> bool {
        self.store().is_some()
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
            None => self.shared.unkept.lock().clone(),
        };
        self.own(kept)
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
            None => self.shared.unkept.lock().clone(),
        };
        self.own(kept)
    }

    pub(super) fn own(&self, kept: Option<Stored>) -> Result<Option<Stored>, Error> {
        let Some(stored) = &kept else {
            return Ok(None);
        };
        let given = self.given();
        let client = given.client_id.as_deref().unwrap_or(&stored.client_id);
        let found = (
            stored.connector.as_str(),
            stored.origin.as_str(),
            stored.client_id.as_str(),
        );
        let wanted = (
            given.connector.as_str(),
            self.shared.origin.as_str(),
            client,
        );
        if found == wanted
            || stored.client_id.is_empty() && (found.0, found.1) == (wanted.0, wanted.1)
        {
            return Ok(kept);
        }
        let say = |(connector, origin, client): (&str, &str, &str)| {
            format!("{connector} at {origin}, client `{client}`")
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

    pub(super) async fn keep(
        &self,
        locked: &mut Option<Locked>,
        held: &mut Held,
    ) -> Result<(), Error> {
        let stored = held.stored(self.given(), &self.shared.origin);
        match locked {
            Some(locked) => {
                locked
                    .save(&stored)
                    .await
                    .map_err(|error| self.kept_badly(error))?;
            }
            None => *self.shared.unkept.lock() = Some(stored),
        }
        held.is_new = false;
        Ok(())
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

    pub(super) fn code_of(&self, held: &Held) -> Result<Secret, Error> {
        held.code
            .clone()
            .ok_or_else(|| self.missing(Missing::SignIn))
    }
}
