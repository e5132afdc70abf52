//! A firewall that is passed through a tunnel (FirewallType, FirewallServer, FirewallPort, FirewallUser,
//! FirewallPassword).

use super::Invalid;
use super::gateway::{Gateway, Login, Role};
use crate::settings::Secret;

/// How a firewall is asked to let a connection through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirewallKind {
    /// HTTP CONNECT.
    Tunnel,
    /// SOCKS version 5; the firewall looks the host's name up.
    Socks5,
}

impl FirewallKind {
    /// Reads FirewallType; `None` is no firewall.
    ///
    /// # Errors
    /// [`Invalid`] if there is no such kind, or none that we speak.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        match text.trim().to_ascii_uppercase().as_str() {
            "" | "NONE" => Ok(None),
            "TUNNEL" => Ok(Some(Self::Tunnel)),
            "SOCKS5" => Ok(Some(Self::Socks5)),
            "SOCKS4" => Err(Invalid::new(
                "FirewallType",
                "SOCKS4 is not supported, as it knows neither passwords nor IPv6; use SOCKS5 or TUNNEL",
            )),
            _ => Err(Invalid::new(
                "FirewallType",
                format!("`{}` is none of NONE, TUNNEL, SOCKS5", text.trim()),
            )),
        }
    }

    /// The port if none is given.
    #[must_use]
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Tunnel => 80,
            Self::Socks5 => 1080,
        }
    }
}

/// A firewall. It is used for every host.
#[derive(Debug, Clone)]
pub struct Firewall {
    pub(super) kind: FirewallKind,
    pub(super) gateway: Gateway,
}

impl Firewall {
    /// Reads the values of the properties.
    ///
    /// # Errors
    /// [`Invalid`] if there is no such firewall.
    pub fn parse(
        kind: FirewallKind,
        server: &str,
        port: Option<u16>,
        user: Option<&str>,
        password: Option<Secret>,
    ) -> Result<Self, Invalid> {
        let login = Login::parse(Role::Firewall, user, password)?;
        let gateway = Gateway::parse(Role::Firewall, server, port, kind.usual_port(), login)?;
        Ok(Self { kind, gateway })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_their_ports_are_known() {
        for (text, expected) in [
            ("", None),
            ("none", None),
            ("Tunnel", Some(80)),
            (" socks5 ", Some(1080)),
        ] {
            let kind = FirewallKind::parse(text).unwrap();
            let address = kind.map(|kind| {
                let firewall = Firewall::parse(kind, "wall", None, None, None).unwrap();
                firewall.gateway.address()
            });
            assert_eq!(
                address,
                expected.map(|port| format!("wall:{port}")),
                "{text}"
            );
        }
        for (text, part) in [
            ("SOCKS4", "use SOCKS5 or TUNNEL"),
            ("vpn", "`vpn` is none of NONE, TUNNEL, SOCKS5"),
        ] {
            let message = FirewallKind::parse(text).unwrap_err().to_string();
            assert!(message.starts_with("FirewallType: "), "{message}");
            assert!(message.contains(part), "{message}");
        }
    }
}
