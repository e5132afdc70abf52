//! What the account's telephones know: numbers, calls and their legs, and how agents handled tickets. Whole rows, made
//! once, when they are first asked for. It refuses to ring.

mod calls;
mod engagements;
mod legs;
mod numbers;

use serde_json::Value;

use crate::clock::iso_text;
use crate::zendesk::account::{Account, sparse_id};

/// The independent number streams of telephony.
const STREAM: u64 = 80;

/// Every table of Talk, and the engagements.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    pub(crate) phone_numbers: Vec<Value>,
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
        talk.calls.sort_by_cached_key(|row| place(row, "updated_at"));
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
            _ => return None,
        })
    }
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
