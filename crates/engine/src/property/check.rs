//! What a property may hold: a value is checked and brought into its one spelling. Secrets are never part of a message.

use std::fmt;

use url::Url;
use zuzen_plan::nearest::nearest;

use super::data_centre::{DATA_CENTRES, DataCentre};
use super::{Property, fold, size};
use crate::error::{Error, Kind};

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// A password, token or code, never shown.
    Secret,
    /// A whole number.
    Number {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
        /// Numbers that stand for "none".
        none: &'static [i64],
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// An address with its scheme.
    Address,
    /// A data centre of Zuora, or an address.
    Tenant,
    /// A file or folder.
    Path,
    /// An amount of memory.
    Size,
    /// An IANA time zone.
    Zone,
}

impl fmt::Display for Holds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => out.write_str("text"),
            Self::Secret => out.write_str("secret"),
            Self::Number { least, most, none } => {
                write!(out, "number from {least}")?;
                if *most < i64::from(u32::MAX) {
                    write!(out, " to {most}")?;
                }
                let none: Vec<String> = none.iter().map(ToString::to_string).collect();
                match none.as_slice() {
                    [] => Ok(()),
                    none => write!(out, "; {} for none", none.join(" or ")),
                }
            }
            Self::Word(words) => out.write_str(&words.join(", ")),
            Self::Flag => out.write_str("true or false"),
            Self::Address => out.write_str("address"),
            Self::Tenant => out.write_str("data centre or address"),
            Self::Path => out.write_str("path"),
            Self::Size => out.write_str("size"),
            Self::Zone => out.write_str("time zone"),
        }
    }
}

