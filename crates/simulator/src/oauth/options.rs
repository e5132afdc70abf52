//! How the OAuth server of an account is to behave, as values.

use std::time::Duration;

use crate::oauth::client::OAuthClient;

/// What is left open by the vendor, or differs from account to account.
#[derive(Debug, Clone, Default)]
pub struct OAuthOptions {
    /// The applications that are registered; `None` stands for [`OAuthClient::zendesk`] or [`OAuthClient::zuora`].
    /// A Zuora account with other clients than a second one is another data centre.
    pub clients: Option<Vec<OAuthClient>>,
    /// Zendesk's token endpoint answers 201 instead of 200: both are documented.
    pub created: bool,
    /// No access token lives longer, whatever was asked for.
    pub max_lifetime: Option<Duration>,
    /// Token calls a minute from one address. `None`: 100 at a Zuora account whose limits are enforced, else no limit.
    pub token_calls_a_minute: Option<u32>,
    /// Zuora has no browser flow for its data API. True adds a generic one: `GET /oauth/authorize`, and the grant types
    /// `authorization_code` and `refresh_token` at `/oauth/token`.
    pub zuora_browser_flow: bool,
}
