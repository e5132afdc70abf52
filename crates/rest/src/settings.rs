//! What a connection is made of, credentials among it: none of it can print a secret.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zuzen_plan::host::is_loopback;
use zuzen_plan::retry::Policy;
use zuzen_plan::sign_in::Vendor;
use zuzen_plan::table::Family;

use crate::error::Error;
use crate::jobs::JobSlots;
use crate::sign_in::OAuth;
use crate::transport::Transport;

/// A password or token: there is no way to print it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Locks the text up.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The text itself, for the places that send it, keep it or were asked to hand it out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// A short mark of these secrets: the same for the same ones, and telling nothing else of them.
    #[must_use]
    pub fn fingerprint(secrets: &[Option<&Self>]) -> String {
        let mut text = String::from("zuzen");
        for secret in secrets {
            text.push('\0');
            text.push_str(secret.map(Self::reveal).unwrap_or_default());
        }
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let bytes = hash.as_ref().iter().take(8);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether both are the same; how long that takes tells nothing.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let (own, other) = (self.reveal().as_bytes(), other.reveal().as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(own, other).is_ok()
    }

    /// The header of an access token, marked so that no HTTP library prints it either.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        sensitive(&format!("Bearer {}", self.reveal()))
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// How a connection signs in.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// An agent's e-mail address and an API token.
    ApiToken {
        /// E-mail address.
        user: String,
        /// The token, without `/token`.
        token: Secret,
    },
    /// An agent's e-mail address and password.
    Password {
        /// E-mail address.
        user: String,
        /// The password.
        password: Secret,
    },
    /// An access token that is obtained and renewed by OAuth.
    OAuth(Box<OAuth>),
}

impl Credentials {
    /// The header of credentials that never change.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let pair = match self {
            Self::ApiToken { user, token } => format!("{user}/token:{}", token.reveal()),
            Self::Password { user, password } => format!("{user}:{}", password.reveal()),
            Self::OAuth(_) => return None,
        };
        sensitive(&format!("Basic {}", STANDARD.encode(pair)))
    }
}

/// A connection before it is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The connection's name, for messages and the log.
    pub name: String,
    /// `https://acme.zendesk.com`; anything behind the host is refused.
    pub origin: Url,
    /// How it signs in.
    pub credentials: Credentials,
    /// How it reaches its host.
    pub transport: Transport,
    /// How long one attempt may take, its body included.
    pub timeout: Duration,
    /// How patient it is.
    pub policy: Policy,
    /// How the vendor is signed in to.
    pub vendor: Vendor,
    /// Headers for every request, such as the entities of a Zuora tenant.
    pub headers: HeaderMap,
    /// The vendor's rate-limit families.
    pub families: Vec<Family>,
    /// Whether pages are fetched ahead of the consumer, from the second on.
    pub look_ahead: bool,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// How many jobs may be at the vendor's at once.
    pub job_slots: JobSlots,
}

impl Settings {
    /// Settings with the usual patience.
    #[must_use]
    pub fn new(name: impl Into<String>, origin: Url, credentials: Credentials) -> Self {
        Self {
            name: name.into(),
            origin,
            credentials,
            transport: Transport::default(),
            timeout: Duration::from_secs(100),
            policy: Policy::default(),
            vendor: Vendor::default(),
            headers: HeaderMap::new(),
            families: Vec::new(),
            look_ahead: true,
            user_agent: concat!("zuzen/", env!("CARGO_PKG_VERSION")).to_owned(),
            job_slots: JobSlots::default(),
        }
    }

    /// Whether the origin is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.origin)
    }

    /// Refuses origins to which credentials must not be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |reason: String| {
            Err(Error::Settings {
                connection: self.name.clone(),
                reason,
            })
        };
        match self.origin.scheme() {
            "https" => {}
            "http" if self.is_loopback() => {}
            "http" => {
                return refuse(format!(
                    "plain http would send the credentials readably to {}; write https://",
                    self.origin.host_str().unwrap_or_default()
                ));
            }
            other => return refuse(format!("`{other}` is no scheme for an API; write https://")),
        }
        if self.origin.host().is_none() {
            return refuse("the address names no host".to_owned());
        }
        if !self.origin.username().is_empty() || self.origin.password().is_some() {
            return refuse(
                "the address carries credentials; they have properties of their own".to_owned(),
            );
        }
        if self.origin.path() != "/" || self.origin.query().is_some() {
            return refuse(format!(
                "the address goes on behind the host; write {}",
                self.origin.origin().ascii_serialization()
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(origin: &str) -> Settings {
        Settings::new(
            "zendesk",
            Url::parse(origin).unwrap(),
            Credentials::ApiToken {
                user: "agent@example.com".to_owned(),
                token: Secret::new("hush".to_owned()),
            },
        )
    }

    #[test]
    fn credentials_go_only_where_they_are_safe() {
        for (origin, refused) in [
            ("https://acme.zendesk.com", None),
            ("https://acme.zendesk.com:8443/", None),
            ("http://127.0.0.1:8080", None),
            ("http://[::1]:8080", None),
            ("http://localhost", None),
            ("http://acme.zendesk.com", Some("plain http")),
            ("http://localhost.example.com", Some("plain http")),
            ("http://128.0.0.1", Some("plain http")),
            ("ftp://acme.zendesk.com", Some("no scheme")),
            ("https://a:b@acme.zendesk.com", Some("carries credentials")),
            (
                "https://acme.zendesk.com/api/v2",
                Some("write https://acme.zendesk.com"),
            ),
        ] {
            let result = settings(origin).check();
            match refused {
                None => assert!(result.is_ok(), "{origin}: {result:?}"),
                Some(part) => {
                    let message = result.unwrap_err().to_string();
                    assert!(message.contains(part), "{origin}: {message}");
                }
            }
        }
    }

    #[test]
    fn headers_are_as_the_api_wants_them() {
        for (credentials, expected) in [
            (
                settings("https://x").credentials,
                "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46aHVzaA==",
            ),
            (
                Credentials::Password {
                    user: "a@b.c".to_owned(),
                    password: Secret::new("p".to_owned()),
                },
                "Basic YUBiLmM6cA==",
            ),
        ] {
            let header = credentials.header().unwrap();
            assert_eq!(header.to_str().unwrap(), expected);
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
        let bearer = Secret::new("t.o.k".to_owned()).bearer().unwrap();
        assert_eq!(bearer.to_str().unwrap(), "Bearer t.o.k");
        assert_eq!(format!("{bearer:?}"), "Sensitive");
        assert!(Secret::new("a\nb".to_owned()).bearer().is_none());
    }

    #[test]
    fn secrets_do_not_print() {
        assert!(!format!("{:?}", settings("https://x")).contains("hush"));
        assert_eq!(format!("{:?}", Secret::new("hush".to_owned())), "***");
    }
}
