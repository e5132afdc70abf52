//! A server that passes connections on: what proxies and firewalls have in common.

use std::fmt;

use url::Host;

use super::Invalid;
use crate::settings::Secret;

/// Where a gateway is, and who we are to it.
#[derive(Debug, Clone)]
pub struct Gateway {
    role: Role,
    host: Host,
    port: u16,
    login: Option<Login>,
}

/// Who we are to a gateway.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, which may be empty.
    pub password: Secret,
}

/// Which properties describe a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Proxy,
    Firewall,
}

impl Role {
    /// What the names of its properties begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Proxy => "Proxy",
            Self::Firewall => "Firewall",
        }
    }
}

impl Gateway {
    /// Reads `host`, `host:port` or `http://host:port`; `port` is the property of that name, where 0 is not given.
    pub(super) fn parse(
        role: Role,
        server: &str,
        port: Option<u16>,
        usual_port: u16,
        login: Option<Login>,
    ) -> Result<Self, Invalid> {
        let prefix = role.prefix();
        let refuse =
            |property: &str, reason: String| Invalid::new(format!("{prefix}{property}"), reason);
        let bare = server.trim();
        // Before anything is quoted: what stands in front of the @ may be a password.
        if bare.contains('@') {
            return Err(refuse(
                "Server",
                format!("it names a user; that belongs into {prefix}User and {prefix}Password"),
            ));
        }
        let bare = match bare.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) if scheme.to_ascii_lowercase().starts_with("socks") => {
                return Err(refuse(
                    "Server",
                    "write the host alone; FirewallType=SOCKS5 with FirewallServer names a SOCKS server".to_owned(),
                ));
            }
            Some((scheme, _)) => {
                return Err(refuse(
                    "Server",
                    format!("`{scheme}://` is not supported here; write the host alone"),
                ));
            }
            None => bare,
        };
        let bare = bare.trim_end_matches('/');
        let (host, written) = match bare.rsplit_once(':') {
            Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
                let port: u16 = digits
                    .parse()
                    .map_err(|_| refuse("Server", format!("`{digits}` is not a port")))?;
                (host, Some(port))
            }
            _ => (bare, None),
        };
        if host.is_empty() {
            return Err(refuse("Server", "it names no host".to_owned()));
        }
        let host = parse_host(host).ok_or_else(|| {
            refuse(
                "Server",
                format!("`{host}` is not a host's name or address"),
            )
        })?;
        let port = match (written, port.filter(|port| *port != 0)) {
            (Some(written), Some(port)) if written != port => {
                return Err(refuse(
                    "Port",
                    format!("it is {port}, but {prefix}Server says {written}; give one of them"),
                ));
            }
            (written, port) => port.or(written).unwrap_or(usual_port),
        };
        Ok(Self {
            role,
            host,
            port,
            login,
        })
    }

    pub(super) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// Host and port.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The properties that hold user and password.
    pub(super) fn login_properties(&self) -> String {
        let prefix = self.role.prefix();
        format!("{prefix}User and {prefix}Password")
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.role {
            Role::Proxy => "proxy",
            Role::Firewall => "firewall",
        };
        write!(out, "the {word} {}", self.address())
    }
}

impl Login {
    /// User and password as two properties hold them; neither is no login.
    pub(super) fn parse(
        role: Role,
        user: Option<&str>,
        password: Option<Secret>,
    ) -> Result<Option<Self>, Invalid> {
        let prefix = role.prefix();
        let user = user.filter(|user| !user.is_empty());
        let password = password.filter(|password| !password.reveal().is_empty());
        match (user, password) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Invalid::new(
                format!("{prefix}Password"),
                format!("a password without a user; give {prefix}User"),
            )),
            (Some(user), password) => {
                let password = password.unwrap_or_else(|| Secret::new(String::new()));
                // Neither can be longer in SOCKS5 (RFC 1929), and no proxy has such users.
                for (property, text) in [("User", user), ("Password", password.reveal())] {
                    if text.len() > 255 {
                        return Err(Invalid::new(
                            format!("{prefix}{property}"),
                            "it is longer than 255 bytes",
                        ));
                    }
                }
                // RFC 7617: the first colon ends the user.
                if user.contains(':') {
                    return Err(Invalid::new(
                        format!("{prefix}User"),
                        "a user's name cannot hold a colon",
                    ));
                }
                Ok(Some(Self {
                    user: user.to_owned(),
                    password,
                }))
            }
        }
    }
}

