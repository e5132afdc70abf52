//! What a connection needs to know to sign in by OAuth.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use url::Url;
use zuzen_plan::sign_in::{Grant, Initiate};

use crate::settings::Secret;
use crate::store::Store;

/// How long a person may take to agree.
const PATIENCE: Duration = Duration::from_secs(300);

/// How a person is brought to an address: by default, the browser of this machine opens it.
#[derive(Clone)]
pub struct Browser(Arc<Open>);

type Open = dyn Fn(&Url) -> Result<(), String> + Send + Sync;

impl Browser {
    /// A browser that is opened by this function; its error is told and the flow goes on, since a person may open the
    /// address elsewhere.
    #[must_use]
    pub fn new(open: impl Fn(&Url) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }

    /// Opens an address.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn open(&self, url: &Url) -> Result<(), String> {
        (self.0)(url)
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new(|url| webbrowser::open(url.as_str()).map_err(|error| error.to_string()))
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Browser")
    }
}

/// Signing in by OAuth, as the connection's properties say.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// The connector's name.
    pub connector: String,
    /// The part of the account that the tokens are for, such as entities of a Zuora tenant.
    pub entity: Option<String>,
    /// What the connection may do by itself.
    pub initiate: Initiate,
    /// Where its tokens come from.
    pub grant: Grant,
    /// Id of the application that is registered with the vendor; the settings file may hold it.
    pub client_id: Option<String>,
    /// Its secret; the settings file may hold it.
    pub client_secret: Option<Secret>,
    /// An access token that is given.
    pub access_token: Option<Secret>,
    /// A refresh token that is given.
    pub refresh_token: Option<Secret>,
    /// How long the given access token lives.
    pub expires_in: Option<Duration>,
    /// When it was issued; now, if nobody says.
    pub issued: Option<SystemTime>,
    /// A code from a redirect.
    pub verifier: Option<Secret>,
    /// What PKCE wants with that code.
    pub code_verifier: Option<Secret>,
    /// The page where a person agrees, if it is not the vendor's.
    pub authorization_url: Option<Url>,
    /// The token endpoint, if it is not the vendor's.
    pub token_url: Option<Url>,
    /// Where the vendor sends a person back to, as registered.
    pub callback: String,
    /// Words separated by spaces; the vendor's usual ones if nothing is said.
    pub scope: Option<String>,
    /// Where values are kept between connections.
    pub store: Option<Store>,
    /// Whether the user has named that place, rather than nobody having named any.
    pub is_place_named: bool,
    /// How a person is brought to an address.
    pub browser: Browser,
    /// How long that person may take.
    pub patience: Duration,
}

impl OAuth {
    /// Settings that do nothing by themselves.
    #[must_use]
    pub fn new(connector: impl Into<String>) -> Self {
        Self {
            connector: connector.into(),
            entity: None,
            initiate: Initiate::Off,
            grant: Grant::Code,
            client_id: None,
            client_secret: None,
            access_token: None,
            refresh_token: None,
            expires_in: None,
            issued: None,
            verifier: None,
            code_verifier: None,
            authorization_url: None,
            token_url: None,
            callback: "http://localhost:33333".to_owned(),
            scope: None,
            store: None,
            is_place_named: false,
            browser: Browser::default(),
            patience: PATIENCE,
        }
    }
}
