//! The connectors that properties belong to. What else a connector is, its table files say.

use std::fmt;

/// What a connection connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connector {
    /// Zendesk Support.
    Zendesk,
    /// Zuora Billing.
    Zuora,
}

impl Connector {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zendesk, Self::Zuora];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zendesk => "Zendesk",
            Self::Zuora => "Zuora",
        }
    }

    /// The name of its folder of tables, and of a connection that has none of its own.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Zendesk => "zendesk",
            Self::Zuora => "zuora",
        }
    }
}

impl fmt::Display for Connector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
