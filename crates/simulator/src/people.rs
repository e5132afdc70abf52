//! The people of the demo, who they are to every vendor and how they sign in. Data; it refuses to check anything.
//! Each has a password and an API token that are ordinary words, easy to type, and a pair that is long enough to be
//! searched for in logs without finding anything else.

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    /// May do everything.
    Administrator,
    /// May read lists, search and rows, but not the full exports.
    Agent,
}

impl Person {
    pub(crate) const ALL: [Self; 2] = [Self::Administrator, Self::Agent];

    pub(crate) fn email(self) -> &'static str {
        match self {
            Self::Administrator => "agent@example.com",
            Self::Agent => "light@example.com",
        }
    }

    pub(crate) fn of_email(email: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.email() == email)
    }

    /// The long ones first.
    pub(crate) fn passwords(self) -> &'static [&'static str] {
        match self {
            Self::Administrator => &["agatha-long-password-4417-9c2e", "password"],
            Self::Agent => &["light-long-password-8830-51fd"],
        }
    }

    /// The long ones first.
    pub(crate) fn api_tokens(self) -> &'static [&'static str] {
        match self {
            Self::Administrator => &["9Yq2uVb7Wc0KxAgathaApiToken3rT6nZp1Le8Hs", "demo"],
            Self::Agent => &["5Mf4hJd8Xe2RsLightApiToken7vQ1kBw9Ty6Gu3", "demo-agent"],
        }
    }
}
