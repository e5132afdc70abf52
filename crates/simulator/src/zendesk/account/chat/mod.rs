//! What the account's Chat knows: conversations, what agents did meanwhile, and how it is set up. Whole rows, made once,
//! when they are first asked for. It refuses to tell who may see them and how they are paged; the endpoints do.

mod chats;
mod setup;
mod timeline;

use serde_json::Value;

use crate::clock::iso_text;
use crate::zendesk::account::{Account, sparse_id};

/// The independent number streams of Chat.
const STREAM: u64 = 300;

/// Ten minutes: what is younger is not exported.
const REST: i64 = 600;

/// A row of an export: when it last changed, in the unit of the export, and what names it.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) moment: i64,
    pub(crate) id: String,
    pub(crate) row: Value,
}

/// Every table of Chat.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    pub(crate) agents: Vec<Value>,
    pub(crate) departments: Vec<Value>,
    pub(crate) shortcuts: Vec<Value>,
    pub(crate) triggers: Vec<Value>,
    /// By id, addresses and visitors mixed.
    pub(crate) bans: Vec<Value>,
    pub(crate) goals: Vec<Value>,
    pub(crate) skills: Vec<Value>,
    pub(crate) roles: Vec<Value>,
    pub(crate) routing_settings: Value,
    /// By moment and id; moments are seconds.
    pub(crate) chats: Vec<Exported>,
    /// By moment; moments are microseconds.
    pub(crate) agent_timeline: Vec<Exported>,
    /// By moment and id; moments are seconds.
    pub(crate) conversions: Vec<Exported>,
    /// By moment and id; moments are seconds.
    pub(crate) department_events: Vec<Exported>,
}

/// What rows of a kind are called in ids.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Chat = 1,
    Ban,
    Goal,
    Skill,
    Role,
    Trigger,
    Stretch,
}

impl Account {
    /// What the account's Chat knows.
    pub(crate) fn chat(&self) -> &Chat {
        self.chat.get_or_init(|| Chat::generate(self))
    }
}

impl Chat {
    fn generate(account: &Account) -> Self {
        let mut chat = Self::default();
        setup::fill(&mut chat, account);
        chats::fill(&mut chat, account);
        timeline::fill(&mut chat, account);
        for rows in [
            &mut chat.chats,
            &mut chat.agent_timeline,
            &mut chat.conversions,
            &mut chat.department_events,
        ] {
            rows.sort_by(|one, other| (one.moment, &one.id).cmp(&(other.moment, &other.id)));
        }
        chat
    }

    /// All rows of a table; `None` for a table that is not of Chat.
    pub(crate) fn truth(&self, table: &str) -> Option<Vec<Value>> {
        let exported = |rows: &[Exported]| rows.iter().map(|it| it.row.clone()).collect();
        Some(match table {
            "chats" => exported(&self.chats),
            "chat_agent_timeline" => exported(&self.agent_timeline),
            "chat_conversions" => exported(&self.conversions),
            "chat_department_events" => exported(&self.department_events),
            "chat_agents" => self.agents.clone(),
            "chat_departments" => self.departments.clone(),
            "chat_shortcuts" => self.shortcuts.clone(),
            "chat_triggers" => self.triggers.clone(),
            "chat_bans" => self.bans.clone(),
            "chat_goals" => self.goals.clone(),
            "chat_skills" => self.skills.clone(),
            "chat_roles" => self.roles.clone(),
            "chat_routing_settings" => vec![self.routing_settings.clone()],
            _ => return None,
        })
    }
}

fn id(account: &Account, kind: Kind, index: usize) -> i64 {
    sparse_id(
        account.seed,
        STREAM + kind as u64,
        40_000_000 + kind as i64 * 5_000_000,
        1_009,
        index as u64,
    )
}

fn time(moment: i64) -> Value {
    Value::from(iso_text(moment))
}
