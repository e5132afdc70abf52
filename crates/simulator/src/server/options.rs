//! How a simulator is to behave, as values.

use std::sync::Arc;
use std::time::Duration;

use crate::faults::Faults;
use crate::limits::Limits;
use crate::oauth::OAuthOptions;
use crate::zendesk::Subscription;
use crate::zuora::{ExportOptions, QueryOptions, Tenant};

/// How a simulator is to behave. What only one vendor has is ignored by the other.
#[derive(Debug, Clone)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// Refuses unknown parameters, unknown side-loads and page sizes beyond the maximum instead of shrugging them off.
    pub strict: bool,
    /// The plan whose rate limits are enforced.
    pub limits: Limits,
    /// Shrinks the minute of the rate limits, and nothing else.
    pub speed: f64,
    /// How far the search index is behind.
    pub search_lag: Duration,
    /// How far the incremental exports are behind.
    pub export_lag: Duration,
    /// What goes wrong.
    pub faults: Faults,
    /// The origin that links and redirects lead to when a fault makes them lead away, such as [`crate::Stranger::url`].
    /// `None` is an address that does not exist.
    pub foreign: Option<String>,
    /// False answers everything like an account nobody has.
    pub subdomain_exists: bool,
    /// Lets the cursor lists of all users and of all organizations take `sort=` `id` and `updated_at`, either way.
    /// Whether the vendor's do is unconfirmed, so a caller has to live with both; false refuses everything but `id`.
    pub sorted_people: bool,
    /// The plan and products of a Zendesk account.
    pub subscription: Subscription,
    /// Compresses with gzip when the caller accepts it.
    pub compression: bool,
    /// The sign-in.
    pub oauth: OAuthOptions,
    /// The data of a Zuora tenant; `None` is the default tenant of the default Zendesk account.
    pub tenant: Option<Arc<Tenant>>,
    /// The exports of a Zuora tenant.
    pub export: ExportOptions,
    /// The queries of a Zuora tenant.
    pub query: QueryOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            strict: false,
            limits: Limits::None,
            speed: 1.0,
            search_lag: Duration::from_secs(60),
            export_lag: Duration::from_secs(60),
            faults: Faults::default(),
            foreign: None,
            subdomain_exists: true,
            sorted_people: true,
            subscription: Subscription::default(),
            compression: true,
            oauth: OAuthOptions::default(),
            tenant: None,
            export: ExportOptions::default(),
            query: QueryOptions::default(),
        }
    }
}
