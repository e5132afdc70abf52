//! How an OAuth server says no to a program: a status, a word of the standard and a sentence.

use serde_json::{Value, json};

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
        }
    }

    pub(crate) fn request(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn client() -> Self {
        Self::new(
            401,
            "invalid_client",
            "Client authentication failed: unknown client, or no or wrong client secret.",
        )
    }

    /// The same sentence whatever was wrong, as servers do; why is for nobody to learn.
    pub(crate) fn grant() -> Self {
        Self::new(
            400,
            "invalid_grant",
            "The grant is invalid, expired, already used, revoked, or was made for another client or redirect address.",
        )
    }

    pub(crate) fn scope() -> Self {
        Self::new(
            400,
            "invalid_scope",
            "The requested scope is invalid or exceeds what this client may be given.",
        )
    }

    pub(crate) fn grant_type() -> Self {
        Self::new(
            400,
            "unsupported_grant_type",
            "This server does not support the grant type.",
        )
    }

    pub(crate) fn response_type() -> Self {
        Self::new(
            400,
            "unsupported_response_type",
            "This server supports the response type code only.",
        )
    }

    pub(crate) fn denied() -> Self {
        Self::new(
            400,
            "access_denied",
            "The end-user or authorization server denied the request.",
        )
    }

    pub(crate) fn body(&self) -> Value {
        json!({"error": self.error, "error_description": self.description})
    }
}
