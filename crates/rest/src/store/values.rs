//! The values themselves, and their form inside the seal.
//!
//! Texts that leave this module in the clear are wiped after use and never quoted in an error.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use crate::settings::Secret;

/// What a sign-in keeps between connections.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The connector, such as `zendesk`. It is the only value that also stands outside the seal.
    pub connector: String,
    /// The account's origin, such as `https://acme.zendesk.com`.
    pub origin: String,
    /// The OAuth client's identifier.
    pub client_id: String,
    /// The OAuth client's secret; public clients have none.
    pub client_secret: Option<Secret>,
    /// The current access token.
    pub access_token: Option<Secret>,
    /// The current refresh token. It may be good for a single use.
    pub refresh_token: Option<Secret>,
    /// When the tokens were issued, by our clock; kept in milliseconds.
    pub issued: SystemTime,
    /// How long the access token lives, if that is known; kept in milliseconds.
    pub expires_in: Option<Duration>,
    /// How long the refresh token lives, if that is known; kept in milliseconds.
    pub refresh_expires_in: Option<Duration>,
    /// The scope that was granted.
    pub scope: Option<String>,
    /// A salted fingerprint of the code or token that this sign-in began with; never the thing itself.
    pub seed: Option<String>,
    /// Why the refresh token was refused. Only a new sign-in helps then.
    pub refused: Option<String>,
    /// The grant, such as `authorization_code`.
    pub grant: String,
    /// Where tokens are asked for, if not at the connector's usual address.
    pub token_url: Option<String>,
    /// How often the values were saved. Loading sets it; saving ignores it where the values were loaded under its lock.
    pub generation: u64,
}

/// The values as they are sealed. The generation is not among them: the header carries it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<Text> {
    connector: String,
    origin: String,
    client_id: String,
    client_secret: Option<Text>,
    access_token: Option<Text>,
    refresh_token: Option<Text>,
    issued_ms: u64,
    expires_in_ms: Option<u64>,
    refresh_expires_in_ms: Option<u64>,
    scope: Option<String>,
    seed: Option<String>,
    refused: Option<String>,
    grant: String,
    token_url: Option<String>,
}

impl Stored {
    /// The text to be sealed.
    pub(super) fn to_plain(&self) -> Option<Zeroizing<Vec<u8>>> {
        let plain = Plain {
            connector: self.connector.clone(),
            origin: self.origin.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.as_ref().map(Secret::reveal),
            access_token: self.access_token.as_ref().map(Secret::reveal),
            refresh_token: self.refresh_token.as_ref().map(Secret::reveal),
            issued_ms: self
                .issued
                .duration_since(UNIX_EPOCH)
                .map_or(0, milliseconds),
            expires_in_ms: self.expires_in.map(milliseconds),
            refresh_expires_in_ms: self.refresh_expires_in.map(milliseconds),
            scope: self.scope.clone(),
            seed: self.seed.clone(),
            refused: self.refused.clone(),
            grant: self.grant.clone(),
            token_url: self.token_url.clone(),
        };
        // Room enough that growing does not leave copies of tokens behind; longer ones are only less tidy.
        let mut text = Zeroizing::new(Vec::with_capacity(32 * 1024));
        serde_json::to_writer(&mut *text, &plain).ok()?;
        Some(text)
    }

    /// The values of an opened text. The parser's own error is dropped: it may quote a token.
    pub(super) fn from_plain(text: &[u8], generation: u64) -> Option<Self> {
        let plain: Plain<String> = serde_json::from_slice(text).ok()?;
        Some(Self {
            connector: plain.connector,
            origin: plain.origin,
            client_id: plain.client_id,
            client_secret: plain.client_secret.map(Secret::new),
            access_token: plain.access_token.map(Secret::new),
            refresh_token: plain.refresh_token.map(Secret::new),
            issued: UNIX_EPOCH.checked_add(Duration::from_millis(plain.issued_ms))?,
            expires_in: plain.expires_in_ms.map(Duration::from_millis),
            refresh_expires_in: plain.refresh_expires_in_ms.map(Duration::from_millis),
            scope: plain.scope,
            seed: plain.seed,
            refused: plain.refused,
            grant: plain.grant,
            token_url: plain.token_url,
            generation,
        })
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
