//! What an account has bought: a plan and products. An address asks for it in one line of `api/gates.rs`, or its handler does
//! before it looks at anything else:
//!
//! * `request.require_plan(Plan::Enterprise)?` where a smaller plan is told that it may not (403, shape 2);
//! * `request.require_endpoint(Plan::Professional)?` where a smaller plan does not have the address at all (404, shape 7);
//! * `request.require_product(Product::Talk)?` where a product was not bought or is switched off.
//!
//! It refuses to know which address needs what.

use std::collections::BTreeSet;

use crate::zendesk::api::reply::Reply;
use crate::zendesk::api::request::Request;

/// The plan of an account. A plan has everything that those before it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Plan {
    /// The smallest: no plan-gated endpoint answers.
    Team,
    /// With satisfaction ratings and service level agreements.
    Growth,
    /// With schedules and routing.
    Professional,
    /// Everything.
    #[default]
    Enterprise,
}

impl Plan {
    const ALL: [(Self, &str, &str); 4] = [
        (Self::Team, "team", "Suite Team"),
        (Self::Growth, "growth", "Suite Growth"),
        (Self::Professional, "professional", "Suite Professional"),
        (Self::Enterprise, "enterprise", "Suite Enterprise"),
    ];

    /// The plan with this short name, such as `team`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|plan| plan.1 == name)
            .map(|plan| plan.0)
    }

    /// What `/account/settings` calls it.
    pub(crate) fn title(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|plan| plan.0 == self)
            .map_or("", |plan| plan.2)
    }
}

/// A product beside Support that an account may be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// Help Center and community.
    Guide,
    /// Calls, phone numbers and lines.
    Talk,
    /// Chats.
    Chat,
    /// Assets of IT service management, and the service catalog.
    Assets,
    /// Legacy custom objects.
    Legacy,
}

impl Product {
    const ALL: [(Self, &str); 5] = [
        (Self::Guide, "guide"),
        (Self::Talk, "talk"),
        (Self::Chat, "chat"),
        (Self::Assets, "assets"),
        (Self::Legacy, "legacy"),
    ];

    /// The product with this name, such as `talk`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|product| product.1 == name)
            .map(|product| product.0)
    }
}

/// A plan, and the products that do not come with it. The default has everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscription {
    /// The plan.
    pub plan: Plan,
    /// Products that were not bought, or that an administrator switched off.
    pub without: BTreeSet<Product>,
    /// Its Chat is older than its Support and has a sign-in of its own: what signs in to Support is unknown there.
    pub chat_apart: bool,
}

impl Subscription {
    /// Everything that a plan has.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self {
            plan,
            ..Self::default()
        }
    }

    /// Everything but one product.
    #[must_use]
    pub fn without(product: Product) -> Self {
        Self {
            without: BTreeSet::from([product]),
            ..Self::default()
        }
    }
}

impl Request<'_> {
    /// Refuses accounts below a plan as the vendor refuses a role: 403, without saying which of the two it is.
    pub(crate) fn require_plan(&self, plan: Plan) -> Result<(), Reply> {
        if self.subscription.plan < plan {
            Err(Reply::forbidden())
        } else {
            Ok(())
        }
    }

    /// Refuses accounts below a plan as if the address did not exist.
    pub(crate) fn require_endpoint(&self, plan: Plan) -> Result<(), Reply> {
        if self.subscription.plan < plan {
            Err(Reply::invalid_endpoint())
        } else {
            Ok(())
        }
    }

    /// Refuses accounts without a product. Talk and legacy objects say that one may not; the addresses
    /// of the others do not exist.
    pub(crate) fn require_product(&self, product: Product) -> Result<(), Reply> {
        if !self.subscription.without.contains(&product) {
            return Ok(());
        }
        Err(match product {
            Product::Talk | Product::Legacy => Reply::forbidden(),
            Product::Guide | Product::Chat | Product::Assets => Reply::invalid_endpoint(),
        })
    }
}
