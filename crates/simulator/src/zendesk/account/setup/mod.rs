//! What an administrator sets up beyond the business rules: whole rows by table, made when they are first asked for.
//! It refuses to know who may see them and how they are paged; the endpoints do.
//!
//! A row may say more than the API sends: the keys it was asked for with. What is sent then stands under [`ITEM`], or the
//! endpoint leaves those keys out.

mod content;
mod objects;
mod outside;
mod routing;
mod service;
mod watch;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::{DAY, HOUR, iso_text};
use crate::zendesk::account::{Account, sparse_id};
use crate::zendesk::subscription::Plan;

/// The independent number streams of these tables.
const STREAM: u64 = 200;

/// The key under which a row holds what the API sends for it.
pub(crate) const ITEM: &str = "_item";

/// The tables by name.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    tables: BTreeMap<&'static str, Vec<Value>>,
}

impl Setup {
    fn generate(account: &Account) -> Self {
        let make = Maker { account };
        let mut setup = Self::default();
        content::fill(&mut setup, &make);
        objects::fill(&mut setup, &make);
        outside::fill(&mut setup, &make);
        routing::fill(&mut setup, &make);
        service::fill(&mut setup, &make);
        watch::fill(&mut setup, &make);
        setup
    }

    /// The rows of a table; `None` for a table that is not set up here.
    pub(crate) fn rows(&self, table: &str) -> Option<&[Value]> {
        self.tables.get(table).map(Vec::as_slice)
    }

    fn add(&mut self, table: &'static str, rows: impl IntoIterator<Item = Value>) {
        self.tables.entry(table).or_default().extend(rows);
    }
}

impl Account {
    /// What an administrator has set up.
    pub(crate) fn setup(&self) -> &Setup {
        self.setup.get_or_init(|| Setup::generate(self))
    }
}

/// What rows of a kind are called in ids, so that ids of different kinds never meet.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Address = 1,
    FormStatus,
    TriggerRevision,
    SlaPolicy,
    GroupSlaPolicy,
    Schedule,
    Holiday,
    Workspace,
    DeletionSchedule,
    TaskList,
    Task,
    Attribute,
    AttributeValue,
    Queue,
    Item,
    Variant,
    Agreement,
    Collection,
    Target,
    Failure,
    Webhook,
    Invocation,
    Attempt,
    Client,
    GlobalClient,
    Token,
    Installation,
    Handle,
    JiraLink,
    AuditLog,
    Job,
    ObjectField,
    ObjectTrigger,
    AccessRule,
    Policy,
    Asset,
}

/// What the makers of rows share.
struct Maker<'a> {
    account: &'a Account,
}

impl Maker<'_> {
    fn id(&self, kind: Kind, index: usize) -> i64 {
        sparse_id(
            self.account.seed,
            STREAM + kind as u64,
            30_000_000_000_000 + kind as i64 * 100_000_000_000,
            1_700_003,
            index as u64,
        )
    }

    fn noise(&self, kind: Kind, index: usize) -> u64 {
        self.account
            .mix(STREAM + kind as u64, index as u64 + (1 << 40))
    }

    /// An id of the services that call things by UUID.
    fn uuid(&self, kind: Kind, index: usize) -> String {
        let (high, low) = (self.noise(kind, index), self.noise(kind, index + (1 << 20)));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// An id of the services that call things by ULID: ascending with the index.
    fn ulid(&self, kind: Kind, index: usize) -> String {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut text = format!("01J{:02}{index:05}", kind as u8);
        let noise = self.noise(kind, index);
        text.extend((0..16).map(|at| char::from(LETTERS[((noise >> (at * 4)) & 31) as usize])));
        text
    }

    /// When the n-th row of a kind was made, and when it was last changed.
    fn times(&self, kind: Kind, index: usize) -> (String, String) {
        let made = self.account.start
            + kind as i64 * 11 * HOUR
            + (index as i64 % 90) * (6 * DAY + 7 * HOUR + 23);
        let changed = made + (self.noise(kind, index) % 500) as i64 * DAY / 3 + 61;
        (iso_text(made), iso_text(changed.min(self.account.settled)))
    }

    /// A moment this long before the account's history ends.
    fn ago(&self, seconds: i64) -> String {
        iso_text(self.account.settled - seconds)
    }

    /// A member of staff.
    fn staff(&self, index: usize) -> i64 {
        self.account.user_id(index as u32 % self.account.staff)
    }

    fn staff_name(&self, index: usize) -> String {
        let user = self.account.user(index as u32 % self.account.staff);
        self.account.user_name(&user)
    }

    fn group(&self, index: usize) -> i64 {
        let groups = &self.account.config.group_ids;
        groups[index % groups.len()]
    }
}

/// The address of a row in the API.
fn url(path: &str, id: impl std::fmt::Display) -> String {
    format!("https://acme.zendesk.com/api/v2/{path}/{id}.json")
}

/// A row that says more than the API sends.
fn sent(mut keys: Value, item: Value) -> Value {
    keys[ITEM] = item;
    keys
}

/// What `/account/settings` tells under `settings`: where the account's time zone and plan come from.
pub(crate) fn account_settings(plan: Plan) -> Value {
    json!({"localization": {"locale_ids": [1, 67], "time_zone": "Tokyo", "iana_time_zone": "Asia/Tokyo", "uses_12_hour_clock": false},
        "tickets": {"collaboration": true, "private_attachments": false, "custom_statuses_enabled": true}, "active_features": {"customer_satisfaction": true, "satisfaction_prediction": true, "good_and_bad": true},
        "brands": {"default_brand_id": null, "require_brand_on_new_tickets": false}, "api": {"accepted_api_agreement": true, "api_password_access": "false", "api_token_access": "true"},
        "billing": {"backend": "zuora"}, "plan": {"name": plan.title()}, "limits": {"attachment_size": 52_428_800}})
}

/// The choices of every ticket field, each with its field.
pub(crate) fn field_options(fields: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for field in fields {
        for option in field["custom_field_options"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let mut row = option.clone();
            row["ticket_field_id"] = field["id"].clone();
            rows.push(row);
        }
    }
    rows
}

/// The categories of macros: what stands before `::` in their titles, each once.
pub(crate) fn macro_categories(macros: &[Value]) -> Vec<Value> {
    let titles = macros.iter().filter_map(|row| row["title"].as_str());
    let names: std::collections::BTreeSet<&str> = titles
        .filter_map(|title| title.split_once("::"))
        .map(|(category, _)| category)
        .collect();
    names.into_iter().map(|name| json!(name)).collect()
}
