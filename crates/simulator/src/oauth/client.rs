//! Registered applications, as data.

use url::Url;

/// Where the browser may be sent back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectRule {
    /// Plain http on this machine, any port and path.
    Loopback,
    /// This address and no other.
    Exactly(String),
}

impl RedirectRule {
    fn admits(&self, address: &str) -> bool {
        match self {
            Self::Exactly(registered) => registered == address,
            Self::Loopback => Url::parse(address).is_ok_and(|url| {
                url.scheme() == "http"
                    && matches!(
                        url.host_str(),
                        Some("localhost" | "127.0.0.1" | "[::1]" | "::1")
                    )
                    && url.username().is_empty()
                    && url.password().is_none()
                    && url.fragment().is_none()
            }),
        }
    }
}

/// An application that may ask for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// The unique identifier.
    pub id: String,
    /// What people read on the consent page.
    pub name: String,
    /// `None` makes the client public: PKCE is mandatory and client credentials are refused.
    pub secret: Option<String>,
    /// Where the browser may be sent back to.
    pub redirects: Vec<RedirectRule>,
    /// Space-separated scopes it can be given at most.
    pub ceiling: String,
}

impl OAuthClient {
    /// The clients of a Zendesk account: `zuzen_demo` (secret `demo-client-secret`), the public `zuzen_public`, and
    /// `zuzen_reader` (secret `reader-client-secret`), which never gets `write`.
    #[must_use]
    pub fn zendesk() -> Vec<Self> {
        vec![
            Self::new(
                "zuzen_demo",
                "Zuzen Demo",
                Some("demo-client-secret"),
                "read write",
            ),
            Self::new("zuzen_public", "Zuzen Public", None, "read write"),
            Self::new(
                "zuzen_reader",
                "Zuzen Reader",
                Some("reader-client-secret"),
                "read",
            ),
        ]
    }

    /// The client of a Zuora account: a 36-character id with the secret `demo-zuora-secret`.
    #[must_use]
    pub fn zuora() -> Vec<Self> {
        vec![Self::new(
            "6d1a2b3c-0000-4000-8000-00000000d3a0",
            "Zuzen Demo",
            Some("demo-zuora-secret"),
            "",
        )]
    }

    fn new(id: &str, name: &str, secret: Option<&str>, ceiling: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            secret: secret.map(str::to_owned),
            redirects: vec![
                RedirectRule::Loopback,
                RedirectRule::Exactly("https://app.example.com/callback".to_owned()),
            ],
            ceiling: ceiling.to_owned(),
        }
    }

    pub(crate) fn admits(&self, redirect: &str) -> bool {
        self.redirects.iter().any(|rule| rule.admits(redirect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_go_to_this_machine_or_to_the_registered_address() {
        let client = OAuthClient::zendesk().remove(0);
        for (address, admitted) in [
            ("http://localhost:33333", true),
            ("http://localhost:33333/", true),
            ("http://127.0.0.1:1/callback?x=1", true),
            ("http://[::1]:8080/", true),
            ("https://app.example.com/callback", true),
            ("https://app.example.com/callback/", false),
            ("https://app.example.com/callback?x=1", false),
            ("https://localhost:33333", false),
            ("http://localhost.example.com", false),
            ("http://localhost:33333/#fragment", false),
            ("http://me@localhost:33333/", false),
            ("urn:ietf:wg:oauth:2.0:oob", false),
            ("", false),
        ] {
            assert_eq!(client.admits(address), admitted, "{address}");
        }
    }
}