impl Property {
    /// The value in its one spelling: words and data centres as declared, flags as `true` or `false`.
    ///
    /// # Errors
    /// `Config` if it does not fit, with what would.
    pub(super) fn read(&self, value: &str) -> Result<String, Error> {
        // Nothing acts on it, so nothing can be wrong with it.
        if self.is_ignored() {
            return Ok(value.to_owned());
        }
        if value.trim().is_empty() {
            let message = format!("the connection property `{}` is empty", self.name);
            return Err(Error::new(Kind::Config, message).with_hint(self.about));
        }
        let trimmed = value.trim();
        match self.holds {
            Holds::Text | Holds::Secret | Holds::Path => Ok(value.to_owned()),
            Holds::Number { least, most, none } => match trimmed.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) || none.contains(&number) => {
                    Ok(number.to_string())
                }
                _ => Err(self.misfit(value, &format!("a whole {}", self.holds))),
            },
            Holds::Word(words) => words
                .iter()
                .find(|word| fold(word) == fold(trimmed))
                .map(|word| (*word).to_owned())
                .ok_or_else(|| self.no_such_word(value, words)),
            Holds::Flag => match trimmed.to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok("true".to_owned()),
                "false" | "0" | "no" | "off" => Ok("false".to_owned()),
                _ => Err(self.misfit(value, "true or false")),
            },
            Holds::Address => self.address(trimmed),
            Holds::Tenant if trimmed.contains("://") => self.address(trimmed),
            Holds::Tenant => DataCentre::find(trimmed)
                .map(|known| known.name.to_owned())
                .ok_or_else(|| self.no_such_word(value, &DATA_CENTRES.map(|known| known.name))),
            Holds::Size => size::bytes(trimmed).map(|_| trimmed.to_owned()),
            Holds::Zone => crate::zone::parse(Some(trimmed)).map(|_| trimmed.to_owned()),
        }
    }

    fn misfit(&self, value: &str, wanted: &str) -> Error {
        let message = format!("{} = `{}` does not fit", self.name, self.visible(value));
        Error::new(Kind::Config, message).with_hint(format!("{} takes {wanted}", self.name))
    }

    fn no_such_word(&self, value: &str, words: &[&str]) -> Error {
        let all = format!("one of {}", words.join(", "));
        match nearest(value, words.iter().copied()) {
            Some(near) => self.misfit(value, &format!("{all}; did you mean `{near}`?")),
            None => self.misfit(value, &all),
        }
    }

    fn address(&self, text: &str) -> Result<String, Error> {
        let wrong = |reason: String, hint: String| {
            let message = format!("{} `{}` {reason}", self.name, self.visible(text));
            Err(Error::new(Kind::Config, message).with_hint(hint))
        };
        let example = || format!("write {}=https://<host>", self.name);
        if !text.contains("://") {
            let host = self.visible(text.trim_start_matches('/'));
            return wrong(
                "has no scheme".to_owned(),
                format!("write {}=https://{host}", self.name),
            );
        }
        match Url::parse(text) {
            Ok(url) if !url.username().is_empty() || url.password().is_some() => wrong(
                "carries credentials".to_owned(),
                "they have properties of their own".to_owned(),
            ),
            Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => {
                Ok(text.to_owned())
            }
            Ok(url) => wrong(
                format!("has the scheme `{}`, not https", url.scheme()),
                example(),
            ),
            Err(error) => wrong(format!("is not an address: {error}"), example()),
        }
    }

    /// A value as it may be shown. An address that carries credentials is refused, but its message must not tell them.
    pub(super) fn visible(&self, value: &str) -> String {
        match self.holds {
            Holds::Secret => "***".to_owned(),
            Holds::Address | Holds::Tenant => match value.rsplit_once('@') {
                Some((before, host)) => {
                    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
                    let slashes = if scheme.is_empty() { "" } else { "://" };
                    format!("{scheme}{slashes}***@{host}")
                }
                None => value.to_owned(),
            },
            // Certificates may be given as they are, over many lines.
            _ => match value.split_once('\n') {
                Some((first, _)) => format!("{} …", first.trim_end()),
                None => value.to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;

    #[test]
    fn values_are_brought_into_their_one_spelling() {
        for (name, written, read) in [
            ("InitiateOAuth", "getandrefresh", "GETANDREFRESH"),
            ("AuthScheme", "apitoken", "APIToken"),
            ("ZuoraService", "data query", "DataQuery"),
            ("Tenant", "us production", "USProduction"),
            ("Tenant", "PROD_EU", "EUProduction"),
            (
                "Tenant",
                "https://services1.zuora.com",
                "https://services1.zuora.com",
            ),
            ("Readonly", "Yes", "true"),
            ("Readonly", "0", "false"),
            ("Timeout", "0", "0"),
            ("MaxRetries", " 0 ", "0"),
            ("MaxRows", "-1", "-1"),
            ("MaxRows", "0", "0"),
            ("TimeZone", " Europe/Berlin ", "Europe/Berlin"),
            ("BatchSize", "whatever", "whatever"),
            ("RTK", "", ""),
        ] {
            let property = find(name).unwrap();
            assert_eq!(property.read(written).unwrap(), read, "{name}={written}");
        }
    }

    #[test]
    fn values_that_do_not_fit_say_what_would() {
        for (name, written, message, hint) in [
            ("Timeout", "soon", "`soon`", "a whole number from 1"),
            ("Timeout", "-1", "`-1`", "0 for none"),
            ("MaxRows", "-2", "`-2`", "0 or -1 for none"),
            ("Verbosity", "6", "`6`", "from 1 to 5"),
            ("ProxyPort", "70000", "`70000`", "to 65535"),
            ("Readonly", "maybe", "`maybe`", "true or false"),
            ("Freshness", "Old", "`Old`", "Live, Indexed"),
            (
                "InitiateOAuth",
                "REFESH",
                "`REFESH`",
                "did you mean `REFRESH`?",
            ),
            ("Tenant", "USProducton", "`USProducton`", "`USProduction`?"),
            ("Tenant", "Mars", "`Mars`", "APACCentralSandbox"),
            (
                "URL",
                "acme.zendesk.com",
                "no scheme",
                "https://acme.zendesk.com",
            ),
            ("URL", "ftp://a.com", "`ftp`", "URL=https://"),
            ("URL", "https://", "not an address", "URL=https://"),
            (
                "URL",
                "https://me:hush@a.com",
                "`https://***@a.com`",
                "of their own",
            ),
            ("URL", "me:hush@a.com", "`***@a.com`", "https://***@a.com"),
            ("TimeZone", "Europe/Berlim", "time zone", "Europe/Berlin"),
            ("MemoryLimit", "lots", "MemoryLimit", "512MB"),
            ("ApiToken", " ", "`ApiToken` is empty", "API token"),
        ] {
            let error = find(name).unwrap().read(written).unwrap_err();
            assert!(error.message().contains(message), "{name}: {error}");
            assert!(error.hint().unwrap().contains(hint), "{name}: {error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