/// A name, an IPv4 address, or an IPv6 address with or without brackets.
pub(super) fn parse_host(text: &str) -> Option<Host> {
    if text.contains(':') && !text.starts_with('[') {
        return Host::parse(&format!("[{text}]")).ok();
    }
    Host::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(role: Role, server: &str, port: Option<u16>) -> Result<String, String> {
        Gateway::parse(role, server, port, 80, None)
            .map(|gateway| gateway.to_string())
            .map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn servers_are_read_as_people_write_them() {
        for (server, port, expected) in [
            ("proxy.example", None, "the proxy proxy.example:80"),
            ("proxy.example", Some(0), "the proxy proxy.example:80"),
            ("proxy.example", Some(3128), "the proxy proxy.example:3128"),
            (" Proxy.Example:3128 ", None, "the proxy proxy.example:3128"),
            (
                "http://proxy.example:3128/",
                Some(3128),
                "the proxy proxy.example:3128",
            ),
            ("10.0.0.1:3128", None, "the proxy 10.0.0.1:3128"),
            ("[::1]:3128", None, "the proxy [::1]:3128"),
            ("::1", Some(3128), "the proxy [::1]:3128"),
        ] {
            assert_eq!(
                parse(Role::Proxy, server, port).as_deref(),
                Ok(expected),
                "{server}"
            );
        }
    }

    #[test]
    fn servers_that_cannot_be_are_refused_by_the_property_at_fault() {
        for (role, server, port, expected) in [
            (Role::Proxy, "", None, "ProxyServer: it names no host"),
            (
                Role::Firewall,
                "fire wall",
                None,
                "FirewallServer: `fire wall` is not a host's name or address",
            ),
            (
                Role::Proxy,
                "proxy:http",
                None,
                "ProxyServer: `http` is not a port",
            ),
            (
                Role::Proxy,
                "https://proxy",
                None,
                "ProxyServer: `https://` is not supported here; write the host alone",
            ),
            (
                Role::Proxy,
                "socks5://proxy",
                None,
                "ProxyServer: write the host alone; FirewallType=SOCKS5 with FirewallServer names a SOCKS server",
            ),
            (
                Role::Firewall,
                "http://ann:hush@wall",
                None,
                "FirewallServer: it names a user; that belongs into FirewallUser and FirewallPassword",
            ),
            (
                Role::Proxy,
                "proxy:1",
                Some(2),
                "ProxyPort: it is 2, but ProxyServer says 1; give one of them",
            ),
        ] {
            assert_eq!(
                parse(role, server, port),
                Err(expected.to_owned()),
                "{server}"
            );
        }
    }

    #[test]
    fn a_login_has_a_user() {
        let login = |user: Option<&str>, password: Option<&str>| {
            let password = password.map(|password| Secret::new(password.to_owned()));
            Login::parse(Role::Proxy, user, password)
                .map(|login| login.map(|login| login.user))
                .map_err(|invalid| invalid.to_string())
        };
        assert_eq!(login(None, None), Ok(None));
        assert_eq!(login(Some(""), Some("")), Ok(None));
        assert_eq!(login(Some("ann"), None), Ok(Some("ann".to_owned())));
        let long = "x".repeat(256);
        for (user, password, expected) in [
            (None, Some("hush"), "ProxyPassword: a password without"),
            (Some("a:b"), None, "ProxyUser: a user's name cannot"),
            (Some(long.as_str()), None, "ProxyUser: it is longer than"),
            (Some("ann"), Some(&long), "ProxyPassword: it is longer than"),
        ] {
            let message = login(user, password).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
