//! The properties of one connection, checked. They are read, merged and shown here; nothing is opened.

use std::fmt;
use std::time::Duration;

use url::Url;
use zuzen_plan::nearest::nearest;
use zuzen_plan::scan::Exports;
use zuzen_rest::{Credentials, Secret};

use super::{Category, Connector, Property, Setting, Source, all, data_centre, find, size};
use crate::connection_string;
use crate::error::{Error, Kind};

/// How long a request may take where `Timeout=0` asks for no bound. The HTTP client needs one; nobody waits for a day.
const NO_TIMEOUT: Duration = Duration::from_secs(86_400);

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// A user and an API token or a password.
    Basic,
    /// A user and an API token.
    ApiToken,
    /// A token of OAuth, by whichever grant.
    OAuth,
    /// A token of OAuth for the client itself.
    OAuthClient,
}

/// Properties of one connection, checked.
#[derive(Clone)]
pub struct Properties {
    connector: Connector,
    given: Vec<Given>,
}

#[derive(Clone)]
struct Given {
    property: &'static Property,
    value: Secret,
    /// The same, unless it is a secret.
    text: Option<String>,
    source: Source,
}

impl fmt::Debug for Properties {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = out.debug_map();
        for given in &self.given {
            map.entry(&given.property.name, &given.shown());
        }
        map.finish()
    }
}

impl Given {
    fn shown(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        self.property.visible(text)
    }
}

