//! How a connection reaches its host: which certificates it accepts and shows, and what stands in between.
//!
//! Everything is checked when it is read from what a user typed, so that a connection is refused before anything is
//! sent. Nothing here knows of accounts or tokens; TLS to the proxy itself and chains of proxies are refused.

mod certificate;
mod client;
mod client_cert;
mod failure;
mod firewall;
mod gateway;
mod pem;
mod proxy;
mod server_cert;
mod verifier;

#[cfg(test)]
mod tests;

pub(crate) use client::{MOST_AT_ONCE, client, storage_client};
pub use client_cert::ClientCert;
pub(crate) use failure::Failure;
pub use firewall::{Firewall, FirewallKind};
pub use gateway::{Gateway, Login};
pub use proxy::Proxy;
pub use server_cert::ServerCert;

/// What a connection's way to its host is made of. The default is the system's certificates and the system's proxy,
/// which is not asked for hosts on this machine.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The server certificates that are accepted.
    pub server_cert: ServerCert,
    /// The certificate shown to a server that asks for one.
    pub client_cert: Option<ClientCert>,
    /// An HTTP proxy; it takes the place of the system's.
    pub proxy: Option<Proxy>,
    /// A firewall that is passed through a tunnel. It excludes a proxy.
    pub firewall: Option<Firewall>,
}

impl Transport {
    /// What the configured way to a host leads through, if it is not direct.
    pub(crate) fn gateway(&self, host: &str) -> Option<&Gateway> {
        match (&self.firewall, &self.proxy) {
            (Some(firewall), _) => Some(&firewall.gateway),
            (None, Some(proxy)) if !proxy.excepts(host) => Some(&proxy.gateway),
            (None, _) => None,
        }
    }

    /// What the user should know about these settings.
    pub(crate) fn notice(&self) -> Option<&'static str> {
        matches!(self.server_cert, ServerCert::Any).then_some(
            "SSLServerCert=* accepts every certificate: whoever is in between can read and change everything, \
             the credentials included; name the certificate instead",
        )
    }
}

/// A property whose value cannot be used. The reason never quotes keys or passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{property}: {reason}")]
pub struct Invalid {
    /// The property, as it is spelt in connection strings.
    pub property: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Invalid {
    fn new(property: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            property: property.into(),
            reason: reason.into(),
        }
    }
}
