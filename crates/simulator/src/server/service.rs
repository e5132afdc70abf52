//! Which vendor a simulator plays, and what both are asked for. A vendor is added here and nowhere else in the server.

use std::sync::Arc;

use crate::faults::Faults;
use crate::incoming::Incoming;
use crate::limits::throttled;
use crate::oauth::Authority;
use crate::oauth::exchange::{Rules, TokenRequest};
use crate::reply::Reply;
use crate::zendesk::{Account, Behaviour};
use crate::zuora::{DataQuery, Exports, Tenant};
use crate::{zendesk, zuora};

#[derive(Debug)]
pub(crate) enum Service {
    Zendesk {
        account: Arc<Account>,
        behaviour: Behaviour,
        /// The token endpoint answers 201.
        created: bool,
    },
    Zuora {
        tenant: Arc<Tenant>,
        exports: Arc<Exports>,
        queries: Arc<DataQuery>,
        /// The browser flow that the real service does not have.
        browser: bool,
    },
}

impl Service {
    /// An answer for those who ask a place where nobody is.
    pub(crate) fn absent(&self, incoming: &Incoming) -> Option<Reply> {
        match self {
            Self::Zendesk { behaviour, .. } if !zendesk::exists(behaviour, incoming) => {
                Some(Reply::unknown_subdomain())
            }
            _ => None,
        }
    }

    /// Whether a request is for the OAuth server.
    pub(crate) fn is_sign_in(&self, incoming: &Incoming) -> bool {
        match self {
            Self::Zendesk { .. } => zendesk::sign_in::is_sign_in(&incoming.path),
            Self::Zuora { .. } => zuora::sign_in::is_sign_in(&incoming.path),
        }
    }

    pub(crate) fn is_token_call(&self, incoming: &Incoming) -> bool {
        match self {
            Self::Zendesk { .. } => zendesk::sign_in::is_token_call(incoming),
            Self::Zuora { .. } => zuora::sign_in::is_token_call(incoming),
        }
    }

    /// The pages of the OAuth server.
    pub(crate) fn browse(&self, authority: &Authority, incoming: &Incoming) -> Reply {
        match self {
            Self::Zendesk { .. } => zendesk::sign_in::browse(authority, incoming),
            Self::Zuora { browser, .. } => zuora::sign_in::browse(authority, incoming, *browser),
        }
    }

    pub(crate) fn read_token_call(&self, incoming: &Incoming) -> TokenRequest {
        match self {
            Self::Zendesk { .. } => zendesk::sign_in::read(incoming),
            Self::Zuora { .. } => zuora::sign_in::read(incoming),
        }
    }

    pub(crate) fn exchange(
        &self,
        authority: &Authority,
        incoming: &Incoming,
        request: &TokenRequest,
    ) -> Reply {
        match self {
            Self::Zendesk { created, .. } => {
                zendesk::sign_in::exchange(authority, request, *created)
            }
            Self::Zuora { browser, .. } => {
                zuora::sign_in::exchange(authority, incoming, request, *browser)
            }
        }
    }

    /// Too many token calls from one address.
    pub(crate) fn too_many_tokens(&self, most: u32, seconds: u64) -> Reply {
        match self {
            Self::Zendesk { .. } => throttled(1, seconds),
            Self::Zuora { .. } => zuora::sign_in::throttled(most, seconds),
        }
    }

    /// A data call; says beside the answer whether its credentials were good.
    pub(crate) fn answer(
        &self,
        authority: &Authority,
        faults: &Faults,
        incoming: &Incoming,
    ) -> (Reply, bool) {
        match self {
            Self::Zendesk {
                account, behaviour, ..
            } => zendesk::answer(account, behaviour, faults, authority, incoming),
            Self::Zuora {
                exports, queries, ..
            } => zuora::answer(exports, queries, faults, authority, incoming),
        }
    }

    /// What has been counted of faults is forgotten.
    pub(crate) fn forgive(&self, faults: &Faults) {
        if let Self::Zuora {
            exports, queries, ..
        } = self
        {
            exports.forgive();
            queries.forgive(&faults.query);
        }
    }

    /// Ends what runs beside the listener.
    pub(crate) fn close(&self) {
        if let Self::Zuora { queries, .. } = self {
            queries.close();
        }
    }

    /// What credentials that have expired hear.
    pub(crate) fn expired(&self) -> Reply {
        match self {
            Self::Zendesk { .. } => Reply::invalid_token(),
            Self::Zuora { .. } => zuora::unauthenticated(),
        }
    }

    /// Adds what every answer of the vendor carries.
    pub(crate) fn sign(&self, reply: Reply, authority: &Authority, incoming: &Incoming) -> Reply {
        match self {
            Self::Zendesk { .. } => reply,
            Self::Zuora { .. } => zuora::sign(reply, authority, incoming),
        }
    }

    /// The rules of tokens that are granted without a request.
    pub(crate) fn rules(&self) -> &'static Rules {
        match self {
            Self::Zendesk { .. } => &zendesk::sign_in::RULES,
            Self::Zuora { .. } => &zuora::sign_in::RULES,
        }
    }
}
