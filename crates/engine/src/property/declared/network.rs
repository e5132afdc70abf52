//! The way to the API: certificates, proxies, patience.

use crate::property::{Category, Holds, Property};

const fn network(name: &'static str, holds: Holds, about: &'static str) -> Property {
    Property::new(Category::Network, name, holds, about)
}

/// A port; 0 stands for the usual one.
const PORT: Holds = Holds::Number {
    least: 1,
    most: 65_535,
    none: &[0],
};

pub(super) const NETWORK: &[Property] = &[
    network(
        "SSLServerCert",
        Holds::Text,
        "The server's certificate: PEM file or text, SHA-256 or SHA-1 thumbprint, or * for any, which is unsafe.",
    ),
    network(
        "SSLClientCert",
        Holds::Text,
        "The certificate shown to the server: PEM file or text.",
    ),
    network(
        "SSLClientKey",
        Holds::Secret,
        "Its private key: PEM file or text.",
    ),
    network(
        "ProxyServer",
        Holds::Text,
        "The host of an HTTP proxy; where none is given, the system's settings count.",
    ),
    network("ProxyPort", PORT, "Its port.").or("80"),
    network("ProxyUser", Holds::Text, "Who signs in to it."),
    network("ProxyPassword", Holds::Secret, "With which password."),
    network(
        "ProxyExceptions",
        Holds::Text,
        "Hosts that are reached without it, with `;` between and quotes around.",
    ),
    network(
        "FirewallType",
        Holds::Word(&["NONE", "SOCKS5", "TUNNEL"]),
        "The firewall on the way: TUNNEL is a proxy that takes CONNECT.",
    )
    .or("NONE"),
    network("FirewallServer", Holds::Text, "Its host."),
    network(
        "FirewallPort",
        PORT,
        "Its port; 0 stands for 1080 with SOCKS5 and 80 with TUNNEL.",
    )
    .or("0"),
    network("FirewallUser", Holds::Text, "Who signs in to it."),
    network("FirewallPassword", Holds::Secret, "With which password."),
    network(
        "Timeout",
        Holds::Number {
            least: 1,
            most: 86_400,
            none: &[0],
        },
        "Seconds that one request may take.",
    )
    .or("100"),
    network(
        "MaxRetries",
        Holds::Number {
            least: 0,
            most: 1_000,
            none: &[],
        },
        "Attempts after the first for what may pass: 429, 5xx, broken connections.",
    )
    .or("5"),
    network(
        "RetryPause",
        Holds::Number {
            least: 1,
            most: 60_000,
            none: &[],
        },
        "Milliseconds before the first of them; the pauses then grow.",
    )
    .or("250"),
];
