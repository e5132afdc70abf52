//! The HTTP side: a running simulator, what it was asked and what goes wrong from now on. It refuses to know any endpoint;
//! `zendesk` and `zuora` do.

mod connections;
mod controls;
mod handle;
mod listener;
mod options;
mod record;
mod service;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use parking_lot::{Mutex, RwLock};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

pub(crate) use listener::Listener;
pub use options::Options;
pub use record::RecordedRequest;

use crate::faults::{Faults, Mishaps};
use crate::limits::{Limiter, Limits};
use crate::oauth::throttle::Throttle;
use crate::oauth::{Authority, OAuthClient};
use crate::zendesk::{Account, AccountOptions, Behaviour};
use crate::zuora::{DataQuery, Exports, Tenant, TenantOptions};
use handle::{Shared, handle};
use service::Service;

/// Token calls a minute that Zuora takes from one address.
const ZUORA_TOKEN_CALLS: u32 = 100;

/// Where links and redirects lead that lead away, unless the options name another place: nowhere.
const ELSEWHERE: &str = "https://elsewhere.example";

/// A running server. Dropping it stops it and cuts its connections.
#[derive(Debug)]
pub struct Simulator {
    listener: Listener,
    shared: Arc<Shared>,
}

impl Simulator {
    /// Serves a Zendesk account on the loopback interface.
    ///
    /// # Errors
    /// When the port cannot be bound or no threads can be started.
    #[expect(
        clippy::unused_async,
        reason = "callers await a start; that nothing is awaited today is not part of the contract"
    )]
    pub async fn start(account: Arc<Account>, options: Options) -> io::Result<Self> {
        let millis = |lag: Duration| i64::try_from(lag.as_millis()).unwrap_or(i64::MAX / 4);
        let behaviour = Behaviour {
            strict: options.strict,
            subdomain_exists: options.subdomain_exists,
            sorted_people: options.sorted_people,
            subscription: options.subscription.clone(),
            search_lag_millis: millis(options.search_lag),
            export_lag_millis: millis(options.export_lag),
            foreign: foreign(&options),
        };
        let service = Service::Zendesk {
            account,
            behaviour,
            created: options.oauth.created,
        };
        let limiter = Limiter::new(options.limits, options.speed);
        let throttle = Throttle::new(options.oauth.token_calls_a_minute, options.speed);
        let authority = Authority::new(&options.oauth, OAuthClient::zendesk(), throttle);
        Self::serve(service, authority, limiter, options)
    }

    /// Serves a Zuora tenant on the loopback interface.
    ///
    /// # Errors
    /// When the port cannot be bound or no threads can be started.
    #[expect(
        clippy::unused_async,
        reason = "callers await a start; that nothing is awaited today is not part of the contract"
    )]
    pub async fn start_zuora(options: Options) -> io::Result<Self> {
        let tenant = options.tenant.clone().unwrap_or_else(|| {
            let zendesk = Account::generate(&AccountOptions::default());
            Tenant::generate(&zendesk, &TenantOptions::default())
        });
        let queries = DataQuery::start(&tenant, options.query.clone(), &foreign(&options))?;
        queries.forgive(&options.faults.query);
        let service = Service::Zuora {
            queries,
            exports: Exports::new(Arc::clone(&tenant), options.export.clone()),
            tenant,
            browser: options.oauth.zuora_browser_flow,
        };
        let enforced = (options.limits != Limits::None).then_some(ZUORA_TOKEN_CALLS);
        let most = options.oauth.token_calls_a_minute.or(enforced);
        let throttle = Throttle::new(most, options.speed);
        let authority = Authority::new(&options.oauth, OAuthClient::zuora(), throttle);
        // The plans are Zendesk's. Zuora's 50,000 requests a minute are out of reach of one caller.
        let limiter = Limiter::new(Limits::None, options.speed);
        Self::serve(service, authority, limiter, options)
    }

    fn serve(
        service: Service,
        authority: Authority,
        limiter: Limiter,
        options: Options,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            service,
            authority,
            foreign: foreign(&options),
            faults: RwLock::new(options.faults),
            mishaps: RwLock::default(),
            limiter,
            record: Mutex::default(),
        });
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let router = if options.compression {
            router.layer(
                CompressionLayer::new()
                    .no_br()
                    .no_zstd()
                    .no_deflate()
                    .gzip(true)
                    .quality(CompressionLevel::Fastest),
            )
        } else {
            router
        };
        let listener = Listener::start(options.port, router)?;
        Ok(Self { listener, shared })
    }

    /// The Zuora tenant that is served, if it is one.
    #[must_use]
    pub fn tenant(&self) -> Option<&Arc<Tenant>> {
        match &self.shared.service {
            Service::Zuora { tenant, .. } => Some(tenant),
            Service::Zendesk { .. } => None,
        }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.url()
    }

    /// The newest requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.record.lock().newest()
    }

    /// How many requests there were, forgotten ones included.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.shared.record.lock().count
    }

    /// Changes what goes wrong from the next request on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.service.forgive(&faults);
        *self.shared.faults.write() = faults;
        *self.shared.mishaps.write() = Mishaps::default();
    }

    /// Refuses everything from now on and cuts open connections, as a killed server would.
    pub fn close(&self) {
        self.listener.close();
        self.shared.service.close();
    }
}

fn foreign(options: &Options) -> String {
    let url = options.foreign.as_deref().unwrap_or(ELSEWHERE);
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
