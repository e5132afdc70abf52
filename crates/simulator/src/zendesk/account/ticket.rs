//! One ticket as a value: its fate drawn from the dice of its index, or what a write over HTTP made of it.
//! It refuses to hold generated text; that is drawn when a row is written.

use std::sync::Arc;

use serde_json::Value;

use crate::clock::DAY;
use crate::zendesk::account::Account;

/// Natural order of statuses, as search compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    New,
    Open,
    Pending,
    Hold,
    Solved,
    Closed,
    Deleted,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Hold => "hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::New,
            Self::Open,
            Self::Pending,
            Self::Hold,
            Self::Solved,
            Self::Closed,
            Self::Deleted,
        ]
        .into_iter()
        .find(|status| status.name() == text)
    }
}

/// Natural order of priorities, as search compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High, Self::Urgent]
            .into_iter()
            .find(|priority| priority.name() == text)
    }
}

pub(crate) const KINDS: &[&str] = &["problem", "incident", "question", "task"];
pub(crate) const CHANNELS: &[&str] = &[
    "email",
    "web",
    "api",
    "native_messaging",
    "voice",
    "twitter",
    "facebook",
    "chat",
    "sample_ticket",
    "mobile_sdk",
];
pub(crate) const TAGS: &[&str] = &[
    "vip",
    "billing",
    "refund",
    "urgent_customer",
    "beta",
    "日本",
    "follow-up",
    "spam_suspect",
    "mobile",
    "web",
    "api",
    "churn_risk",
    "enterprise",
    "trial",
    "eu",
    "us",
    "a:b",
    "night",
    "escalated",
    "bug",
    "feature",
    "duplicate",
    "angry",
    "thanks",
];

/// A ticket at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) index: u32,
    pub(crate) id: i64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// Moves with every change, system ones included; `updated` does not.
    pub(crate) generated: i64,
    pub(crate) status: Status,
    pub(crate) before_deletion: Status,
    pub(crate) custom_status: i64,
    pub(crate) kind: Option<&'static str>,
    pub(crate) priority: Option<Priority>,
    pub(crate) requester: Option<i64>,
    pub(crate) submitter: Option<i64>,
    pub(crate) assignee: Option<i64>,
    pub(crate) organization: Option<i64>,
    pub(crate) group: Option<i64>,
    pub(crate) brand: i64,
    pub(crate) form: i64,
    pub(crate) problem: Option<i64>,
    pub(crate) due: Option<i64>,
    pub(crate) public: bool,
    pub(crate) channel: &'static str,
    pub(crate) ai: bool,
    pub(crate) scrubbed: bool,
    pub(crate) solved: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) tags: u32,
    pub(crate) external: bool,
    pub(crate) rating: Option<&'static str>,
    pub(crate) replies: u8,
    pub(crate) written: Option<Arc<Written>>,
}

/// The free parts of a ticket that was written over HTTP.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub(crate) subject: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) fields: Vec<(i64, Value)>,
    pub(crate) external_id: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) followers: Vec<i64>,
    pub(crate) ccs: Vec<i64>,
}

impl Ticket {
    pub(crate) fn archived(&self, account: &Account) -> bool {
        self.status == Status::Closed && self.updated < account.anchor - 120 * DAY
    }

    pub(crate) fn alive(&self) -> bool {
        self.status != Status::Deleted
    }

    /// Problems sit at every fiftieth place; what follows may be linked to them.
    pub(crate) fn is_problem_place(index: u32) -> bool {
        index.is_multiple_of(50)
    }
}
