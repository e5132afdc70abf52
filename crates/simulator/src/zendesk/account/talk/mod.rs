//! What the account's telephones know: numbers, calls and their legs, and how agents handled tickets. Whole rows, made
//! once, when they are first asked for. It refuses to ring.

mod calls;
mod engagements;
mod legs;
mod numbers;
mod setup;

use serde_json::{Value, json};

use crate::clock::iso_text;
use crate::zendesk::account::{Account, sparse_id};

/// The independent number streams of telephony.
const STREAM: u64 = 80;

/// Every table of Talk, and the engagements.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    pub(crate) phone_numbers: Vec<Value>,
    pub(crate) lines: Vec<Value>,
    pub(crate) addresses: Vec<Value>,
    pub(crate) greetings: Vec<Value>,
    pub(crate) greeting_categories: Vec<Value>,
    /// With their menus and the routes of those.
    pub(crate) ivrs: Vec<Value>,
    pub(crate) settings: Value,
    pub(crate) account_overview: Value,
    pub(crate) agents_overview: Value,
    pub(crate) agents_activity: Vec<Value>,
    pub(crate) queue: Value,
    /// By agent.
    pub(crate) availabilities: Vec<(i64, Value)>,
    /// Reported by the telephones of another vendor.
    pub(crate) partner_calls: Vec<Value>,
    /// By the moment of their last change, then by id.
    pub(crate) calls: Vec<Value>,
    /// By the moment of their last change, then by id.
    pub(crate) legs: Vec<Value>,
    /// By their start, then by id.
    pub(crate) engagements: Vec<Value>,
}

/// What rows of a kind are called in ids.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Number = 1,
    Call,
    Leg,
    Engagement,
    Ivr,
    Menu,
    Route,
    Line,
    Address,
    Partner,
}

impl Account {
    /// What the account's telephones know.
    pub(crate) fn talk(&self) -> &Talk {
        self.talk.get_or_init(|| Talk::generate(self))
    }
}

impl Talk {
    fn generate(account: &Account) -> Self {
        let mut talk = Self {
            phone_numbers: numbers::rows(account),
            ..Self::default()
        };
        calls::fill(&mut talk, account);
        talk.engagements = engagements::rows(account);
        setup::fill(&mut talk, account);
        talk.calls
            .sort_by_cached_key(|row| place(row, "updated_at"));
        talk.legs.sort_by_cached_key(|row| place(row, "updated_at"));
        talk
    }

    /// All rows of a table; `None` for a table that is not of Talk.
    pub(crate) fn truth(&self, table: &str) -> Option<Vec<Value>> {
        Some(match table {
            "talk_phone_numbers" => self.phone_numbers.clone(),
            "talk_calls" => self.calls.clone(),
            "talk_legs" => self.legs.clone(),
            "engagements" => self.engagements.clone(),
            "talk_lines" => self.lines.clone(),
            "talk_addresses" => self.addresses.clone(),
            "talk_greetings" => self.greetings.clone(),
            "talk_greeting_categories" => self.greeting_categories.clone(),
            "talk_ivrs" => self.ivrs.clone(),
            "talk_ivr_menus" => inside(&self.ivrs, &["menus"]),
            "talk_ivr_routes" => inside(&self.ivrs, &["menus", "routes"]),
            "talk_account_overview" => vec![self.account_overview.clone()],
            "talk_agents_overview" => vec![self.agents_overview.clone()],
            "talk_agents_activity" => self.agents_activity.clone(),
            "talk_current_queue_activity" => vec![self.queue.clone()],
            "talk_settings" => vec![self.settings.clone()],
            "talk_availabilities" => self
                .availabilities
                .iter()
                .map(|(agent, row)| json!({"agent_id": agent, "_item": row}))
                .collect(),
            "calls" => self.partner_calls.clone(),
            _ => return None,
        })
    }
}

/// The objects in nested lists of each row, with the row's id beside each; `_item` is the object itself.
fn inside(rows: &[Value], lists: &[&str]) -> Vec<Value> {
    let mut found = Vec::new();
    for row in rows {
        let mut objects = vec![row];
        for list in lists {
            objects = objects
                .into_iter()
                .filter_map(|object| object[list].as_array())
                .flatten()
                .collect();
        }
        found.extend(
            objects
                .into_iter()
                .map(|object| json!({"id": object["id"], "ivr_id": row["id"], "_item": object})),
        );
    }
    found
}

fn place(row: &Value, column: &str) -> (String, i64) {
    let moment = row[column].as_str().unwrap_or_default();
    (moment.to_owned(), row["id"].as_i64().unwrap_or_default())
}

fn id(account: &Account, kind: Kind, index: usize) -> i64 {
    sparse_id(
        account.seed,
        STREAM + kind as u64,
        18_000_000_000_000 + kind as i64 * 300_000_000_000,
        900_019,
        index as u64,
    )
}

fn time(moment: i64) -> Value {
    Value::from(iso_text(moment))
}
