//! Connection properties, declared once: parsing, validation and help derive from this list.

use std::time::Duration;

use url::Url;
use zuzen_plan::nearest::nearest;
use zuzen_rest::{Credentials, Secret};

use crate::connection_string;
use crate::error::{Error, Kind};

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// A password or token, never shown.
    Secret,
    /// A whole number.
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A connection property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name; case does not matter.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// The value where none is given.
    pub default: Option<&'static str>,
    /// One line of help.
    pub about: &'static str,
}

/// All properties.
pub const PROPERTIES: &[Property] = &[
    Property {
        name: "Connector",
        holds: Holds::Word(&["Zendesk"]),
        default: Some("Zendesk"),
        about: "What to connect to.",
    },
    Property {
        name: "URL",
        holds: Holds::Text,
        default: None,
        about: "The account's address, https://<subdomain>.zendesk.com.",
    },
    Property {
        name: "AuthScheme",
        holds: Holds::Word(&["Basic", "APIToken"]),
        default: Some("Basic"),
        about: "How to sign in; Basic takes an API token or a password.",
    },
    Property {
        name: "User",
        holds: Holds::Text,
        default: None,
        about: "The e-mail address of the agent who signs in.",
    },
    Property {
        name: "ApiToken",
        holds: Holds::Secret,
        default: None,
        about: "An API token; Zendesk ends them on 2027-04-30.",
    },
    Property {
        name: "Password",
        holds: Holds::Secret,
        default: None,
        about: "The agent's password; Zendesk has retired it for nearly all accounts.",
    },
    Property {
        name: "Timeout",
        holds: Holds::Number,
        default: Some("100"),
        about: "Seconds that one request may take.",
    },
    Property {
        name: "MaxRetries",
        holds: Holds::Number,
        default: Some("5"),
        about: "Attempts after the first for what may pass: 429, 5xx, broken connections.",
    },
    Property {
        name: "RetryPause",
        holds: Holds::Number,
        default: Some("250"),
        about: "Milliseconds before the first of them; the pauses then grow.",
    },
    Property {
        name: "Pagesize",
        holds: Holds::Number,
        default: None,
        about: "The largest page to ask for; by default the API's maximum.",
    },
    Property {
        name: "MaxRequests",
        holds: Holds::Number,
        default: None,
        about: "No more requests than this for one statement; also allows one request for each parent row.",
    },
    Property {
        name: "MaxRowsScanned",
        holds: Holds::Number,
        default: None,
        about: "No more rows read than this from one table in a statement.",
    },
    Property {
        name: "TimeZone",
        holds: Holds::Text,
        default: Some("UTC"),
        about: "The zone (an IANA name) in which days begin and end; values stay in UTC.",
    },
    Property {
        name: "MemoryLimit",
        holds: Holds::Text,
        default: Some("1GB"),
        about: "Memory for sorts, joins and aggregates before they use the disk, e.g. 512MB.",
    },
    Property {
        name: "Freshness",
        holds: Holds::Word(&["Live", "Indexed"]),
        default: Some("Live"),
        about: "Live completes lagging reads with what changed since; Indexed saves that request.",
    },
];

/// Properties of one connection, checked.
#[derive(Debug, Clone)]
pub struct Properties {
    given: Vec<(&'static Property, Secret, Option<String>)>,
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
        let mut given: Vec<(&'static Property, Secret, Option<String>)> = Vec::new();
        for (name, value) in pairs {
            let known = PROPERTIES
                .iter()
                .find(|property| property.name.eq_ignore_ascii_case(&name));
            let Some(property) = known else {
                return Err(unknown(
                    &name,
                    given.last().map(|(property, _, _)| *property),
                ));
            };
            property.check(&value)?;
            given.retain(|(other, _, _)| other.name != property.name);
            let shown = (property.holds != Holds::Secret).then(|| value.clone());
            given.push((property, Secret::new(value), shown));
        }
        Ok(Self { given })
    }

    /// The value of a property that is no secret, or its default.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match self
            .given
            .iter()
            .find(|(property, _, _)| property.name == name)
        {
            Some((_, _, value)) => value.as_deref(),
            None => PROPERTIES
                .iter()
                .find(|property| property.name == name)
                .and_then(|property| property.default),
        }
    }

    fn secret(&self, name: &str) -> Option<&Secret> {
        self.given
            .iter()
            .find(|(property, _, _)| property.name == name)
            .map(|(_, value, _)| value)
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// The account's address.
    pub(crate) fn url(&self) -> Result<Url, Error> {
        let wrong = |message: String| {
            Err(Error::new(Kind::Config, message)
                .with_hint("write URL=https://<subdomain>.zendesk.com"))
        };
        let Some(text) = self.get("URL") else {
            return wrong("the connection property `URL` is missing".to_owned());
        };
        if !text.contains("://") {
            return Err(
                Error::new(Kind::Config, format!("URL `{text}` has no scheme")).with_hint(format!(
                    "write URL=https://{}",
                    text.trim_start_matches('/')
                )),
            );
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => Ok(url),
            Ok(url) => wrong(format!(
                "URL `{text}` has the scheme `{}`, not https",
                url.scheme()
            )),
            Err(error) => wrong(format!("URL `{text}` is not an address: {error}")),
        }
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
        match (self.secret("ApiToken"), self.secret("Password")) {
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

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.number("Timeout").unwrap_or(100).max(1))
    }

    /// Bytes of `MemoryLimit`, if it is given.
    pub(crate) fn memory_limit(&self) -> Result<Option<usize>, Error> {
        match self
            .given
            .iter()
            .find(|(property, _, _)| property.name == "MemoryLimit")
        {
            Some((_, _, Some(text))) => bytes(text).map(Some),
            _ => Ok(None),
        }
    }

    /// `TimeZone`, if it is given.
    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.given
            .iter()
            .find(|(property, _, _)| property.name == "TimeZone")
            .and_then(|(_, _, zone)| zone.as_deref())
    }

