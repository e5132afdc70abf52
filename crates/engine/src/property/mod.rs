//! Connection properties, declared once as data: parsing, validation, help, `docs/properties.md`,
//! `system.connection_properties` and the config file derive from it.
//!
//! It refuses to read files or the environment (that is [`crate::config`]) and to act on a property: who needs one asks
//! [`Properties`].

mod check;
mod connector;
mod data_centre;
mod declared;
mod properties;
mod reference;
mod setting;
mod size;

pub use check::Holds;
pub use connector::Connector;
pub(crate) use data_centre::DATA_CENTRES;
pub use declared::all;
pub(crate) use properties::known;
pub use properties::{AuthScheme, Properties};
pub use reference::{brief, reference};
pub use setting::{Setting, Source};
pub use size::bytes;

/// A connection property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name; case, blanks and underscores do not matter where it is written.
    pub name: &'static str,
    /// Other names it may be written under.
    pub aliases: &'static [&'static str],
    /// What it is about.
    pub category: Category,
    /// What it holds.
    pub holds: Holds,
    /// The connectors that have it.
    pub connectors: &'static [Connector],
    /// One line of help.
    pub about: &'static str,
    /// The values where none is given, in the order of [`Connector::ALL`].
    defaults: [Option<&'static str>; Connector::ALL.len()],
}

/// What a property is about; the order is that of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Which account.
    Account,
    /// Who signs in, and how.
    SignIn,
    /// Signing in by OAuth.
    OAuth,
    /// The way to the API.
    Network,
    /// What a statement may read, and how.
    Reading,
    /// What the session does with rows.
    Session,
    /// What is written to the log.
    Log,
    /// Accepted, so that connection strings of other drivers work; nothing here needs it.
    Unneeded,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Account,
        Self::SignIn,
        Self::OAuth,
        Self::Network,
        Self::Reading,
        Self::Session,
        Self::Log,
        Self::Unneeded,
    ];

    /// A heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::SignIn => "Sign-in",
            Self::OAuth => "OAuth",
            Self::Network => "Network",
            Self::Reading => "Reading",
            Self::Session => "Session",
            Self::Log => "Log",
            Self::Unneeded => "Accepted and not needed",
        }
    }
}

impl Property {
    const fn new(
        category: Category,
        name: &'static str,
        holds: Holds,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            category,
            holds,
            connectors: &Connector::ALL,
            about,
            defaults: [None; Connector::ALL.len()],
        }
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn only(mut self, connectors: &'static [Connector]) -> Self {
        self.connectors = connectors;
        self
    }

    const fn or(self, default: &'static str) -> Self {
        self.or_by_connector(Some(default), Some(default))
    }

    const fn or_by_connector(
        mut self,
        zendesk: Option<&'static str>,
        zuora: Option<&'static str>,
    ) -> Self {
        self.defaults = [zendesk, zuora];
        self
    }

    /// The value where none is given. [`Properties`] knows better where a default depends on another property.
    #[must_use]
    pub fn default_for(&self, connector: Connector) -> Option<&'static str> {
        let place = Connector::ALL
            .iter()
            .position(|other| *other == connector)?;
        self.defaults[place]
    }

    /// Whether it is accepted without being needed.
    #[must_use]
    pub fn is_ignored(&self) -> bool {
        self.category == Category::Unneeded
    }

    /// Whether its value is never shown.
    #[must_use]
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.holds, Holds::Secret)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// The property of this name, however it is written.
#[must_use]
pub fn find(name: &str) -> Option<&'static Property> {
    let wanted = fold(name);
    all().find(|property| property.names().any(|known| fold(known) == wanted))
}

/// A name as it is compared: without case, blanks and underscores.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn declarations_keep_their_rules() {
        let mut names = HashSet::new();
        for property in all() {
            for name in property.names() {
                assert!(names.insert(fold(name)), "{name} is declared twice");
                assert!(
                    name.chars().all(|letter| letter.is_ascii_alphabetic()),
                    "{name}"
                );
            }
            assert!(
                property.about.ends_with('.') && property.about.len() <= 160,
                "{}: {}",
                property.name,
                property.about
            );
            for connector in Connector::ALL {
                let Some(default) = property.default_for(connector) else {
                    continue;
                };
                assert!(
                    property.connectors.contains(&connector),
                    "{}: a default for {connector}",
                    property.name
                );
                assert_eq!(
                    property.read(default).unwrap(),
                    default,
                    "{}: the default is written as it is read",
                    property.name
                );
                assert!(!property.is_secret(), "{}", property.name);
            }
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        for (written, name) in [
            ("OAuthClientID", Some("OAuthClientId")),
            ("oauth_client_id", Some("OAuthClientId")),
            ("API Token", Some("ApiToken")),
            ("PageSize", Some("Pagesize")),
            (" url ", Some("URL")),
            ("UID", Some("User")),
            ("OAuth-Client-Id", None),
            ("", None),
        ] {
            assert_eq!(find(written).map(|found| found.name), name, "{written}");
        }
    }
}
