//! An HTTP proxy (ProxyServer, ProxyPort, ProxyUser, ProxyPassword, ProxyExceptions).

use super::Invalid;
use super::gateway::{Gateway, Login, Role, parse_host};
use crate::settings::Secret;

/// An HTTP proxy. Unlike the system's it is also used for hosts on this machine, unless they are excepted.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub(super) gateway: Gateway,
    exceptions: Vec<String>,
}

impl Proxy {
    /// The port if none is given.
    pub const USUAL_PORT: u16 = 80;

    /// Reads the values of the properties. `exceptions` lists hosts, separated by `;`, that are reached directly: an
    /// address stands for itself, a name for itself and all names below it, `*` for every host.
    ///
    /// # Errors
    /// [`Invalid`] if there is no such proxy.
    pub fn parse(
        server: &str,
        port: Option<u16>,
        user: Option<&str>,
        password: Option<Secret>,
        exceptions: &str,
    ) -> Result<Self, Invalid> {
        let login = Login::parse(Role::Proxy, user, password)?;
        Ok(Self {
            gateway: Gateway::parse(Role::Proxy, server, port, Self::USUAL_PORT, login)?,
            exceptions: exceptions
                .split(';')
                .map(str::trim)
                .filter(|exception| !exception.is_empty())
                .map(exception)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether a host, as it stands in an address, is reached directly.
    pub(super) fn excepts(&self, host: &str) -> bool {
        self.exceptions.iter().any(|exception| {
            exception == "*"
                || host == exception
                || host
                    .strip_suffix(exception.as_str())
                    .is_some_and(|front| front.ends_with('.'))
        })
    }
}

/// A host as addresses spell it.
fn exception(text: &str) -> Result<String, Invalid> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let name = text.strip_prefix("*.").unwrap_or(text);
    let name = name.trim_start_matches('.');
    match parse_host(name) {
        Some(host) if !name.is_empty() => Ok(host.to_string()),
        _ => Err(Invalid::new(
            "ProxyExceptions",
            format!("`{text}` is not a host; list hosts without ports, separated by ;"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_cover_names_below_them_and_nothing_beside_them() {
        let list = " acme.zendesk.com; *.example.org;.example.net ;10.0.0.1;::1;Intern; ";
        let proxy = Proxy::parse("proxy", None, None, None, list).unwrap();
        for (host, excepted) in [
            ("acme.zendesk.com", true),
            ("eu.acme.zendesk.com", true),
            ("other.zendesk.com", false),
            ("notacme.zendesk.com", false),
            ("example.org", true),
            ("a.example.org", true),
            ("a.example.net", true),
            ("10.0.0.1", true),
            ("10.0.0.12", false),
            ("[::1]", true),
            ("intern", true),
            ("localhost", false),
        ] {
            assert_eq!(proxy.excepts(host), excepted, "{host}");
        }
        let all = Proxy::parse("proxy", None, None, None, "*").unwrap();
        assert!(all.excepts("localhost"));
        let none = Proxy::parse("proxy", None, None, None, "").unwrap();
        assert!(!none.excepts("localhost"));
    }

    #[test]
    fn exceptions_are_hosts() {
        for text in ["localhost:8080", "10.0.0.0/8", "a b", "*.", "a;b c"] {
            let message = Proxy::parse("proxy", None, None, None, text)
                .unwrap_err()
                .to_string();
            assert!(
                message.starts_with("ProxyExceptions: `") && message.contains("is not a host"),
                "{text}: {message}"
            );
        }
    }
}
