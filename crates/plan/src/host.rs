//! Where an address leads: what travels there may be overheard, or not.

use url::{Host, Url};

/// Whether an address leads to this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether nobody can listen in on what travels there: it is encrypted, or stays on this machine.
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_readably() {
        for (address, loopback, safe) in [
            ("https://h/x", false, true),
            ("http://h/x", false, false),
            ("http://127.0.0.1:9/x", true, true),
            ("https://127.1.2.3", true, true),
            ("http://128.0.0.1", false, false),
            ("http://[::1]/x", true, true),
            ("http://[::2]/x", false, false),
            ("http://localhost/x", true, true),
            ("http://localhost.example.com/x", false, false),
            ("ftp://localhost/x", true, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(
                (is_loopback(&url), is_safe(&url)),
                (loopback, safe),
                "{address}"
            );
        }
    }
}