impl Properties {
    /// Reads `Name=Value;Name='a;b';…`: names in any case, a trailing `;` is fine, quotes (`'` or `"`) protect `;`
    /// and are doubled to stand for themselves.
    ///
    /// # Errors
    /// `Config` for text that is not of this form, unknown names and values that do not fit. Values of secrets are
    /// never part of the message.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(connection_string::pairs(text)?)
    }

    /// Checks names and values.
    ///
    /// # Errors
    /// `Config`, as for [`Properties::parse`].
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        Self::of(pairs.into_iter().map(|(name, value)| Setting {
            name,
            value,
            source: Source::ConnectionString,
        }))
    }

    /// Checks settings of any sources; of several for one property the last one counts.
    ///
    /// # Errors
    /// `Config`, as for [`Properties::parse`]; a setting of a file or variable is named by it.
    pub fn of(settings: impl IntoIterator<Item = Setting>) -> Result<Self, Error> {
        let mut given: Vec<Given> = Vec::new();
        for setting in settings {
            let before = given.last().map(|given| given.property);
            let property = find(&setting.name)
                .ok_or_else(|| located(unknown(&setting.name, before), &setting.source))?;
            let value = property
                .read(&setting.value)
                .map_err(|error| located(error, &setting.source))?;
            given.retain(|other| other.property.name != property.name);
            given.push(Given {
                property,
                text: (!property.is_secret()).then(|| value.clone()),
                value: Secret::new(value),
                source: setting.source,
            });
        }
        let connector = connector(&given);
        let checked = Self { connector, given };
        checked.belong_together()?;
        Ok(checked)
    }

    /// Whether all of them belong to the connector, which only all of them together tell.
    fn belong_together(&self) -> Result<(), Error> {
        let connector = self.connector;
        for given in &self.given {
            let Property {
                name, connectors, ..
            } = given.property;
            if !connectors.contains(&connector) {
                let owners: Vec<&str> = connectors.iter().map(|owner| owner.name()).collect();
                let owners = owners.join(" and ");
                let message = format!("`{name}` is a property of {owners}, not of {connector}");
                let error = Error::new(Kind::Config, message)
                    .with_hint(format!("leave it out, or write Connector={owners}"));
                return Err(located(error, &given.source));
            }
            let basic = matches!(self.auth_scheme(), AuthScheme::Basic | AuthScheme::ApiToken);
            if *name == "AuthScheme" && connector == Connector::Zuora && basic {
                let error = Error::new(Kind::Config, "Zuora signs in by OAuth only")
                    .with_hint("give OAuthClientId and OAuthClientSecret, and no AuthScheme");
                return Err(located(error, &given.source));
            }
        }
        Ok(())
    }

    /// The same properties, but for one.
    ///
    /// # Errors
    /// `Config`, as for [`Properties::parse`].
    pub fn with(&self, name: &str, value: &str) -> Result<Self, Error> {
        let mut changed = self.clone();
        let other = Self::new([
            ("Connector".to_owned(), self.connector.name().to_owned()),
            (name.to_owned(), value.to_owned()),
        ])?;
        for given in other.given {
            changed
                .given
                .retain(|old| old.property.name != given.property.name);
            changed.given.push(given);
        }
        changed.belong_together()?;
        Ok(changed)
    }

    /// The same properties for a connector that only an earlier sign-in tells.
    pub(crate) fn belonging_to(mut self, connector: Connector) -> Result<Self, Error> {
        self.connector = connector;
        self.belong_together()?;
        Ok(self)
    }

    /// What they connect to: `Connector`, or what the other properties tell.
    #[must_use]
    pub fn connector(&self) -> Connector {
        self.connector
    }

    /// The origin of the API, if they name one. Zuora's `URL` goes before its `Tenant`, and that has a default.
    #[must_use]
    pub fn origin(&self) -> Option<Url> {
        match (self.get("URL"), self.connector) {
            (Some(url), _) => Url::parse(url).ok(),
            (None, Connector::Zuora) => data_centre::origin(self.get("Tenant")?),
            (None, Connector::Zendesk) => None,
        }
    }

    /// How they sign in: `AuthScheme`, or OAuth if a property of OAuth is given.
    #[must_use]
    pub fn auth_scheme(&self) -> AuthScheme {
        match self.get("AuthScheme") {
            Some("APIToken") => AuthScheme::ApiToken,
            Some("OAuth") => AuthScheme::OAuth,
            Some("OAuthClient") => AuthScheme::OAuthClient,
            _ => AuthScheme::Basic,
        }
    }

    /// The value of a property that is no secret, or its default, in its one spelling.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.given(name) {
            Some(given) => given.text.as_deref(),
            None => self.default_of(find(name)?),
        }
    }

    /// The value of a property, a secret one too, if it is given.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.given(name).map(|given| &given.value)
    }

    /// Whether somebody has set it.
    #[must_use]
    pub fn is_given(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// Whether a flag is set; false for all else.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A number, unless it has no default and is not given, or stands for "none".
    #[must_use]
    pub fn number<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        let super::Holds::Number { none, .. } = find(name)?.holds else {
            return None;
        };
        let number: i64 = self.get(name)?.parse().ok()?;
        T::try_from(Some(number).filter(|number| !none.contains(number))?).ok()
    }

    /// Every property of the connector, with the value that counts as it may be shown, and where it comes from.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Property, Option<String>, &Source)> {
        let mine = all().filter(|property| property.connectors.contains(&self.connector));
        mine.map(|property| match self.given(property.name) {
            Some(given) => (property, Some(given.shown()), &given.source),
            None => {
                let default = self.default_of(property).map(str::to_owned);
                (property, default, &Source::Default)
            }
        })
    }

    fn given(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.property.name == name)
    }

    /// Some defaults depend on what else is given.
    fn default_of(&self, property: &Property) -> Option<&'static str> {
        match property.name {
            "Connector" => Some(self.connector.name()),
            // The browser flow of Zuora needs an address that Zuora itself does not publish: whoever gives one wants it.
            "OAuthGrantType"
                if self.is_given("OAuthAuthorizationURL") || self.is_given("OAuthVerifier") =>
            {
                Some("CODE")
            }
            "AuthScheme" if self.asks_for_oauth() => Some("OAuth"),
            _ => property.default_for(self.connector),
        }
    }

    fn asks_for_oauth(&self) -> bool {
        self.given.iter().any(|given| {
            given.property.category == Category::OAuth
                // Whoever switches it off does not ask for it.
                && !(given.property.name == "InitiateOAuth" && given.text.as_deref() == Some("OFF"))
        })
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, Error> {
        let missing = |name: &str| {
            Error::new(
                Kind::Config,
                format!("the connection property `{name}` is missing"),
            )
            .with_hint("give User=<e-mail address> and ApiToken=<token>")
        };
        let user = self.get("User").ok_or_else(|| missing("User"))?.to_owned();
        let password = self
            .secret("Password")
            .filter(|_| self.auth_scheme() != AuthScheme::ApiToken);
        match (self.secret("ApiToken"), password) {
            (Some(token), _) => Ok(Credentials::ApiToken {
                user,
                token: token.clone(),
            }),
            (None, Some(password)) => Ok(Credentials::Password {
                user,
                password: password.clone(),
            }),
            (None, None) => Err(missing("ApiToken")),
        }
    }

    /// How long one request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.number("Timeout")
            .map_or(NO_TIMEOUT, Duration::from_secs)
    }

    /// Bytes of `MemoryLimit`, if it is given.
    pub(crate) fn memory_limit(&self) -> Result<Option<usize>, Error> {
        let given = self.given("MemoryLimit");
        let text = given.and_then(|given| given.text.as_deref());
        text.map(size::bytes).transpose()
    }

    /// `TimeZone`, if it is given.
    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.given("TimeZone")?.text.as_deref()
    }

    /// What is said of incremental exports.
    pub(crate) fn exports(&self) -> Exports {
        match self.get("UseIncrementalAPI") {
            Some("True") => Exports::Always,
            Some("False") => Exports::Never,
            _ => Exports::Auto,
        }
    }

    pub(crate) fn is_indexed(&self) -> bool {
        self.get("Freshness") == Some("Indexed")
    }
}