    pub(crate) fn is_indexed(&self) -> bool {
        self.get("Freshness")
            .is_some_and(|word| word.eq_ignore_ascii_case("indexed"))
    }
}

/// The name of an unknown property is only shown where it cannot be the rest of a secret that holds a `;`.
fn unknown(name: &str, before: Option<&Property>) -> Error {
    let near = nearest(name, PROPERTIES.iter().map(|property| property.name));
    if let (None, Some(secret)) = (near, before.filter(|before| before.holds == Holds::Secret)) {
        let message = format!(
            "what follows the value of `{}` is no connection property",
            secret.name
        );
        return Error::new(Kind::Config, message).with_hint("put values that hold `;` in quotes");
    }
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<&str> = PROPERTIES.iter().map(|property| property.name).collect();
            format!("known properties: {}", known.join(", "))
        }
    };
    Error::new(
        Kind::Config,
        format!("there is no connection property `{name}`"),
    )
    .with_hint(hint)
}

/// Reads an amount of memory: `512MB`, `2 GiB`, or plain bytes.
///
/// # Errors
/// `Config` if it is none, or less than the 16 MB that a statement needs.
pub fn bytes(text: &str) -> Result<usize, Error> {
    const LEAST: usize = 16 << 20;
    let trimmed = text.trim();
    let split = trimmed
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let shift = match unit.trim().to_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        _ => None,
    };
    let size = shift.and_then(|shift| number.parse::<usize>().ok()?.checked_mul(1 << shift));
    match size {
        Some(size) if size >= LEAST => Ok(size),
        Some(_) => Err(Error::new(
            Kind::Config,
            format!("MemoryLimit = `{text}` is too little"),
        )
        .with_hint("give at least 16MB")),
        None => Err(Error::new(
            Kind::Config,
            format!("MemoryLimit = `{text}` is no amount of memory"),
        )
        .with_hint("write a number with KB, MB or GB, e.g. 512MB")),
    }
}

impl Property {
    fn check(&self, value: &str) -> Result<(), Error> {
        let wrong = |wanted: String| {
            Err(Error::new(
                Kind::Config,
                format!("{} = `{value}` does not fit", self.name),
            )
            .with_hint(wanted))
        };
        match self.holds {
            Holds::Text | Holds::Secret if value.is_empty() => Err(Error::new(
                Kind::Config,
                format!("the connection property `{}` is empty", self.name),
            )
            .with_hint(self.about)),
            Holds::Text | Holds::Secret => Ok(()),
            Holds::Number if value.parse::<u32>().is_ok_and(|number| number > 0) => Ok(()),
            Holds::Number => wrong(format!("{} takes a whole number above 0", self.name)),
            Holds::Word(words) if words.iter().any(|word| word.eq_ignore_ascii_case(value)) => {
                Ok(())
            }
            Holds::Word(words) => wrong(format!("{} is one of {}", self.name, words.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_read_leniently_where_it_is_safe() {
        let properties = Properties::parse(
            " url = https://a.zendesk.com ; USER='o''hara;x@a.com';apitoken=\"s;e\" ; ",
        )
        .unwrap();
        assert_eq!(properties.get("URL"), Some("https://a.zendesk.com"));
        assert_eq!(properties.get("User"), Some("o'hara;x@a.com"));
        assert_eq!(
            properties.get("ApiToken"),
            None,
            "secrets are not handed out"
        );
        assert_eq!(properties.get("Timeout"), Some("100"));
        assert!(!format!("{properties:?}").contains("s;e"));
    }

    #[test]
    fn wrong_strings_say_what_to_do() {
        for (text, part, hint) in [
            ("Usr=a", "`Usr`", "`User`"),
            ("URL", "Name=Value", "for example"),
            ("Timeout=soon", "Timeout", "whole number"),
            ("Freshness=Old", "Freshness", "Live, Indexed"),
            ("ApiToken='abc", "never closed", "double"),
            ("User='a'b;", "follows", "separate"),
            ("ApiToken=ab;cd9=ef", "value of `ApiToken`", "quotes"),
            ("MemoryLimit=lots", "MemoryLimit", "512MB"),
        ] {
            let error = Properties::parse(text)
                .and_then(|given| given.memory_limit().map(drop))
                .unwrap_err();
            assert!(!error.to_string().contains("cd9"), "{error}");
            assert!(error.message().contains(part), "{text}: {error}");
            assert!(error.hint().unwrap().contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn addresses_without_scheme_are_explained() {
        let error = Properties::parse("URL=acme.zendesk.com")
            .unwrap()
            .url()
            .unwrap_err();
        assert!(
            error.hint().unwrap().contains("https://acme.zendesk.com"),
            "{error}"
        );
    }
}