/// `Connector`, or what the others tell: a property that only one connector has, or a host of Zuora.
fn connector(given: &[Given]) -> Connector {
    let text = |name: &str| {
        let given = given.iter().find(|given| given.property.name == name)?;
        given.text.as_deref()
    };
    if let Some(name) = text("Connector") {
        let named = Connector::ALL
            .into_iter()
            .find(|known| known.name() == name);
        return named.unwrap_or(Connector::Zendesk);
    }
    let tells = ["Tenant", "ZuoraService", "EntityIds"]
        .into_iter()
        .any(|name| text(name).is_some());
    let host = text("URL")
        .and_then(|url| Url::parse(url).ok())
        .and_then(|url| url.host_str().map(str::to_lowercase));
    let at_zuora = host.is_some_and(|host| host == "zuora.com" || host.ends_with(".zuora.com"));
    if tells || at_zuora {
        Connector::Zuora
    } else {
        Connector::Zendesk
    }
}

/// The property of this name.
///
/// # Errors
/// `Config` with the nearest name and with the place where it stands.
pub(crate) fn known(name: &str, source: &Source) -> Result<&'static Property, Error> {
    find(name).ok_or_else(|| located(unknown(name, None), source))
}

/// Adds where a setting stands, unless that is plain to see.
fn located(error: Error, source: &Source) -> Error {
    match source {
        Source::ConnectionString | Source::CommandLine | Source::Default => error,
        source => error.with_context("given in", source.to_string()),
    }
}

/// The name of an unknown property is only shown where it cannot be the rest of a secret that holds a `;`.
fn unknown(name: &str, before: Option<&Property>) -> Error {
    let needed = || all().filter(|property| !property.is_ignored());
    let near = nearest(name, needed().map(|property| property.name));
    if let (None, Some(secret)) = (near, before.filter(|before| before.is_secret())) {
        let message = format!(
            "what follows the value of `{}` is no connection property",
            secret.name
        );
        return Error::new(Kind::Config, message).with_hint("put values that hold `;` in quotes");
    }
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = needed().map(|property| property.name).collect();
            format!("known properties: {}", known.join(", "))
        }
    };
    Error::new(
        Kind::Config,
        format!("there is no connection property `{name}`"),
    )
    .with_hint(hint)
}

#[cfg(test)]
mod tests;
